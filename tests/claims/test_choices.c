// Choices that change what is sampled, on the linear system: estimates summed over an episode
// have the expectation that the choice says.
//
//     lengths          unbiased: E m (m + 1) / 2, m the length of an episode
//                      truncated ES: E of its own value for an episode of m steps
//     sigma_schedule   T (T + 1) / 2, whatever sigma does
//
// With T = 2 K and lengths above K every episode has two updates, so that the windows of all
// particles are episodes. Seen to fail: the horizon in the place of a drawn length, a length
// drawn anew with every update, the mean divided by the length, xi divided by today's sigma.

#include <math.h>

#include "support/check.h"
#include "support/expectation.h"
#include "support/systems.h"

enum { EPISODES = 3, T = 10, K = 5 };

static const float theta[2] = {0.25f, -0.5f};

static double triangle(int64_t n) {
    return 0.5 * (double)n * (double)(n + 1);
}

static double truncated_triangle(int64_t n) {
    return (double)(n / K) * triangle(K) + triangle(n % K);
}

// The mean of f over the lengths shortest..T.
static double mean_over(const char *lengths, int64_t shortest, double (*f)(int64_t)) {
    double sum = 0.0, weights = 0.0;
    for (int64_t m = shortest; m <= T; m++) {
        const double weight =
            strcmp(lengths, "uniform") == 0 ? 1.0 : log((double)(m + 1) / (double)m);
        sum += weight * f(m);
        weights += weight;
    }
    return sum / weights;
}

static const double *all(double value) {
    static double values[2 * EPISODES];
    for (int i = 0; i < 2 * EPISODES; i++) {
        values[i] = value;
    }
    return values;
}

static test_expectation measure(const pes_system *system, const char *method) {
    test_expectation x = {
        .options = pes_estimator_options_default(),
        .system = system,
        .theta = theta,
        .windows = EPISODES,
        .runs = 24,
    };
    const bool full = strcmp(method, "full_es") == 0;
    x.options.method = method;
    x.options.particles = 1000;
    x.options.horizon = T;
    x.options.truncation = full ? T : K;
    x.options.threads = 1;
    x.updates = full ? 1 : T / K;
    return x;
}

static const char *const unbiased[] = {"pes", "nres", "full_es"};
static const char *const drawn[] = {"uniform", "log_uniform"};

static void drawn_lengths_give_the_gradient_of_their_mean(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_LINEAR, 2);
    const pes_system system = test_system(&recipe);
    for (int m = 0; m < 3; m++) {
        for (int l = 0; l < 2; l++) {
            test_expectation x = measure(&system, unbiased[m]);
            x.options.lengths = drawn[l];
            x.options.shortest = m == 2 ? 1 : K + 1;
            const double expected = mean_over(drawn[l], x.options.shortest, triangle);
            test_expectation_hits(&x, all(expected));
            x.options.objective = "mean"; // over T, whatever the length
            test_expectation_hits(&x, all(expected / T));
            x.options.objective = "sum";
            x.options.antithetic = false;
            test_expectation_hits(&x, all(expected));
        }
    }
}

// One length at a time for all, so the mean is over runs alone: the guide's lengths.
static void truncated_es_follows_the_lengths_of_its_shared_state(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_LINEAR, 2);
    const pes_system system = test_system(&recipe);
    for (int l = 0; l < 2; l++) {
        test_expectation x = measure(&system, "truncated_es");
        x.options.lengths = drawn[l];
        x.options.shortest = K + 1;
        x.options.particles = 100;
        x.runs = 200;
        test_expectation_hits(&x, all(mean_over(drawn[l], K + 1, truncated_triangle)));
        test_expectation_misses(&x, all(mean_over(drawn[l], K + 1, triangle)));
    }
}

static void schedules_of_sigma_cause_no_bias(void **state) {
    (void)state;
    static const char *const schedules[] = {"step", "exponential", "cosine"};
    test_recipe recipe = test_recipe_default(TEST_LINEAR, 2);
    const pes_system system = test_system(&recipe);
    for (int m = 0; m < 3; m++) {
        for (int s = 0; s < 3; s++) {
            test_expectation x = measure(&system, unbiased[m]);
            x.options.sigma_schedule = schedules[s];
            x.options.sigma_updates = 1 + s;
            x.options.sigma_factor = 0.5;
            test_expectation_hits(&x, all(triangle(T)));
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drawn_lengths_give_the_gradient_of_their_mean),
        cmocka_unit_test(truncated_es_follows_the_lengths_of_its_shared_state),
        cmocka_unit_test(schedules_of_sigma_cause_no_bias),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
