#include "estimate/gradient.h"

#include <math.h>
#include <string.h>

#include "base/many.h"
#include "base/status.h"

enum { BLOCK = PES_GRADIENT_BLOCK };
enum { LINE = PES_ARENA_ALIGNMENT / sizeof(double) };

static int64_t blocks_of(const pes_gradient *g) {
    return (g->units + BLOCK - 1) / BLOCK;
}

void pes_gradient_layout(pes_gradient *gradient, pes_arena *arena) {
    pes_gradient *g = gradient;
    const bool shapes = g->shaping != NULL && g->shaping->apply != NULL;
    const int64_t rows = shapes ? g->units * g->signs : 0;
    double *shaped = pes_arena_take(arena, rows, sizeof *g->shaped);
    int64_t *order =
        pes_arena_take(arena, shapes && g->shaping->ranks ? rows : 0, sizeof *g->order);
    g->shaped = shapes ? shaped : NULL;
    g->order = order;
    g->weight = pes_arena_take(arena, g->units, sizeof *g->weight);
    g->stride = (g->num_params + LINE - 1) / LINE * LINE;
    g->partial = pes_arena_take(arena, blocks_of(g) * g->stride, sizeof *g->partial);
    g->block = pes_arena_take(arena, blocks_of(g), sizeof *g->block);
}

// One past the last unit of a block.
static int64_t end_of(const pes_gradient *g, int64_t block) {
    return (block + 1) * BLOCK < g->units ? (block + 1) * BLOCK : g->units;
}

// Join neighbours, then neighbours of neighbours; returns the total.
static double join_values(pes_gradient *g) {
    const int64_t blocks = blocks_of(g);
    for (int64_t stride = 1; stride < blocks; stride *= 2) {
        for (int64_t b = 0; b + stride < blocks; b += 2 * stride) {
            g->block[b].value += g->block[b + stride].value;
        }
    }
    return g->block[0].value;
}

// Units of a block with a value that is not finite are dropped. Returns how many are not.
static int64_t weigh_block(pes_gradient *g, int64_t block, const double *value) {
    int64_t kept = 0;
    double sum = 0.0;
    for (int64_t u = block * BLOCK; u < end_of(g, block); u++) {
        const double plus = value[u * g->signs];
        const double minus = g->signs == 2 ? value[2 * u + 1] : 0.0;
        g->weight[u] = 0.0;
        if (isfinite(plus) && isfinite(minus)) {
            g->weight[u] = g->direct ? 1.0 : (plus - minus) / (double)g->signs;
            sum += plus + minus;
            kept++;
        }
    }
    g->block[block].value = sum;
    return kept;
}

// The weight of every unit from its rows' values; the sum of the values and the units kept.
static int64_t weigh(pes_gradient *g, const double *value, double *sum) {
    int64_t kept = 0;
    for (int64_t block = 0; block < blocks_of(g); block++) {
        kept += weigh_block(g, block, value);
    }
    for (int64_t u = 0; u < g->units && kept > 0; u++) {
        g->weight[u] /= (double)kept;
    }
    *sum = join_values(g);
    return kept;
}

// The same for pairs whose values are all finite, as they mostly are.
static int64_t weigh_all(pes_gradient *g, const pes_kernels *kernels, const double *value,
                         double *sum) {
    for (int64_t block = 0; block < blocks_of(g); block++) {
        const int64_t first = block * BLOCK;
        g->block[block].value = kernels->weigh_pairs(
            end_of(g, block) - first, value + 2 * first, (double)g->units, g->weight + first);
    }
    *sum = join_values(g);
    return g->units;
}

static bool are_pairs(const pes_gradient *g) {
    return g->signs == 2 && !g->direct;
}

// Copy the credits of the kept units and shape them.
static void shape(const pes_gradient *g, const double *credit, int64_t kept) {
    for (int64_t u = 0; u < g->units; u++) {
        bool finite = true;
        for (int64_t i = u * g->signs; i < (u + 1) * g->signs; i++) {
            finite = finite && isfinite(credit[i]);
        }
        for (int64_t i = u * g->signs; i < (u + 1) * g->signs; i++) {
            g->shaped[i] = finite ? credit[i] : (double)NAN;
        }
    }
    g->shaping->apply(&(pes_shaping_work){.units = g->units,
                                          .signs = g->signs,
                                          .rows = kept * g->signs,
                                          .limit = g->limit,
                                          .value = g->shaped,
                                          .order = g->order});
}

static bool all_early(pes_gradient *g) {
    bool all = true;
    for (int64_t b = 0; b < blocks_of(g); b++) {
        all = all && g->block[b].early;
        g->block[b].early = false;
    }
    return all;
}

void pes_gradient_weigh(pes_gradient *gradient, const pes_kernels *kernels,
                        const double *credit, pes_estimate_info *info) {
    pes_gradient *g = gradient;
    double sum = 0.0, shaped_sum = 0.0;
    int64_t kept = g->units;
    g->summed = all_early(g);
    if (g->summed) {
        sum = join_values(g);
    } else if (are_pairs(g) && pes_all_finite(credit, 2 * g->units)) {
        kept = weigh_all(g, kernels, credit, &sum);
    } else {
        kept = weigh(g, credit, &sum);
    }
    if (g->shaped != NULL && kept > 0) {
        shape(g, credit, kept);
        weigh(g, g->shaped, &shaped_sum);
    }
    info->loss = kept > 0 ? sum / (double)(kept * g->signs) : (double)NAN;
    info->dropped = (g->units - kept) * g->signs;
}

typedef struct summation {
    const pes_gradient *gradient;
    const pes_kernels *kernels;
    const pes_gradient_credits *credits;
} summation;

// Units first..last - 1, in order.
static void sum_few(const summation *s, int64_t first, int64_t last, double *sum,
                    pes_gradient_squares *square) {
    const int64_t n = s->gradient->num_params;
    const double *present = s->credits->present;
    const pes_kernels_few_terms terms = {
        .units = last - first,
        .weight = s->gradient->weight + first,
        .xi = s->credits->xi + first * n,
        .past = s->credits->past + first,
        .present = present != NULL ? present + first : NULL,
    };
    const pes_kernels_few_sums sums = s->kernels->few_sum(n, &terms);
    memcpy(sum, sums.sum, (size_t)n * sizeof *sum);
    *square = (pes_gradient_squares){sums.whole, sums.past, sums.present};
}

static pes_status sum_block(void *argument, int64_t block, int64_t worker) {
    (void)worker;
    const summation *s = argument;
    const pes_gradient *g = s->gradient;
    const int64_t n = g->num_params;
    const int64_t last = end_of(g, block);
    double *sum = g->partial + block * g->stride;
    if (n <= PES_KERNELS_FEW) {
        sum_few(s, block * BLOCK, last, sum, &g->block[block].square);
        return PES_OK;
    }
    memset(sum, 0, (size_t)n * sizeof *sum);
    pes_gradient_squares square = {0};
    for (int64_t u = block * BLOCK; u < last; u++) {
        const float *xi = s->credits->xi + u * n;
        const double weight = g->weight[u];
        square.whole += weight * weight * s->kernels->squares(n, xi);
        square.past += weight * weight * s->credits->past[u];
        square.present +=
            s->credits->present != NULL ? weight * weight * s->credits->present[u] : 0.0;
        s->kernels->accumulate(n, weight, xi, sum);
    }
    g->block[block].square = square;
    return PES_OK;
}

bool pes_gradient_may_be_early(const pes_gradient *gradient) {
    return are_pairs(gradient) && gradient->shaped == NULL;
}

void pes_gradient_sum_early(pes_gradient *gradient, const pes_kernels *kernels,
                            const pes_gradient_credits *credits, const double *credit,
                            int64_t first, int64_t last) {
    pes_gradient *g = gradient;
    summation work = {.gradient = g, .kernels = kernels, .credits = credits};
    for (int64_t block = first / BLOCK; block * BLOCK < last; block++) {
        const int64_t from = block * BLOCK, count = end_of(g, block) - from;
        const double sum =
            kernels->weigh_pairs(count, credit + 2 * from, (double)g->units, g->weight + from);
        if (isfinite(sum)) { // then so is every term
            g->block[block].value = sum;
            g->block[block].early = true;
            (void)sum_block(&work, block, 0);
        }
    }
}

// Join neighbours, then neighbours of neighbours; block 0 ends up with the total.
static void join_blocks(pes_gradient *g) {
    const int64_t blocks = blocks_of(g), n = g->num_params;
    for (int64_t stride = 1; stride < blocks; stride *= 2) {
        for (int64_t b = 0; b + stride < blocks; b += 2 * stride) {
            double *left = g->partial + b * g->stride;
            const double *right = g->partial + (b + stride) * g->stride;
            for (int64_t i = 0; i < n; i++) {
                left[i] += right[i];
            }
            g->block[b].square.whole += g->block[b + stride].square.whole;
            g->block[b].square.past += g->block[b + stride].square.past;
            g->block[b].square.present += g->block[b + stride].square.present;
        }
    }
}

// What the spread of the terms t = weight xi says (docs/math.md, equation 10): the variance of
// their sum from the n terms is (n sum |t|^2 - |sum t|^2) / (n - 1). `norm` is |sum t|^2,
// `whole` that of the gradient with its offset.
static void judge(const pes_gradient *g, double norm, double whole, pes_estimate_info *info) {
    const pes_gradient_squares *square = &g->block[0].square;
    const double kept = (double)(g->units - info->dropped / g->signs);
    const double variance = (kept * square->whole - norm) / (kept - 1.0);
    const double noise = square->past + square->present;
    info->gradient_variance = kept >= 2.0 ? fmax(variance, 0.0) : (double)NAN;
    info->signal_to_noise = kept >= 2.0 && variance > 0.0 ? whole / variance : (double)NAN;
    info->past_share = noise > 0.0 ? square->past / noise : (double)NAN;
}

pes_status pes_gradient_sum(pes_gradient *gradient, pes_pool *pool, const pes_kernels *kernels,
                            const pes_gradient_credits *credits, float *grad,
                            pes_estimate_info *info) {
    pes_gradient *g = gradient;
    summation work = {.gradient = g, .kernels = kernels, .credits = credits};
    if (!g->summed) {
        PES_TRY(pes_pool_for(pool, blocks_of(g), sum_block, &work));
    }
    join_blocks(g);

    double norm = 0.0, whole = 0.0;
    for (int64_t i = 0; i < g->num_params; i++) {
        const double sum = g->partial[i] + (g->offset != NULL ? g->offset[i] : 0.0);
        grad[i] = (float)sum;
        norm += g->partial[i] * g->partial[i];
        whole += sum * sum;
    }
    info->gradient_norm = sqrt(whole);
    judge(g, norm, whole, info);
    return PES_OK;
}
