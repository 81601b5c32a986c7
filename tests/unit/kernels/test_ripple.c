// Descent on the rippled function: every table has the bits of the scalar one, for any number
// of points and on both sides of the kink at x1 = 100; the function and its slope are those of
// the formula, in either precision.
//
// Seen to fail: the two halves of the slope at the kink in each other's place, in one table; a
// sine in single precision without the low part of pi.

#include <math.h>
#include <string.h>

#include "kernels/kernels.h"
#include "support/check.h"

enum { STEPS = 40 };

static double formula(double x, double y) {
    return sqrt(x * x + 5.0) - sqrt(5.0) + sin(y) * sin(y) * exp(-5.0 * x * x) +
           0.25 * fabs(y - 100.0);
}

// Points from well before the kink to well behind it, each with rates of its own.
static void scatter(pes_kernels_ripples *p, int64_t count) {
    memset(p, 0, sizeof *p);
    p->count = count;
    p->horizon = 30.0;
    for (int64_t i = 0; i < count; i++) {
        const double place = (double)i / (double)count;
        p->x[0][i] = 1.5 * place - 0.7;
        p->x[1][i] = i % 5 == 4 ? 100.0 : 90.0 + 20.0 * place;
        p->first[i] = 0.1 + 3.0 * place;
        p->last[i] = 0.02 + place * place;
        p->time[i] = (double)(i % 7);
    }
}

static void tables_agree_after_every_step(void **state) {
    (void)state;
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        for (int64_t count = 1; count <= PES_KERNELS_RIPPLES; count++) {
            static pes_kernels_ripples a, b;
            scatter(&a, count);
            scatter(&b, count);
            pes_kernels_scalar.ripple_measure(&a);
            (*k)->ripple_measure(&b);
            for (int t = 0; t < STEPS; t++) {
                pes_kernels_scalar.ripple_step(&a);
                (*k)->ripple_step(&b);
                for (int d = 0; d < 2; d++) {
                    CHECK_SAME(a.x[d], b.x[d], count);
                    CHECK_SAME(a.slope[d], b.slope[d], count);
                }
                CHECK_SAME(a.loss, b.loss, count);
                CHECK_SAME(a.rate, b.rate, count);
                CHECK_SAME(a.passed, b.passed, count);
                CHECK_SAME(a.bell, b.bell, count);
                CHECK_SAME(a.sine, b.sine, count);
                CHECK_SAME(a.cosine, b.cosine, count);
            }
        }
    }
}

static void the_function_is_that_of_the_formula(void **state) {
    (void)state;
    static pes_kernels_ripples p;
    scatter(&p, PES_KERNELS_RIPPLES);
    pes_kernels_scalar.ripple_measure(&p);
    for (int64_t i = 0; i < p.count; i++) {
        const double x = p.x[0][i], y = p.x[1][i], h = 1e-6;
        CHECK_NEAR(formula(x, y), p.loss[i], 1e-12);
        CHECK_NEAR((formula(x + h, y) - formula(x - h, y)) / (2.0 * h), p.slope[0][i], 1e-6);
        if (fabs(y - 100.0) > h) {
            CHECK_NEAR((formula(x, y + h) - formula(x, y - h)) / (2.0 * h), p.slope[1][i],
                       1e-6);
        }
    }
}

// ---- single precision -----------------------------------------------------------------------

static void scatter_singles(pes_kernels_ripples_single *p, int64_t count) {
    static pes_kernels_ripples wide;
    scatter(&wide, count);
    memset(p, 0, sizeof *p);
    p->count = count;
    p->horizon = 30.0f;
    for (int64_t i = 0; i < count; i++) {
        p->first[i] = (float)wide.first[i];
        p->last[i] = (float)wide.last[i];
        p->time[i] = (float)wide.time[i];
        p->place[0][i] = (float)wide.x[0][i];
        p->place[1][i] = (float)wide.x[1][i];
    }
}

// Losses of more steps than are turned at a time, and of fewer than fill a vector.
static void tables_agree_in_single_precision(void **state) {
    (void)state;
    static const int64_t lengths[] = {1, 3, 4, 10, STEPS};
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        for (int64_t count = 1; count <= PES_KERNELS_RIPPLES; count++) {
            static pes_kernels_ripples_single a, b;
            double f[PES_KERNELS_RIPPLES * STEPS] = {0}, g[PES_KERNELS_RIPPLES * STEPS] = {0};
            scatter_singles(&a, count);
            scatter_singles(&b, count);
            pes_kernels_scalar.ripple_measure_single(&a, f);
            (*k)->ripple_measure_single(&b, g);
            assert_memory_equal(f, g, sizeof f);
            for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
                pes_kernels_scalar.ripple_steps_single(&a, lengths[i], f);
                (*k)->ripple_steps_single(&b, lengths[i], g);
                assert_memory_equal(f, g, sizeof f);
                CHECK_SAME(a.time, b.time, count);
                for (int d = 0; d < 4; d++) {
                    CHECK_SAME(a.place[d], b.place[d], count);
                }
            }
        }
    }
}

// Beside double precision, point by point, as far out as where SGD bounces with steps of 1000.
static void singles_are_near_the_doubles(void **state) {
    (void)state;
    static pes_kernels_ripples_single p;
    static pes_kernels_ripples wide;
    double f[PES_KERNELS_RIPPLES];
    for (int round = 0; round < 100; round++) {
        scatter_singles(&p, PES_KERNELS_RIPPLES);
        wide.count = p.count;
        for (int64_t i = 0; i < p.count; i++) {
            p.place[1][i] += (float)(round * round) - 100.0f;
            wide.x[0][i] = (double)p.place[0][i];
            wide.x[1][i] = (double)p.place[1][i];
        }
        pes_kernels_scalar.ripple_measure_single(&p, f);
        pes_kernels_scalar.ripple_measure(&wide);
        for (int64_t i = 0; i < p.count; i++) {
            CHECK_NEAR(wide.loss[i], f[i], 2e-7 * wide.loss[i] + 5e-7);
            CHECK_NEAR(wide.slope[0][i], (double)p.place[2][i], 1e-6);
            CHECK_NEAR(wide.slope[1][i], (double)p.place[3][i], 1e-6);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_agree_after_every_step),
        cmocka_unit_test(the_function_is_that_of_the_formula),
        cmocka_unit_test(tables_agree_in_single_precision),
        cmocka_unit_test(singles_are_near_the_doubles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
