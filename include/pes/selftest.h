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
/// inputs give equal bits, alone, in a batch and in any worker; split and whole unrolls agree;
/// copied states continue alike; particles do not affect each other, whatever their clocks;
/// init leaves nothing of an earlier episode; nothing is written outside state, loss and ended;
/// snapshots restore. Each particle takes `steps` inner steps (at least 2 to see splits) many
/// times. PES_E_SYSTEM with the promise that was broken, PES_E_ARGUMENT, PES_E_MEMORY.
PES_API pes_status pes_selftest_system(const pes_system *system, const float *theta,
                                       int64_t steps, uint64_t seed);

#ifdef __cplusplus
}
#endif

#endif // PES_SELFTEST_H
