// The factored optimizer's passes over a tensor. See scalar_factored.c.
//
// The features live in registers: one pass finds their squares, a vector of columns at a time
// down the rows; the other sends them through the network, one or two vectors of a row at a
// time, four units of a layer side by side.

#ifndef PES_KERNELS_WIDE_FACTORED_H
#define PES_KERNELS_WIDE_FACTORED_H

#include "kernels/kernels.h"
#include "kernels/wide_elementwise.h"
#include "kernels/wide_lanes.h"
#include "kernels/wide_rule.h"

_Static_assert(sizeof(lanes16) == 16 * sizeof(double), "it can be copied from and to doubles");

static void row_squares(int64_t rows, int64_t n, const float *x, int64_t ldx, double *sum) {
    for (int64_t r = 0; r < rows; r++) {
        sum[r] = squares(n, x + r * ldx);
    }
}

static inline lanes16 column_of(int64_t rows, const float *x, int64_t ldx, int64_t count,
                                lanes16 sum) {
    for (int64_t r = 0; r < rows; r++, x += ldx) {
        sum = count < 16 ? v_lanes16_add_part(sum, x, count) : v_lanes16_add_squares(sum, x);
    }
    return sum;
}

static void column_squares(int64_t rows, int64_t n, const float *x, int64_t ldx, double *sum) {
    lanes16 lanes;
    int64_t j = 0;
    for (; j + 16 <= n; j += 16) {
        memcpy(&lanes, sum + j, sizeof lanes);
        lanes = column_of(rows, x + j, ldx, 16, lanes);
        memcpy(sum + j, &lanes, sizeof lanes);
    }
    if (j < n) {
        double last[16] = {0.0};
        memcpy(last, sum + j, (size_t)(n - j) * sizeof *sum);
        memcpy(&lanes, last, sizeof lanes);
        lanes = column_of(rows, x + j, ldx, n - j, lanes);
        memcpy(last, &lanes, sizeof lanes);
        memcpy(sum + j, last, (size_t)(n - j) * sizeof *sum);
    }
}

static inline vec reciprocal_root(vec x) {
    return v_div(v_set1(1.0f), v_sqrt(x));
}

static void reciprocal_roots(int64_t n, float scale, float add, float least, const float *x,
                             float *y) {
    const bool divides = scale != 1.0f; // dividing by one changes nothing, but takes time
    EACH_COLUMN(n, {
        vec v = column_load(column, x + at);
        v = v_add(divides ? v_div(v, v_set1(scale)) : v, v_set1(add));
        column_store(column, y + at, reciprocal_root(v_max(v_set1(least), v)));
    });
}

// ---- moments and mean squares ---------------------------------------------------------------

enum { FACTORED_M = 2, FACTORED_S = 5, FACTORED_M_ROOT = 6, FACTORED_ROOT = 9 };
enum { FACTORED_G = 10, FACTORED_OF_M = 13 };

typedef struct moments_job {
    const pes_kernels_factored *block;
    const float *keep, *add;
    float factor[PES_KERNELS_FACTORED_ROWS][PES_KERNELS_FACTORS]; // squares of block->row
} moments_job;

// A vector of row r.
static inline __attribute__((always_inline)) void moments_of(const moments_job *job,
                                                             lane_column column, int64_t r,
                                                             int64_t at,
                                                             vec sum[PES_KERNELS_FACTORED]) {
    const pes_kernels_factored *b = job->block;
    const int64_t i = r * b->ld + at;
    const vec g = column_load(column, b->gradient + i), square = v_mul(g, g);
    const vec w = column_load(column, b->weights + i),
              g2 = v_add(square, v_set1(factored_dust));
    float *at_s = b->moment[PES_KERNELS_FACTORS] + i;
    const vec s = mean_of(job->keep[PES_KERNELS_FACTORS], job->add[PES_KERNELS_FACTORS],
                          column_load(column, at_s), square);
    const vec inverse = v_div(v_set1(1.0f), v_add(s, v_set1(factored_least)));
    column_store(column, at_s, s);
    sum[0] = v_add(sum[0], g2);
    sum[1] = v_fma(w, w, sum[1]);
    sum[FACTORED_S] = v_fma(s, s, sum[FACTORED_S]);
    sum[FACTORED_ROOT] = v_add(sum[FACTORED_ROOT], inverse);
    for (int k = 0; k < PES_KERNELS_FACTORS; k++) {
        float *at_m = b->moment[k] + i;
        const vec m = mean_of(job->keep[k], job->add[k], column_load(column, at_m), g);
        const vec m2 = v_fma(m, m, v_set1(factored_dust)), factor = v_set1(job->factor[r][k]);
        column_store(column, at_m, m);
        sum[FACTORED_M + k] = v_add(sum[FACTORED_M + k], m2);
        sum[FACTORED_M_ROOT + k] = v_fma(m2, inverse, sum[FACTORED_M_ROOT + k]);
        sum[FACTORED_G + k] = v_fma(g2, factor, sum[FACTORED_G + k]);
        sum[FACTORED_OF_M + k] = v_fma(m2, factor, sum[FACTORED_OF_M + k]);
    }
}

static inline vec times_square(lane_column column, const float *x, vec y) {
    const vec factor = column_load(column, x);
    return v_mul(y, v_mul(factor, factor));
}

static inline void moments_of_column(const moments_job *job, lane_column column, int64_t at,
                                     double lane[PES_KERNELS_FACTORED][16]) {
    const pes_kernels_factored *b = job->block;
    vec sum[PES_KERNELS_FACTORED];
    for (int f = 0; f < PES_KERNELS_FACTORED; f++) {
        sum[f] = v_set1(factored_dust);
    }
    for (int64_t r = 0; r < b->rows; r++) {
        moments_of(job, column, r, at, sum);
    }
    for (int k = 0; k < PES_KERNELS_FACTORS; k++) {
        vec *g = &sum[FACTORED_G + k], *m = &sum[FACTORED_OF_M + k];
        *g = times_square(column, b->beside_g[k] + at, *g);
        *m = times_square(column, b->beside_m[k] + at, *m);
    }
    for (int f = 0; f < PES_KERNELS_FACTORED; f++) {
        const vec present = column.whole ? sum[f] : v_keep(column.present, sum[f]);
        v_accumulate_in_double(lane[f] + at % 16, 1.0, present);
    }
}

static void factored_moments(const pes_kernels_factored *block,
                             const float keep[PES_KERNELS_FACTORED_MOMENTS],
                             const float add[PES_KERNELS_FACTORED_MOMENTS],
                             double sum[PES_KERNELS_FACTORED]) {
    moments_job job = {.block = block, .keep = keep, .add = add};
    double lane[PES_KERNELS_FACTORED][16] = {{0.0}};
    for (int64_t r = 0; r < block->rows; r++) {
        for (int k = 0; k < PES_KERNELS_FACTORS; k++) {
            job.factor[r][k] = block->row[k][r] * block->row[k][r];
        }
    }
    EACH_COLUMN(block->columns, moments_of_column(&job, column, at, lane));
    for (int f = 0; f < PES_KERNELS_FACTORED; f++) {
        lanes16 lanes;
        memcpy(&lanes, lane[f], sizeof lanes);
        sum[f] += v_lanes16_join(lanes);
    }
}

// ---- steps ----------------------------------------------------------------------------------

enum { FACTORED_UNITS = 4, FACTORED_VECTORS = 2 };

// Vectors of a row that go through the network together.
typedef struct factored_tile {
    const pes_kernels_factored *block;
    const pes_kernels_factored_network *network;
    lane_column column;
    int vectors; // 1 when the column is not whole
    int64_t row, at;
} factored_tile;

// sum[u][v] = fma(weight of unit u, x[v], sum[u][v])
#define ADD_FEATURE(weights, expression)                                                       \
    do {                                                                                       \
        vec x_[FACTORED_VECTORS];                                                              \
        for (int v = 0; v < t.vectors; v++) {                                                  \
            x_[v] = expression;                                                                \
        }                                                                                      \
        for (int u = 0; u < units; u++) {                                                      \
            const vec weight_ = v_set1((weights)[u]);                                          \
            for (int v = 0; v < t.vectors; v++) {                                              \
                sum[u][v] = v_fma(weight_, x_[v], sum[u][v]);                                  \
            }                                                                                  \
        }                                                                                      \
    } while (0)

// Units of the first layer: unit .. unit + units - 1.
static inline __attribute__((always_inline)) void first_units(factored_tile t,
                                                              const vec root[FACTORED_VECTORS],
                                                              int64_t unit, int units,
                                                              float *y) {
    const pes_kernels_factored *b = t.block;
    const pes_kernels_factored_network *net = t.network;
    const int64_t i = t.row * b->ld + t.at, step = net->units;
    const float *w = net->first + unit;
    vec sum[FACTORED_UNITS][FACTORED_VECTORS], g[FACTORED_VECTORS];
    for (int u = 0; u < units; u++) {
        const float *column = net->start_column + (unit + u) * net->ld_start + t.at;
        const vec row = v_set1(net->start_row[(unit + u) * net->ld_start + t.row]);
        for (int v = 0; v < t.vectors; v++) {
            sum[u][v] = v_add(row, column_load(t.column, column + v * WIDTH));
        }
    }
#define LOADED(array) column_load(t.column, (array) + v * WIDTH)
    for (int v = 0; v < t.vectors; v++) {
        g[v] = LOADED(b->gradient + i);
    }
    ADD_FEATURE(w, g[v]);
    ADD_FEATURE(w + step, LOADED(b->weights + i));
    for (int k = 0; k < PES_KERNELS_FACTORED_MOMENTS; k++) {
        ADD_FEATURE(w + (FACTORED_M + k) * step, LOADED(b->moment[k] + i));
    }
    for (int k = 0; k < PES_KERNELS_FACTORS; k++) {
        ADD_FEATURE(w + (FACTORED_M_ROOT + k) * step, v_mul(LOADED(b->moment[k] + i), root[v]));
    }
    ADD_FEATURE(w + FACTORED_ROOT * step, root[v]);
    for (int k = 0; k < PES_KERNELS_FACTORS; k++) {
        const vec row = v_set1(b->row[k][t.row]);
        ADD_FEATURE(w + (FACTORED_G + k) * step,
                    v_mul(g[v], v_mul(row, LOADED(b->beside_g[k] + t.at))));
    }
    for (int k = 0; k < PES_KERNELS_FACTORS; k++) {
        const vec row = v_set1(b->row[k][t.row]);
        ADD_FEATURE(w + (FACTORED_OF_M + k) * step,
                    v_mul(LOADED(b->moment[k] + i), v_mul(row, LOADED(b->beside_m[k] + t.at))));
    }
#undef LOADED
    for (int u = 0; u < units; u++) {
        for (int v = 0; v < t.vectors; v++) {
            v_store(y + (unit + u) * PES_KERNELS_FACTORED_LANES + v * WIDTH,
                    v_max(v_set1(0.0f), sum[u][v]));
        }
    }
}

// Likewise of another layer: its units, rows of the layer, into `sum`.
static inline __attribute__((always_inline)) void
other_units(factored_tile t, const pes_kernels_layer *layer, const float *x, int64_t unit,
            int units, vec sum[FACTORED_UNITS][FACTORED_VECTORS]) {
    for (int u = 0; u < units; u++) {
        for (int v = 0; v < t.vectors; v++) {
            sum[u][v] = v_set1(layer->start[unit + u]);
        }
    }
    const float *w = layer->w + unit;
    for (int64_t j = 0; j < layer->columns;
         j++, w += layer->rows, x += PES_KERNELS_FACTORED_LANES) {
        ADD_FEATURE(w, v_load(x + v * WIDTH));
    }
}

static inline __attribute__((always_inline)) void hidden_units(factored_tile t,
                                                               const pes_kernels_layer *layer,
                                                               const float *x, int64_t unit,
                                                               int units, float *y) {
    vec sum[FACTORED_UNITS][FACTORED_VECTORS];
    other_units(t, layer, x, unit, units, sum);
    for (int u = 0; u < units; u++) {
        for (int v = 0; v < t.vectors; v++) {
            v_store(y + (unit + u) * PES_KERNELS_FACTORED_LANES + v * WIDTH,
                    v_max(v_set1(0.0f), sum[u][v]));
        }
    }
}

#undef ADD_FEATURE

// The last layer's two units and the step.
static inline __attribute__((always_inline)) void
step_weights(factored_tile t, const pes_kernels_layer *layer, const float *x) {
    const vec size = v_set1(-t.network->size), growth = v_set1(t.network->growth);
    float *weights = t.block->weights + t.row * t.block->ld + t.at;
    vec answer[FACTORED_UNITS][FACTORED_VECTORS];
    other_units(t, layer, x, 0, 2, answer);
    for (int v = 0; v < t.vectors; v++, weights += WIDTH) {
        const vec old = column_load(t.column, weights);
        column_store(t.column, weights,
                     grown_step(size, growth, answer[0][v], answer[1][v], old));
    }
}

// Runs `body` for the units of a layer, `units` from `unit` on.
#define EACH_UNITS(count, body)                                                                \
    do {                                                                                       \
        int64_t unit = 0;                                                                      \
        for (; unit + FACTORED_UNITS <= (count); unit += FACTORED_UNITS) {                     \
            enum { units = FACTORED_UNITS };                                                   \
            body;                                                                              \
        }                                                                                      \
        for (; unit < (count); unit++) {                                                       \
            enum { units = 1 };                                                                \
            body;                                                                              \
        }                                                                                      \
    } while (0)

static inline __attribute__((always_inline)) void first_tile(factored_tile t, float *y) {
    const float *s = t.block->moment[PES_KERNELS_FACTORS] + t.row * t.block->ld + t.at;
    vec root[FACTORED_VECTORS];
    for (int v = 0; v < t.vectors; v++) {
        const vec value = column_load(t.column, s + v * WIDTH);
        root[v] = reciprocal_root(v_add(value, v_set1(factored_least)));
    }
    EACH_UNITS(t.network->units, first_units(t, root, unit, units, y));
}

static inline __attribute__((always_inline)) void
hidden_tile(factored_tile t, const pes_kernels_layer *layer, const float *x, float *y) {
    EACH_UNITS(layer->rows, hidden_units(t, layer, x, unit, units, y));
}

// Runs `body` for the tiles t of `lanes` columns from `at` on; it sees `lane`, a tile's first.
#define EACH_TILE(body)                                                                        \
    do {                                                                                       \
        int64_t lane = 0;                                                                      \
        for (; lane + FACTORED_VECTORS * WIDTH <= lanes; lane += FACTORED_VECTORS * WIDTH) {   \
            const factored_tile t = {block, network,  {.whole = true}, FACTORED_VECTORS,       \
                                     r,     at + lane};                                        \
            body;                                                                              \
        }                                                                                      \
        for (; lane + WIDTH <= lanes; lane += WIDTH) {                                         \
            const factored_tile t = {block, network, {.whole = true}, 1, r, at + lane};        \
            body;                                                                              \
        }                                                                                      \
        if (lane < lanes) {                                                                    \
            const factored_tile t = {block, network, {.present = v_part(lanes - lane)},        \
                                     1,     r,       at + lane};                               \
            body;                                                                              \
        }                                                                                      \
    } while (0)

// Layer after layer, so that a tile's sums need not wait for those of the layer before.
static void step_strip(const pes_kernels_factored *block,
                       const pes_kernels_factored_network *network, int64_t r, int64_t at,
                       int64_t lanes) {
    const pes_kernels_layer *layer = network->layer, *last = layer + network->layers - 1;
    float *x = network->scratch, *y = x + network->widest * PES_KERNELS_FACTORED_LANES;
    EACH_TILE(first_tile(t, x + lane));
    for (; layer < last; layer++) {
        EACH_TILE(hidden_tile(t, layer, x + lane, y + lane));
        float *const other = x;
        x = y, y = other;
    }
    EACH_TILE(step_weights(t, last, x + lane));
}

static void factored_steps(const pes_kernels_factored *block,
                           const pes_kernels_factored_network *network) {
    for (int64_t r = 0; r < block->rows; r++) {
        for (int64_t at = 0; at < block->columns; at += PES_KERNELS_FACTORED_LANES) {
            const int64_t left = block->columns - at;
            step_strip(block, network, r, at,
                       left < PES_KERNELS_FACTORED_LANES ? left : PES_KERNELS_FACTORED_LANES);
        }
    }
}

#undef EACH_TILE
#undef EACH_UNITS

#endif // PES_KERNELS_WIDE_FACTORED_H
