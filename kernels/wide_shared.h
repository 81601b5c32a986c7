// One layer of a network whose weights all lanes share. See scalar_rule.c.
//
// A tile is a few rows of the layer by up to three vectors of lanes, in registers while the
// columns go by: a weight is spread over a vector once for all of the tile's vectors, and a
// vector of the input is loaded once for all of its rows. ROWS_* and VECTORS_* are those of
// wide_tile.h.

#ifndef PES_KERNELS_WIDE_SHARED_H
#define PES_KERNELS_WIDE_SHARED_H

#include "kernels/kernels.h"
#include "kernels/wide_tile.h"

typedef struct shared_job {
    const pes_kernels_layer *layer;
    const float *const *x;
    float *y;
    int64_t ldy;
    part present; // the lanes of a tile that is not whole
} shared_job;

// Rows row.. of the layer, lanes at.. .
typedef void shared_tile(const shared_job *job, int64_t row, int64_t at);

#define SHARED_START(r)       const vec start_##r = v_set1(start[r]);
#define SHARED_BEGIN(r, v)    vec c##r##_##v = start_##r;
#define SHARED_WEIGHT(r)      const vec w_##r = v_set1(w[r]);
#define SHARED_ADD(r, v)      c##r##_##v = v_fma(w_##r, in_##v, c##r##_##v);
#define SHARED_POSITIVE(r, v) c##r##_##v = v_max(v_set1(0.0f), c##r##_##v);
#define SHARED_IN(r, v)       const vec in_##v = v_load(from + (v)*WIDTH);
#define SHARED_IN_PART(r, v)  const vec in_##v = v_load_part(from, job->present);
#define SHARED_OUT(r, v)      v_store(y + (r)*job->ldy + (v)*WIDTH, c##r##_##v);
#define SHARED_OUT_PART(r, v) v_store_part(y + (r)*job->ldy, job->present, c##r##_##v);
#define SHARED_BEGIN_1(r)     SHARED_START(r) VECTORS_1(SHARED_BEGIN, SHARED_BEGIN, r)
#define SHARED_BEGIN_2(r)     SHARED_START(r) VECTORS_2(SHARED_BEGIN, SHARED_BEGIN, r)
#define SHARED_BEGIN_3(r)     SHARED_START(r) VECTORS_3(SHARED_BEGIN, SHARED_BEGIN, r)
#define SHARED_ADD_1(r)       SHARED_WEIGHT(r) VECTORS_1(SHARED_ADD, SHARED_ADD, r)
#define SHARED_ADD_2(r)       SHARED_WEIGHT(r) VECTORS_2(SHARED_ADD, SHARED_ADD, r)
#define SHARED_ADD_3(r)       SHARED_WEIGHT(r) VECTORS_3(SHARED_ADD, SHARED_ADD, r)
#define SHARED_POSITIVE_1(r)  VECTORS_1(SHARED_POSITIVE, SHARED_POSITIVE, r)
#define SHARED_POSITIVE_2(r)  VECTORS_2(SHARED_POSITIVE, SHARED_POSITIVE, r)
#define SHARED_POSITIVE_3(r)  VECTORS_3(SHARED_POSITIVE, SHARED_POSITIVE, r)
#define SHARED_OUT_1(r)       VECTORS_1(SHARED_OUT, SHARED_OUT, r)
#define SHARED_OUT_2(r)       VECTORS_2(SHARED_OUT, SHARED_OUT, r)
#define SHARED_OUT_3(r)       VECTORS_3(SHARED_OUT, SHARED_OUT, r)
#define SHARED_OUT_PART_1(r)  VECTORS_1(SHARED_OUT_PART, SHARED_OUT_PART, r)

#define SHARED_TILE(name, rows_, vectors, IN, OUT)                                             \
    static void name(const shared_job *job, int64_t row, int64_t at) {                         \
        const int64_t rows = job->layer->rows;                                                 \
        const float *start = job->layer->start + row, *w = job->layer->w + row;                \
        const float *const *x = job->x, *const *const end = x + job->layer->columns;           \
        float *y = job->y + row * job->ldy + at;                                               \
        ROWS_##rows_(SHARED_BEGIN_##vectors) for (; x < end; x++, w += rows) {                 \
            const float *from = *x + at;                                                       \
            VECTORS_##vectors(IN, IN, 0) ROWS_##rows_(SHARED_ADD_##vectors)                    \
        }                                                                                      \
        if (job->layer->positive) {                                                            \
            ROWS_##rows_(SHARED_POSITIVE_##vectors)                                            \
        }                                                                                      \
        ROWS_##rows_(OUT##_##vectors)                                                          \
    }

#define SHARED_TILES(rows)                                                                     \
    SHARED_TILE(shared_##rows##_part, rows, 1, SHARED_IN_PART, SHARED_OUT_PART)                \
    SHARED_TILE(shared_##rows##_1, rows, 1, SHARED_IN, SHARED_OUT)                             \
    SHARED_TILE(shared_##rows##_2, rows, 2, SHARED_IN, SHARED_OUT)                             \
    SHARED_TILE(shared_##rows##_3, rows, 3, SHARED_IN, SHARED_OUT)

#define SHARED_ROW(rows)                                                                       \
    { shared_##rows##_part, shared_##rows##_1, shared_##rows##_2, shared_##rows##_3 }

SHARED_TILES(1)
SHARED_TILES(2)
SHARED_TILES(4)

enum { SHARED_VECTORS = 3 };

// Row k has tiles of 2^k rows by part of a vector, and by one to three vectors. The file that
// includes this one fills it as far as its registers reach.
static shared_tile *const shared_tiles[SHARED_HEIGHTS][SHARED_VECTORS + 1];

// All rows for the lanes of one tile.
static inline void shared_strip(const shared_job *job, int64_t at, int vectors) {
    int64_t row = 0;
    for (int k = SHARED_HEIGHTS - 1; k >= 0; k--) {
        for (; row + (1 << k) <= job->layer->rows; row += 1 << k) {
            shared_tiles[k][vectors](job, row, at);
        }
    }
}

static void shared_layer(const pes_kernels_layer *layer, int64_t lanes, const float *const *x,
                         float *y, int64_t ldy) {
    shared_job job = {.layer = layer, .x = x, .y = y, .ldy = ldy};
    int64_t at = 0;
    for (int vectors; (vectors = (int)((lanes - at) / WIDTH)) > 0; at += vectors * WIDTH) {
        vectors = vectors < SHARED_VECTORS ? vectors : SHARED_VECTORS;
        shared_strip(&job, at, vectors);
    }
    if (at < lanes) {
        job.present = v_part(lanes - at);
        shared_strip(&job, at, 0);
    }
}

#endif // PES_KERNELS_WIDE_SHARED_H
