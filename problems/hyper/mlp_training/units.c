#include "problems/hyper/mlp_training/units.h"

// floor(share * units) in single precision, where 0.29 of 100 units are 29.
static int64_t active(float share, int64_t units) {
    const float count = share * (float)units;
    return !(count >= 1.0f) ? 0 : count < (float)units ? (int64_t)count : units;
}

pes_mlp_pass pes_mlp_pass_of(const pes_mlp_network *network, const pes_kernels *kernels,
                             const pes_mlp_scratch *scratch, int64_t batch,
                             const pes_mlp_values *values) {
    pes_mlp_pass out = pes_mlp_pass_whole(network, kernels, scratch, batch);
    for (int64_t l = 0; l + 1 < network->layers; l++) {
        out.units[l + 1] = active(values->value[PES_MLP_ACTIVE][2 * l], network->layer[l].out);
    }
    return out;
}

// ---- dropout --------------------------------------------------------------------------------

// Uniform numbers lie at the beginning of `mask`, count x units, and end as count x stride
// factors. Backwards, none is overwritten before it has been read.
static void spread(int64_t count, int64_t units, int64_t stride, float probability,
                   float *mask) {
    const float factor = 1.0f / (1.0f - probability);
    for (int64_t r = count - 1; r >= 0; r--) {
        for (int64_t j = units - 1; j >= 0; j--) {
            mask[r * stride + j] = mask[r * units + j] < probability ? 0.0f : factor;
        }
    }
}

void pes_mlp_pass_drop(pes_mlp_pass *pass, const pes_stream *stream, uint32_t use,
                       uint32_t step, const pes_mlp_values *values) {
    for (int64_t l = 0; l + 1 < pass->network->layers; l++) {
        const pes_mlp_layer *layer = &pass->network->layer[l];
        const float probability = values->value[PES_MLP_DROPOUT][2 * l];
        float *mask = pass->scratch->mask[l];
        pass->drops[l] = probability > 0.0f;
        if (pass->drops[l]) {
            // for all units, that those that are active may change and keep their draws
            pes_noise_uniform(stream, use + (uint32_t)l, step, pass->batch * layer->out, mask);
            spread(pass->batch, layer->out, layer->stride, probability, mask);
        }
    }
}
