#include "support/systems.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// One coordinate of a state.
typedef struct cell {
    double s;
    double memory; // of TEST_HISTORY
} cell;

static pes_status init(void *user, void *worker, const pes_batch *batch) {
    const test_recipe *r = user;
    (void)worker;
    cell *cells = batch->state;
    for (int64_t i = 0; i < batch->count; i++) {
        if (r->fail_episode > 0 && batch->stream[i].episode == r->fail_episode) {
            return pes_fail(PES_E_SYSTEM, "episode %u is unlucky", batch->stream[i].episode);
        }
        for (int64_t d = 0; d < r->num_params; d++) {
            float z = 0.0f;
            if (r->start_anywhere) {
                float draws[8];
                pes_noise_normal(&batch->stream[i], TEST_USE_START, 0, 8, draws);
                z = draws[d % 8] + 0.5f * batch->theta[i * r->num_params + d];
            }
            cells[i * r->num_params + d] = (cell){.s = (double)z, .memory = 0.0};
        }
    }
    return PES_OK;
}

static double step_cell(const test_recipe *r, cell *c, double theta) {
    switch (r->dynamics) {
    case TEST_LINEAR:
        c->s += theta;
        return c->s;
    case TEST_QUADRATIC:
        c->s += theta;
        return 0.5 * c->s * c->s;
    case TEST_HISTORY:
        // Products and sums alone, whose bits no mathematical library decides.
        c->s = theta + (c->s + c->memory) * (1.5 - 0.5 * c->s * c->s) * 0.5;
        c->s = c->s > 2.0 ? 2.0 : (c->s < -2.0 ? -2.0 : c->s);
        c->memory = 0.9 * c->memory + 0.1 * c->s;
        return c->s * c->memory + c->s;
    }
    return 0.0;
}

int64_t test_drawn_end(const test_recipe *recipe, const pes_stream *stream) {
    int32_t end = 0;
    pes_noise_sample(stream, TEST_USE_END, 0, 1, recipe->end_drawn, &end);
    return end + 1;
}

// Does the episode end with the step that brought the particle to `clock` steps?
static bool ends(const test_recipe *r, const pes_stream *stream, int64_t clock, double s) {
    return (r->end_after > 0 && clock >= r->end_after) ||
           (r->end_drawn > 0 && clock >= test_drawn_end(r, stream)) ||
           (r->end_above > 0.0 && s > r->end_above);
}

static double damaged(const test_recipe *r, const pes_stream *stream, int64_t clock, double s,
                      double loss) {
    if (r->bad_modulus > 0 && stream->particle % r->bad_modulus == 1 && clock == r->bad_clock) {
        return (double)NAN;
    }
    return r->bad_above > 0.0 && s > r->bad_above ? (double)INFINITY : loss;
}

// One step of a particle.
static void advance(const test_recipe *r, const pes_batch *b, int64_t i, int64_t t) {
    cell *cells = (cell *)b->state + i * r->num_params;
    const int64_t clock = b->clock[i] + t;
    double loss = 0.0;
    for (int64_t d = 0; d < r->num_params; d++) {
        loss += step_cell(r, &cells[d], (double)b->theta[i * r->num_params + d]);
    }
    if (r->noise > 0.0) {
        float z = 0.0f;
        pes_noise_normal(&b->stream[i], TEST_USE_NOISE, (uint32_t)clock, 1, &z);
        cells[0].s += r->noise * (double)z;
    }
    loss = damaged(r, &b->stream[i], clock, cells[0].s, loss);
    b->loss[i * b->steps + t] = loss;
    if (b->ended[i] == 0 && ends(r, &b->stream[i], clock + 1, cells[0].s)) {
        b->ended[i] = t + 1;
    }
}

static pes_status unroll(void *user, void *worker, const pes_batch *batch) {
    const test_recipe *r = user;
    (void)worker;
    for (int64_t i = 0; i < batch->count; i++) {
        if (r->fail_clock > 0 && batch->clock[i] + batch->steps > r->fail_clock) {
            return pes_fail(PES_E_SYSTEM, "particle %u ran into the wall",
                            batch->stream[i].particle);
        }
        for (int64_t t = 0; t < batch->steps; t++) {
            advance(r, batch, i, t);
        }
    }
    return PES_OK;
}

// ---- derivatives ------------------------------------------------------------------------

// Partial derivatives of one step of a cell: s' = f + noise after the loss, m' the memory.
typedef struct slope {
    double s_s, s_m, s_theta; // of s' by s, memory, theta
    double m_m, m_s;          // of memory' by memory, and by s'
    double loss_s, loss_m;    // of the loss by s', memory'
} slope;

static slope slope_of(const test_recipe *r, const cell *before, double theta) {
    cell after = *before;
    (void)step_cell(r, &after, theta);
    if (r->dynamics != TEST_HISTORY) {
        return (slope){
            .s_s = 1.0, .s_theta = 1.0, .loss_s = r->dynamics == TEST_LINEAR ? 1.0 : after.s};
    }
    const double s = before->s, sum = s + before->memory, factor = 1.5 - 0.5 * s * s;
    const bool clipped = after.s == 2.0 || after.s == -2.0;
    return (slope){
        .s_s = clipped ? 0.0 : 0.5 * (factor - sum * s),
        .s_m = clipped ? 0.0 : 0.5 * factor,
        .s_theta = clipped ? 0.0 : 1.0,
        .m_m = 0.9,
        .m_s = 0.1,
        .loss_s = after.memory + 1.0,
        .loss_m = after.s,
    };
}

// Tangents of a cell are two numbers, of s and of the memory. Returns that of the loss.
static double push(const slope *k, double theta, double *tangent) {
    const double s = k->s_s * tangent[0] + k->s_m * tangent[1] + k->s_theta * theta;
    tangent[1] = k->m_m * tangent[1] + k->m_s * s;
    tangent[0] = s;
    return k->loss_s * tangent[0] + k->loss_m * tangent[1];
}

// And back. Returns what theta gains.
static double pull(const slope *k, double weight, double *adjoint) {
    const double m = adjoint[1] + weight * k->loss_m;
    const double s = adjoint[0] + weight * k->loss_s + k->m_s * m;
    adjoint[0] = k->s_s * s;
    adjoint[1] = k->m_m * m + k->s_m * s;
    return k->s_theta * s;
}

static pes_status unroll_tangents(void *user, void *worker, const pes_batch *b,
                                  const pes_tangents *g) {
    const test_recipe *r = user;
    const int64_t n = r->num_params;
    (void)worker;
    for (int64_t i = 0; i < b->count; i++) {
        const cell *cells = (const cell *)b->state + i * n;
        for (int64_t t = 0; t < b->steps; t++) {
            for (int64_t m = i * g->directions; m < (i + 1) * g->directions; m++) {
                double loss = 0.0;
                for (int64_t d = 0; d < n; d++) {
                    const slope k = slope_of(r, &cells[d], (double)b->theta[i * n + d]);
                    loss += push(&k, g->theta[m * n + d], g->state + 2 * (m * n + d));
                }
                g->loss[m * b->steps + t] = loss;
            }
            advance(r, b, i, t);
        }
    }
    return PES_OK;
}

// The tape holds the cells before every step.
static pes_status unroll_adjoints(void *user, void *worker, const pes_batch *b,
                                  const pes_adjoints *g) {
    const test_recipe *r = user;
    const int64_t n = r->num_params;
    (void)worker;
    for (int64_t i = 0; i < b->count; i++) {
        cell *tape = (cell *)g->tape + i * b->steps * n;
        for (int64_t t = 0; t < b->steps; t++) {
            memcpy(tape + t * n, (const cell *)b->state + i * n, (size_t)n * sizeof *tape);
            advance(r, b, i, t);
        }
        for (int64_t t = (b->ended[i] > 0 ? b->ended[i] : b->steps) - 1; t >= 0; t--) {
            for (int64_t d = 0; d < n; d++) {
                const slope k = slope_of(r, &tape[t * n + d], (double)b->theta[i * n + d]);
                g->theta[i * n + d] +=
                    pull(&k, g->weight[i * b->steps + t], g->state + 2 * (i * n + d));
            }
        }
    }
    return PES_OK;
}

static pes_status worker_open(void *user, int64_t max_count, void **worker) {
    test_recipe *r = user;
    r->opened++;
    if (r->fail_worker > 0 && r->opened == r->fail_worker) {
        return pes_fail(PES_E_SYSTEM, "the workshop has no more than %lld benches",
                        (long long)r->fail_worker - 1);
    }
    *worker = malloc((size_t)max_count);
    if (*worker == NULL) {
        return pes_fail(PES_E_MEMORY, "out of memory for a worker");
    }
    r->workers++;
    return PES_OK;
}

static void worker_close(void *user, void *worker) {
    test_recipe *r = user;
    r->workers--;
    free(worker);
}

test_recipe test_recipe_default(test_dynamics dynamics, int64_t num_params) {
    return (test_recipe){.dynamics = dynamics, .num_params = num_params};
}

pes_system test_system(test_recipe *recipe) {
    pes_system system = {
        .size = (uint32_t)sizeof system,
        .name = "test",
        .num_params = recipe->num_params,
        .state_bytes = recipe->num_params * (int64_t)sizeof(cell),
        .user = recipe,
        .init = init,
        .unroll = unroll,
        .num_reals = 2 * recipe->num_params,
        .tape_bytes = recipe->num_params * (int64_t)sizeof(cell),
        .unroll_tangents = unroll_tangents,
        .unroll_adjoints = unroll_adjoints,
    };
    if (recipe->with_worker) {
        system.worker_open = worker_open;
        system.worker_close = worker_close;
    }
    return system;
}
