// The two-dimensional regression in single precision, in which JAX and PyTorch compute unless
// they are told otherwise. Sums of losses agree with those in double precision to six digits
// where the steps of SGD are small, and to three at the optimum of the schedule
// (tests/unit/problems/test_published_systems.c).

#include "problems/synthetic/regression2d.h"

typedef pes_kernels_ripples_single block;

// Zeros up to the end of the last vector.
static void fill_vector(block *b) {
    for (int64_t i = b->count; i % PES_KERNELS_RIPPLE_SINGLES != 0; i++) {
        b->first[i] = b->last[i] = b->time[i] = 0.0f;
    }
}

// A state is the four numbers of `place`.
static void gather(const pes_regression2d *problem, const pes_batch *batch, int64_t at,
                   block *b) {
    const float *state = (const float *)batch->state + 4 * at, *theta = batch->theta + 2 * at;
    const int64_t left = batch->count - at, horizon = problem->options.horizon;
    b->count = left < PES_KERNELS_RIPPLES ? left : PES_KERNELS_RIPPLES;
    b->horizon = (float)horizon;
    for (int64_t i = 0; i < b->count; i++) {
        const int64_t clock = batch->clock[at + i];
        b->time[i] = (float)(clock < horizon ? clock : horizon);
        b->first[i] = theta[2 * i];
        b->last[i] = theta[2 * i + 1];
    }
    problem->kernels->exp(b->count, b->first, b->first);
    problem->kernels->exp(b->count, b->last, b->last);
    problem->kernels->lanes_gather(PES_KERNELS_RIPPLES, b->count, 4, state, 4, b->place[0]);
    fill_vector(b);
}

static void scatter(const block *b, const pes_batch *batch, int64_t at) {
    float *state = (float *)batch->state + 4 * at;
    for (int64_t i = 0; i < b->count; i++) {
        for (int d = 0; d < 4; d++) {
            state[4 * i + d] = b->place[d][i];
        }
    }
}

pes_status pes_regression2d_init_single(void *user, void *worker, const pes_batch *batch) {
    const pes_regression2d *problem = user;
    (void)worker;
    block b = {.count = 1, .place = {{1.0f}, {1.0f}}};
    double loss;
    problem->kernels->ripple_measure_single(&b, &loss);
    float *state = batch->state;
    for (int64_t i = 0; i < 4 * batch->count; i++) {
        state[i] = b.place[i % 4][0];
    }
    return PES_OK;
}

pes_status pes_regression2d_unroll_single(void *user, void *worker, const pes_batch *batch) {
    const pes_regression2d *problem = user;
    (void)worker;
    block b;
    for (int64_t at = 0; at < batch->count; at += PES_KERNELS_RIPPLES) {
        gather(problem, batch, at, &b);
        problem->kernels->ripple_steps_single(&b, batch->steps,
                                              batch->loss + at * batch->steps);
        scatter(&b, batch, at);
    }
    return PES_OK;
}
