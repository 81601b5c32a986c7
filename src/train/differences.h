// Derivatives from losses alone: central differences, extrapolated to a step of zero.

#ifndef PES_TRAIN_DIFFERENCES_H
#define PES_TRAIN_DIFFERENCES_H

#include <stdint.h>

enum { PES_DIFFERENCE_LEVELS = 8 }; // step j is the largest one / 2^j

// A derivative along a step, and an estimate of how far it may be off.
typedef struct pes_difference {
    double value;
    double error;
} pes_difference;

// How rough are the changes L(theta + d / 2^j) - L(theta - d / 2^j), j = 0..LEVELS - 1? About
// the rounding of one of them, from the small steps, for which they should be smooth.
double pes_difference_noise(const double change[PES_DIFFERENCE_LEVELS]);

// The derivative along d, from the same changes and their noise: extrapolated to a step of zero
// (Richardson 1911; the tableau's best entry as Ridders 1982 chooses it).
pes_difference pes_difference_extrapolate(const double change[PES_DIFFERENCE_LEVELS],
                                          double noise);

// Steps for parameters in single precision. `theta` (count x params) is moved to the nearest
// numbers from which every step in `step` (params), halved LEVELS - 1 times, reaches numbers of
// single precision exactly, in both directions; `step` is rounded likewise, and not to zero.
void pes_difference_round(int64_t count, int64_t params, float *theta, double *step);

#endif // PES_TRAIN_DIFFERENCES_H
