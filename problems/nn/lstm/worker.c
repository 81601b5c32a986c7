// A worker: the scratch of one thread, in one piece of memory.

#include <stdlib.h>
#include <string.h>

#include "problems/nn/lstm/lstm.h"

enum { LINE_BYTES = 64 };

// Take `count` things of `size` bytes at the end of what has been taken, in whole cache lines.
// While measuring, `base` is NULL.
static void *take(unsigned char *base, size_t *used, int64_t count, size_t size) {
    void *piece = base != NULL ? base + *used : NULL;
    *used += ((size_t)count * size + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES;
    return piece;
}

static size_t lay_out(const pes_lstm *lstm, unsigned char *base, pes_lstm_scratch *scratch) {
    const pes_lstm_network *network = &lstm->network;
    const int64_t lanes = lstm->kernels->lane_width, hidden = network->hidden * lanes;
    const int64_t weights = network->num_params - network->weight_ih;
    size_t used = 0;
    (void)take(base, &used, 1, sizeof *scratch); // the scratch itself comes first
    scratch->lanes = lanes;
    scratch->weights = take(base, &used, weights * lanes, sizeof(float));
    scratch->bias = take(base, &used, PES_LSTM_GATES * hidden, sizeof(float));
    scratch->input = take(base, &used, network->embedding * lanes, sizeof(float));
    scratch->state = take(base, &used, 2 * hidden, sizeof(float));
    scratch->outputs = take(base, &used, PES_LSTM_RUN * hidden, sizeof(float));
    scratch->gates = take(base, &used, PES_LSTM_GATES * hidden, sizeof(float));
    scratch->squashed = take(base, &used, hidden, sizeof(float));
    scratch->logits = take(base, &used, network->characters * lanes, sizeof(float));
    scratch->loss = take(base, &used, lanes, sizeof(double));
    scratch->read = take(base, &used, PES_LSTM_PIECE * lanes, sizeof(uint8_t));
    scratch->target = take(base, &used, PES_LSTM_PIECE * lanes, sizeof(uint8_t));
    scratch->label = take(base, &used, lanes, sizeof(uint8_t));
    const int64_t record = pes_lstm_record_of(network).floats;
    scratch->records = take(base, &used, PES_LSTM_RECORDS * record * lanes, sizeof(float));
    scratch->exponentials = take(base, &used, network->characters, sizeof(float));
    scratch->loss_slope = take(base, &used, network->characters, sizeof(double));
    scratch->gate_slope = take(base, &used, PES_LSTM_GATES * network->hidden, sizeof(double));
    return used;
}

int64_t pes_lstm_worker_bytes(const pes_lstm *lstm) {
    pes_lstm_scratch measure;
    return (int64_t)lay_out(lstm, NULL, &measure);
}

pes_status pes_lstm_worker_open(void *user, int64_t max_count, void **worker) {
    const pes_lstm *lstm = user;
    (void)max_count;
    const size_t bytes = (size_t)pes_lstm_worker_bytes(lstm);
    unsigned char *base = aligned_alloc(LINE_BYTES, bytes);
    PES_PROBLEM_REQUIRE(base != NULL, PES_E_MEMORY,
                        "no memory for %zu bytes of weights and "
                        "activations",
                        bytes);
    memset(base, 0, bytes); // lanes without a particle compute, too, and should meet numbers
    (void)lay_out(lstm, base, (pes_lstm_scratch *)(void *)base);
    *worker = base;
    return PES_OK;
}

void pes_lstm_worker_close(void *user, void *worker) {
    (void)user;
    free(worker);
}
