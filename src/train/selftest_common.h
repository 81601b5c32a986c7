// Do the callbacks for what particles learn in common keep to their memory and their word? Part
// of pes_selftest_system(). `gathered` and `common` lie between guards (guards.h).

#ifndef PES_TRAIN_SELFTEST_COMMON_H
#define PES_TRAIN_SELFTEST_COMMON_H

#include "pes/system.h"

// Gather from a state, and see that nothing is left to gather. PES_E_SYSTEM.
pes_status pes_selftest_gather(const pes_system *system, void *state, double *gathered);

// Make the next common bytes of what the state has gathered. PES_E_SYSTEM.
pes_status pes_selftest_absorb(const pes_system *system, void *state, double *gathered,
                               void *common);

#endif // PES_TRAIN_SELFTEST_COMMON_H
