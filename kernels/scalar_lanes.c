// Many small networks side by side, one in each lane: the definition.

#include "kernels/scalar.h"

#include <math.h>

void pes_scalar_lanes_gather(int64_t lanes, int64_t count, int64_t n, const float *from,
                             int64_t ld, float *to) {
    for (int64_t i = 0; i < n; i++) {
        for (int64_t l = 0; l < lanes; l++) {
            to[i * lanes + l] = l < count ? from[l * ld + i] : 0.0f;
        }
    }
}

void pes_scalar_lanes_product(int64_t lanes, int64_t rows, int64_t columns, const float *w,
                              const float *x, const float *start, float *y) {
    for (int64_t r = 0; r < rows; r++) {
        for (int64_t l = 0; l < lanes; l++) {
            float sum = start[r * lanes + l];
            for (int64_t j = 0; j < columns; j++) {
                sum = fmaf(w[(r * columns + j) * lanes + l], x[j * lanes + l], sum);
            }
            y[r * lanes + l] = sum;
        }
    }
}

void pes_scalar_lanes_cross_entropy(int64_t lanes, int64_t classes, const float *logits,
                                    const uint8_t *label, double *loss) {
    for (int64_t l = 0; l < lanes; l++) {
        float largest = -INFINITY, sum = 0.0f;
        for (int64_t j = 0; j < classes; j++) {
            const float x = logits[j * lanes + l];
            largest = x > largest ? x : largest;
        }
        for (int64_t j = 0; j < classes; j++) {
            sum += pes_scalar_exp_of(logits[j * lanes + l] - largest);
        }
        const float gap = logits[label[l] * lanes + l] - largest;
        loss[l] = (double)pes_scalar_log_of(sum) - (double)gap;
    }
}
