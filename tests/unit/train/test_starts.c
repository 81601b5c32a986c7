// Staggered starts: where every unit begins to count, and what that has cost.
//
//     unit u begins at inner step K floor(u J / units) of its first episode, J = ceil(T / K)
//
// Seen to fail: all units moved in every round, units begun one round late, the warm-up's steps
// left out of the first update's, a warm-up repeated by the second update.

#include "noise/noise.h"
#include "support/check.h"
#include "support/systems.h"
#include "train/estimator.h"

enum { PARAMS = 6, UNITS = 5, K = 3, T = 10 };

static const float theta[PARAMS] = {0.2f, -0.1f, 0.3f, 0.0f, 0.1f, -0.2f};
static const int64_t starts[UNITS] = {0, 0, 3, 6, 9};

static pes_estimator *create(const pes_system *system, const char *method) {
    pes_estimator_options options = pes_estimator_options_default();
    options.method = method;
    options.particles = 2 * UNITS;
    options.truncation = K;
    options.horizon = T;
    options.starts = "staggered";
    options.threads = 2;
    pes_estimator *estimator = NULL;
    CHECK_OK(pes_estimator_create(&estimator, system, &options));
    return estimator;
}

static int64_t smaller(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static void units_are_spread_over_the_episode_and_their_steps_counted(void **state) {
    (void)state;
    static const char *const methods[] = {"pes", "nres"};
    test_recipe recipe = test_recipe_default(TEST_LINEAR, PARAMS);
    const pes_system system = test_system(&recipe);
    for (int m = 0; m < 2; m++) {
        pes_estimator *e = create(&system, methods[m]);
        pes_estimate_info info;
        float grad[PARAMS];
        int64_t steps = 0;
        CHECK_OK(pes_estimator_step(e, theta, grad, &info));
        for (int64_t u = 0; u < UNITS; u++) {
            const int64_t clock = smaller(starts[u] + K, T);
            assert_int_equal(e->population.clock[2 * u], clock);
            assert_int_equal(e->population.clock[2 * u + 1], clock);
            assert_int_equal(e->population.episode[u], 0);
            steps += 2 * clock;
        }
        assert_int_equal(info.inner_steps, steps);
        assert_false(info.warming);
        CHECK_OK(pes_estimator_step(e, theta, grad, &info));
        assert_int_equal(info.inner_steps, 2 * (K + K + K + 1 + K));
        pes_estimator_destroy(e);
    }
}

// xi of a unit after the first update: one perturbation for every interval since its episode
// began.
static void warm_up_perturbations_are_credited(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_LINEAR, PARAMS);
    const pes_system system = test_system(&recipe);
    pes_estimator *e = create(&system, "pes");
    float grad[PARAMS];
    CHECK_OK(pes_estimator_step(e, theta, grad, NULL));
    for (int64_t u = 0; u < UNITS; u++) {
        double expected[PARAMS] = {0};
        for (int64_t interval = 0; interval <= starts[u] / K; interval++) {
            float normals[8];
            pes_noise_perturbation(&pes_kernels_scalar, e->options.seed, u, 0, interval, PARAMS,
                                   normals);
            for (int i = 0; i < PARAMS; i++) {
                expected[i] += (double)normals[i] / e->options.sigma;
            }
        }
        for (int i = 0; i < PARAMS; i++) {
            CHECK_NEAR(expected[i], (double)e->population.xi[u * PARAMS + i], 1e-4);
        }
    }
    pes_estimator_destroy(e);
}

// The rounds of the warm-up, from outside: who idles, where, and that nothing comes of them.
static void a_round_of_the_warm_up_gives_no_gradient(void **state) {
    (void)state;
    enum { ROUNDS = 3 };
    const pes_system system = {
        .size = (uint32_t)sizeof system, .name = "outside", .num_params = PARAMS};
    pes_estimator *e = create(&system, "pes");
    static const double loss[2 * UNITS][K] = {{1.0}, {2.0}};
    for (int round = 0; round <= ROUNDS; round++) {
        pes_ask ask;
        pes_estimate_info info;
        float grad[PARAMS] = {1.0f};
        CHECK_OK(pes_estimator_ask(e, theta, &ask));
        assert_int_equal(ask.warming, round < ROUNDS);
        for (int64_t i = 0; i < 2 * UNITS; i++) {
            const bool waits = round < ROUNDS && starts[i / 2] < (ROUNDS - round) * K;
            assert_int_equal(ask.action[i] == PES_ASK_IDLE, waits);
            assert_int_equal(memcmp(ask.theta + i * PARAMS, theta, sizeof theta) == 0, waits);
            assert_int_equal(ask.steps[i], waits ? 0 : smaller(K, T - ask.clock[i]));
        }
        CHECK_OK(pes_estimator_tell(e, &loss[0][0], NULL, grad, &info));
        assert_int_equal(info.warming, round < ROUNDS);
        assert_int_equal(info.inner_steps > 0, round == ROUNDS);
        assert_int_equal(grad[0] == 0.0f, round < ROUNDS);
    }
    pes_estimator_destroy(e);
}

static void a_warm_up_that_diverges_stops(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_LINEAR, PARAMS);
    recipe.bad_above = 1e-6; // theta[0] is above in the first step already
    const pes_system system = test_system(&recipe);
    pes_estimator *e = create(&system, "pes");
    float grad[PARAMS];
    // the first round moves one pair of five, the second two, the third three: above one half
    CHECK_FAILS(PES_E_DIVERGED, "6 of 10 particles", pes_estimator_step(e, theta, grad, NULL));
    pes_estimator_destroy(e);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_are_spread_over_the_episode_and_their_steps_counted),
        cmocka_unit_test(warm_up_perturbations_are_credited),
        cmocka_unit_test(a_round_of_the_warm_up_gives_no_gradient),
        cmocka_unit_test(a_warm_up_that_diverges_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
