// The perceptron for each weight: its steps are those of the formulas in the head of mlp.c,
// written out once more in double precision without any folding; every table of kernels has
// the same bits; padding stays zero and counts for nothing.

#include <math.h>
#include <string.h>

#include "support/check.h"
#include "support/lopt_world.h"

enum { MOMENTA = 6, OWN = 8, FEATURES = OWN + LOPT_WORLD_TIMES, MOST = 700 };

// ---- the formulas ---------------------------------------------------------------------------

typedef struct reference {
    double weight[MOST], moment[MOMENTA][MOST];
} reference;

static double normalizer(int64_t n, const double *x) {
    double sum = 0.0;
    for (int64_t i = 0; i < n; i++) {
        sum += x[i] * x[i];
    }
    return sqrt(1e-5 + sum / (double)n);
}

static void step_reference(const lopt_world *w, int t, reference *at) {
    static const double decay[MOMENTA] = {0.1, 0.5, 0.9, 0.99, 0.999, 0.9999};
    const int64_t n = w->tensor.rows * w->tensor.columns;
    double gradient[MOST], divisor[OWN];
    for (int64_t i = 0; i < n; i++) {
        gradient[i] = lopt_world_gradient(t, i);
        for (int k = 0; k < MOMENTA; k++) {
            at->moment[k][i] = decay[k] * at->moment[k][i] + (1.0 - decay[k]) * gradient[i];
        }
    }
    divisor[0] = normalizer(n, gradient);
    divisor[1] = normalizer(n, at->weight);
    for (int k = 0; k < MOMENTA; k++) {
        divisor[2 + k] = normalizer(n, at->moment[k]);
    }
    for (int64_t i = 0; i < n; i++) {
        double x[FEATURES] = {gradient[i] / divisor[0], at->weight[i] / divisor[1]}, out[2];
        for (int k = 0; k < MOMENTA; k++) {
            x[2 + k] = at->moment[k][i] / divisor[2 + k];
        }
        lopt_world_times(t, x + OWN);
        lopt_world_network(w, w->theta, FEATURES, x, out);
        at->weight[i] -= 0.001 * out[0] * exp(0.001 * out[1]);
    }
}

static const pes_int_list widths[] = {
    {.count = 0}, {.count = 1, .value = {5}}, {.count = 3, .value = {7, 40, 3}}};
static const int64_t sizes[][3] = {{1, 10, 16}, {9, 32, 32}, {37, 10, 16}, {5, 3, 3}};
enum { WIDTHS = sizeof widths / sizeof *widths, SIZES = sizeof sizes / sizeof *sizes };

static void check_steps(const pes_int_list *hidden, const int64_t size[3]) {
    lopt_world w = lopt_world_open("mlp", hidden, size);
    reference at = {{0.0}, {{0.0}}};
    lopt_world_weights(&w, at.weight);
    for (int t = 0; t < 100; t++) {
        lopt_world_step(&w, pes_kernels_select(), t);
        step_reference(&w, t, &at);
    }
    lopt_world_expect(&w, at.weight);
    lopt_world_close(&w);
}

static void steps_are_those_of_the_formulas(void **state) {
    (void)state;
    for (int i = 0; i < WIDTHS * SIZES; i++) {
        check_steps(&widths[i % WIDTHS], sizes[i / WIDTHS]);
    }
}

// ---- what holds beside ----------------------------------------------------------------------

static void every_table_has_the_same_bits(void **state) {
    (void)state;
    for (int i = 0; i < SIZES; i++) {
        lopt_world expected = lopt_world_open("mlp", NULL, sizes[i]);
        for (int t = 0; t < 3; t++) {
            lopt_world_step(&expected, &pes_kernels_scalar, t);
        }
        for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
            lopt_world w = lopt_world_open("mlp", NULL, sizes[i]);
            for (int t = 0; t < 3; t++) {
                lopt_world_step(&w, *k, t);
            }
            const size_t n = (size_t)(sizes[i][0] * sizes[i][2]);
            assert_memory_equal(w.weights, expected.weights, n * sizeof(float));
            assert_memory_equal(w.moment, expected.moment, MOMENTA * n * sizeof(float));
            lopt_world_close(&w);
        }
        lopt_world_close(&expected);
    }
}

static void padding_is_as_if_it_were_not_there(void **state) {
    (void)state;
    static const int64_t as_it_is[] = {6, 10, 10}, padded[] = {6, 10, 32};
    lopt_world narrow = lopt_world_open("mlp", NULL, as_it_is);
    lopt_world wide = lopt_world_open("mlp", NULL, padded);
    for (int t = 0; t < 20; t++) {
        lopt_world_step(&narrow, pes_kernels_select(), t);
        lopt_world_step(&wide, pes_kernels_select(), t);
    }
    for (int r = 0; r < 6; r++) {
        for (int j = 0; j < 10; j++) { // sums of squares have another order
            const float a = narrow.weights[10 * r + j], b = wide.weights[32 * r + j];
            assert_true(fabsf(a - b) < 1e-6f);
        }
    }
    lopt_world_close(&narrow);
    lopt_world_close(&wide);
}

static void a_gradient_that_is_not_finite_leaves_padding_zero(void **state) {
    (void)state;
    static const int64_t size[] = {2, 3, 16};
    lopt_world w = lopt_world_open("mlp", NULL, size);
    lopt_world_step(&w, pes_kernels_select(), 0);
    w.theta[0] = INFINITY;
    lopt_world_step(&w, pes_kernels_select(), 1);
    assert_true(!isfinite(w.weights[0]));
    for (int i = 3; i < 16; i++) {
        assert_true(w.weights[i] == 0.0f && w.weights[16 + i] == 0.0f);
    }
    lopt_world_close(&w);
}

static void theta_is_as_the_paper_counts_it(void **state) {
    (void)state;
    static const int64_t size[] = {1, 1, 1};
    lopt_world w = lopt_world_open("mlp", NULL, size);
    char room[PES_NAME_SIZE];
    assert_int_equal(pes_lopt_num_params(&w.shape), 1762);
    assert_int_equal(w.shape.rule->moments, MOMENTA);
    assert_true(w.shape.rule->flops(&w.shape) == 2.0 * (8 * 32 + 32 * 32 + 32 * 2));
    static const struct {
        int64_t index;
        const char *name;
    } names[] = {{0, "w0.gradient.0"},
                 {33, "w0.weight.1"},
                 {160, "w0.momentum_0.99.0"},
                 {607, "w0.time_100000.31"},
                 {608, "b0.0"},
                 {640, "w1.0.0"},
                 {1664, "b1.0"},
                 {1696, "w2.0.0"},
                 {1761, "b2.1"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_string_equal(w.shape.rule->param_name(&w.shape, names[i].index, room),
                            names[i].name);
    }
    lopt_world_close(&w);
}

// Weights of a layer with n inputs: 1/sqrt(n) times a normal cut at two, whose standard
// deviation is 0.880; over 608 and 1024 of them that is known to 3 % or so (4 % fails one
// seed in thirty at the worst; the seed is fixed).
static void the_start_is_a_cut_normal(void **state) {
    (void)state;
    pes_lopt_shape shape;
    float theta[1762], other[1762];
    assert_int_equal(pes_lopt_shape_of(&shape, "mlp", NULL, 0.125), PES_OK);
    shape.rule->start(&shape, 3, theta);
    static const struct {
        int first, count;
        double deviation;
    } layers[] = {{0, 608, 0.8796 / 4.3589}, {640, 1024, 0.8796 / 5.6569}};
    for (int l = 0; l < 2; l++) {
        double sum = 0.0;
        for (int i = layers[l].first; i < layers[l].first + layers[l].count; i++) {
            sum += (double)theta[i] * (double)theta[i];
        }
        const double ratio = sqrt(sum / layers[l].count) / layers[l].deviation;
        assert_true(fabs(ratio - 1.0) < 0.06);
    }
    for (int i = 1696; i < 1760; i++) {
        assert_true(fabs((double)theta[i]) <= 0.125 * 2.0 / sqrt(32.0) + 1e-6);
    }
    assert_true(theta[608] == 0.0f && theta[1664] == 0.0f && theta[1761] == 0.0f);
    shape.rule->start(&shape, 4, other);
    assert_true(other[0] != theta[0]);
}

static void widths_that_cannot_be_are_refused(void **state) {
    (void)state;
    pes_lopt_shape shape;
    const pes_int_list none = {.count = 1, .value = {0}}, huge = {.count = 1, .value = {513}};
    assert_int_equal(pes_lopt_shape_of(&shape, "mlp", &none, 1.0), PES_E_ARGUMENT);
    assert_int_equal(pes_lopt_shape_of(&shape, "mlp", &huge, 1.0), PES_E_ARGUMENT);
    assert_non_null(strstr(pes_last_error(), "512"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_those_of_the_formulas),
        cmocka_unit_test(every_table_has_the_same_bits),
        cmocka_unit_test(padding_is_as_if_it_were_not_there),
        cmocka_unit_test(a_gradient_that_is_not_finite_leaves_padding_zero),
        cmocka_unit_test(theta_is_as_the_paper_counts_it),
        cmocka_unit_test(the_start_is_a_cut_normal),
        cmocka_unit_test(widths_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
