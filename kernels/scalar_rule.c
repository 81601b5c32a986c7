// What a learned optimizer does with every weight: the definition.

#include "kernels/scalar.h"

#include <math.h>

#include "kernels/constants.h"

void pes_scalar_shared_layer(const pes_kernels_layer *layer, int64_t lanes,
                             const float *const *x, float *y, int64_t ldy) {
    for (int64_t r = 0; r < layer->rows; r++) {
        for (int64_t l = 0; l < lanes; l++) {
            float sum = layer->start[r];
            for (int64_t j = 0; j < layer->columns; j++) {
                sum = fmaf(layer->w[j * layer->rows + r], x[j][l], sum);
            }
            y[r * ldy + l] = layer->positive && 0.0f > sum ? 0.0f : sum;
        }
    }
}

// Subnormal numbers would make every later step slow, and matter to none.
float pes_scalar_without_dust(float x) {
    return fabsf(x) < smallest_normal ? 0.0f : x;
}

void pes_scalar_running_means(int64_t n, int64_t count, const float *keep, const float *add,
                              const float *x, float *const *mean, double *squares) {
    for (int64_t k = 0; k < count; k++) {
        for (int64_t i = 0; i < n; i++) {
            mean[k][i] = pes_scalar_without_dust(fmaf(keep[k], mean[k][i], add[k] * x[i]));
        }
        squares[k] = pes_scalar_squares(n, mean[k]);
    }
}

void pes_scalar_grown_steps(int64_t n, float size, float factor, const float *direction,
                            const float *magnitude, float *weight) {
    for (int64_t i = 0; i < n; i++) {
        const float length = pes_scalar_exp_of(factor * magnitude[i]);
        weight[i] = fmaf(-size * direction[i], length, weight[i]);
    }
}
