// Methods that differentiate, and those between: summed over an episode, in the first and in
// later ones, their estimates are the exact gradient, have it as their expectation, or, where
// only one truncation is seen, are the truncated value.
//
//     linear:    s_t = s_{t-1} + theta, L_t = s_t         T (T + 1) / 2
//     quadratic: s_t = s_{t-1} + theta, L_t = s_t^2 / 2   theta sum t^2
//
// Truncated, a step t that is j-th in its truncation counts j and s_t j. Seen to fail: tangents
// kept beyond an episode's end, uoro's product without its partner's division, the newest
// perturbation left in pes_analytic's credit, the last gradient of a final loss forgotten.

#include <math.h>

#include "pes/selftest.h"
#include "support/check.h"
#include "support/expectation.h"
#include "support/systems.h"

enum { PARAMS = 3, EPISODES = 3, MOST = EPISODES * PARAMS };

typedef struct horizon_case {
    int64_t horizon;
    int64_t truncation;
} horizon_case;

static const horizon_case horizons[] = {{4, 2}, {10, 2}, {100, 10}, {10, 3}};
enum { HORIZONS = sizeof horizons / sizeof *horizons };

static const float theta[PARAMS] = {0.25f, -0.5f, 0.125f};

// The sum over an episode of dL_t/dtheta, with the state's derivative cut every `cut` steps.
static double slope(test_dynamics dynamics, const char *objective, int64_t horizon, int64_t cut,
                    double at) {
    double sum = 0.0;
    for (int64_t t = 1; t <= horizon; t++) {
        const double length = (double)((t - 1) % cut + 1);
        const double here = dynamics == TEST_LINEAR ? length : at * (double)t * length;
        const bool counts =
            strcmp(objective, "final") != 0 || t == horizon || (cut < horizon && t % cut == 0);
        sum += counts ? here : 0.0;
    }
    return strcmp(objective, "mean") == 0 ? sum / (double)horizon : sum;
}

static pes_estimator_options options_of(const char *method, horizon_case h) {
    pes_estimator_options options = pes_estimator_options_default();
    options.method = method;
    options.horizon = h.horizon;
    options.truncation = strcmp(method, "bptt") == 0 ? h.horizon : h.truncation;
    options.particles = 3;
    options.threads = 1;
    return options;
}

static int64_t updates_of(const pes_estimator_options *options) {
    return (options->horizon + options->truncation - 1) / options->truncation;
}

// Every episode's sum is the expected one, to the rounding of single precision.
static void check_exact(test_recipe *recipe, const pes_estimator_options *options,
                        const double expected[PARAMS]) {
    const pes_system system = test_system(recipe);
    pes_estimator *estimator = NULL;
    CHECK_OK(pes_estimator_create(&estimator, &system, options));
    for (int e = 0; e < EPISODES; e++) {
        double total[PARAMS] = {0};
        for (int64_t u = 0; u < updates_of(options); u++) {
            float grad[PARAMS];
            CHECK_OK(pes_estimator_step(estimator, theta, grad, NULL));
            for (int d = 0; d < PARAMS; d++) {
                total[d] += (double)grad[d];
            }
        }
        for (int d = 0; d < PARAMS; d++) {
            CHECK_NEAR(expected[d], total[d], 1e-6 * (1.0 + fabs(expected[d])));
        }
    }
    pes_estimator_destroy(estimator);
}

static const char *const objectives[] = {"sum", "mean", "final"};
static const test_dynamics systems[] = {TEST_LINEAR, TEST_QUADRATIC};

// `cut`: does the method see no further than its truncation?
static void check_every_case(const char *method, bool cut) {
    for (int s = 0; s < 2; s++) {
        for (int h = 0; h < HORIZONS; h++) {
            for (int o = 0; o < 3; o++) {
                test_recipe recipe = test_recipe_default(systems[s], PARAMS);
                pes_estimator_options options = options_of(method, horizons[h]);
                options.objective = objectives[o];
                double expected[PARAMS];
                for (int d = 0; d < PARAMS; d++) {
                    expected[d] =
                        slope(systems[s], objectives[o], options.horizon,
                              cut ? options.truncation : options.horizon, (double)theta[d]);
                }
                check_exact(&recipe, &options, expected);
            }
        }
    }
}

static void exact_methods_hit_the_gradient(void **state) {
    (void)state;
    check_every_case("bptt", false);
    check_every_case("rtrl", false);
}

static void tbptt_hits_the_truncated_value(void **state) {
    (void)state;
    check_every_case("tbptt", true);
}

// The system ends every episode with step 7 of 10; truncations of 3, 3 and 1 steps, or one.
static void an_early_end_is_the_end(void **state) {
    (void)state;
    static const char *const exact[] = {"bptt", "rtrl"};
    for (int m = 0; m < 2; m++) {
        for (int o = 0; o < 3; o++) {
            test_recipe recipe = test_recipe_default(TEST_LINEAR, PARAMS);
            recipe.end_after = 7;
            pes_estimator_options options = options_of(exact[m], (horizon_case){10, 3});
            options.objective = objectives[o];
            const double value = o == 0 ? 28.0 : (o == 1 ? 2.8 : 7.0);
            const double expected[PARAMS] = {value, value, value};
            pes_estimator_options whole = options;
            whole.horizon = 7;
            assert_int_equal(updates_of(&whole), m == 0 ? 1 : 3);
            const pes_system system = test_system(&recipe);
            pes_estimator *estimator = NULL;
            CHECK_OK(pes_estimator_create(&estimator, &system, &options));
            for (int e = 0; e < EPISODES; e++) {
                double total = 0.0;
                for (int u = 0; u < (m == 0 ? 1 : 3); u++) {
                    float grad[PARAMS];
                    CHECK_OK(pes_estimator_step(estimator, theta, grad, NULL));
                    total += (double)grad[0];
                }
                CHECK_NEAR(expected[0], total, 1e-5);
            }
            pes_estimator_destroy(estimator);
        }
    }
}

// Staggered starts are reached with their tangents: at a fixed theta any J updates in a row sum
// to the gradient.
static void tangents_come_along_to_staggered_starts(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_QUADRATIC, PARAMS);
    pes_estimator_options options = options_of("rtrl", (horizon_case){10, 2});
    options.starts = "staggered";
    options.particles = 5;
    double expected[PARAMS];
    for (int d = 0; d < PARAMS; d++) {
        expected[d] = slope(TEST_QUADRATIC, "sum", 10, 10, (double)theta[d]);
    }
    check_exact(&recipe, &options, expected);
}

// One trajectory is as good as many where nothing is random, and the mean is taken where
// something is.
static void particles_are_averaged(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_QUADRATIC, PARAMS);
    recipe.noise = 0.5;
    const pes_system system = test_system(&recipe);
    double total[PARAMS] = {0};
    float mean[PARAMS], one[PARAMS];
    pes_estimator_options options = options_of("bptt", (horizon_case){10, 10});
    options.particles = 200;
    pes_estimator *estimator = NULL;
    CHECK_OK(pes_estimator_create(&estimator, &system, &options));
    pes_estimate_info info;
    CHECK_OK(pes_estimator_step(estimator, theta, mean, &info));
    assert_int_equal(info.inner_steps, 2000);
    assert_int_equal(info.resets, 200);
    // noise moves the first coordinate alone: var of sum t (w_1 + .. + w_t), the others exact
    assert_true(info.signal_to_noise > 1.0 && info.signal_to_noise < 1e4);
    pes_estimator_destroy(estimator);
    // the same trajectories in estimators of their own have the same streams only if particle
    // numbers are the same; so the exact coordinates are compared, and the noisy one bounded
    for (int d = 1; d < PARAMS; d++) {
        total[d] = slope(TEST_QUADRATIC, "sum", 10, 10, (double)theta[d]);
        CHECK_NEAR(total[d], (double)mean[d], 1e-4);
    }
    options.particles = 1;
    CHECK_OK(pes_estimator_create(&estimator, &system, &options));
    CHECK_OK(pes_estimator_step(estimator, theta, one, &info));
    assert_true(isnan(info.signal_to_noise));
    pes_estimator_destroy(estimator);
    const double exact = slope(TEST_QUADRATIC, "sum", 10, 10, (double)theta[0]);
    assert_true(fabs((double)mean[0] - exact) < fabs((double)one[0] - exact));
}

static void random_methods_are_unbiased(void **state) {
    (void)state;
    static const char *const methods[] = {"uoro", "dodge", "gpes", "pes_analytic"};
    for (int m = 0; m < 4; m++) {
        for (int h = 0; h < HORIZONS; h++) {
            for (int o = 0; o < 3; o++) {
                test_recipe recipe = test_recipe_default(systems[(m + h + o) % 2], PARAMS);
                const pes_system system = test_system(&recipe);
                test_expectation x = {.system = &system,
                                      .theta = theta,
                                      .windows = EPISODES,
                                      .runs = 24,
                                      .options = options_of(methods[m], horizons[h])};
                x.options.particles = m < 2 ? 301 : 600;
                x.options.objective = objectives[o];
                x.options.noise_interval = m == 2 ? 2 * x.options.truncation : 0;
                if (m == 3 && o == 2 && systems[(m + h + o) % 2] == TEST_LINEAR) {
                    x.options.antithetic = false;
                }
                x.updates = updates_of(&x.options);
                double expected[MOST];
                for (int i = 0; i < MOST; i++) {
                    expected[i] = slope(recipe.dynamics, objectives[o], x.options.horizon,
                                        x.options.horizon, (double)theta[i % PARAMS]);
                }
                test_expectation_hits(&x, expected);
            }
        }
    }
}

// The system's own noise does not bias them.
static void random_systems_too(void **state) {
    (void)state;
    static const char *const methods[] = {"rtrl", "uoro", "dodge", "gpes", "pes_analytic"};
    for (int m = 0; m < 5; m++) {
        test_recipe recipe = test_recipe_default(TEST_QUADRATIC, PARAMS);
        recipe.noise = 0.1;
        const pes_system system = test_system(&recipe);
        test_expectation x = {.system = &system,
                              .theta = theta,
                              .windows = EPISODES,
                              .runs = 24,
                              .options = options_of(methods[m], (horizon_case){10, 3})};
        x.options.particles = 300;
        x.options.noise_interval = m == 3 ? 6 : 0;
        x.updates = updates_of(&x.options);
        test_measure measure[MOST];
        test_expectation_run(&x, measure);
        for (int i = 0; i < MOST; i++) {
            const double exact =
                slope(TEST_QUADRATIC, "sum", 10, 10, (double)theta[i % PARAMS]);
            CHECK_NEAR(exact, measure[i].mean, 4.0 * measure[i].error + 1e-5);
        }
    }
}

// What is carried beside PES is worth its name: the same particles, a smaller variance.
static void the_analytic_part_lowers_the_variance(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_QUADRATIC, PARAMS);
    const pes_system system = test_system(&recipe);
    double error[2];
    for (int m = 0; m < 2; m++) {
        test_expectation x = {
            .system = &system,
            .theta = theta,
            .updates = 2,
            .windows = EPISODES,
            .runs = 60,
            .options = options_of(m == 0 ? "pes" : "pes_analytic", (horizon_case){10, 5})};
        x.options.particles = 100;
        test_measure measure[MOST];
        test_expectation_run(&x, measure);
        error[m] = measure[1].error;
    }
    assert_true(error[1] < 0.9 * error[0]);
}

static void the_ends_of_gpes_are_pes_and_nres(void **state) {
    (void)state;
    static const struct {
        const char *method;
        int64_t interval;
    } ends[] = {{"pes", 3}, {"nres", 10}, {"nres", 12}};
    for (int e = 0; e < 2; e++) {
        test_recipe recipe = test_recipe_default(TEST_HISTORY, PARAMS);
        recipe.end_drawn = 14;
        const pes_system system = test_system(&recipe);
        pes_estimator *known = NULL, *gpes = NULL;
        pes_estimator_options options = options_of(ends[e].method, (horizon_case){10, 3});
        options.particles = 100;
        CHECK_OK(pes_estimator_create(&known, &system, &options));
        options.method = "gpes";
        options.noise_interval = ends[e].interval;
        CHECK_OK(pes_estimator_create(&gpes, &system, &options));
        for (int u = 0; u < 12; u++) {
            float expected[PARAMS], grad[PARAMS];
            CHECK_OK(pes_estimator_step(known, theta, expected, NULL));
            CHECK_OK(pes_estimator_step(gpes, theta, grad, NULL));
            CHECK_SAME(expected, grad, PARAMS);
        }
        pes_estimator_destroy(known);
        pes_estimator_destroy(gpes);
    }
}

// The test's own systems have the derivatives that all this rests on.
static void the_systems_derivatives_are_right(void **state) {
    (void)state;
    static const test_dynamics all[] = {TEST_LINEAR, TEST_QUADRATIC, TEST_HISTORY};
    for (int s = 0; s < 3; s++) {
        test_recipe recipe = test_recipe_default(all[s], PARAMS);
        recipe.noise = 0.1;
        recipe.end_after = 6;
        const pes_system system = test_system(&recipe);
        CHECK_OK(pes_selftest_derivatives(&system, theta, 8, 1));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_systems_derivatives_are_right),
        cmocka_unit_test(exact_methods_hit_the_gradient),
        cmocka_unit_test(tbptt_hits_the_truncated_value),
        cmocka_unit_test(an_early_end_is_the_end),
        cmocka_unit_test(tangents_come_along_to_staggered_starts),
        cmocka_unit_test(particles_are_averaged),
        cmocka_unit_test(random_methods_are_unbiased),
        cmocka_unit_test(random_systems_too),
        cmocka_unit_test(the_analytic_part_lowers_the_variance),
        cmocka_unit_test(the_ends_of_gpes_are_pes_and_nres),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
