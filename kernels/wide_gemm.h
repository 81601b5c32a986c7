// Matrix products in register tiles.
//
// C is cut into panels of at most MAX_VECTORS vectors of columns, k into blocks such that a
// panel of B fits into the first-level cache, and a panel of C into tiles of a few rows: a
// tile's elements stay in registers while k runs over the block. A chain that is cut between
// two blocks waits in C meanwhile, which rounds nothing: the bits are those of scalar_gemm.c.
//
// One tile serves all three forms. A is walked with two strides (row and k), and the panel of B
// is either B itself or a copy on the stack, packed: transposed for nt, and otherwise where
// enough rows of A profit.

#ifndef PES_KERNELS_WIDE_GEMM_H
#define PES_KERNELS_WIDE_GEMM_H

#include "kernels/kernels.h"
#include "kernels/wide_tile.h"

#include <stdalign.h>
#include <stddef.h>

// The file that includes this one has filled tile_sets[vectors - 1] for 1 .. MAX_VECTORS, and
// says how many floats of B it wants in a panel, PANEL_FLOATS.

enum { PACK_ROWS = 24 }; // copy a crooked panel of B where it serves at least so many rows

typedef struct product {
    int64_t m, n, k;
    const float *a, *b;
    int64_t a_row, a_step; // as in tile_job
    int64_t ldb, ldc;
    float *c;
    bool transposed; // B is n x k
    bool accumulate;
} product;

static inline int64_t smaller(int64_t x, int64_t y) {
    return x < y ? x : y;
}

// The size of a share where `total` is cut into the fewest, nearly equal shares of at most
// `most`.
static inline int64_t even_share(int64_t total, int64_t most) {
    const int64_t shares = (total + most - 1) / most;
    return shares == 0 ? 0 : (total + shares - 1) / shares;
}

static void copy_panel(int64_t k, int64_t vectors, part last, const float *b, int64_t ldb,
                       float *panel) {
    for (int64_t p = 0; p < k; p++, b += ldb, panel += vectors * WIDTH) {
        for (int64_t v = 0; v < vectors - 1; v++) {
            v_store(panel + v * WIDTH, v_load(b + v * WIDTH));
        }
        const int64_t tail = (vectors - 1) * WIDTH;
        v_store(panel + tail, v_load_part(b + tail, last));
    }
}

// panel[p][j] = b[j][p] for `n` rows of b. The lanes beyond n repeat the last row: they are
// never stored to C.
static void transpose_panel(int64_t k, int64_t n, const float *b, int64_t ldb, int64_t stride,
                            float *panel) {
    for (int64_t j = 0; j < n; j += WIDTH, panel += WIDTH) {
        const float *row[WIDTH];
        for (int64_t l = 0; l < WIDTH; l++) {
            row[l] = b + smaller(j + l, n - 1) * ldb;
        }
        int64_t p = 0;
        for (; p + 4 <= k; p += 4) {
            v_transpose_4(row, p, panel + p * stride, stride);
        }
        if (p < k && k >= 4) {
            p = k - 4; // once more what overlaps
            v_transpose_4(row, p, panel + p * stride, stride);
            p = k;
        }
        for (; p < k; p++) {
            for (int64_t l = 0; l < WIDTH; l++) {
                panel[p * stride + l] = row[l][p];
            }
        }
    }
}

static inline bool is_straight(const product *x) {
    return x->ldb % WIDTH == 0 && (uintptr_t)x->b % sizeof(vec) == 0;
}

// A panel: the columns j .. j + n of C, and a block of k from p on. `copy` has room for B's
// part.
static tile_job prepare(const product *x, int64_t j, int64_t n, int64_t vectors, int64_t p,
                        int64_t k, float *copy) {
    const int64_t columns = vectors * WIDTH;
    const float *b = x->transposed ? x->b + j * x->ldb + p : x->b + p * x->ldb + j;
    const part last = v_part(n - (vectors - 1) * WIDTH);
    const bool pack = x->m >= (is_straight(x) ? PACK_STRAIGHT_ROWS : PACK_ROWS);
    if (x->transposed) {
        transpose_panel(k, n, b, x->ldb, columns, copy);
    } else if (pack) {
        copy_panel(k, vectors, last, b, x->ldb, copy);
    }
    const bool packed = x->transposed || pack;
    return (tile_job){.k = k,
                      .a_row = x->a_row,
                      .a_step = x->a_step,
                      .ldb = packed ? columns : x->ldb,
                      .ldc = x->ldc,
                      .b = packed ? copy : b,
                      .last = last,
                      .whole_c = n == columns,
                      .packed = packed,
                      .from_c = x->accumulate || p > 0,
                      .half = n <= columns - WIDTH / 2};
}

// All rows of C, in tiles of nearly equal height.
static inline void run_tiles(const product *x, int64_t vectors, const tile_job *job,
                             const float *a, float *c) {
    const tile_set *tiles = &tile_sets[vectors - 1];
    const bool by_half = job->half && tiles->half_by_rows != NULL;
    tile *const *by_rows = by_half ? tiles->half_by_rows : tiles->by_rows;
    const int64_t count = (x->m + tiles->max_rows - 1) / tiles->max_rows;
    const int64_t rows = x->m / count, taller = x->m % count;
    for (int64_t t = 0; t < count; t++) {
        const int64_t height = rows + (t < taller);
        by_rows[height - 1](job, a, c);
        a += height * x->a_row;
        c += height * x->ldc;
    }
}

static void multiply(const product *x) {
    alignas(64) float copy[PANEL_FLOATS];
    for (int64_t j = 0, n; j < x->n && x->m > 0; j += n) {
        const int64_t left = (x->n - j + WIDTH - 1) / WIDTH;
        const int64_t vectors = even_share(left, MAX_VECTORS);
        n = smaller(x->n - j, vectors * WIDTH);

        const int64_t block = even_share(x->k, PANEL_FLOATS / (vectors * WIDTH));
        int64_t p = 0;
        do { // also where k is 0, for C = 0
            const tile_job job = prepare(x, j, n, vectors, p, smaller(x->k - p, block), copy);
            run_tiles(x, vectors, &job, x->a + p * x->a_step, x->c + j);
            p += block;
        } while (p < x->k);
    }
}

static void sgemm_nn(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
                     const float *b, int64_t ldb, float *c, int64_t ldc, bool accumulate) {
    multiply(&(product){m, n, k, a, b, lda, 1, ldb, ldc, c, false, accumulate});
}

static void sgemm_nt(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
                     const float *b, int64_t ldb, float *c, int64_t ldc, bool accumulate) {
    multiply(&(product){m, n, k, a, b, lda, 1, ldb, ldc, c, true, accumulate});
}

static void sgemm_tn(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
                     const float *b, int64_t ldb, float *c, int64_t ldc, bool accumulate) {
    multiply(&(product){m, n, k, a, b, 1, lda, ldb, ldc, c, false, accumulate});
}

#endif // PES_KERNELS_WIDE_GEMM_H
