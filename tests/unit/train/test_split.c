// Few particles, split among the threads, leave the same bits as whole pairs on one thread:
// every method that splits, antithetic and plain, with episodes that end at any step, losses
// that are not finite, restarts, copies and staggered starts.
//
// Seen to fail: an end counted from the link's first step, a row restarted by every link.

#include "base/pool.h"
#include "support/check.h"
#include "support/systems.h"
#include "train/estimator.h"

enum { UPDATES = 15, PARAMS = 3, METHODS = 4, SETTINGS = 2 * 2 * METHODS };

static const char *const methods[METHODS] = {"pes", "nres", "truncated_es", "full_es"};

typedef struct course {
    float grad[UPDATES][PARAMS];
    double loss[UPDATES];
    int64_t counts[UPDATES][3];
} course;

static test_recipe make_recipe(void) {
    test_recipe recipe = test_recipe_default(TEST_HISTORY, PARAMS);
    recipe.noise = 0.05;
    recipe.start_anywhere = true;
    recipe.end_drawn = 14;
    recipe.bad_modulus = 4;
    recipe.bad_clock = 6;
    return recipe;
}

static pes_estimator *open(test_recipe *recipe, int setting, int64_t threads) {
    pes_system system = test_system(recipe);
    pes_estimator_options options = pes_estimator_options_default();
    pes_estimator *out = NULL;
    system.batch_hint = 2;
    options.method = methods[setting % METHODS];
    options.antithetic = setting / METHODS % 2 == 0;
    options.starts = setting >= 2 * METHODS && setting % METHODS < 2 ? "staggered" : "lockstep";
    options.objective = setting >= 2 * METHODS ? "final" : "sum";
    options.particles = 10;
    options.truncation = setting % METHODS == 3 ? 12 : 5;
    options.horizon = 12;
    options.max_dropped = 1.0;
    options.threads = threads;
    CHECK_OK(pes_estimator_create(&out, &system, &options));
    return out;
}

static course run(int setting, int64_t threads) {
    test_recipe recipe = make_recipe();
    pes_estimator *e = open(&recipe, setting, threads);
    float theta[PARAMS] = {0.1f, -0.1f, 0.2f};
    course out;
    memset(&out, 0, sizeof out);
    for (int u = 0; u < UPDATES; u++) {
        pes_estimate_info info;
        CHECK_OK(pes_estimator_step(e, theta, out.grad[u], &info));
        out.loss[u] = info.loss;
        out.counts[u][0] = info.inner_steps;
        out.counts[u][1] = info.dropped;
        out.counts[u][2] = info.resets;
    }
    pes_estimator_destroy(e);
    return out;
}

static void splitting_changes_no_bit(void **state) {
    (void)state;
    int64_t dropped = 0, resets = 0;
    pes_pool_brief = 0.0;
    for (int setting = 0; setting < SETTINGS; setting++) {
        const course whole = run(setting, 1);
        for (int64_t threads = 2; threads <= 16; threads += threads < 4 ? 1 : 6) {
            const course split = run(setting, threads);
            CHECK_SAME(&whole, &split, 1);
        }
        for (int u = 0; u < UPDATES; u++) {
            dropped += whole.counts[u][1];
            resets += whole.counts[u][2];
        }
    }
    assert_true(dropped > 0 && resets > 100);
}

static int64_t links(const char *method, int64_t particles, int64_t threads, int64_t hint) {
    test_recipe recipe = make_recipe();
    pes_system system = test_system(&recipe);
    pes_estimator_options options = pes_estimator_options_default();
    pes_estimator *e = NULL;
    system.batch_hint = hint;
    options.method = method;
    options.particles = particles;
    options.truncation = 10;
    options.horizon = 100;
    options.threads = threads;
    CHECK_OK(pes_estimator_create(&e, &system, &options));
    const int64_t out = e->split.links;
    pes_estimator_destroy(e);
    return out;
}

static void only_few_particles_are_split(void **state) {
    (void)state;
    assert_int_equal(links("pes", 10, 1, 2), 0);
    assert_int_equal(links("pes", 10, 2, 2), 2);          // ten halves each
    assert_int_equal(links("pes", 10, 4, 2), 2);          // five halves each
    assert_int_equal(links("pes", 8, 2, 2), 0);           // pairs do it
    assert_int_equal(links("truncated_es", 10, 2, 2), 0); // five pairs and their guide
    assert_int_equal(links("truncated_es", 8, 2, 2), 2);
    assert_int_equal(links("pes", 100, 4, 2), 0); // 50 pairs in 13 rounds
    assert_int_equal(links("pes", 10, 2, 64), 0); // particles go side by side
    assert_int_equal(links("pes", 10, 2, 0), 0);
}

// The sentence is that of the particle with the lowest number.
static void a_failing_system_is_reported(void **state) {
    (void)state;
    test_recipe recipe = make_recipe();
    recipe.fail_clock = 3;
    pes_estimator *e = open(&recipe, 0, 4);
    float theta[PARAMS] = {0}, grad[PARAMS];
    CHECK_FAILS(PES_E_SYSTEM, "unroll", pes_estimator_step(e, theta, grad, NULL));
    pes_estimator_destroy(e);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splitting_changes_no_bit),
        cmocka_unit_test(only_few_particles_are_split),
        cmocka_unit_test(a_failing_system_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
