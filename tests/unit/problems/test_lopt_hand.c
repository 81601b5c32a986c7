// The hand-made optimizers as architectures of a learned one: their steps are those of the
// formulas of their papers in double precision, at the numbers that theta stands for; padding
// stays zero; and theta's names and units say what it is.

#include <math.h>
#include <string.h>

#include "problems/lopt/rule.h"
#include "support/check.h"

enum { ROWS = 3, COLUMNS = 5, STRIDE = 16, BLOCK = ROWS * STRIDE, STEPS = 20, MOST = 5 };

static pes_lopt_shape shape_of(const char *name) {
    pes_lopt_shape shape;
    assert_int_equal(pes_lopt_shape_of(&shape, name, NULL, 1.0), PES_OK);
    return shape;
}

// A weight in double precision.
typedef struct reference {
    double weight, mean, square;
} reference;

static void step_sgd(const double *n, int t, double g, reference *at) {
    (void)t;
    at->weight -= n[0] * g;
}

static void step_momentum(const double *n, int t, double g, reference *at) {
    (void)t;
    at->mean = n[1] * at->mean + g;
    at->weight -= n[0] * at->mean;
}

static void step_adam(const double *n, int t, double g, reference *at) {
    at->mean = n[1] * at->mean + (1.0 - n[1]) * g;
    at->square = n[2] * at->square + (1.0 - n[2]) * g * g;
    at->weight -= n[0] * (at->mean / (1.0 - pow(n[1], t + 1))) /
                  (sqrt(at->square / (1.0 - pow(n[2], t + 1))) + n[3]);
}

static void step_adamw(const double *n, int t, double g, reference *at) {
    at->weight -= n[0] * n[4] * at->weight;
    step_adam(n, t, g, at);
}

static const struct {
    const char *name;
    int64_t params, moments;
    double number[MOST]; // natural units
    void (*step)(const double *number, int t, double g, reference *at);
} expected[] = {{"sgd", 1, 0, {0.03}, step_sgd},
                {"momentum", 2, 1, {0.03, 0.8}, step_momentum},
                {"adam", 4, 2, {0.03, 0.8, 0.95, 1e-3}, step_adam},
                {"adamw", 5, 2, {0.03, 0.8, 0.95, 1e-3, 0.4}, step_adamw}};
enum { EXPECTED = sizeof expected / sizeof *expected };

static bool is_logit(const pes_lopt_shape *shape, int64_t index) {
    char room[PES_NAME_SIZE];
    return strncmp(shape->rule->param_name(shape, index, room), "logit_", 6) == 0;
}

static double gradient_at(int t, int i) {
    return sin(0.7 * t + 1.3 * i) + 0.2 * i - 0.5;
}

static void check_steps(const pes_kernels *kernels, int e) {
    const pes_lopt_shape shape = shape_of(expected[e].name);
    float theta[MOST], prepared[64], scratch[64];
    float weights[BLOCK] = {0}, gradient[BLOCK] = {0}, moment[2 * BLOCK] = {0};
    reference at[ROWS * COLUMNS] = {{0.0, 0.0, 0.0}};
    assert_true(pes_lopt_prepared_floats(&shape) <= 64 &&
                pes_lopt_scratch_floats(&shape) <= 64);
    for (int64_t i = 0; i < expected[e].params; i++) {
        const double x = expected[e].number[i];
        theta[i] = (float)(is_logit(&shape, i) ? log(x / (1.0 - x)) : log(x));
    }
    for (int i = 0; i < ROWS * COLUMNS; i++) {
        at[i].weight = cos(i);
        weights[i / COLUMNS * STRIDE + i % COLUMNS] = (float)cos(i);
    }
    for (int t = 0; t < STEPS; t++) {
        for (int i = 0; i < ROWS * COLUMNS; i++) {
            const double g = gradient_at(t, i);
            gradient[i / COLUMNS * STRIDE + i % COLUMNS] = (float)g;
            expected[e].step(expected[e].number, t, g, &at[i]);
        }
        const pes_lopt_step step = {&shape, kernels, theta, t, prepared, scratch};
        const pes_lopt_tensor tensor = {.rows = ROWS,
                                        .columns = COLUMNS,
                                        .stride = STRIDE,
                                        .weights = weights,
                                        .gradient = gradient,
                                        .moment = moment,
                                        .moment_distance = BLOCK};
        shape.rule->begin(&step);
        shape.rule->apply(&step, &tensor);
    }
    for (int i = 0; i < BLOCK; i++) {
        if (i % STRIDE < COLUMNS) {
            const double want = at[i / STRIDE * COLUMNS + i % STRIDE].weight;
            assert_true(fabs((double)weights[i] - want) < 3e-5 * (1.0 + fabs(want)));
        } else {
            assert_true(weights[i] == 0.0f && moment[i] == 0.0f && moment[BLOCK + i] == 0.0f);
        }
    }
}

static void steps_are_those_of_the_papers(void **state) {
    (void)state;
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        for (int e = 0; e < EXPECTED; e++) {
            check_steps(*k, e);
        }
    }
}

// A learning rate beyond every number makes not-a-numbers of weights, never of padding.
static void padding_stays_zero_whatever_theta_is(void **state) {
    (void)state;
    for (int e = 0; e < EXPECTED; e++) {
        const pes_lopt_shape shape = shape_of(expected[e].name);
        const float theta[MOST] = {200.0f, 200.0f, 200.0f, -200.0f, 200.0f};
        float prepared[64], scratch[64], weights[STRIDE] = {1.0f};
        float gradient[STRIDE] = {1.0f}, moment[2 * STRIDE] = {0};
        const pes_lopt_step step = {&shape, pes_kernels_select(), theta, 0, prepared, scratch};
        const pes_lopt_tensor tensor = {.rows = 1,
                                        .columns = 1,
                                        .stride = STRIDE,
                                        .weights = weights,
                                        .gradient = gradient,
                                        .moment = moment,
                                        .moment_distance = STRIDE};
        shape.rule->begin(&step);
        shape.rule->apply(&step, &tensor);
        assert_true(!isfinite(weights[0]));
        for (int i = 1; i < STRIDE; i++) {
            assert_true(weights[i] == 0.0f && moment[i] == 0.0f && moment[STRIDE + i] == 0.0f);
        }
    }
}

static void theta_has_names_and_units(void **state) {
    (void)state;
    for (int e = 0; e < EXPECTED; e++) {
        const pes_lopt_shape shape = shape_of(expected[e].name);
        const pes_lopt_rule *rule = shape.rule;
        float theta[MOST];
        char room[PES_NAME_SIZE];
        assert_int_equal(pes_lopt_num_params(&shape), expected[e].params);
        assert_int_equal(rule->moments, expected[e].moments);
        rule->start(&shape, 1, theta);
        for (int64_t i = 0; i < expected[e].params; i++) {
            double low, high;
            const char *name = rule->param_name(&shape, i, room);
            rule->search_range(&shape, i, &low, &high);
            assert_string_equal(strchr(name, '_') + 1, rule->natural_name(&shape, i));
            assert_true(low < (double)theta[i] && (double)theta[i] < high);
            assert_true(rule->natural(&shape, i, low) < rule->natural(&shape, i, high));
        }
    }
}

static void what_no_optimizer_can_be_is_refused(void **state) {
    (void)state;
    pes_lopt_shape shape;
    const pes_int_list hidden = {.count = 1, .value = {8}};
    assert_int_equal(pes_lopt_shape_of(&shape, "adm", NULL, 1.0), PES_E_ARGUMENT);
    assert_non_null(strstr(pes_last_error(), "adam, adamw"));
    assert_int_equal(pes_lopt_shape_of(&shape, NULL, NULL, 1.0), PES_E_ARGUMENT);
    assert_int_equal(pes_lopt_shape_of(&shape, "adam", &hidden, 1.0), PES_E_ARGUMENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_those_of_the_papers),
        cmocka_unit_test(padding_stays_zero_whatever_theta_is),
        cmocka_unit_test(theta_has_names_and_units),
        cmocka_unit_test(what_no_optimizer_can_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
