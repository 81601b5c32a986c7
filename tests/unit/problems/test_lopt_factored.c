// The optimizer with factored second moments: its steps are those of the formulas of the
// published code, written out once more in double precision and weight by weight; every table
// of kernels has the same bits; padding stays zero and counts for nothing.

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/check.h"
#include "support/lopt_world.h"

enum {
    K = 3,
    MOMENTS = 4,
    OWN = 28,
    FEATURES = OWN + LOPT_WORLD_TIMES,
    DECAYS = 7,
    MOST = 20000
};

// ---- the formulas ---------------------------------------------------------------------------

typedef struct reference {
    double weight[MOST], momentum[K][MOST], square[MOST];
    double row[K][MOST], column[K][MOST]; // of a matrix; a vector has its numbers in `column`
    double mean[K];                       // of the shorter side
    double x[OWN][MOST];
} reference;

// 1 - decay.
static double share(const lopt_world *w, int which, double start, bool cut) {
    const double value = start * exp(10.0 * (double)w->theta[which]);
    return cut && value > 1.0 ? 1.0 : value;
}

static double safe_rsqrt(double x) {
    return 1.0 / sqrt(fmax(x, 1e-9));
}

static void mix(double *mean, double add, double x) {
    *mean = (1.0 - add) * *mean + add * x;
}

static const double starts[K] = {0.1, 0.01, 0.001};

static double mean_of(int64_t n, const double *x) {
    double sum = 0.0;
    for (int64_t i = 0; i < n; i++) {
        sum += x[i];
    }
    return sum / (double)n;
}

static void update_reference(const lopt_world *w, int t, reference *at) {
    const int64_t rows = w->tensor.rows, columns = w->tensor.columns;
    for (int k = 0; k < K; k++) {
        const double add = share(w, k, starts[k], false);
        const double factor = share(w, 4 + k, starts[k], true);
        for (int64_t i = 0; i < rows * columns; i++) {
            mix(&at->momentum[k][i], add, lopt_world_gradient(t, i));
        }
        for (int64_t r = 0; r < rows; r++) {
            double sum = 0.0;
            for (int64_t c = 0; c < columns; c++) {
                sum += pow(lopt_world_gradient(t, r * columns + c), 2) + 1e-30;
            }
            mix(&at->row[k][r], factor, sum / (double)columns);
        }
        for (int64_t c = 0; c < columns; c++) { // of a vector: its squares themselves
            double sum = 0.0;
            for (int64_t r = 0; r < rows; r++) {
                sum += pow(lopt_world_gradient(t, r * columns + c), 2) + 1e-30;
            }
            mix(&at->column[k][c], factor, sum / (double)rows);
        }
        at->mean[k] =
            rows > columns ? mean_of(columns, at->column[k]) : mean_of(rows, at->row[k]);
    }
    for (int64_t i = 0; i < rows * columns; i++) {
        mix(&at->square[i], share(w, 3, 0.001, true), pow(lopt_world_gradient(t, i), 2));
    }
}

// Features of weight i in the order of adafac_mlp_lopt.py.
static void fill_features(const lopt_world *w, int t, reference *at, int64_t i) {
    const int64_t rows = w->tensor.rows, columns = w->tensor.columns;
    const int64_t r = i / columns, c = i % columns;
    const double g = lopt_world_gradient(t, i), root = 1.0 / sqrt(at->square[i] + 1e-6);
    at->x[0][i] = g, at->x[1][i] = at->weight[i], at->x[5][i] = at->square[i];
    at->x[9][i] = root;
    for (int k = 0; k < K; k++) {
        const double m = at->momentum[k][i];
        double v_row = at->row[k][r], v_col = at->column[k][c];
        if (rows > columns) {
            v_row = at->column[k][c], v_col = at->row[k][r];
        }
        double beside_g = safe_rsqrt(v_row / (at->mean[k] + 1e-9)) * safe_rsqrt(v_col);
        double beside_m = beside_g;
        if (rows == 1) {
            v_row = v_col = at->column[k][c];
            beside_g = safe_rsqrt(v_row + 1e-9);
            beside_m = pow(v_row + 1e-6, -0.5);
        }
        at->x[2 + k][i] = m;
        at->x[6 + k][i] = m * root;
        at->x[10 + k][i] = g * beside_g;
        at->x[13 + k][i] = v_row;
        at->x[16 + k][i] = v_col;
        at->x[19 + k][i] = 1.0 / sqrt(v_row + 1e-8);
        at->x[22 + k][i] = 1.0 / sqrt(v_col + 1e-8);
        at->x[25 + k][i] = m * beside_m;
    }
}

static void step_reference(const lopt_world *w, int t, reference *at) {
    const int64_t n = w->tensor.rows * w->tensor.columns;
    double x[FEATURES], out[2], divisor[OWN];
    update_reference(w, t, at);
    for (int64_t i = 0; i < n; i++) {
        fill_features(w, t, at, i);
    }
    for (int f = 0; f < OWN; f++) {
        double sum = 0.0;
        for (int64_t i = 0; i < n; i++) {
            sum += at->x[f][i] * at->x[f][i];
        }
        divisor[f] = sqrt(1e-5 + sum / (double)n);
    }
    for (int64_t i = 0; i < n; i++) {
        for (int f = 0; f < OWN; f++) {
            x[f] = at->x[f][i] / divisor[f];
        }
        lopt_world_times(t, x + OWN);
        lopt_world_network(w, w->theta + DECAYS, FEATURES, x, out);
        at->weight[i] -= 0.001 * out[0] * exp(0.001 * out[1]);
    }
}

// A vector, rows the shorter side and the longer one, a square, one column, more columns or
// rows than go through at a time, and more of both.
static const int64_t sizes[][3] = {{1, 10, 16},   {9, 32, 32}, {37, 10, 16},
                                   {8, 8, 8},     {12, 1, 16}, {3, 230, 240},
                                   {1, 200, 208}, {300, 5, 5}, {135, 130, 144}};
static const pes_int_list widths[] = {{.count = 0}, {.count = 1, .value = {17}}};
enum { SIZES = sizeof sizes / sizeof *sizes, WIDTHS = 2 };

static void check_steps(const pes_int_list *hidden, const int64_t size[3]) {
    lopt_world w = lopt_world_open("factored", hidden, size);
    reference *at = calloc(1, sizeof *at);
    assert_non_null(at);
    lopt_world_weights(&w, at->weight);
    for (int t = 0; t < 100; t++) {
        lopt_world_step(&w, pes_kernels_select(), t);
        step_reference(&w, t, at);
    }
    lopt_world_expect(&w, at->weight);
    free(at);
    lopt_world_close(&w);
}

static void steps_are_those_of_the_published_code(void **state) {
    (void)state;
    for (int i = 0; i < SIZES * WIDTHS; i++) {
        check_steps(&widths[i % WIDTHS], sizes[i / WIDTHS]);
    }
}

// ---- what holds beside ----------------------------------------------------------------------

static void every_table_has_the_same_bits(void **state) {
    (void)state;
    for (int i = 0; i < SIZES; i++) {
        lopt_world expected = lopt_world_open("factored", NULL, sizes[i]);
        for (int t = 0; t < 3; t++) {
            lopt_world_step(&expected, &pes_kernels_scalar, t);
        }
        for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
            lopt_world w = lopt_world_open("factored", NULL, sizes[i]);
            for (int t = 0; t < 3; t++) {
                lopt_world_step(&w, *k, t);
            }
            const size_t n = (size_t)(sizes[i][0] * sizes[i][2]);
            const size_t extra =
                (size_t)pes_lopt_extra_floats(&w.shape, sizes[i][0], sizes[i][1]);
            assert_memory_equal(w.weights, expected.weights, n * sizeof(float));
            assert_memory_equal(w.moment, expected.moment, MOMENTS * n * sizeof(float));
            assert_memory_equal(w.extra, expected.extra, extra * sizeof(float));
            lopt_world_close(&w);
        }
        lopt_world_close(&expected);
    }
}

// A decay is 1 - (1 - its start) exp(10 theta); only those of momenta leave 0..1.
static void decays_stay_where_they_may_be(void **state) {
    (void)state;
    lopt_world w = lopt_world_open("factored", NULL, sizes[0]);
    for (int i = 0; i < DECAYS; i++) {
        w.theta[i] = 2.0f;
    }
    lopt_world_step(&w, pes_kernels_select(), 0);
    lopt_world_step(&w, pes_kernels_select(), 1);
    const float g = w.gradient[3];
    const int64_t n = w.tensor.stride;
    assert_true(w.moment[3 * n + 3] == g * g); // decay 0: the last square
    assert_true(w.extra[3] == fmaf(g, g, 1e-30f) || w.extra[3] == g * g + 1e-30f);
    assert_true(fabsf(w.moment[3]) > 100.0f * fabsf(g)); // decay 1 - 0.1 e^20
    lopt_world_close(&w);
}

static void theta_is_as_the_paper_counts_it(void **state) {
    (void)state;
    lopt_world w = lopt_world_open("factored", NULL, sizes[0]);
    char room[PES_NAME_SIZE];
    assert_int_equal(pes_lopt_num_params(&w.shape), 197);
    assert_int_equal(w.shape.rule->moments, MOMENTS);
    static const struct {
        int64_t index;
        const char *name;
    } names[] = {{0, "momentum_decay_0.9"},
                 {3, "square_decay_0.999"},
                 {6, "factored_decay_0.999"},
                 {7, "w0.gradient.0"},
                 {7 + 4 * 13 + 1, "w0.row_0.9.1"},
                 {7 + 4 * 38 + 3, "w0.time_100000.3"},
                 {163, "b0.0"},
                 {196, "b2.1"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_string_equal(w.shape.rule->param_name(&w.shape, names[i].index, room),
                            names[i].name);
    }
    lopt_world_close(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_those_of_the_published_code),
        cmocka_unit_test(every_table_has_the_same_bits),
        cmocka_unit_test(decays_stay_where_they_may_be),
        cmocka_unit_test(theta_is_as_the_paper_counts_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
