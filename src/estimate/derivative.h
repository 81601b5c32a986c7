// Methods that differentiate: a rule turns a batch of trajectories at theta into one gradient
// each.
//
// A rule asks the system for tangents or adjoints of the steps of one update. What has to last
// from update to update, the tangents of a trajectory's state, is kept for it beside the
// states; it is zero when an episode begins, and only then set to zero by others. Adding a
// method is one file with its rule and its row, and a line in methods.c.

#ifndef PES_ESTIMATE_DERIVATIVE_H
#define PES_ESTIMATE_DERIVATIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/kernels.h"
#include "pes/status.h"
#include "pes/system.h"

// Trajectories that take equally many steps: row i is number `unit + i`. P = num_params, D =
// num_reals, M = the rule's directions.
typedef struct pes_derivative_batch {
    const pes_system *system;
    void *worker; // the system's
    const pes_kernels *kernels;
    const pes_batch *batch; // states as before the steps; after the rule, as after them
    uint64_t seed;
    int64_t unit;
    const int64_t *episode; // count
    int64_t truncation;     // K, steps of a whole update
    const double *weight;   // count x steps, of each loss in the objective; 0 after an end, if
                            // that is known yet
    double *gradient;       // out, count x P

    // lasting
    double *tangent; // count x M x D, of the state before the steps, then after them
    double *partner; // count x P, where the rule has one

    // scratch
    double *direction;    // count x M x P, tangents of theta
    double *loss_tangent; // count x M x steps
    double *adjoint;      // count x D
    double *pulled;       // count x P, where the rule has a partner
    void *tape;           // count x steps x tape_bytes
    unsigned char *state; // count x state_bytes
    float *normal;        // the larger of P and D, rounded up to a multiple of 4
} pes_derivative_batch;

typedef struct pes_derivative_rule {
    // Tangents that each trajectory carries from update to update (M); NULL: none, and a
    // truncation's beginning is taken as given.
    int64_t (*directions)(int64_t num_params);

    // A vector of num_params is carried beside the tangent.
    bool partner;

    // Take the steps, and write every row's gradient of sum weight_t L_t. PES_E_SYSTEM.
    pes_status (*differentiate)(const pes_derivative_batch *batch);
} pes_derivative_rule;

// Calls of the system, with ends cleared before and failures named.
pes_status pes_derivative_push(const pes_derivative_batch *batch, int64_t directions);
pes_status pes_derivative_pull(const pes_derivative_batch *batch, const double *weight,
                               double *gradient);

// sum weight_t dL_t of row i along direction m, over the steps of its episode.
double pes_derivative_weighed(const pes_derivative_batch *batch, int64_t row, int64_t direction,
                              int64_t directions);

// Keep the states, or bring them back, so that the same steps can be taken once more.
void pes_derivative_save(const pes_derivative_batch *batch);
void pes_derivative_restore(const pes_derivative_batch *batch);

#endif // PES_ESTIMATE_DERIVATIVE_H
