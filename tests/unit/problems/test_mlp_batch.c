// Particles of one batch: those that draw the same minibatches share them, and nobody notices.
// What dropout and inactive units do to a whole inner step, and to the memory.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/check.h"
#include "support/problem.h"

enum { ROWS = 5, STEPS = 7 };

static const char *const small =
    "training_images=60 validation_images=60 digits_size=8 "
    "batch_size=20 hidden=20,12 schedule=constant horizon=7 ";

static pes_problem *open(const char *settings) {
    char all[512];
    (void)snprintf(all, sizeof all, "%s%s", small, settings);
    return test_problem("mlp_training", all, NULL);
}

// A pair, another particle, another pair whose halves are at different times.
static const pes_stream stream[ROWS] = {{.seed = 1, .particle = 4},
                                        {.seed = 1, .particle = 4},
                                        {.seed = 1, .particle = 5},
                                        {.seed = 1, .particle = 6},
                                        {.seed = 1, .particle = 6}};
static const float theta[ROWS] = {-3.0f, -2.0f, -2.5f, -2.0f, -2.0f};
static const int64_t clock[ROWS] = {0, 0, 0, 0, 1};

static void together_is_alone(const char *settings) {
    pes_problem *problem = open(settings);
    const pes_system *system = pes_problem_system(problem);
    const int64_t floats = system->state_bytes / (int64_t)sizeof(float);
    float *state = test_states(problem, ROWS), *alone = test_states(problem, 1);
    double loss[ROWS * STEPS], expected[STEPS];
    int64_t ended[ROWS] = {0};
    void *worker;
    CHECK_OK(system->worker_open(system->user, ROWS, &worker));
    pes_batch batch = {.count = ROWS,
                       .theta = theta,
                       .state = state,
                       .stream = stream,
                       .clock = clock,
                       .loss = loss,
                       .ended = ended};
    CHECK_OK(system->init(system->user, worker, &batch));
    batch.steps = STEPS - 1;
    CHECK_OK(system->unroll(system->user, worker, &batch));
    for (int64_t i = 0; i < ROWS; i++) {
        test_begin(problem, stream[i], &theta[i], alone);
        (void)test_advance(problem, stream[i], &theta[i], alone, clock[i], STEPS - 1, expected);
        CHECK_SAME(expected, loss + i * batch.steps, batch.steps);
        CHECK_SAME(alone, state + i * floats, floats);
    }
    system->worker_close(system->user, worker);
    free(alone);
    free(state);
    pes_problem_close(problem);
}

static void pairs_share_minibatches_unnoticed(void **unused) {
    (void)unused;
    together_is_alone("");
    together_is_alone("objective=validation_accuracy judge=at_the_end");
    together_is_alone("inner_optimizer=adam activation=gelu dropout=0.3 clip_norm=0.5");
    together_is_alone(
        "activation=tanh active_units=0.6 label_smoothing=0.2 weight_decay=0.1 "
        "dropout=0.5");
}

static void losses(const char *settings, float log_rate, double loss[STEPS]) {
    pes_problem *problem = open(settings);
    void *state = test_states(problem, 1);
    test_begin(problem, stream[0], &log_rate, state);
    (void)test_advance(problem, stream[0], &log_rate, state, 0, STEPS, loss);
    free(state);
    pes_problem_close(problem);
}

// Without learning (exp(-200) is 0) dropout and smoothing change no loss; with it they do. What
// is inactive is missed by both.
static void only_training_drops_and_smooths(void **unused) {
    (void)unused;
    static const struct {
        const char *settings;
        bool judged;
    } change[] = {{"dropout=0.4", false},
                  {"label_smoothing=0.4", false},
                  {"clip_norm=0.1", false},
                  {"active_units=0.6", true}};
    double idle[2][STEPS], active[2][STEPS];
    losses("", -200.0f, idle[0]);
    losses("", -2.0f, active[0]);
    for (size_t i = 0; i < sizeof change / sizeof *change; i++) {
        losses(change[i].settings, -200.0f, idle[1]);
        losses(change[i].settings, -2.0f, active[1]);
        for (int t = 0; t < STEPS; t++) {
            assert_true((idle[0][t] == idle[1][t]) != change[i].judged);
            assert_true(active[0][t] != active[1][t]);
        }
    }
}

static int64_t worker_bytes(const char *settings) {
    pes_problem *problem = open(settings);
    const int64_t out = pes_problem_system(problem)->worker_bytes;
    pes_problem_close(problem);
    return out;
}

// Both hidden layers have rows of 32 and 16 floats for 20 samples.
static void memory_is_told(void **unused) {
    (void)unused;
    const int64_t layers = 20 * (32 + 16) * (int64_t)sizeof(float);
    const int64_t plain = worker_bytes("");
    assert_int_equal(worker_bytes("dropout=0.1"), plain + layers);
    assert_int_equal(worker_bytes("activation=gelu"), plain + layers);
    assert_int_equal(worker_bytes("activation=tanh dropout=0.1"), plain + 2 * layers);
    assert_int_equal(worker_bytes("active_units=0.5 clip_norm=1"), plain);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_share_minibatches_unnoticed),
        cmocka_unit_test(only_training_drops_and_smooths),
        cmocka_unit_test(memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
