// What a hidden unit makes of the sum of its inputs.

#ifndef PES_PROBLEMS_MLP_ACTIVATION_H
#define PES_PROBLEMS_MLP_ACTIVATION_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/kernels.h"

// rows x n numbers whose rows are `stride` apart.
typedef struct pes_mlp_activation {
    const char *name;
    const char *summary; // the formula

    // What forward() leaves in `in` is needed on the way back, so that `out` has to lie
    // elsewhere. Otherwise `out` is all that is needed, and may be `in`.
    bool keeps;

    // out = f(in + bias). Every table of kernels gives the same bits.
    void (*forward)(const pes_kernels *kernels, int64_t rows, int64_t n, int64_t stride,
                    const float *bias, float *in, float *out);

    // gradient <- gradient * f', at what forward() has left in `in` (with `keeps`) or `out`.
    void (*backward)(const pes_kernels *kernels, int64_t rows, int64_t n, int64_t stride,
                     const float *kept, float *gradient);
} pes_mlp_activation;

// Row number `index`, NULL past the last; the row of that name, or NULL.
const pes_mlp_activation *pes_mlp_activation_get(int64_t index);
const pes_mlp_activation *pes_mlp_activation_find(const char *name);

#endif // PES_PROBLEMS_MLP_ACTIVATION_H
