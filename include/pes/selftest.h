/// @file selftest.h
/// Does a system keep its promises, and are its derivatives right?

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

#ifdef __cplusplus
}
#endif

#endif // PES_SELFTEST_H
