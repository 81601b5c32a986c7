// How a hyperparameter lies in theta: theta is any number, the hyperparameter stays where it
// may be.

#ifndef PES_PROBLEMS_MLP_TRANSFORM_H
#define PES_PROBLEMS_MLP_TRANSFORM_H

#include <stdint.h>

#include "kernels/kernels.h"
#include "problems/nn/mlp/network.h"

enum { PES_MLP_TARGETS = 2 * PES_MLP_LAYERS }; // most values of one hyperparameter

// Where values stay, natural units.
typedef struct pes_mlp_bounds {
    float low;
    float high; // may be infinite
} pes_mlp_bounds;

typedef struct pes_mlp_transform {
    const char *name;
    const char *summary; // what theta is
    const char *prefix;  // of the parameter's name: "log_"
    const char *takes;   // what it has a theta for, after "it takes ..."

    // value[i] = the hyperparameter at theta[i], within the bounds; n is at most
    // PES_MLP_TARGETS. Every table of kernels gives the same bits.
    void (*natural)(const pes_kernels *kernels, int64_t n, pes_mlp_bounds bounds,
                    const float *theta, float *value);

    // The same times exp(exponent[i]).
    void (*scaled)(const pes_kernels *kernels, int64_t n, pes_mlp_bounds bounds,
                   const float *theta, const float *exponent, float *value);

    // The theta of a value; not finite where there is none.
    float (*inverse)(double value, double low, double high);
} pes_mlp_transform;

// Row number `index`, NULL past the last; the row of that name, or NULL.
const pes_mlp_transform *pes_mlp_transform_get(int64_t index);
const pes_mlp_transform *pes_mlp_transform_find(const char *name);

// values[0..n) into the bounds; not-a-number stays.
void pes_mlp_clip(int64_t n, pes_mlp_bounds bounds, float *values);

#endif // PES_PROBLEMS_MLP_TRANSFORM_H
