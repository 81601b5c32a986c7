// The proof on any system: it finds what is known, calls right methods unbiased and truncated
// ES biased whatever the system does, and says when it cannot tell.
//
// Seeds are fixed. Every verdict here takes at most 12 comparisons at 5 standard errors, which
// a right method fails once in 200000.
//
// Seen to fail: a step of fixed length, perturbations that keep their part along v, later
// episodes counted from the first, particles of ended episodes summed on, the pilots' seeds
// used for the runs.

#include <math.h>
#include <stdlib.h>

#include "noise/noise.h"
#include "pes/selftest.h"
#include "support/check.h"
#include "support/problem.h"
#include "support/systems.h"

enum { PARAMS = 3 };

static const float theta[PARAMS] = {0.4f, -0.3f, 0.7f};

static pes_estimator_options small_estimator(const char *method) {
    pes_estimator_options options = pes_estimator_options_default();
    options.method = method;
    options.particles = 64;
    options.horizon = 10;
    options.truncation = strcmp(method, "full_es") == 0 ? 10 : 3;
    options.sigma = 0.3;
    options.noise_interval = strcmp(method, "gpes") == 0 ? 6 : 0;
    return options;
}

static pes_unbiased_options some_samples(int64_t samples) {
    pes_unbiased_options options = pes_unbiased_options_default();
    options.samples = samples;
    options.threads = 2;
    return options;
}

static pes_unbiased_result prove(test_recipe *recipe, const pes_estimator_options *estimator,
                                 const pes_unbiased_options *options) {
    const pes_system system = test_system(recipe);
    pes_unbiased_result result;
    CHECK_OK(pes_selftest_unbiased(&system, theta, estimator, options, &result));
    return result;
}

static void expect(const pes_unbiased_result *r, const char *method, const char *what,
                   pes_verdict verdict) {
    if (r->verdict != verdict || r->dropped != 0) {
        fail_msg("%s, %s: verdict %d, z = %g, bias %g, visible %g", method, what,
                 (int)r->verdict, r->z, r->bias, r->visible);
    }
}

// ---- what is known --------------------------------------------------------------------------

// sum over d of v_d t(t+1)/2 has the length sqrt(P) T (T + 1) / 2; nothing varies.
static void a_linear_derivative_is_found_exactly(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_LINEAR, PARAMS);
    const pes_estimator_options estimator = small_estimator("pes");
    const pes_unbiased_options options = some_samples(256);
    const pes_unbiased_result r = prove(&recipe, &estimator, &options);
    assert_int_equal(r.rows, 6);
    CHECK_NEAR(55.0 * sqrt(3.0), r.gradient, 1e-4);
    for (int64_t i = 0; i < r.rows; i++) {
        assert_true(r.row[i].expected_error < 1e-4 && r.row[i].estimate_error > 0.1);
        assert_int_equal(r.row[i].episode, 1 + i / 3);
        assert_int_equal(r.row[i].direction, i % 3);
    }
    assert_true(r.row[0].expected > 0.9 * r.gradient); // the pilots point there
}

// The expectation is the built-in oracle's, for every objective; so is what truncated ES lacks.
static void quadratic_derivatives_are_those_of_the_oracle(void **state) {
    (void)state;
    pes_problem *problem = test_problem("quadratic", "dimension=3 noise=0.5", NULL);
    void *settings = test_options("quadratic", "dimension=3 noise=0.5");
    double exact[PARAMS], cut[PARAMS], length = 0.0, dot = 0.0;
    const pes_problem_type *type = pes_problem_type_find("quadratic");
    type->exact_gradient(settings, theta, 10, 0, 0.3, exact);
    type->exact_gradient(settings, theta, 10, 3, 0.3, cut);
    for (int i = 0; i < PARAMS; i++) {
        length += exact[i] * exact[i];
        dot += (cut[i] - exact[i]) * exact[i];
    }
    pes_estimator_options estimator = small_estimator("truncated_es");
    const pes_unbiased_options options = some_samples(65536);
    pes_unbiased_result r;
    CHECK_OK(
        pes_selftest_unbiased(pes_problem_system(problem), theta, &estimator, &options, &r));
    CHECK_NEAR(sqrt(length), r.gradient, 5.0 * r.row[0].expected_error);
    assert_int_equal(r.verdict, PES_VERDICT_BIASED);
    CHECK_NEAR(dot / length, r.bias, 0.1);
    assert_true(r.z < -50.0);
    free(settings);
    pes_problem_close(problem);
}

// ---- verdicts -------------------------------------------------------------------------------

static const struct {
    const char *what;
    double noise;
    bool start_anywhere;
    int64_t end_drawn;
    double end_above;
    bool plain;
    const char *sharing;
    const char *objective;
    const char *starts;
    const char *lengths;
    const char *schedule;
} awkward[] = {
    {"a fixed horizon", 0.0, false, 0, 0.0, false, "pair", "sum", "lockstep", "fixed",
     "constant"},
    {"noise and starts", 0.2, true, 0, 0.0, false, "pair", "sum", "lockstep", "fixed",
     "constant"},
    {"drawn ends", 0.2, true, 15, 0.0, false, "pair", "sum", "lockstep", "fixed", "constant"},
    {"ends that depend on theta", 0.1, false, 0, 0.9, false, "pair", "mean", "lockstep",
     "fixed", "constant"},
    {"the final loss", 0.1, true, 0, 0.0, false, "pair", "final", "lockstep", "fixed",
     "constant"},
    {"plain sampling", 0.0, false, 0, 0.0, true, "pair", "sum", "lockstep", "fixed",
     "constant"},
    {"plain sampling and ends", 0.1, false, 12, 0.0, true, "pair", "sum", "lockstep", "fixed",
     "constant"},
    {"one stream for all", 0.2, true, 0, 0.0, false, "all", "mean", "lockstep", "fixed",
     "constant"},
    {"staggered starts", 0.1, false, 0, 0.0, false, "pair", "sum", "staggered", "fixed",
     "constant"},
    {"staggered starts and ends", 0.1, false, 12, 0.0, false, "pair", "sum", "staggered",
     "fixed", "constant"},
    {"drawn lengths", 0.1, false, 0, 0.0, false, "pair", "final", "lockstep", "log_uniform",
     "constant"},
    {"a sigma that falls", 0.0, true, 0, 0.0, false, "pair", "sum", "lockstep", "fixed",
     "step"},
    {"a sigma that falls, and ends", 0.1, true, 12, 0.0, false, "pair", "sum", "lockstep",
     "fixed", "step"},
};
enum { AWKWARD = sizeof awkward / sizeof *awkward };

static test_recipe awkward_recipe(int i) {
    test_recipe recipe = test_recipe_default(TEST_HISTORY, PARAMS);
    recipe.noise = awkward[i].noise;
    recipe.start_anywhere = awkward[i].start_anywhere;
    recipe.end_drawn = awkward[i].end_drawn;
    recipe.end_above = awkward[i].end_above;
    return recipe;
}

static pes_estimator_options awkward_estimator(int i, const char *method) {
    pes_estimator_options estimator = small_estimator(method);
    estimator.antithetic = !awkward[i].plain;
    estimator.sharing = awkward[i].sharing;
    estimator.objective = awkward[i].objective;
    estimator.starts = awkward[i].starts;
    estimator.lengths = awkward[i].lengths;
    estimator.sigma_schedule = awkward[i].schedule;
    estimator.sigma_updates = 1;
    estimator.sigma_factor = 0.5;
    return estimator;
}

// Methods that restart everything with every update have no starts to stagger, and full ES no
// episodes of different lengths.
static bool can_serve(int i, const char *method) {
    const bool restarts = strcmp(method, "truncated_es") == 0 || strcmp(method, "full_es") == 0;
    const bool staggered = strcmp(awkward[i].starts, "staggered") == 0;
    const bool drawn = strcmp(awkward[i].lengths, "fixed") != 0;
    return !(restarts && staggered) && !(strcmp(method, "full_es") == 0 && drawn);
}

// Do its episodes end at different times?
static bool is_ragged(int i) {
    return awkward[i].end_drawn > 0 || awkward[i].end_above > 0.0 ||
           strcmp(awkward[i].lengths, "fixed") != 0;
}

static void right_methods_are_unbiased_on_awkward_systems(void **state) {
    (void)state;
    enum { METHODS = 4 };
    static const char *const methods[] = {"pes", "nres", "gpes", "full_es"};
    for (int i = 0; i < AWKWARD; i++) {
        for (int m = 0; m < METHODS; m++) {
            if (!can_serve(i, methods[m])) {
                continue;
            }
            test_recipe recipe = awkward_recipe(i);
            const pes_estimator_options estimator = awkward_estimator(i, methods[m]);
            const pes_unbiased_options options = some_samples(awkward[i].plain ? 16384 : 4096);
            const pes_unbiased_result r = prove(&recipe, &estimator, &options);
            expect(&r, methods[m], awkward[i].what, PES_VERDICT_UNBIASED);
            // full ES restarts everything with every update, so all its episodes end together
            const bool ends = m < 3 && is_ragged(i);
            assert_int_equal(r.particles, !ends ? 64 : awkward[i].plain ? 1 : 2);
        }
    }
}

static void truncated_es_is_biased_on_them(void **state) {
    (void)state;
    for (int i = 0; i < AWKWARD; i++) {
        if (!can_serve(i, "truncated_es")) {
            continue;
        }
        test_recipe recipe = awkward_recipe(i);
        const pes_estimator_options estimator = awkward_estimator(i, "truncated_es");
        const pes_unbiased_options options = some_samples(awkward[i].plain ? 16384 : 4096);
        const pes_unbiased_result r = prove(&recipe, &estimator, &options);
        expect(&r, "truncated_es", awkward[i].what, PES_VERDICT_BIASED);
    }
}

// Without a horizon, the episode's first steps are what is looked at.
static void an_endless_system_is_judged_from_its_start(void **state) {
    (void)state;
    static const struct {
        const char *method;
        pes_verdict verdict;
    } cases[] = {{"pes", PES_VERDICT_UNBIASED},
                 {"nres", PES_VERDICT_UNBIASED},
                 {"truncated_es", PES_VERDICT_BIASED}};
    for (int i = 0; i < 3; i++) {
        test_recipe recipe = test_recipe_default(TEST_QUADRATIC, PARAMS);
        pes_estimator_options estimator = small_estimator(cases[i].method);
        estimator.horizon = 0;
        pes_unbiased_options options = some_samples(4096);
        options.steps = 8; // three updates: 9 steps
        const pes_unbiased_result r = prove(&recipe, &estimator, &options);
        expect(&r, cases[i].method, "an endless system", cases[i].verdict);
        assert_int_equal(r.rows, 3);
        // theta sum t^2, t to 9
        const double length = 285.0 * sqrt(0.4 * 0.4 + 0.3 * 0.3 + 0.7 * 0.7);
        CHECK_NEAR(length, r.gradient, 0.05 * length);
    }
}

// ---- a method that is wrong -----------------------------------------------------------------

// A system that gives estimators a tenth less loss than the differences: to the proof this is a
// method whose estimates are a tenth too short.
static pes_status unroll_short(void *user, void *worker, const pes_batch *batch) {
    const pes_system whole = test_system(user);
    const pes_status status = whole.unroll(user, worker, batch);
    for (int64_t i = 0; i < batch->count; i++) {
        const bool seen = (batch->stream[i].particle & PES_NOISE_EVALUATION) == 0;
        for (int64_t t = 0; t < batch->steps; t++) {
            batch->loss[i * batch->steps + t] *= seen ? 0.9 : 1.0;
        }
    }
    return status;
}

static void a_bias_is_found_where_it_is_visible(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_LINEAR, PARAMS);
    pes_system system = test_system(&recipe);
    system.unroll = unroll_short;
    pes_estimator_options estimator = small_estimator("pes");
    estimator.particles = 16;
    for (int many = 0; many < 2; many++) {
        const pes_unbiased_options options = some_samples(many ? 65536 : 512);
        pes_unbiased_result r;
        CHECK_OK(pes_selftest_unbiased(&system, theta, &estimator, &options, &r));
        assert_int_equal(r.verdict, many ? PES_VERDICT_BIASED : PES_VERDICT_UNBIASED);
        assert_true(many ? r.visible < 0.08 : r.visible > 0.2);
        CHECK_NEAR(many ? -0.1 : 0.0, r.bias, many ? 0.04 : r.visible);
    }
}

static void too_few_samples_are_unclear(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_HISTORY, PARAMS);
    recipe.noise = 3.0;
    pes_estimator_options estimator = small_estimator("pes");
    estimator.antithetic = false;
    estimator.sigma = 0.01;
    estimator.particles = 1;
    const pes_unbiased_options options = some_samples(64);
    const pes_unbiased_result r = prove(&recipe, &estimator, &options);
    assert_int_equal(r.verdict, PES_VERDICT_UNCLEAR);
    assert_true(r.visible > 1.0);
    CHECK_NEAR(64.0 * 100.0 * r.visible * r.visible, r.needed, 1e-6 * r.needed);
}

static void losses_that_are_not_finite_leave_it_open(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_HISTORY, PARAMS);
    recipe.bad_above = 1.5;
    const pes_estimator_options estimator = small_estimator("pes");
    const pes_unbiased_options options = some_samples(4096);
    const pes_unbiased_result r = prove(&recipe, &estimator, &options);
    assert_int_equal(r.verdict, PES_VERDICT_UNCLEAR);
    assert_true(r.dropped > 0);
}

static void threads_change_no_bit(void **state) {
    (void)state;
    for (int i = 2; i < 4; i++) {
        pes_unbiased_result result[2];
        for (int t = 0; t < 2; t++) {
            test_recipe recipe = awkward_recipe(i);
            const pes_estimator_options estimator = awkward_estimator(i, "pes");
            pes_unbiased_options options = some_samples(1024);
            options.threads = t == 0 ? 1 : 3;
            memset(&result[t], 0, sizeof result[t]);
            result[t] = prove(&recipe, &estimator, &options);
        }
        CHECK_SAME(result[0].row, result[1].row, result[0].rows);
        assert_int_equal(result[0].inner_steps, result[1].inner_steps);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_linear_derivative_is_found_exactly),
        cmocka_unit_test(quadratic_derivatives_are_those_of_the_oracle),
        cmocka_unit_test(right_methods_are_unbiased_on_awkward_systems),
        cmocka_unit_test(truncated_es_is_biased_on_them),
        cmocka_unit_test(an_endless_system_is_judged_from_its_start),
        cmocka_unit_test(a_bias_is_found_where_it_is_visible),
        cmocka_unit_test(too_few_samples_are_unclear),
        cmocka_unit_test(losses_that_are_not_finite_leave_it_open),
        cmocka_unit_test(threads_change_no_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
