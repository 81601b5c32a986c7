// A worker: the scratch of one thread, in one piece of memory.

#include "problems/memory.h"
#include "problems/nn/lstm/lstm.h"

static size_t lay_out(const pes_lstm *lstm, unsigned char *base, pes_lstm_scratch *scratch) {
    const pes_lstm_network *network = &lstm->network;
    const int64_t lanes = lstm->kernels->lane_width, hidden = network->hidden * lanes;
    const int64_t weights = network->num_params - network->weight_ih;
    pes_problem_memory memory = {.base = base};
    (void)pes_problem_take(&memory, 1, sizeof *scratch); // the scratch itself comes first
    scratch->lanes = lanes;
    scratch->weights = pes_problem_take(&memory, weights * lanes, sizeof(float));
    scratch->bias = pes_problem_take(&memory, PES_LSTM_GATES * hidden, sizeof(float));
    scratch->input = pes_problem_take(&memory, network->embedding * lanes, sizeof(float));
    scratch->state = pes_problem_take(&memory, 2 * hidden, sizeof(float));
    scratch->outputs = pes_problem_take(&memory, PES_LSTM_RUN * hidden, sizeof(float));
    scratch->gates = pes_problem_take(&memory, PES_LSTM_GATES * hidden, sizeof(float));
    scratch->squashed = pes_problem_take(&memory, hidden, sizeof(float));
    scratch->logits = pes_problem_take(&memory, network->characters * lanes, sizeof(float));
    scratch->loss = pes_problem_take(&memory, lanes, sizeof(double));
    scratch->read = pes_problem_take(&memory, PES_LSTM_PIECE * lanes, sizeof(uint8_t));
    scratch->target = pes_problem_take(&memory, PES_LSTM_PIECE * lanes, sizeof(uint8_t));
    scratch->label = pes_problem_take(&memory, lanes, sizeof(uint8_t));
    const int64_t record = pes_lstm_record_of(network).floats;
    scratch->records =
        pes_problem_take(&memory, PES_LSTM_RECORDS * record * lanes, sizeof(float));
    scratch->exponentials = pes_problem_take(&memory, network->characters, sizeof(float));
    scratch->loss_slope = pes_problem_take(&memory, network->characters, sizeof(double));
    scratch->gate_slope =
        pes_problem_take(&memory, PES_LSTM_GATES * network->hidden, sizeof(double));
    return memory.used;
}

int64_t pes_lstm_worker_bytes(const pes_lstm *lstm) {
    pes_lstm_scratch measure;
    return (int64_t)lay_out(lstm, NULL, &measure);
}

pes_status pes_lstm_worker_open(void *user, int64_t max_count, void **worker) {
    const pes_lstm *lstm = user;
    (void)max_count;
    PES_PROBLEM_TRY(pes_problem_worker_allocate(worker, pes_lstm_worker_bytes(lstm),
                                                "weights and activations"));
    // lanes without a particle compute, too, and meet zeros
    (void)lay_out(lstm, *worker, *worker);
    return PES_OK;
}
