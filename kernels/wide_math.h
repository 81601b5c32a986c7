// exp, log, tanh, sigmoid of a vector: scalar_math.c lane by lane, in the same order of
// operations.

#ifndef PES_KERNELS_WIDE_MATH_H
#define PES_KERNELS_WIDE_MATH_H

#include "kernels/constants.h"

#include <math.h>

static inline vec exp_inside(vec x) {
    const vec shifted = v_fma(x, v_set1(log2_e), v_set1(round_magic));
    const vec n = v_sub(shifted, v_set1(round_magic));
    vec r = v_fma(n, v_set1(-ln2_high), x);
    r = v_fma(n, v_set1(-ln2_low), r);
    vec p = v_fma(v_set1(exp_6), r, v_set1(exp_5));
    p = v_fma(p, r, v_set1(exp_4));
    p = v_fma(p, r, v_set1(exp_3));
    p = v_fma(p, r, v_set1(exp_2));
    p = v_add(v_set1(1.0f), v_fma(p, v_mul(r, r), r));
    return v_of_bits(i_add(i_of_bits(p), i_shift_left(i_of_bits(shifted), 23)));
}

static inline vec exp_of(vec x) {
    vec y = exp_inside(x);
    y = v_select(v_less(v_set1(exp_largest), x), v_set1(INFINITY), y);
    y = v_select(v_less(x, v_set1(exp_smallest)), v_set1(0.0f), y);
    return v_select(v_is_nan(x), v_set1(NAN), y);
}

static inline vec sigmoid_of(vec x) {
    const vec grown = exp_of(v_sub(v_set1(-0.0f), x));
    return v_div(v_set1(1.0f), v_add(v_set1(1.0f), grown));
}

static inline ivec log_bits(vec x) {
    return i_add(i_of_bits(x), i_set1(one_bits - sqrt_half_bits));
}

static inline vec log_exponent(vec x) {
    return v_of_int(i_add(i_shift_right(log_bits(x), 23), i_set1((uint32_t)-127)));
}

// factor log x, where e is log_exponent(x) and factor a power of two or minus one: then all
// that is rounded is the same but for it.
static inline vec log_inside(vec x, vec e, float factor) {
    const ivec fraction =
        i_add(i_and(log_bits(x), i_set1(mantissa_bits)), i_set1(sqrt_half_bits));
    const vec f = v_sub(v_of_bits(fraction), v_set1(1.0f));
    vec p = v_fma(v_set1(factor * log_10), f, v_set1(factor * log_9));
    p = v_fma(p, f, v_set1(factor * log_8));
    p = v_fma(p, f, v_set1(factor * log_7));
    p = v_fma(p, f, v_set1(factor * log_6));
    p = v_fma(p, f, v_set1(factor * log_5));
    p = v_fma(p, f, v_set1(factor * log_4));
    p = v_fma(p, f, v_set1(factor * log_3));
    const vec square = v_mul(f, f);
    vec y = v_fma(e, v_set1(factor * ln2_low), v_mul(p, v_mul(square, f)));
    y = v_fma(v_set1(factor * -0.5f), square, y);
    return v_fma(e, v_set1(factor * ln2_high), v_fma(v_set1(factor), f, y));
}

static inline vec log_of(vec x) {
    const vec zero = v_set1(0.0f), infinity = v_set1(INFINITY);
    const vmask small = v_less(x, v_set1(smallest_normal));
    const vec normal_x = v_select(small, v_mul(x, v_set1(subnormal_scale)), x);
    const vec e =
        v_add(log_exponent(normal_x), v_select(small, v_set1(-subnormal_exponent), zero));
    vec y = log_inside(normal_x, e, 1.0f);
    y = v_select(v_equal(x, infinity), infinity, y);
    y = v_select(v_equal(x, zero), v_set1(-INFINITY), y);
    return v_select(v_not_at_least(x, zero), v_set1(NAN), y);
}

static inline vec tanh_of(vec x) {
    const ivec sign_bit = i_set1(0x80000000u), other_bits = i_set1(0x7fffffffu);
    const vec size = v_min(v_of_bits(i_and(i_of_bits(x), other_bits)), v_set1(tanh_limit));

    const vec square = v_mul(size, size);
    vec p = v_fma(v_set1(tanh_4), square, v_set1(tanh_3));
    p = v_fma(p, square, v_set1(tanh_2));
    p = v_fma(p, square, v_set1(tanh_1));
    p = v_fma(p, square, v_set1(tanh_0));
    const vec inner = v_fma(v_mul(p, square), size, size);
    const vec grown = exp_inside(v_mul(v_set1(2.0f), size));
    const vec outer = v_sub(v_set1(1.0f), v_div(v_set1(2.0f), v_add(grown, v_set1(1.0f))));

    const vec y = v_select(v_less(size, v_set1(tanh_split)), inner, outer);
    const vec signed_y = v_of_bits(i_or(i_of_bits(y), i_and(i_of_bits(x), sign_bit)));
    return v_select(v_is_nan(x), v_set1(NAN), signed_y);
}

#endif // PES_KERNELS_WIDE_MATH_H
