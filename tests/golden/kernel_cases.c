// The cases of the golden program that call kernels.

#include "golden/golden.h"

#include "kernels/kernels.h"

// Sizes on both sides of every vector's width.
static const int64_t sizes[] = {1, 3, 7, 8, 15, 16, 17, 33, 64, 100};
enum { SIZES = sizeof sizes / sizeof *sizes };

static golden_operands operands;
static float *const a = operands.a, *const b = operands.b, *const c = operands.c,
                    *const d = operands.d;

static void fill(uint32_t step) {
    golden_fill(&operands, step);
}

static void function_cases(void) {
    const pes_kernels *k = pes_kernels_select();
    void (*const function[])(int64_t, const float *, float *) = {k->exp, k->tanh, k->log,
                                                                 k->sigmoid};
    static const char *const name[] = {"exp", "tanh", "log", "sigmoid"};
    for (int f = 0; f < 4; f++) {
        for (int i = 0; i < SIZES; i++) {
            fill((uint32_t)i);
            for (int64_t j = 0; j < GOLDEN_SQUARE; j++) {
                a[j] = f == 2 ? a[j] * a[j] + 1e-3f : 8.0f * a[j];
            }
            function[f](sizes[i] * sizes[i], a, c);
            golden_add(c, (size_t)(sizes[i] * sizes[i]) * sizeof *c);
        }
        golden_finish("kernels", name[f]);
    }
}

static void product_cases(void) {
    const pes_kernels *k = pes_kernels_select();
    for (int i = 0; i < SIZES; i++) {
        for (int j = 0; j < SIZES; j++) {
            const int64_t m = sizes[i], n = sizes[j], depth = sizes[(i + j) % SIZES];
            fill((uint32_t)(i * SIZES + j));
            k->sgemm_nn(m, n, depth, a, depth, b, n, c, n, false);
            k->sgemm_nt(m, n, depth, a, depth, b, depth, c, n, true);
            k->sgemm_tn(m, n, depth, a, m, b, n, c, n, true);
            golden_add(c, (size_t)(m * n) * sizeof *c);
        }
    }
    golden_finish("kernels", "sgemm");
}

static void layer_cases(void) {
    const pes_kernels *k = pes_kernels_select();
    uint8_t labels[GOLDEN_SIDE] = {0};
    for (int i = 0; i < SIZES; i++) {
        const int64_t n = sizes[i], rows = 11;
        fill(1000 + (uint32_t)i);
        for (int64_t r = 0; r < rows; r++) {
            labels[r] = (uint8_t)(r * 3 % n);
        }
        k->bias_relu(rows, n, b, a, n);
        k->bias(rows, n, b, c, n);
        k->relu_backward(rows, n, a, n, c, n);
        k->column_sums(rows, n, c, n, d);
        k->axpy(n, 0.3f, a, d);
        k->scale(n, 1.7f, d);
        const pes_kernels_hits hits =
            k->softmax_cross_entropy(rows, n, c, n, labels, 0.1f, b, n);
        golden_add(a, (size_t)(rows * n) * sizeof *a);
        golden_add(b, (size_t)(rows * n) * sizeof *b);
        golden_add(c, (size_t)(rows * n) * sizeof *c);
        golden_add(d, (size_t)n * sizeof *d);
        golden_add(&hits.loss, sizeof hits.loss);
        golden_add(&hits.correct, sizeof hits.correct);
        k->bytes_to_floats(n, labels, 0.01f, -1.0f, d);
        golden_add(d, (size_t)(n < rows ? n : rows) * sizeof *d);
    }
    golden_finish("kernels", "layers");
}

static void lane_cases(void) {
    const pes_kernels *k = pes_kernels_select();
    enum { ROWS = 11, COLUMNS = 5 };
    static double loss[GOLDEN_SIDE];
    uint8_t labels[GOLDEN_SIDE];
    for (int i = 0; i < SIZES; i++) {
        const int64_t lanes = sizes[i];
        fill(1500 + (uint32_t)i);
        for (int64_t l = 0; l < lanes; l++) {
            labels[l] = (uint8_t)(l * 3 % ROWS);
        }
        k->lanes_gather(lanes, (lanes + 1) / 2, ROWS, a, ROWS, c);
        k->lanes_product(lanes, ROWS, COLUMNS, a, b, c, d);
        k->lanes_cross_entropy(lanes, ROWS, d, labels, loss);
        golden_add(d, (size_t)(ROWS * lanes) * sizeof *d);
        golden_add(loss, (size_t)lanes * sizeof *loss);
    }
    golden_finish("kernels", "lanes");
}

// A learned optimizer's layer, means and step.
static void rule_cases(void) {
    const pes_kernels *k = pes_kernels_select();
    enum { ROWS = 7, COLUMNS = 3 };
    static const float keep[] = {0.5f, 0.99f}, add[] = {0.5f, 0.01f};
    for (int i = 0; i < SIZES; i++) {
        const int64_t lanes = sizes[i];
        const float *column[COLUMNS] = {b, b + lanes, b + 2 * lanes};
        float *mean[] = {c, d};
        double squares[2];
        fill(3000 + (uint32_t)i);
        k->running_means(lanes * lanes, 2, keep, add, a, mean, squares);
        golden_add(squares, sizeof squares);
        golden_add(d, (size_t)(lanes * lanes) * sizeof *d);
        const pes_kernels_layer layer = {ROWS, COLUMNS, a, a + 50, i % 2 == 0};
        k->shared_layer(&layer, lanes, column, c, lanes);
        k->grown_steps(lanes, 0.1f, 0.5f, c, c + lanes, d);
        golden_add(c, (size_t)(ROWS * lanes) * sizeof *c);
        golden_add(d, (size_t)lanes * sizeof *d);
    }
    golden_finish("kernels", "rule");
}

// Points on both sides of the kink, in double and in single precision.
static void ripple_cases(void) {
    enum { STEPS = 11, POINTS = PES_KERNELS_RIPPLES };
    const pes_kernels *k = pes_kernels_select();
    static pes_kernels_ripples wide;
    static pes_kernels_ripples_single single;
    static double loss[POINTS * STEPS];
    fill(4000);
    wide.count = single.count = POINTS;
    wide.horizon = 7.0;
    single.horizon = 7.0f;
    for (int i = 0; i < POINTS; i++) {
        wide.x[0][i] = (double)(single.place[0][i] = a[i]);
        wide.x[1][i] = (double)(single.place[1][i] = 100.0f + 30.0f * b[i]);
        wide.first[i] = (double)(single.first[i] = c[i] * c[i]);
        wide.last[i] = (double)(single.last[i] = d[i] * d[i]);
    }
    k->ripple_measure(&wide);
    k->ripple_measure_single(&single, loss);
    for (int t = 0; t < STEPS; t++) {
        k->ripple_step(&wide);
    }
    k->ripple_steps_single(&single, STEPS, loss);
    golden_add(wide.x, sizeof wide.x);
    golden_add(wide.slope, sizeof wide.slope);
    golden_add(wide.loss, sizeof wide.loss);
    golden_add(single.place, sizeof single.place);
    golden_add(loss, sizeof loss);
    golden_finish("kernels", "ripple");
}

// Rows shorter than a vector and longer.
static void halfway_cases(void) {
    const pes_kernels *k = pes_kernels_select();
    static double state[GOLDEN_SQUARE], push[GOLDEN_SIDE];
    for (int i = 0; i < SIZES; i++) {
        const int64_t n = sizes[i], rows = 5;
        fill(5000 + (uint32_t)i);
        for (int64_t j = 0; j < rows * n; j++) {
            state[j] = (double)a[j] / 3.0;
        }
        for (int64_t j = 0; j < n; j++) {
            push[j] = (double)b[j] / 3.0;
        }
        k->halfway(rows, n, push, c, state);
        k->halfway_single(rows, n, b, c, a);
        golden_add(state, (size_t)(rows * n) * sizeof *state);
        golden_add(a, (size_t)(rows * n) * sizeof *a);
    }
    golden_finish("kernels", "halfway");
}

static void estimate_cases(void) {
    const pes_kernels *k = pes_kernels_select();
    static double sums[GOLDEN_SQUARE];
    static float xi[GOLDEN_SQUARE];
    double norms[SIZES];
    for (int i = 0; i < SIZES; i++) {
        const int64_t n = sizes[i] * sizes[i];
        fill(2000 + (uint32_t)i);
        k->perturb(n, 0.1f, 100.0, a, b, c, d, xi);
        k->accumulate(n, 0.25, xi, sums);
        norms[i] = k->squares(n, xi);
        golden_add(xi, (size_t)n * sizeof *xi);
        golden_add(c, (size_t)n * sizeof *c);
        golden_add(d, (size_t)n * sizeof *d);
        golden_add(sums, (size_t)n * sizeof *sums);
    }
    golden_finish("kernels", "perturb");
    golden_add(norms, sizeof norms);
    golden_finish("kernels", "squares");
}

void golden_kernel_cases(void) {
    function_cases();
    product_cases();
    layer_cases();
    lane_cases();
    rule_cases();
    ripple_cases();
    halfway_cases();
    estimate_cases();
}
