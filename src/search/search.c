// A search from its start to its end. Read pes_search_step() first: it names what happens.

#include "search/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/status.h"

// ---- memory -------------------------------------------------------------------------

static void lay_out_rows(pes_search *s, pes_arena *arena) {
    const int64_t rows = s->most_slots * s->options.episodes;
    s->theta = pes_arena_take(arena, rows * s->system.num_params, sizeof *s->theta);
    s->state = pes_arena_take(arena, rows, (size_t)s->system.state_bytes);
    s->snapshot = pes_arena_take(arena, s->system.snapshot != NULL ? rows : 0,
                                 (size_t)s->system.snapshot_bytes);
    s->stream = pes_arena_take(arena, rows, sizeof *s->stream);
    s->action = pes_arena_take(arena, rows, sizeof *s->action);
    s->clock = pes_arena_take(arena, rows, sizeof *s->clock);
    s->steps = pes_arena_take(arena, rows, sizeof *s->steps);
    s->open = pes_arena_take(arena, rows, sizeof *s->open);
    s->sum = pes_arena_take(arena, rows, sizeof *s->sum);
    s->fresh = pes_arena_take(arena, rows, sizeof *s->fresh);
    s->last = pes_arena_take(arena, rows, sizeof *s->last);
    s->judged = pes_arena_take(arena, rows, sizeof *s->judged);
}

static void lay_out(pes_search *s, pes_arena *arena) {
    const int64_t params = s->system.num_params;
    const int64_t judges = s->run.evaluate_every > 0 ? s->run.evaluation_episodes : 0;
    const int64_t episodes = s->options.episodes > judges ? s->options.episodes : judges;
    s->low = pes_arena_take(arena, params, sizeof *s->low);
    s->high = pes_arena_take(arena, params, sizeof *s->high);
    s->best = pes_arena_take(arena, params, sizeof *s->best);
    s->point = pes_arena_take(arena, s->most_slots, sizeof *s->point);
    s->score = pes_arena_take(arena, s->most_slots, sizeof *s->score);
    s->order = pes_arena_take(arena, s->most_slots, sizeof *s->order);
    s->objectives = pes_arena_take(arena, episodes, sizeof *s->objectives);
    lay_out_rows(s, arena);
    s->scratch = pes_arena_take(arena, s->run.threads, sizeof *s->scratch);
    for (int64_t i = 0; i < s->run.threads; i++) {
        const pes_search_scratch own = {
            .loss = pes_arena_take(arena, s->batch * PES_SEARCH_SLICE, sizeof(double)),
            .ended = pes_arena_take(arena, s->batch, sizeof(int64_t)),
        };
        if (arena->base != NULL) {
            s->scratch[i] = own;
        }
    }
}

static pes_evaluator_options evaluator_options(const pes_search *s) {
    pes_evaluator_options options = pes_evaluator_options_default();
    const bool is_same = strcmp(s->run.evaluation_objective, "same") == 0;
    options.episodes = s->run.evaluation_episodes;
    options.steps = s->run.evaluation_steps > 0 ? s->run.evaluation_steps : s->plan.horizon;
    options.objective =
        is_same ? pes_objective_name((int64_t)s->objective) : s->run.evaluation_objective;
    options.seed = s->run.seed;
    options.threads = s->run.threads;
    return options;
}

static pes_status allocate(pes_search *s) {
    pes_arena arena = {0};
    lay_out(s, &arena);
    s->memory = arena.overflow ? NULL : aligned_alloc(PES_ARENA_ALIGNMENT, arena.used);
    PES_REQUIRE(
        s->memory != NULL, PES_E_MEMORY,
        "out of memory for %lld points of %lld episodes in flight; lower episodes, cohort or "
        "points, or raise min_steps",
        (long long)s->most_slots, (long long)s->options.episodes);
    memset(s->memory, 0, arena.used);
    arena = (pes_arena){.base = s->memory};
    lay_out(s, &arena);
    PES_TRY(pes_pool_create(&s->pool, s->run.threads));
    for (int64_t i = 0; i < s->run.threads; i++) {
        PES_TRY(pes_unroll_open_worker(&s->system, s->batch, &s->scratch[i].worker));
    }
    if (s->run.evaluate_every == 0) {
        return PES_OK;
    }
    const pes_evaluator_options options = evaluator_options(s);
    return pes_evaluator_create(&s->evaluator, &s->system, &options);
}

static pes_status build(pes_search *s, const pes_search_parts *parts) {
    PES_TRY(pes_search_describe(s, parts));
    PES_TRY(allocate(s));
    PES_TRY(pes_search_fill_box(s, parts->low, parts->high));
    s->counters.best = -1;
    s->counters.bracket = s->plan.largest;
    s->measures.best_objective = (double)NAN;
    s->measures.objective = (double)NAN;
    s->measures.objective_error = (double)NAN;
    s->stored = -1;
    s->since = pes_clock_monotonic();
    s->checkpointed = s->since;
    return parts->directory != NULL
               ? pes_search_open_record(s, parts->directory, parts->fingerprint)
               : PES_OK;
}

pes_status pes_search_create(pes_search **out, const pes_search_parts *parts) {
    *out = NULL;
    pes_search *s = calloc(1, sizeof *s);
    PES_REQUIRE(s != NULL, PES_E_MEMORY, "out of memory for a search");
    const pes_status status = build(s, parts);
    if (status != PES_OK) {
        pes_search_destroy(s);
        return status;
    }
    *out = s;
    return PES_OK;
}

void pes_search_destroy(pes_search *search) {
    if (search == NULL) {
        return;
    }
    pes_search_close_record(search);
    for (int64_t i = 0; search->memory != NULL && i < search->run.threads; i++) {
        if (search->scratch[i].worker != NULL) {
            search->system.worker_close(search->system.user, search->scratch[i].worker);
        }
    }
    pes_evaluator_destroy(search->evaluator);
    pes_pool_destroy(search->pool);
    free(search->memory);
    free(search);
}

uint64_t pes_search_memory(const pes_search_parts *parts) {
    pes_search s = {.memory = NULL};
    if (pes_search_describe(&s, parts) != PES_OK) {
        return 0;
    }
    pes_arena arena = {0};
    lay_out(&s, &arena);
    const pes_evaluator_options options = evaluator_options(&s);
    const bool judged = s.run.evaluate_every > 0;
    const uint64_t judge = judged ? pes_evaluator_memory(&s.system, &options) : 0;
    const uint64_t workers = (uint64_t)s.run.threads * (uint64_t)s.system.worker_bytes;
    return arena.overflow || (judged && judge == 0)
               ? 0
               : arena.used + sizeof s + workers + judge + pes_pool_memory(s.run.threads) +
                     pes_search_record_memory();
}

// ---- the search ---------------------------------------------------------------------

double pes_search_seconds(const pes_search *search) {
    return pes_clock_monotonic() - search->since;
}

static int64_t next_cohort(const pes_search *s) {
    const pes_search_counters *c = &s->counters;
    return pes_search_next_cohort(&s->plan, c->bracket, c->begun, c->settled);
}

static bool finished(const pes_search *s) {
    return s->counters.slots == 0 && next_cohort(s) == 0 && s->counters.done;
}

static pes_status begin(pes_search *s) {
    if (!s->started) {
        PES_TRY(pes_search_start_record(s));
        s->started = true;
    }
    return PES_OK;
}

static pes_status keep(pes_search *s) {
    const pes_trainer_options *run = &s->run;
    const double waited = pes_clock_monotonic() - s->checkpointed;
    const bool by_time = run->checkpoint_seconds > 0.0 && waited >= run->checkpoint_seconds;
    const bool by_points =
        run->checkpoint_every > 0 &&
        s->counters.finished / run->checkpoint_every > s->stored_points / run->checkpoint_every;
    return by_time || by_points || finished(s) ? pes_search_checkpoint(s) : PES_OK;
}

pes_status pes_search_step(pes_search *search) {
    pes_search *s = search;
    PES_TRY(begin(s));
    if (finished(s)) {
        return PES_OK;
    }
    const int64_t points = s->counters.slots == 0 ? next_cohort(s) : 0;
    bool more = false;
    if (points > 0) {
        pes_search_begin_cohort(s, points);
        s->counters.done = 0;
    }
    if (s->counters.slots > 0) {
        PES_TRY(pes_search_advance(s, &more));
        PES_TRY(more ? PES_OK : pes_search_settle(s));
    }
    if (s->counters.slots == 0 && next_cohort(s) == 0) {
        PES_TRY(pes_search_close(s));
        s->counters.done = 1;
    }
    s->counters.steps++;
    return keep(s);
}

pes_status pes_search_run(pes_search *search,
                          bool (*watch)(void *user, const pes_search_progress *progress),
                          void *user) {
    pes_search *s = search;
    s->interrupted = false;
    PES_TRY(begin(s));
    for (;;) {
        const pes_search_progress now = pes_search_get_progress(s);
        if (watch != NULL && watch(user, &now)) {
            s->interrupted = !now.done;
            return pes_search_checkpoint(s);
        }
        if (now.done) {
            return PES_OK;
        }
        PES_TRY(pes_search_step(s));
    }
}

pes_search_progress pes_search_get_progress(const pes_search *search) {
    const pes_search_counters *c = &search->counters;
    return (pes_search_progress){
        .finished = c->finished,
        .points = search->plan.total,
        .most_inner_steps = pes_search_most_steps(&search->plan),
        .inner_steps = c->settled + pes_search_steps_in_flight(search),
        .whole = c->whole,
        .diverged = c->diverged,
        .seconds = pes_search_seconds(search),
        .best = c->best,
        .best_objective = search->measures.best_objective,
        .objective = search->measures.objective,
        .objective_error = search->measures.objective_error,
        .done = finished(search),
        .interrupted = search->interrupted,
    };
}

const float *pes_search_best(const pes_search *search) {
    return search->best;
}
