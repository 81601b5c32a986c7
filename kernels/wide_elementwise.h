// The kernels that treat every element alike. A run of elements is whole vectors and one
// partial vector, whose absent lanes are neither read nor written.

#ifndef PES_KERNELS_WIDE_ELEMENTWISE_H
#define PES_KERNELS_WIDE_ELEMENTWISE_H

#include "kernels/kernels.h"
#include "kernels/wide_math.h"

#include <stddef.h>
#include <string.h>

// y[i] = f(x[i])
#define MAP(name, function)                                                                    \
    static void name(int64_t n, const float *x, float *y) {                                    \
        int64_t i = 0;                                                                         \
        for (; i + WIDTH <= n; i += WIDTH) {                                                   \
            v_store(y + i, function(v_load(x + i)));                                           \
        }                                                                                      \
        if (i < n) {                                                                           \
            const part rest = v_part(n - i);                                                   \
            v_store_part(y + i, rest, function(v_load_part(x + i, rest)));                     \
        }                                                                                      \
    }

MAP(map_exp, exp_of)
MAP(map_tanh, tanh_of)
MAP(map_log, log_of)
MAP(map_sigmoid, sigmoid_of)

// y[i] = f(s, x[i], y[i]), row by row; a row of x may be the same for all (ldx = 0).
#define COMBINE(name, function)                                                                \
    static inline void name(int64_t rows, int64_t n, float s, const float *x, int64_t ldx,     \
                            float *y, int64_t ldy) {                                           \
        const int64_t whole = n - n % WIDTH;                                                   \
        const part rest = v_part(n - whole);                                                   \
        const vec factor = v_set1(s);                                                          \
        for (int64_t r = 0; r < rows; r++, x += ldx, y += ldy) {                               \
            for (int64_t j = 0; j < whole; j += WIDTH) {                                       \
                v_store(y + j, function(factor, v_load(x + j), v_load(y + j)));                \
            }                                                                                  \
            if (whole < n) {                                                                   \
                const vec old = v_load_part(y + whole, rest);                                  \
                const vec value = function(factor, v_load_part(x + whole, rest), old);         \
                v_store_part(y + whole, rest, value);                                          \
            }                                                                                  \
        }                                                                                      \
    }

static inline vec plus(vec s, vec x, vec y) {
    (void)s;
    return v_add(y, x);
}

static inline vec plus_then_positive(vec s, vec x, vec y) {
    (void)s;
    return v_max(v_set1(0.0f), v_add(y, x));
}

static inline vec where_positive(vec s, vec x, vec y) {
    (void)s;
    return v_select(v_less(v_set1(0.0f), x), y, v_set1(0.0f));
}

static inline vec multiple(vec s, vec x, vec y) {
    (void)x;
    return v_mul(y, s);
}

static inline vec plus_multiple(vec s, vec x, vec y) {
    return v_fma(s, x, y);
}

COMBINE(combine_plus, plus)
COMBINE(combine_plus_then_positive, plus_then_positive)
COMBINE(combine_where_positive, where_positive)
COMBINE(combine_multiple, multiple)
COMBINE(combine_plus_multiple, plus_multiple)

static void bias_relu(int64_t rows, int64_t n, const float *bias, float *x, int64_t ldx) {
    combine_plus_then_positive(rows, n, 0.0f, bias, 0, x, ldx);
}

static void add_bias(int64_t rows, int64_t n, const float *bias, float *x, int64_t ldx) {
    combine_plus(rows, n, 0.0f, bias, 0, x, ldx);
}

static void relu_backward(int64_t rows, int64_t n, const float *activation, int64_t ld_a,
                          float *gradient, int64_t ld_g) {
    combine_where_positive(rows, n, 0.0f, activation, ld_a, gradient, ld_g);
}

static void scale(int64_t n, float a, float *y) {
    combine_multiple(1, n, a, y, 0, y, 0);
}

static void axpy(int64_t n, float a, const float *x, float *y) {
    combine_plus_multiple(1, n, a, x, 0, y, 0);
}

// Four vectors of columns at a time, so that four chains of additions overlap.
static void column_sums(int64_t rows, int64_t n, const float *x, int64_t ldx, float *sum) {
    int64_t j = 0;
    for (; j + 4 * WIDTH <= n; j += 4 * WIDTH) {
        vec s0 = v_load(sum + j), s1 = v_load(sum + j + WIDTH);
        vec s2 = v_load(sum + j + 2 * WIDTH), s3 = v_load(sum + j + 3 * WIDTH);
        for (int64_t r = 0; r < rows; r++) {
            const float *from = x + r * ldx + j;
            s0 = v_add(s0, v_load(from));
            s1 = v_add(s1, v_load(from + WIDTH));
            s2 = v_add(s2, v_load(from + 2 * WIDTH));
            s3 = v_add(s3, v_load(from + 3 * WIDTH));
        }
        v_store(sum + j, s0);
        v_store(sum + j + WIDTH, s1);
        v_store(sum + j + 2 * WIDTH, s2);
        v_store(sum + j + 3 * WIDTH, s3);
    }
    for (; j < n; j += WIDTH) {
        const part present = v_part(n - j < WIDTH ? n - j : WIDTH);
        vec s = v_load_part(sum + j, present);
        for (int64_t r = 0; r < rows; r++) {
            s = v_add(s, v_load_part(x + r * ldx + j, present));
        }
        v_store_part(sum + j, present, s);
    }
}

// One vector of perturb(), `load` and `store` whole or partial.
#define PERTURB(load, store)                                                                   \
    do {                                                                                       \
        const vec eps = v_mul(v_set1(sigma), load(normal + i));                                \
        const vec centre = load(theta + i);                                                    \
        store(plus + i, v_add(centre, eps));                                                   \
        if (minus != NULL) {                                                                   \
            store(minus + i, v_sub(centre, eps));                                              \
        }                                                                                      \
        if (credit != 0.0) {                                                                   \
            store(xi + i, v_add_scaled_in_double(load(xi + i), credit, eps));                  \
        }                                                                                      \
    } while (0)

#define LOAD_REST(from)       v_load_part(from, rest)
#define STORE_REST(to, value) v_store_part(to, rest, value)

static void perturb(int64_t n, float sigma, double credit, const float *theta,
                    const float *normal, float *plus, float *minus, float *xi) {
    int64_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH) {
        PERTURB(v_load, v_store);
    }
    if (i < n) {
        const part rest = v_part(n - i);
        PERTURB(LOAD_REST, STORE_REST);
    }
}

static void accumulate(int64_t n, double weight, const float *x, double *grad) {
    int64_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH) {
        v_accumulate_in_double(grad + i, weight, v_load(x + i));
    }
    for (; i < n; i++) {
        grad[i] += weight * (double)x[i];
    }
}

// Adding the square of zero changes no lane.
static inline lanes16 v_lanes16_add_part(lanes16 sum, const float *x, int64_t count) {
    float part_of[16];
    for (int64_t j = 0; j < 16; j += WIDTH) {
        const int64_t left = count - j < WIDTH ? count - j : WIDTH;
        v_store(part_of + j, left > 0 ? v_load_part(x + j, v_part(left)) : v_set1(0.0f));
    }
    return v_lanes16_add_squares(sum, part_of);
}

static double squares(int64_t n, const float *x) {
    lanes16 sum = v_lanes16_zero();
    int64_t i = 0;
    for (; i + 16 <= n; i += 16) {
        sum = v_lanes16_add_squares(sum, x + i);
    }
    if (i < n) {
        sum = v_lanes16_add_part(sum, x + i, n - i);
    }
    return v_lanes16_join(sum);
}

static void bytes_to_floats(int64_t n, const uint8_t *x, float a, float b, float *y) {
    int64_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH) {
        v_store(y + i, v_fma(v_load_bytes(x + i), v_set1(a), v_set1(b)));
    }
    if (i < n) {
        uint8_t last[WIDTH] = {0};
        memcpy(last, x + i, (size_t)(n - i));
        const vec value = v_fma(v_load_bytes(last), v_set1(a), v_set1(b));
        v_store_part(y + i, v_part(n - i), value);
    }
}

enum { CHAINS = 12 };

static double fma_chains(int64_t rounds) {
    // from where the compiler cannot know: one that begins at the fixed point, 2, is no work
    const vec factor = v_set1(0.5f), summand = v_set1(1.0f), begin = v_set1((float)rounds);
    vec c0 = begin, c1 = v_add(c0, summand), c2 = v_add(c1, summand), c3 = v_add(c2, summand);
    vec c4 = v_add(c3, summand), c5 = v_add(c4, summand), c6 = v_add(c5, summand);
    vec c7 = v_add(c6, summand), c8 = v_add(c7, summand), c9 = v_add(c8, summand);
    vec c10 = v_add(c9, summand), c11 = v_add(c10, summand);
    for (int64_t i = 0; i < rounds; i++) {
        c0 = v_fma(c0, factor, summand), c1 = v_fma(c1, factor, summand);
        c2 = v_fma(c2, factor, summand), c3 = v_fma(c3, factor, summand);
        c4 = v_fma(c4, factor, summand), c5 = v_fma(c5, factor, summand);
        c6 = v_fma(c6, factor, summand), c7 = v_fma(c7, factor, summand);
        c8 = v_fma(c8, factor, summand), c9 = v_fma(c9, factor, summand);
        c10 = v_fma(c10, factor, summand), c11 = v_fma(c11, factor, summand);
    }
    const vec quarter_0 = v_add(v_add(c0, c1), c2), quarter_1 = v_add(v_add(c3, c4), c5);
    const vec quarter_2 = v_add(v_add(c6, c7), c8), quarter_3 = v_add(v_add(c9, c10), c11);
    const vec all = v_add(v_add(quarter_0, quarter_1), v_add(quarter_2, quarter_3));
    return (double)v_max_lanes(all);
}

#endif // PES_KERNELS_WIDE_ELEMENTWISE_H
