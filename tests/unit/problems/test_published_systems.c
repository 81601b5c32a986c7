// The systems of the papers have the values that independent programs found: the objective at
// known parameters, to the digits in which it is known.

#include <stdlib.h>

#include "pes/evaluator.h"
#include "support/check.h"
#include "support/problem.h"

static double objective_at(const char *name, const char *settings, const char *objective,
                           int64_t steps, const float *theta) {
    pes_problem *problem = test_problem(name, settings, NULL);
    pes_evaluator_options options = pes_evaluator_options_default();
    options.episodes = 1;
    options.threads = 1;
    options.steps = steps;
    options.objective = objective;
    pes_evaluator *evaluator;
    double value = 0.0;
    CHECK_OK(pes_evaluator_create(&evaluator, pes_problem_system(problem), &options));
    CHECK_OK(pes_evaluator_run(evaluator, theta, &value, NULL));
    pes_evaluator_destroy(evaluator);
    pes_problem_close(problem);
    return value;
}

// The published (1, 1) is left out: SGD is chaotic there, and the last bits of exp and sin
// decide (1720 in one program; 1691 or 1494 in another, in double or single precision).
static void regression2d_has_its_values(void **unused) {
    (void)unused;
    static const struct {
        float theta[2];
        double objective, tolerance, single; // single: the tolerance in single precision
    } known[] = {
        {{0.0f, 0.0f}, 2423.468, 5e-4, 1e-3},
        {{-4.0f, -4.0f}, 2487.769, 5e-4, 1e-3},
        // 552.2429 where theta is not rounded: its steps are large
        {{2.760f, -5.590f}, 552.5958, 1e-3, 0.4},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const float *theta = known[i].theta;
        const double value = objective_at("regression2d", "", "sum", 100, theta);
        const double single =
            objective_at("regression2d", "precision=single", "sum", 100, theta);
        CHECK_NEAR(known[i].objective, value, known[i].tolerance);
        CHECK_NEAR(known[i].objective, single, known[i].single);
    }
}

static void influence_has_its_values(void **unused) {
    (void)unused;
    const float start = 0.5f, optimum = (float)(-1.0 / 6.0);
    CHECK_NEAR(8.0, objective_at("influence", "", "final", 500, &start), 1e-9);
    CHECK_NEAR(0.0, objective_at("influence", "", "final", 500, &optimum), 1e-12);
}

// Chaos enlarges the rounding of theta to single precision: 353.299 at 3.116 and 3.7
// themselves.
static void lorenz_has_its_values(void **unused) {
    (void)unused;
    const float start[2] = {3.116f, 3.7f}, half[2] = {3.116f, 3.3322045f}; // log 28
    const float truth[2] = {2.3025851f, 3.3322045f};
    CHECK_NEAR(353.25046, objective_at("lorenz", "", "mean", 2000, start), 1e-4);
    CHECK_NEAR(108.37, objective_at("lorenz", "", "mean", 2000, half), 5e-3);
    CHECK_NEAR(0.0, objective_at("lorenz", "", "mean", 100, truth), 1e-9);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regression2d_has_its_values),
        cmocka_unit_test(influence_has_its_values),
        cmocka_unit_test(lorenz_has_its_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
