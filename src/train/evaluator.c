// Whole episodes at unperturbed parameters. Their streams are an evaluation's own, so that no
// estimate shares its randomness with its judge; they are the same at every call, so that two
// evaluations differ by their parameters alone.

#include "pes/evaluator.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/pool.h"
#include "base/sized.h"
#include "base/status.h"
#include "noise/noise.h"
#include "unroll/unroll.h"

// What one thread needs for a batch of rows.
typedef struct scratch {
    void *worker;
    unsigned char *state;   // rows x state_bytes
    float *theta;           // rows x num_params
    pes_stream *stream;     // rows
    int64_t *clock;         // rows
    int64_t *steps;         // rows
    pes_ask_action *action; // rows
    double *loss;           // rows x slice
    int64_t *ended;         // rows
    double *previous;       // rows
} scratch;

struct pes_evaluator {
    pes_system system;
    pes_evaluator_options options;
    pes_objective objective;
    int64_t batch; // rows per task
    pes_pool *pool;
    void *memory;
    scratch *scratch; // threads
    void *common;     // common_bytes, of the system; NULL: it has none
};

static void lay_out(pes_evaluator *e, pes_arena *arena) {
    e->scratch = pes_arena_take(arena, e->options.threads, sizeof *e->scratch);
    void *common = pes_arena_take(arena, e->system.common_bytes, 1);
    e->common = e->system.common_bytes > 0 ? common : NULL;
    for (int64_t i = 0; i < e->options.threads; i++) {
        const scratch part = {
            .state = pes_arena_take(arena, e->batch, (size_t)e->system.state_bytes),
            .theta = pes_arena_take(arena, e->batch * e->system.num_params, sizeof(float)),
            .stream = pes_arena_take(arena, e->batch, sizeof(pes_stream)),
            .clock = pes_arena_take(arena, e->batch, sizeof(int64_t)),
            .steps = pes_arena_take(arena, e->batch, sizeof(int64_t)),
            .action = pes_arena_take(arena, e->batch, sizeof(pes_ask_action)),
            .loss = pes_arena_take(arena, e->batch * e->options.slice, sizeof(double)),
            .ended = pes_arena_take(arena, e->batch, sizeof(int64_t)),
            .previous = pes_arena_take(arena, e->batch, sizeof(double)),
        };
        if (arena->base != NULL) {
            e->scratch[i] = part;
        }
    }
}

static pes_status check(const pes_evaluator *e) {
    const pes_evaluator_options *o = &e->options;
    PES_TRY(pes_unroll_check_system(&e->system));
    PES_REQUIRE(e->system.init != NULL && e->system.unroll != NULL, PES_E_ARGUMENT,
                "system '%s' has no callbacks, so it cannot be evaluated", e->system.name);
    PES_REQUIRE(o->episodes >= 1 && o->episodes < PES_NOISE_SHARED, PES_E_ARGUMENT,
                "episodes must be from 1 to %lld, not %lld", (long long)PES_NOISE_SHARED - 1,
                (long long)o->episodes);
    PES_REQUIRE(o->steps >= 1 && o->steps <= PES_NOISE_MOST_STEPS, PES_E_ARGUMENT,
                "steps must be from 1 to %lld, not %lld; without a horizon, say how many",
                (long long)PES_NOISE_MOST_STEPS, (long long)o->steps);
    PES_REQUIRE(o->slice >= 1, PES_E_ARGUMENT, "slice must be at least 1, not %lld",
                (long long)o->slice);
    PES_REQUIRE(pes_objective_find(o->objective) >= 0, PES_E_ARGUMENT,
                "objective must be one of sum, mean, final, not '%s'",
                o->objective != NULL ? o->objective : "NULL");
    return PES_OK;
}

static pes_status describe(pes_evaluator *e, const pes_system *system,
                           const pes_evaluator_options *options) {
    e->options = pes_evaluator_options_default();
    PES_TRY(pes_read_sized(&e->system, sizeof e->system, system, system->size, "system"));
    PES_TRY(pes_read_sized(&e->options, sizeof e->options, options, options->size, "options"));
    PES_TRY(check(e));
    pes_evaluator_options *o = &e->options;
    o->threads = pes_pool_resolve(o->threads);
    o->slice = o->slice < o->steps ? o->slice : o->steps;
    e->objective = (pes_objective)pes_objective_find(o->objective);
    o->objective = pes_objective_name(e->objective);
    const int64_t share = (o->episodes + o->threads - 1) / o->threads;
    const int64_t most = e->system.batch_hint > 0 ? e->system.batch_hint : 256;
    e->batch = share < most ? share : most;
    return PES_OK;
}

static pes_status build(pes_evaluator *e, const pes_system *system,
                        const pes_evaluator_options *options) {
    PES_TRY(describe(e, system, options));
    pes_arena arena = {0};
    lay_out(e, &arena);
    e->memory = arena.overflow ? NULL : aligned_alloc(PES_ARENA_ALIGNMENT, arena.used);
    PES_REQUIRE(e->memory != NULL, PES_E_MEMORY, "out of memory for evaluating %lld episodes",
                (long long)e->options.episodes);
    memset(e->memory, 0, arena.used);
    arena = (pes_arena){.base = e->memory};
    lay_out(e, &arena);
    if (e->common != NULL) {
        e->system.common_begin(e->system.user, e->common);
    }
    PES_TRY(pes_pool_create(&e->pool, e->options.threads));
    for (int64_t i = 0; i < e->options.threads; i++) {
        PES_TRY(pes_unroll_open_worker(&e->system, e->batch, &e->scratch[i].worker));
    }
    return PES_OK;
}

pes_status pes_evaluator_create(pes_evaluator **out, const pes_system *system,
                                const pes_evaluator_options *options) {
    *out = NULL;
    pes_evaluator *e = calloc(1, sizeof *e);
    PES_REQUIRE(e != NULL, PES_E_MEMORY, "out of memory for an evaluator");
    const pes_status status = build(e, system, options);
    if (status != PES_OK) {
        pes_evaluator_destroy(e);
        return status;
    }
    *out = e;
    return PES_OK;
}

void pes_evaluator_destroy(pes_evaluator *evaluator) {
    if (evaluator == NULL) {
        return;
    }
    for (int64_t i = 0; evaluator->memory != NULL && i < evaluator->options.threads; i++) {
        if (evaluator->scratch[i].worker != NULL) {
            evaluator->system.worker_close(evaluator->system.user,
                                           evaluator->scratch[i].worker);
        }
    }
    pes_pool_destroy(evaluator->pool);
    free(evaluator->memory);
    free(evaluator);
}

uint64_t pes_evaluator_memory(const pes_system *system, const pes_evaluator_options *options) {
    pes_evaluator e = {0};
    if (describe(&e, system, options) != PES_OK) {
        return 0;
    }
    pes_arena arena = {0};
    lay_out(&e, &arena);
    const uint64_t workers = (uint64_t)e.options.threads * (uint64_t)e.system.worker_bytes;
    return arena.overflow
               ? 0
               : arena.used + sizeof e + workers + pes_pool_memory(e.options.threads);
}

// Row r is episode r % episodes under parameters r / episodes.
typedef struct evaluation {
    const pes_evaluator *evaluator;
    const float *theta; // count x num_params
    int64_t rows;       // count x episodes
    double *objective;  // rows
    double *loss;       // rows x steps, or NULL
} evaluation;

static void begin_row(const evaluation *work, scratch *s, int64_t i, int64_t row) {
    const pes_evaluator *e = work->evaluator;
    const int64_t episode = row % e->options.episodes, n = e->system.num_params;
    memcpy(s->theta + i * n, work->theta + row / e->options.episodes * n,
           (size_t)n * sizeof(float));
    s->stream[i] = (pes_stream){
        .seed = e->options.seed,
        .particle = PES_NOISE_EVALUATION | (uint32_t)episode,
    };
    s->clock[i] = 0;
    s->action[i] = PES_ASK_RESTART;
    s->previous[i] = 0.0;
    work->objective[row] = 0.0;
    for (int64_t t = 0; work->loss != NULL && t < e->options.steps; t++) {
        work->loss[row * e->options.steps + t] = (double)NAN;
    }
}

// Credit one slice. A row that has ended takes no more steps.
static int64_t settle(const evaluation *work, scratch *s, int64_t first, int64_t count) {
    const pes_evaluator *e = work->evaluator;
    const pes_evaluator_options *o = &e->options;
    int64_t running = 0;
    for (int64_t i = 0; i < count; i++) {
        const int64_t steps = s->steps[i], ended = s->ended[i];
        const int64_t taken = ended > 0 && ended < steps ? ended : steps;
        const double *loss = s->loss + i * o->slice;
        work->objective[first + i] +=
            pes_unroll_credit(e->objective, (double)o->steps, taken, loss, &s->previous[i]);
        if (work->loss != NULL && taken > 0) {
            memcpy(work->loss + (first + i) * o->steps + s->clock[i], loss,
                   (size_t)taken * sizeof *loss);
        }
        s->clock[i] += taken;
        const int64_t left = s->ended[i] > 0 || s->steps[i] == 0 ? 0 : o->steps - s->clock[i];
        s->steps[i] = left < o->slice ? left : o->slice;
        running += s->steps[i] > 0;
    }
    return running;
}

static pes_status run_batch(void *argument, int64_t task, int64_t worker) {
    const evaluation *work = argument;
    const pes_evaluator *e = work->evaluator;
    scratch *s = &e->scratch[worker];
    const int64_t first = task * e->batch;
    const int64_t count = first + e->batch < work->rows ? e->batch : work->rows - first;
    for (int64_t i = 0; i < count; i++) {
        begin_row(work, s, i, first + i);
        s->steps[i] = e->options.slice;
    }
    const pes_rows rows = {
        .count = count,
        .theta = s->theta,
        .state = s->state,
        .stream = s->stream,
        .clock = s->clock,
        .steps = s->steps,
        .action = s->action,
        .width = e->options.slice,
        .loss = s->loss,
        .ended = s->ended,
        .common = e->common,
    };
    PES_TRY(pes_unroll_prepare(&e->system, s->worker, &rows));
    int64_t running = count;
    while (running > 0) {
        PES_TRY(pes_unroll_advance(&e->system, s->worker, &rows));
        running = settle(work, s, first, count);
    }
    return PES_OK;
}

static pes_status evaluate(pes_evaluator *e, int64_t count, const float *theta,
                           double *objective, double *loss) {
    evaluation work = {
        .evaluator = e,
        .theta = theta,
        .rows = count * e->options.episodes,
        .objective = objective,
        .loss = loss,
    };
    return pes_pool_for(e->pool, (work.rows + e->batch - 1) / e->batch, run_batch, &work);
}

void pes_evaluator_set_common(pes_evaluator *evaluator, const void *common) {
    if (evaluator->common != NULL) {
        memcpy(evaluator->common, common, (size_t)evaluator->system.common_bytes);
    }
}

pes_status pes_evaluator_run(pes_evaluator *evaluator, const float *theta, double *objective,
                             double *loss) {
    return evaluate(evaluator, 1, theta, objective, loss);
}

pes_status pes_evaluator_run_many(pes_evaluator *evaluator, int64_t count, const float *theta,
                                  double *objective) {
    return evaluate(evaluator, count, theta, objective, NULL);
}
