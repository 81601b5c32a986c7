// What an episode's estimates add up to does not depend on where updates cut it.
//
// A perturbation, or a direction, that lasts for an episode is the same whatever K is, so the
// sums over an episode are equal numbers, episode by episode: nres and full_es, gpes(R = T) and
// full_es, rtrl and bptt, dodge and dodge with K = T. What uoro adds by random signs has mean
// zero. That holds for every objective, for drawn lengths, ends that the system makes, and ends
// of one half of a pair before the other. Seen to fail: the length of an episode drawn
// otherwise with another K, the gradient of a last loss kept beyond an episode, nres's
// perturbation numbered by updates.

#include <math.h>
#include <string.h>

#include "pes/estimator.h"
#include "support/check.h"
#include "support/systems.h"

enum { PARAMS = 3, EPISODES = 40, HORIZON = 11 };

static const float theta[PARAMS] = {0.25f, -0.5f, 0.125f};

// How episodes come to their ends.
typedef struct ending {
    const char *lengths;
    int64_t end_drawn;
    double end_above;
} ending;

static const ending endings[] = {
    {"fixed", 0, 0.0},       {"uniform", 0, 0.0}, {"log_uniform", 0, 0.0},
    {"fixed", HORIZON, 0.0}, {"fixed", 0, 0.9},   {"uniform", HORIZON, 0.9},
};
enum { ENDINGS = sizeof endings / sizeof *endings };

static const char *const objectives[] = {"sum", "mean", "final"};

static test_recipe recipe_of(const ending *end) {
    test_recipe recipe = test_recipe_default(TEST_QUADRATIC, PARAMS);
    recipe.noise = 0.3;
    recipe.end_drawn = end->end_drawn;
    recipe.end_above = end->end_above;
    return recipe;
}

static pes_estimator_options options_of(const char *method, int64_t truncation,
                                        const ending *end, const char *objective,
                                        uint64_t seed) {
    pes_estimator_options options = pes_estimator_options_default();
    options.method = method;
    options.truncation = truncation;
    options.noise_interval = strcmp(method, "gpes") == 0 ? HORIZON : 0;
    options.horizon = HORIZON;
    options.particles = 2;
    options.sigma = 0.2;
    options.lengths = end->lengths;
    options.shortest = strcmp(end->lengths, "fixed") == 0 ? 0 : 3;
    options.objective = objective;
    options.threads = 1;
    options.seed = seed;
    return options;
}

static bool derives(const char *method) {
    return strcmp(method, "nres") != 0 && strcmp(method, "full_es") != 0 &&
           strcmp(method, "gpes") != 0;
}

// Sums over the first episodes of one pair, or one trajectory. Updates that some took.
static int64_t sum_episodes(const pes_system *system, pes_estimator_options options,
                            double total[EPISODES][PARAMS]) {
    pes_estimator *estimator = NULL;
    int64_t updates = 0;
    options.particles = derives(options.method) ? 1 : 2;
    CHECK_OK(pes_estimator_create(&estimator, system, &options));
    for (int e = 0; e < EPISODES; e++) {
        memset(total[e], 0, sizeof total[e]);
        pes_estimate_info info = {0};
        while (info.resets == 0) {
            float grad[PARAMS];
            CHECK_OK(pes_estimator_step(estimator, theta, grad, &info));
            for (int d = 0; d < PARAMS; d++) {
                total[e][d] += (double)grad[d];
            }
            updates++;
        }
    }
    pes_estimator_destroy(estimator);
    return updates;
}

// `cut` with K = 2 and 3 against `whole` with K = T.
static void check_equal(const char *cut, const char *whole) {
    for (int i = 0; i < ENDINGS * 3; i++) {
        const ending *end = &endings[i % ENDINGS];
        const char *objective = objectives[i / ENDINGS];
        test_recipe recipe = recipe_of(end);
        const pes_system system = test_system(&recipe);
        double expected[EPISODES][PARAMS], found[EPISODES][PARAMS];
        assert_int_equal(
            EPISODES,
            sum_episodes(&system, options_of(whole, HORIZON, end, objective, 7), expected));
        for (int64_t truncation = 2; truncation <= 3; truncation++) {
            const int64_t updates =
                sum_episodes(&system, options_of(cut, truncation, end, objective, 7), found);
            assert_true(updates > EPISODES + EPISODES / 4);
            for (int e = 0; e < EPISODES; e++) {
                for (int d = 0; d < PARAMS; d++) {
                    CHECK_NEAR(expected[e][d], found[e][d],
                               1e-5 * (1.0 + fabs(expected[e][d])));
                }
            }
        }
    }
}

static void perturbations_of_an_episode_do_not_see_updates(void **state) {
    (void)state;
    check_equal("nres", "full_es");
    check_equal("gpes", "full_es");
}

static void exact_derivatives_do_not_see_updates(void **state) {
    (void)state;
    check_equal("rtrl", "bptt");
    check_equal("dodge", "dodge");
}

// Episode by episode, what uoro adds to the exact gradient has mean zero: within four standard
// errors over 200 seeds and 40 episodes; 54 measures, 1 false alarm in 300 with other seeds.
static void random_products_add_nothing_on_average(void **state) {
    (void)state;
    enum { SEEDS = 200 };
    for (int i = 0; i < ENDINGS * 3; i++) {
        const ending *end = &endings[i % ENDINGS];
        const char *objective = objectives[i / ENDINGS];
        test_recipe recipe = recipe_of(end);
        const pes_system system = test_system(&recipe);
        double sum[PARAMS] = {0}, square[PARAMS] = {0};
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            double expected[EPISODES][PARAMS], found[EPISODES][PARAMS];
            sum_episodes(&system, options_of("bptt", HORIZON, end, objective, seed), expected);
            sum_episodes(&system, options_of("uoro", 2, end, objective, seed), found);
            for (int k = 0; k < EPISODES * PARAMS; k++) {
                const double off =
                    found[k / PARAMS][k % PARAMS] - expected[k / PARAMS][k % PARAMS];
                sum[k % PARAMS] += off;
                square[k % PARAMS] += off * off;
            }
        }
        for (int d = 0; d < PARAMS; d++) {
            const double count = (double)SEEDS * EPISODES;
            const double error = sqrt(square[d]) / count;
            CHECK_NEAR(0.0, sum[d] / count, 4.0 * error);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(perturbations_of_an_episode_do_not_see_updates),
        cmocka_unit_test(exact_derivatives_do_not_see_updates),
        cmocka_unit_test(random_products_add_nothing_on_average),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
