// Networks side by side: every table agrees with the scalar one bit for bit at every number of
// lanes that can go wrong, touches nothing but what it names, and computes what the comments in
// kernels.h say.

#include "fence.h"

static const int64_t lane_counts[] = {1, 3, 7, 8, 9, 15, 16, 17, 24, 33, 64};
static const int64_t sizes[] = {0, 1, 2, 5, 8, 9, 20, 50};
enum {
    LANE_COUNTS = sizeof lane_counts / sizeof *lane_counts,
    SIZES = sizeof sizes / sizeof *sizes
};

typedef struct world {
    fence w, x, start, y, loss;
    uint8_t label[64];
} world;

static fence floats_open(uint32_t seed, int64_t n, fence_side side) {
    const fence f = fence_open((size_t)n * sizeof(float), side);
    fence_fill_floats(seed, n, (float *)f.data);
    return f;
}

static world world_open(int64_t lanes, int64_t rows, int64_t columns, fence_side side) {
    world in = {.w = floats_open(1, rows * columns * lanes, side),
                .x = floats_open(2, columns * lanes, side),
                .start = floats_open(3, rows * lanes, side),
                .y = floats_open(4, rows * lanes, side),
                .loss = fence_open((size_t)lanes * sizeof(double), side)};
    for (int64_t l = 0; l < lanes; l++) {
        in.label[l] = (uint8_t)(rows > 0 ? l * 7 % rows : 0);
    }
    return in;
}

static void world_close(world *in) {
    fence *const all[] = {&in->w, &in->x, &in->start, &in->y, &in->loss};
    for (int i = 0; i < 5; i++) {
        fence_close(all[i]);
    }
}

static void check_equal(const world *mine, const world *theirs) {
    const fence *const a[] = {&mine->w, &mine->x, &mine->start, &mine->y};
    const fence *const b[] = {&theirs->w, &theirs->x, &theirs->start, &theirs->y};
    for (int i = 0; i < 4; i++) {
        assert_true(fence_intact(a[i]));
        assert_true(fence_same_floats((int64_t)(a[i]->bytes / sizeof(float)),
                                      (float *)a[i]->data, (float *)b[i]->data));
    }
    assert_true(fence_intact(&mine->loss));
    for (size_t i = 0; i < mine->loss.bytes / sizeof(double); i++) {
        const double x = ((double *)mine->loss.data)[i], y = ((double *)theirs->loss.data)[i];
        assert_true(memcmp(&x, &y, sizeof x) == 0 || (isnan(x) && isnan(y)));
    }
}

typedef void run_function(const pes_kernels *k, int64_t lanes, int64_t rows, int64_t columns,
                          world *in);

// All rows of networks but the last are there.
static void run_gather(const pes_kernels *k, int64_t lanes, int64_t rows, int64_t columns,
                       world *in) {
    const int64_t count = lanes > 1 ? lanes - lanes % 2 : 1;
    k->lanes_gather(lanes, count, rows, (float *)in->w.data, rows * columns,
                    (float *)in->y.data);
}

static void run_product(const pes_kernels *k, int64_t lanes, int64_t rows, int64_t columns,
                        world *in) {
    k->lanes_product(lanes, rows, columns, (float *)in->w.data, (float *)in->x.data,
                     (float *)in->start.data, (float *)in->y.data);
    k->lanes_product(lanes, rows, columns, (float *)in->w.data, (float *)in->x.data,
                     (float *)in->y.data, (float *)in->y.data);
}

static void run_cross_entropy(const pes_kernels *k, int64_t lanes, int64_t rows,
                              int64_t columns, world *in) {
    (void)columns;
    if (rows > 0) {
        k->lanes_cross_entropy(lanes, rows, (float *)in->y.data, in->label,
                               (double *)in->loss.data);
    }
}

static void run_cross_entropy_of_bad_logits(const pes_kernels *k, int64_t lanes, int64_t rows,
                                            int64_t columns, world *in) {
    static const float bad[] = {NAN, INFINITY, -INFINITY, 1e30f, -1e30f};
    float *logit = (float *)in->y.data;
    for (int64_t i = 0; i < rows * lanes; i += 11) {
        logit[i] = bad[i % 5];
    }
    run_cross_entropy(k, lanes, rows, columns, in);
}

static run_function *const cases[] = {run_gather, run_product, run_cross_entropy,
                                      run_cross_entropy_of_bad_logits};
enum { CASES = sizeof cases / sizeof *cases };

static void compare(const pes_kernels *k, run_function *run, int64_t lanes, int64_t size) {
    const int64_t columns = size % 7 + 1;
    for (fence_side side = FENCE_END; side < FENCE_SIDES; side++) {
        world mine = world_open(lanes, size, columns, side);
        world theirs = world_open(lanes, size, columns, side);
        run(k, lanes, size, columns, &mine);
        run(&pes_kernels_scalar, lanes, size, columns, &theirs);
        check_equal(&mine, &theirs);
        world_close(&mine);
        world_close(&theirs);
    }
}

static void every_table_agrees_with_scalar(void **state) {
    (void)state;
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        for (int c = 0; c < CASES; c++) {
            for (int i = 0; i < LANE_COUNTS * SIZES; i++) {
                compare(*k, cases[c], lane_counts[i % LANE_COUNTS], sizes[i / LANE_COUNTS]);
            }
        }
    }
}

static void rows_come_into_lanes_and_absent_ones_are_zero(void **state) {
    (void)state;
    enum { LANES = 24, N = 7, LD = 10 };
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        float from[LANES * LD], to[N * LANES];
        fence_fill_floats(1, LANES * LD, from);
        (*k)->lanes_gather(LANES, 19, N, from, LD, to);
        for (int i = 0; i < N; i++) {
            for (int l = 0; l < LANES; l++) {
                assert_true(to[i * LANES + l] == (l < 19 ? from[l * LD + i] : 0.0f));
            }
        }
    }
}

static void a_product_is_a_chain_over_the_columns(void **state) {
    (void)state;
    enum { LANES = 9, ROWS = 11, COLUMNS = 6 };
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        float w[ROWS * COLUMNS * LANES], x[COLUMNS * LANES], y[ROWS * LANES];
        fence_fill_floats(1, ROWS * COLUMNS * LANES, w);
        fence_fill_floats(2, COLUMNS * LANES, x);
        const float start[ROWS * LANES] = {1.0f, 2.0f};
        (*k)->lanes_product(LANES, ROWS, COLUMNS, w, x, start, y);
        for (int i = 0; i < ROWS * LANES; i++) {
            float sum = start[i];
            for (int j = 0; j < COLUMNS; j++) {
                sum = fmaf(w[(i / LANES * COLUMNS + j) * LANES + i % LANES],
                           x[j * LANES + i % LANES], sum);
            }
            assert_true(y[i] == sum);
        }
    }
}

static void losses_are_those_of_the_textbook(void **state) {
    (void)state;
    enum { LANES = 17, CLASSES = 50 };
    float logits[CLASSES * LANES];
    double loss[LANES];
    uint8_t label[LANES];
    fence_fill_floats(8, CLASSES * LANES, logits);
    for (int l = 0; l < LANES; l++) {
        label[l] = (uint8_t)(3 * l % CLASSES);
    }
    pes_kernels_select()->lanes_cross_entropy(LANES, CLASSES, logits, label, loss);
    for (int l = 0; l < LANES; l++) {
        double sum = 0;
        for (int j = 0; j < CLASSES; j++) {
            sum += exp((double)logits[j * LANES + l]);
        }
        const double expected = log(sum) - (double)logits[label[l] * LANES + l];
        assert_true(fabs(loss[l] - expected) < 1e-5 * (1.0 + expected));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_table_agrees_with_scalar),
        cmocka_unit_test(rows_come_into_lanes_and_absent_ones_are_zero),
        cmocka_unit_test(a_product_is_a_chain_over_the_columns),
        cmocka_unit_test(losses_are_those_of_the_textbook),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
