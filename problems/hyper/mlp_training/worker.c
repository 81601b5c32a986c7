// A worker: the scratch of one thread, in one piece of memory.

#include "problems/hyper/mlp_training/mlp_training.h"

// The scratch itself comes first.
static size_t lay_out(const pes_mlp_training *training, unsigned char *base,
                      pes_mlp_scratch *scratch) {
    const pes_mlp_network *network = &training->network;
    const int64_t batch = training->options.batch_size;
    pes_problem_memory memory = {.base = base};
    (void)pes_problem_take(&memory, 1, sizeof *scratch);
    pes_mlp_scratch_take(scratch, network, batch, training->drops, &memory);
    scratch->block = pes_problem_take(&memory, network->floats, sizeof(float));
    scratch->normal =
        pes_problem_take(&memory, pes_mlp_network_normals(network), sizeof(float));
    if (pes_mlp_options_is_regression(&training->options)) {
        scratch->target = pes_problem_take(&memory, batch, sizeof(float));
    }
    return memory.used;
}

int64_t pes_mlp_worker_bytes(const pes_mlp_training *training) {
    pes_mlp_scratch measure;
    return (int64_t)lay_out(training, NULL, &measure);
}

pes_status pes_mlp_worker_open(void *user, int64_t max_count, void **worker) {
    const pes_mlp_training *training = user;
    (void)max_count;
    PES_PROBLEM_TRY(
        pes_problem_worker_allocate(worker, pes_mlp_worker_bytes(training), "activations"));
    (void)lay_out(training, *worker, *worker); // padding is never written, and stays zero
    return PES_OK;
}
