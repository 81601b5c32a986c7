// The kernels of learned optimizers: every table agrees with the scalar one bit for bit at
// every size that can go wrong, touches nothing but what it names, and computes what the
// comments in kernels.h say.

#include "fence.h"

static const int64_t lane_counts[] = {0, 1, 7, 8, 17, 31, 48, 49, 80, 100};
static const int64_t row_counts[] = {1, 2, 7, 15, 32};
static const int64_t column_counts[] = {0, 1, 5, 16};
enum {
    LANE_COUNTS = sizeof lane_counts / sizeof *lane_counts,
    ROW_COUNTS = sizeof row_counts / sizeof *row_counts,
    COLUMN_COUNTS = sizeof column_counts / sizeof *column_counts,
    MOST_COLUMNS = 16,
    GAP = 3, // between rows of the output
};

static fence floats_open(uint32_t seed, int64_t n, fence_side side) {
    const fence f = fence_open((size_t)n * sizeof(float), side);
    fence_fill_floats(seed, n, (float *)f.data);
    return f;
}

static float *floats(const fence *f) {
    return (float *)f->data;
}

static void check_equal(fence *mine, fence *theirs) {
    assert_true(fence_intact(mine));
    assert_true(fence_same_floats((int64_t)(mine->bytes / sizeof(float)), floats(mine),
                                  floats(theirs)));
    fence_close(mine);
    fence_close(theirs);
}

// ---- a layer that all lanes share -----------------------------------------------------------

typedef struct layer_case {
    int64_t lanes, rows, columns;
    bool positive;
    float first; // in place of the first lane's first input: a number or not
    fence_side side;
} layer_case;

static fence run_layer(const pes_kernels *k, const layer_case *c) {
    fence w = floats_open(1, c->columns * c->rows, c->side);
    fence start = floats_open(2, c->rows, c->side), x[MOST_COLUMNS];
    const float *column[MOST_COLUMNS];
    for (int64_t j = 0; j < c->columns; j++) {
        x[j] = floats_open((uint32_t)(3 + j), c->lanes, c->side);
        column[j] = floats(&x[j]);
    }
    if (c->columns > 0 && c->lanes > 0) {
        floats(&x[0])[0] = c->first;
    }
    const int64_t ldy = c->lanes + GAP, written = (c->rows - 1) * ldy + c->lanes;
    fence y = floats_open(99, c->lanes > 0 ? written : 0, c->side);
    const pes_kernels_layer layer = {.rows = c->rows,
                                     .columns = c->columns,
                                     .w = floats(&w),
                                     .start = floats(&start),
                                     .positive = c->positive};
    k->shared_layer(&layer, c->lanes, column, floats(&y), ldy);
    for (int64_t j = 0; j < c->columns; j++) {
        assert_true(fence_intact(&x[j]));
        fence_close(&x[j]);
    }
    fence_close(&w);
    fence_close(&start);
    return y;
}

static void layers_agree(void **state) {
    (void)state;
    static const float first[] = {0.5f, NAN, INFINITY};
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        for (int i = 0; i < LANE_COUNTS * ROW_COUNTS * COLUMN_COUNTS; i++) {
            const layer_case c = {
                .lanes = lane_counts[i % LANE_COUNTS],
                .rows = row_counts[i / LANE_COUNTS % ROW_COUNTS],
                .columns = column_counts[i / LANE_COUNTS / ROW_COUNTS],
                .positive = i % 2 == 0,
                .first = first[i % 3],
                .side = i / 2 % 2 == 0 ? FENCE_END : FENCE_BEGIN,
            };
            fence mine = run_layer(*k, &c), theirs = run_layer(&pes_kernels_scalar, &c);
            check_equal(&mine, &theirs);
        }
    }
}

// The definition itself, against sums in double precision; weights of one input lie side by
// side.
static void a_layer_is_a_product_and_a_maximum(void **state) {
    (void)state;
    const float w[] = {1.0f, -2.0f, 0.5f, 3.0f}, start[] = {0.25f, -1.0f};
    const float x0[] = {1.0f, -1.0f, 2.0f}, x1[] = {0.5f, 1.0f, -3.0f}, *x[] = {x0, x1};
    const pes_kernels_layer layer = {2, 2, w, start, true};
    float y[6];
    pes_kernels_scalar.shared_layer(&layer, 3, x, y, 3);
    for (int l = 0; l < 3; l++) {
        for (int r = 0; r < 2; r++) {
            const double sum = (double)start[r] + (double)w[r] * (double)x0[l] +
                               (double)w[2 + r] * (double)x1[l];
            assert_true((double)y[3 * r + l] == fmax(sum, 0.0));
        }
    }
}

// ---- running means --------------------------------------------------------------------------

enum { MEANS = 3 };
static const float keep[MEANS] = {0.1f, 0.999f, 0.5f}, add[MEANS] = {0.9f, 0.001f, 0.5f};

static void check_means(const pes_kernels *k, int64_t n, fence_side side) {
    fence x = floats_open(1, n, side), mine[MEANS], theirs[MEANS];
    float *mean[MEANS], *other[MEANS];
    double squares[MEANS], expected[MEANS];
    for (int m = 0; m < MEANS; m++) {
        mine[m] = floats_open((uint32_t)(2 + m), n, side);
        theirs[m] = floats_open((uint32_t)(2 + m), n, side);
        mean[m] = floats(&mine[m]);
        other[m] = floats(&theirs[m]);
    }
    for (int64_t i = 0; i < n; i += 5) { // what becomes subnormal, and what is not a number
        floats(&x)[i] = i % 10 == 0 ? 0.0f : INFINITY;
        mean[0][i] = other[0][i] = 0x1p-124f;
    }
    k->running_means(n, MEANS, keep, add, floats(&x), mean, squares);
    pes_kernels_scalar.running_means(n, MEANS, keep, add, floats(&x), other, expected);
    for (int m = 0; m < MEANS; m++) {
        const bool both = isnan(squares[m]) && isnan(expected[m]);
        assert_true(both || memcmp(&squares[m], &expected[m], sizeof squares[m]) == 0);
        const double again = k->squares(n, mean[m]);
        assert_true(both || memcmp(&squares[m], &again, sizeof again) == 0);
        check_equal(&mine[m], &theirs[m]);
    }
    assert_true(fence_intact(&x));
    fence_close(&x);
}

static void means_agree(void **state) {
    (void)state;
    static const int64_t long_ones[] = {2048, 2049, 4100};
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        for (fence_side side = FENCE_END; side < FENCE_SIDES; side++) {
            for (int i = 0; i < FENCE_LENGTHS; i++) {
                check_means(*k, fence_lengths[i], side);
            }
            for (int i = 0; i < 3; i++) {
                check_means(*k, long_ones[i], side);
            }
        }
    }
}

static void means_that_no_longer_matter_become_zero(void **state) {
    (void)state;
    float mean = 1.0f, x = 0.0f, *const all[] = {&mean};
    double squares;
    for (int t = 0; t < 126; t++) {
        pes_kernels_scalar.running_means(1, 1, &keep[2], &add[2], &x, all, &squares);
    }
    assert_true(mean == 0x1p-126f && squares == 0x1p-252);
    pes_kernels_scalar.running_means(1, 1, &keep[2], &add[2], &x, all, &squares);
    assert_true(mean == 0.0f && squares == 0.0);
}

// ---- the last step --------------------------------------------------------------------------

static void steps_agree(void **state) {
    (void)state;
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        for (int i = 0; i < 2 * FENCE_LENGTHS; i++) {
            const int64_t n = fence_lengths[i / 2];
            const fence_side side = i % 2 == 0 ? FENCE_END : FENCE_BEGIN;
            fence d = floats_open(1, n, side), m = floats_open(2, n, side);
            fence mine = floats_open(3, n, side), theirs = floats_open(3, n, side);
            for (int64_t j = 0; j < n; j += 7) {
                floats(&m)[j] = j % 2 == 0 ? NAN : 1e6f;
            }
            (*k)->grown_steps(n, 0.25f, 0.5f, floats(&d), floats(&m), floats(&mine));
            pes_kernels_scalar.grown_steps(n, 0.25f, 0.5f, floats(&d), floats(&m),
                                           floats(&theirs));
            assert_true(fence_intact(&d) && fence_intact(&m));
            check_equal(&mine, &theirs);
            fence_close(&d);
            fence_close(&m);
        }
    }
}

static void a_step_is_direction_times_grown_length(void **state) {
    (void)state;
    for (double m = -3.0; m < 3.0; m += 0.37) {
        const float direction = 0.7f, magnitude = (float)m;
        float weight = 0.2f;
        pes_kernels_scalar.grown_steps(1, 0.25f, 0.5f, &direction, &magnitude, &weight);
        const double expected = 0.2 - 0.25 * 0.7 * exp(0.5 * m);
        assert_true(fabs((double)weight - expected) < 1e-6);
    }
}

// ---- sums of squares ------------------------------------------------------------------------

static void check_squares(const pes_kernels *k, int64_t rows, int64_t n, fence_side side) {
    const int64_t ld = n + GAP, floats_read = rows > 0 && n > 0 ? (rows - 1) * ld + n : 0;
    fence x = floats_open(1, floats_read, side);
    fence mine = fence_open((size_t)n * sizeof(double), side);
    double *column = (double *)(void *)mine.data, expected[128], row[8], expected_row[8];
    for (int64_t j = 0; j < n; j++) {
        column[j] = expected[j] = 0.5 * (double)j; // what is there is added to
    }
    k->column_squares(rows, n, floats(&x), ld, column);
    pes_kernels_scalar.column_squares(rows, n, floats(&x), ld, expected);
    k->row_squares(rows, n, floats(&x), ld, row);
    pes_kernels_scalar.row_squares(rows, n, floats(&x), ld, expected_row);
    assert_true(fence_same_doubles(n, column, expected));
    assert_true(fence_same_doubles(rows, row, expected_row));
    assert_true(fence_intact(&x) && fence_intact(&mine));
    fence_close(&x);
    fence_close(&mine);
}

static void sums_of_squares_agree(void **state) {
    (void)state;
    static const int64_t lengths[] = {0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 96, 100};
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        for (int i = 0; i < 14 * 3 * FENCE_SIDES; i++) {
            const int64_t rows = (int64_t[]){0, 1, 5}[i / FENCE_SIDES % 3];
            check_squares(*k, rows, lengths[i / FENCE_SIDES / 3],
                          (fence_side)(i % FENCE_SIDES));
        }
    }
}

static void squares_are_of_rows_and_of_columns(void **state) {
    (void)state;
    const float x[] = {1.0f, -2.0f, 99.0f, 3.0f, 0.5f};
    double row[2], column[2] = {0.0, 10.0};
    pes_kernels_scalar.row_squares(2, 2, x, 3, row);
    pes_kernels_scalar.column_squares(2, 2, x, 3, column);
    assert_true(row[0] == 5.0 && row[1] == 9.25);
    assert_true(column[0] == 10.0 && column[1] == 14.25);
}

// ---- roots ----------------------------------------------------------------------------------

static void roots_agree(void **state) {
    (void)state;
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        for (int i = 0; i < FENCE_LENGTHS * FENCE_SIDES; i++) {
            const int64_t n = fence_lengths[i / FENCE_SIDES];
            const fence_side side = (fence_side)(i % FENCE_SIDES);
            fence x = floats_open(1, n, side), mine = floats_open(2, n, side);
            float *in_place = floats(&x), expected[1027];
            for (int64_t j = 0; j < n; j += 6) {
                in_place[j] = (float[]){NAN, INFINITY, 0.0f}[j / 6 % 3];
            }
            pes_kernels_scalar.reciprocal_roots(n, 3.0f, 0.25f, 0.5f, in_place, expected);
            (*k)->reciprocal_roots(n, 3.0f, 0.25f, 0.5f, in_place, floats(&mine));
            (*k)->reciprocal_roots(n, 3.0f, 0.25f, 0.5f, in_place, in_place);
            assert_true(fence_same_floats(n, floats(&mine), expected));
            assert_true(fence_same_floats(n, in_place, expected));
            assert_true(fence_intact(&x) && fence_intact(&mine));
            fence_close(&x);
            fence_close(&mine);
        }
    }
}

static void a_root_is_as_written(void **state) {
    (void)state;
    const float x[] = {12.0f, 0.0f, -5.0f, NAN};
    float y[4];
    pes_kernels_scalar.reciprocal_roots(4, 4.0f, 1.0f, 0.25f, x, y);
    assert_true(y[0] == 0.5f && y[1] == 1.0f && y[2] == 2.0f && isnan(y[3]));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_agree),
        cmocka_unit_test(a_layer_is_a_product_and_a_maximum),
        cmocka_unit_test(means_agree),
        cmocka_unit_test(means_that_no_longer_matter_become_zero),
        cmocka_unit_test(steps_agree),
        cmocka_unit_test(a_step_is_direction_times_grown_length),
        cmocka_unit_test(sums_of_squares_agree),
        cmocka_unit_test(squares_are_of_rows_and_of_columns),
        cmocka_unit_test(roots_agree),
        cmocka_unit_test(a_root_is_as_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
