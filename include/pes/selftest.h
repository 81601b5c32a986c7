/// @file selftest.h
/// Does a system keep its promises, are its derivatives right, and is a method unbiased on it?

#ifndef PES_SELFTEST_H
#define PES_SELFTEST_H

#include <stdint.h>

#include "pes/estimator.h"
#include "pes/status.h"
#include "pes/system.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Check a system against the promises of pes/system.h around `theta` (num_params): equal
/// inputs give equal bits, alone, in a batch and in any worker; split and whole unrolls agree;
/// copied states continue alike; particles do not affect each other, whatever their clocks;
/// init leaves nothing of an earlier episode; nothing is written outside state, loss and ended;
/// snapshots restore. Each particle takes `steps` inner steps (at least 2 to see splits) many
/// times. PES_E_SYSTEM with the promise that was broken, PES_E_ARGUMENT, PES_E_MEMORY.
PES_API pes_status pes_selftest_system(const pes_system *system, const float *theta,
                                       int64_t steps, uint64_t seed);

/// Check a system's derivatives: that unroll_tangents and unroll_adjoints, whichever it has,
/// advance states and report losses and ends as unroll does, to the bit; that tangents are the
/// derivatives of the losses, by central differences extrapolated to a step of zero (Ridders
/// 1982), along up to 32 groups of parameters; that both agree with each other, to 1e-10 of
/// their size or to what the differences' own error allows, for any weights and any direction
/// of the state; that an unroll may be split in two and that steps after an end count nothing.
/// `steps` inner steps around `theta` (num_params) and near it: few enough that the losses are
/// smooth functions of theta. PES_E_SYSTEM with what is wrong, PES_E_ARGUMENT (the system has
/// no derivatives), PES_E_MEMORY.
PES_API pes_status pes_selftest_derivatives(const pes_system *system, const float *theta,
                                            int64_t steps, uint64_t seed);

/// How closely pes_selftest_unbiased() looks.
typedef struct pes_unbiased_options {
    uint32_t size;      // sizeof(pes_unbiased_options)
    int64_t samples;    // units (antithetic pairs, or particles with plain sampling) of which
                        // every episode is seen; >= 64, rounded up to whole runs
    int64_t episodes;   // that a run goes through, 1..1000; those past the first are judged
                        // together. Without a horizon: the first alone
    int64_t directions; // along which the gradient is compared, 1..PES_UNBIASED_DIRECTIONS; at
                        // most num_params are used
    int64_t steps;      // inner steps from an episode's start that are looked at where the
                        // horizon is 0, rounded up to whole updates; >= 1
    double threshold;   // standard errors beyond which a difference is a bias; > 0
    uint64_t seed;      // the result is a pure function of this and the other arguments
    int64_t threads;    // 0: one per processor
} pes_unbiased_options;

static inline pes_unbiased_options pes_unbiased_options_default(void) {
    pes_unbiased_options options;
    options.size = (uint32_t)sizeof options;
    options.samples = 4096;
    options.episodes = 2;
    options.directions = 3;
    options.steps = 100;
    options.threshold = 5.0;
    options.seed = 1;
    options.threads = 0;
    return options;
}

enum { PES_UNBIASED_DIRECTIONS = 8, PES_UNBIASED_ROWS = 2 * PES_UNBIASED_DIRECTIONS };

/// What was found.
typedef enum pes_verdict {
    PES_VERDICT_UNBIASED = 0, // no difference beyond the threshold, and one would have shown
    PES_VERDICT_BIASED = 1,   // a difference beyond the threshold
    PES_VERDICT_UNCLEAR = 2,  // a bias as large as the gradient itself might not have shown:
                              // more samples are needed; or losses were not finite
} pes_verdict;

/// One comparison: along one direction v (of length 1), in first or in later episodes.
typedef struct pes_unbiased_row {
    int64_t episode;       // 1: the first; 2: those after it
    int64_t direction;     // from 0; 0 points along the gradient roughly, the others anywhere
    double estimate;       // v . the method's estimates, summed over an episode's updates
    double estimate_error; // standard error of that
    double expected;       // the derivative of the method's own smoothed objective along v
    double expected_error; // standard error of that
    double z;              // (estimate - expected) / both errors together
    double bias;           // (estimate - expected) / the gradient's length
    double visible;        // threshold x both errors together / the gradient's length
} pes_unbiased_row;

typedef struct pes_unbiased_result {
    pes_verdict verdict;
    double z;            // of the row that is furthest from its expectation
    double bias;         // of the same row: the estimate misses by this share of the gradient
    double visible;      // smallest bias that would have shown, in whichever row
    double gradient;     // length of the smoothed objective's gradient in the directions' span
    double needed;       // samples with which a bias of a tenth would show
    int64_t runs;        // independent estimators
    int64_t particles;   // of each, both signs counted
    int64_t pairs;       // differences taken, in each direction
    int64_t inner_steps; // taken in all
    int64_t dropped;     // particles and differences left out: a loss was not finite
    int64_t rows;        // of `row`
    pes_unbiased_row row[PES_UNBIASED_ROWS];
} pes_unbiased_result;

/// Is a method unbiased on this system at `theta` (num_params)? Its estimates, summed over an
/// episode's updates and averaged over independent runs, are compared with the derivative of
/// the objective that the method itself smooths (docs/math.md, equation 4: the same noise
/// interval, states kept, independent perturbations), found without any credit by central
/// differences with common random numbers, whose random step lengths make them exact
/// (docs/math.md, equation 18). `estimator` says method, truncation, horizon, sigma, sampling
/// and sharing; its particles make one run, its seed and threads are not used. Where episodes
/// end at different times, runs are of one unit. Where sigma follows a schedule, the first
/// episode alone is judged. Everything is allocated within the call and
/// freed. PES_E_ARGUMENT (also: the method cannot serve this system), PES_E_MEMORY,
/// PES_E_THREAD, PES_E_SYSTEM, PES_E_DIVERGED; then *result is untouched.
PES_API pes_status pes_selftest_unbiased(const pes_system *system, const float *theta,
                                         const pes_estimator_options *estimator,
                                         const pes_unbiased_options *options,
                                         pes_unbiased_result *result);

#ifdef __cplusplus
}
#endif

#endif // PES_SELFTEST_H
