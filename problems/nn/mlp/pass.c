#include "problems/nn/mlp/pass.h"

#include <string.h>

pes_mlp_pass pes_mlp_pass_whole(const pes_mlp_network *network, const pes_kernels *kernels,
                                const pes_mlp_scratch *scratch, int64_t batch) {
    pes_mlp_pass out = {
        .network = network, .kernels = kernels, .scratch = scratch, .batch = batch};
    out.units[0] = network->inputs;
    for (int64_t l = 0; l < network->layers; l++) {
        out.units[l + 1] = network->layer[l].out;
    }
    return out;
}

// ---- masks ----------------------------------------------------------------------------------

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

// ---- loss -----------------------------------------------------------------------------------

// Of a regression: the sum of (y - t)^2 / 2 over the samples, whose derivative is y - t.
static pes_kernels_hits squared_error(int64_t size, const float *output, int64_t stride,
                                      const float *target, float scale, float *gradient) {
    double loss = 0.0;
    for (int64_t i = 0; i < size; i++) {
        const float off = output[i * stride] - target[i];
        loss += 0.5 * (double)off * (double)off;
        if (gradient != NULL) {
            gradient[i * stride] = scale * off;
        }
    }
    return (pes_kernels_hits){.loss = loss};
}

pes_kernels_hits pes_mlp_measure(const pes_mlp_pass *pass, const float *parameters,
                                 float *gradient) {
    const pes_mlp_network *network = pass->network;
    const pes_mlp_layer *last = &network->layer[network->layers - 1];
    pes_mlp_forward(pass, parameters);
    const float *output = pass->scratch->output[network->layers - 1];
    const float scale = 1.0f / (float)pass->batch;
    return pass->scratch->target != NULL
               ? squared_error(pass->batch, output, last->stride, pass->scratch->target, scale,
                               gradient)
               : pass->kernels->softmax_cross_entropy(pass->batch, last->out, output,
                                                      last->stride, pass->scratch->label, scale,
                                                      gradient, last->stride);
}
