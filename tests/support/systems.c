#include "support/systems.h"

#include <math.h>
#include <stdlib.h>

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

static void advance(const test_recipe *r, const pes_batch *b, int64_t i) {
    cell *cells = (cell *)b->state + i * r->num_params;
    for (int64_t t = 0; t < b->steps; t++) {
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
}

static pes_status unroll(void *user, void *worker, const pes_batch *batch) {
    const test_recipe *r = user;
    (void)worker;
    for (int64_t i = 0; i < batch->count; i++) {
        if (r->fail_clock > 0 && batch->clock[i] + batch->steps > r->fail_clock) {
            return pes_fail(PES_E_SYSTEM, "particle %u ran into the wall",
                            batch->stream[i].particle);
        }
        advance(r, batch, i);
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
    };
    if (recipe->with_worker) {
        system.worker_open = worker_open;
        system.worker_close = worker_close;
    }
    return system;
}
