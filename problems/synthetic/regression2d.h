// What the files of the two-dimensional regression share: its options and a block of particles.
//
// The callbacks see rows of particles; inside, up to BLOCK of them are kept as columns, one
// array for each variable, so that every loop runs over particles and compilers vectorize it.

#ifndef PES_PROBLEMS_SYNTHETIC_REGRESSION2D_H
#define PES_PROBLEMS_SYNTHETIC_REGRESSION2D_H

#include <stdint.h>

#include "kernels/kernels.h"
#include "pes/field.h"
#include "pes/system.h"

typedef struct pes_regression2d_options {
    uint32_t size;
    int64_t horizon;     // T, inner steps: of an episode, and the schedule's length
    pes_real_list start; // 2, the initial theta: logarithms of the rates at 0 and at T
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

enum { PES_REGRESSION2D_BLOCK = 64 };

typedef double pes_regression2d_column[PES_REGRESSION2D_BLOCK];

typedef struct pes_regression2d_block {
    int64_t count;                      // particles
    pes_regression2d_column first;      // exp(theta0), the learning rate at t = 0
    pes_regression2d_column last;       // exp(theta1), the learning rate at t = T
    pes_regression2d_column time;       // t, inner steps taken
    pes_regression2d_column passed;     // t / T, at most 1
    pes_regression2d_column rate;       // alpha_t
    pes_regression2d_column x[2];       // where SGD stands
    pes_regression2d_column slope[2];   // of the loss there
    pes_regression2d_column sine, bell; // sin(x1), exp(-5 x0^2)
    pes_regression2d_column cosine;     // cos(x1)
    pes_regression2d_column loss;       // at x
} pes_regression2d_block;

// Particles `at`, `at` + 1, .. of a batch, as many as there are and fit, into columns.
void pes_regression2d_gather(const pes_regression2d *problem, const pes_batch *batch,
                             int64_t at, pes_regression2d_block *block);
// Their states back into the batch.
void pes_regression2d_scatter(const pes_regression2d_block *block, pes_batch const *batch,
                              int64_t at);

// Fill `passed` and `rate` for the step to be taken from x.
void pes_regression2d_rates(const pes_regression2d *problem, pes_regression2d_block *block);
// Fill everything from `slope` on, at x.
void pes_regression2d_measure(const pes_regression2d *problem, pes_regression2d_block *block);
// One step of SGD: rates, the move, and what is measured after it; `loss` is the step's.
void pes_regression2d_step(const pes_regression2d *problem, pes_regression2d_block *block);

// The system's derivatives, regression2d_derivatives.c
enum { PES_REGRESSION2D_TAPE = 7 * sizeof(double) };
pes_status pes_regression2d_tangents(void *user, void *worker, const pes_batch *batch,
                                     const pes_tangents *tangents);
pes_status pes_regression2d_adjoints(void *user, void *worker, const pes_batch *batch,
                                     const pes_adjoints *adjoints);

#endif // PES_PROBLEMS_SYNTHETIC_REGRESSION2D_H
