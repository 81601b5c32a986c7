// Register tiles of the matrix products: a few rows by one to four vectors of C stay in
// registers while k runs over a block. c<r>_<v> is vector v of row r. wide_gemm.h says who
// calls them.

#ifndef PES_KERNELS_WIDE_TILE_H
#define PES_KERNELS_WIDE_TILE_H

#include <stdbool.h>
#include <stdint.h>

// What the tiles of one panel and block share. a_row, a_step: distances in A between rows of C,
// and between steps of k.
typedef struct tile_job {
    int64_t k, a_row, a_step, ldb, ldc;
    const float *b;
    part last;    // the lanes of the last vector of columns
    bool whole_c; // the last vector of columns of C has all its lanes
    bool packed;  // rows of b are whole vectors without gaps
    bool from_c;  // begin at C, not at 0
    bool half;    // half a vector holds the last columns
} tile_job;

typedef void tile(const tile_job *job, const float *a, float *c);

#define ROWS_1(DO)  DO(0)
#define ROWS_2(DO)  ROWS_1(DO) DO(1)
#define ROWS_3(DO)  ROWS_2(DO) DO(2)
#define ROWS_4(DO)  ROWS_3(DO) DO(3)
#define ROWS_5(DO)  ROWS_4(DO) DO(4)
#define ROWS_6(DO)  ROWS_5(DO) DO(5)
#define ROWS_7(DO)  ROWS_6(DO) DO(6)
#define ROWS_8(DO)  ROWS_7(DO) DO(7)
#define ROWS_9(DO)  ROWS_8(DO) DO(8)
#define ROWS_10(DO) ROWS_9(DO) DO(9)
#define ROWS_11(DO) ROWS_10(DO) DO(10)
#define ROWS_12(DO) ROWS_11(DO) DO(11)

#define VECTORS_1(DO, LAST, r) LAST(r, 0)
#define VECTORS_2(DO, LAST, r) DO(r, 0) LAST(r, 1)
#define VECTORS_3(DO, LAST, r) DO(r, 0) DO(r, 1) LAST(r, 2)
#define VECTORS_4(DO, LAST, r) DO(r, 0) DO(r, 1) DO(r, 2) LAST(r, 3)

#define ZERO(r, v)         vec c##r##_##v = v_set1(0.0f);
#define FETCH(r, v)        c##r##_##v = v_load(c + (r)*ldc + (v)*WIDTH);
#define FETCH_LAST(r, v)   c##r##_##v = v_load_part(c + (r)*ldc + (v)*WIDTH, last);
#define PUT(r, v)          v_store(c + (r)*ldc + (v)*WIDTH, c##r##_##v);
#define PUT_LAST(r, v)     v_store_part(c + (r)*ldc + (v)*WIDTH, last, c##r##_##v);
#define LOAD_B(r, v)       const vec b_##v = v_load(b + (v)*WIDTH);
#define LOAD_B_LAST(r, v)  const vec b_##v = v_load_part(b + (v)*WIDTH, last);
#define MULTIPLY_ADD(r, v) c##r##_##v = v_fma(a_##r, b_##v, c##r##_##v);

// Where only half of the last vector's lanes are used, or fewer, half a vector does: the
// processors that split a vector of 16 floats in two do such a step in half the time.
#define ZERO_HALF(r, v)         half_vec c##r##_##v = h_zero();
#define FETCH_HALF(r, v)        c##r##_##v = h_load_part(c + (r)*ldc + (v)*WIDTH, last);
#define PUT_HALF(r, v)          h_store_part(c + (r)*ldc + (v)*WIDTH, last, c##r##_##v);
#define LOAD_B_HALF(r, v)       const half_vec b_##v = h_load_part(b + (v)*WIDTH, last);
#define MULTIPLY_ADD_HALF(r, v) c##r##_##v = h_fma(h_low(a_##r), b_##v, c##r##_##v);

// Three rows share a pointer: their addresses are base, base + row and base + 2 row.
// A short tile has no use for the later ones.
#define FROM_ROW(rows, r) ((rows) > (r) ? a + (r)*job->a_row : a)
#define LOAD_A(r)         const vec a_##r = v_set1(base[(r) / 3][((r) % 3) * row]);

#define ZERO_1(r)      VECTORS_1(ZERO, ZERO, r)
#define ZERO_2(r)      VECTORS_2(ZERO, ZERO, r)
#define ZERO_3(r)      VECTORS_3(ZERO, ZERO, r)
#define ZERO_4(r)      VECTORS_4(ZERO, ZERO, r)
#define FETCH_1(r)     VECTORS_1(FETCH, FETCH_LAST, r)
#define FETCH_2(r)     VECTORS_2(FETCH, FETCH_LAST, r)
#define FETCH_3(r)     VECTORS_3(FETCH, FETCH_LAST, r)
#define FETCH_4(r)     VECTORS_4(FETCH, FETCH_LAST, r)
#define PUT_1(r)       VECTORS_1(PUT, PUT_LAST, r)
#define PUT_2(r)       VECTORS_2(PUT, PUT_LAST, r)
#define PUT_3(r)       VECTORS_3(PUT, PUT_LAST, r)
#define PUT_4(r)       VECTORS_4(PUT, PUT_LAST, r)
#define PUT_WHOLE_1(r) VECTORS_1(PUT, PUT, r)
#define PUT_WHOLE_2(r) VECTORS_2(PUT, PUT, r)
#define PUT_WHOLE_3(r) VECTORS_3(PUT, PUT, r)
#define PUT_WHOLE_4(r) VECTORS_4(PUT, PUT, r)
#define STEP_1(r)      LOAD_A(r) VECTORS_1(MULTIPLY_ADD, MULTIPLY_ADD, r)
#define STEP_2(r)      LOAD_A(r) VECTORS_2(MULTIPLY_ADD, MULTIPLY_ADD, r)
#define STEP_3(r)      LOAD_A(r) VECTORS_3(MULTIPLY_ADD, MULTIPLY_ADD, r)
#define STEP_4(r)      LOAD_A(r) VECTORS_4(MULTIPLY_ADD, MULTIPLY_ADD, r)

#define ZERO_1h(r)      VECTORS_1(ZERO, ZERO_HALF, r)
#define ZERO_2h(r)      VECTORS_2(ZERO, ZERO_HALF, r)
#define ZERO_3h(r)      VECTORS_3(ZERO, ZERO_HALF, r)
#define ZERO_4h(r)      VECTORS_4(ZERO, ZERO_HALF, r)
#define FETCH_1h(r)     VECTORS_1(FETCH, FETCH_HALF, r)
#define FETCH_2h(r)     VECTORS_2(FETCH, FETCH_HALF, r)
#define FETCH_3h(r)     VECTORS_3(FETCH, FETCH_HALF, r)
#define FETCH_4h(r)     VECTORS_4(FETCH, FETCH_HALF, r)
#define PUT_1h(r)       VECTORS_1(PUT, PUT_HALF, r)
#define PUT_2h(r)       VECTORS_2(PUT, PUT_HALF, r)
#define PUT_3h(r)       VECTORS_3(PUT, PUT_HALF, r)
#define PUT_4h(r)       VECTORS_4(PUT, PUT_HALF, r)
#define PUT_WHOLE_1h(r) PUT_1h(r)
#define PUT_WHOLE_2h(r) PUT_2h(r)
#define PUT_WHOLE_3h(r) PUT_3h(r)
#define PUT_WHOLE_4h(r) PUT_4h(r)
#define STEP_1h(r)      LOAD_A(r) VECTORS_1(MULTIPLY_ADD, MULTIPLY_ADD_HALF, r)
#define STEP_2h(r)      LOAD_A(r) VECTORS_2(MULTIPLY_ADD, MULTIPLY_ADD_HALF, r)
#define STEP_3h(r)      LOAD_A(r) VECTORS_3(MULTIPLY_ADD, MULTIPLY_ADD_HALF, r)
#define STEP_4h(r)      LOAD_A(r) VECTORS_4(MULTIPLY_ADD, MULTIPLY_ADD_HALF, r)

#define LANES_1  WIDTH
#define LANES_2  (2 * WIDTH)
#define LANES_3  (3 * WIDTH)
#define LANES_4  (4 * WIDTH)
#define LANES_1h LANES_1
#define LANES_2h LANES_2
#define LANES_3h LANES_3
#define LANES_4h LANES_4

#define ROW_OF_B_1(LAST)  VECTORS_1(LOAD_B, LAST, 0)
#define ROW_OF_B_2(LAST)  VECTORS_2(LOAD_B, LAST, 0)
#define ROW_OF_B_3(LAST)  VECTORS_3(LOAD_B, LAST, 0)
#define ROW_OF_B_4(LAST)  VECTORS_4(LOAD_B, LAST, 0)
#define ROW_OF_B_1h(LAST) VECTORS_1(LOAD_B, LOAD_B_HALF, 0)
#define ROW_OF_B_2h(LAST) VECTORS_2(LOAD_B, LOAD_B_HALF, 0)
#define ROW_OF_B_3h(LAST) VECTORS_3(LOAD_B, LOAD_B_HALF, 0)
#define ROW_OF_B_4h(LAST) VECTORS_4(LOAD_B, LOAD_B_HALF, 0)

#define ADVANCE(rows, vectors, LAST)                                                           \
    {                                                                                          \
        ROW_OF_B_##vectors(LAST);                                                              \
        ROWS_##rows(STEP_##vectors);                                                           \
        base[0] += step, base[1] += step, base[2] += step, base[3] += step;                    \
        b += ldb;                                                                              \
    }

#define ADVANCE_2(rows, vectors)                                                               \
    ADVANCE(rows, vectors, LOAD_B)                                                             \
    ADVANCE(rows, vectors, LOAD_B)
#define ADVANCE_8(rows, vectors)                                                               \
    ADVANCE_2(rows, vectors)                                                                   \
    ADVANCE_2(rows, vectors)                                                                   \
    ADVANCE_2(rows, vectors)                                                                   \
    ADVANCE_2(rows, vectors)

// Eight steps at a time, between rows whose distance the compiler knows: hardly an instruction
// is left beside loads and multiply-adds.
#define RUN_PACKED(rows, vectors, row_of_a, step_of_a)                                         \
    const int64_t row = row_of_a, step = step_of_a, ldb = LANES_##vectors;                     \
    for (; p >= 8; p -= 8) {                                                                   \
        ADVANCE_8(rows, vectors)                                                               \
    }                                                                                          \
    for (; p > 0; p--) {                                                                       \
        ADVANCE(rows, vectors, LOAD_B)                                                         \
    }

#define RUN(rows, vectors)                                                                     \
    const int64_t row = job->a_row, step = job->a_step, ldb = job->ldb;                        \
    for (; p > 0; p--) {                                                                       \
        ADVANCE(rows, vectors, LOAD_B_LAST)                                                    \
    }

#define TILE(rows, vectors)                                                                    \
    static void tile_##rows##x##vectors(const tile_job *job, const float *a, float *c) {       \
        const int64_t ldc = job->ldc;                                                          \
        const float *base[4] = {a, FROM_ROW(rows, 3), FROM_ROW(rows, 6), FROM_ROW(rows, 9)};   \
        const float *b = job->b;                                                               \
        const part last = job->last;                                                           \
        int64_t p = job->k;                                                                    \
        ROWS_##rows(ZERO_##vectors);                                                           \
        if (job->from_c) {                                                                     \
            ROWS_##rows(FETCH_##vectors);                                                      \
        }                                                                                      \
        if (UNROLL_PACKED && job->packed && job->a_step == 1) {                                \
            RUN_PACKED(rows, vectors, job->a_row, 1)                                           \
        } else if (UNROLL_PACKED && job->packed) {                                             \
            RUN_PACKED(rows, vectors, 1, job->a_step)                                          \
        } else {                                                                               \
            RUN(rows, vectors)                                                                 \
        }                                                                                      \
        if (PARTIAL_STORES_COST && job->whole_c) {                                             \
            ROWS_##rows(PUT_WHOLE_##vectors);                                                  \
        } else {                                                                               \
            ROWS_##rows(PUT_##vectors);                                                        \
        }                                                                                      \
    }

// All tiles of `v` vectors up to a number of rows, and their table.
#define TILES_4(v)                                                                             \
    TILE(1, v)                                                                                 \
    TILE(2, v)                                                                                 \
    TILE(3, v)                                                                                 \
    TILE(4, v)                                                                                 \
    static tile *const tiles_##v[] = {tile_1x##v, tile_2x##v, tile_3x##v, tile_4x##v};
#define TILES_6(v)                                                                             \
    TILE(1, v)                                                                                 \
    TILE(2, v)                                                                                 \
    TILE(3, v)                                                                                 \
    TILE(4, v)                                                                                 \
    TILE(5, v)                                                                                 \
    TILE(6, v)                                                                                 \
    static tile *const tiles_##v[] = {tile_1x##v, tile_2x##v, tile_3x##v,                      \
                                      tile_4x##v, tile_5x##v, tile_6x##v};
#define TILES_9(v)                                                                             \
    TILE(1, v)                                                                                 \
    TILE(2, v)                                                                                 \
    TILE(3, v)                                                                                 \
    TILE(4, v)                                                                                 \
    TILE(5, v)                                                                                 \
    TILE(6, v)                                                                                 \
    TILE(7, v)                                                                                 \
    TILE(8, v)                                                                                 \
    TILE(9, v)                                                                                 \
    static tile *const tiles_##v[] = {tile_1x##v, tile_2x##v, tile_3x##v,                      \
                                      tile_4x##v, tile_5x##v, tile_6x##v,                      \
                                      tile_7x##v, tile_8x##v, tile_9x##v};
#define TILES_12(v)                                                                            \
    TILE(1, v)                                                                                 \
    TILE(2, v)                                                                                 \
    TILE(3, v)                                                                                 \
    TILE(4, v)                                                                                 \
    TILE(5, v)                                                                                 \
    TILE(6, v)                                                                                 \
    TILE(7, v)                                                                                 \
    TILE(8, v)                                                                                 \
    TILE(9, v)                                                                                 \
    TILE(10, v)                                                                                \
    TILE(11, v)                                                                                \
    TILE(12, v)                                                                                \
    static tile *const tiles_##v[] = {tile_1x##v, tile_2x##v,  tile_3x##v,  tile_4x##v,        \
                                      tile_5x##v, tile_6x##v,  tile_7x##v,  tile_8x##v,        \
                                      tile_9x##v, tile_10x##v, tile_11x##v, tile_12x##v};

// The tiles of one width.
typedef struct tile_set {
    int64_t max_rows;
    tile *const *by_rows;      // [rows - 1]
    tile *const *half_by_rows; // for a last vector of half the lanes; NULL: not worth having
} tile_set;

#endif // PES_KERNELS_WIDE_TILE_H
