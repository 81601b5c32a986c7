// Ridge regression: SGD settles where the closed form says, the optimum is one, and what the
// problem says of tables that it cannot have.

#include <stdlib.h>

#include "problems/hyper/ridge/ridge.h"
#include "support/check.h"
#include "support/problem.h"

enum { STEPS = 400, MANY = 100 };

static const pes_stream stream = {.seed = 1};

static const pes_ridge *inside(const pes_problem *problem) {
    return pes_problem_system(problem)->user;
}

// The loss after STEPS x MANY steps under theta, and w.
static double settle(const pes_problem *problem, float theta, double *w) {
    static double loss[STEPS];
    test_begin(problem, stream, &theta, w);
    for (int64_t i = 0; i < MANY; i++) {
        test_advance(problem, stream, &theta, w, i * STEPS, STEPS, loss);
    }
    return loss[STEPS - 1];
}

static void sgd_settles_on_the_closed_form(void **unused) {
    (void)unused;
    static const char *const settings[] = {"", "features=1", "features=16 table_seed=4",
                                           "rows=40 training_share=0.5 split_seed=9"};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        pes_problem *problem = test_problem("ridge", settings[i], NULL);
        const pes_ridge *ridge = inside(problem);
        double *w = test_states(problem, 1), exact[PES_RIDGE_FEATURES];
        for (float theta = -2.0f; theta < 6.0f; theta += 2.5f) {
            const double loss = settle(problem, theta, w);
            const double expected = pes_ridge_settled(ridge, (double)theta, exact);
            CHECK_NEAR(expected, loss, 1e-10 * ridge->outer.square);
            for (int64_t f = 0; f < ridge->features; f++) {
                CHECK_NEAR(exact[f], w[f], 1e-10);
            }
        }
        free(w);
        pes_problem_close(problem);
    }
}

// One step by hand from w = 0: w = a c, and the loss of that.
static void the_first_step_is_the_gradient(void **unused) {
    (void)unused;
    pes_problem *problem = test_problem("ridge", "features=2 learning_rate=0.01", NULL);
    const pes_ridge *ridge = inside(problem);
    const pes_ridge_squares *o = &ridge->outer;
    const float theta = 1.0f;
    double *w = test_states(problem, 1), loss;
    test_begin(problem, stream, &theta, w);
    test_advance(problem, stream, &theta, w, 0, 1, &loss);
    const double a = 0.01 * ridge->inner.cross[0], b = 0.01 * ridge->inner.cross[1];
    CHECK_NEAR(a, w[0], 1e-12);
    CHECK_NEAR(b, w[1], 1e-12);
    CHECK_NEAR(
        0.5 * (a * a * o->gram[0][0] + 2.0 * a * b * o->gram[0][1] + b * b * o->gram[1][1]) -
            a * o->cross[0] - b * o->cross[1] + 0.5 * o->square,
        loss, 1e-12 * o->square);
    free(w);
    pes_problem_close(problem);
}

// Columns are standardised over all rows, and every row is in one of the two sums.
static void the_rows_are_standardised_and_split(void **unused) {
    (void)unused;
    pes_problem *problem = test_problem("ridge", "rows=101 training_share=0.8", NULL);
    const pes_ridge *ridge = inside(problem);
    assert_int_equal(ridge->inner.rows, 80);
    assert_int_equal(ridge->outer.rows, 21);
    CHECK_NEAR(101.0, ridge->inner.square + ridge->outer.square, 1e-10);
    for (int64_t f = 0; f < ridge->features; f++) {
        CHECK_NEAR(101.0, ridge->inner.gram[f][f] + ridge->outer.gram[f][f], 1e-10);
    }
    pes_problem *other = test_problem("ridge", "rows=101 split_seed=2", NULL);
    assert_true(inside(other)->inner.square != ridge->inner.square);
    CHECK_NEAR(ridge->inner.cross[0] + ridge->outer.cross[0],
               inside(other)->inner.cross[0] + inside(other)->outer.cross[0], 1e-10);
    pes_problem_close(other);
    pes_problem_close(problem);
}

// Nothing within 10 on either side is better.
static void check_optimum(const char *settings, const char *folder, double expected) {
    pes_problem *problem = test_problem("ridge", settings, folder);
    const pes_ridge *ridge = inside(problem);
    const double optimum = pes_ridge_optimum(ridge);
    double w[PES_RIDGE_FEATURES];
    const double least = pes_ridge_settled(ridge, optimum, w);
    for (double step = 1e-3; step < 10.0; step *= 1.5) {
        assert_true(pes_ridge_settled(ridge, optimum - step, w) > least);
        assert_true(pes_ridge_settled(ridge, optimum + step, w) > least);
    }
    CHECK_NEAR(expected, optimum, 1e-6);
    pes_problem_close(problem);
}

static void the_optimum_is_one(void **unused) {
    (void)unused;
    check_optimum("", NULL, 4.2027438);
}

// About one split of the yachts in six is best fitted without any regularisation.
static void the_yachts_have_their_optimum(void **unused) {
    (void)unused;
    const char *folder = getenv("PES_DATA");
    const pes_data_folders data = {.count = 1, .folder = {folder}};
    char path[PES_TEXT_SIZE];
    if (folder == NULL || pes_dataset_locate("yacht", &data, path) != PES_OK) {
        skip();
    }
    check_optimum("table=yacht", folder, 3.3671413);
    check_optimum("table=yacht split_seed=2", folder, 1.7821695);
    pes_problem *problem = test_problem("ridge", "table=yacht split_seed=4", folder);
    assert_int_equal(inside(problem)->inner.rows, 246);
    assert_int_equal(inside(problem)->outer.rows, 62);
    assert_true(pes_ridge_optimum(inside(problem)) == -PES_RIDGE_RANGE);
    pes_problem_close(problem);
}

static void what_cannot_be_had_is_refused(void **unused) {
    (void)unused;
    const pes_problem_type *type = pes_problem_type_find("ridge");
    void *options = test_options("ridge", "rows=3 training_share=0.2");
    pes_problem *problem;
    CHECK_FAILS(PES_E_ARGUMENT, "training_share is 0.2, but of 3 rows",
                type->create(&problem, options, NULL));
    assert_null(problem);
    CHECK_OK(test_set("ridge", options, "training_share=1"));
    CHECK_FAILS(PES_E_ARGUMENT, "training_share is 1", type->create(&problem, options, NULL));
    CHECK_OK(test_set("ridge", options, "table=yacht"));
    CHECK_FAILS(PES_E_FILE, "the data set yacht needs a data folder",
                type->create(&problem, options, NULL));
    const pes_data_folders nowhere = {.count = 1, .folder = {"/nonexistent"}};
    CHECK_FAILS(PES_E_FILE, "pes data fetch yacht", type->create(&problem, options, &nowhere));
    const pes_data_folders sizes = {.sizes_only = true};
    CHECK_OK(type->create(&problem, options, &sizes));
    assert_int_equal(pes_problem_system(problem)->state_bytes, 6 * sizeof(double));
    pes_problem_close(problem);
    free(options);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sgd_settles_on_the_closed_form),
        cmocka_unit_test(the_first_step_is_the_gradient),
        cmocka_unit_test(the_rows_are_standardised_and_split),
        cmocka_unit_test(the_optimum_is_one),
        cmocka_unit_test(the_yachts_have_their_optimum),
        cmocka_unit_test(what_cannot_be_had_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
