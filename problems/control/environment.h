// An environment: something that is observed, acted upon and gives rewards.
//
// It is a table of operations, filled in by whoever simulates: pendulum.c and cart_pole.c in
// equations of their own, a module with a physics engine. control.h puts a policy beside it and
// makes a system of the two, whose parameters are the policy's.
//
// The promises are those of pes/system.h: a state is `state_bytes` plain bytes; what an
// operation does follows from state, action, stream and clock alone, to the bit, whatever other
// particles there are and however the steps were grouped; nothing allocates but open.

#ifndef PES_PROBLEMS_CONTROL_ENVIRONMENT_H
#define PES_PROBLEMS_CONTROL_ENVIRONMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "pes/noise.h"
#include "pes/status.h"
#include "problems/problems.h"

// Particles that are observed and stepped together, at most. They are those of one call that
// have not ended; an environment may compute them side by side or one after the other.
enum { PES_ENVIRONMENT_GROUP = 64 };

// One particle as an environment sees it.
typedef struct pes_actor {
    void *state;              // state_bytes, aligned for doubles
    const pes_stream *stream; // the randomness of this episode
    int64_t clock;            // steps taken in this episode
} pes_actor;

typedef struct pes_environment {
    int64_t state_bytes;
    int64_t num_observed; // numbers of an observation, >= 1
    int64_t num_actions;  // numbers of an action, >= 1
    const double *low;  // num_actions: the range of each action; infinite where there is none.
    const double *high; // A policy may ask for more, and the environment gives what it can.
    int64_t horizon;    // steps of an episode
    int64_t batch_hint; // as in pes_system: 1 or 2 where a step is long
    double flops;       // per step; 0: not counted
    void *user;         // handed to every operation

    // Names of an observed number and an action, for parameters and exported programs: static
    // text, or written to `room`. Optional.
    const char *(*observed_name)(void *user, int64_t index, char room[PES_NAME_SIZE]);
    const char *(*action_name)(void *user, int64_t index, char room[PES_NAME_SIZE]);

    // Put one particle at the start of an episode. Its state is whatever was there.
    pes_status (*reset)(void *user, void *worker, const pes_actor *actor);

    // What the particles see of their states. observation: count x num_observed.
    void (*observe)(void *user, void *worker, int64_t count, const pes_actor *actor,
                    double *observation);

    // One step of each. action: count x num_actions, finite. reward: count. ended: count, false
    // on entry: this step was the episode's last. A state or a reward that is not finite is no
    // failure; the particle is dropped and counted.
    pes_status (*step)(void *user, void *worker, int64_t count, const pes_actor *actor,
                       const double *action, double *reward, bool *ended);

    // Optional, both or none: scratch of one thread. worker_bytes: what it allocates.
    pes_status (*worker_open)(void *user, void **worker);
    void (*worker_close)(void *user, void *worker);
    int64_t worker_bytes;

    // Optional, for an environment that is built on an engine: `steps` steps of one particle
    // under given actions (steps x num_actions) by nothing but the engine, as a measure of what
    // the rest costs. The state stays as it was.
    pes_status (*replay)(void *user, void *worker, const void *state, const double *action,
                         int64_t steps);

    // Optional: what a state looks like.
    pes_status (*draw)(void *user, void *worker, const void *state, pes_scene *scene);

    // Optional: frees `user`.
    void (*close)(void *user);
} pes_environment;

#endif // PES_PROBLEMS_CONTROL_ENVIRONMENT_H
