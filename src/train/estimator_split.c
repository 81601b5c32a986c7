#include "train/estimator_split.h"

// Split only where whole tasks leave more than a tenth of the threads' time unused, and only so
// many rows: their parameters and losses are all held at once.
enum { MOST_ROWS = 256, MOST_LINKS = 4 };
static const double enough = 0.9;

void pes_split_plan(pes_estimator *e) {
    const pes_population *p = &e->population;
    const int64_t threads = e->options.threads, rows = pes_population_rows(p);
    const int64_t hint = e->system.batch_hint, K = e->options.truncation;
    const int64_t tasks = (p->units + e->task_units - 1) / e->task_units + (p->guided ? 1 : 0);
    const double whole = pes_chain_share(tasks, threads);
    e->split.links = 0;
    if (threads < 2 || hint < 1 || hint > 2 || e->method->derivative != NULL ||
        rows > MOST_ROWS || whole >= enough) {
        return;
    }
    const int64_t links = pes_chain_links(rows, threads, K < MOST_LINKS ? K : MOST_LINKS);
    if (pes_chain_share(rows * links, threads) > whole) {
        e->split.links = links;
    }
}

void pes_split_layout(pes_estimator *e, pes_arena *arena) {
    const int64_t rows = e->split.links > 0 ? pes_population_rows(&e->population) : 0;
    e->split.chain = pes_arena_take(arena, rows, sizeof *e->split.chain);
    e->split.theta = pes_arena_take(arena, rows * e->system.num_params, sizeof(float));
    e->split.loss = pes_arena_take(arena, rows * e->options.truncation, sizeof(double));
    e->split.ended = pes_arena_take(arena, rows, sizeof(int64_t));
}

// The share of a row's steps that a link takes.
static pes_status take_link(void *argument, int64_t row, int64_t link, int64_t worker) {
    pes_estimator *e = argument;
    const pes_population *p = &e->population;
    const int64_t links = e->split.links, all = p->steps[row];
    const int64_t from = all * link / links, steps = all * (link + 1) / links - from;
    const int64_t clock = p->clock[row] + from;
    int64_t ended = 0;
    const pes_rows rows = {
        .count = 1,
        .theta = e->split.theta + row * p->num_params,
        .state = e->state + row * e->system.state_bytes,
        .shared = e->shared,
        .stream = p->stream + row,
        .clock = &clock,
        .steps = &steps,
        .action = p->action + row,
        .width = e->options.truncation,
        .loss = e->split.loss + row * e->options.truncation + from,
        .ended = &ended,
        .common = e->common.state,
    };
    if (link == 0) {
        e->split.ended[row] = 0;
        if (row < p->units * p->signs) {
            PES_TRY(pes_unroll_prepare(&e->system, e->scratch[worker].worker, &rows));
        }
    }
    if (e->split.ended[row] == 0) {
        PES_TRY(pes_unroll_advance(&e->system, e->scratch[worker].worker, &rows));
        e->split.ended[row] = ended > 0 ? from + ended : 0;
    }
    return PES_OK;
}

pes_status pes_split_advance(pes_estimator *e) {
    return pes_chain_for(e->pool, pes_population_rows(&e->population), e->split.links,
                         e->split.chain, take_link, e);
}
