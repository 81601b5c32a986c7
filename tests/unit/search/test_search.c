// What a search computes: its points, their objectives, the steps that it counts, who survives.
//
// Seen to fail: a stream that forgets the point; a survivor begun anew; scores of the sum so
// far in place of the rung's; the highest scores kept; a grid without its last value; a point
// that goes on after its loss was not finite; steps of early ends counted whole.

#include "pes/search.h"

#include <math.h>

#include "base/pool.h"
#include "pes/evaluator.h"
#include "support/check.h"
#include "support/search.h"

static void finish(pes_search *search) {
    CHECK_OK(pes_search_run(search, NULL, NULL));
    assert_true(pes_search_get_progress(search).done);
}

// ---- random search --------------------------------------------------------------------------

static void random_search_finds_its_best_point(void **state) {
    (void)state;
    static const char *const objectives[] = {"sum", "mean", "final"};
    for (int o = 0; o < 3; o++) {
        test_search setup;
        test_search_make(&setup, "random");
        setup.estimator.objective = objectives[o];
        setup.options.points = 20;
        setup.options.episodes = 2;
        setup.options.cohort = 6;
        pes_search *search = test_search_create(&setup);
        finish(search);
        double best = INFINITY, scale = o == 1 ? 81.0 : 1.0;
        int64_t at = -1;
        for (int64_t i = 0; i < 20; i++) {
            float theta[TEST_SEARCH_PARAMS];
            pes_search_point(search, i, theta);
            const double value = (test_search_episode(&setup, theta, i, 0, 81, NULL) / scale +
                                  test_search_episode(&setup, theta, i, 1, 81, NULL) / scale) /
                                 2.0;
            at = value < best ? i : at;
            best = value < best ? value : best;
        }
        const pes_search_progress end = pes_search_get_progress(search);
        float theta[TEST_SEARCH_PARAMS];
        pes_search_point(search, at, theta);
        assert_int_equal(end.best, at);
        assert_true(end.best_objective == best && end.objective == best);
        CHECK_SAME(theta, pes_search_best(search), TEST_SEARCH_PARAMS);
        assert_int_equal(end.finished, 20);
        assert_int_equal(end.whole, 20);
        assert_int_equal(end.inner_steps, 20 * 2 * 81);
        pes_search_destroy(search);
        test_search_close(&setup);
    }
}

// 2000 points: the mean of each coordinate has a standard error of 0.29 / sqrt(2000) = 0.0065
// of the box's width; 5 of them, three coordinates: a correct program fails once in 600,000.
static void random_points_fill_the_box(void **state) {
    (void)state;
    test_search setup;
    test_search_make(&setup, "random");
    setup.options.points = 2000;
    setup.low[1] = 2.0;
    setup.high[1] = 6.0;
    pes_search *search = test_search_create(&setup);
    double sum[TEST_SEARCH_PARAMS] = {0.0}, product = 0.0;
    for (int64_t i = 0; i < 2000; i++) {
        float theta[TEST_SEARCH_PARAMS];
        pes_search_point(search, i, theta);
        for (int p = 0; p < TEST_SEARCH_PARAMS; p++) {
            assert_true((double)theta[p] >= setup.low[p] && (double)theta[p] <= setup.high[p]);
            sum[p] += ((double)theta[p] - setup.low[p]) / (setup.high[p] - setup.low[p]);
        }
        product += (double)theta[0] * (double)theta[2];
    }
    for (int p = 0; p < TEST_SEARCH_PARAMS; p++) {
        CHECK_NEAR(0.5, sum[p] / 2000.0, 0.0325);
    }
    CHECK_NEAR(0.0, product / 2000.0, 5.0 * (1.0 / 12.0) / sqrt(2000.0)); // independent
    pes_search_destroy(search);
    test_search_close(&setup);
}

// Early ends and losses that are not finite: their steps count as far as they went.
static void every_step_is_counted(void **state) {
    (void)state;
    test_search setup;
    test_search_make(&setup, "random");
    setup.options.points = 30;
    setup.recipe.end_drawn = 60;
    setup.recipe.bad_modulus = 7;
    setup.recipe.bad_clock = 3;
    setup.in_folder = true;
    pes_search *search = test_search_create(&setup);
    finish(search);
    int64_t diverged = 0;
    double steps = 0.0;
    for (int64_t i = 0; i < 30; i++) {
        float theta[TEST_SEARCH_PARAMS];
        int64_t taken = 0;
        pes_search_point(search, i, theta);
        const double value = test_search_episode(&setup, theta, i, 0, 81, &taken);
        const double logged = test_search_row(&setup, "log.jsonl", i, "loss");
        diverged += !isfinite(value);
        assert_true(value == logged || (isnan(logged) && !isfinite(value)));
        assert_true(test_search_row(&setup, "log.jsonl", i, "point") == (double)i);
        const double done = test_search_row(&setup, "log.jsonl", i, "inner_steps") - steps;
        if (isfinite(value)) {
            assert_true(done == (double)taken);
        } else { // seen at the end of a call, of up to 50 steps
            assert_true(done >= (double)taken && done <= 50.0);
        }
        steps += done;
    }
    const pes_search_progress end = pes_search_get_progress(search);
    assert_true(diverged >= 3);
    assert_int_equal(end.diverged, diverged);
    assert_int_equal(end.whole, 30 - diverged);
    assert_true((double)end.inner_steps == steps && steps < 30.0 * 60.0);
    pes_search_destroy(search);
    test_search_close(&setup);
}

static void where_nothing_is_finite_there_is_no_best(void **state) {
    (void)state;
    test_search setup;
    test_search_make(&setup, "hyperband");
    setup.recipe.dynamics = TEST_LINEAR;
    for (int p = 0; p < TEST_SEARCH_PARAMS; p++) {
        setup.low[p] = 1.0;
        setup.high[p] = 2.0;
    }
    setup.recipe.bad_above = 0.01;
    pes_search *search = test_search_create(&setup);
    finish(search);
    const pes_search_progress end = pes_search_get_progress(search);
    assert_int_equal(end.best, -1);
    assert_true(isnan(end.objective));
    assert_int_equal(end.diverged, 128);
    assert_int_equal(end.whole, 0);
    // the first rungs' steps, of up to 50 in a call, and no more
    assert_int_equal(end.inner_steps, 81 * 1 + 27 * 3 + 9 * 9 + 6 * 27 + 5 * 50);
    assert_true(pes_search_best(search)[0] == 1.5f);
    pes_search_destroy(search);
    test_search_close(&setup);
}

// Neither threads nor how many are advanced together changes a bit.
static void threads_and_cohorts_do_not_show(void **state) {
    (void)state;
    static const char *const methods[] = {"random", "grid", "successive_halving", "hyperband"};
    static const int64_t trials[][2] = {{1, 1}, {2, 5}, {3, 64}, {7, 32}};
    const double brief = pes_pool_brief;
    pes_pool_brief = 0.0;
    for (int m = 0; m < 4; m++) {
        pes_search_progress first = {.best = 0};
        for (int t = 0; t < 4; t++) {
            test_search setup;
            test_search_make(&setup, methods[m]);
            setup.run.threads = trials[t][0];
            setup.options.cohort = m < 2 ? trials[t][1] : setup.options.cohort;
            setup.options.points = m == 0 ? 40 : 0;
            setup.options.grid_points.count = m == 1;
            setup.options.grid_points.value[0] = m == 1 ? 3 : 0;
            setup.options.episodes = 2;
            setup.recipe.end_above = 1.2;
            pes_search *search = test_search_create(&setup);
            finish(search);
            const pes_search_progress end = pes_search_get_progress(search);
            first = t == 0 ? end : first;
            assert_int_equal(end.best, first.best);
            assert_true(end.best_objective == first.best_objective);
            assert_int_equal(end.inner_steps, first.inner_steps);
            assert_int_equal(end.finished, first.finished);
            pes_search_destroy(search);
            test_search_close(&setup);
        }
    }
    pes_pool_brief = brief;
}

// ---- the grid -------------------------------------------------------------------------------

static void a_grid_has_its_corners(void **state) {
    (void)state;
    static const float first[3] = {-1.0f, 0.0f, 1.0f};
    test_search setup;
    test_search_make(&setup, "grid");
    setup.options.grid_points = (pes_int_list){.count = 3, .value = {3, 1, 2}};
    setup.options.low = (pes_real_list){.count = 3, .value = {-1.0, 4.0, 2.0}};
    setup.options.high = (pes_real_list){.count = 3, .value = {1.0, 6.0, 3.0}};
    pes_search *search = test_search_create(&setup);
    for (int64_t i = 0; i < 6; i++) {
        float theta[TEST_SEARCH_PARAMS];
        pes_search_point(search, i, theta);
        assert_true(theta[0] == first[i / 2]);
        assert_true(theta[1] == 5.0f); // one value: the middle
        assert_true(theta[2] == (i % 2 == 0 ? 2.0f : 3.0f));
    }
    finish(search);
    assert_int_equal(pes_search_get_progress(search).finished, 6);
    assert_int_equal(pes_search_get_progress(search).points, 6);
    assert_int_equal(pes_search_get_progress(search).inner_steps, 6 * 81);
    pes_search_destroy(search);
    test_search_close(&setup);
}

// ---- budgets and evaluations ----------------------------------------------------------------

static void a_budget_is_kept(void **state) {
    (void)state;
    static const char *const methods[] = {"random", "successive_halving", "hyperband"};
    for (int m = 0; m < 3; m++) {
        test_search setup;
        test_search_make(&setup, methods[m]);
        setup.run.inner_steps = 4000;
        pes_search *search = test_search_create(&setup);
        finish(search);
        const pes_search_progress end = pes_search_get_progress(search);
        assert_true(end.inner_steps <= 4000);
        assert_true(end.inner_steps > 4000 - 500); // less than one bracket is left
        if (m == 0) {
            assert_int_equal(end.finished, 4000 / 81);
        }
        pes_search_destroy(search);
        test_search_close(&setup);
    }
}

// The best point is judged by an evaluator's episodes, which took no part in its choice.
static void the_best_is_evaluated(void **state) {
    (void)state;
    test_search setup;
    test_search_make(&setup, "random");
    setup.options.points = 12;
    setup.run.evaluate_every = 1;
    setup.run.evaluation_episodes = 5;
    setup.in_folder = true;
    pes_search *search = test_search_create(&setup);
    finish(search);
    const pes_search_progress end = pes_search_get_progress(search);
    pes_evaluator_options judge = pes_evaluator_options_default();
    judge.episodes = 5;
    judge.steps = 81;
    judge.seed = 7;
    pes_evaluator *evaluator = NULL;
    double objective[5], sum = 0.0;
    CHECK_OK(pes_evaluator_create(&evaluator, &setup.system, &judge));
    CHECK_OK(pes_evaluator_run(evaluator, pes_search_best(search), objective, NULL));
    for (int i = 0; i < 5; i++) {
        sum += objective[i];
    }
    assert_true(end.objective == sum / 5.0);
    assert_true(end.objective != end.best_objective && end.objective_error > 0.0);
    const int64_t rows = test_search_rows(&setup, "evaluations.jsonl");
    double best = INFINITY;
    for (int64_t row = 0; row < rows; row++) {
        const double seen =
            test_search_row(&setup, "evaluations.jsonl", row, "search_objective");
        assert_true(seen < best || (row == rows - 1 && seen == best));
        best = seen;
    }
    assert_true(test_search_row(&setup, "evaluations.jsonl", rows - 1, "objective") ==
                end.objective);
    assert_true(test_search_row(&setup, "evaluations.jsonl", rows - 1, "inner_steps") ==
                12.0 * 81.0);
    assert_int_equal(end.inner_steps, 12 * 81); // evaluations are not counted
    pes_evaluator_destroy(evaluator);
    pes_search_destroy(search);
    test_search_close(&setup);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_search_finds_its_best_point),
        cmocka_unit_test(random_points_fill_the_box),
        cmocka_unit_test(every_step_is_counted),
        cmocka_unit_test(where_nothing_is_finite_there_is_no_best),
        cmocka_unit_test(threads_and_cohorts_do_not_show),
        cmocka_unit_test(a_grid_has_its_corners),
        cmocka_unit_test(a_budget_is_kept),
        cmocka_unit_test(the_best_is_evaluated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
