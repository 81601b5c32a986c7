// The judge: whole episodes at theta itself, the same ones at every call, with streams that no
// estimator has, however they are sliced, batched and spread over threads.
//
// Seen to fail: an ended episode that goes on earning, losses of one slice written over
// another's, episodes that share a stream, rows of run_many taken in the wrong order.

#include <math.h>

#include "base/pool.h"
#include "noise/noise.h"
#include "pes/evaluator.h"
#include "support/check.h"
#include "support/systems.h"

enum { PARAMS = 2, EPISODES = 7, STEPS = 11, THETAS = 5 };

static const float thetas[THETAS * PARAMS] = {0.1f, -0.1f, 0.3f, 0.2f, -0.2f,
                                              0.0f, 0.5f,  0.4f, 0.1f, 0.6f};

static test_recipe make_recipe(void) {
    test_recipe recipe = test_recipe_default(TEST_HISTORY, PARAMS);
    recipe.noise = 0.1;
    recipe.start_anywhere = true;
    recipe.end_drawn = 2 * STEPS;
    return recipe;
}

static pes_evaluator_options plain_options(void) {
    pes_evaluator_options options = pes_evaluator_options_default();
    options.episodes = EPISODES;
    options.steps = STEPS;
    options.slice = 3;
    options.threads = 1;
    return options;
}

// One episode by hand, a step at a time: losses until its end; returns the steps it took.
static int64_t play(const test_recipe *recipe, const float *theta, uint32_t episode,
                    double loss[STEPS]) {
    test_recipe own = *recipe;
    const pes_system system = test_system(&own);
    const pes_stream stream = {1, PES_NOISE_EVALUATION | episode, 0};
    double state[4 * PARAMS];
    int64_t clock = 0, ended = 0;
    pes_batch batch = {.count = 1,
                       .theta = theta,
                       .state = state,
                       .stream = &stream,
                       .clock = &clock,
                       .ended = &ended};
    CHECK_OK(system.init(system.user, NULL, &batch));
    batch.steps = 1;
    while (clock < STEPS && ended == 0) {
        batch.loss = &loss[clock];
        CHECK_OK(system.unroll(system.user, NULL, &batch));
        clock++;
    }
    return clock;
}

static void run(const test_recipe *recipe, const pes_evaluator_options *options, int64_t batch,
                const float *theta, double *objective, double *loss) {
    test_recipe own = *recipe;
    pes_system system = test_system(&own);
    system.batch_hint = batch;
    pes_evaluator *evaluator = NULL;
    CHECK_OK(pes_evaluator_create(&evaluator, &system, options));
    for (int again = 0; again < 2; again++) { // the second call finds what the first one found
        CHECK_OK(pes_evaluator_run(evaluator, theta, objective, loss));
    }
    pes_evaluator_destroy(evaluator);
}

static void objectives_are_those_of_whole_episodes(void **state) {
    (void)state;
    const test_recipe recipe = make_recipe();
    static const char *const names[] = {"sum", "mean", "final"};
    int early = 0;
    for (int o = 0; o < 3; o++) {
        pes_evaluator_options options = plain_options();
        options.objective = names[o];
        double objective[EPISODES], loss[EPISODES * STEPS];
        run(&recipe, &options, 0, thetas, objective, loss);
        for (uint32_t e = 0; e < EPISODES; e++) {
            double expected[STEPS], sum = 0.0;
            const int64_t steps = play(&recipe, thetas, e, expected);
            for (int64_t t = 0; t < steps; t++) {
                sum += expected[t];
            }
            CHECK_SAME(&loss[e * STEPS], expected, steps);
            for (int64_t t = steps; t < STEPS; t++) {
                assert_true(loss[e * STEPS + t] != loss[e * STEPS + t]); // NaN
            }
            const double value = o == 0 ? sum : (o == 1 ? sum / STEPS : expected[steps - 1]);
            CHECK_NEAR(value, objective[e], 1e-12);
            early += steps < STEPS;
        }
    }
    assert_true(early > 0); // some ended early
}

static void slices_batches_and_threads_change_nothing(void **state) {
    (void)state;
    const test_recipe recipe = make_recipe();
    double expected[EPISODES], expected_loss[EPISODES * STEPS];
    pes_evaluator_options options = plain_options();
    options.objective = "final"; // a sum would be added slice by slice
    run(&recipe, &options, 1, thetas, expected, expected_loss);
    static const int64_t slices[] = {1, 2, 5, 11, 1000}, threads[] = {1, 2, 3, 7, 2},
                         batches[] = {0, 3, 1, 64, 2};
    for (int i = 0; i < 5; i++) {
        double objective[EPISODES], loss[EPISODES * STEPS];
        options.slice = slices[i];
        options.threads = threads[i];
        run(&recipe, &options, batches[i], thetas, objective, loss);
        for (int e = 0; e < EPISODES; e++) {
            CHECK_NEAR(expected[e], objective[e], 1e-12);
        }
        for (int t = 0; t < EPISODES * STEPS; t++) {
            const double a = expected_loss[t], b = loss[t];
            assert_true(a == b || (a != a && b != b)); // NaN where NaN
        }
    }
}

static void many_thetas_at_once_are_each_alone(void **state) {
    (void)state;
    test_recipe recipe = make_recipe();
    const pes_system system = test_system(&recipe);
    pes_evaluator_options options = plain_options();
    options.threads = 3;
    pes_evaluator *evaluator = NULL;
    double many[THETAS * EPISODES], one[EPISODES];
    CHECK_OK(pes_evaluator_create(&evaluator, &system, &options));
    CHECK_OK(pes_evaluator_run_many(evaluator, THETAS, thetas, many));
    for (int i = 0; i < THETAS; i++) {
        CHECK_OK(pes_evaluator_run(evaluator, thetas + i * PARAMS, one, NULL));
        CHECK_SAME(one, many + i * EPISODES, EPISODES);
    }
    pes_evaluator_destroy(evaluator);
}

static void what_is_not_finite_is_reported_as_data(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_LINEAR, PARAMS);
    recipe.bad_modulus = 2;
    recipe.bad_clock = 4;
    pes_evaluator_options options = plain_options();
    double objective[EPISODES];
    run(&recipe, &options, 0, thetas, objective, NULL);
    for (int e = 0; e < EPISODES; e++) {
        const bool finite = isfinite(objective[e]);
        assert_int_equal(finite, e % 2 == 0);
    }
}

static void a_failing_system_stops_the_evaluation(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_LINEAR, PARAMS);
    recipe.fail_clock = 5;
    const pes_system system = test_system(&recipe);
    const pes_evaluator_options options = plain_options();
    pes_evaluator *evaluator = NULL;
    double objective[EPISODES];
    CHECK_OK(pes_evaluator_create(&evaluator, &system, &options));
    CHECK_FAILS(PES_E_SYSTEM, "unroll of system 'test' failed",
                pes_evaluator_run(evaluator, thetas, objective, NULL));
    pes_evaluator_destroy(evaluator);
    pes_evaluator_options wrong = options;
    wrong.steps = 0;
    CHECK_FAILS(PES_E_ARGUMENT, "without a horizon, say how many",
                pes_evaluator_create(&evaluator, &system, &wrong));
    wrong = options, wrong.episodes = 0;
    CHECK_FAILS(PES_E_ARGUMENT, "episodes must be",
                pes_evaluator_create(&evaluator, &system, &wrong));
    wrong = options, wrong.slice = 0;
    CHECK_FAILS(PES_E_ARGUMENT, "slice must be",
                pes_evaluator_create(&evaluator, &system, &wrong));
}

int main(void) {
    pes_pool_brief = 0.0; // every call is shared, however small
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objectives_are_those_of_whole_episodes),
        cmocka_unit_test(slices_batches_and_threads_change_nothing),
        cmocka_unit_test(many_thetas_at_once_are_each_alone),
        cmocka_unit_test(what_is_not_finite_is_reported_as_data),
        cmocka_unit_test(a_failing_system_stops_the_evaluation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
