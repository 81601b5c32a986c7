// Every kernel that treats elements alike, in every table, agrees with the scalar one bit for
// bit at every length that can go wrong, and touches nothing but the elements it names.

#include "fence.h"

enum { ROWS = 3, GAP = 5, FLOAT_ARRAYS = 5 };

// What one call may use. Matrices have ROWS rows, `ld` apart.
typedef struct arrays {
    int64_t n, rows, ld;
    const uint8_t *bytes; // n
    const float *a, *b;   // rows x n
    float *x, *y, *z;     // rows x n
    double *sums;         // n
} arrays;

static void run_perturb(const pes_kernels *k, const arrays *s) {
    k->perturb(s->n, 0.3f, -1.7, s->a, s->b, s->x, s->y, s->z);
}

static void run_perturb_plain(const pes_kernels *k, const arrays *s) {
    k->perturb(s->n, 0.3f, 1e-3, s->a, s->b, s->x, NULL, s->z);
}

static void run_perturb_uncredited(const pes_kernels *k, const arrays *s) {
    k->perturb(s->n, 0.3f, 0.0, s->a, s->b, s->x, s->y, s->z);
}

static void run_accumulate(const pes_kernels *k, const arrays *s) {
    k->accumulate(s->n, 0.1, s->a, s->sums);
    k->accumulate(s->n, -1.0 / 3.0, s->b, s->sums);
}

static void run_squares(const pes_kernels *k, const arrays *s) {
    for (int64_t i = 0; i < s->n; i++) {
        s->sums[i] = k->squares(i + 1, s->a + s->n - i - 1);
    }
}

static void run_exp(const pes_kernels *k, const arrays *s) {
    k->exp(s->n, s->a, s->x);
    k->exp(s->n, s->y, s->y);
}

static void run_tanh(const pes_kernels *k, const arrays *s) {
    k->tanh(s->n, s->a, s->x);
    k->tanh(s->n, s->y, s->y);
}

static void run_log(const pes_kernels *k, const arrays *s) {
    k->log(s->n, s->a, s->x);
    k->log(s->n, s->y, s->y);
}

static void run_sigmoid(const pes_kernels *k, const arrays *s) {
    k->sigmoid(s->n, s->a, s->x);
    k->sigmoid(s->n, s->y, s->y);
}

static void run_bias_relu(const pes_kernels *k, const arrays *s) {
    k->bias_relu(s->rows, s->n, s->a, s->x, s->ld);
}

static void run_bias(const pes_kernels *k, const arrays *s) {
    k->bias(s->rows, s->n, s->a, s->x, s->ld);
}

static void run_relu_backward(const pes_kernels *k, const arrays *s) {
    k->relu_backward(s->rows, s->n, s->a, s->ld, s->x, s->ld);
}

static void run_column_sums(const pes_kernels *k, const arrays *s) {
    k->column_sums(s->rows, s->n, s->a, s->ld, s->x);
}

static void run_scale(const pes_kernels *k, const arrays *s) {
    k->scale(s->n, 0.9f, s->x);
}

static void run_axpy(const pes_kernels *k, const arrays *s) {
    k->axpy(s->n, -0.7f, s->a, s->x);
}

static void run_bytes_to_floats(const pes_kernels *k, const arrays *s) {
    k->bytes_to_floats(s->n, s->bytes, 1.0f / 78.5f, -0.424f, s->x);
}

static const struct {
    void (*run)(const pes_kernels *k, const arrays *s);
    int64_t rows;
} cases[] = {
    {run_perturb, 1},
    {run_perturb_plain, 1},
    {run_perturb_uncredited, 1},
    {run_accumulate, 1},
    {run_squares, 1},
    {run_exp, 1},
    {run_tanh, 1},
    {run_log, 1},
    {run_sigmoid, 1},
    {run_bias_relu, ROWS},
    {run_bias, ROWS},
    {run_relu_backward, ROWS},
    {run_column_sums, ROWS},
    {run_scale, 1},
    {run_axpy, 1},
    {run_bytes_to_floats, 1},
};
enum { CASES = sizeof cases / sizeof *cases };

// Values that catch comparisons and selections; the fill is ordinary numbers otherwise.
static void sprinkle(int64_t n, float *x) {
    static const float special[] = {0.0f,    -0.0f,  INFINITY,  -INFINITY, NAN,
                                    1.0f,    -1.0f,  0x1p-149f, 1e-40f,    -1e-40f,
                                    3.4e38f, 88.73f, -87.4f};
    for (int64_t i = 0; i < n; i += 3) {
        x[i] = special[i / 3 % (int64_t)(sizeof special / sizeof *special)];
    }
}

typedef struct world {
    fence bytes, floats[FLOAT_ARRAYS], sums;
    arrays arrays;
} world;

static world world_open(int64_t n, int64_t rows, fence_side side, bool special) {
    int64_t ld = n + GAP, count = n == 0 ? 0 : (rows - 1) * ld + n;
    world w = {.bytes = fence_open((size_t)n, side),
               .sums = fence_open((size_t)n * sizeof(double), side)};
    for (int i = 0; i < FLOAT_ARRAYS; i++) {
        w.floats[i] = fence_open((size_t)count * sizeof(float), side);
        fence_fill_floats((uint32_t)i, count, (float *)w.floats[i].data);
        if (special) {
            sprinkle(count, (float *)w.floats[i].data);
        }
    }
    w.arrays = (arrays){n,
                        rows,
                        ld,
                        w.bytes.data,
                        (float *)w.floats[0].data,
                        (float *)w.floats[1].data,
                        (float *)w.floats[2].data,
                        (float *)w.floats[3].data,
                        (float *)w.floats[4].data,
                        (double *)w.sums.data};
    for (int64_t i = 0; i < n; i++) {
        w.bytes.data[i] = (uint8_t)(37 * i + 1);
        w.arrays.sums[i] = 1.0 / (double)(i + 3);
    }
    return w;
}

static void world_close(world *w) {
    fence_close(&w->bytes);
    fence_close(&w->sums);
    for (int i = 0; i < FLOAT_ARRAYS; i++) {
        fence_close(&w->floats[i]);
    }
}

static void check_equal(const world *mine, const world *theirs) {
    for (int i = 0; i < FLOAT_ARRAYS; i++) {
        const fence *x = &mine->floats[i], *y = &theirs->floats[i];
        assert_true(fence_intact(x));
        assert_true(fence_same_floats((int64_t)(x->bytes / sizeof(float)), (float *)x->data,
                                      (float *)y->data));
    }
    assert_true(fence_intact(&mine->bytes));
    assert_memory_equal(mine->bytes.data, theirs->bytes.data, mine->bytes.bytes);
    assert_true(fence_intact(&mine->sums));
    for (int64_t i = 0; i < mine->arrays.n; i++) {
        double x = mine->arrays.sums[i], y = theirs->arrays.sums[i];
        assert_true(memcmp(&x, &y, sizeof x) == 0 || (isnan(x) && isnan(y)));
    }
}

static void compare_all(bool special) {
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        for (int c = 0; c < CASES; c++) {
            for (int l = 0; l < FENCE_LENGTHS; l++) {
                for (fence_side side = FENCE_END; side < FENCE_SIDES; side++) {
                    int64_t n = fence_lengths[l];
                    world mine = world_open(n, cases[c].rows, side, special);
                    world theirs = world_open(n, cases[c].rows, side, special);
                    cases[c].run(*k, &mine.arrays);
                    cases[c].run(&pes_kernels_scalar, &theirs.arrays);
                    check_equal(&mine, &theirs);
                    world_close(&mine);
                    world_close(&theirs);
                }
            }
        }
    }
}

static void every_table_agrees_with_scalar(void **state) {
    (void)state;
    compare_all(false);
}

static void every_table_agrees_with_scalar_on_special_values(void **state) {
    (void)state;
    compare_all(true);
}

static void perturb_without_credit_leaves_xi_alone(void **state) {
    (void)state;
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        float theta[20], normal[20], plus[20], minus[20], xi[20], before[20];
        fence_fill_floats(1, 20, theta);
        fence_fill_floats(2, 20, normal);
        normal[3] = INFINITY;
        for (int i = 0; i < 20; i++) {
            before[i] = xi[i] = i % 2 == 0 ? -0.0f : 1.5f;
        }
        (*k)->perturb(20, 1.0f, 0.0, theta, normal, plus, minus, xi);
        assert_memory_equal(xi, before, sizeof xi);
    }
}

static void rectifiers_let_not_a_number_pass(void **state) {
    (void)state;
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        float x[17], bias[17] = {0};
        for (int i = 0; i < 17; i++) {
            x[i] = NAN;
        }
        (*k)->bias_relu(1, 17, bias, x, 17);
        for (int i = 0; i < 17; i++) {
            assert_true(isnan(x[i]));
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_table_agrees_with_scalar),
        cmocka_unit_test(every_table_agrees_with_scalar_on_special_values),
        cmocka_unit_test(perturb_without_credit_leaves_xi_alone),
        cmocka_unit_test(rectifiers_let_not_a_number_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
