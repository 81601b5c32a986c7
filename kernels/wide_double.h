// exp, sine and cosine in double precision: scalar_double.c lane by lane, in the same order of
// operations. The last, partial vector goes through a small array.

#ifndef PES_KERNELS_WIDE_DOUBLE_H
#define PES_KERNELS_WIDE_DOUBLE_H

#include "kernels/constants.h"

#include <math.h>
#include <string.h>

enum { DOUBLES = WIDTH / 2 };

// term[0] + term[1] x + ... + term[count - 1] x^(count - 1)
static inline dvec d_polynomial(int count, const double *term, dvec x) {
    dvec p = d_set1(term[count - 1]);
    for (int i = count - 2; i >= 0; i--) {
        p = d_fma(p, x, d_set1(term[i]));
    }
    return p;
}

static inline dvec dexp_of(dvec x) {
    const dvec shifted = d_fma(x, d_set1(dexp_log2_e), d_set1(dround_magic));
    const dvec n = d_sub(shifted, d_set1(dround_magic));
    dvec r = d_fma(n, d_set1(-dexp_ln2_high), x);
    r = d_fma(n, d_set1(-dexp_ln2_low), r);
    dvec p = d_polynomial(10, dexp_term, r);
    p = d_add(d_set1(1.0), d_fma(p, d_mul(r, r), r));
    dvec y = d_of_bits(w_add(w_of_bits(p), w_shift_left(w_of_bits(shifted), 52)));
    y = d_select(d_less(d_set1(dexp_largest), x), d_set1((double)INFINITY), y);
    y = d_select(d_less(x, d_set1(dexp_smallest)), d_set1(0.0), y);
    return d_select(d_is_nan(x), d_set1((double)NAN), y);
}

static inline void dsincos_of(dvec x, dvec *sine, dvec *cosine) {
    dvec inside = d_min(x, d_set1(dsincos_largest));
    inside = d_max(inside, d_set1(-dsincos_largest));
    const dvec shifted = d_fma(inside, d_set1(two_over_pi), d_set1(dround_magic));
    const dvec n = d_sub(shifted, d_set1(dround_magic));
    dvec r = d_fma(n, d_set1(-half_pi_part[0]), inside);
    r = d_fma(n, d_set1(-half_pi_part[1]), r);
    r = d_fma(n, d_set1(-half_pi_part[2]), r);
    const dvec square = d_mul(r, r);
    const dvec s = d_fma(d_mul(d_polynomial(6, dsin_term, square), square), r, r);
    const dvec half = d_fma(d_set1(-0.5), square, d_set1(1.0));
    const dvec c = d_fma(d_polynomial(6, dcos_term, square), d_mul(square, square), half);
    const wvec quarter = w_of_bits(shifted);
    const wvec next = w_add(quarter, w_set1(1));
    const dmask odd = d_odd(quarter), unknown = d_is_nan(x);
    const dvec y = d_xor_sign(d_select(odd, c, s), w_shift_left(quarter, 62));
    const dvec z = d_xor_sign(d_select(odd, s, c), w_shift_left(next, 62));
    *sine = d_select(unknown, d_set1((double)NAN), y);
    *cosine = d_select(unknown, d_set1((double)NAN), z);
}

static void map_dexp(int64_t n, const double *x, double *y) {
    int64_t i = 0;
    for (; i + DOUBLES <= n; i += DOUBLES) {
        d_store(y + i, dexp_of(d_load(x + i)));
    }
    if (i < n) {
        double rest[DOUBLES] = {0.0};
        const size_t bytes = (size_t)(n - i) * sizeof *rest;
        memcpy(rest, x + i, bytes);
        d_store(rest, dexp_of(d_load(rest)));
        memcpy(y + i, rest, bytes);
    }
}

static void map_dsincos(int64_t n, const double *x, double *sine, double *cosine) {
    dvec s, c;
    int64_t i = 0;
    for (; i + DOUBLES <= n; i += DOUBLES) {
        dsincos_of(d_load(x + i), &s, &c);
        d_store(sine + i, s);
        d_store(cosine + i, c);
    }
    if (i < n) {
        double rest[DOUBLES] = {0.0};
        const size_t bytes = (size_t)(n - i) * sizeof *rest;
        memcpy(rest, x + i, bytes);
        dsincos_of(d_load(rest), &s, &c);
        d_store(rest, s);
        memcpy(sine + i, rest, bytes);
        d_store(rest, c);
        memcpy(cosine + i, rest, bytes);
    }
}

#endif // PES_KERNELS_WIDE_DOUBLE_H
