// An average of the parameters over the updates of a run, which is often a better answer than
// the last ones: noise of the estimates moves theta around an optimum, and averages out.
//
//     uniform      a_k = a_{k-1} + (theta_k - a_{k-1}) / k        (Polyak and Juditsky 1992)
//     exponential  a_k = d a_{k-1} + (1 - d) theta_k
//
// k = 1, 2, .. counts the updates after the first `start` ones; until then, and for k = 1, the
// average is theta itself. It is kept in double: after a million updates 1 / k is as small as
// the spacing of floats.

#ifndef PES_OPTIMIZE_AVERAGE_H
#define PES_OPTIMIZE_AVERAGE_H

#include <stdint.h>

// Take theta (n) of update k >= 1 into `average` (n).
typedef void (*pes_average)(double decay, int64_t k, int64_t n, const float *theta,
                            double *average);

// "none", "uniform", "exponential"; NULL past the last. And the function of that name; NULL for
// "none" and for a name that is none of them.
const char *pes_average_name(int64_t index);
pes_average pes_average_find(const char *name);

#endif // PES_OPTIMIZE_AVERAGE_H
