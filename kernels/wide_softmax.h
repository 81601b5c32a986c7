// Softmax cross-entropy, one row after the other, a vector of classes at a time; see
// scalar_math.c. The logarithms are taken for a block of rows together.

#ifndef PES_KERNELS_WIDE_SOFTMAX_H
#define PES_KERNELS_WIDE_SOFTMAX_H

#include "kernels/kernels.h"
#include "kernels/wide_math.h"

#include <stddef.h>

enum { BLOCK_ROWS = 64 };
_Static_assert(SUM_PARTS *WIDTH == SUM_LANES,
               "the lanes of the sums are those of the definition");

static inline part part_at(int64_t j, int64_t n) {
    return v_part(n - j < WIDTH ? n - j : WIDTH);
}

// The largest value, not-a-numbers aside, and where it is first (n: nowhere).
static inline float largest_of(int64_t n, const float *x, int64_t *first) {
    const vec least = v_set1(-INFINITY);
    vec largest = least;
    for (int64_t j = 0; j < n; j += WIDTH) {
        largest = v_max(v_load_part_or(x + j, part_at(j, n), least), largest);
    }
    const float result = v_max_lanes(largest);

    // an absent lane can only match behind all present ones
    *first = n;
    for (int64_t j = 0; j < n; j += WIDTH) {
        const vec value = v_load_part_or(x + j, part_at(j, n), least);
        const unsigned equal = v_mask_bits(v_equal(value, v_set1(result)));
        if (equal != 0) {
            *first = j + __builtin_ctz(equal);
            break;
        }
    }
    return result;
}

// Returns the sum of exp(x[j] - largest); e may be NULL or x.
static inline float exponentials(int64_t n, const float *x, float largest, float *e) {
    vec lanes[SUM_PARTS];
    for (int s = 0; s < SUM_PARTS; s++) {
        lanes[s] = v_set1(0.0f);
    }
    for (int64_t j = 0; j < n; j += SUM_LANES) {
        for (int s = 0; s < SUM_PARTS && j + s * WIDTH < n; s++) {
            const int64_t at = j + s * WIDTH;
            const part present = part_at(at, n);
            const vec value = exp_of(v_sub(v_load_part(x + at, present), v_set1(largest)));
            lanes[s] = v_add(lanes[s], v_keep(present, value));
            if (e != NULL) {
                v_store_part(e + at, present, value);
            }
        }
    }
    return v_sum_lanes(lanes);
}

// e becomes scale * (e / sum - onehot(label)).
static inline void gradient_of_row(int64_t n, float *e, float sum, int64_t label, float scale) {
    const float inverse = 1.0f / sum;
    const float at_label = scale * (e[label] * inverse - 1.0f);
    for (int64_t j = 0; j < n; j += WIDTH) {
        const part present = part_at(j, n);
        const vec p = v_mul(v_load_part(e + j, present), v_set1(inverse));
        v_store_part(e + j, present, v_mul(v_set1(scale), p));
    }
    e[label] = at_label;
}

static pes_kernels_hits softmax_cross_entropy(int64_t rows, int64_t classes,
                                              const float *logits, int64_t ld_logits,
                                              const uint8_t *labels, float scale,
                                              float *gradient, int64_t ld_gradient) {
    pes_kernels_hits hits = {0};
    for (int64_t begin = 0; begin < rows; begin += BLOCK_ROWS) {
        const int64_t count = rows - begin < BLOCK_ROWS ? rows - begin : BLOCK_ROWS;
        float sum[BLOCK_ROWS], gap[BLOCK_ROWS];
        for (int64_t i = 0; i < count; i++) {
            const int64_t r = begin + i, label = labels[r];
            const float *x = logits + r * ld_logits;
            float *g = gradient == NULL ? NULL : gradient + r * ld_gradient;
            int64_t first;
            const float largest = largest_of(classes, x, &first);
            gap[i] = x[label] - largest;
            sum[i] = exponentials(classes, x, largest, g);
            if (g != NULL) {
                gradient_of_row(classes, g, sum[i], label, scale);
            }
            hits.correct += first == label;
        }
        for (int64_t i = 0; i < count; i += WIDTH) {
            const part present = part_at(i, count);
            v_store_part(sum + i, present, log_of(v_load_part(sum + i, present)));
        }
        for (int64_t i = 0; i < count; i++) {
            hits.loss += (double)sum[i] - (double)gap[i];
        }
    }
    return hits;
}

#endif // PES_KERNELS_WIDE_SOFTMAX_H
