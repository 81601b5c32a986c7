// What the network reads, and what it should say.

#ifndef PES_PROBLEMS_LSTM_SEQUENCE_H
#define PES_PROBLEMS_LSTM_SEQUENCE_H

#include "problems/data/characters.h"
#include "problems/nn/lstm/options.h"

// The target of a step that nothing is asked of; its loss is 0.
enum { PES_LSTM_NO_TARGET = 255 };

// Steps that are read in one piece, at most.
enum { PES_LSTM_PIECE = 64 };

typedef struct pes_lstm_task pes_lstm_task;

typedef struct pes_lstm_sequence {
    const pes_lstm_task *task;
    int64_t symbols;
    int64_t offset;      // ptb: where episodes begin that are not fresh
    int64_t copy_length; // symbols
    int64_t copy_delay;  // blanks
    bool fresh;
    pes_stream common;   // what sequences that are not fresh are drawn from
    pes_characters text; // ptb; owned
} pes_lstm_sequence;

struct pes_lstm_task {
    const char *name;
    int64_t extra;  // characters of the network beside the symbols
    bool uses_text; // the Penn Treebank
    int64_t (*natural_length)(const pes_lstm_options *options);

    // The steps first..first + count - 1 of an episode, count <= PES_LSTM_PIECE: the character
    // read and the one to be said, or PES_LSTM_NO_TARGET.
    void (*read)(const pes_lstm_sequence *sequence, const pes_stream *stream, int64_t first,
                 int64_t count, uint8_t *input, uint8_t *target);
};

// Row number `index`, NULL past the last; the row of that name, or NULL.
const pes_lstm_task *pes_lstm_task_get(int64_t index);
const pes_lstm_task *pes_lstm_task_find(const char *name);

// Names of the parts of the text, NULL past the last.
const char *pes_lstm_part_name(int64_t index);

// Inner steps from one string of the copy task to the next.
int64_t pes_lstm_copy_period(const pes_lstm_options *options);

// PES_E_FILE, PES_E_FORMAT, PES_E_MEMORY, PES_E_ARGUMENT; release in any case.
pes_status pes_lstm_sequence_open(pes_lstm_sequence *out, const pes_lstm_options *options,
                                  const pes_data_folders *data);
void pes_lstm_sequence_release(pes_lstm_sequence *sequence);

// Read as the task does.
void pes_lstm_sequence_read(const pes_lstm_sequence *sequence, const pes_stream *stream,
                            int64_t first, int64_t count, uint8_t *input, uint8_t *target);

#endif // PES_PROBLEMS_LSTM_SEQUENCE_H
