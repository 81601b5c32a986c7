/// @file system.h
/// The computation being unrolled, as the library sees it.
///
/// A *system* is anything with parameters, a state and a step that yields a loss: a training
/// loop, a simulated robot, a recurrent network. The library never looks inside the state. It
/// asks for three promises instead:
///
///   1. The state of one particle is `state_bytes` plain bytes, owned by the library. Copying
///      those bytes copies the particle: no pointers to itself, no open handles.
///   2. All randomness is drawn from the particle's stream and clock (pes/noise.h). Equal
///   state,
///      theta, stream and clock give equal losses, on any thread and in any batch.
///   3. Particles of one batch do not affect each other.
///
/// What is expensive to build but holds no state (scratch memory, an mjData) lives in a worker,
/// one per thread. pes_selftest_system() checks the promises.

#ifndef PES_SYSTEM_H
#define PES_SYSTEM_H

#include <stdint.h>

#include "pes/noise.h"
#include "pes/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Particles to be started or advanced together. Row i is particle i; antithetic halves are
/// neighbours. Every particle of a batch takes the same number of steps.
typedef struct pes_batch {
    int64_t count;      // particles in this batch
    int64_t steps;      // inner steps to advance; 0 in init
    const float *theta; // count x num_params, perturbed parameters
    void *state;        // count x state_bytes, one behind the other; each begins on 64 bytes if
                        // state_bytes is a multiple of 64, else on none in particular
    const pes_stream *stream; // count; the same during an episode
    const int64_t *clock;     // count, inner steps already taken in this episode
    double *loss;             // out, count x steps: the loss of every step; NULL in init
    int64_t *ended;           // out, count, zero on entry: j in 1..steps if the episode ended
                    // with step j of this batch (later losses are ignored); NULL in init
    const void *common; // common_bytes, on 64 bytes: what the particles have learned together
                        // so far. NULL: what common_begin writes
} pes_batch;

/// Tangents to be carried along with a batch: the derivatives of its states and losses in M
/// directions of the state before the first step and of theta. D is the system's num_reals.
typedef struct pes_tangents {
    int64_t directions;  // M, for each particle
    const double *theta; // count x M x num_params, directions of theta, the same at every step
    double *state;       // in and out, count x M x D: directions of the state before the first
                         // step, then of the state after the last
    double *loss;        // out, count x M x steps: derivatives of the losses
} pes_tangents;

/// What flows back through a batch: the derivatives of
///
///     F = sum over steps t of weight_t L_t + (a function of the state after the last step)
///
/// with respect to the state before the first step, and to theta.
typedef struct pes_adjoints {
    const double *weight; // count x steps, of each loss in F
    double *state; // in and out, count x D: of F by the state after the last step, then by the
                   // state before the first
    double *theta; // in and out, count x num_params: dF/dtheta is added
    void *tape;    // count x steps x tape_bytes, on 64 bytes: what the system needs to remember
                   // on the way forward
} pes_adjoints;

/// Callbacks return PES_OK, or what pes_fail() returned; then the call that led here stops with
/// PES_E_SYSTEM and that sentence. A loss of NaN or infinity is data, not a failure.
typedef struct pes_system {
    uint32_t size;       // sizeof(pes_system) as the caller compiled it
    const char *name;    // stable identifier, written into records
    int64_t num_params;  // P, length of theta; >= 1
    int64_t state_bytes; // bytes of state per particle; >= 0
    int64_t batch_hint; // particles per batch that run fastest; 0: let the library choose. With
                        // 1 or 2, few particles may be handed out one by one, and an update's
                        // steps in pieces, so that many threads end together
    void *user;         // handed to every callback, never touched

    /// Required. Put every particle of the batch at the start of an episode. The state is
    /// whatever an earlier episode left there.
    pes_status (*init)(void *user, void *worker, const pes_batch *batch);

    /// Required. Advance every particle by batch->steps and report the losses.
    pes_status (*unroll)(void *user, void *worker, const pes_batch *batch);

    /// Optional, both or none: scratch for one thread, for batches of up to `max_count`
    /// particles. NULL: workers are NULL.
    pes_status (*worker_open)(void *user, int64_t max_count, void **worker);
    void (*worker_close)(void *user, void *worker);

    /// Optional, both or none: a form of the state that survives in a file. NULL: the plain
    /// bytes do. Both work on `snapshot_bytes` bytes.
    int64_t snapshot_bytes;
    pes_status (*snapshot)(void *user, const void *state, void *out);
    pes_status (*restore)(void *user, void *state, const void *in);

    /// Optional; bytes that one worker allocates, for pes_estimator_memory(). 0: not told.
    int64_t worker_bytes;

    /// Optional: derivatives, which the gradient baselines and PES+Analytic need; one, both or
    /// none. D = `num_reals` is the length of the differentiable part of a state, in an order
    /// and a scale of the system's choice; the state at an episode's start must not depend on
    /// theta. Both callbacks advance states and report losses and ends exactly as unroll does,
    /// to the bit; steps after an end have no derivative and no weight. The derivatives are
    /// those of the arithmetic in exact numbers, and are computed in double precision where
    /// that is possible. `tape_bytes` is per particle and step.
    int64_t num_reals;
    int64_t tape_bytes;
    pes_status (*unroll_tangents)(void *user, void *worker, const pes_batch *batch,
                                  const pes_tangents *tangents);
    pes_status (*unroll_adjoints)(void *user, void *worker, const pes_batch *batch,
                                  const pes_adjoints *adjoints);

    /// Optional, all or none: what particles learn together, such as the mean of what they see.
    /// The library holds it, `common_bytes` plain bytes, stores it in checkpoints, and hands it
    /// to init and unroll (batch->common), the same to all particles of an update. After an
    /// update every particle that took steps hands out what it has gathered: `gather` writes
    /// `num_gathered` numbers from its state and leaves the state as if nothing had been
    /// gathered. The numbers are added over the particles in one fixed order, without those
    /// that were dropped, and `absorb` makes the next common bytes of the sums. docs/math.md
    /// says what this does to the estimates.
    int64_t common_bytes;
    int64_t num_gathered;
    void (*common_begin)(void *user, void *common);
    void (*gather)(void *user, void *state, double *gathered);
    void (*absorb)(void *user, void *common, const double *sum);
} pes_system;

#ifdef __cplusplus
}
#endif

#endif // PES_SYSTEM_H
