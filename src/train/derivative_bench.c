#include "train/derivative_bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "train/guards.h"

enum { PARTICLES = PES_DERIVATIVE_PARTICLES, MOST_DIRECTIONS = 32, EPISODE = 3 };
enum { DRAW_THETA, DRAW_STEP, DRAW_WEIGHT };

typedef pes_derivative_bench bench;
typedef pes_derivative_group group;

void pes_derivative_draw(const bench *b, uint32_t use, int64_t count, double *out) {
    const pes_stream stream = {.seed = b->seed ^ UINT64_C(0x9e3779b97f4a7c15)};
    for (int64_t i = 0; i < count; i += 256) {
        float z[256];
        const int64_t here = count - i < 256 ? count - i : 256;
        pes_noise_normal(&stream, use, (uint32_t)(i / 256), here, z);
        for (int64_t k = 0; k < here; k++) {
            out[i + k] = (double)z[k];
        }
    }
}

int64_t pes_derivative_valid(const bench *b, int64_t i) {
    return b->ended[i] > 0 ? b->ended[i] : b->steps;
}

// ---- building ---------------------------------------------------------------------------

static void lay_out(bench *b, pes_arena *arena) {
    const pes_system *s = &b->system;
    const int64_t losses = PARTICLES * b->steps, rows = PARTICLES * b->directions;
    const size_t real = sizeof(double);
    const int64_t far = (int64_t)2 * PES_DIFFERENCE_LEVELS;
    b->theta = pes_arena_take(arena, PARTICLES * s->num_params, sizeof *b->theta);
    b->moved = pes_arena_take(arena, PARTICLES * s->num_params, sizeof *b->moved);
    b->step = pes_arena_take(arena, s->num_params, real);
    b->direction = pes_arena_take(arena, rows * s->num_params, real);
    b->weight = pes_arena_take(arena, losses, real);
    b->row_weight = pes_arena_take(arena, losses, real);
    b->loss = pes_arena_take(arena, losses, real);
    b->after = pes_arena_take(arena, PARTICLES, (size_t)s->state_bytes);
    b->tangent = pes_arena_take(arena, rows * b->steps, real);
    b->gradient = pes_arena_take(arena, PARTICLES * s->num_params, real);
    b->far = pes_arena_take(arena, far * losses, real);
    b->far_ended = pes_arena_take(arena, far * PARTICLES, sizeof *b->far_ended);
    b->first_tangent = pes_arena_take(arena, rows * s->num_reals, real);
    b->last_adjoint = pes_arena_take(arena, PARTICLES * s->num_reals, real);
    b->state = pes_guards_take(arena, (size_t)(PARTICLES * s->state_bytes));
    b->out = pes_guards_take(arena, (size_t)losses * real);
    b->end = pes_guards_take(arena, PARTICLES * sizeof *b->end);
    b->state_tangent = pes_guards_take(arena, (size_t)(rows * s->num_reals) * real);
    b->out_tangent = pes_guards_take(arena, (size_t)(rows * b->steps) * real);
    b->state_adjoint = pes_guards_take(arena, (size_t)(PARTICLES * s->num_reals) * real);
    b->out_adjoint = pes_guards_take(arena, (size_t)(PARTICLES * s->num_params) * real);
    b->tape = pes_guards_take(arena, (size_t)(losses * s->tape_bytes));
}

// No product of sizes may leave 64 bits; what passes may still not fit the machine.
static pes_status check(const bench *b) {
    const pes_system *s = &b->system;
    const int64_t most = INT64_C(1) << 28;
    PES_REQUIRE(s->unroll_tangents != NULL || s->unroll_adjoints != NULL, PES_E_ARGUMENT,
                "system '%s' has no derivatives: it sets neither unroll_tangents nor "
                "unroll_adjoints",
                s->name);
    PES_REQUIRE(b->steps >= 1 && b->steps < most, PES_E_ARGUMENT,
                "steps must be at least 1 and below %lld, not %lld", (long long)most,
                (long long)b->steps);
    PES_REQUIRE(s->state_bytes < INT64_MAX / 1024 && s->num_reals < most &&
                    s->tape_bytes < most,
                PES_E_ARGUMENT, "system '%s' has an impossible size", s->name);
    return PES_OK;
}

// Particle 0 has theta itself, the others something near it. The square of a group's steps is
// about 1/8^2: small beside logarithms and weights, large beside rounding.
static void choose(bench *b, const float *theta) {
    const int64_t params = b->system.num_params;
    const double members = (double)((params + b->directions - 1) / b->directions);
    pes_derivative_draw(b, DRAW_STEP, params, b->step);
    for (int64_t p = 0; p < params; p++) {
        const double size = 0.5 + 0.5 * fabs(b->step[p]) / (1.0 + fabs(b->step[p]));
        b->step[p] = copysign(0.125 * size / sqrt(members), b->step[p]);
    }
    for (int64_t i = 0; i < PARTICLES; i++) {
        b->stream[i] =
            (pes_stream){.seed = b->seed, .particle = (uint32_t)(i / 2), .episode = EPISODE};
        pes_derivative_draw(b, DRAW_THETA, params, b->gradient); // not in use yet
        for (int64_t p = 0; p < params; p++) {
            const double near = i > 0 ? 0.01 * (double)i * b->gradient[p] : 0.0;
            b->theta[i * params + p] = theta[p] + (float)near;
        }
    }
    pes_difference_round(PARTICLES, params, b->theta, b->step);
    for (int64_t row = 0; row < PARTICLES * b->directions; row++) {
        for (int64_t p = row % b->directions; p < params; p += b->directions) {
            b->direction[row * params + p] = b->step[p];
        }
    }
    pes_derivative_draw(b, DRAW_WEIGHT, PARTICLES * b->steps, b->weight);
}

pes_status pes_derivative_open(bench *b, const float *theta) {
    PES_TRY(check(b));
    const int64_t params = b->system.num_params;
    const int64_t affordable = (INT64_C(1) << 22) / params + 1;
    const int64_t wanted = params < MOST_DIRECTIONS ? params : MOST_DIRECTIONS;
    b->directions = wanted < affordable ? wanted : affordable;
    pes_arena arena = {0};
    lay_out(b, &arena);
    b->memory = arena.overflow ? NULL : aligned_alloc(PES_ARENA_ALIGNMENT, arena.used);
    PES_REQUIRE(b->memory != NULL, PES_E_MEMORY,
                "no memory to test the derivatives of system '%s'; take fewer steps",
                b->system.name);
    memset(b->memory, 0, arena.used);
    arena = (pes_arena){.base = b->memory};
    lay_out(b, &arena);
    choose(b, theta);
    if (b->system.worker_open != NULL) {
        PES_REQUIRE(b->system.worker_open(b->system.user, PARTICLES, &b->worker) == PES_OK,
                    PES_E_SYSTEM, "worker_open of system '%s' failed: %s", b->system.name,
                    pes_last_error());
    }
    return PES_OK;
}

void pes_derivative_close(bench *b) {
    if (b->worker != NULL) {
        b->system.worker_close(b->system.user, b->worker);
    }
    free(b->memory);
}

// ---- calls ------------------------------------------------------------------------------

// What a callback may write to in a call for a group, and how it is called.
typedef struct output {
    const char *name;
    const void *piece;
    size_t bytes;
} output;

enum { OUTPUTS = 8 };

static void list_outputs(const bench *b, const group *g, output out[OUTPUTS]) {
    const pes_system *s = &b->system;
    const size_t rows = (size_t)g->count, steps = (size_t)g->steps;
    const size_t real = sizeof(double), directions = (size_t)b->directions;
    const size_t reals = (size_t)s->num_reals, params = (size_t)s->num_params;
    const output all[OUTPUTS] = {
        {"its states", b->state, rows * (size_t)s->state_bytes},
        {"loss", b->out, rows * steps * real},
        {"ended", b->end, rows * sizeof *b->end},
        {"the tangents of its states", b->state_tangent, rows * directions * reals * real},
        {"the tangents of loss", b->out_tangent, rows * directions * steps * real},
        {"the adjoints of its states", b->state_adjoint, rows * reals * real},
        {"the adjoints of theta", b->out_adjoint, rows * params * real},
        {"its tape", b->tape, rows * steps * (size_t)s->tape_bytes},
    };
    memcpy(out, all, sizeof all);
}

static pes_batch batch_of(bench *b, const group *g, const float *theta, const int64_t *clock) {
    memset(b->end, 0, (size_t)g->count * sizeof *b->end);
    output out[OUTPUTS];
    list_outputs(b, g, out);
    for (int k = 0; k < OUTPUTS; k++) {
        pes_guards_set((void *)(uintptr_t)out[k].piece, out[k].bytes);
    }
    return (pes_batch){
        .count = g->count,
        .steps = g->steps,
        .theta = theta + g->first * b->system.num_params,
        .state = b->state,
        .stream = b->stream + g->first,
        .clock = clock,
        .loss = g->steps > 0 ? b->out : NULL,
        .ended = g->steps > 0 ? b->end : NULL,
    };
}

static pes_status watch(const bench *b, const group *g, const char *callback,
                        pes_status status) {
    PES_REQUIRE(status == PES_OK, PES_E_SYSTEM, "%s of system '%s' failed: %s", callback,
                b->system.name, pes_last_error());
    output out[OUTPUTS];
    list_outputs(b, g, out);
    for (int k = 0; k < OUTPUTS; k++) {
        PES_REQUIRE(pes_guards_hold(out[k].piece, out[k].bytes), PES_E_SYSTEM,
                    "%s of system '%s' writes outside %s", callback, b->system.name,
                    out[k].name);
    }
    return PES_OK;
}

pes_status pes_derivative_begin(bench *b, const group *g, const float *theta) {
    const group start = {.first = g->first, .count = g->count};
    const int64_t clock[PARTICLES] = {0};
    const pes_batch batch = batch_of(b, &start, theta, clock);
    return watch(b, &start, "init", b->system.init(b->system.user, b->worker, &batch));
}

static void set_clocks(const group *g, int64_t clock[PARTICLES]) {
    for (int64_t i = 0; i < PARTICLES; i++) {
        clock[i] = g->clock;
    }
}

pes_status pes_derivative_unroll(bench *b, const group *g, const float *theta) {
    int64_t clock[PARTICLES];
    set_clocks(g, clock);
    const pes_batch batch = batch_of(b, g, theta, clock);
    return watch(b, g, "unroll", b->system.unroll(b->system.user, b->worker, &batch));
}

// Losses and ends of the group's steps, and states after the last step, against unroll's.
static pes_status compare(const bench *b, const group *g, const char *callback) {
    for (int64_t k = 0; k < g->count; k++) {
        const int64_t i = g->first + k, left = b->ended[i] - g->clock;
        const int64_t end = left > 0 && left <= g->steps ? left : 0;
        const double *loss = b->loss + i * b->steps + g->clock, *out = b->out + k * g->steps;
        PES_REQUIRE(b->end[k] == end, PES_E_SYSTEM,
                    "%s of system '%s' ends the episode of particle %lld elsewhere than unroll",
                    callback, b->system.name, (long long)i);
        for (int64_t t = 0; t < (end > 0 ? end : g->steps); t++) {
            PES_REQUIRE(memcmp(&loss[t], &out[t], sizeof *out) == 0, PES_E_SYSTEM,
                        "%s of system '%s' loses %.17g in step %lld of particle %lld, where "
                        "unroll loses %.17g",
                        callback, b->system.name, out[t], (long long)(g->clock + t + 1),
                        (long long)i, loss[t]);
        }
        const size_t bytes = (size_t)b->system.state_bytes;
        const bool last = g->clock + g->steps == b->steps && b->ended[i] == 0;
        PES_REQUIRE(!last || memcmp(b->after + (size_t)i * bytes, b->state + (size_t)k * bytes,
                                    bytes) == 0,
                    PES_E_SYSTEM,
                    "%s of system '%s' leaves particle %lld in another state than unroll",
                    callback, b->system.name, (long long)i);
    }
    return PES_OK;
}

pes_status pes_derivative_tangents(bench *b, const group *g) {
    int64_t clock[PARTICLES];
    set_clocks(g, clock);
    const pes_batch batch = batch_of(b, g, b->theta, clock);
    const pes_tangents tangents = {
        .directions = b->directions,
        .theta = b->direction + g->first * b->directions * b->system.num_params,
        .state = b->state_tangent,
        .loss = b->out_tangent,
    };
    PES_TRY(watch(b, g, "unroll_tangents",
                  b->system.unroll_tangents(b->system.user, b->worker, &batch, &tangents)));
    return compare(b, g, "unroll_tangents");
}

pes_status pes_derivative_adjoints(bench *b, const group *g) {
    int64_t clock[PARTICLES];
    set_clocks(g, clock);
    const pes_batch batch = batch_of(b, g, b->theta, clock);
    for (int64_t k = 0; k < g->count; k++) {
        memcpy(b->row_weight + k * g->steps, b->weight + (g->first + k) * b->steps + g->clock,
               (size_t)g->steps * sizeof *b->row_weight);
    }
    const pes_adjoints adjoints = {
        .weight = b->row_weight,
        .state = b->state_adjoint,
        .theta = b->out_adjoint,
        .tape = b->tape,
    };
    PES_TRY(watch(b, g, "unroll_adjoints",
                  b->system.unroll_adjoints(b->system.user, b->worker, &batch, &adjoints)));
    return compare(b, g, "unroll_adjoints");
}
