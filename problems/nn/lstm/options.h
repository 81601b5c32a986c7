// The settings of lstm.

#ifndef PES_PROBLEMS_LSTM_OPTIONS_H
#define PES_PROBLEMS_LSTM_OPTIONS_H

#include "problems/problem.h"

typedef struct pes_lstm_options {
    uint32_t size;
    const char *task;        // a name of sequence.c
    int64_t embedding;       // numbers for each character
    int64_t hidden;          // units
    int64_t symbols;         // size of the alphabet, 2..PES_LSTM_SYMBOLS; ptb: 50
    int64_t length;          // inner steps per episode; 0: 1000, of copy one string
    bool fresh;              // every episode reads a sequence of its own
    int64_t offset;          // ptb, not fresh: the first character read
    const char *part;        // ptb: train, valid or test
    int64_t copy_length;     // symbols of a string
    int64_t copy_delay;      // steps between its last symbol and the signal to recall it
    const char *objective;   // a name of objective.c
    double embedding_range;  // initial embeddings: uniform from -range to range
    double weight_deviation; // other initial weights: standard deviation
    double bias_deviation;   // initial biases: standard deviation
    double forget_bias;      // added to the initial bias of the forget gates
    uint64_t init_seed;      // of the initial weights
    uint64_t text_seed;      // of the sequence that all episodes read, where not fresh
} pes_lstm_options;

enum { PES_LSTM_SYMBOLS = 250, PES_LSTM_UNITS = 4096 };

extern const pes_field_table pes_lstm_fields;

// What the fields' ranges cannot say. PES_E_ARGUMENT.
pes_status pes_lstm_options_check(const pes_lstm_options *options);

#endif // PES_PROBLEMS_LSTM_OPTIONS_H
