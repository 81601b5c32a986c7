#include "problems/nn/lstm/options.h"

#include <string.h>

#include "problems/data/characters.h"
#include "problems/nn/lstm/objective.h"
#include "problems/nn/lstm/sequence.h"

static void set_default(void *options) {
    *(pes_lstm_options *)options = (pes_lstm_options){
        .size = (uint32_t)sizeof(pes_lstm_options),
        .task = "random",
        .embedding = 5,
        .hidden = 5,
        .symbols = PES_CHARACTERS,
        .fresh = true,
        .part = "train",
        .copy_length = 5,
        .objective = "cross_entropy",
        .embedding_range = 0.1,
        .weight_deviation = 0.32,
        .init_seed = 1,
        .text_seed = 1,
    };
}

static const char *task_name(int64_t index) {
    const pes_lstm_task *row = pes_lstm_task_get(index);
    return row != NULL ? row->name : NULL;
}

static const char *objective_name(int64_t index) {
    const pes_lstm_objective *row = pes_lstm_objective_get(index);
    return row != NULL ? row->name : NULL;
}

#define OF pes_lstm_options
static const pes_field fields[] = {
    PES_PROBLEM_CHOICE(OF, task, task_name,
                       "what is read: text of the Penn Treebank, random characters, one "
                       "character repeated, or strings to be copied"),
    PES_PROBLEM_INT(OF, embedding, 1, PES_LSTM_UNITS, "", "numbers that stand for a character"),
    PES_PROBLEM_INT(OF, hidden, 1, PES_LSTM_UNITS, "units", "size of the hidden layer"),
    PES_PROBLEM_INT(OF, symbols, 2, PES_LSTM_SYMBOLS, "",
                    "size of the alphabet; copy adds a blank and a signal; ptb: 50"),
    PES_PROBLEM_INT(OF, length, 0, 1e9, "inner steps",
                    "length of an episode; 0: 1000, of copy one string"),
    PES_PROBLEM_FIELD(OF, fresh, BOOL, 0.0, 0.0, "",
                      "every episode reads a sequence of its own, else all read the same one",
                      NULL),
    PES_PROBLEM_INT(OF, offset, 0, 1e9, "characters",
                    "ptb with fresh = false: where in the text episodes begin"),
    PES_PROBLEM_CHOICE(OF, part, pes_lstm_part_name, "ptb: the part of the text"),
    PES_PROBLEM_INT(OF, copy_length, 1, 1e6, "symbols", "copy: length of a string"),
    PES_PROBLEM_INT(OF, copy_delay, 0, 1e6, "inner steps",
                    "copy: blanks between a string and the signal to recall it"),
    PES_PROBLEM_CHOICE(OF, objective, objective_name,
                       "the loss of a step: cross-entropy of the next character, or 1 where "
                       "another one is more probable"),
    PES_PROBLEM_REAL(OF, embedding_range, 0.0, 1e3, "",
                     "initial embeddings are uniform within +- this"),
    PES_PROBLEM_REAL(
        OF, weight_deviation, 0.0, 1e3, "",
        "standard deviation of the other initial weights, which are normal, as are the biases"),
    PES_PROBLEM_REAL(OF, bias_deviation, 0.0, 1e3, "",
                     "standard deviation of the initial biases"),
    PES_PROBLEM_REAL(OF, forget_bias, -1e3, 1e3, "",
                     "added to the initial biases of the forget gates"),
    PES_PROBLEM_FIELD(OF, init_seed, SEED, 0.0, 0.0, "", "seed of the initial weights", NULL),
    PES_PROBLEM_FIELD(OF, text_seed, SEED, 0.0, 0.0, "",
                      "with fresh = false: seed of the sequence that all episodes read", NULL),
};
#undef OF

const pes_field_table pes_lstm_fields =
    PES_PROBLEM_FIELDS(pes_lstm_options, fields, set_default);

pes_status pes_lstm_options_check(const pes_lstm_options *options) {
    PES_PROBLEM_TRY(pes_fields_check(&pes_lstm_fields, options));
    const bool text = strcmp(options->task, "ptb") == 0;
    PES_PROBLEM_REQUIRE(!text || options->symbols == PES_CHARACTERS, PES_E_ARGUMENT,
                        "symbols is %lld, but the text of task ptb has %d; leave symbols out",
                        (long long)options->symbols, PES_CHARACTERS);
    PES_PROBLEM_REQUIRE(options->offset == 0 || (text && !options->fresh), PES_E_ARGUMENT,
                        "offset is for task ptb with fresh = false; set both, or leave it out");
    const int64_t string = pes_lstm_copy_period(options);
    PES_PROBLEM_REQUIRE(strcmp(options->task, "copy") != 0 || options->length % string == 0,
                        PES_E_ARGUMENT,
                        "length is %lld, but a string takes %lld steps to read and to copy; "
                        "make it a multiple of that",
                        (long long)options->length, (long long)string);
    return PES_OK;
}
