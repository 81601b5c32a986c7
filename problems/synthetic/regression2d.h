// What the files of the two-dimensional regression share: its options and a block of particles.
//
// The callbacks see rows of particles; inside, up to BLOCK of them are kept as columns, one
// array for each variable, which a kernel advances side by side.

#ifndef PES_PROBLEMS_SYNTHETIC_REGRESSION2D_H
#define PES_PROBLEMS_SYNTHETIC_REGRESSION2D_H

#include <stdint.h>

#include "kernels/kernels.h"
#include "pes/field.h"
#include "pes/system.h"

typedef struct pes_regression2d_options {
    uint32_t size;
    int64_t horizon;       // T, inner steps: of an episode, and the schedule's length
    pes_real_list start;   // 2, the initial theta: logarithms of the rates at 0 and at T
    const char *precision; // of the inner steps: "double" or "single"
} pes_regression2d_options;

typedef struct pes_regression2d {
    pes_regression2d_options options;
    const pes_kernels *kernels;
} pes_regression2d;

// The state of a particle. The slopes follow from the position; they are kept because the next
// step needs them again.
typedef struct pes_regression2d_state {
    double x[2];     // where SGD stands
    double slope[2]; // of the inner loss there
} pes_regression2d_state;

// Up to a block of particles, as the kernel wants them.
enum { PES_REGRESSION2D_BLOCK = PES_KERNELS_RIPPLES };
typedef pes_kernels_ripples pes_regression2d_block;

// Particles `at`, `at` + 1, .. of a batch, as many as there are and fit, into columns.
void pes_regression2d_gather(const pes_regression2d *problem, const pes_batch *batch,
                             int64_t at, pes_regression2d_block *block);
// Their states back into the batch.
void pes_regression2d_scatter(const pes_regression2d_block *block, pes_batch const *batch,
                              int64_t at);

// Fill `passed` and `rate` for the step to be taken from x, as the kernel will.
void pes_regression2d_rates(const pes_regression2d *problem, pes_regression2d_block *block);

// The same system in single precision, without derivatives: regression2d_single.c
enum { PES_REGRESSION2D_SINGLE_HORIZON = 1 << 24 }; // beyond, steps are no longer counted
enum { PES_REGRESSION2D_SINGLE_BYTES = 4 * sizeof(float) };
pes_status pes_regression2d_init_single(void *user, void *worker, const pes_batch *batch);
pes_status pes_regression2d_unroll_single(void *user, void *worker, const pes_batch *batch);

// The system's derivatives, regression2d_derivatives.c
enum { PES_REGRESSION2D_TAPE = 7 * sizeof(double) };
pes_status pes_regression2d_tangents(void *user, void *worker, const pes_batch *batch,
                                     const pes_tangents *tangents);
pes_status pes_regression2d_adjoints(void *user, void *worker, const pes_batch *batch,
                                     const pes_adjoints *adjoints);

#endif // PES_PROBLEMS_SYNTHETIC_REGRESSION2D_H
