// Each inner optimizer against its formula as the papers and PyTorch's documentation write it,
// in double precision and with the running means written as sums over all gradients so far, for
// 20 steps of a few numbers.

#include <math.h>

#include "problems/hyper/mlp_training/optimizer.h"
#include "support/check.h"

enum { NUMBERS = 5, STEPS = 20 };

static const double rate = 0.03, momentum = 0.8, beta2 = 0.95, epsilon = 1e-3;

// What a row's own formula takes off a number, from its gradients g[0..t].
static double sum_of(const double *g, int t, double decay, int power) {
    double sum = 0.0;
    for (int s = 0; s <= t; s++) {
        sum += pow(decay, t - s) * pow(g[s], power);
    }
    return sum;
}

static double sgd(const double *g, int t) {
    return rate * sum_of(g, t, momentum, 1);
}

static double nesterov(const double *g, int t) {
    return rate * (g[t] + momentum * sum_of(g, t, momentum, 1));
}

static double adam(const double *g, int t) {
    const double mean = (1.0 - momentum) * sum_of(g, t, momentum, 1);
    const double square = (1.0 - beta2) * sum_of(g, t, beta2, 2);
    return rate * mean / (1.0 - pow(momentum, t + 1)) /
           (sqrt(square / (1.0 - pow(beta2, t + 1))) + epsilon);
}

static double rmsprop(const double *g, int t) {
    return rate * g[t] / (sqrt((1.0 - beta2) * sum_of(g, t, beta2, 2)) + epsilon);
}

static const struct {
    const char *name;
    int64_t moments;
    double (*change)(const double *gradient, int t);
} expected[] = {{"sgd", 1, sgd},
                {"nesterov", 1, nesterov},
                {"adam", 2, adam},
                {"adamw", 2, adam},
                {"rmsprop", 1, rmsprop}};

static pes_mlp_values values_with(double decay, double l2) {
    pes_mlp_values out = {0};
    const int tensor = 3;
    out.value[PES_MLP_LEARNING_RATE][tensor] = (float)rate;
    out.value[PES_MLP_MOMENTUM][tensor] = (float)momentum;
    out.value[PES_MLP_BETA2][tensor] = (float)beta2;
    out.value[PES_MLP_EPSILON][tensor] = (float)epsilon;
    out.value[PES_MLP_WEIGHT_DECAY][tensor] = (float)decay;
    out.value[PES_MLP_L2][tensor] = (float)l2;
    return out;
}

static void compare(int row, double decay, double l2) {
    const pes_mlp_optimizer *optimizer = pes_mlp_optimizer_find(expected[row].name);
    const pes_mlp_values values = values_with(decay, l2);
    float weight[NUMBERS], first[NUMBERS] = {0}, second[NUMBERS] = {0};
    float *const moment[PES_MLP_MOMENTS] = {first, second};
    double exact[NUMBERS], gradient[NUMBERS][STEPS];
    assert_int_equal(optimizer->moments, expected[row].moments);
    for (int i = 0; i < NUMBERS; i++) {
        weight[i] = 0.5f - 0.25f * (float)i;
        exact[i] = (double)weight[i];
    }
    for (int t = 0; t < STEPS; t++) {
        const pes_mlp_update u = pes_mlp_optimizer_numbers(optimizer, &values, 3, t);
        float g[NUMBERS];
        for (int i = 0; i < NUMBERS; i++) { // now large, now small, and zero for the last
            g[i] = i == 4 ? 0.0f : (float)(sin(1.0 + t * (i + 1)) * pow(0.1, i));
            gradient[i][t] = (double)g[i] + l2 * exact[i];
            exact[i] -= rate * decay * exact[i] + expected[row].change(gradient[i], t);
        }
        optimizer->update(NUMBERS, &u, g, weight, moment);
        for (int i = 0; i < NUMBERS; i++) {
            CHECK_NEAR(exact[i], (double)weight[i], 3e-6);
        }
    }
}

static void every_row_is_its_formula(void **unused) {
    (void)unused;
    for (int row = 0; row < (int)(sizeof expected / sizeof *expected); row++) {
        assert_string_equal(pes_mlp_optimizer_get(row)->name, expected[row].name);
        compare(row, 0.0, 0.0);
        compare(row, 0.7, 0.0);
        compare(row, 0.0, 0.4);
        compare(row, 0.7, 0.4);
    }
    assert_null(pes_mlp_optimizer_get((int64_t)(sizeof expected / sizeof *expected)));
}

// A moment without gradients passes from normal numbers to zero.
static void moments_are_never_subnormal(void **unused) {
    (void)unused;
    const pes_mlp_values values = values_with(0.0, 0.0);
    for (int64_t row = 0; pes_mlp_optimizer_get(row) != NULL; row++) {
        float weight = 1.0f, first = 1e-37f, second = 1e-37f;
        float *const moment[PES_MLP_MOMENTS] = {&first, &second};
        const pes_mlp_optimizer *optimizer = pes_mlp_optimizer_get(row);
        for (int64_t t = 0; t < 100; t++) {
            const pes_mlp_update u = pes_mlp_optimizer_numbers(optimizer, &values, 3, t);
            const float zero = 0.0f;
            optimizer->update(1, &u, &zero, &weight, moment);
            for (int64_t k = 0; k < optimizer->moments; k++) {
                assert_true(*moment[k] == 0.0f || *moment[k] >= 0x1p-126f);
            }
        }
        assert_true(first == 0.0f);
    }
}

// Tuning may drive a beta to 1. Then Adam takes the mean of all gradients over the root of the
// mean of their squares, instead of not-a-number.
static void a_beta_of_one_is_the_mean_so_far(void **unused) {
    (void)unused;
    pes_mlp_values values = values_with(0.0, 0.0);
    values.value[PES_MLP_MOMENTUM][3] = 1.0f;
    values.value[PES_MLP_BETA2][3] = 1.0f;
    const pes_mlp_optimizer *optimizer = pes_mlp_optimizer_find("adam");
    float weight = 0.5f, first = 0.0f, second = 0.0f;
    float *const moment[PES_MLP_MOMENTS] = {&first, &second};
    double exact = 0.5, sum = 0.0, squares = 0.0;
    for (int t = 0; t < STEPS; t++) {
        const pes_mlp_update u = pes_mlp_optimizer_numbers(optimizer, &values, 3, t);
        const float g = (float)sin(1.0 + t);
        sum += (double)g;
        squares += (double)g * (double)g;
        exact -= rate * sum / (t + 1) / (sqrt(squares / (t + 1)) + epsilon);
        optimizer->update(1, &u, &g, &weight, moment);
        CHECK_NEAR(exact, (double)weight, 3e-6);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_its_formula),
        cmocka_unit_test(moments_are_never_subnormal),
        cmocka_unit_test(a_beta_of_one_is_the_mean_so_far),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
