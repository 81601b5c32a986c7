// What is refused, in which words, and what is possible afterwards.
//
// Seen to fail: each check taken out of the library.

#include <math.h>

#include "pes/evaluator.h"
#include "record/checkpoints.h"
#include "support/check.h"
#include "support/scratch.h"
#include "support/systems.h"
#include "train/estimator.h"

enum { PARAMS = 2, PARTICLES = 12 };

static const float theta[PARAMS] = {0.2f, -0.1f};

static pes_estimator_options plain_options(void) {
    pes_estimator_options options = pes_estimator_options_default();
    options.particles = PARTICLES;
    options.truncation = 2;
    options.horizon = 6;
    options.threads = 2;
    return options;
}

static pes_status create_with(pes_system system, pes_estimator_options options) {
    pes_estimator *estimator = (pes_estimator *)&options; // must become NULL
    const pes_status status = pes_estimator_create(&estimator, &system, &options);
    if (status == PES_OK) {
        pes_estimator_destroy(estimator);
    } else {
        assert_null(estimator);
    }
    return status;
}

static void impossible_options_are_refused(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_LINEAR, PARAMS);
    const pes_system system = test_system(&recipe);
    const pes_estimator_options good = plain_options();
    CHECK_OK(create_with(system, good));
    pes_estimator_options o = good;
    o.particles = 13;
    CHECK_FAILS(PES_E_ARGUMENT, "use 14, or antithetic = false", create_with(system, o));
    o.antithetic = false;
    CHECK_OK(create_with(system, o));
    o = good, o.truncation = 7;
    CHECK_FAILS(PES_E_ARGUMENT, "truncation must be at most the horizon, 6, not 7",
                create_with(system, o));
    o = good, o.truncation = 0;
    CHECK_FAILS(PES_E_ARGUMENT, "truncation must be an integer from 1", create_with(system, o));
    o = good, o.method = "per";
    CHECK_FAILS(PES_E_ARGUMENT, "did you mean 'pes'?", create_with(system, o));
    o = good, o.method = NULL;
    CHECK_FAILS(PES_E_ARGUMENT, "method must be one of", create_with(system, o));
    o = good, o.sharing = "none";
    CHECK_FAILS(PES_E_ARGUMENT, "sharing must be one of pair, all", create_with(system, o));
    o = good, o.sigma = 0.0;
    CHECK_FAILS(PES_E_ARGUMENT, "sigma must be a number", create_with(system, o));
    o = good, o.sigma = (double)NAN;
    CHECK_FAILS(PES_E_ARGUMENT, "sigma must be a number", create_with(system, o));
    o = good, o.max_dropped = 1.5;
    CHECK_FAILS(PES_E_ARGUMENT, "max_dropped must be", create_with(system, o));
    o = good, o.method = "full_es";
    CHECK_FAILS(PES_E_ARGUMENT, "set truncation = 6", create_with(system, o));
    o.horizon = 0;
    CHECK_FAILS(PES_E_ARGUMENT, "set horizon", create_with(system, o));
    o = good, o.starts = "staggered";
    CHECK_OK(create_with(system, o));
    o.truncation = 6;
    CHECK_FAILS(PES_E_ARGUMENT, "set a truncation below the horizon, 6",
                create_with(system, o));
    o = good, o.starts = "staggered", o.horizon = 0;
    CHECK_FAILS(PES_E_ARGUMENT, "set horizon, or starts", create_with(system, o));
    o = good, o.starts = "staggered", o.method = "truncated_es";
    CHECK_FAILS(PES_E_ARGUMENT, "truncated_es has one shared state", create_with(system, o));
    o = good, o.shortest = 3;
    CHECK_FAILS(PES_E_ARGUMENT, "shortest means nothing", create_with(system, o));
    o.lengths = "uniform";
    CHECK_OK(create_with(system, o));
    o.shortest = 1;
    CHECK_FAILS(PES_E_ARGUMENT, "at least the truncation, 2, not 1", create_with(system, o));
    o.shortest = 6;
    CHECK_FAILS(PES_E_ARGUMENT, "set shortest below the horizon, 6", create_with(system, o));
    o.shortest = 0, o.horizon = 0;
    CHECK_FAILS(PES_E_ARGUMENT, "set horizon, or lengths", create_with(system, o));
    o = good, o.lengths = "log_uniform", o.method = "full_es", o.truncation = 6;
    CHECK_FAILS(PES_E_ARGUMENT, "set shortest below the horizon, 6", create_with(system, o));
    o.shortest = 1;
    CHECK_OK(create_with(system, o));
    o = good, o.sigma_factor = 0.0;
    CHECK_FAILS(PES_E_ARGUMENT, "sigma_factor must be", create_with(system, o));
    o = good, o.sigma_schedule = "linear";
    CHECK_FAILS(PES_E_ARGUMENT, "one of constant, step, cosine, exponential",
                create_with(system, o));
    o = good, o.shaping = "signs";
    CHECK_FAILS(PES_E_ARGUMENT, "did you mean 'sign'?", create_with(system, o));
    o = good, o.shaping = "clipped", o.shaping_limit = 0.0;
    CHECK_FAILS(PES_E_ARGUMENT, "shaping_limit must be", create_with(system, o));
    o = good, o.size = 0;
    CHECK_FAILS(PES_E_ARGUMENT, "was it initialized?", create_with(system, o));
}

static void impossible_systems_are_refused(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_LINEAR, PARAMS);
    const pes_system good = test_system(&recipe);
    const pes_estimator_options options = plain_options();
    pes_system s = good;
    s.name = NULL;
    CHECK_FAILS(PES_E_ARGUMENT, "has no name", create_with(s, options));
    s = good, s.num_params = 0;
    CHECK_FAILS(PES_E_ARGUMENT, "parameters, not 0", create_with(s, options));
    s = good, s.num_params = INT64_MAX;
    CHECK_FAILS(PES_E_ARGUMENT, "parameters, not 9223372036854775807", create_with(s, options));
    s = good, s.state_bytes = -1;
    CHECK_FAILS(PES_E_ARGUMENT, "negative size", create_with(s, options));
    s = good, s.unroll = NULL;
    CHECK_FAILS(PES_E_ARGUMENT, "only one of init and unroll", create_with(s, options));
    s = good, s.size = 0;
    CHECK_FAILS(PES_E_ARGUMENT, "was it initialized?", create_with(s, options));
    s = good, s.state_bytes = INT64_MAX / 4;
    CHECK_FAILS(PES_E_MEMORY, "use fewer particles", create_with(s, options));
    assert_int_equal(pes_estimator_memory(&s, &options), 0);

    pes_evaluator *evaluator = NULL;
    pes_evaluator_options judge = pes_evaluator_options_default();
    s = good, s.num_params = 0;
    CHECK_FAILS(PES_E_ARGUMENT, "parameters, not 0",
                pes_evaluator_create(&evaluator, &s, &judge));
    judge.objective = "best";
    CHECK_FAILS(PES_E_ARGUMENT, "one of sum, mean, final, not 'best'",
                pes_evaluator_create(&evaluator, &good, &judge));
}

// A caller that was compiled with a shorter or a longer struct.
static void structs_of_another_age_are_read(void **state) {
    (void)state;
    struct {
        pes_estimator_options known;
        int64_t newer;
    } longer = {plain_options(), 0};
    test_recipe recipe = test_recipe_default(TEST_LINEAR, PARAMS);
    const pes_system system = test_system(&recipe);
    pes_estimator *estimator = NULL;
    longer.known.size = (uint32_t)sizeof longer;
    CHECK_OK(pes_estimator_create(&estimator, &system, &longer.known));
    pes_estimator_destroy(estimator);
    longer.newer = 1;
    CHECK_FAILS(PES_E_ARGUMENT, "newer than this library",
                pes_estimator_create(&estimator, &system, &longer.known));
    longer.known.size = (uint32_t)offsetof(pes_estimator_options, seed);
    longer.known.seed = 99; // not there yet for this caller
    CHECK_OK(pes_estimator_create(&estimator, &system, &longer.known));
    assert_int_equal(pes_estimator_get_options(estimator)->seed, 1);
    pes_estimator_destroy(estimator);
}

static void option_texts_need_not_outlive_create(void **state) {
    (void)state;
    char method[8] = "nres", objective[8] = "mean", sharing[8] = "all";
    test_recipe recipe = test_recipe_default(TEST_LINEAR, PARAMS);
    const pes_system system = test_system(&recipe);
    pes_estimator_options options = plain_options();
    options.method = method;
    options.objective = objective;
    options.sharing = sharing;
    pes_estimator *estimator = NULL;
    CHECK_OK(pes_estimator_create(&estimator, &system, &options));
    method[0] = objective[0] = sharing[0] = 'x';
    const pes_estimator_options *kept = pes_estimator_get_options(estimator);
    assert_string_equal(kept->method, "nres");
    assert_string_equal(kept->objective, "mean");
    assert_string_equal(kept->sharing, "all");
    pes_estimator_destroy(estimator);
}

static void calls_out_of_order_are_refused(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_LINEAR, PARAMS);
    const pes_system system = test_system(&recipe);
    const pes_estimator_options options = plain_options();
    const double loss[PARTICLES * 2] = {0.0};
    float grad[PARAMS];
    pes_ask ask;
    pes_estimator *estimator = NULL;
    CHECK_OK(pes_estimator_create(&estimator, &system, &options));
    CHECK_FAILS(PES_E_CALL_ORDER, "nothing was asked",
                pes_estimator_tell(estimator, loss, NULL, grad, NULL));
    CHECK_OK(pes_estimator_ask(estimator, theta, &ask));
    CHECK_FAILS(PES_E_CALL_ORDER, "was not told", pes_estimator_ask(estimator, theta, &ask));
    CHECK_FAILS(PES_E_CALL_ORDER, "was not told",
                pes_estimator_step(estimator, theta, grad, NULL));
    CHECK_OK(pes_estimator_tell(estimator, loss, NULL, grad, NULL));
    CHECK_FAILS(PES_E_CALL_ORDER, "not by both",
                pes_estimator_step(estimator, theta, grad, NULL));
    CHECK_OK(pes_estimator_ask(estimator, theta, &ask));
    pes_estimator_destroy(estimator);

    pes_system bare = system; // ask and tell alone
    bare.init = NULL;
    bare.unroll = NULL;
    bare.unroll_tangents = NULL;
    bare.unroll_adjoints = NULL;
    bare.num_reals = 0;
    bare.tape_bytes = 0;
    CHECK_OK(pes_estimator_create(&estimator, &bare, &options));
    CHECK_FAILS(PES_E_CALL_ORDER, "use ask and tell",
                pes_estimator_step(estimator, theta, grad, NULL));
    CHECK_OK(pes_estimator_ask(estimator, theta, &ask));
    pes_estimator_destroy(estimator);
}

// The sentence is that of the first particle, whichever thread was faster.
static void a_failing_system_keeps_its_sentence(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_LINEAR, PARAMS);
    recipe.fail_clock = 3;
    const pes_system system = test_system(&recipe);
    pes_estimator_options options = plain_options();
    options.particles = 200;
    float grad[PARAMS];
    for (int64_t threads = 1; threads <= 7; threads += 3) {
        options.threads = threads;
        pes_estimator *estimator = NULL;
        CHECK_OK(pes_estimator_create(&estimator, &system, &options));
        CHECK_OK(pes_estimator_step(estimator, theta, grad, NULL));
        CHECK_FAILS(PES_E_SYSTEM,
                    "unroll of system 'test' failed: particle 0 ran into the wall",
                    pes_estimator_step(estimator, theta, grad, NULL));
        CHECK_FAILS(PES_E_CALL_ORDER, "has failed before",
                    pes_estimator_step(estimator, theta, grad, NULL));
        pes_estimator_destroy(estimator);
    }
    recipe.fail_clock = 0;
    recipe.fail_episode = 1;
    pes_estimator *estimator = NULL;
    CHECK_OK(pes_estimator_create(&estimator, &system, &options));
    for (int u = 0; u < 3; u++) {
        CHECK_OK(pes_estimator_step(estimator, theta, grad, NULL));
    }
    CHECK_FAILS(PES_E_SYSTEM, "init of system 'test' failed: episode 1 is unlucky",
                pes_estimator_step(estimator, theta, grad, NULL));
    pes_estimator_destroy(estimator);
}

// Particles 1, 4 (and so pairs 1 and 4) of six pairs lose NaN in their second step.
static void lost_particles_are_dropped_up_to_a_share(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_LINEAR, PARAMS);
    recipe.bad_modulus = 3;
    recipe.bad_clock = 1;
    const pes_system system = test_system(&recipe);
    pes_estimator_options options = plain_options();
    options.max_dropped = 4.0 / PARTICLES;
    float grad[PARAMS];
    pes_estimate_info info;
    pes_estimator *estimator = NULL;
    CHECK_OK(pes_estimator_create(&estimator, &system, &options));
    CHECK_OK(pes_estimator_step(estimator, theta, grad, &info));
    assert_int_equal(info.dropped, 4);
    assert_int_equal(info.resets, 4);
    assert_true(isfinite(info.loss) && isfinite(grad[0]));
    pes_estimator_destroy(estimator);

    options.max_dropped = 3.9 / PARTICLES;
    CHECK_OK(pes_estimator_create(&estimator, &system, &options));
    CHECK_FAILS(PES_E_DIVERGED, "4 of 12 particles",
                pes_estimator_step(estimator, theta, grad, &info));
    pes_estimator_destroy(estimator);
}

typedef struct damage {
    const char *tensor;
    int64_t index;
    int64_t value;
    const char *words;
} damage;

// A checkpoint whose every size and checksum is right, but not its counters.
static void hostile_counters_are_refused(void **state) {
    (void)state;
    static const char no_run[] = "no run can reach", shape[] = "another shape";
    static const damage damages[] = {
        {"particles.clock", 3, -1, no_run},
        {"particles.clock", 3, 7, no_run},
        {"particles.episode", 1, -2, no_run},
        {"particles.episode", 1, INT64_C(1) << 24, no_run},
        {"particles.drawn_interval", 2, -2, no_run},
        {"particles.ended", 0, 2, no_run},
        {"particles.ended", 1, 1, shape}, // one state too many
        {"estimator.sigma", 0, 0, no_run},
        {"particles.drawn_sigma", 0, -1, no_run},
    };
    test_recipe recipe = test_recipe_default(TEST_LINEAR, PARAMS);
    const pes_system system = test_system(&recipe);
    const pes_estimator_options options = plain_options();
    float grad[PARAMS];
    scratch folder;
    scratch_open(&folder);
    for (size_t d = 0; d <= sizeof damages / sizeof *damages; d++) {
        pes_estimator *estimator = NULL;
        pes_tensor tensor[PES_ESTIMATOR_TENSORS];
        pes_checkpoint_pick pick;
        pes_checkpoint_content content = {.tensor = tensor, .pick = &pick};
        CHECK_OK(pes_estimator_create(&estimator, &system, &options));
        CHECK_OK(pes_estimator_step(estimator, theta, grad, NULL));
        CHECK_OK(pes_estimator_store(estimator, tensor, &content.num_tensors, &pick));
        uint8_t omit[64];
        assert_true(pick.rows <= 64);
        memcpy(omit, pick.omit, (size_t)pick.rows); // before they are damaged
        pick.omit = omit;
        for (int64_t i = 0; d > 0 && i < content.num_tensors; i++) {
            const damage *x = &damages[d - 1];
            void *data = (void *)(uintptr_t)tensor[i].data;
            if (strcmp(tensor[i].name, x->tensor) != 0) {
                continue;
            }
            if (strcmp(tensor[i].dtype, "F64") == 0) {
                ((double *)data)[x->index] = (double)x->value;
            } else if (strcmp(tensor[i].dtype, "U8") == 0) {
                ((uint8_t *)data)[x->index] = (uint8_t)x->value;
            } else {
                ((int64_t *)data)[x->index] = x->value;
            }
        }
        char path[1024];
        pes_checkpoints *checkpoints = NULL;
        pes_checkpoint *checkpoint = NULL;
        CHECK_OK(pes_checkpoints_open(&checkpoints, folder.path, 65536));
        CHECK_OK(pes_checkpoints_write(checkpoints, (int64_t)d, &content));
        pes_checkpoints_close(checkpoints);
        pes_estimator_destroy(estimator);
        CHECK_OK(pes_checkpoints_find(folder.path, 0, path, sizeof path));
        CHECK_OK(pes_checkpoint_open(&checkpoint, path));
        CHECK_OK(pes_estimator_create(&estimator, &system, &options));
        if (d == 0) {
            CHECK_OK(pes_estimator_load(estimator, checkpoint));
        } else {
            CHECK_FAILS(PES_E_FORMAT, damages[d - 1].words,
                        pes_estimator_load(estimator, checkpoint));
        }
        pes_checkpoint_close(checkpoint);
        pes_estimator_destroy(estimator);
    }
    scratch_close(&folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(impossible_options_are_refused),
        cmocka_unit_test(impossible_systems_are_refused),
        cmocka_unit_test(structs_of_another_age_are_read),
        cmocka_unit_test(option_texts_need_not_outlive_create),
        cmocka_unit_test(calls_out_of_order_are_refused),
        cmocka_unit_test(a_failing_system_keeps_its_sentence),
        cmocka_unit_test(lost_particles_are_dropped_up_to_a_share),
        cmocka_unit_test(hostile_counters_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
