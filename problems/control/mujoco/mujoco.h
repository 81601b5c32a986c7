// An environment in MuJoCo, from a model and a table of settings.
//
// One inner step is `frame_skip` timesteps of the model under one action a. With the position
// of a joint or a body along an axis, x before the step and x' after it,
//
//     reward = forward_weight (x' - x) / (frame_skip timestep) - control_cost |a|^2
//              + healthy_bonus
//
// What is observed are the positions from number `observe_from` on, then the velocities. A
// simulation that explodes gives a reward of NaN, so that the library drops the particle and
// counts it.
//
// The engine is behind physics.h, in a module; a particle is its state there, and one worker a
// thread serves them all.

#ifndef PES_PROBLEMS_CONTROL_MUJOCO_MUJOCO_H
#define PES_PROBLEMS_CONTROL_MUJOCO_MUJOCO_H

#include "problems/control/environment.h"
#include "problems/control/mujoco/options.h"
#include "problems/control/mujoco/physics.h"
#include "problems/data/sha256.h"

typedef struct pes_mujoco {
    pes_mujoco_options options;
    const pes_physics *engine;
    pes_physics_model *model;
    pes_physics_sizes sizes;
    int64_t observe_from;                   // as many positions are not observed
    int64_t forward_at;                     // the rewarded joint's position; -1: none
    int64_t forward_body;                   // -1: none
    int64_t forward_axis;                   // of the body: 0, 1, 2
    int64_t healthy_at[PES_MUJOCO_HEALTHY]; // positions
    double step_seconds;                    // frame_skip timesteps
    double *low, *high;                     // num_actions: ranges of actions
    double *start;                          // state_reals: the model's own start
    double window;                          // width of a picture, metres
    char sum[PES_SHA256_TEXT];              // of the model's file; "": built in
} pes_mujoco;

// Look up the names in the options. PES_E_ARGUMENT with the nearest name that the model has.
pes_status pes_mujoco_find_names(pes_mujoco *own);

// Scratch of one thread.
typedef struct pes_mujoco_worker {
    pes_physics_worker *engine;
    float *noise;             // for all positions or all velocities
    pes_physics_shape *shape; // num_shapes
} pes_mujoco_worker;

// PES_E_SYSTEM with what the engine said last.
pes_status pes_mujoco_failed(const pes_mujoco *own, const pes_mujoco_worker *with);

// The width of pictures, from the model's shapes at its start.
double pes_mujoco_window(const pes_mujoco *own, const pes_physics_shape *shape);

// Operations of the environment; `user` is a pes_mujoco.
pes_status pes_mujoco_worker_open(void *user, void **worker);
void pes_mujoco_worker_close(void *user, void *worker);
int64_t pes_mujoco_worker_bytes(const pes_mujoco *own);
pes_status pes_mujoco_reset(void *user, void *worker, const pes_actor *actor);
void pes_mujoco_observe(void *user, void *worker, int64_t count, const pes_actor *actor,
                        double *observation);
pes_status pes_mujoco_step(void *user, void *worker, int64_t count, const pes_actor *actor,
                           const double *action, double *reward, bool *ended);
pes_status pes_mujoco_replay(void *user, void *worker, const void *state, const double *action,
                             int64_t steps);
pes_status pes_mujoco_draw(void *user, void *worker, const void *state, pes_scene *scene);

#endif // PES_PROBLEMS_CONTROL_MUJOCO_MUJOCO_H
