// exp, tanh, log and sigmoid: within two units in the last place of libm in double, the IEEE
// values at the special points, and the same bits in every table.

#include "fence.h"

#include <float.h>

static float float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

// |y - exact| in units of the last place of a float near `exact`.
static double units_off(float y, double exact) {
    int exponent;
    frexp(exact, &exponent);
    double unit = ldexp(1.0, (exponent < -125 ? -125 : exponent) - 24);
    return fabs((double)y - exact) / unit;
}

static double sigmoid(double x) {
    return 1.0 / (1.0 + exp(-x));
}

static const struct {
    double (*exact)(double x);
    uint32_t first, last; // bits of the arguments; the results are normal numbers
} functions[] = {
    {exp, 0x00000000u, 0x42b17217u},     // 0 .. 88.72
    {exp, 0x80000000u, 0xc2aeac4fu},     // -0 .. -87.34
    {tanh, 0x00800000u, 0x7f7fffffu},    // positive
    {tanh, 0x80800000u, 0xff7fffffu},    // negative
    {log, 0x00000001u, 0x7f7fffffu},     // subnormal and normal
    {sigmoid, 0x00000000u, 0x7f7fffffu}, // positive
    {sigmoid, 0x80000000u, 0xc2aeac4fu}, // -0 .. -87.34
};
enum { FUNCTIONS = sizeof functions / sizeof *functions, BATCH = 1024 };

static void apply(const pes_kernels *k, double (*exact)(double x), int64_t n, const float *x,
                  float *y) {
    (exact == exp    ? k->exp
     : exact == tanh ? k->tanh
     : exact == log  ? k->log
                     : k->sigmoid)(n, x, y);
}

// About a million arguments of each range; the stride is odd, so all low bits occur.
static void results_are_within_few_units(void **state) {
    (void)state;
    for (int f = 0; f < FUNCTIONS; f++) {
        uint32_t at = functions[f].first, last = functions[f].last;
        uint32_t stride = ((last - at) >> 20) | 1;
        double worst = 0;
        while (at < last) {
            float x[BATCH], y[BATCH], z[BATCH];
            int n = 0;
            for (; n < BATCH && at < last; n++) {
                x[n] = float_of(at);
                at = last - at < stride ? last : at + stride;
            }
            apply(&pes_kernels_scalar, functions[f].exact, n, x, y);
            for (int i = 0; i < n; i++) {
                worst = fmax(worst, units_off(y[i], functions[f].exact((double)x[i])));
            }
            for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
                apply(*k, functions[f].exact, n, x, z);
                assert_memory_equal(z, y, (size_t)n * sizeof *z);
            }
        }
        print_message("range %d: at most %.3f units in the last place\n", f, worst);
        assert_true(worst <= (functions[f].exact == sigmoid ? 3.0 : 2.0));
    }
}

// Arguments where formulas meet or results leave the range, and all their neighbours.
static void tables_agree_around_the_seams(void **state) {
    (void)state;
    static const float seam[] = {0.0f,    0x1p-126f, 0.625f,      1.0f,        9.0f,
                                 10.0f,   0x1p-24f,  87.3365f,    88.722f,     89.0f,
                                 103.97f, FLT_MAX,   0.70710678f, 1.41421356f, 0.34657359f,
                                 2.0f,    INFINITY,  0.5f};
    for (size_t s = 0; s < sizeof seam / sizeof *seam; s++) {
        float x[2 * BATCH], y[2 * BATCH], z[2 * BATCH];
        uint32_t centre;
        memcpy(&centre, &seam[s], sizeof centre);
        for (uint32_t i = 0; i < BATCH; i++) {
            x[i] = float_of(centre + i - BATCH / 2);
            x[BATCH + i] = -x[i];
        }
        for (int f = 0; f < FUNCTIONS; f++) {
            apply(&pes_kernels_scalar, functions[f].exact, 2 * BATCH, x, y);
            for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
                apply(*k, functions[f].exact, 2 * BATCH, x, z);
                assert_memory_equal(z, y, sizeof z);
            }
        }
    }
}

static void special_values_are_those_of_ieee(void **state) {
    (void)state;
    static const struct {
        double (*function)(double x);
        float x, y;
    } known[] = {
        {exp, 0.0f, 1.0f},
        {exp, -0.0f, 1.0f},
        {exp, INFINITY, INFINITY},
        {exp, -INFINITY, 0.0f},
        {exp, 88.7229f, INFINITY},
        {exp, -88.0f, 0.0f},
        {exp, 1e30f, INFINITY},
        {exp, -1e30f, 0.0f},
        {exp, NAN, NAN},
        {tanh, 0.0f, 0.0f},
        {tanh, -0.0f, -0.0f},
        {tanh, INFINITY, 1.0f},
        {tanh, -INFINITY, -1.0f},
        {tanh, 30.0f, 1.0f},
        {tanh, -30.0f, -1.0f},
        {tanh, 1e-30f, 1e-30f},
        {tanh, 0x1p-149f, 0x1p-149f},
        {tanh, NAN, NAN},
        {log, 1.0f, 0.0f},
        {log, 0.0f, -INFINITY},
        {log, -0.0f, -INFINITY},
        {log, INFINITY, INFINITY},
        {log, -INFINITY, NAN},
        {log, -1.0f, NAN},
        {log, -0x1p-149f, NAN},
        {log, NAN, NAN},
        {sigmoid, 0.0f, 0.5f},
        {sigmoid, -0.0f, 0.5f},
        {sigmoid, INFINITY, 1.0f},
        {sigmoid, -INFINITY, 0.0f},
        {sigmoid, 100.0f, 1.0f},
        {sigmoid, -100.0f, 0.0f},
        {sigmoid, NAN, NAN},
    };
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
            float y;
            apply(*k, known[i].function, 1, &known[i].x, &y);
            if (isnan(known[i].y)) {
                const float quiet = NAN;
                assert_memory_equal(&y, &quiet, sizeof y);
            } else {
                assert_memory_equal(&y, &known[i].y, sizeof y);
            }
        }
    }
}

// The claims above must not depend on the length that an argument comes in.
static void position_does_not_matter(void **state) {
    (void)state;
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        for (int64_t n = 1; n <= 40; n++) {
            float x[40], y[40], one;
            for (int64_t i = 0; i < n; i++) {
                x[i] = 0.37f;
            }
            for (int f = 0; f < FUNCTIONS; f++) {
                apply(*k, functions[f].exact, n, x, y);
                apply(*k, functions[f].exact, 1, x, &one);
                assert_true(y[0] == one && y[n - 1] == one);
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_are_within_few_units),
        cmocka_unit_test(tables_agree_around_the_seams),
        cmocka_unit_test(special_values_are_those_of_ieee),
        cmocka_unit_test(position_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
