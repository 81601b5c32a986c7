// The frame of the proof: wrong questions are refused, and failed allocations survived.
//
// link: -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=aligned_alloc,--wrap=free

#include <math.h>
#include <stdlib.h>

#include "pes/selftest.h"
#include "support/alloc.h"
#include "support/check.h"
#include "support/systems.h"

enum { PARAMS = 3 };

static const float theta[PARAMS] = {0.4f, -0.3f, 0.7f};

static pes_estimator_options small_estimator(const char *method) {
    pes_estimator_options options = pes_estimator_options_default();
    options.method = method;
    options.particles = 64;
    options.horizon = 10;
    options.truncation = 3;
    options.sigma = 0.3;
    return options;
}

static pes_unbiased_options some_samples(int64_t samples) {
    pes_unbiased_options options = pes_unbiased_options_default();
    options.samples = samples;
    options.threads = 2;
    return options;
}

// ---- the frame ------------------------------------------------------------------------------

static void every_failed_allocation_is_survived(void **state) {
    (void)state;
    int64_t failures = 0;
    for (int64_t n = 1;; n++, failures++) {
        test_recipe recipe = test_recipe_default(TEST_HISTORY, PARAMS);
        recipe.with_worker = true;
        recipe.end_after = 7;
        const pes_system system = test_system(&recipe);
        pes_estimator_options estimator = small_estimator("nres");
        pes_unbiased_options options = some_samples(64);
        options.threads = 1;
        pes_unbiased_result r;
        alloc_reset();
        alloc_fail_at(n);
        const pes_status status =
            pes_selftest_unbiased(&system, theta, &estimator, &options, &r);
        alloc_fail_at(0);
        assert_int_equal(alloc_read().live, 0);
        assert_int_equal(recipe.workers, 0);
        if (status == PES_OK) {
            break;
        }
        assert_true(status == PES_E_MEMORY || status == PES_E_SYSTEM);
    }
    assert_true(failures > 100); // every run builds an estimator
}

static void wrong_questions_are_refused(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_LINEAR, PARAMS);
    pes_system system = test_system(&recipe);
    pes_estimator_options estimator = small_estimator("pes");
    pes_unbiased_options options = some_samples(256);
    pes_unbiased_result r = {.runs = -7};
#define REFUSED(words)                                                                         \
    CHECK_FAILS(PES_E_ARGUMENT, words,                                                         \
                pes_selftest_unbiased(&system, theta, &estimator, &options, &r))
    options.samples = 63;
    REFUSED("samples must be from 64 to 268435456, not 63");
    options = some_samples(256);
    options.episodes = 0;
    REFUSED("episodes must be from 1 to 1000, not 0");
    options = some_samples(256);
    options.directions = PES_UNBIASED_DIRECTIONS + 1;
    REFUSED("directions must be from 1 to 8, not 9");
    options = some_samples(256);
    options.steps = 0;
    REFUSED("steps must be from 1 to");
    options = some_samples(256);
    options.threshold = (double)NAN;
    REFUSED("threshold must be a positive number");
    options = some_samples(256);
    options.size = 0;
    REFUSED("options");
    options = some_samples(256);
    estimator.truncation = 11;
    REFUSED("truncation must be at most the horizon");
    estimator = small_estimator("full_es");
    REFUSED("full_es");
    estimator = small_estimator("pes");
    estimator.starts = "staggered";
    estimator.sigma_schedule = "step";
    REFUSED("staggered starts mix episodes of different sigma");
    estimator = small_estimator("pes");
    estimator.method = "dodge";
    REFUSED("dodge perturbs nothing, so there is no smoothed objective");
    estimator = small_estimator("pes");
    system.init = NULL;
    system.unroll = NULL;
    system.unroll_tangents = NULL;
    system.unroll_adjoints = NULL;
    system.num_reals = 0;
    system.tape_bytes = 0;
    REFUSED("has no callbacks");
    assert_int_equal(r.runs, -7); // untouched
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_failed_allocation_is_survived),
        cmocka_unit_test(wrong_questions_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
