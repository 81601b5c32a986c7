// The kernels of the factored optimizer: every table agrees with the scalar one bit for bit at
// sizes that can go wrong, touches nothing but what it names, and computes what the comments in
// kernels.h say.

#include "fence.h"

enum { K = PES_KERNELS_FACTORS, MOMENTS = PES_KERNELS_FACTORED_MOMENTS, GAP = 3 };
enum { FEATURES = PES_KERNELS_FACTORED };

static float *floats(const fence *f) {
    return (float *)f->data;
}

static fence floats_open(uint32_t seed, int64_t n, fence_side side) {
    const fence f = fence_open((size_t)n * sizeof(float), side);
    fence_fill_floats(seed, n, floats(&f));
    return f;
}

static void make_positive(int64_t n, float *x) {
    for (int64_t i = 0; i < n; i++) {
        x[i] = fabsf(x[i]);
    }
}

// Smaller by a power of two, so that what a network makes of large inputs is a number.
static void shrink(const fence *f, float factor) {
    pes_kernels_scalar.scale((int64_t)(f->bytes / sizeof(float)), factor, floats(f));
}

// ---- a block --------------------------------------------------------------------------------

static const float keep[MOMENTS] = {0.9f, 0.99f, 0.5f, 0.75f};
static const float add[MOMENTS] = {0.1f, 0.01f, 0.5f, 0.25f};

typedef struct block_case {
    int64_t rows, columns;
    float first; // in place of the first gradient: a number or not
    fence_side side;
} block_case;

typedef struct world {
    pes_kernels_factored block;
    fence gradient, weights, moment[MOMENTS], row[K], beside[2][K];
} world;

static world world_open(const block_case *c) {
    world w = {.block = {.rows = c->rows, .columns = c->columns, .ld = c->columns + GAP}};
    const int64_t n = c->rows > 0 ? (c->rows - 1) * w.block.ld + c->columns : 0;
    w.gradient = floats_open(1, n, c->side), w.block.gradient = floats(&w.gradient);
    w.weights = floats_open(2, n, c->side), w.block.weights = floats(&w.weights);
    if (n > 0) {
        floats(&w.gradient)[0] = c->first;
    }
    for (int m = 0; m < MOMENTS; m++) {
        w.moment[m] = floats_open((uint32_t)(3 + m), n, c->side);
        w.block.moment[m] = floats(&w.moment[m]);
    }
    for (int64_t i = 0; i < n; i += 5) { // what becomes subnormal
        floats(&w.gradient)[i] = i == 0 ? c->first : 0.0f;
        floats(&w.moment[2])[i] = 0x1p-126f;
    }
    make_positive(n, w.block.moment[K]);
    for (int k = 0; k < K; k++) {
        w.row[k] = floats_open((uint32_t)(10 + k), c->rows, c->side);
        w.block.row[k] = floats(&w.row[k]);
        for (int i = 0; i < 2; i++) {
            w.beside[i][k] = floats_open((uint32_t)(20 + k + 5 * i), c->columns, c->side);
        }
        w.block.beside_g[k] = floats(&w.beside[0][k]);
        w.block.beside_m[k] = floats(&w.beside[1][k]);
    }
    return w;
}

static void check_array(const fence *mine, const fence *theirs) {
    assert_true(fence_intact(mine));
    assert_true(fence_same_floats((int64_t)(mine->bytes / sizeof(float)), floats(mine),
                                  floats(theirs)));
}

// What lies between the rows as world_open() left it.
static void check_gaps(const world *w, const fence *array, uint32_t seed) {
    fence fresh = floats_open(seed, (int64_t)(array->bytes / sizeof(float)), FENCE_END);
    for (int64_t r = 0; r + 1 < w->block.rows; r++) {
        const int64_t at = r * w->block.ld + w->block.columns;
        for (int64_t i = at; i < at + GAP; i++) {
            const bool changed_by_world = i % 5 == 0 && seed == 5;
            assert_true(changed_by_world ||
                        fabsf(floats(array)[i]) == fabsf(floats(&fresh)[i]));
        }
    }
    fence_close(&fresh);
}

static void world_compare(world *mine, world *theirs) {
    check_array(&mine->gradient, &theirs->gradient);
    check_array(&mine->weights, &theirs->weights);
    check_gaps(mine, &mine->weights, 2);
    for (int m = 0; m < MOMENTS; m++) {
        check_array(&mine->moment[m], &theirs->moment[m]);
        check_gaps(mine, &mine->moment[m], (uint32_t)(3 + m));
    }
    for (int k = 0; k < K; k++) {
        check_array(&mine->row[k], &theirs->row[k]);
        check_array(&mine->beside[0][k], &theirs->beside[0][k]);
        check_array(&mine->beside[1][k], &theirs->beside[1][k]);
    }
}

static void world_close(world *w) {
    fence_close(&w->gradient);
    fence_close(&w->weights);
    for (int m = 0; m < MOMENTS; m++) {
        fence_close(&w->moment[m]);
    }
    for (int k = 0; k < K; k++) {
        fence_close(&w->row[k]);
        fence_close(&w->beside[0][k]);
        fence_close(&w->beside[1][k]);
    }
}

static void for_each_case(void (*check)(const pes_kernels *k, const block_case *c)) {
    static const int64_t widths[] = {0,  1,  7,  8,  9,  15, 16, 17, 24,  31, 32,
                                     33, 47, 48, 49, 64, 80, 95, 96, 130, 161};
    static const int64_t heights[] = {0, 1, 3, PES_KERNELS_FACTORED_ROWS};
    static const float first[] = {0.5f, NAN, INFINITY};
    enum { WIDTHS = sizeof widths / sizeof *widths, HEIGHTS = 4 };
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        for (int i = 0; i < WIDTHS * HEIGHTS; i++) {
            for (int side = 0; side < FENCE_SIDES; side++) {
                const block_case c = {heights[i % HEIGHTS], widths[i / HEIGHTS],
                                      first[(i + side) % 3], (fence_side)side};
                check(*k, &c);
            }
        }
    }
}

// ---- moments --------------------------------------------------------------------------------

static void check_moments(const pes_kernels *k, const block_case *c) {
    world mine = world_open(c), theirs = world_open(c);
    double sum[FEATURES], expected[FEATURES];
    for (int f = 0; f < FEATURES; f++) {
        sum[f] = expected[f] = (double)f; // what is there is added to
    }
    k->factored_moments(&mine.block, keep, add, sum);
    pes_kernels_scalar.factored_moments(&theirs.block, keep, add, expected);
    assert_true(fence_same_doubles(FEATURES, sum, expected));
    world_compare(&mine, &theirs);
    world_close(&mine);
    world_close(&theirs);
}

static void moments_agree(void **state) {
    (void)state;
    for_each_case(check_moments);
}

// The moments as running_means() has them, and the squares of the sixteen features as written
// in kernels.h, in double precision.
static void moments_and_squares_are_as_written(void **state) {
    (void)state;
    const block_case c = {PES_KERNELS_FACTORED_ROWS, 37, 0.5f, FENCE_END};
    world w = world_open(&c), old = world_open(&c);
    const pes_kernels_factored *b = &w.block;
    double sum[FEATURES] = {0.0}, expected[FEATURES] = {0.0}, squares[MOMENTS];
    pes_kernels_scalar.factored_moments(b, keep, add, sum);
    for (int64_t r = 0; r < c.rows; r++) {
        for (int64_t i = 0; i < c.columns; i++) {
            const int64_t at = r * b->ld + i;
            const float g = b->gradient[at], g2 = g * g;
            float *const m[] = {old.block.moment[0] + at, old.block.moment[1] + at,
                                old.block.moment[2] + at, old.block.moment[3] + at};
            pes_kernels_scalar.running_means(1, K, keep, add, &g, m, squares);
            pes_kernels_scalar.running_means(1, 1, keep + K, add + K, &g2, m + K, squares + K);
            const double root = 1.0 / sqrt((double)*m[K] + 1e-6);
            expected[0] += pow((double)g, 2), expected[1] += pow((double)b->weights[at], 2);
            expected[5] += squares[K], expected[9] += root * root;
            for (int k = 0; k < K; k++) {
                const double row = (double)b->row[k][r], of_m = (double)*m[k];
                assert_true(b->moment[k][at] == *m[k]);
                expected[2 + k] += of_m * of_m;
                expected[6 + k] += pow(of_m * root, 2);
                expected[10 + k] += pow((double)g * row * (double)b->beside_g[k][i], 2);
                expected[13 + k] += pow(of_m * row * (double)b->beside_m[k][i], 2);
            }
            assert_true(b->moment[K][at] == *m[K]);
        }
    }
    for (int f = 0; f < FEATURES; f++) {
        assert_true(fabs(sum[f] / expected[f] - 1.0) < 3e-6);
    }
    world_close(&w);
    world_close(&old);
}

// ---- steps ----------------------------------------------------------------------------------

typedef struct net {
    pes_kernels_factored_network network;
    pes_kernels_layer layer[2];
    fence first, start[2], w[2], bias[2], scratch;
} net;

// units: of the first layer, and of the second when there are three.
static void net_open(net *n, const block_case *c, int64_t layers, int64_t units,
                     int64_t middle) {
    const int64_t longer = c->rows > c->columns ? c->rows : c->columns;
    const int64_t used = longer > 0 ? (units - 1) * (longer + GAP) : 0;
    const int64_t out[2] = {layers == 2 ? middle : 2, 2}, in[2] = {units, middle};
    const int64_t widest = units > middle ? units : middle;
    n->first = floats_open(31, FEATURES * units, c->side);
    shrink(&n->first, 0x1p-16f);
    n->start[0] = floats_open(32, used + c->rows, c->side);
    n->start[1] = floats_open(33, used + c->columns, c->side);
    n->scratch =
        floats_open(34, 2 * (widest > 2 ? widest : 2) * PES_KERNELS_FACTORED_LANES, c->side);
    for (int64_t l = 0; l < layers; l++) {
        n->w[l] = floats_open((uint32_t)(40 + l), in[l] * out[l], c->side);
        shrink(&n->w[l], 0x1p-6f);
        n->bias[l] = floats_open((uint32_t)(50 + l), out[l], c->side);
        n->layer[l] = (pes_kernels_layer){out[l], in[l], floats(&n->w[l]), floats(&n->bias[l]),
                                          l + 1 < layers};
    }
    n->network = (pes_kernels_factored_network){
        .units = units,
        .first = floats(&n->first),
        .start_row = floats(&n->start[0]),
        .start_column = floats(&n->start[1]),
        .ld_start = longer + GAP,
        .layers = layers,
        .layer = n->layer,
        .widest = widest > 2 ? widest : 2,
        .size = 16.0f,
        .growth = 0x1p-10f,
        .scratch = floats(&n->scratch),
    };
}

static void net_close(net *n) {
    fence *const all[] = {&n->first, &n->start[0], &n->start[1], &n->scratch};
    for (int i = 0; i < 4; i++) {
        assert_true(fence_intact(all[i]));
        fence_close(all[i]);
    }
    for (int64_t l = 0; l < n->network.layers; l++) {
        assert_true(fence_intact(&n->w[l]) && fence_intact(&n->bias[l]));
        fence_close(&n->w[l]);
        fence_close(&n->bias[l]);
    }
}

// The published sizes; a tail of units in each layer; one hidden layer.
static const int64_t shapes[][3] = {{2, 4, 4}, {2, 9, 6}, {1, 5, 0}, {2, 1, 3}};

static void check_steps(const pes_kernels *k, const block_case *c) {
    for (int i = 0; i < 4; i++) {
        net n;
        world mine = world_open(c), theirs = world_open(c);
        net_open(&n, c, shapes[i][0], shapes[i][1], shapes[i][2]);
        k->factored_steps(&mine.block, &n.network);
        pes_kernels_scalar.factored_steps(&theirs.block, &n.network);
        world_compare(&mine, &theirs);
        net_close(&n);
        world_close(&mine);
        world_close(&theirs);
    }
}

static void steps_agree(void **state) {
    (void)state;
    for_each_case(check_steps);
}

// One weight, the features and the layers written out in double precision.
static double step_of(const pes_kernels_factored *b, const net *n) {
    double x[FEATURES], y[5], answer[2];
    const double g = (double)b->gradient[0], root = 1.0 / sqrt((double)b->moment[K][0] + 1e-6);
    x[0] = g, x[1] = (double)b->weights[0], x[5] = (double)b->moment[K][0], x[9] = root;
    for (int k = 0; k < K; k++) {
        const double m = (double)b->moment[k][0], row = (double)b->row[k][0];
        x[2 + k] = m, x[6 + k] = m * root;
        x[10 + k] = g * row * (double)b->beside_g[k][0];
        x[13 + k] = m * row * (double)b->beside_m[k][0];
    }
    for (int u = 0; u < 5; u++) {
        const int64_t at = u * n->network.ld_start;
        y[u] = (double)n->network.start_row[at] + (double)n->network.start_column[at];
        for (int f = 0; f < FEATURES; f++) {
            y[u] += (double)n->network.first[f * 5 + u] * x[f];
        }
        y[u] = fmax(y[u], 0.0);
    }
    for (int i = 0; i < 2; i++) {
        answer[i] = (double)n->layer[0].start[i];
        for (int u = 0; u < 5; u++) {
            answer[i] += (double)n->layer[0].w[u * 2 + i] * y[u];
        }
    }
    return x[1] - 16.0 * answer[0] * exp(0x1p-10 * answer[1]);
}

static void a_step_is_as_written(void **state) {
    (void)state;
    const block_case c = {1, 1, 0.5f, FENCE_END};
    world w = world_open(&c);
    net n;
    net_open(&n, &c, 1, 5, 0);
    const double expected = step_of(&w.block, &n), old = (double)w.block.weights[0];
    pes_kernels_scalar.factored_steps(&w.block, &n.network);
    assert_true(fabs(expected - old) > 1.0);
    assert_true(fabs((double)w.block.weights[0] - expected) < 2e-6 * fabs(expected - old));
    net_close(&n);
    world_close(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_agree),
        cmocka_unit_test(moments_and_squares_are_as_written),
        cmocka_unit_test(steps_agree),
        cmocka_unit_test(a_step_is_as_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
