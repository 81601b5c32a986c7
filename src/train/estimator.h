// An estimator from the inside: shared by the files of this room that build it, step it, and
// store it. Users see pes/estimator.h.

#ifndef PES_TRAIN_ESTIMATOR_H
#define PES_TRAIN_ESTIMATOR_H

#include "base/arena.h"
#include "base/chain.h"
#include "base/decay.h"
#include "base/pool.h"
#include "estimate/gradient.h"
#include "estimate/method.h"
#include "kernels/kernels.h"
#include "perturb/population.h"
#include "pes/checkpoint.h"
#include "pes/estimator.h"
#include "record/checkpoints.h"
#include "unroll/unroll.h"

// One thread's part of methods with a rule: pes_derivative_batch, for the rows of a task.
typedef struct pes_derivative_scratch {
    double *weight;       // rows x truncation
    double *gradient;     // rows x num_params
    double *direction;    // rows x directions x num_params
    double *loss_tangent; // rows x directions x truncation
    double *adjoint;      // rows x num_reals
    double *pulled;       // rows x num_params, with a partner
    unsigned char *tape;  // rows x truncation x tape_bytes
    unsigned char *state; // rows x state_bytes
    float *normal;        // the larger of num_params and num_reals
} pes_derivative_scratch;

// What lasts from update to update in methods with a rule.
typedef struct pes_derivative_kept {
    int64_t directions; // tangents that a unit carries
    double *tangent;    // units x directions x num_reals
    double *partner;    // units x num_params, or NULL
    double *last;       // units x num_params, gradient of the last loss, or NULL
    double *guide;      // num_params, of the guide's steps in this update, or NULL
    bool guide_dropped; // the guide lost something not finite in this update
} pes_derivative_kept;

// What one thread needs for one task, and what it has counted in this update. On cache lines of
// its own, since it counts after every task.
typedef struct pes_scratch {
    _Alignas(PES_ARENA_ALIGNMENT) void *worker; // the system's
    int64_t inner_steps;
    int64_t resets; // rows whose episodes are over
    float *normals; // pes_population_scratch()
    float *theta;   // task rows x num_params
    double *loss;   // task rows x truncation
    int64_t *ended; // task rows
    pes_derivative_scratch derivative;
} pes_scratch;

// Particles that are split among the threads: estimator_split.h.
typedef struct pes_split {
    int64_t links;    // pieces that an update's steps are cut into; 0: nothing is split
    pes_chain *chain; // rows
    float *theta;     // rows x num_params
    double *loss;     // rows x truncation
    int64_t *ended;   // rows
} pes_split;

// What the particles learn together: estimator_common.h.
typedef struct pes_common {
    void *state;  // common_bytes
    double *sum;  // blocks of rows x num_gathered
    double *room; // threads x num_gathered
} pes_common;

typedef enum pes_face {
    PES_FACE_FRESH,
    PES_FACE_STEP,
    PES_FACE_TOLD,
    PES_FACE_ASKED,
    PES_FACE_FAILED
} pes_face;

struct pes_estimator {
    pes_system system;
    pes_estimator_options options;
    const pes_method *method;
    const pes_kernels *kernels;
    pes_objective objective;
    pes_decay decay;    // of sigma; NULL: none
    int64_t updates;    // estimates given so far
    double mean_scale;  // divisor of the mean objective: T, or K without a horizon
    int64_t task_units; // units per task
    bool early;         // tasks of this update sum the gradient's blocks that they hold
    pes_pool *pool;
    void *memory;         // everything below
    pes_scratch *scratch; // threads
    pes_face face;

    pes_population population;
    pes_gradient gradient;
    pes_derivative_kept derivative;
    pes_split split;
    pes_common common;
    unsigned char *state;  // rows x state_bytes
    unsigned char *shared; // state_bytes, the guide's at the start of this update
    double *credit;        // rows, share of the objective in this update; NaN: dropped
    double *previous;      // rows, last loss
    double shared_previous;
    unsigned char *snapshot; // rows that may live x snapshot_bytes, for systems that have them
    float *asked;            // rows x num_params, from the first ask on
};

// The tensors that a checkpoint of this estimator holds, pointing into it; *count says how
// many, and *pick which rows of one of them. Systems with snapshots write them here.
enum { PES_ESTIMATOR_TENSORS = 18 };
pes_status pes_estimator_store(pes_estimator *estimator, pes_tensor *tensor, int64_t *count,
                               pes_checkpoint_pick *pick);

// Take them back. PES_E_FORMAT if one is missing or has another shape; then the estimator may
// only be destroyed.
pes_status pes_estimator_load(pes_estimator *estimator, const pes_checkpoint *checkpoint);

#endif // PES_TRAIN_ESTIMATOR_H
