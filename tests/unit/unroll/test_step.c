// A system given by its step is the same system as one of batches, bit for bit, and keeps the
// promises of pes/system.h.
//
// Seen to fail: states that are not cleared, a clock that stands still, one stream or theta for
// all of a batch.

#include "pes/estimator.h"
#include "pes/selftest.h"
#include "pes/step.h"
#include "pes/trainer.h"
#include "support/check.h"

enum { PARAMS = 2, UPDATES = 12 };

// Three numbers: an iterate that is drawn at the start, and two that are counted from zero.
static double take(void *user, const float *theta, void *state, const pes_stream *stream,
                   int64_t clock) {
    double *s = state;
    float z[2];
    pes_noise_normal(stream, 3, (uint32_t)clock, 2, z);
    if (clock == 0) {
        s[0] = (double)z[1];
    }
    s[0] -= (double)theta[0] * (s[0] - *(const double *)user + (double)theta[1] * (double)z[0]);
    s[1] += s[0];
    s[2] += 1.0;
    return s[0] * s[0] + 0.01 * s[1] + s[2];
}

static pes_step step_of(double *target) {
    return (pes_step){"stepped", PARAMS, 3 * sizeof(double), target, take};
}

// The same by batches, written out.
static pes_status init(void *user, void *worker, const pes_batch *batch) {
    (void)user, (void)worker;
    double *s = batch->state;
    for (int64_t i = 0; i < 3 * batch->count; i++) {
        s[i] = 0.0;
    }
    return PES_OK;
}

static pes_status unroll(void *user, void *worker, const pes_batch *batch) {
    (void)worker;
    for (int64_t i = 0; i < batch->count; i++) {
        for (int64_t t = 0; t < batch->steps; t++) {
            batch->loss[i * batch->steps + t] =
                take(user, batch->theta + i * PARAMS, (double *)batch->state + 3 * i,
                     &batch->stream[i], batch->clock[i] + t);
        }
    }
    return PES_OK;
}

static void run(const pes_system *system, float grads[UPDATES][PARAMS]) {
    const float theta[PARAMS] = {0.3f, 0.2f};
    pes_estimator_options options = pes_estimator_options_default();
    options.particles = 34;
    options.truncation = 4;
    options.horizon = 10;
    options.threads = 2;
    pes_estimator *estimator = NULL;
    CHECK_OK(pes_estimator_create(&estimator, system, &options));
    for (int u = 0; u < UPDATES; u++) {
        CHECK_OK(pes_estimator_step(estimator, theta, grads[u], NULL));
    }
    pes_estimator_destroy(estimator);
}

static void it_is_the_system_of_batches(void **state) {
    (void)state;
    double target = 0.5;
    pes_step step = step_of(&target);
    const pes_system stepped = pes_step_system(&step);
    const pes_system batched = {.size = sizeof batched,
                                .name = "batched",
                                .num_params = PARAMS,
                                .state_bytes = 3 * sizeof(double),
                                .user = &target,
                                .init = init,
                                .unroll = unroll};
    float left[UPDATES][PARAMS], right[UPDATES][PARAMS];
    run(&stepped, left);
    run(&batched, right);
    CHECK_SAME(left[0], right[0], UPDATES * PARAMS);
    assert_true(left[5][0] != 0.0f && left[5][1] != 0.0f);
}

static void it_keeps_the_promises(void **state) {
    (void)state;
    const float theta[PARAMS] = {0.3f, 0.2f};
    double target = 0.5;
    pes_step step = step_of(&target);
    const pes_system system = pes_step_system(&step);
    CHECK_OK(pes_selftest_system(&system, theta, 10, 1));
}

static void a_step_that_is_missing_is_refused(void **state) {
    (void)state;
    pes_step step = step_of(NULL);
    step.take = NULL;
    const pes_system system = pes_step_system(&step);
    const pes_estimator_options options = pes_estimator_options_default();
    pes_estimator *estimator = NULL;
    CHECK_FAILS(PES_E_ARGUMENT, "only one of init and unroll",
                pes_estimator_create(&estimator, &system, &options));
}

// Parts that are not given are the defaults.
static void a_trainer_needs_only_a_system_and_a_start(void **state) {
    (void)state;
    const float theta[PARAMS] = {0.3f, 0.2f};
    double target = 0.5;
    pes_step step = step_of(&target);
    const pes_system system = pes_step_system(&step);
    const pes_estimator_options estimator = pes_estimator_options_default();
    const pes_optimizer_options optimizer = pes_optimizer_options_default();
    const pes_trainer_options options = pes_trainer_options_default();
    const pes_trainer_parts parts[2] = {
        {.system = &system, .theta = theta},
        {.system = &system,
         .theta = theta,
         .estimator = &estimator,
         .optimizer = &optimizer,
         .options = &options},
    };
    float end[2][PARAMS];
    for (int i = 0; i < 2; i++) {
        pes_trainer *trainer = NULL;
        CHECK_OK(pes_trainer_create(&trainer, &parts[i]));
        for (int u = 0; u < 5; u++) {
            CHECK_OK(pes_trainer_step(trainer));
        }
        memcpy(end[i], pes_trainer_theta(trainer), sizeof end[i]);
        pes_trainer_destroy(trainer);
        assert_true(end[i][0] != theta[0]);
    }
    CHECK_SAME(end[0], end[1], PARAMS);
    assert_true(pes_trainer_memory(&parts[0]) == pes_trainer_memory(&parts[1]));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_system_of_batches),
        cmocka_unit_test(it_keeps_the_promises),
        cmocka_unit_test(a_step_that_is_missing_is_refused),
        cmocka_unit_test(a_trainer_needs_only_a_system_and_a_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
