// Which units take part in an inner step: active ones, and those that dropout leaves.

#include <math.h>
#include <stdlib.h>

#include "support/check.h"
#include "support/mlp.h"

// ---- active units ---------------------------------------------------------------------------

// Copy the leading rows and columns of a tensor.
static void shrink(const mlp_fixture *from, mlp_fixture *to, int64_t l) {
    const pes_mlp_layer *big = &from->network.layer[l], *small = &to->network.layer[l];
    for (int64_t i = 0; i < small->in; i++) {
        memcpy(to->state + small->weights + i * small->stride,
               from->state + big->weights + i * big->stride,
               (size_t)small->out * sizeof(float));
    }
    memcpy(to->state + small->biases, from->state + big->biases,
           (size_t)small->out * sizeof(float));
}

// With 0.7 of 9 and of 6 units active, what takes part is a network with 6 and 4, to the bit;
// the others drift on with what velocity they had.
static void active_units_are_a_smaller_network(void **unused) {
    (void)unused;
    const pes_int_list fewer = {.count = 2, .value = {6, 4}};
    mlp_fixture big, small;
    mlp_open(&big, "tanh");
    mlp_open_with(&small, "tanh", &fewer);
    memcpy(small.label, big.label, sizeof small.label);
    memcpy(small.scratch.input, big.scratch.input,
           (size_t)(MLP_BATCH * big.network.input_stride) * sizeof(float));
    for (int64_t l = 0; l < 3; l++) {
        shrink(&big, &small, l);
    }
    float *idle = big.state + big.network.layer[0].weights + 8; // of the last unit
    const float start = *idle;
    idle[big.network.floats] = 1.0f;
    mlp_set(&big, PES_MLP_ACTIVE, 0.7f);
    for (mlp_fixture *f = &big; f != NULL; f = f == &big ? &small : NULL) {
        mlp_set(f, PES_MLP_LEARNING_RATE, 0.25f);
        mlp_set(f, PES_MLP_MOMENTUM, 0.5f);
        for (uint32_t t = 0; t < 3; t++) {
            (void)mlp_take_step(f, pes_kernels_select(), t);
        }
    }
    float *trained = small.state, *expected = mlp_zeros(small.network.floats);
    small.state = expected;
    for (int64_t l = 0; l < 3; l++) {
        shrink(&big, &small, l);
    }
    CHECK_SAME(expected, trained, small.network.floats);
    assert_true(idle[big.network.floats] == 0.125f);
    CHECK_NEAR((double)start - 0.25 * (0.5 + 0.25 + 0.125), (double)*idle, 1e-6);
    free(trained);
    mlp_close(&small);
    mlp_close(&big);
}

// A layer without units gives nothing: logits are what the biases above make of it, and the
// weights on either side have no gradient.
static void without_active_units_only_biases_act(void **unused) {
    (void)unused;
    mlp_fixture f;
    mlp_open(&f, "relu");
    f.values.value[PES_MLP_ACTIVE][2] = 0.1f; // of 6 units none
    const int64_t n = f.network.floats, top = f.network.layer[2].stride;
    float *before = mlp_zeros(n);
    memcpy(before, f.state, (size_t)n * sizeof *before);
    mlp_set(&f, PES_MLP_LEARNING_RATE, 0.5f);
    (void)mlp_take_step(&f, pes_kernels_select(), 0);
    for (int64_t r = 0; r < MLP_BATCH; r++) {
        CHECK_SAME(before + f.network.layer[2].biases, f.scratch.output[2] + r * top,
                   MLP_CLASSES);
    }
    const int64_t last = f.network.layer[2].biases;
    CHECK_SAME(before, f.state, last);
    for (int64_t j = 0; j < MLP_CLASSES; j++) {
        assert_true(f.state[last + j] != before[last + j]);
    }
    free(before);
    mlp_close(&f);
}

// ---- dropout --------------------------------------------------------------------------------

// The share of dropped units is within five standard errors of the probability (a right program
// is outside once in 1.7 million draws of it), kept ones are divided by 1 - p, and what is
// dropped at one probability is dropped at any higher one. Layers and steps have masks of their
// own; the same step has the same.
static void masks_are_fair_and_nested(void **unused) {
    (void)unused;
    enum { STEPS = 400 };
    mlp_fixture f;
    mlp_open(&f, "relu");
    const pes_stream stream = {.seed = 2, .particle = 1};
    const int64_t stride = f.network.layer[0].stride;
    float mask[3][MLP_BATCH * MLP_WIDEST];
    double dropped = 0.0, differ = 0.0;
    for (uint32_t t = 0; t < STEPS; t++) {
        for (int k = 0; k < 3; k++) { // the third time as the first
            mlp_set(&f, PES_MLP_DROPOUT, k == 1 ? 0.5f : 0.25f);
            f.pass = pes_mlp_pass_of(&f.network, pes_kernels_select(), &f.scratch, MLP_BATCH,
                                     &f.values);
            pes_mlp_pass_drop(&f.pass, &stream, 48, t, &f.values);
            memcpy(mask[k], f.scratch.mask[0], sizeof mask[k]);
        }
        for (int64_t i = 0; i < MLP_BATCH * 9; i++) {
            const int64_t at = i / 9 * stride + i % 9;
            assert_true(mask[0][at] == 0.0f || mask[0][at] == 1.0f / 0.75f);
            assert_true(mask[1][at] == 0.0f || mask[1][at] == 2.0f);
            assert_true(mask[0][at] != 0.0f || mask[1][at] == 0.0f);
            assert_true(mask[0][at] == mask[2][at]);
            dropped += mask[0][at] == 0.0f;
            const float above = f.scratch.mask[1][i / 9 * f.network.layer[1].stride + i % 6];
            differ += (above == 0.0f) != (mask[0][at] == 0.0f);
        }
    }
    const double draws = STEPS * MLP_BATCH * 9;
    CHECK_NEAR(0.25, dropped / draws, 5.0 * sqrt(0.25 * 0.75 / draws));
    CHECK_NEAR(2.0 * 0.25 * 0.75, differ / draws, 0.02);
    mlp_close(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(active_units_are_a_smaller_network),
        cmocka_unit_test(without_active_units_only_biases_act),
        cmocka_unit_test(masks_are_fair_and_nested),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
