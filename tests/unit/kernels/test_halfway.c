// Rows that move halfway to their neighbours: every table has the bits of the formula, for rows
// shorter than a vector and longer, and writes nothing behind them.
//
// Seen to fail: an element computed from a neighbour that has moved, the last one without its
// push.

#include "fence.h"

#include <math.h>

enum { MOST = 40, ROWS = 5 };

static void tables_have_the_bits_of_the_formula(void **state) {
    (void)state;
    float number[3 * MOST * ROWS], *theta = number;
    double push[MOST];
    fence_fill_floats(9, 3 * MOST * ROWS, number);
    for (int i = 0; i < MOST; i++) {
        push[i] = (double)number[MOST + i] / 3.0;
    }
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        for (int64_t n = 1; n <= MOST; n++) {
            fence f = fence_open((size_t)(ROWS * n) * sizeof(double), n % 2);
            double *s = (double *)f.data, expected[ROWS * MOST];
            for (int64_t i = 0; i < ROWS * n; i++) {
                s[i] = expected[i] = (double)number[2 * MOST + i % MOST] / 7.0;
            }
            for (int step = 0; step < 3; step++) {
                (*k)->halfway(ROWS, n, push, theta, s);
                for (int64_t i = 0; i < ROWS * n; i++) {
                    const double next = i % n + 1 < n ? expected[i + 1] : 0.0;
                    expected[i] =
                        0.5 * (expected[i] + next) + push[i % n] * (double)theta[i / n];
                }
                assert_memory_equal(s, expected, f.bytes);
            }
            assert_true(fence_intact(&f));
            fence_close(&f);
        }
    }
}

static void tables_have_the_bits_of_the_formula_in_single_precision(void **state) {
    (void)state;
    float number[3 * MOST * ROWS], *theta = number, *push = number + MOST;
    fence_fill_floats(10, 3 * MOST * ROWS, number);
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        for (int64_t n = 1; n <= MOST; n++) {
            fence f = fence_open((size_t)(ROWS * n) * sizeof(float), n % 2);
            float *s = (float *)f.data, expected[ROWS * MOST];
            for (int64_t i = 0; i < ROWS * n; i++) {
                s[i] = expected[i] = number[2 * MOST + i % MOST];
            }
            for (int step = 0; step < 3; step++) {
                (*k)->halfway_single(ROWS, n, push, theta, s);
                for (int64_t i = 0; i < ROWS * n; i++) {
                    const float next = i % n + 1 < n ? expected[i + 1] : 0.0f;
                    expected[i] = fmaf(0.5f, expected[i] + next, push[i % n] * theta[i / n]);
                }
                assert_memory_equal(s, expected, f.bytes);
            }
            assert_true(fence_intact(&f));
            fence_close(&f);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_have_the_bits_of_the_formula_in_single_precision),
        cmocka_unit_test(tables_have_the_bits_of_the_formula),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
