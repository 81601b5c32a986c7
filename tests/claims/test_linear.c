// The linear system: every method's estimates, summed over an episode, have the expectation
// that shared mathematics gives them, in the first episode and in later ones.
//
//     s_t = s_{t-1} + theta,    L_t = s_t
//     unbiased: T (T + 1) / 2        truncated ES: (T / K) K (K + 1) / 2, the last K shorter
//
// Seen to fail: xi replaced by the current perturbation (mutant.sh), xi not reset with the
// state, xi divided by today's sigma, xi
// cleared after the warm-up, the guide's clock read after its own steps.

#include "support/check.h"
#include "support/expectation.h"
#include "support/systems.h"

enum { EPISODES = 3, MOST = 3 * 8 };

typedef struct horizon_case {
    int64_t horizon;
    int64_t truncation;
} horizon_case;

static const horizon_case horizons[] = {{4, 2}, {10, 2}, {100, 10}, {10, 3}};
enum { HORIZONS = sizeof horizons / sizeof *horizons };

static double triangle(int64_t n) {
    return 0.5 * (double)n * (double)(n + 1);
}

static double truncated_value(int64_t horizon, int64_t truncation) {
    return (double)(horizon / truncation) * triangle(truncation) +
           triangle(horizon % truncation);
}

static int64_t updates_of(const pes_estimator_options *options) {
    return (options->horizon + options->truncation - 1) / options->truncation;
}

static const double *all(double value) {
    static double values[MOST];
    for (int i = 0; i < MOST; i++) {
        values[i] = value;
    }
    return values;
}

// A measurement of `method` in which everything else is plain; options may still be changed.
static test_expectation measure(const pes_system *system, const float *theta,
                                const char *method, horizon_case h) {
    test_expectation x = {
        .options = pes_estimator_options_default(),
        .system = system,
        .theta = theta,
        .windows = EPISODES,
        .runs = 24,
    };
    x.options.method = method;
    x.options.particles = 1000;
    x.options.horizon = h.horizon;
    x.options.truncation = strcmp(method, "full_es") == 0 ? h.horizon : h.truncation;
    x.options.threads = 1;
    x.updates = updates_of(&x.options);
    return x;
}

static const float theta[8] = {0.25f, -0.5f, 0.125f, 0.75f, -0.25f, 0.5f, 0.0f, 1.0f};
static const char *const unbiased[] = {"pes", "nres", "full_es"};

static void unbiased_methods_hit_the_gradient(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_LINEAR, 1);
    const pes_system system = test_system(&recipe);
    for (int m = 0; m < 3; m++) {
        for (int h = 0; h < HORIZONS; h++) {
            test_expectation x = measure(&system, theta, unbiased[m], horizons[h]);
            test_expectation_hits(&x, all(triangle(horizons[h].horizon)));
        }
    }
}

static void truncated_es_hits_its_own_value_and_not_the_gradient(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_LINEAR, 1);
    const pes_system system = test_system(&recipe);
    for (int h = 0; h < HORIZONS; h++) {
        const horizon_case c = horizons[h];
        test_expectation x = measure(&system, theta, "truncated_es", c);
        test_expectation_hits(&x, all(truncated_value(c.horizon, c.truncation)));
        test_expectation_misses(&x, all(triangle(c.horizon)));
    }
}

// More parameters than one block of noise serves at once.
static void every_parameter_has_its_own_gradient(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_LINEAR, 7);
    const pes_system system = test_system(&recipe);
    for (int m = 0; m < 3; m++) {
        test_expectation x = measure(&system, theta, unbiased[m], horizons[1]);
        test_expectation_hits(&x, all(triangle(10)));
    }
}

static void plain_sampling_is_unbiased_too(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_LINEAR, 2);
    const pes_system system = test_system(&recipe);
    for (int m = 0; m < 3; m++) {
        for (int h = 0; h < HORIZONS; h++) {
            test_expectation x = measure(&system, theta, unbiased[m], horizons[h]);
            x.options.antithetic = false;
            x.options.particles = 1001;
            test_expectation_hits(&x, all(triangle(horizons[h].horizon)));
        }
    }
}

static void one_stream_for_all_is_unbiased_too(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_LINEAR, 1);
    recipe.noise = 0.05;
    recipe.start_anywhere = false;
    const pes_system system = test_system(&recipe);
    for (int m = 0; m < 3; m++) {
        test_expectation x = measure(&system, theta, unbiased[m], horizons[1]);
        x.options.sharing = "all";
        test_expectation_hits(&x, all(triangle(10)));
    }
}

// The sum of eps / sigma^2 stays exact; the sum of eps over today's sigma^2 would not.
static void sigma_may_change_during_an_episode(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_LINEAR, 1);
    const pes_system system = test_system(&recipe);
    for (int m = 0; m < 3; m++) {
        for (int h = 0; h < HORIZONS; h++) {
            test_expectation x = measure(&system, theta, unbiased[m], horizons[h]);
            x.other_sigma = 0.3;
            test_expectation_hits(&x, all(triangle(horizons[h].horizon)));
        }
    }
}

// A window of an episode's updates sees each unit in every part of its episode once: the first
// window too, if the perturbations of the warm-up are credited.
static void staggered_starts_are_unbiased_from_the_first_update_on(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_LINEAR, 1);
    const pes_system system = test_system(&recipe);
    for (int m = 0; m < 2; m++) {
        for (int h = 0; h < HORIZONS; h++) {
            test_expectation x = measure(&system, theta, unbiased[m], horizons[h]);
            x.options.starts = "staggered";
            test_expectation_hits(&x, all(triangle(horizons[h].horizon)));
        }
    }
}

static void mean_and_final_objectives_have_their_gradients(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_LINEAR, 1);
    const pes_system system = test_system(&recipe);
    for (int m = 0; m < 3; m++) {
        for (int h = 0; h < HORIZONS; h++) {
            const double horizon = (double)horizons[h].horizon;
            test_expectation x = measure(&system, theta, unbiased[m], horizons[h]);
            x.options.objective = "mean";
            test_expectation_hits(&x, all((horizon + 1.0) / 2.0));
            x.options.objective = "final";
            test_expectation_hits(&x, all(horizon));
        }
    }
}

// The negative control in one program: from the same particles, but credited with the current
// perturbation instead of their sum, PES finds what truncated ES finds.
static void crediting_the_current_perturbation_alone_is_biased(void **state) {
    (void)state;
    enum { ROWS = 20000, K = 2, T = 10 };
    test_recipe recipe = test_recipe_default(TEST_LINEAR, 1);
    pes_system system = test_system(&recipe);
    pes_estimator_options options = pes_estimator_options_default();
    options.particles = ROWS;
    options.truncation = K;
    options.horizon = T;
    options.threads = 1;
    static double position[ROWS], loss[ROWS][K];
    pes_estimator *estimator = NULL;
    CHECK_OK(pes_estimator_create(&estimator, &system, &options));
    double right = 0.0, wrong = 0.0;
    for (int u = 0; u < T / K; u++) {
        pes_ask ask;
        float grad = 0.0f;
        CHECK_OK(pes_estimator_ask(estimator, theta, &ask));
        assert_int_equal(ask.count, ROWS);
        for (int i = 0; i < ROWS; i++) {
            position[i] = ask.action[i] == PES_ASK_RESTART ? 0.0 : position[i];
            for (int t = 0; t < K; t++) {
                position[i] += (double)ask.theta[i];
                loss[i][t] = position[i];
            }
            const double eps = (double)(ask.theta[i] - theta[0]);
            wrong += eps / (0.1 * 0.1) * (loss[i][0] + loss[i][1]) / ROWS;
        }
        CHECK_OK(pes_estimator_tell(estimator, &loss[0][0], NULL, &grad, NULL));
        right += (double)grad;
    }
    pes_estimator_destroy(estimator);
    // One run of 10000 pairs: standard errors are below 0.8 and 0.3, so 4 and 2 are five of
    // them.
    CHECK_NEAR(triangle(T), right, 4.0);
    CHECK_NEAR(truncated_value(T, K), wrong, 1.0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unbiased_methods_hit_the_gradient),
        cmocka_unit_test(truncated_es_hits_its_own_value_and_not_the_gradient),
        cmocka_unit_test(every_parameter_has_its_own_gradient),
        cmocka_unit_test(plain_sampling_is_unbiased_too),
        cmocka_unit_test(one_stream_for_all_is_unbiased_too),
        cmocka_unit_test(sigma_may_change_during_an_episode),
        cmocka_unit_test(staggered_starts_are_unbiased_from_the_first_update_on),
        cmocka_unit_test(mean_and_final_objectives_have_their_gradients),
        cmocka_unit_test(crediting_the_current_perturbation_alone_is_biased),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
