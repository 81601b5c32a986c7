// Softmax cross-entropy: the textbook's values, and the same bits in every table.

#include "fence.h"

static const int64_t class_counts[] = {1, 2, 7, 8, 9, 10, 15, 16, 17, 24, 25, 32, 33, 100, 255};
static const int64_t row_counts[] = {0, 1, 2, 17, 64, 65, 130};
enum {
    CLASS_COUNTS = sizeof class_counts / sizeof *class_counts,
    ROW_COUNTS = sizeof row_counts / sizeof *row_counts,
    MAX_ROWS = 130
};

typedef struct input {
    fence logits, gradient;
    uint8_t labels[MAX_ROWS];
} input;

static input input_open(int64_t rows, int64_t classes, int64_t ld, fence_side side) {
    int64_t n = rows == 0 ? 0 : (rows - 1) * ld + classes;
    input in = {.logits = fence_open((size_t)n * sizeof(float), side),
                .gradient = fence_open((size_t)n * sizeof(float), side)};
    fence_fill_floats(1, n, (float *)in.logits.data);
    fence_fill_floats(2, n, (float *)in.gradient.data);
    for (int64_t r = 0; r < rows; r++) {
        in.labels[r] = (uint8_t)(r * 7 % classes);
        if (r % 5 == 4) { // equals, of which the first counts
            ((float *)in.logits.data)[r * ld] =
                ((float *)in.logits.data)[r * ld + classes - 1] = 1000.0f;
        }
    }
    return in;
}

static void input_close(input *in) {
    fence_close(&in->logits);
    fence_close(&in->gradient);
}

typedef enum target { NOWHERE, BESIDE, IN_PLACE, TARGETS } target;

static pes_kernels_hits run(const pes_kernels *k, int64_t rows, int64_t classes, int64_t ld,
                            target where, input *in) {
    float *logits = (float *)in->logits.data, *beside = (float *)in->gradient.data;
    float *gradient = where == NOWHERE ? NULL : where == BESIDE ? beside : logits;
    return k->softmax_cross_entropy(rows, classes, logits, ld, in->labels, 0.01f, gradient, ld);
}

static void compare(const pes_kernels *k, int64_t rows, int64_t classes, target where,
                    fence_side side, float poison) {
    int64_t ld = classes + 3;
    input mine = input_open(rows, classes, ld, side),
          theirs = input_open(rows, classes, ld, side);
    if (poison != 0.0f && rows > 0) { // the label's logit stays the largest of the numbers
        int64_t label = classes > 1 ? classes - 2 : 0;
        input *both[2] = {&mine, &theirs};
        for (int i = 0; i < 2; i++) {
            ((float *)both[i]->logits.data)[label] = 1000.0f;
            ((float *)both[i]->logits.data)[classes - 1] = poison;
            both[i]->labels[0] = (uint8_t)label;
        }
    }
    pes_kernels_hits a = run(k, rows, classes, ld, where, &mine);
    pes_kernels_hits b = run(&pes_kernels_scalar, rows, classes, ld, where, &theirs);
    assert_true(memcmp(&a.loss, &b.loss, sizeof a.loss) == 0 ||
                (isnan(a.loss) && isnan(b.loss)));
    assert_int_equal(a.correct, b.correct);
    int64_t n = (int64_t)(mine.logits.bytes / sizeof(float));
    assert_true(fence_same_floats(n, (float *)mine.logits.data, (float *)theirs.logits.data));
    assert_true(
        fence_same_floats(n, (float *)mine.gradient.data, (float *)theirs.gradient.data));
    assert_true(fence_intact(&mine.logits) && fence_intact(&mine.gradient));
    input_close(&mine);
    input_close(&theirs);
}

static void every_table_agrees_with_scalar(void **state) {
    (void)state;
    static const float poison[] = {0.0f, NAN, INFINITY, -INFINITY};
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        for (int i = 0; i < CLASS_COUNTS * ROW_COUNTS; i++) {
            for (target t = NOWHERE; t < TARGETS; t++) {
                for (int p = 0; p < 4; p++) {
                    compare(*k, row_counts[i % ROW_COUNTS], class_counts[i / ROW_COUNTS], t,
                            FENCE_END, poison[p]);
                }
                compare(*k, row_counts[i % ROW_COUNTS], class_counts[i / ROW_COUNTS], t,
                        FENCE_BEGIN, 0.0f);
            }
        }
    }
}

static void values_are_those_of_the_textbook(void **state) {
    (void)state;
    enum { ROWS = 50, CLASSES = 10 };
    float logits[ROWS * CLASSES], gradient[ROWS * CLASSES];
    uint8_t labels[ROWS];
    fence_fill_floats(8, ROWS * CLASSES, logits);
    double loss = 0;
    int64_t correct = 0;
    for (int r = 0; r < ROWS; r++) {
        labels[r] = (uint8_t)(r % CLASSES);
        const float *x = logits + r * CLASSES;
        double sum = 0;
        int best = 0;
        for (int j = 0; j < CLASSES; j++) {
            sum += exp((double)x[j]);
            best = x[j] > x[best] ? j : best;
        }
        loss += log(sum) - (double)x[labels[r]];
        correct += best == labels[r];
    }
    pes_kernels_hits hits = pes_kernels_select()->softmax_cross_entropy(
        ROWS, CLASSES, logits, CLASSES, labels, 2.0f, gradient, CLASSES);
    assert_true(fabs(hits.loss - loss) < 1e-6 * fabs(loss));
    assert_int_equal(hits.correct, correct);
    for (int r = 0; r < ROWS; r++) {
        const float *x = logits + r * CLASSES;
        double sum = 0;
        for (int j = 0; j < CLASSES; j++) {
            sum += exp((double)x[j]);
        }
        for (int j = 0; j < CLASSES; j++) {
            double expected = 2 * (exp((double)x[j]) / sum - (j == labels[r]));
            assert_true(fabs((double)gradient[r * CLASSES + j] - expected) < 1e-6);
        }
    }
}

static void first_of_equals_counts(void **state) {
    (void)state;
    const float logits[2][3] = {{1, 5, 5}, {1, 5, 5}};
    const uint8_t labels[2] = {1, 2};
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        pes_kernels_hits hits =
            (*k)->softmax_cross_entropy(2, 3, logits[0], 3, labels, 1.0f, NULL, 0);
        assert_int_equal(hits.correct, 1);
    }
}

static void a_logit_that_is_not_a_number_makes_the_loss_one(void **state) {
    (void)state;
    const float logits[3] = {1, NAN, 5};
    const uint8_t label = 0;
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        pes_kernels_hits hits =
            (*k)->softmax_cross_entropy(1, 3, logits, 3, &label, 1.0f, NULL, 0);
        assert_true(isnan(hits.loss));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_table_agrees_with_scalar),
        cmocka_unit_test(values_are_those_of_the_textbook),
        cmocka_unit_test(first_of_equals_counts),
        cmocka_unit_test(a_logit_that_is_not_a_number_makes_the_loss_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
