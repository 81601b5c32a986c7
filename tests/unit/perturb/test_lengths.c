// Lengths of episodes: their distribution, and who shares one.
//
// Seen to fail: one length too many or too few at either end, logarithms of m and m - 1 in the
// place of m + 1 and m, halves of a pair with lengths of their own, pairs that share one,
// particles that do not where all should.

#include <math.h>

#include "noise/noise.h"
#include "perturb/lengths.h"
#include "support/check.h"
#include "support/systems.h"
#include "train/estimator.h"

enum { SHORTEST = 3, HORIZON = 12, CHOICES = HORIZON - SHORTEST + 1, DRAWS = 100000 };

static double share(const char *name, int64_t m) {
    return strcmp(name, "uniform") == 0
               ? 1.0 / CHOICES
               : log((double)(m + 1) / (double)m) / log((HORIZON + 1.0) / SHORTEST);
}

// Pearson's chi-squared with 9 degrees of freedom is above 33.7 once in 10000; two are drawn.
static void lengths_have_the_stated_distribution(void **state) {
    (void)state;
    static const char *const names[] = {"uniform", "log_uniform"};
    for (int n = 0; n < 2; n++) {
        const pes_lengths draw = pes_lengths_find(names[n]);
        int64_t seen[HORIZON + 1] = {0};
        for (int64_t i = 0; i < DRAWS; i++) {
            const uint64_t bits = pes_noise_length(5, (uint32_t)(i % 100), i / 100);
            const int64_t length = draw(bits, SHORTEST, HORIZON);
            assert_true(length >= SHORTEST && length <= HORIZON);
            seen[length]++;
        }
        double distance = 0.0;
        for (int64_t m = SHORTEST; m <= HORIZON; m++) {
            const double expected = DRAWS * share(names[n], m);
            const double off = (double)seen[m] - expected;
            distance += off * off / expected;
        }
        if (!(distance < 33.7)) {
            fail_msg("%s: chi-squared %.1f", names[n], distance);
        }
    }
}

static void the_ends_of_the_range_are_reached_and_not_passed(void **state) {
    (void)state;
    static const int64_t ranges[][2] = {
        {1, 1}, {1, 2}, {7, 8}, {1, 1000}, {999999, 1000000}, {1, INT64_C(1) << 32}};
    for (int64_t n = 1; pes_lengths_name(n) != NULL; n++) {
        const pes_lengths draw = pes_lengths_find(pes_lengths_name(n));
        for (int r = 0; r < 6; r++) {
            assert_int_equal(draw(0, ranges[r][0], ranges[r][1]), ranges[r][0]);
            assert_int_equal(draw(UINT64_MAX, ranges[r][0], ranges[r][1]), ranges[r][1]);
        }
    }
    assert_null(pes_lengths_find("fixed"));
    assert_null(pes_lengths_find("normal"));
}

enum { UNITS = 20, T = 1000, K = 100 };

// After an update of everybody: every row's episode ends at its unit's length.
static pes_estimator *begin(const pes_system *system, const char *method, const char *sharing) {
    pes_estimator_options options = pes_estimator_options_default();
    options.method = method;
    options.particles = 2 * UNITS;
    options.truncation = K;
    options.horizon = T;
    options.lengths = "uniform";
    options.sharing = sharing;
    options.threads = 2;
    pes_estimator *e = NULL;
    const float theta = 0.1f;
    float grad = 0.0f;
    CHECK_OK(pes_estimator_create(&e, system, &options));
    assert_int_equal(pes_estimator_get_options(e)->shortest, K);
    CHECK_OK(pes_estimator_step(e, &theta, &grad, NULL));
    return e;
}

// Longest less shortest of the units' lengths.
static int64_t spread(const pes_population *p) {
    int64_t least = p->length[0], most = p->length[0];
    for (int64_t u = 1; u < p->units; u++) {
        least = p->length[u] < least ? p->length[u] : least;
        most = p->length[u] > most ? p->length[u] : most;
    }
    return most - least;
}

static void who_shares_randomness_shares_lengths(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_LINEAR, 1);
    const pes_system system = test_system(&recipe);
    pes_estimator *own = begin(&system, "pes", "pair");
    pes_estimator *one = begin(&system, "pes", "all");
    pes_estimator *guided = begin(&system, "truncated_es", "pair");
    assert_true(spread(&own->population) > T / 2); // 20 draws of 100..1000
    assert_int_equal(spread(&one->population), 0);
    assert_int_equal(spread(&guided->population), 0);
    assert_int_equal(guided->population.length[0], guided->population.length[UNITS]);
    pes_estimator_destroy(guided);
    pes_estimator_destroy(one);
    pes_estimator_destroy(own);
}

static void both_halves_end_at_the_drawn_length(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_LINEAR, 1);
    const pes_system system = test_system(&recipe);
    pes_estimator *e = begin(&system, "nres", "pair");
    const pes_population *p = &e->population;
    const float theta = 0.1f;
    float grad = 0.0f;
    int64_t ended = 0;
    for (int update = 1; update < 3 * T / K; update++) {
        for (int64_t row = 0; row < 2 * UNITS; row++) {
            const int64_t length = p->length[row / 2];
            assert_true(p->clock[row] <= length && p->clock[row] > length - T);
            assert_int_equal(p->ended[row], p->clock[row] == length);
            assert_int_equal(p->clock[row], p->clock[row / 2 * 2]);
            ended += p->ended[row];
        }
        CHECK_OK(pes_estimator_step(e, &theta, &grad, NULL));
    }
    assert_true(ended >= 2 * UNITS);
    pes_estimator_destroy(e);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_have_the_stated_distribution),
        cmocka_unit_test(the_ends_of_the_range_are_reached_and_not_passed),
        cmocka_unit_test(who_shares_randomness_shares_lengths),
        cmocka_unit_test(both_halves_end_at_the_drawn_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
