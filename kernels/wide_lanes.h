// Many small networks side by side, one in each lane: a vector holds the same number of as many
// networks. See scalar_lanes.c.

#ifndef PES_KERNELS_WIDE_LANES_H
#define PES_KERNELS_WIDE_LANES_H

#include "kernels/kernels.h"
#include "kernels/wide_math.h"

#include <math.h>

// Every kernel below is written for a column of lanes and compiled twice: for a whole vector,
// and for the first lanes of one.
typedef struct lane_column {
    bool whole;
    part present; // of a column that is not whole
} lane_column;

static inline vec column_load(lane_column column, const float *x) {
    return column.whole ? v_load(x) : v_load_part(x, column.present);
}

static inline void column_store(lane_column column, float *x, vec value) {
    if (column.whole) {
        v_store(x, value);
    } else {
        v_store_part(x, column.present, value);
    }
}

// Runs `body` for the columns of `lanes`; it sees `column` and `at`, the column's first lane.
#define EACH_COLUMN(lanes, body)                                                               \
    do {                                                                                       \
        int64_t at = 0;                                                                        \
        for (; at + WIDTH <= (lanes); at += WIDTH) {                                           \
            const lane_column column = {.whole = true};                                        \
            body;                                                                              \
        }                                                                                      \
        if (at < (lanes)) {                                                                    \
            const lane_column column = {.present = v_part((lanes)-at)};                        \
            body;                                                                              \
        }                                                                                      \
    } while (0)

static void lanes_gather(int64_t lanes, int64_t count, int64_t n, const float *from, int64_t ld,
                         float *to) {
    for (int64_t at = 0; at < lanes; at += WIDTH) {
        int64_t i = 0;
        if (at + WIDTH <= count) {
            const float *row[WIDTH];
            for (int l = 0; l < WIDTH; l++) {
                row[l] = from + (at + l) * ld;
            }
            for (; i + 4 <= n; i += 4) {
                v_transpose_4(row, i, to + i * lanes + at, lanes);
            }
        }
        const int64_t end = at + WIDTH < lanes ? at + WIDTH : lanes;
        for (; i < n; i++) {
            for (int64_t l = at; l < end; l++) {
                to[i * lanes + l] = l < count ? from[l * ld + i] : 0.0f;
            }
        }
    }
}

// Eight chains at a time hide the time that a fused multiply-add takes.
enum { LANE_CHAINS = 8 };

static inline void product_column(lane_column column, int64_t lanes, int64_t rows,
                                  int64_t columns, const float *w, const float *x,
                                  const float *start, float *y) {
    int64_t r = 0;
    for (; r + LANE_CHAINS <= rows; r += LANE_CHAINS) {
        vec sum[LANE_CHAINS];
        for (int k = 0; k < LANE_CHAINS; k++) {
            sum[k] = column_load(column, start + (r + k) * lanes);
        }
        for (int64_t j = 0; j < columns; j++) {
            const vec factor = column_load(column, x + j * lanes);
            for (int k = 0; k < LANE_CHAINS; k++) {
                const float *weight = w + ((r + k) * columns + j) * lanes;
                sum[k] = v_fma(column_load(column, weight), factor, sum[k]);
            }
        }
        for (int k = 0; k < LANE_CHAINS; k++) {
            column_store(column, y + (r + k) * lanes, sum[k]);
        }
    }
    for (; r < rows; r++) {
        vec sum = column_load(column, start + r * lanes);
        for (int64_t j = 0; j < columns; j++) {
            sum = v_fma(column_load(column, w + (r * columns + j) * lanes),
                        column_load(column, x + j * lanes), sum);
        }
        column_store(column, y + r * lanes, sum);
    }
}

static void lanes_product(int64_t lanes, int64_t rows, int64_t columns, const float *w,
                          const float *x, const float *start, float *y) {
    EACH_COLUMN(lanes, product_column(column, lanes, rows, columns, w + at, x + at, start + at,
                                      y + at));
}

static inline void cross_entropy_column(lane_column column, int64_t lanes, int64_t count,
                                        int64_t classes, const float *logits,
                                        const uint8_t *label, double *loss) {
    vec largest = v_set1(-INFINITY), sum = v_set1(0.0f);
    for (int64_t j = 0; j < classes; j++) {
        largest = v_max(column_load(column, logits + j * lanes), largest);
    }
    for (int64_t j = 0; j < classes; j++) {
        sum = v_add(sum, exp_of(v_sub(column_load(column, logits + j * lanes), largest)));
    }
    float top[WIDTH], logarithm[WIDTH];
    v_store(top, largest);
    v_store(logarithm, log_of(sum));
    for (int64_t l = 0; l < count; l++) {
        const float gap = logits[label[l] * lanes + l] - top[l];
        loss[l] = (double)logarithm[l] - (double)gap;
    }
}

static void lanes_cross_entropy(int64_t lanes, int64_t classes, const float *logits,
                                const uint8_t *label, double *loss) {
    EACH_COLUMN(lanes,
                cross_entropy_column(column, lanes, lanes - at < WIDTH ? lanes - at : WIDTH,
                                     classes, logits + at, label + at, loss + at));
}

#endif // PES_KERNELS_WIDE_LANES_H
