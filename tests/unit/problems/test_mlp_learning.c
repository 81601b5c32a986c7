// mlp_training learns: at a good learning rate, and with every inner optimizer and activation.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/check.h"
#include "support/problem.h"

static double late_loss(const char *settings, float log_rate) {
    enum { STEPS = 400 };
    pes_problem *problem = test_problem("mlp_training", settings, NULL);
    const pes_stream stream = {.seed = 1};
    static double loss[STEPS];
    double sum = 0.0;
    void *state = test_states(problem, 1);
    test_begin(problem, stream, &log_rate, state);
    (void)test_advance(problem, stream, &log_rate, state, 0, STEPS, loss);
    for (int t = STEPS - 50; t < STEPS; t++) {
        sum += loss[t] / 50.0;
    }
    free(state);
    pes_problem_close(problem);
    return sum;
}

// At a good rate the drawn digits are mostly learned in 400 steps; a hundredth of it is too
// little, a hundred times too much.
static void the_learning_rate_matters(void **unused) {
    (void)unused;
    const char *settings = "schedule=constant objective=validation_accuracy";
    const double good = late_loss(settings, -3.5f);
    assert_true(good < -0.90);
    assert_true(good > -0.99);
    assert_true(late_loss(settings, -8.1f) > good + 0.3);
    assert_true(late_loss(settings, 1.1f) > good + 0.5);
}

// Every inner optimizer, and every activation, at a learning rate that suits it.
static void all_of_them_learn(void **unused) {
    (void)unused;
    static const struct {
        const char *settings;
        float log_rate;
    } run[] = {{"inner_optimizer=nesterov", -3.5f},
               {"inner_optimizer=adam", -5.5f},
               {"inner_optimizer=adamw activation=gelu", -5.5f},
               {"inner_optimizer=rmsprop activation=tanh", -6.5f}};
    for (size_t i = 0; i < sizeof run / sizeof *run; i++) {
        char settings[256];
        (void)snprintf(settings, sizeof settings,
                       "schedule=constant objective=validation_accuracy %s", run[i].settings);
        assert_true(late_loss(settings, run[i].log_rate) < -0.90);
    }
}

// A rate at which the network explodes: its losses stay numbers of this kind or that, but the
// parameters remain finite only where the gradient counts as zero.
static void an_exploding_network_can_be_kept_finite(void **unused) {
    (void)unused;
    enum { STEPS = 60 };
    for (int i = 0; i < 2; i++) {
        char settings[256];
        (void)snprintf(settings, sizeof settings,
                       "training_images=200 validation_images=200 digits_size=8 hidden=20,20 "
                       "schedule=constant zero_nonfinite=%s",
                       i == 0 ? "false" : "true");
        pes_problem *problem = test_problem("mlp_training", settings, NULL);
        const pes_stream stream = {.seed = 1};
        const float theta = 30.0f;
        double loss[STEPS];
        const int64_t floats =
            pes_problem_system(problem)->state_bytes / (int64_t)sizeof(float);
        float *state = test_states(problem, 1);
        int64_t bad = 0;
        test_begin(problem, stream, &theta, state);
        (void)test_advance(problem, stream, &theta, state, 0, STEPS, loss);
        for (int64_t k = 0; k < floats; k++) {
            bad += !isfinite(state[k]);
        }
        assert_true(i == 0 ? bad > 0 : bad == 0);
        free(state);
        pes_problem_close(problem);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_learning_rate_matters),
        cmocka_unit_test(all_of_them_learn),
        cmocka_unit_test(an_exploding_network_can_be_kept_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
