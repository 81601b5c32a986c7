// Texts as sequences of characters, numbered by an alphabet.

#ifndef PES_PROBLEMS_DATA_CHARACTERS_H
#define PES_PROBLEMS_DATA_CHARACTERS_H

#include "problems/data/datasets.h"

enum { PES_CHARACTERS = 50 };

// The alphabet of character-level Penn Treebank in the order of ASCII; a character's number is
// its place here.
extern const char pes_characters_alphabet[PES_CHARACTERS + 1];

// A text in memory.
typedef struct pes_characters {
    int64_t count;
    uint8_t *character; // count, below PES_CHARACTERS; owned
} pes_characters;

// One of the files PES_DATASET_TRAIN_TEXT .. of a text set, whose bytes must be the published
// ones; no file is read where the folders ask for sizes only. PES_E_FILE, PES_E_FORMAT,
// PES_E_MEMORY; then nothing is owned.
pes_status pes_characters_load(pes_characters *out, const pes_dataset *set,
                               const pes_data_folders *folders, int64_t file);

// Number `bytes` of text in place: of every line go the first and the last character, which
// must be spaces; its newline stays. Returns how many are left, in *count. PES_E_FORMAT.
pes_status pes_characters_parse(uint8_t *text, int64_t bytes, int64_t *count);

void pes_characters_release(pes_characters *text);

#endif // PES_PROBLEMS_DATA_CHARACTERS_H
