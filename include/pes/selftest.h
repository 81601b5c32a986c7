/// @file selftest.h
/// Does a system keep its promises?

#ifndef PES_SELFTEST_H
#define PES_SELFTEST_H

#include <stdint.h>

#include "pes/status.h"
#include "pes/system.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Check a system against the promises of pes/system.h around `theta` (num_params): equal
/// inputs give equal bits alone and in a batch of `count` particles, split and whole unrolls
/// agree, copied states continue alike, particles do not affect each other, nothing is written
/// outside state, loss and ended, and snapshots restore. PES_E_SYSTEM with the promise that was
/// broken.
PES_API pes_status pes_selftest_system(const pes_system *system, const float *theta,
                                       int64_t steps, uint64_t seed);

#ifdef __cplusplus
}
#endif

#endif // PES_SELFTEST_H
