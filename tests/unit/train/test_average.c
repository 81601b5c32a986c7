// Averaging of theta in a run: the average is what is evaluated, and it is the better answer
// where noise moves theta about an optimum.
//
// Seen to fail: theta evaluated twice, the average copied before the update.

#include <math.h>

#include "pes/evaluator.h"
#include "pes/trainer.h"
#include "support/check.h"
#include "support/systems.h"

enum { PARAMS = 3, T = 4 };

static const float start[PARAMS] = {0.5f, -0.5f, 0.25f};

static pes_trainer *create(const pes_system *system, const char *average) {
    pes_estimator_options estimator = pes_estimator_options_default();
    estimator.particles = 4; // noisy
    estimator.truncation = 2;
    estimator.horizon = T;
    pes_optimizer_options optimizer = pes_optimizer_options_default();
    optimizer.name = "sgd";
    optimizer.learning_rate = 0.02;
    optimizer.average = average;
    optimizer.average_start = 200;
    pes_trainer_options options = pes_trainer_options_default();
    options.updates = 1000;
    options.evaluate_every = 1000;
    options.evaluation_episodes = 1;
    options.threads = 1;
    const pes_trainer_parts parts = {
        .system = system,
        .theta = start,
        .estimator = &estimator,
        .optimizer = &optimizer,
        .options = &options,
    };
    pes_trainer *trainer = NULL;
    CHECK_OK(pes_trainer_create(&trainer, &parts));
    return trainer;
}

static double objective_at(const pes_system *system, const float *theta) {
    pes_evaluator_options options = pes_evaluator_options_default();
    options.episodes = 1;
    options.steps = T;
    options.threads = 1;
    pes_evaluator *evaluator = NULL;
    double objective = 0.0;
    CHECK_OK(pes_evaluator_create(&evaluator, system, &options));
    CHECK_OK(pes_evaluator_run(evaluator, theta, &objective, NULL));
    pes_evaluator_destroy(evaluator);
    return objective;
}

static double squares(const float *theta) {
    double sum = 0.0;
    for (int i = 0; i < PARAMS; i++) {
        sum += (double)theta[i] * (double)theta[i];
    }
    return sum;
}

static void the_average_is_evaluated_beside_theta(void **state) {
    (void)state;
    static const char *const names[] = {"uniform", "exponential"};
    test_recipe recipe = test_recipe_default(TEST_QUADRATIC, PARAMS);
    recipe.noise = 0.5;
    const pes_system system = test_system(&recipe);
    for (int n = 0; n < 2; n++) {
        pes_trainer *trainer = create(&system, names[n]);
        CHECK_SAME(start, pes_trainer_theta_average(trainer), PARAMS);
        CHECK_OK(pes_trainer_run(trainer, NULL, NULL));
        const pes_progress p = pes_trainer_progress(trainer);
        const float *average = pes_trainer_theta_average(trainer);
        CHECK_NEAR(objective_at(&system, pes_trainer_theta(trainer)), p.objective, 0.0);
        CHECK_NEAR(objective_at(&system, average), p.averaged_objective, 0.0);
        // the optimum is theta = 0, the noise of the estimates stays
        assert_true(squares(average) < 0.5 * squares(pes_trainer_theta(trainer)));
        pes_trainer_destroy(trainer);
    }
}

static void a_run_without_an_average_has_none(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_QUADRATIC, PARAMS);
    const pes_system system = test_system(&recipe);
    pes_trainer *trainer = create(&system, "none");
    CHECK_OK(pes_trainer_step(trainer));
    assert_null(pes_trainer_theta_average(trainer));
    assert_true(isnan(pes_trainer_progress(trainer).averaged_objective));
    pes_trainer_destroy(trainer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_average_is_evaluated_beside_theta),
        cmocka_unit_test(a_run_without_an_average_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
