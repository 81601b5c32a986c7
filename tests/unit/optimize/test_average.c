// The average of theta against the mean of the thetas that it was made of.
//
// Seen to fail: an average that begins at zero, the update before average_start taken in, the
// update number taken for the count of those averaged.

#include <math.h>

#include "pes/optimizer.h"
#include "support/check.h"

enum { PARAMS = 5, UPDATES = 60 };

// theta after every update of a plain descent along gradients that turn, and the average.
static void descend(const char *average, int64_t start, float theta[UPDATES][PARAMS],
                    double averaged[UPDATES][PARAMS]) {
    pes_optimizer_options options = pes_optimizer_options_default();
    options.name = "sgd";
    options.average = average;
    options.average_decay = 0.75;
    options.average_start = start;
    pes_optimizer *optimizer = NULL;
    CHECK_OK(pes_optimizer_create(&optimizer, &options, PARAMS));
    float now[PARAMS] = {3.0f, -2.0f, 1.0f, 100.0f, 0.0f};
    for (int u = 0; u < UPDATES; u++) {
        float grad[PARAMS];
        for (int i = 0; i < PARAMS; i++) {
            grad[i] = (float)((u * 7 + i * 3) % 11) - 4.0f;
        }
        CHECK_OK(pes_optimizer_apply(optimizer, grad, now));
        memcpy(theta[u], now, sizeof now);
        memcpy(averaged[u], pes_optimizer_average(optimizer), sizeof averaged[u]);
    }
    pes_optimizer_destroy(optimizer);
}

static double expected(const char *average, int64_t start, int u, int i,
                       float theta[UPDATES][PARAMS]) {
    if (u < start) {
        return (double)theta[u][i];
    }
    double sum = 0.0, weights = 0.0;
    for (int v = (int)start; v <= u; v++) {
        double weight = 1.0;
        if (strcmp(average, "exponential") == 0) {
            weight = pow(0.75, u - v) * (v == start ? 1.0 : 0.25);
        }
        sum += weight * (double)theta[v][i];
        weights += weight;
    }
    return sum / weights;
}

static void averages_are_the_means_that_they_say(void **state) {
    (void)state;
    static float theta[UPDATES][PARAMS];
    static double averaged[UPDATES][PARAMS];
    static const char *const names[] = {"uniform", "exponential"};
    static const int64_t starts[] = {0, 1, 17, UPDATES};
    for (int n = 0; n < 2; n++) {
        for (int s = 0; s < 4; s++) {
            descend(names[n], starts[s], theta, averaged);
            for (int u = 0; u < UPDATES; u++) {
                for (int i = 0; i < PARAMS; i++) {
                    const double mean = expected(names[n], starts[s], u, i, theta);
                    CHECK_NEAR(mean, averaged[u][i], 1e-11);
                }
            }
        }
    }
}

static void there_is_no_average_unless_asked_for(void **state) {
    (void)state;
    const pes_optimizer_options options = pes_optimizer_options_default();
    const pes_transform chain = pes_transform_scale(0.1);
    pes_optimizer *optimizer = NULL;
    CHECK_OK(pes_optimizer_create(&optimizer, &options, PARAMS));
    assert_null(pes_optimizer_average(optimizer));
    pes_optimizer_destroy(optimizer);
    CHECK_OK(pes_optimizer_create_chain(&optimizer, &chain, 1, PARAMS));
    assert_null(pes_optimizer_average(optimizer));
    pes_optimizer_destroy(optimizer);
}

static void impossible_averages_are_refused(void **state) {
    (void)state;
    pes_optimizer *optimizer = NULL;
    pes_optimizer_options options = pes_optimizer_options_default();
    options.average = "uniforn";
    CHECK_FAILS(PES_E_ARGUMENT, "did you mean 'uniform'?",
                pes_optimizer_create(&optimizer, &options, PARAMS));
    options.average = "exponential";
    options.average_decay = 1.0;
    CHECK_FAILS(PES_E_ARGUMENT, "average_decay must be",
                pes_optimizer_create(&optimizer, &options, PARAMS));
    assert_null(optimizer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(averages_are_the_means_that_they_say),
        cmocka_unit_test(there_is_no_average_unless_asked_for),
        cmocka_unit_test(impossible_averages_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
