#include "problems/hyper/mlp_training/pass.h"

#include <math.h>
#include <string.h>

// floor(share * units) in single precision, where 0.29 of 100 units are 29.
static int64_t active(float share, int64_t units) {
    const float count = share * (float)units;
    return !(count >= 1.0f) ? 0 : count < (float)units ? (int64_t)count : units;
}

pes_mlp_pass pes_mlp_pass_of(const pes_mlp_network *network, const pes_kernels *kernels,
                             const pes_mlp_scratch *scratch, int64_t batch,
                             const pes_mlp_values *values) {
    pes_mlp_pass out = {
        .network = network, .kernels = kernels, .scratch = scratch, .batch = batch};
    const int64_t last = network->layers - 1;
    out.units[0] = network->inputs;
    for (int64_t l = 0; l < last; l++) {
        out.units[l + 1] = active(values->value[PES_MLP_ACTIVE][2 * l], network->layer[l].out);
    }
    out.units[last + 1] = network->layer[last].out;
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

void pes_mlp_pass_keep(pes_mlp_pass *pass) {
    memset(pass->drops, 0, sizeof pass->drops);
}

void pes_mlp_pass_mask(const pes_mlp_pass *pass, int64_t layer, float *x) {
    const int64_t stride = pass->network->layer[layer].stride, units = pass->units[layer + 1];
    const float *mask = pass->scratch->mask[layer];
    for (int64_t r = 0; r < pass->batch; r++, mask += stride, x += stride) {
        for (int64_t j = 0; j < units; j++) {
            const float kept = x[j] * mask[j];
            x[j] = mask[j] > 0.0f ? kept : 0.0f;
        }
    }
}

// ---- forward --------------------------------------------------------------------------------

static void activate(const pes_mlp_pass *pass, int64_t l, const float *biases, float *sum) {
    const pes_mlp_network *network = pass->network;
    const int64_t units = pass->units[l + 1], stride = network->layer[l].stride;
    if (l + 1 == network->layers) {
        pass->kernels->bias(pass->batch, units, biases, sum, stride);
        return;
    }
    network->activation->forward(pass->kernels, pass->batch, units, stride, biases, sum,
                                 pass->scratch->output[l]);
    if (pass->drops[l]) {
        pes_mlp_pass_mask(pass, l, pass->scratch->output[l]);
    }
}

void pes_mlp_forward(const pes_mlp_pass *pass, const float *parameters) {
    const pes_mlp_network *network = pass->network;
    const pes_mlp_scratch *scratch = pass->scratch;
    const float *input = scratch->input;
    int64_t input_stride = network->input_stride;
    for (int64_t l = 0; l < network->layers; l++) {
        const pes_mlp_layer *layer = &network->layer[l];
        const bool kept = l + 1 < network->layers && network->activation->keeps;
        float *sum = kept ? scratch->kept[l] : scratch->output[l];
        pass->kernels->sgemm_nn(pass->batch, pass->units[l + 1], pass->units[l], input,
                                input_stride, parameters + layer->weights, layer->stride, sum,
                                layer->stride, false);
        activate(pass, l, parameters + layer->biases, sum);
        input = scratch->output[l];
        input_stride = layer->stride;
    }
}
