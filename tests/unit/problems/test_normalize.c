// Running normalization: the statistics are those of everything seen, in one pass over all;
// what a policy sees has mean 0 and deviation 1; the limit and the end of learning do what they
// say.
//
// Seen to fail: the shift left out of the squares, a variance over n - 1, clipping before the
// statistics, `until` ignored.

#include <math.h>
#include <stdlib.h>

#include "pes/noise.h"
#include "problems/control/normalize.h"
#include "support/check.h"

enum { NUMBERS = 3, ROUNDS = 7, EACH = 50 };

// Far from zero, of different sizes, and drifting; the last number never changes.
static void draw(int round, int i, double out[NUMBERS]) {
    float z[NUMBERS];
    pes_noise_normal(&(pes_stream){.seed = 5}, 0, (uint32_t)(round * EACH + i), NUMBERS, z);
    out[0] = 1e4 + (double)z[0] + round;
    out[1] = 1e-3 * (double)z[1];
    out[2] = 7.5;
}

// Particles take turns; each round is an update.
static void learn(const pes_normalize *normalize, double *common, int rounds) {
    for (int round = 0; round < rounds; round++) {
        double sum[1 + 2 * NUMBERS] = {0}, observation[NUMBERS];
        float seen[NUMBERS];
        for (int i = 0; i < EACH; i++) {
            draw(round, i, observation);
            pes_normalize_see(normalize, common, sum, observation, seen);
        }
        pes_normalize_absorb(normalize, common, sum);
    }
}

// In two passes.
static void exact(int rounds, double mean[NUMBERS], double deviation[NUMBERS]) {
    const int n = rounds * EACH;
    for (int k = 0; k < NUMBERS; k++) {
        double x[NUMBERS], squares = 0.0;
        mean[k] = 0.0;
        for (int i = 0; i < n; i++) {
            draw(i / EACH, i % EACH, x);
            mean[k] += x[k] / n;
        }
        for (int i = 0; i < n; i++) {
            draw(i / EACH, i % EACH, x);
            squares += (x[k] - mean[k]) * (x[k] - mean[k]);
        }
        deviation[k] = sqrt(squares / n);
    }
}

static void statistics_are_those_of_all(void **unused) {
    (void)unused;
    const pes_normalize normalize = {.numbers = NUMBERS, .clip = 0.5};
    double common[1 + 3 * NUMBERS], mean[NUMBERS], deviation[NUMBERS];
    assert_int_equal(1 + 3 * NUMBERS, pes_normalize_common(&normalize));
    pes_normalize_begin(&normalize, common);
    learn(&normalize, common, ROUNDS);
    exact(ROUNDS, mean, deviation);
    CHECK_NEAR(ROUNDS * EACH, common[0], 0.0);
    for (int k = 0; k < 2; k++) {
        CHECK_NEAR(mean[k], pes_normalize_mean(&normalize, common)[k], 1e-9);
        CHECK_NEAR(1.0, deviation[k] * pes_normalize_scale(&normalize, common)[k], 1e-6);
    }
    CHECK_NEAR(7.5, pes_normalize_mean(&normalize, common)[2], 1e-12);
    CHECK_NEAR(1.0, pes_normalize_scale(&normalize, common)[2], 0.0); // it never changed
}

static void observations_are_seen_normalized(void **unused) {
    (void)unused;
    const pes_normalize normalize = {.numbers = NUMBERS, .clip = 2.0};
    double common[1 + 3 * NUMBERS], room[1 + 2 * NUMBERS] = {0};
    const double observation[NUMBERS] = {1e4, -4e-3, 7.5};
    float seen[NUMBERS];
    pes_normalize_begin(&normalize, common);
    const pes_normalize unlimited = {.numbers = NUMBERS};
    pes_normalize_see(&unlimited, common, room, observation, seen); // nothing is known yet
    CHECK_NEAR(1e4, (double)seen[0], 0.0);
    learn(&normalize, common, ROUNDS);
    pes_normalize_see(&normalize, common, room, observation, seen);
    const double expected = (observation[0] - pes_normalize_mean(&normalize, common)[0]) *
                            pes_normalize_scale(&normalize, common)[0];
    CHECK_NEAR(expected, (double)seen[0], 1e-6);
    CHECK_NEAR(-2.0, (double)seen[1], 0.0);
    CHECK_NEAR(0.0, (double)seen[2], 0.0);
}

static void learning_ends(void **unused) {
    (void)unused;
    const pes_normalize normalize = {.numbers = NUMBERS, .until = 2 * EACH};
    double whole[1 + 3 * NUMBERS], part[1 + 3 * NUMBERS];
    pes_normalize_begin(&normalize, whole);
    pes_normalize_begin(&normalize, part);
    learn(&normalize, whole, ROUNDS);
    learn(&normalize, part, 2);
    CHECK_SAME(part, whole, 1 + 3 * NUMBERS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statistics_are_those_of_all),
        cmocka_unit_test(observations_are_seen_normalized),
        cmocka_unit_test(learning_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
