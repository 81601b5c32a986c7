#include "problems/hyper/mlp_training/network.h"

#include <math.h>
#include <string.h>

// Floats of weights that are updated at a time: few enough to stay in the nearer caches from
// the velocities' scaling to their use.
enum { SLICE_FLOATS = 12288 };

static int64_t padded(int64_t units) {
    return (units + PES_MLP_LINE - 1) / PES_MLP_LINE * PES_MLP_LINE;
}

pes_mlp_network pes_mlp_network_shape(int64_t inputs, const pes_int_list *hidden,
                                      int64_t outputs) {
    pes_mlp_network out = {
        .inputs = inputs, .input_stride = padded(inputs), .layers = hidden->count + 1};
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

// ---- passes ---------------------------------------------------------------------------------

void pes_mlp_network_forward(const pes_mlp_network *network, const pes_kernels *kernels,
                             int64_t batch, const float *parameters,
                             const pes_mlp_scratch *scratch) {
    const float *input = scratch->input;
    int64_t input_stride = network->input_stride;
    for (int64_t l = 0; l < network->layers; l++) {
        const pes_mlp_layer *layer = &network->layer[l];
        float *output = scratch->output[l];
        kernels->sgemm_nn(batch, layer->out, layer->in, input, input_stride,
                          parameters + layer->weights, layer->stride, output, layer->stride,
                          false);
        (l + 1 < network->layers ? kernels->bias_relu : kernels->bias)(
            batch, layer->out, parameters + layer->biases, output, layer->stride);
        input = output;
        input_stride = layer->stride;
    }
}

// W <- W - rate V with V <- momentum V + input^T gradient, some rows at a time.
static void update_weights(const pes_mlp_layer *layer, const pes_kernels *kernels,
                           int64_t batch, pes_mlp_sgd sgd, const float *input,
                           int64_t input_stride, const float *gradient, float *weights,
                           float *velocity) {
    const int64_t fit = SLICE_FLOATS / layer->stride;
    const int64_t slice = fit > 1 ? fit : 1;
    for (int64_t row = 0; row < layer->in; row += slice) {
        const int64_t rows = layer->in - row < slice ? layer->in - row : slice;
        float *v = velocity + row * layer->stride;
        kernels->scale(rows * layer->stride, sgd.momentum, v);
        kernels->sgemm_tn(rows, layer->out, batch, input + row, input_stride, gradient,
                          layer->stride, v, layer->stride, true);
        kernels->axpy(rows * layer->stride, -sgd.rate, v, weights + row * layer->stride);
    }
}

static void update_biases(const pes_mlp_layer *layer, const pes_kernels *kernels, int64_t batch,
                          pes_mlp_sgd sgd, const float *gradient, float *biases,
                          float *velocity) {
    kernels->scale(layer->out, sgd.momentum, velocity);
    kernels->column_sums(batch, layer->out, gradient, layer->stride, velocity);
    kernels->axpy(layer->out, -sgd.rate, velocity, biases);
}

void pes_mlp_network_train(const pes_mlp_network *network, const pes_kernels *kernels,
                           int64_t batch, pes_mlp_sgd sgd, float *parameters, float *velocity,
                           const pes_mlp_scratch *scratch) {
    for (int64_t l = network->layers - 1; l >= 0; l--) {
        const pes_mlp_layer *layer = &network->layer[l];
        const int64_t turn = (network->layers - 1 - l) % 2;
        const float *gradient = scratch->gradient[turn];
        const float *input = l > 0 ? scratch->output[l - 1] : scratch->input;
        const int64_t input_stride =
            l > 0 ? network->layer[l - 1].stride : network->input_stride;
        float *weights = parameters + layer->weights;
        if (l > 0) { // with the weights that the forward pass saw, before they change
            float *below = scratch->gradient[1 - turn];
            kernels->sgemm_nt(batch, layer->in, layer->out, gradient, layer->stride, weights,
                              layer->stride, below, input_stride, false);
            kernels->relu_backward(batch, layer->in, input, input_stride, below, input_stride);
        }
        update_weights(layer, kernels, batch, sgd, input, input_stride, gradient, weights,
                       velocity + layer->weights);
        update_biases(layer, kernels, batch, sgd, gradient, parameters + layer->biases,
                      velocity + layer->biases);
    }
}
