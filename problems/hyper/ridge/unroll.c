// The steps of the ridge regression. With G = X'X, c = X'y of the rows for training, H, d, s
// the same of the others, and a the learning rate,
//
//     w <- w - a (G w - c + exp(theta) w),    L = w'H w / 2 - d'w + s / 2
//
// and with g = H w - d the slope of L:  L = w'(g - d) / 2 + s / 2. A direction v of w:
//
//     v <- v - a (G v + exp(theta) v + exp(theta) dtheta w),    dL = g'v    (w before the step)
//
// Particles are kept in columns, one array for each weight, so that every inner loop runs over
// particles and compilers vectorize it.

#include "problems/hyper/ridge/ridge.h"

enum { BLOCK = 64 };

typedef struct column {
    double of[BLOCK];
} column;

typedef struct block {
    int64_t count;                     // particles
    column strength;                   // exp(theta)
    column weight[PES_RIDGE_FEATURES]; // w
    column slope[PES_RIDGE_FEATURES];  // g, of the outer loss at w
    column loss;                       // at w
} block;

// ---- a block of particles -------------------------------------------------------------------

static void gather(const pes_ridge *ridge, const pes_batch *batch, int64_t at, block *b) {
    const int64_t features = ridge->features, left = batch->count - at;
    const double *state = (const double *)batch->state + at * features;
    b->count = left < BLOCK ? left : BLOCK;
    for (int64_t i = 0; i < b->count; i++) {
        b->strength.of[i] = (double)batch->theta[at + i];
        for (int64_t f = 0; f < features; f++) {
            b->weight[f].of[i] = state[i * features + f];
        }
    }
    ridge->kernels->dexp(b->count, b->strength.of, b->strength.of);
}

static void scatter(const pes_ridge *ridge, const block *b, const pes_batch *batch,
                    int64_t at) {
    const int64_t features = ridge->features;
    double *state = (double *)batch->state + at * features;
    for (int64_t i = 0; i < b->count; i++) {
        for (int64_t f = 0; f < features; f++) {
            state[i * features + f] = b->weight[f].of[i];
        }
    }
}

// The slope of half a sum of squares at the weights: gram w - cross.
static void slope_of(const pes_ridge_squares *sums, int64_t features, const block *b,
                     column *slope) {
    for (int64_t f = 0; f < features; f++) {
        for (int64_t i = 0; i < b->count; i++) {
            slope[f].of[i] = -sums->cross[f];
        }
        for (int64_t k = 0; k < features; k++) {
            const double gram = sums->gram[f][k];
            for (int64_t i = 0; i < b->count; i++) {
                slope[f].of[i] += gram * b->weight[k].of[i];
            }
        }
    }
}

static void advance(const pes_ridge *ridge, block *b) {
    const int64_t features = ridge->features;
    const double rate = ridge->options.learning_rate;
    slope_of(&ridge->inner, features, b, b->slope);
    for (int64_t f = 0; f < features; f++) {
        for (int64_t i = 0; i < b->count; i++) {
            const double pull = b->slope[f].of[i] + b->strength.of[i] * b->weight[f].of[i];
            b->weight[f].of[i] -= rate * pull;
        }
    }
    slope_of(&ridge->outer, features, b, b->slope);
    for (int64_t i = 0; i < b->count; i++) {
        b->loss.of[i] = 0.0;
    }
    for (int64_t f = 0; f < features; f++) {
        const double cross = ridge->outer.cross[f];
        for (int64_t i = 0; i < b->count; i++) {
            b->loss.of[i] += b->weight[f].of[i] * (b->slope[f].of[i] - cross);
        }
    }
}

static void report(const pes_ridge *ridge, const block *b, int64_t steps, double *loss) {
    for (int64_t i = 0; i < b->count; i++) {
        loss[i * steps] = 0.5 * (b->loss.of[i] + ridge->outer.square);
    }
}

// ---- the system -----------------------------------------------------------------------------

pes_status pes_ridge_init(void *user, void *worker, const pes_batch *batch) {
    const pes_ridge *ridge = user;
    (void)worker;
    double *state = batch->state;
    for (int64_t i = 0; i < batch->count * ridge->features; i++) {
        state[i] = 0.0;
    }
    return PES_OK;
}

pes_status pes_ridge_unroll(void *user, void *worker, const pes_batch *batch) {
    const pes_ridge *ridge = user;
    (void)worker;
    block b;
    for (int64_t at = 0; at < batch->count; at += BLOCK) {
        gather(ridge, batch, at, &b);
        for (int64_t t = 0; t < batch->steps; t++) {
            advance(ridge, &b);
            report(ridge, &b, batch->steps, batch->loss + at * batch->steps + t);
        }
        scatter(ridge, &b, batch, at);
    }
    return PES_OK;
}

// ---- derivatives ----------------------------------------------------------------------------

// v - a (G v + exp(theta) v): a direction through a step, forward and, as G is symmetric, back.
static void turn(const pes_ridge *ridge, double strength, double *v) {
    double turned[PES_RIDGE_FEATURES];
    for (int64_t f = 0; f < ridge->features; f++) {
        turned[f] = strength * v[f];
        for (int64_t k = 0; k < ridge->features; k++) {
            turned[f] += ridge->inner.gram[f][k] * v[k];
        }
    }
    for (int64_t f = 0; f < ridge->features; f++) {
        v[f] -= ridge->options.learning_rate * turned[f];
    }
}

// One direction through the step that particle i took from `before`; returns dL.
static double carry(const pes_ridge *ridge, const block *b, int64_t i, const column *before,
                    double theta, double *v) {
    const double strength = b->strength.of[i];
    const double push = ridge->options.learning_rate * strength * theta;
    double loss = 0.0;
    turn(ridge, strength, v);
    for (int64_t f = 0; f < ridge->features; f++) {
        v[f] -= push * before[f].of[i];
        loss += b->slope[f].of[i] * v[f];
    }
    return loss;
}

pes_status pes_ridge_tangents(void *user, void *worker, const pes_batch *batch,
                              const pes_tangents *tangents) {
    const pes_ridge *ridge = user;
    (void)worker;
    block b;
    column before[PES_RIDGE_FEATURES];
    const int64_t directions = tangents->directions, steps = batch->steps;
    for (int64_t at = 0; at < batch->count; at += BLOCK) {
        gather(ridge, batch, at, &b);
        for (int64_t t = 0; t < steps; t++) {
            for (int64_t f = 0; f < ridge->features; f++) {
                before[f] = b.weight[f];
            }
            advance(ridge, &b);
            report(ridge, &b, steps, batch->loss + at * steps + t);
            for (int64_t row = at * directions; row < (at + b.count) * directions; row++) {
                double *v = tangents->state + ridge->features * row;
                tangents->loss[row * steps + t] =
                    carry(ridge, &b, row / directions - at, before, tangents->theta[row], v);
            }
        }
        scatter(ridge, &b, batch, at);
    }
    return PES_OK;
}

// Columns of the block into each particle's tape, or what belongs there of one step.
static void keep(const pes_ridge *ridge, const block *b, const column *columns, int64_t steps,
                 double *tape) {
    const int64_t features = ridge->features;
    for (int64_t i = 0; i < b->count; i++) {
        for (int64_t f = 0; f < features; f++) {
            tape[2 * features * steps * i + f] = columns[f].of[i];
        }
    }
}

// One particle back through its steps. `v` and `theta` are dF by w and by theta.
static void walk_back(const pes_ridge *ridge, double strength, int64_t steps,
                      const double *tape, const double *weight, double *v, double *theta) {
    const int64_t features = ridge->features;
    for (int64_t t = steps - 1; t >= 0; t--) {
        const double *before = tape + 2 * features * t, *slope = before + features;
        double pull = 0.0;
        for (int64_t f = 0; f < features; f++) {
            v[f] += weight[t] * slope[f];
            pull += before[f] * v[f];
        }
        *theta -= ridge->options.learning_rate * strength * pull;
        turn(ridge, strength, v);
    }
}

pes_status pes_ridge_adjoints(void *user, void *worker, const pes_batch *batch,
                              const pes_adjoints *adjoints) {
    const pes_ridge *ridge = user;
    (void)worker;
    block b;
    const int64_t steps = batch->steps, features = ridge->features;
    for (int64_t at = 0; at < batch->count; at += BLOCK) {
        double *tape = (double *)adjoints->tape + 2 * features * steps * at;
        gather(ridge, batch, at, &b);
        for (int64_t t = 0; t < steps; t++) {
            keep(ridge, &b, b.weight, steps, tape + 2 * features * t);
            advance(ridge, &b);
            report(ridge, &b, steps, batch->loss + at * steps + t);
            keep(ridge, &b, b.slope, steps, tape + 2 * features * t + features);
        }
        for (int64_t i = 0; i < b.count; i++) {
            const int64_t row = at + i;
            walk_back(ridge, b.strength.of[i], steps, tape + 2 * features * steps * i,
                      adjoints->weight + row * steps, adjoints->state + features * row,
                      adjoints->theta + row);
        }
        scatter(ridge, &b, batch, at);
    }
    return PES_OK;
}
