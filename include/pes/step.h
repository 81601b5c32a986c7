/// @file step.h
/// The short way to a system: one function that takes one inner step of one particle.
///
/// pes_system (pes/system.h) is the whole way. It advances batches, so that inner loops can run
/// over particles too; its episodes may end early, its callbacks may fail and have scratch
/// memory. The promises are the same, and so are the numbers.

#ifndef PES_STEP_H
#define PES_STEP_H

#include <stdint.h>

#include "pes/noise.h"
#include "pes/system.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A system by its step.
typedef struct pes_step {
    const char *name;    // stable identifier, written into records
    int64_t num_params;  // P, length of theta; >= 1
    int64_t state_bytes; // bytes of state per particle; >= 0
    void *user;          // handed to `take`, never touched

    /// Take inner step number `clock` of an episode and return its loss. Before step 0 all
    /// bytes of the state are zero: whatever else an episode begins with is set then. What is
    /// drawn comes from `stream` with `clock` as the step (pes/noise.h).
    double (*take)(void *user, const float *theta, void *state, const pes_stream *stream,
                   int64_t clock);
} pes_step;

/// The system that takes these steps. It points to *step, which must outlive it and what is
/// made of it.
PES_API pes_system pes_step_system(pes_step *step);

#ifdef __cplusplus
}
#endif

#endif // PES_STEP_H
