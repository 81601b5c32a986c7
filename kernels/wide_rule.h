// What an optimizer does with every weight beside its network: running means, and the last
// step. See scalar_rule.c.

#ifndef PES_KERNELS_WIDE_RULE_H
#define PES_KERNELS_WIDE_RULE_H

#include "kernels/constants.h"
#include "kernels/kernels.h"
#include "kernels/wide_math.h"

// Numbers that are taken through all means at a time: x stays in the nearest cache.
enum { MEANS_BLOCK = 2048 };

static inline vec without_dust(vec x) {
    const vec size = v_of_bits(i_and(i_of_bits(x), i_set1(0x7fffffffu)));
    return v_select(v_less(size, v_set1(smallest_normal)), v_set1(0.0f), x);
}

static inline vec mean_of(float keep, float add, vec mean, vec x) {
    return without_dust(v_fma(v_set1(keep), mean, v_mul(v_set1(add), x)));
}

static inline lanes16 mean_block(int64_t n, float keep, float add, const float *x, float *mean,
                                 lanes16 sum) {
    int64_t i = 0;
    for (; i + 16 <= n; i += 16) {
        for (int64_t j = i; j < i + 16; j += WIDTH) {
            v_store(mean + j, mean_of(keep, add, v_load(mean + j), v_load(x + j)));
        }
        sum = v_lanes16_add_squares(sum, mean + i);
    }
    if (i < n) { // adding the square of zero changes no lane
        float last[16] = {0.0f}, from[16] = {0.0f};
        const size_t bytes = (size_t)(n - i) * sizeof *x;
        memcpy(last, mean + i, bytes);
        memcpy(from, x + i, bytes);
        for (int64_t j = 0; j < 16; j += WIDTH) {
            v_store(last + j, mean_of(keep, add, v_load(last + j), v_load(from + j)));
        }
        memcpy(mean + i, last, bytes);
        sum = v_lanes16_add_squares(sum, last);
    }
    return sum;
}

static void running_means(int64_t n, int64_t count, const float *keep, const float *add,
                          const float *x, float *const *mean, double *squares_of) {
    lanes16 sum[PES_KERNELS_MEANS];
    for (int64_t k = 0; k < count; k++) {
        sum[k] = v_lanes16_zero();
    }
    for (int64_t at = 0; at < n; at += MEANS_BLOCK) {
        const int64_t some = n - at < MEANS_BLOCK ? n - at : MEANS_BLOCK;
        for (int64_t k = 0; k < count; k++) {
            sum[k] = mean_block(some, keep[k], add[k], x + at, mean[k] + at, sum[k]);
        }
    }
    for (int64_t k = 0; k < count; k++) {
        squares_of[k] = v_lanes16_join(sum[k]);
    }
}

static inline vec grown_step(vec scale, vec factor, vec direction, vec magnitude, vec weight) {
    const vec length = exp_of(v_mul(factor, magnitude));
    return v_fma(v_mul(scale, direction), length, weight);
}

static void grown_steps(int64_t n, float size, float factor, const float *direction,
                        const float *magnitude, float *weight) {
    const vec s = v_set1(-size), f = v_set1(factor);
    int64_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH) {
        v_store(weight + i, grown_step(s, f, v_load(direction + i), v_load(magnitude + i),
                                       v_load(weight + i)));
    }
    if (i < n) {
        const part rest = v_part(n - i);
        const vec d = v_load_part(direction + i, rest), m = v_load_part(magnitude + i, rest);
        v_store_part(weight + i, rest, grown_step(s, f, d, m, v_load_part(weight + i, rest)));
    }
}

#endif // PES_KERNELS_WIDE_RULE_H
