#include "problems/nn/mlp/network.h"

#include <math.h>
#include <string.h>

static int64_t padded(int64_t units) {
    return (units + PES_MLP_LINE - 1) / PES_MLP_LINE * PES_MLP_LINE;
}

pes_mlp_network pes_mlp_network_shape(int64_t inputs, const pes_int_list *hidden,
                                      int64_t outputs) {
    pes_mlp_network out = {
        .inputs = inputs,
        .input_stride = padded(inputs),
        .layers = hidden->count + 1,
        .activation = pes_mlp_activation_get(0),
    };
    for (int64_t l = 0; l < out.layers; l++) {
        pes_mlp_layer *layer = &out.layer[l];
        layer->in = l == 0 ? inputs : hidden->value[l - 1];
        layer->out = l == hidden->count ? outputs : hidden->value[l];
        layer->stride = padded(layer->out);
        layer->weights = out.floats;
        layer->biases = layer->weights + layer->in * layer->stride;
        out.floats = layer->biases + layer->stride;
    }
    return out;
}

double pes_mlp_network_forward_flops(const pes_mlp_network *network, int64_t batch) {
    double flops = 0.0;
    for (int64_t l = 0; l < network->layers; l++) {
        const pes_mlp_layer *layer = &network->layer[l];
        flops += 2.0 * (double)batch * (double)layer->in * (double)layer->out;
    }
    return flops;
}

double pes_mlp_network_backward_flops(const pes_mlp_network *network, int64_t batch) {
    const pes_mlp_layer *first = &network->layer[0];
    const double forward = pes_mlp_network_forward_flops(network, batch);
    // Nothing flows back into the images.
    return 2.0 * forward - 2.0 * (double)batch * (double)first->in * (double)first->out;
}

// ---- start ----------------------------------------------------------------------------------

// Normals drawn at a time for a row of `out` weights: 4.6 % are beyond two standard deviations,
// so that one draw nearly always fills the row.
static int64_t supply(int64_t out) {
    return out + out / 8 + 8;
}

int64_t pes_mlp_network_normals(const pes_mlp_network *network) {
    int64_t most = 0;
    for (int64_t l = 0; l < network->layers; l++) {
        const int64_t count = supply(network->layer[l].out);
        most = count > most ? count : most;
    }
    return most;
}

static void init_row(const pes_mlp_layer *layer, int64_t row, const pes_stream *stream,
                     uint32_t use, float *normal, float *weights) {
    const float deviation = 1.0f / sqrtf((float)layer->in);
    const int64_t drawn = supply(layer->out);
    int64_t filled = 0;
    for (int64_t round = 0; filled < layer->out; round++) {
        pes_noise_normal(stream, use, (uint32_t)(round * layer->in + row), drawn, normal);
        for (int64_t i = 0; i < drawn && filled < layer->out; i++) {
            if (normal[i] >= -2.0f && normal[i] <= 2.0f) {
                weights[filled++] = deviation * normal[i];
            }
        }
    }
}

void pes_mlp_network_init(const pes_mlp_network *network, const pes_stream *stream,
                          uint32_t use, float *normal, float *parameters) {
    memset(parameters, 0, (size_t)network->floats * sizeof *parameters);
    for (int64_t l = 0; l < network->layers; l++) {
        const pes_mlp_layer *layer = &network->layer[l];
        for (int64_t row = 0; row < layer->in; row++) {
            init_row(layer, row, stream, use + (uint32_t)l, normal,
                     parameters + layer->weights + row * layer->stride);
        }
    }
}
