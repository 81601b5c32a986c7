// A worker: the scratch of one thread, in one piece of memory.

#include <stdlib.h>
#include <string.h>

#include "problems/hyper/mlp_training/mlp_training.h"
#include "problems/hyper/mlp_training/pass.h"

enum { LINE_BYTES = 64 };

// Take `bytes` at the end of what has been taken, in whole cache lines. While measuring, `base`
// is NULL.
static void *take(unsigned char *base, size_t *used, int64_t count, size_t size) {
    void *piece = base != NULL ? base + *used : NULL;
    *used += ((size_t)count * size + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES;
    return piece;
}

static size_t lay_out(const pes_mlp_training *training, unsigned char *base,
                      pes_mlp_scratch *scratch) {
    const pes_mlp_network *network = &training->network;
    const int64_t batch = training->options.batch_size;
    size_t used = 0;
    int64_t widest = 0;
    (void)take(base, &used, 1, sizeof *scratch); // the scratch itself comes first
    scratch->input = take(base, &used, batch * network->input_stride, sizeof(float));
    for (int64_t l = 0; l < network->layers; l++) {
        const int64_t stride = network->layer[l].stride;
        const bool hidden = l + 1 < network->layers;
        const int64_t kept = hidden && network->activation->keeps ? batch * stride : 0;
        const int64_t mask = hidden && training->drops ? batch * stride : 0;
        scratch->output[l] = take(base, &used, batch * stride, sizeof(float));
        scratch->kept[l] = take(base, &used, kept, sizeof(float));
        scratch->mask[l] = take(base, &used, mask, sizeof(float));
        widest = stride > widest ? stride : widest;
    }
    for (int i = 0; i < 2; i++) {
        scratch->gradient[i] = take(base, &used, batch * widest, sizeof(float));
    }
    scratch->block = take(base, &used, network->floats, sizeof(float));
    scratch->normal = take(base, &used, pes_mlp_network_normals(network), sizeof(float));
    scratch->label = take(base, &used, batch, sizeof(uint8_t));
    if (pes_mlp_options_is_regression(&training->options)) {
        scratch->target = take(base, &used, batch, sizeof(float));
    }
    scratch->index = take(base, &used, batch, sizeof(int32_t));
    return used;
}

int64_t pes_mlp_worker_bytes(const pes_mlp_training *training) {
    pes_mlp_scratch measure;
    return (int64_t)lay_out(training, NULL, &measure);
}

pes_status pes_mlp_worker_open(void *user, int64_t max_count, void **worker) {
    const pes_mlp_training *training = user;
    (void)max_count;
    const size_t bytes = (size_t)pes_mlp_worker_bytes(training);
    unsigned char *base = aligned_alloc(LINE_BYTES, bytes);
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
