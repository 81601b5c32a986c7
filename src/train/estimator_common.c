#include "train/estimator_common.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 64 }; // rows summed in order; part of the definition of the result

static int64_t blocks_of(const pes_estimator *e) {
    return (pes_population_rows(&e->population) + BLOCK - 1) / BLOCK;
}

void pes_common_layout(pes_estimator *e, pes_arena *arena) {
    const bool learns = e->system.gather != NULL;
    const int64_t numbers = learns ? e->system.num_gathered : 0;
    void *state = pes_arena_take(arena, e->system.common_bytes, 1);
    e->common = (pes_common){
        .state = learns ? state : NULL,
        .sum = pes_arena_take(arena, blocks_of(e) * numbers, sizeof(double)),
        .room = pes_arena_take(arena, e->options.threads * numbers, sizeof(double)),
    };
}

void pes_common_start(pes_estimator *e) {
    if (e->common.state != NULL) {
        e->system.common_begin(e->system.user, e->common.state);
    }
}

static pes_status sum_block(void *argument, int64_t block, int64_t worker) {
    pes_estimator *e = argument;
    const pes_system *s = &e->system;
    const int64_t n = s->num_gathered, rows = pes_population_rows(&e->population);
    double *sum = e->common.sum + block * n, *gathered = e->common.room + worker * n;
    memset(sum, 0, (size_t)n * sizeof *sum);
    for (int64_t row = block * BLOCK; row < rows && row < (block + 1) * BLOCK; row++) {
        if (e->population.steps[row] == 0) { // maybe no episode has begun there yet
            continue;
        }
        s->gather(s->user, e->state + row * s->state_bytes, gathered);
        const bool is_kept = isfinite(e->credit[row]); // its twin's is too, by then
        for (int64_t i = 0; is_kept && i < n; i++) {
            sum[i] += gathered[i];
        }
    }
    return PES_OK;
}

static void join_blocks(const pes_estimator *e) {
    const int64_t blocks = blocks_of(e), n = e->system.num_gathered;
    for (int64_t stride = 1; stride < blocks; stride *= 2) {
        for (int64_t b = 0; b + stride < blocks; b += 2 * stride) {
            for (int64_t i = 0; i < n; i++) {
                e->common.sum[b * n + i] += e->common.sum[(b + stride) * n + i];
            }
        }
    }
}

pes_status pes_common_learn(pes_estimator *e) {
    if (e->common.state == NULL) {
        return PES_OK;
    }
    PES_TRY(pes_pool_for(e->pool, blocks_of(e), sum_block, e));
    join_blocks(e);
    e->system.absorb(e->system.user, e->common.state, e->common.sum);
    return PES_OK;
}
