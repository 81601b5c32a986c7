// The derivative of a smoothed objective along a direction, without a method's credit.
//
// Smoothing puts independent eps_1 .. eps_J of deviations sigma_j into an episode's J noise
// intervals (docs/math.md, equation 4). The derivative along a unit vector v is an average of
// central differences (docs/math.md, equation 18):
//
//     dF = E [ (L(theta + eps' + h v) - L(theta + eps' - h v)) / (2 h) ]
//     eps'_j = eps_j - s^2 v (v . sum of eps_i / sigma_i^2),    1 / s^2 = sum of 1 / sigma_i^2
//     h = rho s,    rho ~ chi_3
//
// Both sides of a difference have eps' and the system's own randomness in common.

#ifndef PES_TRAIN_SMOOTHED_H
#define PES_TRAIN_SMOOTHED_H

#include "base/arena.h"
#include "base/decay.h"
#include "kernels/kernels.h"
#include "perturb/lengths.h"
#include "unroll/unroll.h"

typedef struct pes_smoothed_scratch {
    void *worker;           // the system's
    unsigned char *state;   // rows x state_bytes; rows: two for each pair of the batch
    float *theta;           // rows x num_params
    float *normals;         // num_params, rounded up to blocks of four
    pes_stream *stream;     // rows
    int64_t *clock;         // rows
    int64_t *length;        // rows, inner steps of the episode
    int64_t *steps;         // rows
    pes_ask_action *action; // rows
    double *loss;           // rows x slice
    int64_t *ended;         // rows
    double *previous;       // rows, last loss
    double *objective;      // rows
    double *along;          // pairs, v . (eps_j - eps'_j), the same for all j
    double *step;           // pairs, h
} pes_smoothed_scratch;

typedef struct pes_smoothed {
    // set by the caller
    const pes_system *system;
    const pes_kernels *kernels;
    pes_objective objective;
    double mean_scale; // divisor of the mean objective
    double sigma;      // of the first update
    pes_decay decay;   // its factor by the number of updates; NULL: constant
    int64_t decay_updates;
    double decay_factor;
    pes_lengths lengths; // draws an episode's length; NULL: `steps`
    int64_t shortest;    // of those drawn
    int64_t interval;    // R, inner steps per perturbation; 0: one for the episode
    int64_t slice;       // inner steps per call of unroll; divides R
    int64_t steps;       // inner steps of the longest episode
    int64_t batch;       // pairs advanced together
    uint64_t seed;       // shared with no estimator
    // pes_smoothed_layout()'s
    pes_smoothed_scratch *scratch; // threads
} pes_smoothed;

// Point the scratch of every thread into the arena.
void pes_smoothed_layout(pes_smoothed *smoothed, int64_t threads, pes_arena *arena);

// The workers of the laid out threads.
pes_status pes_smoothed_open(pes_smoothed *smoothed, int64_t threads);
void pes_smoothed_close(pes_smoothed *smoothed, int64_t threads);

// Pairs first .. first + count - 1 (at most a batch) in direction number `number`, `v`
// (num_params, of length 1): one central difference each into `difference`, NaN where an
// objective is not finite. Returns the inner steps taken in *taken.
pes_status pes_smoothed_differences(const pes_smoothed *smoothed, int64_t thread,
                                    const float *theta, int64_t number, const double *v,
                                    int64_t first, int64_t count, double *difference,
                                    int64_t *taken);

#endif // PES_TRAIN_SMOOTHED_H
