// The points in flight, advanced together: neighbouring rows are a batch of the system, batches
// are tasks of the pool. Which batch a row is in changes nothing that it computes, and each row
// adds its own losses in the order of time, so that neither threads nor cohorts nor calls show.

#include <string.h>

#include "base/status.h"
#include "search/search.h"

static int64_t rows_of(const pes_search *search) {
    return search->counters.slots * search->options.episodes;
}

// Where the rung in flight begins and ends, inner steps of an episode.
static int64_t rung_begin(const pes_search *search) {
    const pes_search_counters *c = &search->counters;
    return c->rung > 0 ? pes_search_rung_end(&search->plan, c->bracket, c->rung - 1) : 0;
}

static int64_t rung_end(const pes_search *search) {
    return pes_search_rung_end(&search->plan, search->counters.bracket, search->counters.rung);
}

static void begin_row(pes_search *s, int64_t slot, int64_t episode) {
    const int64_t row = slot * s->options.episodes + episode;
    s->stream[row] = (pes_stream){
        .seed = s->run.seed,
        .particle = (uint32_t)s->point[slot],
        .episode = (uint32_t)episode,
    };
    s->action[row] = PES_ASK_RESTART;
    s->clock[row] = 0;
    s->open[row] = 1;
    s->sum[row] = 0.0;
    s->fresh[row] = 0.0;
    s->last[row] = 0.0;
    s->judged[row] = 0.0;
}

void pes_search_begin_cohort(pes_search *search, int64_t points) {
    pes_search *s = search;
    const int64_t episodes = s->options.episodes, n = s->system.num_params;
    for (int64_t slot = 0; slot < points; slot++) {
        s->point[slot] = s->counters.begun + slot;
        float *theta = s->theta + slot * episodes * n;
        pes_search_point(s, s->point[slot], theta);
        for (int64_t e = 0; e < episodes; e++) {
            begin_row(s, slot, e);
            if (e > 0) {
                memcpy(theta + e * n, theta, (size_t)n * sizeof *theta);
            }
        }
    }
    s->counters.begun += points;
    s->counters.slots = points;
    s->counters.rung = 0;
}

// ---- steps --------------------------------------------------------------------------

// Orders for the next call; true if some row takes steps.
static bool order_steps(pes_search *s) {
    const int64_t end = rung_end(s);
    int64_t most = 0;
    for (int64_t row = 0; row < rows_of(s); row++) {
        const int64_t left = s->open[row] ? end - s->clock[row] : 0;
        s->steps[row] = left < PES_SEARCH_SLICE ? left : PES_SEARCH_SLICE;
        most = s->steps[row] > most ? s->steps[row] : most;
    }
    return most > 0;
}

// A row whose sum is not finite takes no more steps: nothing could make it finite again.
static void credit(pes_search *s, int64_t row, const double *loss, int64_t ended) {
    const int64_t steps = s->steps[row];
    const int64_t taken = ended > 0 && ended < steps ? ended : steps;
    double sum = s->sum[row], fresh = s->fresh[row];
    for (int64_t t = 0; t < taken; t++) {
        sum += loss[t];
        fresh += loss[t];
    }
    s->sum[row] = sum;
    s->fresh[row] = fresh;
    s->last[row] = taken > 0 ? loss[taken - 1] : s->last[row];
    s->clock[row] += taken;
    s->open[row] = s->open[row] && ended == 0 && sum - sum == 0.0;
    s->action[row] = PES_ASK_CONTINUE;
}

typedef struct call {
    pes_search *search;
    int64_t rows;
    int64_t batch; // rows per task
} call;

static pes_status advance_batch(void *argument, int64_t task, int64_t worker) {
    const call *work = argument;
    pes_search *s = work->search;
    pes_search_scratch *own = &s->scratch[worker];
    const int64_t first = task * work->batch, left = work->rows - first;
    const pes_rows rows = {
        .count = left < work->batch ? left : work->batch,
        .theta = s->theta + first * s->system.num_params,
        .state = s->state + first * s->system.state_bytes,
        .stream = s->stream + first,
        .clock = s->clock + first,
        .steps = s->steps + first,
        .action = s->action + first,
        .width = PES_SEARCH_SLICE,
        .loss = own->loss,
        .ended = own->ended,
    };
    PES_TRY(pes_unroll_prepare(&s->system, own->worker, &rows));
    PES_TRY(pes_unroll_advance(&s->system, own->worker, &rows));
    for (int64_t i = 0; i < rows.count; i++) {
        if (s->steps[first + i] > 0) {
            credit(s, first + i, own->loss + i * PES_SEARCH_SLICE, own->ended[i]);
        }
    }
    return PES_OK;
}

pes_status pes_search_advance(pes_search *search, bool *more) {
    pes_search *s = search;
    *more = order_steps(s);
    if (!*more) {
        return PES_OK;
    }
    call work = {.search = s, .rows = rows_of(s)};
    const int64_t threads = s->run.threads, share = (work.rows + threads - 1) / threads;
    work.batch = share < s->batch ? share : s->batch;
    const int64_t tasks = (work.rows + work.batch - 1) / work.batch;
    PES_TRY(pes_pool_for(s->pool, tasks, advance_batch, &work));
    *more = order_steps(s);
    return PES_OK;
}

int64_t pes_search_rung_steps(const pes_search *search, int64_t slot) {
    const int64_t episodes = search->options.episodes, begin = rung_begin(search);
    int64_t steps = 0;
    for (int64_t row = slot * episodes; row < (slot + 1) * episodes; row++) {
        steps += search->clock[row] > begin ? search->clock[row] - begin : 0;
    }
    return steps;
}

int64_t pes_search_steps_in_flight(const pes_search *search) {
    int64_t steps = 0;
    for (int64_t slot = 0; slot < search->counters.slots; slot++) {
        steps += pes_search_rung_steps(search, slot);
    }
    return steps;
}
