#include "problems/nn/mlp/scratch.h"

void pes_mlp_scratch_take(pes_mlp_scratch *out, const pes_mlp_network *network, int64_t batch,
                          bool masks, pes_problem_memory *memory) {
    int64_t widest = 0;
    out->input = pes_problem_take(memory, batch * network->input_stride, sizeof(float));
    for (int64_t l = 0; l < network->layers; l++) {
        const int64_t stride = network->layer[l].stride;
        const bool hidden = l + 1 < network->layers;
        const int64_t kept = hidden && network->activation->keeps ? batch * stride : 0;
        const int64_t mask = hidden && masks ? batch * stride : 0;
        out->output[l] = pes_problem_take(memory, batch * stride, sizeof(float));
        out->kept[l] = pes_problem_take(memory, kept, sizeof(float));
        out->mask[l] = pes_problem_take(memory, mask, sizeof(float));
        widest = stride > widest ? stride : widest;
    }
    for (int i = 0; i < 2; i++) {
        out->gradient[i] = pes_problem_take(memory, batch * widest, sizeof(float));
    }
    out->label = pes_problem_take(memory, batch, sizeof(uint8_t));
    out->index = pes_problem_take(memory, batch, sizeof(int32_t));
}
