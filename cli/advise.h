// What would estimate a run's gradient better: `pes advise`.
//
// Candidates (method, K, sigma) are measured at one theta. R independent estimates, each summed
// over an episode, give two numbers of a candidate, both free of bias:
//
//     signal S    |E g|^2, the squared length of the gradient that it estimates
//     noise V     E |g - E g|^2 of one unit, a pair or a single particle; of n units it is V/n
//
// An episode of a unit costs c inner steps, T for each sign, whatever the candidate. So
//
//     S / (V c)   the signal-to-noise ratio for each inner step
//
// compares candidates at equal cost, and n = V / S units make noise and signal equal.
//
// Units are measured with randomness of their own (sharing = "pair"). A run with sharing =
// "all" has the variance W + (V - W)/n instead, where W is that of the shared randomness, which
// does not shrink with n; it is taken from repetitions of several units that share.

#ifndef PES_CLI_ADVISE_H
#define PES_CLI_ADVISE_H

#include "cli/variance.h"

enum {
    ADVISE_CANDIDATES = 8,
    ADVISE_LEAST_REPETITIONS = 8,
    ADVISE_REASONS = 10,
    ADVISE_SENTENCE = 400,
};

// One candidate, and what was found of it.
typedef struct advise_candidate {
    pes_estimator_options estimator; // particles: of one repetition
    bool unbiased;                   // of the smoothed objective
    bool refused;                    // with a reason: nothing was found
    char reason[VARIANCE_REASON];
    int64_t repetitions;
    int64_t dropped;         // particles whose losses were not finite
    variance_value signal;   // |E g|^2
    variance_value noise;    // V
    variance_value distance; // |E g - E g'|^2, g' of the best candidate at the run's sigma
    double *estimate;        // repetitions x num_params
} advise_candidate;

typedef struct advise_study {
    const experiment *setup;
    const pes_problem *problem;
    const float *theta;  // num_params
    int64_t inner_steps; // for all candidates together
    int64_t threads;     // >= 1
    bool quiet;
    int64_t steps; // of an episode; where none ends within the run, of what is looked at
    int64_t count;
    advise_candidate candidate[ADVISE_CANDIDATES]; // number 0 has the run's own settings
    const advise_candidate *best; // by noise, among unbiased ones at the run's sigma
    bool shared;                  // sharing = "all", and W was measured:
    variance_value shared_noise;  // W
} advise_study;

// A better setting for the run, and why.
typedef struct advise_suggestion {
    pes_estimator_options estimator;
    bool changed;
    bool visible;           // signals differ from 0 by two standard errors
    variance_value gain;    // its signal-to-noise ratio for each inner step, as multiple of the
                            // run's own, whose noise is taken at its own N
    double signal_to_noise; // of an episode, with the particles suggested; NaN: not visible
    double before;          // the same of the run as it is
    int64_t reasons;
    char reason[ADVISE_REASONS][ADVISE_SENTENCE];
} advise_suggestion;

// Measures the run's own settings, its alternatives, and, for the one that is chosen, other
// sigmas. CLI_OK, or another code after one sentence (CLI_INTERRUPTED: without a word). The
// caller frees the study in any case.
int advise_measure(advise_study *study);
void advise_free(advise_study *study);

advise_suggestion advise_decide(const advise_study *study);

// May the run use this candidate's method? Not where an episode has no end and its units, which
// keep their perturbations for ever, are fewer than the parameters.
bool advise_is_free(const advise_study *study, const advise_candidate *candidate);

// The best candidate of those measured so far: the first where others are not clearly better.
const advise_candidate *advise_best(const advise_study *study);

// Is `c` so much less noisy than `than` that a change is worth it?
bool advise_is_better(const advise_candidate *c, const advise_candidate *than);

// The signal at one sigma: the mean of what the unbiased candidates found, by their precision.
variance_value advise_signal(const advise_study *study, double sigma);

// a / b, errors to first order.
variance_value advise_quotient(variance_value a, variance_value b);

// S / (V c) x 10^6, with the signal of all candidates at that sigma.
variance_value advise_ratio(const advise_study *study, const advise_candidate *candidate,
                            variance_value noise);

// Particles that one unit has: 2, or 1 with plain sampling.
int64_t advise_signs(const advise_study *study);

// For people on stdout, and as JSON. CLI_OK, or another code after one sentence.
int advise_print(const advise_study *study, const advise_suggestion *suggestion);
int advise_print_json(const advise_study *study, const advise_suggestion *suggestion);

#endif // PES_CLI_ADVISE_H
