// A worker: the scratch of one thread, in one piece of memory.

#include <stdlib.h>
#include <string.h>

#include "problems/hyper/mlp_training/mlp_training.h"

// The scratch itself comes first.
static size_t lay_out(const pes_mlp_training *training, unsigned char *base,
                      pes_mlp_scratch *scratch) {
    const pes_mlp_network *network = &training->network;
    const int64_t batch = training->options.batch_size;
    pes_mlp_memory memory = {.base = base};
    (void)pes_mlp_take(&memory, 1, sizeof *scratch);
    pes_mlp_scratch_take(scratch, network, batch, training->drops, &memory);
    scratch->block = pes_mlp_take(&memory, network->floats, sizeof(float));
    scratch->normal = pes_mlp_take(&memory, pes_mlp_network_normals(network), sizeof(float));
    if (pes_mlp_options_is_regression(&training->options)) {
        scratch->target = pes_mlp_take(&memory, batch, sizeof(float));
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
    const size_t bytes = (size_t)pes_mlp_worker_bytes(training);
    unsigned char *base = aligned_alloc(PES_MLP_LINE_BYTES, bytes);
    PES_PROBLEM_REQUIRE(base != NULL, PES_E_MEMORY, "no memory for %zu bytes of activations",
                        bytes);
    memset(base, 0, bytes); // padding is never written and must be zero
    (void)lay_out(training, base, (pes_mlp_scratch *)(void *)base);
    *worker = base;
    return PES_OK;
}

void pes_mlp_worker_close(void *user, void *worker) {
    (void)user;
    free(worker);
}
