// Reading the Penn Treebank by characters.
//
// The files have one sentence a line, and each line begins and ends with one space. Without
// these two spaces, and with the newline as the end of the sentence, the training file has
// 5,017,482 characters of an alphabet of 50: the usual character-level Penn Treebank.

#include "problems/data/characters.h"

#include <stdlib.h>
#include <string.h>

#include "problems/problem.h"

const char pes_characters_alphabet[PES_CHARACTERS + 1] =
    "\n #$&'*-./0123456789<>N\\abcdefghijklmnopqrstuvwxyz";

void pes_characters_release(pes_characters *text) {
    free(text->character);
    *text = (pes_characters){.count = 0};
}

// The number of a character, or -1.
static int number_of(uint8_t character) {
    const char *found = character != '\0' ? strchr(pes_characters_alphabet, character) : NULL;
    return found != NULL ? (int)(found - pes_characters_alphabet) : -1;
}

// One line of `length` characters, its newline not counted, becomes length - 1 numbers.
static pes_status parse_line(const uint8_t *line, int64_t length, int64_t number,
                             uint8_t *out) {
    PES_PROBLEM_REQUIRE(length >= 2 && line[0] == ' ' && line[length - 1] == ' ', PES_E_FORMAT,
                        "line %lld of the text does not begin and end with a space; fetch the "
                        "text again",
                        (long long)number);
    for (int64_t i = 1; i < length - 1; i++) {
        const int found = number_of(line[i]);
        PES_PROBLEM_REQUIRE(found >= 0, PES_E_FORMAT,
                            "line %lld of the text has a character of code %d, which is not in "
                            "the alphabet; fetch the text again",
                            (long long)number, line[i]);
        out[i - 1] = (uint8_t)found;
    }
    out[length - 2] = (uint8_t)number_of('\n');
    return PES_OK;
}

pes_status pes_characters_parse(uint8_t *text, int64_t bytes, int64_t *count) {
    *count = 0;
    int64_t number = 1;
    for (int64_t begin = 0; begin < bytes; number++) {
        const uint8_t *end = memchr(text + begin, '\n', (size_t)(bytes - begin));
        PES_PROBLEM_REQUIRE(end != NULL, PES_E_FORMAT,
                            "line %lld of the text has no end; fetch the text again",
                            (long long)number);
        const int64_t length = end - (text + begin);
        PES_PROBLEM_TRY(parse_line(text + begin, length, number, text + *count));
        *count += length - 1;
        begin += length + 1;
    }
    return PES_OK;
}

pes_status pes_characters_load(pes_characters *out, const pes_dataset *set,
                               const pes_data_folders *folders, int64_t file) {
    *out = (pes_characters){.count = 0};
    if (folders != NULL && folders->sizes_only) {
        // with the blanks at the ends of its lines, 2 % more than will be kept
        out->count = set->file[file].plain_bytes;
        return PES_OK;
    }
    PES_PROBLEM_TRY(pes_dataset_read_file(set, folders, file, &out->character));
    const pes_status status =
        pes_characters_parse(out->character, set->file[file].plain_bytes, &out->count);
    if (status != PES_OK) {
        pes_characters_release(out);
    }
    return status;
}
