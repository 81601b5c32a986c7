// Features of the step number, the same for all weights of a step: tanh(t / tau - 1) for
// eleven tau from 1 to 100 000 (Metz et al. 2020, arXiv 2009.11243, and their public code).

#ifndef PES_PROBLEMS_LOPT_TIME_H
#define PES_PROBLEMS_LOPT_TIME_H

#include "problems/lopt/network.h"

enum { PES_LOPT_TIMES = 11 };
extern const float pes_lopt_tau[PES_LOPT_TIMES];

// "time_30"; index below PES_LOPT_TIMES.
const char *pes_lopt_time_name(int64_t index);

// The first layer's biases with the share of the time features, which are its last inputs:
// sums are chains of fused multiply-adds over the features, ascending, that begin at the bias.
// `theta` is the network's; bias: out of the first layer.
void pes_lopt_time_fold(const pes_lopt_network *network, const pes_kernels *kernels,
                        const float *theta, int64_t clock, float *bias);

#endif // PES_PROBLEMS_LOPT_TIME_H
