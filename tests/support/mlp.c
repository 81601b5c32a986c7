#include "support/mlp.h"

#include <math.h>
#include <stdlib.h>

#include "support/check.h"

static const pes_int_list hidden = {.count = 2, .value = {9, 6}};

float *mlp_zeros(int64_t count) {
    float *out = calloc((size_t)count, sizeof *out);
    assert_non_null(out);
    return out;
}

void mlp_set(mlp_fixture *f, pes_mlp_hyper hyper, float value) {
    for (int i = 0; i < 2 * PES_MLP_LAYERS; i++) {
        f->values.value[hyper][i] = value;
    }
}

void mlp_open_with(mlp_fixture *f, const char *activation, const pes_int_list *sizes) {
    *f = (mlp_fixture){.network = pes_mlp_network_shape(MLP_INPUTS, sizes, MLP_CLASSES)};
    f->network.activation = pes_mlp_activation_find(activation);
    pes_mlp_scratch *s = &f->scratch;
    s->input = mlp_zeros(MLP_BATCH * f->network.input_stride);
    s->block = mlp_zeros(f->network.floats);
    s->label = f->label;
    for (int64_t l = 0; l < f->network.layers; l++) {
        s->output[l] = mlp_zeros(MLP_BATCH * MLP_WIDEST);
        s->kept[l] = mlp_zeros(MLP_BATCH * MLP_WIDEST);
        s->mask[l] = mlp_zeros(MLP_BATCH * MLP_WIDEST);
    }
    s->gradient[0] = mlp_zeros(MLP_BATCH * MLP_WIDEST);
    s->gradient[1] = mlp_zeros(MLP_BATCH * MLP_WIDEST);
    f->state = mlp_zeros(3 * f->network.floats);
    f->rule = (pes_mlp_rule){.optimizer = pes_mlp_optimizer_get(0), .values = &f->values};
    mlp_set(f, PES_MLP_CLIP_NORM, INFINITY);
    mlp_set(f, PES_MLP_ACTIVE, 1.0f);
    mlp_set(f, PES_MLP_BETA2, 0.99f);
    mlp_set(f, PES_MLP_EPSILON, 1e-6f);
}

void mlp_open(mlp_fixture *f, const char *activation) {
    mlp_open_with(f, activation, &hidden);
    const pes_stream stream = {.seed = 5};
    float normal[MLP_MOST];
    pes_mlp_network_init(&f->network, &stream, 16, normal, f->state);
    for (int64_t l = 0; l < f->network.layers; l++) { // biases are not zero for long
        const pes_mlp_layer *layer = &f->network.layer[l];
        pes_noise_normal(&stream, 2, (uint32_t)l, layer->out, f->state + layer->biases);
    }
    for (uint32_t r = 0; r < MLP_BATCH; r++) {
        pes_noise_normal(&stream, 1, r, MLP_INPUTS,
                         f->scratch.input + r * f->network.input_stride);
        f->label[r] = (uint8_t)((3 * r) % MLP_CLASSES);
    }
}

void mlp_close(mlp_fixture *f) {
    for (int64_t l = 0; l < f->network.layers; l++) {
        free(f->scratch.output[l]);
        free(f->scratch.kept[l]);
        free(f->scratch.mask[l]);
    }
    free(f->scratch.gradient[0]);
    free(f->scratch.gradient[1]);
    free(f->scratch.input);
    free(f->scratch.block);
    free(f->state);
}

double mlp_take_step(mlp_fixture *f, const pes_kernels *kernels, uint32_t draw) {
    const pes_stream stream = {.seed = 9};
    const int64_t top = f->network.layers - 1, stride = f->network.layer[top].stride;
    f->pass = pes_mlp_pass_of(&f->network, kernels, &f->scratch, MLP_BATCH, &f->values);
    pes_mlp_pass_drop(&f->pass, &stream, 48, draw, &f->values);
    pes_mlp_forward(&f->pass, f->state);
    const pes_kernels_hits hits = kernels->softmax_cross_entropy(
        MLP_BATCH, MLP_CLASSES, f->scratch.output[top], stride, f->label, 1.0f / MLP_BATCH,
        f->scratch.gradient[0], stride);
    if (f->values.value[PES_MLP_LABEL_SMOOTHING][0] != 0.0f) {
        pes_mlp_smooth(&f->pass, f->values.value[PES_MLP_LABEL_SMOOTHING][0]);
    }
    pes_mlp_train(&f->pass, &f->rule, isfinite(hits.loss), f->state);
    f->rule.clock++;
    return hits.loss / MLP_BATCH;
}
