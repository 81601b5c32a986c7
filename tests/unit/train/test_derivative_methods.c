// Methods that differentiate, and those between: what they refuse, what they drop, and that
// what they carry is stored, forecast, and the same for any threads, batches and kernels.
//
// link: -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=aligned_alloc,--wrap=free
//
// Seen to fail: rows numbered from their task's beginning, an allocation in an update, a
// gradient that is not finite kept.

#include <math.h>
#include <stdlib.h>

#include "pes/checkpoint.h"
#include "support/alloc.h"
#include "support/check.h"
#include "support/systems.h"
#include "train/estimator.h"

static void what_needs_derivatives_is_refused_without(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_LINEAR, 2);
    pes_system system = test_system(&recipe);
    pes_estimator_options options = pes_estimator_options_default();
    pes_estimator *estimator = NULL;
    const float theta[2] = {0};
    pes_ask ask;
    options.method = "uoro";
    CHECK_OK(pes_estimator_create(&estimator, &system, &options));
    CHECK_FAILS(PES_E_ARGUMENT, "ask and tell leave to others",
                pes_estimator_ask(estimator, theta, &ask));
    pes_estimator_destroy(estimator);
    system.unroll_tangents = NULL;
    CHECK_FAILS(PES_E_ARGUMENT, "uoro needs unroll_tangents, which system 'test'",
                pes_estimator_create(&estimator, &system, &options));
    options.method = "pes_analytic";
    CHECK_OK(pes_estimator_create(&estimator, &system, &options));
    pes_estimator_destroy(estimator);
    system = test_system(&recipe);
    system.unroll_adjoints = NULL;
    system.tape_bytes = 0;
    CHECK_FAILS(PES_E_ARGUMENT, "pes_analytic needs unroll_adjoints, which system 'test'",
                pes_estimator_create(&estimator, &system, &options));
    const pes_system elsewhere = {
        .size = (uint32_t)sizeof system, .name = "far", .num_params = 2};
    CHECK_FAILS(PES_E_ARGUMENT, "system 'far' has no callbacks",
                pes_estimator_create(&estimator, &elsewhere, &options));
}

static pes_status create_with(const char *method, int64_t truncation, int64_t horizon,
                              int64_t noise_interval) {
    test_recipe recipe = test_recipe_default(TEST_LINEAR, 2);
    const pes_system system = test_system(&recipe);
    pes_estimator_options options = pes_estimator_options_default();
    options.method = method;
    options.truncation = truncation;
    options.horizon = horizon;
    options.noise_interval = noise_interval;
    pes_estimator *estimator = NULL;
    const pes_status status = pes_estimator_create(&estimator, &system, &options);
    pes_estimator_destroy(estimator);
    return status;
}

static void settings_of_other_methods_are_refused(void **state) {
    (void)state;
    CHECK_FAILS(PES_E_ARGUMENT, "bptt unrolls whole episodes: set horizon",
                create_with("bptt", 3, 0, 0));
    CHECK_FAILS(PES_E_ARGUMENT, "set truncation = 9", create_with("bptt", 3, 9, 0));
    CHECK_FAILS(PES_E_ARGUMENT, "set it to a multiple of truncation, 3",
                create_with("gpes", 3, 9, 0));
    CHECK_FAILS(PES_E_ARGUMENT, "or the horizon, not 4", create_with("gpes", 3, 9, 4));
    CHECK_FAILS(PES_E_ARGUMENT, "multiple of truncation, 3", create_with("gpes", 3, 9, 1));
    CHECK_FAILS(PES_E_ARGUMENT, "at most the horizon, 9, not 12",
                create_with("gpes", 3, 9, 12));
    CHECK_OK(create_with("gpes", 3, 10, 10));
    CHECK_OK(create_with("gpes", 3, 0, 12));
    CHECK_FAILS(PES_E_ARGUMENT, "is a setting of gpes", create_with("nres", 3, 9, 6));
    test_recipe recipe = test_recipe_default(TEST_LINEAR, 2);
    const pes_system system = test_system(&recipe);
    pes_estimator_options options = pes_estimator_options_default();
    pes_estimator *estimator = NULL;
    options.method = "rtrl";
    options.particles = 3; // not in pairs
    CHECK_OK(pes_estimator_create(&estimator, &system, &options));
    pes_estimator_destroy(estimator);
    options.shaping = "sign";
    CHECK_FAILS(PES_E_ARGUMENT, "which shaping would not fit",
                pes_estimator_create(&estimator, &system, &options));
    options.shaping = "none";
    options.sigma_schedule = "cosine";
    CHECK_FAILS(PES_E_ARGUMENT, "rtrl does not perturb",
                pes_estimator_create(&estimator, &system, &options));
}

static void losses_that_are_not_finite_are_dropped(void **state) {
    (void)state;
    static const char *const methods[] = {"bptt", "rtrl", "dodge", "pes_analytic"};
    for (int m = 0; m < 4; m++) {
        test_recipe recipe = test_recipe_default(TEST_LINEAR, 2);
        recipe.bad_above = 2.5;
        const pes_system system = test_system(&recipe);
        pes_estimator_options options = pes_estimator_options_default();
        options.method = methods[m];
        options.particles = 4;
        options.horizon = 3;
        options.truncation = 3;
        options.sigma = 1e-3;
        options.max_dropped = 1.0;
        pes_estimator *estimator = NULL;
        pes_estimate_info info;
        const float theta[2] = {1.0f, 1.0f}, calm[2] = {0.5f, 0.5f};
        float grad[2];
        CHECK_OK(pes_estimator_create(&estimator, &system, &options));
        CHECK_OK(pes_estimator_step(estimator, theta, grad, &info));
        assert_int_equal(info.dropped, m == 3 ? 5 : 4); // and the trajectory beside
        CHECK_NEAR(0.0, (double)grad[0], 0.0);
        CHECK_OK(pes_estimator_step(estimator, calm, grad, &info));
        assert_int_equal(info.dropped, 0);
        if (m != 2) {
            CHECK_NEAR(6.0, (double)grad[0], 1e-5);
        }
        pes_estimator_destroy(estimator);
        options.max_dropped = 0.5;
        CHECK_OK(pes_estimator_create(&estimator, &system, &options));
        CHECK_FAILS(PES_E_DIVERGED, "not finite",
                    pes_estimator_step(estimator, theta, grad, &info));
        pes_estimator_destroy(estimator);
    }
}

// The losses are finite, in double precision, and yet their gradients are no numbers.
static void gradients_beyond_single_precision_are_dropped(void **state) {
    (void)state;
    static const char *const names[] = {"bptt", "tbptt", "rtrl", "uoro", "dodge"};
    for (int m = 0; m < 5; m++) {
        test_recipe recipe = test_recipe_default(TEST_QUADRATIC, 1);
        const pes_system system = test_system(&recipe);
        pes_estimator_options options = pes_estimator_options_default();
        options.method = names[m];
        options.particles = 3;
        options.horizon = 30;
        options.truncation = 30;
        options.max_dropped = 1.0;
        pes_estimator *estimator = NULL;
        pes_estimate_info info;
        const float large = 3e38f;
        float grad;
        CHECK_OK(pes_estimator_create(&estimator, &system, &options));
        CHECK_OK(pes_estimator_step(estimator, &large, &grad, &info));
        assert_int_equal(info.dropped, 3);
        CHECK_NEAR(0.0, (double)grad, 0.0);
        pes_estimator_destroy(estimator);
    }
}

// ---- courses ----------------------------------------------------------------------------

enum { METHODS = 7, PARAMS = 6, UPDATES = 14, MOST_ROWS = 130 };

static const char *const methods[METHODS] = {"gpes", "pes_analytic", "bptt", "tbptt",
                                             "rtrl", "uoro",         "dodge"};

// Early ends, losses that are not finite, a last update shorter than the others.
static test_recipe rough_recipe(void) {
    test_recipe recipe = test_recipe_default(TEST_HISTORY, PARAMS);
    recipe.noise = 0.05;
    recipe.end_above = 1.4;
    recipe.end_drawn = 14;
    recipe.bad_modulus = 37;
    recipe.bad_clock = 4;
    recipe.with_worker = true;
    return recipe;
}

static pes_estimator_options rough_options(int method, int form) {
    static const char *const objectives[] = {"sum", "final", "mean"};
    pes_estimator_options options = pes_estimator_options_default();
    options.method = methods[method];
    options.particles = MOST_ROWS; // more than one block
    options.horizon = 10;
    options.truncation = method == 2 ? 10 : 3;
    options.noise_interval = method == 0 ? 6 : 0;
    options.objective = objectives[form];
    options.starts = form == 2 && method != 2 ? "staggered" : "lockstep";
    options.sharing = form == 1 ? "all" : "pair";
    options.threads = 1;
    return options;
}

// All that a course leaves behind.
typedef struct course {
    float grad[UPDATES][PARAMS];
    double loss[UPDATES];
    double signal[UPDATES];
    int64_t counts[UPDATES][3];
} course;

static void go_on(pes_estimator *estimator, float *theta, int first, int last, course *c) {
    for (int u = first; u < last; u++) {
        pes_estimate_info info;
        CHECK_OK(pes_estimator_step(estimator, theta, c->grad[u], &info));
        c->loss[u] = info.loss;
        c->signal[u] = info.signal_to_noise;
        c->counts[u][0] = info.inner_steps;
        c->counts[u][1] = info.resets;
        c->counts[u][2] = info.dropped;
        for (int d = 0; d < PARAMS; d++) {
            theta[d] -= 1e-3f * c->grad[u][d];
        }
    }
}

static course run(int method, int form, int64_t threads, int64_t batch,
                  const pes_kernels *kernels) {
    test_recipe recipe = rough_recipe();
    pes_system system = test_system(&recipe);
    system.batch_hint = batch;
    pes_estimator_options options = rough_options(method, form);
    options.threads = threads;
    pes_estimator *estimator = NULL;
    CHECK_OK(pes_estimator_create(&estimator, &system, &options));
    estimator->kernels = kernels != NULL ? kernels : estimator->kernels;
    float theta[PARAMS] = {0.1f, -0.1f, 0.2f};
    course c;
    memset(&c, 0, sizeof c);
    go_on(estimator, theta, 0, UPDATES, &c);
    pes_estimator_destroy(estimator);
    assert_int_equal(recipe.workers, 0);
    return c;
}

static void check_same(const course *expected, course other, int method, int form) {
    if (memcmp(expected, &other, sizeof other) != 0) {
        fail_msg("%s, form %d, differs", methods[method], form);
    }
}

static void the_same_bits_whoever_does_the_work(void **state) {
    (void)state;
    int64_t dropped = 0, resets = 0;
    for (int m = 0; m < METHODS; m++) {
        for (int form = 0; form < 3; form++) {
            const course expected = run(m, form, 1, 0, NULL);
            for (int u = 0; u < UPDATES; u++) {
                resets += expected.counts[u][1];
                dropped += expected.counts[u][2];
            }
            check_same(&expected, run(m, form, 3, 0, NULL), m, form);
            check_same(&expected, run(m, form, 2, 7, NULL), m, form);
            check_same(&expected, run(m, form, 1, 1000, NULL), m, form);
            for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
                check_same(&expected, run(m, form, 1, 0, *k), m, form);
            }
        }
    }
    assert_true(dropped > 0 && resets > 0); // the hard cases were among them
}

// ---- memory -----------------------------------------------------------------------------

static void memory_is_taken_once_and_as_forecast(void **state) {
    (void)state;
    for (int m = 0; m < METHODS; m++) {
        test_recipe recipe = rough_recipe();
        recipe.with_worker = false;
        const pes_system system = test_system(&recipe);
        pes_estimator_options options = rough_options(m, 1);
        options.threads = 3;
        const uint64_t forecast = pes_estimator_memory(&system, &options);
        pes_estimator *estimator = NULL;
        float theta[PARAMS] = {0.1f};
        course c;
        alloc_reset();
        CHECK_OK(pes_estimator_create(&estimator, &system, &options));
        assert_int_equal(alloc_read().bytes, forecast);
        alloc_reset();
        go_on(estimator, theta, 0, UPDATES, &c);
        assert_int_equal(alloc_read().calls, 0);
        pes_estimator_destroy(estimator);
    }
}

// An absurd size is refused, not wrapped around.
static void sizes_that_overflow_are_refused(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_LINEAR, 2);
    pes_system system = test_system(&recipe);
    pes_estimator_options options = pes_estimator_options_default();
    pes_estimator *estimator = NULL;
    options.method = "rtrl";
    system.num_reals = INT64_MAX / 4;
    CHECK_FAILS(PES_E_MEMORY, "out of memory",
                pes_estimator_create(&estimator, &system, &options));
    assert_int_equal(pes_estimator_memory(&system, &options), 0);
    options.method = "tbptt";
    system.num_reals = 1;
    system.tape_bytes = INT64_MAX / 4;
    CHECK_FAILS(PES_E_MEMORY, "out of memory",
                pes_estimator_create(&estimator, &system, &options));
    assert_int_equal(pes_estimator_memory(&system, &options), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_needs_derivatives_is_refused_without),
        cmocka_unit_test(settings_of_other_methods_are_refused),
        cmocka_unit_test(losses_that_are_not_finite_are_dropped),
        cmocka_unit_test(gradients_beyond_single_precision_are_dropped),
        cmocka_unit_test(the_same_bits_whoever_does_the_work),
        cmocka_unit_test(memory_is_taken_once_and_as_forecast),
        cmocka_unit_test(sizes_that_overflow_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
