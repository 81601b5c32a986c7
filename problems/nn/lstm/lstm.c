// A network that reads: theta are the weights of a character LSTM (Hochreiter and Schmidhuber
// 1997), the inner steps are the characters of a sequence, and the loss of a step is the
// cross-entropy of the next character. So an estimator trains the network itself, with
// gradients through thousands of steps that nobody had to store.
//
// On texts of the Penn Treebank, of random characters and of one character repeated, section 4
// of the PES paper (Vicol, Metz, Sohl-Dickstein 2021) measures how the variance of PES depends
// on the truncation.

#include "problems/nn/lstm/lstm.h"

#include <stdlib.h>

#include "problems/memory.h"
#include "problems/registry.h"

static void release(void *user) {
    pes_lstm *lstm = user;
    pes_lstm_sequence_release(&lstm->sequence);
    free(lstm);
}

static pes_lstm_network shape(const pes_lstm_options *options) {
    const int64_t extra = pes_lstm_task_find(options->task)->extra;
    return pes_lstm_network_shape(options->symbols + extra, options->embedding,
                                  options->hidden);
}

static void describe(pes_problem *problem) {
    // two groups of sixteen lanes: their weights, and what the estimator does with them, stay
    // in the second-level cache
    enum { BATCH = 32 };
    const pes_lstm *lstm = problem->user;
    const pes_lstm_options *options = &lstm->options;
    pes_lstm_network_init(&lstm->network, options, problem->theta);
    problem->horizon =
        options->length > 0 ? options->length : lstm->sequence.task->natural_length(options);
    problem->bytes = (uint64_t)lstm->sequence.text.count;
    problem->flops = pes_lstm_network_flops(&lstm->network);
    pes_system *system = &problem->system;
    system->name = pes_problem_lstm.name;
    system->state_bytes = 2 * lstm->network.hidden * (int64_t)sizeof(float);
    system->batch_hint = BATCH;
    system->init = pes_lstm_init;
    system->unroll = pes_lstm_unroll;
    system->worker_open = pes_lstm_worker_open;
    system->worker_close = pes_problem_worker_free;
    system->worker_bytes = pes_lstm_worker_bytes(lstm);
    if (lstm->objective->differentiable) {
        system->num_reals = 2 * lstm->network.hidden;
        system->tape_bytes = pes_lstm_record_of(&lstm->network).floats * (int64_t)sizeof(float);
        system->unroll_tangents = pes_lstm_unroll_tangents;
        system->unroll_adjoints = pes_lstm_unroll_adjoints;
    }
}

static pes_status create(pes_problem **out, const void *given, const pes_data_folders *data) {
    const pes_lstm_options *options = given;
    *out = NULL;
    PES_PROBLEM_TRY(pes_lstm_options_check(options));
    const pes_lstm_network network = shape(options);
    pes_problem *problem;
    PES_PROBLEM_TRY(pes_problem_allocate(&problem, network.num_params, sizeof(pes_lstm)));
    problem->release = release;
    pes_lstm *lstm = problem->user;
    lstm->options = *options;
    lstm->kernels = pes_kernels_select();
    lstm->objective = pes_lstm_objective_find(options->objective);
    lstm->network = network;
    const pes_status status = pes_lstm_sequence_open(&lstm->sequence, options, data);
    if (status != PES_OK) {
        pes_problem_close(problem);
        return status;
    }
    describe(problem);
    *out = problem;
    return PES_OK;
}

static int64_t num_params(const void *options) {
    return shape(options).num_params;
}

static const char *param_name(const void *options, int64_t index, char room[PES_NAME_SIZE]) {
    (void)room;
    const pes_lstm_network network = shape(options);
    return index >= 0 ? pes_lstm_network_tensor(&network, index) : NULL;
}

const pes_problem_type pes_problem_lstm = {
    .name = "lstm",
    .summary =
        "the weights of a character LSTM that reads text or copies strings (the PES paper "
        "measures variance with it)",
    .fields = &pes_lstm_fields,
    .create = create,
    .num_params = num_params,
    .param_name = param_name,
};
