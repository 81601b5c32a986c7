// Derivatives of the two-dimensional regression. With g the slope of f at x, H its second
// derivatives, and a the learning rate of the step,
//
//     x' = x - a g(x),    dx' = dx - a H dx - g da,    dL = g(x') . dx'
//     da = (1 - t/T) exp(theta0) dtheta0 + (t/T) exp(theta1) dtheta1
//
// H holds where x1 is not 100; there f has a kink and the derivatives are those of either side.

#include <math.h>

#include "problems/synthetic/regression2d.h"

typedef pes_regression2d_block block;

// What one step leaves for the way back: all of it before the move.
typedef struct link {
    double rate, passed;
    double slope[2];
    double bend[3]; // H00, H01 = H10, H11
} link;

_Static_assert(sizeof(link) == PES_REGRESSION2D_TAPE, "a step of the tape is one link");

// Particle i of the block before its next step. The block has been measured at x.
static link before_step(const block *b, int64_t i) {
    const double x = b->x[0][i], s = b->sine[i], c = b->cosine[i], bell = b->bell[i];
    const double root = sqrt(x * x + 5.0), ripple = s * s * bell;
    return (link){
        .rate = b->rate[i],
        .passed = b->passed[i],
        .slope = {b->slope[0][i], b->slope[1][i]},
        .bend = {5.0 / (root * root * root) + (100.0 * x * x - 10.0) * ripple,
                 -20.0 * x * s * c * bell, 2.0 * (c * c - s * s) * bell},
    };
}

// H v
static void bend(const link *l, const double v[2], double out[2]) {
    out[0] = l->bend[0] * v[0] + l->bend[1] * v[1];
    out[1] = l->bend[1] * v[0] + l->bend[2] * v[1];
}

// One direction through one step. `theta`: of exp(theta), in logarithms; dx is both ways.
static void carry(const block *b, int64_t i, const link *l, const double theta[2],
                  double dx[2]) {
    double turned[2];
    bend(l, dx, turned);
    const double rate =
        (1.0 - l->passed) * b->first[i] * theta[0] + l->passed * b->last[i] * theta[1];
    for (int d = 0; d < 2; d++) {
        dx[d] -= l->rate * turned[d] + l->slope[d] * rate;
    }
}

pes_status pes_regression2d_tangents(void *user, void *worker, const pes_batch *batch,
                                     const pes_tangents *tangents) {
    const pes_regression2d *regression = user;
    (void)worker;
    block b;
    const int64_t directions = tangents->directions, steps = batch->steps;
    for (int64_t at = 0; at < batch->count; at += PES_REGRESSION2D_BLOCK) {
        pes_regression2d_gather(user, batch, at, &b);
        regression->kernels->ripple_measure(&b);
        for (int64_t t = 0; t < steps; t++) {
            link here[PES_REGRESSION2D_BLOCK];
            pes_regression2d_rates(user, &b);
            for (int64_t i = 0; i < b.count; i++) {
                here[i] = before_step(&b, i);
            }
            regression->kernels->ripple_step(&b);
            for (int64_t row = at * directions; row < (at + b.count) * directions; row++) {
                const int64_t i = row / directions - at;
                double *dx = tangents->state + 2 * row;
                carry(&b, i, &here[i], tangents->theta + 2 * row, dx);
                tangents->loss[row * steps + t] = b.slope[0][i] * dx[0] + b.slope[1][i] * dx[1];
            }
            for (int64_t i = 0; i < b.count; i++) {
                batch->loss[(at + i) * steps + t] = b.loss[i];
            }
        }
        pes_regression2d_scatter(&b, batch, at);
    }
    return PES_OK;
}

// Forward through the block's steps, leaving a link for each particle and step.
static void record(void *user, const pes_batch *batch, int64_t at, block *b, link *tape) {
    const pes_regression2d *regression = user;
    const int64_t steps = batch->steps;
    pes_regression2d_gather(user, batch, at, b);
    regression->kernels->ripple_measure(b);
    for (int64_t t = 0; t < steps; t++) {
        pes_regression2d_rates(user, b);
        for (int64_t i = 0; i < b->count; i++) {
            tape[(at + i) * steps + t] = before_step(b, i);
        }
        regression->kernels->ripple_step(b);
        for (int64_t i = 0; i < b->count; i++) {
            batch->loss[(at + i) * steps + t] = b->loss[i];
        }
    }
    pes_regression2d_scatter(b, batch, at);
}

// Particle i of the block back through its steps. `dx` and `theta` are dF by x and by theta.
static void walk_back(const block *b, int64_t i, int64_t steps, const link *tape,
                      const double *weight, double dx[2], double theta[2]) {
    double after[2] = {b->slope[0][i], b->slope[1][i]};
    for (int64_t t = steps - 1; t >= 0; t--) {
        const link *l = &tape[t];
        double turned[2];
        dx[0] += weight[t] * after[0];
        dx[1] += weight[t] * after[1];
        const double rate = -(l->slope[0] * dx[0] + l->slope[1] * dx[1]);
        theta[0] += (1.0 - l->passed) * b->first[i] * rate;
        theta[1] += l->passed * b->last[i] * rate;
        bend(l, dx, turned);
        for (int d = 0; d < 2; d++) {
            dx[d] -= l->rate * turned[d];
            after[d] = l->slope[d];
        }
    }
}

pes_status pes_regression2d_adjoints(void *user, void *worker, const pes_batch *batch,
                                     const pes_adjoints *adjoints) {
    (void)worker;
    block b;
    const int64_t steps = batch->steps;
    link *tape = adjoints->tape;
    for (int64_t at = 0; at < batch->count; at += PES_REGRESSION2D_BLOCK) {
        record(user, batch, at, &b, tape);
        for (int64_t i = 0; i < b.count; i++) {
            const int64_t row = at + i;
            walk_back(&b, i, steps, tape + row * steps, adjoints->weight + row * steps,
                      adjoints->state + 2 * row, adjoints->theta + 2 * row);
        }
    }
    return PES_OK;
}
