#include "problems/nn/mlp/backward.h"

#include <string.h>

// The gradient of the sums of layer `number`.
static float *gradient_of(const pes_mlp_pass *pass, int64_t number) {
    return pass->scratch->gradient[(pass->network->layers - 1 - number) % 2];
}

pes_mlp_stage pes_mlp_stage_of(const pes_mlp_pass *pass, int64_t number) {
    const pes_mlp_network *network = pass->network;
    const pes_mlp_scratch *scratch = pass->scratch;
    return (pes_mlp_stage){
        .pass = pass,
        .layer = &network->layer[number],
        .number = number,
        .in = pass->units[number],
        .out = pass->units[number + 1],
        .input = number > 0 ? scratch->output[number - 1] : scratch->input,
        .input_stride = number > 0 ? network->layer[number - 1].stride : network->input_stride,
        .gradient = gradient_of(pass, number),
    };
}

static int64_t within(int64_t x, int64_t most) {
    return x < 0 ? 0 : x < most ? x : most;
}

void pes_mlp_stage_weights(const pes_mlp_stage *s, int64_t row, int64_t rows, float *out) {
    const int64_t stride = s->layer->stride, grown = within(s->in - row, rows);
    memset(out, 0, (size_t)(rows * stride) * sizeof *out);
    s->pass->kernels->sgemm_tn(grown, s->out, s->pass->batch, s->input + row, s->input_stride,
                               s->gradient, stride, out, stride, false);
}

void pes_mlp_stage_biases(const pes_mlp_stage *s, float *out) {
    memset(out, 0, (size_t)s->layer->stride * sizeof *out);
    s->pass->kernels->column_sums(s->pass->batch, s->out, s->gradient, s->layer->stride, out);
}

void pes_mlp_stage_below(const pes_mlp_stage *s, const float *parameters) {
    const pes_mlp_pass *pass = s->pass;
    const int64_t under = s->number - 1;
    const pes_mlp_activation *activation = pass->network->activation;
    float *below = gradient_of(pass, under);
    pass->kernels->sgemm_nt(pass->batch, s->in, s->out, s->gradient, s->layer->stride,
                            parameters + s->layer->weights, s->layer->stride, below,
                            s->input_stride, false);
    if (pass->drops[under]) {
        pes_mlp_pass_mask(pass, under, below);
    }
    activation->backward(pass->kernels, pass->batch, s->in, s->input_stride,
                         activation->keeps ? pass->scratch->kept[under] : s->input, below);
}
