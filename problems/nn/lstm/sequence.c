// The tasks.
//
// Three of them are texts: at step t character t is read and character t + 1 is to be said.
// A text is a function of the position, so that an episode may be of any length. What is drawn
// comes from the episode's stream, or from one that all episodes have in common.
//
// The fourth is the copy task (Hochreiter and Schmidhuber 1997 and many since). A string of L
// symbols is read, then D blanks, then a signal; from the signal on, the network should say the
// string while it reads blanks:
//
//     step      0 .. L - 1    L .. L + D - 1    L + D     L + D + 1 .. 2 L + D - 1
//     read      the string    blank             signal    blank
//     to say    -             -                 its first symbol, then the others
//
// Then comes the next string.

#include "problems/nn/lstm/sequence.h"

#include <string.h>

// What is drawn, pes/noise.h.
enum { DRAW_START = 0, DRAW_CHARACTERS = 1, DRAW_STRING = 2 };

// A word becomes a number below `range`, equally likely up to range / 2^32.
static int64_t below(uint32_t word, int64_t range) {
    return (int64_t)((uint64_t)word * (uint64_t)range >> 32);
}

// ---- texts ----------------------------------------------------------------------------------

// Characters first..first + count - 1 of a text.
typedef void text_function(const pes_lstm_sequence *sequence, const pes_stream *stream,
                           int64_t first, int64_t count, uint8_t *out);

// From its end the treebank goes on at its beginning.
static void treebank(const pes_lstm_sequence *sequence, const pes_stream *stream, int64_t first,
                     int64_t count, uint8_t *out) {
    const pes_characters *text = &sequence->text;
    int64_t at = sequence->offset;
    if (sequence->fresh) {
        uint32_t word;
        pes_noise_bits(stream, DRAW_START, 0, 1, &word);
        at = below(word, text->count);
    }
    at = (at + first) % text->count;
    for (int64_t i = 0; i < count; i++) {
        out[i] = text->character[at];
        at = at + 1 < text->count ? at + 1 : 0;
    }
}

// Drawn in blocks of a fixed size, each with its own key.
static void random_text(const pes_lstm_sequence *sequence, const pes_stream *stream,
                        int64_t first, int64_t count, uint8_t *out) {
    enum { BLOCK = 16 };
    uint32_t word[BLOCK];
    for (int64_t i = 0; i < count; i++) {
        const int64_t at = (first + i) % BLOCK;
        if (i == 0 || at == 0) {
            pes_noise_bits(stream, DRAW_CHARACTERS, (uint32_t)((first + i) / BLOCK), BLOCK,
                           word);
        }
        out[i] = (uint8_t)below(word[at], sequence->symbols);
    }
}

// All characters are alike to a network with random weights, so the common text repeats the
// first.
static void repeated_text(const pes_lstm_sequence *sequence, const pes_stream *stream,
                          int64_t first, int64_t count, uint8_t *out) {
    (void)first;
    uint32_t word = 0;
    if (sequence->fresh) {
        pes_noise_bits(stream, DRAW_START, 0, 1, &word);
    }
    memset(out, (int)below(word, sequence->symbols), (size_t)count);
}

static void read_text(text_function *text, const pes_lstm_sequence *sequence,
                      const pes_stream *stream, int64_t first, int64_t count, uint8_t *input,
                      uint8_t *target) {
    uint8_t character[PES_LSTM_PIECE + 1];
    text(sequence, stream, first, count + 1, character);
    memcpy(input, character, (size_t)count);
    memcpy(target, character + 1, (size_t)count);
}

static void read_treebank(const pes_lstm_sequence *sequence, const pes_stream *stream,
                          int64_t first, int64_t count, uint8_t *input, uint8_t *target) {
    read_text(treebank, sequence, stream, first, count, input, target);
}

static void read_random(const pes_lstm_sequence *sequence, const pes_stream *stream,
                        int64_t first, int64_t count, uint8_t *input, uint8_t *target) {
    read_text(random_text, sequence, stream, first, count, input, target);
}

static void read_repeated(const pes_lstm_sequence *sequence, const pes_stream *stream,
                          int64_t first, int64_t count, uint8_t *input, uint8_t *target) {
    read_text(repeated_text, sequence, stream, first, count, input, target);
}

// ---- strings --------------------------------------------------------------------------------

// Symbol number `index` of string number `string`: word `index` of its key, found without
// drawing those before it.
static uint8_t symbol_of(const pes_lstm_sequence *sequence, const pes_stream *stream,
                         int64_t string, int64_t index) {
    enum { BLOCK = 4 };
    uint32_t word[BLOCK];
    const int64_t blocks = (sequence->copy_length + BLOCK - 1) / BLOCK;
    pes_noise_bits(stream, DRAW_STRING, (uint32_t)(string * blocks + index / BLOCK), BLOCK,
                   word);
    return (uint8_t)below(word[index % BLOCK], sequence->symbols);
}

static void read_copy(const pes_lstm_sequence *sequence, const pes_stream *stream,
                      int64_t first, int64_t count, uint8_t *input, uint8_t *target) {
    const uint8_t blank = (uint8_t)sequence->symbols, signal = (uint8_t)(blank + 1);
    const int64_t length = sequence->copy_length, recall = length + sequence->copy_delay;
    const int64_t period = recall + length;
    for (int64_t i = 0; i < count; i++) {
        const int64_t string = (first + i) / period, at = (first + i) % period;
        input[i] = at < length    ? symbol_of(sequence, stream, string, at)
                   : at == recall ? signal
                                  : blank;
        target[i] =
            at < recall ? PES_LSTM_NO_TARGET : symbol_of(sequence, stream, string, at - recall);
    }
}

int64_t pes_lstm_copy_period(const pes_lstm_options *options) {
    return 2 * options->copy_length + options->copy_delay;
}

// ---- the table ------------------------------------------------------------------------------

static int64_t a_thousand(const pes_lstm_options *options) {
    (void)options;
    return 1000;
}

static const pes_lstm_task tasks[] = {
    {"ptb", 0, true, a_thousand, read_treebank},
    {"random", 0, false, a_thousand, read_random},
    {"repeated", 0, false, a_thousand, read_repeated},
    {"copy", 2, false, pes_lstm_copy_period, read_copy},
};

const pes_lstm_task *pes_lstm_task_get(int64_t index) {
    const int64_t count = (int64_t)(sizeof tasks / sizeof *tasks);
    return index >= 0 && index < count ? &tasks[index] : NULL;
}

const pes_lstm_task *pes_lstm_task_find(const char *name) {
    for (int64_t i = 0; name != NULL && pes_lstm_task_get(i) != NULL; i++) {
        if (strcmp(tasks[i].name, name) == 0) {
            return &tasks[i];
        }
    }
    return NULL;
}

// In the order of PES_DATASET_TRAIN_TEXT and the following.
const char *pes_lstm_part_name(int64_t index) {
    static const char *const name[PES_DATASET_TEXT_FILES] = {"train", "valid", "test"};
    return index >= 0 && index < PES_DATASET_TEXT_FILES ? name[index] : NULL;
}

pes_status pes_lstm_sequence_open(pes_lstm_sequence *out, const pes_lstm_options *options,
                                  const pes_data_folders *data) {
    *out = (pes_lstm_sequence){
        .task = pes_lstm_task_find(options->task),
        .symbols = options->symbols,
        .offset = options->offset,
        .copy_length = options->copy_length,
        .copy_delay = options->copy_delay,
        .fresh = options->fresh,
        .common = {.seed = options->text_seed},
    };
    if (!out->task->uses_text) {
        return PES_OK;
    }
    int64_t part = 0;
    while (strcmp(pes_lstm_part_name(part), options->part) != 0) {
        part++;
    }
    PES_PROBLEM_TRY(pes_characters_load(&out->text, pes_dataset_find("ptb"), data, part));
    PES_PROBLEM_REQUIRE(options->offset < out->text.count, PES_E_ARGUMENT,
                        "offset is %lld, but the text has only %lld characters",
                        (long long)options->offset, (long long)out->text.count);
    return PES_OK;
}

void pes_lstm_sequence_release(pes_lstm_sequence *sequence) {
    pes_characters_release(&sequence->text);
}

void pes_lstm_sequence_read(const pes_lstm_sequence *sequence, const pes_stream *stream,
                            int64_t first, int64_t count, uint8_t *input, uint8_t *target) {
    sequence->task->read(sequence, sequence->fresh ? stream : &sequence->common, first, count,
                         input, target);
}
