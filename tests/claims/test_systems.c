// Expectations beyond the linear system: a quadratic, starts that depend on theta, episodes
// that the system ends by itself, and halves of a pair that end at different times.
//
// Seen to fail: a pair that restarts when its first half ends, an ended half whose losses go on
// counting, the same episode played again.

#include <math.h>

#include "support/check.h"
#include "support/expectation.h"
#include "support/systems.h"

static const char *const unbiased[] = {"pes", "nres", "full_es"};

static test_expectation measure(const pes_system *system, const float *theta,
                                const char *method, int64_t horizon, int64_t truncation) {
    test_expectation x = {
        .options = pes_estimator_options_default(),
        .system = system,
        .theta = theta,
        .updates = (horizon + truncation - 1) / truncation,
        .windows = 3,
        .runs = 24,
    };
    x.options.method = method;
    x.options.particles = 1000;
    x.options.horizon = horizon;
    x.options.truncation = truncation;
    x.options.threads = 1;
    return x;
}

// s_t = t theta, L_t = s_t^2 / 2: the gradient of the sum is theta sum t^2 for any sigma.
static void a_quadratic_has_its_exact_gradient(void **state) {
    (void)state;
    enum { T = 9, K = 3 };
    test_recipe recipe = test_recipe_default(TEST_QUADRATIC, 2);
    recipe.noise = 0.1;
    const pes_system system = test_system(&recipe);
    const float theta[2] = {0.5f, -1.0f};
    double expected[6];
    for (int i = 0; i < 6; i++) {
        expected[i] = (double)theta[i % 2] * T * (T + 1) * (2 * T + 1) / 6.0;
    }
    for (int m = 0; m < 3; m++) {
        test_expectation x = measure(&system, theta, unbiased[m], T, m == 2 ? T : K);
        test_expectation_hits(&x, expected);
    }
}

// From the shared state k K theta: sum over j = 1..K of j (k K + j) theta in update k.
static void a_quadratic_shows_truncated_es_its_own_value(void **state) {
    (void)state;
    enum { T = 9, K = 3 };
    test_recipe recipe = test_recipe_default(TEST_QUADRATIC, 1);
    const pes_system system = test_system(&recipe);
    const float theta = 0.5f;
    double biased = 0.0;
    for (int k = 0; k < T / K; k++) {
        for (int j = 1; j <= K; j++) {
            biased += j * (k * K + j) * (double)theta;
        }
    }
    const double exact = (double)theta * T * (T + 1) * (2 * T + 1) / 6.0;
    test_expectation x = measure(&system, &theta, "truncated_es", T, K);
    test_expectation_hits(&x, (double[]){biased, biased, biased});
    test_expectation_misses(&x, (double[]){exact, exact, exact});
}

// s_0 = theta / 2 + a draw: L_t = s_t has the slope t + 1/2.
static void a_start_that_depends_on_theta_is_part_of_the_gradient(void **state) {
    (void)state;
    enum { T = 8, K = 2 };
    test_recipe recipe = test_recipe_default(TEST_LINEAR, 1);
    recipe.start_anywhere = true;
    const pes_system system = test_system(&recipe);
    const float theta = 0.5f;
    const double slope = T * (T + 1) / 2.0 + T / 2.0;
    for (int m = 0; m < 3; m++) {
        test_expectation x = measure(&system, &theta, unbiased[m], T, m == 2 ? T : K);
        test_expectation_hits(&x, (double[]){slope, slope, slope});
    }
}

// Every episode ends with step 5, inside the third truncation of 2, whatever the horizon.
static void an_episode_that_ends_inside_a_truncation_is_whole(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_LINEAR, 1);
    recipe.end_after = 5;
    const pes_system system = test_system(&recipe);
    const float theta = 0.5f;
    for (int m = 0; m < 2; m++) {
        for (int64_t horizon = 0; horizon <= 100; horizon += 100) {
            test_expectation x = measure(&system, &theta, unbiased[m], 6, 2);
            x.options.horizon = horizon;
            test_expectation_hits(&x, (double[]){15.0, 15.0, 15.0});
        }
    }
}

enum { ENDS = 7, LENGTH = 3, UPDATES = 8 };

// Episodes last 1..ENDS steps, each as likely, and particles restart with the update after
// their end. Expected estimate of every update, by the chance that a particle begins an episode
// then: an episode's update j brings the sum of t over its steps t = (j - 1) K + 1 .. j K that
// are taken.
static void expected_under_drawn_ends(double expected[UPDATES]) {
    double begins[UPDATES + 1] = {1.0};
    for (int u = 0; u < UPDATES; u++) {
        expected[u] = 0.0;
    }
    for (int start = 0; start < UPDATES; start++) {
        for (int end = 1; end <= ENDS; end++) {
            const double chance = begins[start] / ENDS;
            for (int t = 1; t <= end; t++) {
                const int update = start + (t - 1) / LENGTH;
                if (update < UPDATES) {
                    expected[update] += chance * t;
                }
            }
            const int next = start + (end + LENGTH - 1) / LENGTH;
            if (next < UPDATES) {
                begins[next] += chance;
            }
        }
    }
}

static void episodes_of_random_length_have_the_computed_expectation(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_LINEAR, 1);
    recipe.end_drawn = ENDS;
    const pes_system system = test_system(&recipe);
    const float theta = 0.25f;
    double expected[UPDATES];
    expected_under_drawn_ends(expected);
    for (int plain = 0; plain < 2; plain++) {
        for (int m = 0; m < 2; m++) {
            test_expectation x = measure(&system, &theta, unbiased[m], 0, LENGTH);
            x.options.antithetic = plain == 0;
            x.updates = 1;
            x.windows = UPDATES;
            test_expectation_hits(&x, expected);
        }
    }
}

static double density(double a) {
    return exp(-0.5 * a * a) / sqrt(2.0 * 3.14159265358979323846);
}

static double probability(double a) {
    return 0.5 * erfc(-a / sqrt(2.0));
}

// Two steps, one per update; a particle with s_1 > c does not take the second. With theta < c
// one half of every pair goes on, so that two updates are one episode. With a = (c - theta) /
// sigma,
//     J = theta + E[1(s_1 <= c) s_2],    s_1 = theta + eps_1
//     PES, s_2 = s_1 + theta + eps_2:    J' = 1 + 2 Phi(a) - (2 theta / sigma + a) phi(a)
//     NRES, s_2 = 2 s_1:                 J' = 1 + 2 Phi(a) - (2 theta / sigma + 2 a) phi(a)
static void a_half_that_ends_early_waits_for_its_twin(void **state) {
    (void)state;
    const float theta = 0.25f;
    const double sigma = 0.5, limit = 0.5;
    const double a = (limit - (double)theta) / sigma;
    test_recipe recipe = test_recipe_default(TEST_LINEAR, 1);
    recipe.end_above = limit;
    const pes_system system = test_system(&recipe);
    for (int m = 0; m < 2; m++) {
        const double share = 2.0 * (double)theta / sigma + (m == 0 ? a : 2.0 * a);
        const double slope = 1.0 + 2.0 * probability(a) - share * density(a);
        test_expectation x = measure(&system, &theta, unbiased[m], 2, 1);
        x.options.sigma = sigma;
        x.options.particles = 4000;
        test_expectation_hits(&x, (double[]){slope, slope, slope});
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quadratic_has_its_exact_gradient),
        cmocka_unit_test(a_quadratic_shows_truncated_es_its_own_value),
        cmocka_unit_test(a_start_that_depends_on_theta_is_part_of_the_gradient),
        cmocka_unit_test(an_episode_that_ends_inside_a_truncation_is_whole),
        cmocka_unit_test(episodes_of_random_length_have_the_computed_expectation),
        cmocka_unit_test(a_half_that_ends_early_waits_for_its_twin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
