// exp, tanh, log, sigmoid, and the softmax cross-entropy made of them: the definition. No
// branch decides between formulas of different cost; the vector kernels compute all and select.

#include "kernels/scalar.h"

#include "kernels/constants.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

static uint32_t bits_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

float pes_scalar_exp_inside(float x) {
    float shifted = fmaf(x, log2_e, round_magic);
    float n = shifted - round_magic;
    float r = fmaf(n, -ln2_high, x);
    r = fmaf(n, -ln2_low, r);
    float p = fmaf(exp_6, r, exp_5);
    p = fmaf(p, r, exp_4);
    p = fmaf(p, r, exp_3);
    p = fmaf(p, r, exp_2);
    p = 1.0f + fmaf(p, r * r, r);
    return float_of(bits_of(p) + (bits_of(shifted) << 23)); // times 2^n
}

float pes_scalar_exp_of(float x) {
    float y = pes_scalar_exp_inside(x);
    y = x > exp_largest ? INFINITY : y;
    y = x < exp_smallest ? 0.0f : y;
    return x != x ? NAN : y;
}

// log(x) for positive, normal, finite x; `exponent` is added to that of x.
static float log_inside(float x, float exponent) {
    uint32_t bits = bits_of(x) + (one_bits - sqrt_half_bits);
    float e = (float)((int32_t)(bits >> 23) - 127) + exponent;
    float f = float_of((bits & mantissa_bits) + sqrt_half_bits) - 1.0f;
    float p = fmaf(log_10, f, log_9);
    p = fmaf(p, f, log_8);
    p = fmaf(p, f, log_7);
    p = fmaf(p, f, log_6);
    p = fmaf(p, f, log_5);
    p = fmaf(p, f, log_4);
    p = fmaf(p, f, log_3);
    float square = f * f;
    float y = fmaf(e, ln2_low, p * (square * f));
    y = fmaf(-0.5f, square, y);
    return fmaf(e, ln2_high, f + y);
}

float pes_scalar_log_of(float x) {
    bool small = x < smallest_normal;
    float y = log_inside(small ? x * subnormal_scale : x, small ? -subnormal_exponent : 0.0f);
    y = x == INFINITY ? INFINITY : y;
    y = x == 0.0f ? -INFINITY : y;
    return x >= 0.0f ? y : NAN;
}

static float tanh_of(float x) {
    float size = fabsf(x);
    size = size < tanh_limit ? size : tanh_limit;

    float square = size * size;
    float p = fmaf(tanh_4, square, tanh_3);
    p = fmaf(p, square, tanh_2);
    p = fmaf(p, square, tanh_1);
    p = fmaf(p, square, tanh_0);
    float inner = fmaf(p * square, size, size);
    float outer = 1.0f - 2.0f / (pes_scalar_exp_inside(2.0f * size) + 1.0f);

    float y = copysignf(size < tanh_split ? inner : outer, x);
    return x != x ? NAN : y;
}

void pes_scalar_exp(int64_t n, const float *x, float *y) {
    for (int64_t i = 0; i < n; i++) {
        y[i] = pes_scalar_exp_of(x[i]);
    }
}

void pes_scalar_tanh(int64_t n, const float *x, float *y) {
    for (int64_t i = 0; i < n; i++) {
        y[i] = tanh_of(x[i]);
    }
}

void pes_scalar_log(int64_t n, const float *x, float *y) {
    for (int64_t i = 0; i < n; i++) {
        y[i] = pes_scalar_log_of(x[i]);
    }
}

void pes_scalar_sigmoid(int64_t n, const float *x, float *y) {
    for (int64_t i = 0; i < n; i++) {
        y[i] = 1.0f / (1.0f + pes_scalar_exp_of(-x[i]));
    }
}

// Lane l adds elements l, l + 16, l + 32, ...; then lane l adds lane l + 8, + 4, + 2, + 1.
static float joined(float lane[SUM_LANES]) {
    for (int half = SUM_LANES / 2; half > 0; half /= 2) {
        for (int l = 0; l < half; l++) {
            lane[l] += lane[l + half];
        }
    }
    return lane[0];
}

pes_kernels_hits pes_scalar_softmax_cross_entropy(int64_t rows, int64_t classes,
                                                  const float *logits, int64_t ld_logits,
                                                  const uint8_t *labels, float scale,
                                                  float *gradient, int64_t ld_gradient) {
    pes_kernels_hits hits = {0};
    for (int64_t r = 0; r < rows; r++) {
        const float *x = logits + r * ld_logits;
        float *g = gradient == NULL ? NULL : gradient + r * ld_gradient;
        int64_t label = labels[r];

        // the largest logit, not-a-numbers aside, and where it is first
        float largest = -INFINITY;
        for (int64_t j = 0; j < classes; j++) {
            largest = x[j] > largest ? x[j] : largest;
        }
        int64_t first = 0;
        while (first < classes && x[first] != largest) {
            first++;
        }
        float gap = x[label] - largest;

        float lane[SUM_LANES] = {0};
        for (int64_t j = 0; j < classes; j++) {
            float e = pes_scalar_exp_of(x[j] - largest);
            lane[j % SUM_LANES] += e;
            if (g != NULL) {
                g[j] = e;
            }
        }
        float sum = joined(lane);

        if (g != NULL) {
            float inverse = 1.0f / sum;
            for (int64_t j = 0; j < classes; j++) {
                float hot = j == label ? 1.0f : 0.0f;
                g[j] = scale * (g[j] * inverse - hot);
            }
        }
        hits.loss += (double)pes_scalar_log_of(sum) - (double)gap;
        hits.correct += first == label;
    }
    return hits;
}
