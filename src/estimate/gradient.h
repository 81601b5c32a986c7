// From losses and accumulated perturbations to a gradient.
//
//     grad = 1/n sum_u xi_u (L_u+ - L_u-) / 2        antithetic
//     grad = 1/n sum_u xi_u L_u                      plain
//
// (docs/math.md, equation 1) over the n units whose losses are all finite; xi_u = sum of eps /
// sigma^2. Fixed blocks of units are summed in order and joined by one fixed binary tree, so
// that no bit depends on who computes which block.

#ifndef PES_ESTIMATE_GRADIENT_H
#define PES_ESTIMATE_GRADIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/pool.h"
#include "estimate/shaping.h"
#include "kernels/kernels.h"
#include "pes/estimator.h"

// Units that are summed in order, part of the definition of the result.
enum { PES_GRADIENT_BLOCK = 64 };

// Sums over units of weight^2 times a squared norm.
typedef struct pes_gradient_squares {
    double whole;   // of xi
    double past;    // of what xi was before the perturbation in use
    double present; // of that perturbation
} pes_gradient_squares;

// What is summed over a block beside its part of the gradient. A cache line each: threads write
// to neighbours, and a line that two of them write to is passed to and fro.
typedef struct pes_gradient_block {
    _Alignas(PES_ARENA_ALIGNMENT) pes_gradient_squares square;
    double value; // sum of the rows' credits
    bool early;   // summed by pes_gradient_sum_early()
} pes_gradient_block;

typedef struct pes_gradient {
    int64_t units;
    int64_t signs;
    int64_t num_params;
    bool direct;                // xi_u is a gradient already: its weight is 1/n
    const double *offset;       // num_params, added to the sum over units; or NULL
    const pes_shaping *shaping; // NULL: none
    double limit;               // the setting shaping_limit
    double *shaped;             // units x signs, the credits after shaping; NULL without one
    int64_t *order;             // units x signs, where the shaping ranks
    double *weight;             // units, the factor of xi; 0 where dropped
    double *partial;            // blocks x stride, sums over the units of a block
    int64_t stride;             // num_params, up to whole cache lines
    pes_gradient_block *block;  // blocks
    bool summed;                // all of them have been, and nothing is dropped
} pes_gradient;

// What units are credited with.
typedef struct pes_gradient_credits {
    const float *xi;       // units x num_params
    const double *past;    // units, |xi|^2 before the perturbation in use was added
    const double *present; // units, |eps / sigma^2|^2 of that; NULL where xi does not hold it
} pes_gradient_credits;

// Point the arrays into the arena, whose memory is zeroed. Sizes must be set.
void pes_gradient_layout(pes_gradient *gradient, pes_arena *arena);

// Can blocks be weighed and summed on their own, as long as nothing is dropped?
bool pes_gradient_may_be_early(const pes_gradient *gradient);

// Weigh and sum units first..last - 1, whole blocks, while they are in a thread's cache, as
// they will be if no unit of the gradient is dropped. Where one of these is, nothing: then all
// blocks wait for pes_gradient_weigh(). `credit` is as there.
void pes_gradient_sum_early(pes_gradient *gradient, const pes_kernels *kernels,
                            const pes_gradient_credits *credits, const double *credit,
                            int64_t first, int64_t last);

// Weigh the rows' losses (units x signs, NaN or infinite where dropped), shaped if so chosen:
// fills weight, and from the losses themselves info->loss and info->dropped. Does nothing again
// that was done early.
void pes_gradient_weigh(pes_gradient *gradient, const pes_kernels *kernels,
                        const double *credit, pes_estimate_info *info);

// grad (num_params) from the weights and what they weigh; fills info->gradient_norm and all
// that follows from the spread of the units' terms: gradient_variance, signal_to_noise,
// past_share.
pes_status pes_gradient_sum(pes_gradient *gradient, pes_pool *pool, const pes_kernels *kernels,
                            const pes_gradient_credits *credits, float *grad,
                            pes_estimate_info *info);

#endif // PES_ESTIMATE_GRADIENT_H
