// Does a system keep its promises?
//
// Four particles in two pairs, each pair with one stream, each particle with its own theta, are
// first run alone: from the start, `steps` steps in one call. Every later trial runs some of
// them in another way that the promises allow (a state that was dirty before, a batch, another
// order, two calls, copied bytes, a snapshot, neighbours with other clocks, a state from which
// what it gathered was taken) and must find the same losses and the same ends, bit for bit.
// Around all that a callback may write lie guards.

#include "pes/selftest.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/sized.h"
#include "base/status.h"
#include "train/guards.h"
#include "train/selftest_common.h"
#include "unroll/unroll.h"

enum { PARTICLES = 4, EPISODE = 3, WORKERS = 2 };

static const uint64_t unwritten_loss = UINT64_C(0x7ff8c0dec0dec0de); // a NaN of no arithmetic

// Everything that the trials share. Rows of `theta` and `stream` are particles.
typedef struct bench {
    pes_system system;
    int64_t steps;
    pes_stream stream[PARTICLES];
    float *theta; // PARTICLES x num_params
    double *loss; // PARTICLES x steps: what the particles lose alone
    int64_t ended[PARTICLES];
    void *worker[WORKERS];
    void *memory;
    // One trial's own:
    unsigned char *state; // PARTICLES x state_bytes, between guards
    unsigned char *other; // the same again, for copies
    unsigned char *form;  // snapshot_bytes, between guards
    float *row;           // PARTICLES x num_params
    double *out;          // PARTICLES x steps, between guards
    int64_t *end;         // PARTICLES, between guards
    void *common;         // common_bytes, between guards
    double *gathered;     // num_gathered, between guards
    const void *known;    // common, or NULL: what batches are given
} bench;

// Particles, as rows of one batch.
typedef struct group {
    int64_t count;
    int64_t who[PARTICLES];
    int64_t clock[PARTICLES];
} group;

// ---- calling the system ---------------------------------------------------------------------

static pes_status check_guards(const bench *b, const char *callback, const group *g,
                               int64_t steps) {
    const size_t states = (size_t)(g->count * b->system.state_bytes);
    PES_REQUIRE(pes_guards_hold(b->state, states) && pes_guards_hold(b->other, states),
                PES_E_SYSTEM,
                "%s of system '%s' writes outside its states: is state_bytes (%lld) too small?",
                callback, b->system.name, (long long)b->system.state_bytes);
    PES_REQUIRE(pes_guards_hold(b->out, (size_t)(g->count * steps) * sizeof *b->out),
                PES_E_SYSTEM,
                "%s of system '%s' writes outside loss: its rows are as long as batch->steps",
                callback, b->system.name);
    PES_REQUIRE(pes_guards_hold(b->end, (size_t)g->count * sizeof *b->end), PES_E_SYSTEM,
                "%s of system '%s' writes outside ended: it is as long as batch->count",
                callback, b->system.name);
    return PES_OK;
}

static pes_batch batch_of(bench *b, const group *g, int64_t steps, unsigned char *state,
                          pes_stream stream[PARTICLES]) {
    const size_t row = (size_t)b->system.num_params;
    for (int64_t i = 0; i < g->count; i++) {
        stream[i] = b->stream[g->who[i]];
        memcpy(b->row + (size_t)i * row, b->theta + (size_t)g->who[i] * row,
               row * sizeof(float));
        b->end[i] = 0;
        for (int64_t t = 0; t < steps; t++) {
            memcpy(&b->out[i * steps + t], &unwritten_loss, sizeof unwritten_loss);
        }
    }
    const size_t states = (size_t)(g->count * b->system.state_bytes);
    pes_guards_set(b->state, states);
    pes_guards_set(b->other, states);
    pes_guards_set(b->out, (size_t)(g->count * steps) * sizeof *b->out);
    pes_guards_set(b->end, (size_t)g->count * sizeof *b->end);
    return (pes_batch){.count = g->count,
                       .steps = steps,
                       .theta = b->row,
                       .state = state,
                       .stream = stream,
                       .clock = g->clock,
                       .common = b->known};
}

static pes_status begin(bench *b, void *worker, const group *g, unsigned char fill) {
    pes_stream stream[PARTICLES];
    const pes_batch batch = batch_of(b, g, 0, b->state, stream);
    memset(b->state, fill, (size_t)(g->count * b->system.state_bytes));
    PES_REQUIRE(b->system.init(b->system.user, worker, &batch) == PES_OK, PES_E_SYSTEM,
                "init of system '%s' failed: %s", b->system.name, pes_last_error());
    return check_guards(b, "init", g, 0);
}

// Unroll into b->out and b->end.
static pes_status advance(bench *b, void *worker, const group *g, int64_t steps,
                          unsigned char *state) {
    pes_stream stream[PARTICLES];
    pes_batch batch = batch_of(b, g, steps, state, stream);
    batch.loss = b->out;
    batch.ended = b->end;
    PES_REQUIRE(b->system.unroll(b->system.user, worker, &batch) == PES_OK, PES_E_SYSTEM,
                "unroll of system '%s' failed: %s", b->system.name, pes_last_error());
    PES_TRY(check_guards(b, "unroll", g, steps));
    for (int64_t i = 0; i < g->count; i++) {
        PES_REQUIRE(b->end[i] >= 0 && b->end[i] <= steps, PES_E_SYSTEM,
                    "unroll of system '%s' sets ended to %lld, which is not in 0..%lld",
                    b->system.name, (long long)b->end[i], (long long)steps);
        const int64_t valid = b->end[i] > 0 ? b->end[i] : steps;
        for (int64_t t = 0; t < valid; t++) {
            PES_REQUIRE(memcmp(&b->out[i * steps + t], &unwritten_loss, sizeof(double)) != 0,
                        PES_E_SYSTEM,
                        "unroll of system '%s' leaves the loss of step %lld unset",
                        b->system.name, (long long)(t + 1));
        }
    }
    return PES_OK;
}

// ---- comparing ------------------------------------------------------------------------------

// The same bits; one not-a-number is as good as another.
static bool same(double a, double b) {
    return memcmp(&a, &b, sizeof a) == 0 || (a != a && b != b);
}

// The rows just advanced against what their particles lost alone from step `first` on.
static pes_status compare(const bench *b, const group *g, int64_t first, int64_t steps,
                          const char *promise) {
    for (int64_t i = 0; i < g->count; i++) {
        const int64_t who = g->who[i], left = b->ended[who] - first;
        const int64_t end = left > 0 && left <= steps ? left : 0;
        PES_REQUIRE(b->end[i] == end, PES_E_SYSTEM,
                    "system '%s': %s, yet the episode of particle %lld ends elsewhere",
                    b->system.name, promise, (long long)who);
        const double *alone = b->loss + who * b->steps + first;
        for (int64_t t = 0; t < (end > 0 ? end : steps); t++) {
            PES_REQUIRE(
                same(alone[t], b->out[i * steps + t]), PES_E_SYSTEM,
                "system '%s': %s, yet step %lld of particle %lld loses %.17g, not %.17g",
                b->system.name, promise, (long long)(first + t + 1), (long long)who,
                b->out[i * steps + t], alone[t]);
        }
    }
    return PES_OK;
}

// ---- trials ---------------------------------------------------------------------------------

static pes_status run_alone(bench *b) {
    for (int64_t who = 0; who < PARTICLES; who++) {
        const group g = {.count = 1, .who = {who}};
        PES_TRY(begin(b, b->worker[0], &g, 0));
        PES_TRY(advance(b, b->worker[0], &g, b->steps, b->state));
        memcpy(b->loss + who * b->steps, b->out, (size_t)b->steps * sizeof *b->out);
        b->ended[who] = b->end[0];
    }
    return PES_OK;
}

static pes_status run_again(bench *b, unsigned char fill, const char *promise) {
    for (int64_t who = 0; who < PARTICLES; who++) {
        const group g = {.count = 1, .who = {who}};
        PES_TRY(begin(b, b->worker[0], &g, fill));
        PES_TRY(advance(b, b->worker[0], &g, b->steps, b->state));
        PES_TRY(compare(b, &g, 0, b->steps, promise));
    }
    return PES_OK;
}

static pes_status run_batch(bench *b, const group *g, void *worker, const char *promise) {
    PES_TRY(begin(b, worker, g, 0xff));
    PES_TRY(advance(b, worker, g, b->steps, b->state));
    return compare(b, g, 0, b->steps, promise);
}

// What happens to a particle between two calls of unroll.
typedef pes_status (*interlude)(bench *b, unsigned char **state);

static pes_status nothing(bench *b, unsigned char **state) {
    *state = b->state;
    return PES_OK;
}

static pes_status copy(bench *b, unsigned char **state) {
    memcpy(b->other, b->state, (size_t)b->system.state_bytes);
    memset(b->state, 0x5a, (size_t)b->system.state_bytes);
    *state = b->other;
    return PES_OK;
}

static pes_status save(bench *b, unsigned char **state) {
    const size_t bytes = (size_t)b->system.snapshot_bytes;
    pes_guards_set(b->form, bytes);
    PES_REQUIRE(b->system.snapshot(b->system.user, b->state, b->form) == PES_OK, PES_E_SYSTEM,
                "snapshot of system '%s' failed: %s", b->system.name, pes_last_error());
    PES_REQUIRE(pes_guards_hold(b->form, bytes), PES_E_SYSTEM,
                "snapshot of system '%s' writes more than snapshot_bytes (%lld)",
                b->system.name, (long long)b->system.snapshot_bytes);
    memset(b->state, 0x5a, (size_t)b->system.state_bytes);
    PES_REQUIRE(b->system.restore(b->system.user, b->other, b->form) == PES_OK, PES_E_SYSTEM,
                "restore of system '%s' failed: %s", b->system.name, pes_last_error());
    *state = b->other;
    return PES_OK;
}

static pes_status gather(bench *b, unsigned char **state) {
    *state = b->state;
    return pes_selftest_gather(&b->system, b->state, b->gathered);
}

static pes_status run_split(bench *b, interlude between, const char *promise) {
    const int64_t part = b->steps / 2;
    for (int64_t who = 0; part > 0 && who < PARTICLES; who++) {
        group g = {.count = 1, .who = {who}};
        PES_TRY(begin(b, b->worker[0], &g, 0));
        PES_TRY(advance(b, b->worker[0], &g, part, b->state));
        PES_TRY(compare(b, &g, 0, part, promise));
        if (b->end[0] > 0) {
            continue;
        }
        unsigned char *state;
        PES_TRY(between(b, &state));
        g.clock[0] = part;
        PES_TRY(advance(b, b->worker[1], &g, b->steps - part, state));
        PES_TRY(compare(b, &g, part, b->steps - part, promise));
    }
    return PES_OK;
}

// Particle 0 goes ahead; then it shares a batch with others that begin.
static pes_status run_staggered(bench *b, const char *promise) {
    const int64_t part = b->steps / 2, rest = b->steps - part;
    const size_t bytes = (size_t)b->system.state_bytes;
    const group first = {.count = 1};
    group all = {.count = PARTICLES, .who = {0, 1, 2, 3}};
    if (part == 0 || (b->ended[0] > 0 && b->ended[0] <= part)) {
        return PES_OK;
    }
    PES_TRY(begin(b, b->worker[0], &first, 0));
    PES_TRY(advance(b, b->worker[0], &first, part, b->state));
    memcpy(b->other, b->state, bytes);
    PES_TRY(begin(b, b->worker[0], &all, 0));
    memcpy(b->state, b->other, bytes);
    all.clock[0] = part;
    PES_TRY(advance(b, b->worker[0], &all, rest, b->state));
    const group others = {.count = PARTICLES - 1, .who = {1, 2, 3}};
    PES_TRY(compare(b, &first, part, rest, promise));
    // compare() reads rows from the beginning of out and end
    memmove(b->out, b->out + rest, (size_t)((PARTICLES - 1) * rest) * sizeof *b->out);
    memmove(b->end, b->end + 1, (PARTICLES - 1) * sizeof *b->end);
    return compare(b, &others, 0, rest, promise);
}

// Common bytes as they begin are as good as none, and their callbacks keep to them.
static pes_status run_common(bench *b) {
    const pes_system *s = &b->system;
    const group all = {.count = PARTICLES, .who = {0, 1, 2, 3}};
    pes_guards_set(b->common, (size_t)s->common_bytes);
    s->common_begin(s->user, b->common);
    b->known = b->common;
    PES_TRY(run_batch(b, &all, b->worker[0], "common is NULL for what common_begin writes"));
    PES_TRY(run_split(b, gather, "gathering from a state changes no loss"));
    b->known = NULL;
    return pes_selftest_absorb(s, b->state, b->gathered, b->common);
}

static pes_status run_trials(bench *b) {
    const group all = {.count = PARTICLES, .who = {0, 1, 2, 3}};
    const group back = {.count = PARTICLES, .who = {3, 2, 1, 0}};
    PES_TRY(run_alone(b));
    PES_TRY(run_again(b, 0, "equal theta, stream and clock give equal losses"));
    PES_TRY(run_again(b, 0xff, "init leaves nothing of what the state held before"));
    PES_TRY(run_batch(b, &all, b->worker[0], "particles of a batch do not affect each other"));
    PES_TRY(run_batch(b, &back, b->worker[0], "the order within a batch does not matter"));
    PES_TRY(run_batch(b, &all, b->worker[1], "all workers are alike"));
    PES_TRY(run_split(b, nothing, "an unroll may be split in two"));
    PES_TRY(run_split(b, copy, "copying a state's bytes copies the particle"));
    if (b->system.snapshot != NULL) {
        PES_TRY(run_split(b, save, "a snapshot restores the particle"));
    }
    if (b->system.gather != NULL) {
        PES_TRY(run_common(b));
    }
    return run_staggered(b, "particles of a batch may have different clocks");
}

// ---- building -------------------------------------------------------------------------------

static void lay_out(bench *b, pes_arena *arena) {
    const pes_system *s = &b->system;
    const int64_t values = PARTICLES * s->num_params, losses = PARTICLES * b->steps;
    b->theta = pes_arena_take(arena, values, sizeof *b->theta);
    b->row = pes_arena_take(arena, values, sizeof *b->row);
    b->loss = pes_arena_take(arena, losses, sizeof *b->loss);
    b->state = pes_guards_take(arena, (size_t)(PARTICLES * s->state_bytes));
    b->other = pes_guards_take(arena, (size_t)(PARTICLES * s->state_bytes));
    b->form = pes_guards_take(arena, (size_t)s->snapshot_bytes);
    b->out = pes_guards_take(arena, (size_t)losses * sizeof *b->out);
    b->end = pes_guards_take(arena, PARTICLES * sizeof *b->end);
    b->common = pes_guards_take(arena, (size_t)s->common_bytes);
    b->gathered = pes_guards_take(arena, (size_t)s->num_gathered * sizeof *b->gathered);
}

static pes_status check(const bench *b) {
    const pes_system *s = &b->system;
    PES_REQUIRE(s->init != NULL && s->unroll != NULL, PES_E_ARGUMENT,
                "system '%s' lacks init or unroll", s->name != NULL ? s->name : "");
    PES_TRY(pes_unroll_check_system(s));
    const int64_t most = INT64_MAX / 1024;
    PES_REQUIRE(s->state_bytes < most && s->snapshot_bytes < most && s->common_bytes < most &&
                    s->num_gathered < most,
                PES_E_ARGUMENT, "system '%s' has an impossible size", s->name);
    PES_REQUIRE(b->steps >= 1 && b->steps < most, PES_E_ARGUMENT,
                "steps must be at least 1, not %lld", (long long)b->steps);
    return PES_OK;
}

// Particle 0 has theta itself, the others something near it.
static void choose_particles(bench *b, const float *theta, uint64_t seed) {
    const int64_t params = b->system.num_params;
    const pes_stream near = {.seed = seed ^ UINT64_C(0x9e3779b97f4a7c15)};
    for (int64_t who = 0; who < PARTICLES; who++) {
        b->stream[who] =
            (pes_stream){.seed = seed, .particle = (uint32_t)(who / 2), .episode = EPISODE};
        float *row = b->theta + who * params;
        pes_noise_normal(&near, 0, (uint32_t)who, params, row);
        for (int64_t p = 0; p < params; p++) {
            row[p] = theta[p] + (who > 0 ? 0.01f * row[p] : 0.0f);
        }
    }
}

static pes_status open_bench(bench *b, const float *theta, uint64_t seed) {
    pes_arena arena = {0};
    lay_out(b, &arena);
    b->memory = arena.overflow ? NULL : aligned_alloc(PES_ARENA_ALIGNMENT, arena.used);
    PES_REQUIRE(b->memory != NULL, PES_E_MEMORY, "no memory to test system '%s'",
                b->system.name);
    memset(b->memory, 0, arena.used);
    arena = (pes_arena){.base = b->memory};
    lay_out(b, &arena);
    choose_particles(b, theta, seed);
    for (int i = 0; b->system.worker_open != NULL && i < WORKERS; i++) {
        PES_REQUIRE(b->system.worker_open(b->system.user, PARTICLES, &b->worker[i]) == PES_OK,
                    PES_E_SYSTEM, "worker_open of system '%s' failed: %s", b->system.name,
                    pes_last_error());
    }
    return PES_OK;
}

static void close_bench(bench *b) {
    for (int i = 0; i < WORKERS; i++) {
        if (b->worker[i] != NULL) {
            b->system.worker_close(b->system.user, b->worker[i]);
        }
    }
    free(b->memory);
}

pes_status pes_selftest_system(const pes_system *system, const float *theta, int64_t steps,
                               uint64_t seed) {
    PES_REQUIRE(system != NULL && theta != NULL, PES_E_ARGUMENT,
                "pes_selftest_system() needs a system and its theta");
    bench b = {.steps = steps};
    PES_TRY(pes_read_sized(&b.system, sizeof b.system, system, system->size, "system"));
    PES_TRY(check(&b));
    pes_status status = open_bench(&b, theta, seed);
    if (status == PES_OK) {
        status = run_trials(&b);
    }
    close_bench(&b);
    return status;
}
