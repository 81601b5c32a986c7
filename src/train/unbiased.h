// A proof of unbiasedness from the inside: shared by the files that run the estimators, and
// that set it up and judge. Users see pes/selftest.h.

#ifndef PES_TRAIN_UNBIASED_H
#define PES_TRAIN_UNBIASED_H

#include <stdbool.h>

#include "base/pool.h"
#include "estimate/method.h"
#include "pes/selftest.h"
#include "train/smoothed.h"

typedef struct pes_proof {
    pes_system system;
    pes_estimator_options estimator; // of one run
    pes_unbiased_options options;
    const pes_method *method;
    const float *theta; // num_params

    int64_t runs;       // independent estimators
    int64_t windows;    // 2: the first episode and the later ones; 1: the first alone
    int64_t updates;    // of an episode that no system ends
    int64_t directions; // at most PES_UNBIASED_DIRECTIONS
    int64_t pairs;      // differences in each direction
    int64_t pilots;     // runs that find the direction of the gradient, roughly
    int64_t threads;
    bool parted; // a trajectory beside the particles adds to their estimates
    bool alone;  // a run is one unit, whose own episodes are told apart by its ends

    pes_pool *pool;
    void *memory;          // everything below
    pes_smoothed smoothed; // the other side of the comparison
    double *direction;     // directions x num_params, orthonormal
    double *sample;        // windows x directions x runs, one run's v . estimates
    double *difference;    // directions x pairs
    double *total;         // threads x num_params, the sum of an episode's estimates
    float *grad;           // threads x num_params
    double *pilot;         // pilots x num_params
    int64_t *taken;        // tasks, inner steps
    int64_t *dropped;      // tasks, particles left out
    bool *uneven;          // runs, whether units ended at different times
} pes_proof;

// A run of the method from its start, through the episodes: a task of the pool. Writes its
// column of `sample`.
pes_status pes_proof_run(void *proof, int64_t run, int64_t thread);

// The first episode of one run of NRES, whose estimates point along the gradient whatever the
// method under test does: a task of the pool. Writes its row of `pilot`.
pes_status pes_proof_pilot(void *proof, int64_t run, int64_t thread);

// A seed of its own for everything that is run: number `index` of the kind `kind`.
enum { PES_PROOF_RUN, PES_PROOF_PILOT, PES_PROOF_DIFFERENCE };
uint64_t pes_proof_seed(const pes_proof *proof, int kind, int64_t index);

#endif // PES_TRAIN_UNBIASED_H
