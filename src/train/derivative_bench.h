// Calls of a system's derivatives with everything around them watched, for the self-test.

#ifndef PES_TRAIN_DERIVATIVE_BENCH_H
#define PES_TRAIN_DERIVATIVE_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "pes/system.h"
#include "train/differences.h"

enum { PES_DERIVATIVE_PARTICLES = 4 };

// Consecutive particles and some of their steps. Below, "rows" are those of the group.
typedef struct pes_derivative_group {
    int64_t first;
    int64_t count;
    int64_t clock; // steps taken before
    int64_t steps; // at most the bench's
} pes_derivative_group;

// P = num_params, D = num_reals, M = directions, N = PES_DERIVATIVE_PARTICLES.
typedef struct pes_derivative_bench {
    pes_system system;
    int64_t steps;
    int64_t directions;
    uint64_t seed;
    pes_stream stream[PES_DERIVATIVE_PARTICLES];
    void *worker;
    void *memory;
    // what is asked
    float *theta;      // N x P
    double *step;      // P; direction m has the elements p = m, m + M, ..
    double *direction; // N x M x P, the same spread out
    double *weight;    // N x steps, of the losses; steps after an end have one too
    // what unroll says from the start to the end
    double *loss; // N x steps
    int64_t ended[PES_DERIVATIVE_PARTICLES];
    unsigned char *after; // N x state_bytes
    // what the derivatives say of the same
    double *tangent;  // N x M x steps
    double *gradient; // N x P, of the weighted losses
    // working memory of one call, each between guards
    unsigned char *state;  // rows x state_bytes
    double *out;           // rows x steps, losses
    int64_t *end;          // rows
    double *state_tangent; // rows x M x D
    double *out_tangent;   // rows x M x steps
    double *state_adjoint; // rows x D
    double *out_adjoint;   // rows x P
    unsigned char *tape;   // rows x steps x tape_bytes
    double *row_weight;    // rows x steps, of the group's steps
    // for comparisons
    float *moved;          // N x P
    double *far;           // 2 LEVELS x N x steps: losses a step of theta away, up and down
    int64_t *far_ended;    // 2 LEVELS x N
    double *first_tangent; // N x M x D
    double *last_adjoint;  // N x D
    double uncertainty;    // of the differences, relative, summed over `compared`
    int64_t compared;
    int64_t conclusive;
} pes_derivative_bench;

// Check the system's sizes, lay out, choose particles near `theta`, and open the worker. What a
// failure leaves, close() takes apart.
pes_status pes_derivative_open(pes_derivative_bench *bench, const float *theta);
void pes_derivative_close(pes_derivative_bench *bench);

// count standard normals, rounded to single precision.
void pes_derivative_draw(const pes_derivative_bench *bench, uint32_t use, int64_t count,
                         double *out);

// Rows of the group at their start, with theta (N x P).
pes_status pes_derivative_begin(pes_derivative_bench *bench, const pes_derivative_group *group,
                                const float *theta);

// One call of a callback. Results are in the working memory; losses and ends are those of
// unroll, or the call fails.
pes_status pes_derivative_unroll(pes_derivative_bench *bench, const pes_derivative_group *group,
                                 const float *theta);
pes_status pes_derivative_tangents(pes_derivative_bench *bench,
                                   const pes_derivative_group *group);
pes_status pes_derivative_adjoints(pes_derivative_bench *bench,
                                   const pes_derivative_group *group);

// Steps of particle i that belong to its episode.
int64_t pes_derivative_valid(const pes_derivative_bench *bench, int64_t i);

#endif // PES_TRAIN_DERIVATIVE_BENCH_H
