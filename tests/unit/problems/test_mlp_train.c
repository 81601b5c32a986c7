// The inner gradient against finite differences of a readable loss in double precision, for
// every activation and for all that may change the loss or the units that take part; and what
// becomes of a gradient before it is a step.

#include <math.h>
#include <stdlib.h>

#include "support/check.h"
#include "support/mlp.h"

// ---- the loss, readable ---------------------------------------------------------------------

static double activated(const char *name, double x) {
    if (strcmp(name, "relu") == 0) {
        return x > 0.0 ? x : 0.0;
    }
    if (strcmp(name, "tanh") == 0) {
        return tanh(x);
    }
    return 0.5 * x * (1.0 + tanh(sqrt(2.0 / 3.14159265358979324) * (x + 0.044715 * x * x * x)));
}

// The units of one row of the minibatch, up to the logits.
static void climb(const mlp_fixture *f, const double *block, int64_t r,
                  double unit[MLP_WIDEST]) {
    for (int64_t i = 0; i < MLP_INPUTS; i++) {
        unit[i] = (double)f->scratch.input[r * f->network.input_stride + i];
    }
    for (int64_t l = 0; l < f->network.layers; l++) {
        const pes_mlp_layer *layer = &f->network.layer[l];
        double sum[MLP_WIDEST];
        for (int64_t j = 0; j < layer->out; j++) {
            sum[j] = block[layer->biases + j];
            for (int64_t i = 0; i < layer->in; i++) {
                sum[j] += unit[i] * block[layer->weights + i * layer->stride + j];
            }
        }
        for (int64_t j = 0; j < layer->out; j++) {
            unit[j] = sum[j];
            if (l + 1 < f->network.layers) {
                const double share = (double)f->values.value[PES_MLP_ACTIVE][2 * l];
                const double mask = (double)f->scratch.mask[l][r * layer->stride + j];
                unit[j] = (double)j < floor(share * (double)layer->out)
                              ? activated(f->network.activation->name, sum[j])
                              : 0.0;
                unit[j] *= f->pass.drops[l] ? mask : 1.0;
            }
        }
    }
}

static double readable_loss(const mlp_fixture *f, const double *block) {
    const double smoothing = (double)f->values.value[PES_MLP_LABEL_SMOOTHING][0];
    double loss = 0.0;
    for (int64_t r = 0; r < MLP_BATCH; r++) {
        double unit[MLP_WIDEST], total = 0.0;
        climb(f, block, r, unit);
        for (int j = 0; j < MLP_CLASSES; j++) {
            total += exp(unit[j]);
        }
        for (int j = 0; j < MLP_CLASSES; j++) {
            const double wanted =
                (j == f->label[r] ? 1.0 - smoothing : 0.0) + smoothing / MLP_CLASSES;
            loss += wanted * (log(total) - unit[j]) / MLP_BATCH;
        }
    }
    for (int64_t i = 0; i < f->network.floats; i++) {
        loss += 0.5 * (double)f->values.value[PES_MLP_L2][0] * block[i] * block[i];
    }
    return loss;
}

// A step with momentum 0 and rate 0 leaves the gradient, L2's included, in the velocities.
static void check_gradient(mlp_fixture *f) {
    static double block[MLP_MOST];
    const int64_t n = f->network.floats;
    assert_true(n <= MLP_MOST);
    for (int64_t i = 0; i < n; i++) {
        block[i] = (double)f->state[i];
    }
    (void)mlp_take_step(f, pes_kernels_select(), 3);
    double largest = 0.0;
    for (int64_t l = 0; l < f->network.layers; l++) {
        const pes_mlp_layer *layer = &f->network.layer[l];
        for (int64_t i = layer->weights; i < layer->biases + layer->stride; i++) {
            if ((i - layer->weights) % layer->stride >= layer->out) {
                assert_true(f->state[n + i] == 0.0f); // padding
                continue;
            }
            const double width = 1e-6, value = block[i];
            block[i] = value + width;
            const double up = readable_loss(f, block);
            block[i] = value - width;
            const double down = readable_loss(f, block);
            block[i] = value;
            largest = fmax(largest, fabs(up - down) / (2.0 * width));
            CHECK_NEAR((up - down) / (2.0 * width), (double)f->state[n + i], 1e-6);
        }
    }
    assert_true(largest > 0.01);
}

static void gradients_are_those_of_the_loss(void **unused) {
    (void)unused;
    static const struct {
        pes_mlp_hyper hyper;
        float value;
    } change[] = {{PES_MLP_MOMENTUM, 0.0f}, {PES_MLP_LABEL_SMOOTHING, 0.3f},
                  {PES_MLP_L2, 0.25f},      {PES_MLP_DROPOUT, 0.375f},
                  {PES_MLP_ACTIVE, 0.55f},  {PES_MLP_CLIP_NORM, 1e9f}};
    const int count = (int)(sizeof change / sizeof *change);
    for (int64_t a = 0; pes_mlp_activation_get(a) != NULL; a++) {
        for (int i = 0; i <= count; i++) { // one change after the other, and all at once
            mlp_fixture f;
            mlp_open(&f, pes_mlp_activation_get(a)->name);
            for (int k = 0; k < count; k++) {
                if (k == i || i == count) {
                    mlp_set(&f, change[k].hyper, change[k].value);
                }
            }
            check_gradient(&f);
            mlp_close(&f);
        }
    }
}

// The derivative of GELU is 1 or 0 far from zero, where its terms overflow.
static void gelu_is_tame_far_away(void **unused) {
    (void)unused;
    const float x[4] = {-3e30f, -12.0f, 12.0f, 3e30f}, zero[4] = {0};
    float in[4], out[4], gradient[4] = {1.0f, 1.0f, 1.0f, 1.0f};
    const pes_mlp_activation *gelu = pes_mlp_activation_find("gelu");
    memcpy(in, x, sizeof in);
    gelu->forward(pes_kernels_select(), 1, 4, 4, zero, in, out);
    gelu->backward(pes_kernels_select(), 1, 4, 4, in, gradient);
    for (int i = 0; i < 4; i++) {
        assert_true(out[i] == (x[i] > 0.0f ? x[i] : 0.0f));
        assert_true(gradient[i] == (x[i] > 0.0f ? 1.0f : 0.0f));
    }
}

// ---- from the gradient to the step ----------------------------------------------------------

static void train_for(mlp_fixture *f, int steps) {
    mlp_set(f, PES_MLP_LEARNING_RATE, 0.1f);
    mlp_set(f, PES_MLP_MOMENTUM, 0.75f);
    mlp_set(f, PES_MLP_L2, 0.01f);
    mlp_set(f, PES_MLP_WEIGHT_DECAY, 0.05f);
    for (int t = 0; t < steps; t++) {
        (void)mlp_take_step(f, pes_kernels_select(), (uint32_t)t);
    }
}

// SGD straight into the velocities, and with a clipping that never bites.
static void both_ways_of_sgd_agree(void **unused) {
    (void)unused;
    mlp_fixture f[2];
    for (int i = 0; i < 2; i++) {
        mlp_open(&f[i], "relu");
        mlp_set(&f[i], PES_MLP_CLIP_NORM, i == 0 ? INFINITY : 1e9f);
        mlp_set(&f[i], PES_MLP_ACTIVE, 0.8f);
        train_for(&f[i], 20);
    }
    for (int64_t i = 0; i < 2 * f[0].network.floats; i++) {
        CHECK_NEAR((double)f[0].state[i], (double)f[1].state[i], 2e-6);
    }
    mlp_close(&f[0]);
    mlp_close(&f[1]);
}

static double norm_of(const mlp_fixture *f) {
    return sqrt(pes_kernels_scalar.squares(f->network.floats, f->state + f->network.floats));
}

static void a_clipped_gradient_has_the_norm(void **unused) {
    (void)unused;
    double norm[3];
    static const float clip[3] = {INFINITY, 0.05f, 100.0f};
    for (int i = 0; i < 3; i++) {
        mlp_fixture f;
        mlp_open(&f, "gelu");
        mlp_set(&f, PES_MLP_CLIP_NORM, clip[i]);
        (void)mlp_take_step(&f, pes_kernels_select(), 0);
        norm[i] = norm_of(&f);
        mlp_close(&f);
    }
    assert_true(norm[0] > 0.1 && norm[0] < 100.0);
    CHECK_NEAR(0.05 * norm[0] / (norm[0] + 1e-6), norm[1], 1e-8);
    CHECK_NEAR(norm[0], norm[2], 1e-6);
}

// A pixel of a minibatch that is not a number makes its loss another. Counted as zero the
// gradient leaves a step of the velocities alone: of all of them straight away; through scratch
// memory of the last layer's, whose every element is spoiled. Not counted as zero it spoils the
// weights.
static void what_is_not_finite_counts_as_zero(void **unused) {
    (void)unused;
    for (int i = 0; i < 3; i++) {
        mlp_fixture f;
        mlp_open(&f, "relu");
        train_for(&f, 2);
        mlp_set(&f, PES_MLP_L2, 0.0f);
        mlp_set(&f, PES_MLP_WEIGHT_DECAY, 0.0f);
        mlp_set(&f, PES_MLP_CLIP_NORM, i == 1 ? 1e9f : INFINITY);
        f.rule.zero_nonfinite = i < 2;
        f.scratch.input[2] = NAN;
        const int64_t n = f.network.floats;
        const int64_t first = i == 0 ? 0 : f.network.layer[2].weights;
        float *before = mlp_zeros(2 * n);
        memcpy(before, f.state, (size_t)(2 * n) * sizeof *before);
        (void)mlp_take_step(&f, pes_kernels_select(), 2);
        int64_t bad = 0;
        for (int64_t k = 0; k < n; k++) {
            const double v = 0.75 * (double)before[n + k];
            bad += !isfinite(f.state[k]);
            if (i < 2 && k >= first) {
                CHECK_NEAR(v, (double)f.state[n + k], 1e-7);
                CHECK_NEAR((double)before[k] - (double)0.1f * v, (double)f.state[k], 1e-6);
            }
        }
        assert_true(i < 2 ? bad == 0 : bad >= 7 * MLP_CLASSES); // the last layer
        free(before);
        mlp_close(&f);
    }
}

// ---- bits -----------------------------------------------------------------------------------

static void all_kernels_give_the_same_bits(void **unused) {
    (void)unused;
    for (int64_t o = 0; pes_mlp_optimizer_get(o) != NULL; o++) {
        for (int64_t a = 0; pes_mlp_activation_get(a) != NULL; a++) {
            mlp_fixture first;
            for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
                mlp_fixture f, *run = *k == &pes_kernels_scalar ? &first : &f;
                mlp_open(run, pes_mlp_activation_get(a)->name);
                run->rule.optimizer = pes_mlp_optimizer_get(o);
                mlp_set(run, PES_MLP_LEARNING_RATE, 0.05f);
                mlp_set(run, PES_MLP_MOMENTUM, 0.875f);
                mlp_set(run, PES_MLP_DROPOUT, 0.25f);
                mlp_set(run, PES_MLP_WEIGHT_DECAY, 0.1f);
                mlp_set(run, PES_MLP_CLIP_NORM, a == 0 ? INFINITY : 0.5f);
                for (uint32_t t = 0; t < 10; t++) {
                    (void)mlp_take_step(run, *k, t);
                }
                CHECK_SAME(first.state, run->state, 3 * first.network.floats);
                if (run == &f) {
                    mlp_close(&f);
                }
            }
            mlp_close(&first);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_are_those_of_the_loss),
        cmocka_unit_test(gelu_is_tame_far_away),
        cmocka_unit_test(both_ways_of_sgd_agree),
        cmocka_unit_test(a_clipped_gradient_has_the_norm),
        cmocka_unit_test(what_is_not_finite_counts_as_zero),
        cmocka_unit_test(all_kernels_give_the_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
