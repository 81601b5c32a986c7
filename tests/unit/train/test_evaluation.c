// What a trainer's evaluations report is the objective that its options name.
//
// Seen to fail: evaluations that always take the estimator's.

#include <string.h>

#include "pes/evaluator.h"
#include "pes/trainer.h"
#include "support/check.h"
#include "support/systems.h"

enum { PARAMS = 2, STEPS = 12 };
static const float start[PARAMS] = {0.2f, -0.3f};

static double evaluated_by_trainer(const pes_system *system, const char *objective) {
    pes_estimator_options estimator = pes_estimator_options_default();
    estimator.horizon = STEPS;
    estimator.truncation = 4;
    estimator.particles = 4;
    estimator.objective = "mean";
    pes_trainer_options options = pes_trainer_options_default();
    options.updates = 0;
    options.evaluate_every = 1;
    options.evaluation_episodes = 3;
    options.evaluation_objective = objective;
    options.threads = 1;
    const pes_trainer_parts parts = {
        .system = system, .theta = start, .estimator = &estimator, .options = &options};
    pes_trainer *trainer = NULL;
    CHECK_OK(pes_trainer_create(&trainer, &parts));
    CHECK_OK(pes_trainer_run(trainer, NULL, NULL));
    const double value = pes_trainer_progress(trainer).objective;
    pes_trainer_destroy(trainer);
    return value;
}

static double evaluated_alone(const pes_system *system, const char *objective) {
    pes_evaluator_options options = pes_evaluator_options_default();
    options.episodes = 3;
    options.steps = STEPS;
    options.objective = objective;
    options.threads = 1;
    pes_evaluator *evaluator = NULL;
    double value[3];
    CHECK_OK(pes_evaluator_create(&evaluator, system, &options));
    CHECK_OK(pes_evaluator_run(evaluator, start, value, NULL));
    pes_evaluator_destroy(evaluator);
    return (value[0] + value[1] + value[2]) / 3.0;
}

static void evaluations_report_the_objective_that_is_asked_for(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_QUADRATIC, PARAMS);
    recipe.noise = 0.1;
    const pes_system system = test_system(&recipe);
    static const char *const names[] = {"sum", "mean", "final"};
    for (int i = 0; i < 3; i++) {
        const double expected = evaluated_alone(&system, names[i]);
        CHECK_NEAR(expected, evaluated_by_trainer(&system, names[i]), 1e-12);
        CHECK_NEAR(strcmp(names[i], "mean") == 0,
                   expected == evaluated_by_trainer(&system, "same"), 0.0);
    }
}

static void another_word_is_refused(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_LINEAR, PARAMS);
    const pes_system system = test_system(&recipe);
    pes_trainer_options options = pes_trainer_options_default();
    options.evaluation_objective = "last";
    const pes_trainer_parts parts = {.system = &system, .theta = start, .options = &options};
    pes_trainer *trainer = NULL;
    assert_int_equal(pes_trainer_create(&trainer, &parts), PES_E_ARGUMENT);
    assert_non_null(
        strstr(pes_last_error(), "evaluation_objective must be one of same, sum, mean, final"));
    assert_null(trainer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evaluations_report_the_objective_that_is_asked_for),
        cmocka_unit_test(another_word_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
