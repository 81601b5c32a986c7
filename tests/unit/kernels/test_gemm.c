// Matrix products of every table agree with the scalar ones bit for bit, whatever the shape,
// and stay within their matrices. The scalar ones are held to a sum in double.

#include "fence.h"

typedef enum form { NN, NT, TN, FORMS } form;

typedef struct shape {
    int64_t m, n, k;
} shape;

// Rows and columns of A and B as they are stored.
static void stored(form f, shape s, int64_t a[2], int64_t b[2]) {
    a[0] = f == TN ? s.k : s.m, a[1] = f == TN ? s.m : s.k;
    b[0] = f == NT ? s.n : s.k, b[1] = f == NT ? s.k : s.n;
}

static void multiply(const pes_kernels *k, form f, shape s, const float *a, int64_t lda,
                     const float *b, int64_t ldb, float *c, int64_t ldc, bool accumulate) {
    (f == NN   ? k->sgemm_nn
     : f == NT ? k->sgemm_nt
               : k->sgemm_tn)(s.m, s.n, s.k, a, lda, b, ldb, c, ldc, accumulate);
}

// rows x columns floats, ld apart, of which the last row ends at the fence.
static fence matrix(uint32_t seed, int64_t rows, int64_t columns, int64_t ld, fence_side side) {
    int64_t n = rows == 0 || columns == 0 ? 0 : (rows - 1) * ld + columns;
    fence f = fence_open((size_t)n * sizeof(float), side);
    fence_fill_floats(seed, n, (float *)f.data);
    return f;
}

typedef struct setting {
    form form;
    shape shape;
    int64_t gap; // ld - columns
    fence_side side;
    bool accumulate;
} setting;

static void compare(const pes_kernels *k, setting s, float poison) {
    int64_t a_size[2], b_size[2];
    stored(s.form, s.shape, a_size, b_size);
    int64_t lda = a_size[1] + s.gap, ldb = b_size[1] + s.gap, ldc = s.shape.n + s.gap;
    fence a = matrix(1, a_size[0], a_size[1], lda, s.side);
    fence b = matrix(2, b_size[0], b_size[1], ldb, s.side);
    fence mine = matrix(3, s.shape.m, s.shape.n, ldc, s.side);
    fence theirs = matrix(3, s.shape.m, s.shape.n, ldc, s.side);
    if (poison != 0.0f && a.bytes > 0 && b.bytes > 0) {
        ((float *)a.data)[0] = poison;
        ((float *)b.data)[b.bytes / sizeof(float) - 1] = -0.0f;
    }

    multiply(k, s.form, s.shape, (float *)a.data, lda, (float *)b.data, ldb, (float *)mine.data,
             ldc, s.accumulate);
    multiply(&pes_kernels_scalar, s.form, s.shape, (float *)a.data, lda, (float *)b.data, ldb,
             (float *)theirs.data, ldc, s.accumulate);

    bool same = fence_same_floats((int64_t)(mine.bytes / sizeof(float)), (float *)mine.data,
                                  (float *)theirs.data);
    if (!same) {
        print_message("%s: form %d, %d x %d x %d, gap %d\n", k->name, (int)s.form,
                      (int)s.shape.m, (int)s.shape.n, (int)s.shape.k, (int)s.gap);
    }
    assert_true(same);
    assert_true(fence_intact(&a) && fence_intact(&b) && fence_intact(&mine));
    fence_close(&a);
    fence_close(&b);
    fence_close(&mine);
    fence_close(&theirs);
}

// The first table is the scalar one.
static void compare_everywhere(shape s, int64_t gap) {
    for (const pes_kernels *const *k = pes_kernels_available() + 1; *k != NULL; k++) {
        for (form f = NN; f < FORMS; f++) {
            for (fence_side side = FENCE_END; side < FENCE_SIDES; side++) {
                compare(*k, (setting){f, s, gap, side, false}, 0.0f);
                compare(*k, (setting){f, s, gap, side, true}, 0.0f);
            }
        }
    }
}

static void small_shapes_agree_with_scalar(void **state) {
    (void)state;
    static const int64_t sizes[] = {0, 1, 2, 3, 5, 8, 13, 17};
    enum { SIZES = sizeof sizes / sizeof *sizes };
    for (int i = 0; i < SIZES * SIZES * SIZES; i++) {
        shape s = {sizes[i % SIZES], sizes[i / SIZES % SIZES], sizes[i / SIZES / SIZES]};
        compare_everywhere(s, i % 3);
    }
}

// Every height of a tile, every count of vectors, every remainder of a vector.
static void every_tile_agrees_with_scalar(void **state) {
    (void)state;
    for (int64_t m = 1; m <= 26; m++) {
        for (int64_t n = 1; n <= 130; n += n < 20 ? 1 : 9) {
            compare_everywhere((shape){m, n, 5}, 16 - n % 16);
        }
    }
}

// Packed panels, whose steps come in eights: two eights and every remainder, in all three
// forms, so that A is walked along rows and along columns.
static void packed_panels_agree_with_scalar(void **state) {
    (void)state;
    for (int64_t k = 16; k < 24; k++) {
        for (int64_t n = 4; n <= 60; n += 7) {
            compare_everywhere((shape){47 + k % 5, n, k}, 16 - n % 16);
        }
    }
}

// Several blocks of k, copied and direct panels, and many of them. The scalar product is slow:
// each of these runs once per table.
static void shapes_of_training_agree_with_scalar(void **state) {
    (void)state;
    static const setting settings[] = {
        {NN, {100, 112, 784}, 0, FENCE_END, false},
        {NN, {100, 100, 784}, 12, FENCE_END, false},
        {TN, {784, 112, 100}, 0, FENCE_END, true},
        {TN, {784, 100, 100}, 12, FENCE_END, true},
        {NT, {100, 100, 100}, 12, FENCE_END, false},
        {NT, {100, 100, 784}, 0, FENCE_END, true},
        {NN, {100, 10, 100}, 6, FENCE_END, true},
        {TN, {100, 10, 100}, 6, FENCE_END, true},
        {NN, {32, 32, 32}, 0, FENCE_END, false},
        {NT, {32, 32, 32}, 0, FENCE_END, false},
        {TN, {128, 128, 640}, 0, FENCE_END, false},
        {NN, {23, 1100, 33}, 5, FENCE_END, false},
        {NT, {25, 1100, 33}, 5, FENCE_END, true},
        {NN, {25, 36, 1000}, 0, FENCE_END, true},
    };
    for (const pes_kernels *const *k = pes_kernels_available() + 1; *k != NULL; k++) {
        for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
            compare(*k, settings[i], 0.0f);
        }
    }
}

static void not_a_number_and_infinity_go_where_scalar_puts_them(void **state) {
    (void)state;
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        for (form f = NN; f < FORMS; f++) {
            compare(*k, (setting){f, {19, 35, 9}, 1, FENCE_END, false}, NAN);
            compare(*k, (setting){f, {19, 35, 9}, 1, FENCE_END, false}, INFINITY);
        }
    }
}

// Against sums in double: the error of a chain of k roundings is at most k 2^-24 sum |a b|.
static void scalar_products_are_products(void **state) {
    (void)state;
    enum { M = 7, N = 9, K = 50 };
    float a[M * K], b[K * N], a_t[K * M], b_t[N * K];
    fence_fill_floats(1, M * K, a);
    fence_fill_floats(2, K * N, b);
    for (int p = 0; p < K; p++) {
        for (int i = 0; i < M; i++) {
            a_t[p * M + i] = a[i * K + p];
        }
        for (int j = 0; j < N; j++) {
            b_t[j * K + p] = b[p * N + j];
        }
    }
    float c[FORMS][M * N];
    pes_kernels_scalar.sgemm_nn(M, N, K, a, K, b, N, c[NN], N, false);
    pes_kernels_scalar.sgemm_nt(M, N, K, a, K, b_t, K, c[NT], N, false);
    pes_kernels_scalar.sgemm_tn(M, N, K, a_t, M, b, N, c[TN], N, false);
    assert_memory_equal(c[NN], c[NT], sizeof c[NN]);
    assert_memory_equal(c[NN], c[TN], sizeof c[NN]);
    for (int i = 0; i < M; i++) {
        for (int j = 0; j < N; j++) {
            double sum = 0, size = 0;
            for (int p = 0; p < K; p++) {
                double term = (double)a[i * K + p] * (double)b[p * N + j];
                sum += term, size += fabs(term);
            }
            assert_true(fabs((double)c[NN][i * N + j] - sum) <= K * 0x1p-24 * size);
        }
    }
}

// One fused chain: a b is exact to 48 bits when 1 cancels, which two roundings would lose.
static void every_step_is_fused(void **state) {
    (void)state;
    float a[2] = {1.0f, 1.0f + 0x1p-12f}, b[2] = {-1.0f, 1.0f + 0x1p-12f}, c;
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        (*k)->sgemm_nn(1, 1, 2, a, 2, b, 1, &c, 1, false);
        assert_true(c == 0x1p-11f + 0x1p-24f);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_shapes_agree_with_scalar),
        cmocka_unit_test(every_tile_agrees_with_scalar),
        cmocka_unit_test(packed_panels_agree_with_scalar),
        cmocka_unit_test(shapes_of_training_agree_with_scalar),
        cmocka_unit_test(not_a_number_and_infinity_go_where_scalar_puts_them),
        cmocka_unit_test(scalar_products_are_products),
        cmocka_unit_test(every_step_is_fused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
