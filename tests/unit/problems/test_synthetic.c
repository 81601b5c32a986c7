// The linear and the quadratic system compute what their formulas say, and their exact
// gradients are the derivatives of what they compute.

#include <stdlib.h>

#include "support/check.h"
#include "support/problem.h"

static void exact(const char *name, const char *settings, const float *theta, int64_t horizon,
                  int64_t truncation, double *gradient) {
    void *options = test_options(name, settings);
    pes_problem_type_find(name)->exact_gradient(options, theta, horizon, truncation, 0.1,
                                                gradient);
    free(options);
}

static void the_linear_system_sums_theta(void **unused) {
    (void)unused;
    pes_problem *problem = test_problem("linear", "dimension=3", NULL);
    const float theta[3] = {0.5f, -1.0f, 2.0f};
    const pes_stream stream = {.seed = 1};
    double loss[8];
    void *state = test_states(problem, 1);
    test_begin(problem, stream, theta, state);
    assert_int_equal(test_advance(problem, stream, theta, state, 0, 3, loss), 0);
    assert_int_equal(test_advance(problem, stream, theta, state, 3, 5, loss + 3), 0);
    for (int t = 0; t < 8; t++) {
        CHECK_NEAR(1.5 * (t + 1), loss[t], 0.0);
    }
    free(state);
    pes_problem_close(problem);
}

static void the_linear_system_ends_early_when_told(void **unused) {
    (void)unused;
    pes_problem *problem = test_problem("linear", "episode_end=7", NULL);
    const float theta = 1.0f;
    const pes_stream stream = {.seed = 1};
    double loss[5];
    void *state = test_states(problem, 1);
    test_begin(problem, stream, &theta, state);
    assert_int_equal(test_advance(problem, stream, &theta, state, 0, 5, loss), 0);
    assert_int_equal(test_advance(problem, stream, &theta, state, 5, 5, loss), 2);
    test_begin(problem, stream, &theta, state);
    assert_int_equal(test_advance(problem, stream, &theta, state, 2, 5, loss), 5);
    assert_int_equal(test_advance(problem, stream, &theta, state, 1, 5, loss), 0);
    free(state);
    pes_problem_close(problem);
}

// T, K, gradient, what truncated ES expects; K = 0: only the gradient.
static void linear_gradients_are_the_known_ones(void **unused) {
    (void)unused;
    static const struct {
        const char *settings;
        int64_t horizon, truncation;
        double expected;
    } known[] = {
        {"", 4, 0, 10},
        {"", 4, 2, 6},
        {"", 10, 0, 55},
        {"", 10, 2, 15},
        {"", 100, 0, 5050},
        {"", 100, 10, 550},
        {"", 10, 4, 23},
        {"", 10, 20, 55},
        {"episode_end=7", 10, 0, 28},
        {"episode_end=7", 10, 3, 13},
        {"episode_end=20", 10, 0, 55},
    };
    const float theta = 0.3f;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        double gradient;
        exact("linear", known[i].settings, &theta, known[i].horizon, known[i].truncation,
              &gradient);
        CHECK_NEAR(known[i].expected, gradient, 0.0);
    }
}

static double total(const pes_problem *problem, const float *theta, int64_t steps) {
    const pes_stream stream = {.seed = 1};
    double *loss = malloc((size_t)steps * sizeof *loss), sum = 0.0;
    void *state = test_states(problem, 1);
    assert_non_null(loss);
    test_begin(problem, stream, theta, state);
    (void)test_advance(problem, stream, theta, state, 0, steps, loss);
    for (int64_t t = 0; t < steps; t++) {
        sum += loss[t];
    }
    free(state);
    free(loss);
    return sum;
}

// A central difference of a quadratic is its derivative, for any width.
static void the_quadratic_gradient_is_its_derivative(void **unused) {
    (void)unused;
    pes_problem *problem = test_problem("quadratic", "dimension=2", NULL);
    const float theta[2] = {0.25f, -0.5f}, width = 0.125f;
    double gradient[2];
    exact("quadratic", "dimension=2", theta, 37, 0, gradient);
    for (int d = 0; d < 2; d++) {
        float up[2] = {theta[0], theta[1]}, down[2] = {theta[0], theta[1]};
        up[d] += width;
        down[d] -= width;
        const double slope = (total(problem, up, 37) - total(problem, down, 37)) / 0.25;
        CHECK_NEAR(slope, gradient[d], 1e-9 * (slope < 0 ? -slope : slope));
    }
    pes_problem_close(problem);
}

// Truncated ES differentiates K steps from a state that it takes as given.
static void truncated_gradients_restart_with_every_truncation(void **unused) {
    (void)unused;
    const float theta = 0.25f;
    const double decay = 0.9, target = 1.0;
    double gradient, expected = 0.0, state = 0.0;
    exact("quadratic", "dimension=1", &theta, 10, 4, &gradient);
    for (int first = 0; first < 10; first += 4) {
        const int steps = first + 4 < 10 ? 4 : 10 - first;
        double loss[2] = {0.0, 0.0};
        for (int sign = 0; sign < 2; sign++) {
            double s = state;
            for (int t = 0; t < steps; t++) {
                s = decay * s + (double)theta + (sign == 0 ? 0.5 : -0.5);
                loss[sign] += 0.5 * (s - target) * (s - target);
            }
        }
        expected += loss[0] - loss[1];
        for (int t = 0; t < steps; t++) {
            state = decay * state + (double)theta;
        }
    }
    CHECK_NEAR(expected, gradient, 1e-12);
}

// Noise moves the losses, differently for every stream, and alike for equal streams.
static void quadratic_noise_follows_the_stream(void **unused) {
    (void)unused;
    pes_problem *problem = test_problem("quadratic", "dimension=2 noise=0.5", NULL);
    const float theta[2] = {0.0f, 0.0f};
    double loss[3][20];
    void *state = test_states(problem, 1);
    for (int i = 0; i < 3; i++) {
        const pes_stream stream = {.seed = 1, .particle = (uint32_t)(i / 2)};
        test_begin(problem, stream, theta, state);
        (void)test_advance(problem, stream, theta, state, 0, 20, loss[i]);
    }
    CHECK_SAME(loss[0], loss[1], 20);
    for (int t = 0; t < 20; t++) {
        assert_true(loss[0][t] != loss[2][t]);
        assert_true(t == 0 || loss[0][t] != loss[0][t - 1]);
    }
    free(state);
    pes_problem_close(problem);
}

static void the_registry_finds_by_number_and_name(void **unused) {
    (void)unused;
    int64_t count = 0;
    char room[PES_NAME_SIZE];
    for (; pes_problem_type_get(count) != NULL; count++) {
        const pes_problem_type *type = pes_problem_type_get(count);
        assert_ptr_equal(pes_problem_type_find(type->name), type);
        assert_string_equal(type->fields->name, "problem");
        void *options = test_options(type->name, "");
        CHECK_OK(pes_fields_check(type->fields, options));
        const int64_t params = type->num_params(options);
        assert_non_null(type->param_name(options, params - 1, room));
        assert_null(type->param_name(options, params, room));
        assert_null(type->param_name(options, -1, room));
        free(options);
    }
    assert_true(count >= 3);
    assert_null(pes_problem_type_get(-1));
    assert_null(pes_problem_type_find("lineer"));
    assert_null(pes_problem_type_find(NULL));
}

static void options_out_of_range_are_refused(void **unused) {
    (void)unused;
    void *options = test_options("linear", "");
    CHECK_FAILS(PES_E_ARGUMENT, "dimension", test_set("linear", options, "dimension=0"));
    CHECK_FAILS(PES_E_ARGUMENT, "horizon", test_set("linear", options, "horizon=0"));
    free(options);
    options = test_options("quadratic", "");
    CHECK_FAILS(PES_E_ARGUMENT, "noise", test_set("quadratic", options, "noise=-1"));
    free(options);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_linear_system_sums_theta),
        cmocka_unit_test(the_linear_system_ends_early_when_told),
        cmocka_unit_test(linear_gradients_are_the_known_ones),
        cmocka_unit_test(the_quadratic_gradient_is_its_derivative),
        cmocka_unit_test(truncated_gradients_restart_with_every_truncation),
        cmocka_unit_test(quadratic_noise_follows_the_stream),
        cmocka_unit_test(the_registry_finds_by_number_and_name),
        cmocka_unit_test(options_out_of_range_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
