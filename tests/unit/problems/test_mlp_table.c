// mlp_training on a user's table: which rows train, which judge, on what scale, by which loss;
// and tables and settings that are refused.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "problems/hyper/mlp_training/load.h"
#include "support/check.h"
#include "support/problem.h"
#include "support/scratch.h"
#include "support/table_file.h"

enum { ROWS = 60 };

static pes_status load(pes_mlp_samples *out, const char *path, const char *settings) {
    pes_mlp_options *options = test_options("mlp_training", settings);
    options->dataset = "table";
    (void)snprintf(options->table, sizeof options->table, "%s", path);
    const pes_status status = pes_mlp_samples_load(out, options, NULL);
    free(options);
    return status;
}

// ---- rows -----------------------------------------------------------------------------------

// Row numbers of the samples: the target is the row's number on another scale.
static void find_rows(const pes_mlp_samples *samples, int row[ROWS]) {
    double low = samples->target[0], high = low;
    for (int i = 0; i < ROWS; i++) {
        low = fmin(low, samples->target[i]);
        high = fmax(high, samples->target[i]);
    }
    for (int i = 0; i < ROWS; i++) {
        const double id = (samples->target[i] - low) / (high - low) * (ROWS - 1);
        row[i] = (int)lround(id);
        CHECK_NEAR(row[i], id, 1e-4);
    }
}

// Every row is in one part, the same for the same seed, others for another; features come with
// their target.
static void parts_share_no_row(void **unused) {
    (void)unused;
    scratch folder;
    scratch_open(&folder);
    const char *path = test_table(&folder, "x.csv", ROWS, 1.0, 0);
    int row[3][ROWS];
    for (int k = 0; k < 3; k++) {
        char settings[100];
        (void)snprintf(settings, sizeof settings,
                       "task=regression batch_size=5 test_images=12 split_seed=%d", k / 2);
        pes_mlp_samples samples;
        CHECK_OK(load(&samples, path, settings));
        static const int64_t count[PES_PARTS] = {38, 10, 12}, first[PES_PARTS] = {0, 38, 48};
        CHECK_SAME(count, samples.count, PES_PARTS);
        CHECK_SAME(first, samples.first, PES_PARTS);
        assert_int_equal(samples.features, 3);
        assert_int_equal(samples.outputs, 1);
        assert_null(samples.label);
        assert_int_equal(samples.bytes, ROWS * 16 + 4 * sizeof *samples.column);
        find_rows(&samples, row[k]);
        int seen[ROWS] = {0};
        for (int i = 0; i < ROWS; i++) {
            assert_int_equal(seen[row[k][i]]++, 0);
            CHECK_NEAR(samples.target[i], samples.value[3 * i], 1e-6); // id
        }
        pes_mlp_samples_release(&samples);
    }
    CHECK_SAME(row[0], row[1], ROWS);
    int moved = 0;
    for (int i = 0; i < ROWS; i++) {
        moved += row[0][i] != row[2][i];
    }
    assert_true(moved > ROWS / 2);
    scratch_close(&folder);
}

// Over many seeds each row validates as often as any other: 10 of 60, 600 seeds, 100 times. A
// correct shuffle is off by 5 standard deviations in one of 60 rows once in 30,000 such tests.
static void the_split_is_fair(void **unused) {
    (void)unused;
    enum { SEEDS = 600 };
    scratch folder;
    scratch_open(&folder);
    const char *path = test_table(&folder, "x.csv", ROWS, 1.0, 0);
    int validated[ROWS] = {0};
    for (int seed = 0; seed < SEEDS; seed++) {
        char settings[100];
        int row[ROWS];
        (void)snprintf(settings, sizeof settings, "task=regression batch_size=5 split_seed=%d",
                       seed);
        pes_mlp_samples samples;
        CHECK_OK(load(&samples, path, settings));
        find_rows(&samples, row);
        for (int i = 50; i < ROWS; i++) {
            validated[row[i]]++;
        }
        pes_mlp_samples_release(&samples);
    }
    for (int i = 0; i < ROWS; i++) {
        CHECK_NEAR(SEEDS / 6.0, validated[i], 5.0 * sqrt(SEEDS * 5.0 / 36.0));
    }
    scratch_close(&folder);
}

// Training rows have mean 0 and variance 1; the constant column is 0 everywhere.
static void the_training_rows_set_the_scale(void **unused) {
    (void)unused;
    scratch folder;
    scratch_open(&folder);
    const char *path = test_table(&folder, "x.csv", ROWS, 1.0, 3);
    pes_mlp_samples samples;
    CHECK_OK(load(&samples, path, "batch_size=5 target=y"));
    assert_int_equal(samples.outputs, 3);
    assert_null(samples.target);
    assert_int_equal(samples.bytes, ROWS * 13 + 4 * sizeof *samples.column);
    for (int c = 0; c < 3; c++) {
        double mean = 0.0, square = 0.0, all = 0.0;
        for (int i = 0; i < ROWS; i++) {
            const double x = (double)samples.value[3 * i + c];
            mean += i < 50 ? x / 50.0 : 0.0;
            square += i < 50 ? x * x / 50.0 : 0.0;
            all += fabs(x);
        }
        CHECK_NEAR(0.0, mean, 1e-6);
        CHECK_NEAR(c == 2 ? 0.0 : 1.0, square, 1e-6);
        assert_true((all == 0.0) == (c == 2));
    }
    pes_mlp_samples_release(&samples);
    CHECK_OK(load(&samples, path, "batch_size=5 task=regression target=2"));
    for (int i = 0; i < ROWS; i++) { // wave is the target now, y the last feature
        assert_true(samples.target[i] != samples.value[3 * i]);
        assert_true(samples.value[3 * i + 1] == 0.0f && samples.value[3 * i + 2] != 0.0f);
    }
    pes_mlp_samples_release(&samples);
    scratch_close(&folder);
}

// ---- regression -----------------------------------------------------------------------------

enum { HIDDEN = 5, STRIDE = 16, FEATURES = 3 };
enum { FIRST = (FEATURES + 1) * STRIDE, FLOATS = FIRST + (HIDDEN + 1) * STRIDE };

// Mean of (y - t)^2 / 2 over samples from `from` on, in double precision; weights then biases,
// layer by layer, in rows of STRIDE.
static double mean_loss(const pes_mlp_samples *samples, const double *p, int64_t from,
                        int64_t count) {
    double loss = 0.0;
    for (int64_t i = from; i < from + count; i++) {
        double y = p[FIRST + HIDDEN * STRIDE];
        for (int j = 0; j < HIDDEN; j++) {
            double unit = p[FEATURES * STRIDE + j];
            for (int f = 0; f < FEATURES; f++) {
                unit += (double)samples->value[i * FEATURES + f] * p[f * STRIDE + j];
            }
            y += unit > 0.0 ? unit * p[FIRST + j * STRIDE] : 0.0;
        }
        const double off = y - (double)samples->target[i];
        loss += 0.5 * off * off / (double)count;
    }
    return loss;
}

// One step of a minibatch that holds all training rows: the velocity after it is the gradient,
// which finite differences of the formula give, too; the loss reported is the formula's.
static void a_step_descends_the_squared_error(void **unused) {
    (void)unused;
    scratch folder;
    scratch_open(&folder);
    const char *path = test_table(&folder, "x.csv", ROWS, 1.0, 0);
    pes_mlp_options *options =
        test_options("mlp_training",
                     "dataset=table task=regression hidden=5 schedule=constant horizon=1 "
                     "judge=at_the_end batch_size=10 training_images=10 validation_images=50");
    (void)snprintf(options->table, sizeof options->table, "%s", path);
    pes_problem *problem;
    pes_mlp_samples samples;
    CHECK_OK(pes_problem_type_find("mlp_training")->create(&problem, options, NULL));
    CHECK_OK(pes_mlp_samples_load(&samples, options, NULL));
    const pes_stream stream = {.seed = 3};
    const float theta = -2.0f;
    static double p[FLOATS];
    double loss, largest = 0.0;
    float *state = test_states(problem, 1);
    test_begin(problem, stream, &theta, state);
    assert_int_equal(pes_problem_system(problem)->state_bytes, 2 * FLOATS * sizeof(float));
    for (int i = 0; i < FLOATS; i++) {
        p[i] = (double)state[i];
    }
    (void)test_advance(problem, stream, &theta, state, 0, 1, &loss);
    for (int i = 0; i < FLOATS; i++) {
        const double width = 1e-5, value = p[i];
        p[i] = value + width;
        const double up = mean_loss(&samples, p, 0, 10);
        p[i] = value - width;
        const double slope = (up - mean_loss(&samples, p, 0, 10)) / (2.0 * width);
        p[i] = value;
        CHECK_NEAR(slope, (double)state[FLOATS + i], 1e-5);
        largest = fmax(largest, fabs(slope));
    }
    for (int i = 0; i < FLOATS; i++) {
        p[i] = (double)state[i];
    }
    CHECK_NEAR(mean_loss(&samples, p, 0, 10), loss, 1e-6);
    assert_true(largest > 0.1);
    free(state);
    free(options);
    pes_mlp_samples_release(&samples);
    pes_problem_close(problem);
    scratch_close(&folder);
}

// ---- what is refused ------------------------------------------------------------------------

static void unfit_tables_are_refused(void **unused) {
    (void)unused;
    static const struct {
        const char *text, *settings, *words;
        pes_status status;
    } wrong[] = {
        {"a,y\n1,0\n2,1.5\n", "", "row 2, column 2 (y) is '1.5', which is no label",
         PES_E_FORMAT},
        {"1,0\n2,-1\n", "", "row 2, column 2 is '-1', which is no label", PES_E_FORMAT},
        {"1,0\n2,256\n", "", "is '256', which is no label", PES_E_FORMAT},
        {"1,0\n2,0\n", "", "every label in column 2 is 0", PES_E_FORMAT},
        {"1\n2\n", "", "only one column", PES_E_FORMAT},
        {"a,y\n1,0\n2,1\n", "target=z", "has no column 'z'; target is a name of its first line",
         PES_E_ARGUMENT},
        {"1,0\n2,1\n", "target=3", "has no column '3'; target is here a number from 1 to 2",
         PES_E_ARGUMENT},
        {"1,0\n2,1\n", "target=0", "has no column '0'", PES_E_ARGUMENT},
        {"1,0\n2,1\n", "target=1x", "has no column '1x'", PES_E_ARGUMENT},
        {"1,0\n2,1\n3,0\n", "batch_size=3",
         "batch_size is 3, but there are only 2 training rows", PES_E_ARGUMENT},
        {"1,0\n2,1\n", "training_images=2",
         "has 2 rows, which are not enough for 2 to train on", PES_E_ARGUMENT},
        {"1,0\n2,1\n", "test_images=1", "not enough for 1 to train on, 1 for validation and 1",
         PES_E_ARGUMENT},
        {"1,0\n2,1\n", "objective=test_loss", "has no test rows of its own: set test_images",
         PES_E_ARGUMENT},
        {"1,3\n2,3\n", "", "every label in column 2 is 3", PES_E_FORMAT},
        {"y,a,y\n1,1,0\n0,2,1\n", "target=y",
         "has 2 columns 'y'; let target be the number of one of them", PES_E_ARGUMENT},
        {"1,0\n2,1\n-1e39,0\n", "training_images=2",
         "row 3, column 1 is '-2e+39', in standard deviations", PES_E_FORMAT},
    };
    scratch folder;
    scratch_open(&folder);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const char *path = scratch_path(&folder, "x.csv");
        char settings[100];
        pes_mlp_samples samples;
        scratch_write(path, wrong[i].text, strlen(wrong[i].text));
        (void)snprintf(settings, sizeof settings, "batch_size=1 %s", wrong[i].settings);
        CHECK_FAILS(wrong[i].status, wrong[i].words, load(&samples, path, settings));
        assert_null(samples.value);
        assert_null(samples.label);
    }
    scratch_close(&folder);
}

static void refused(const char *settings, const char *words) {
    void *options = test_options("mlp_training", settings);
    pes_problem *problem = NULL;
    CHECK_FAILS(PES_E_ARGUMENT, words,
                pes_problem_type_find("mlp_training")->create(&problem, options, NULL));
    assert_null(problem);
    free(options);
}

static void unfit_settings_are_refused(void **unused) {
    (void)unused;
    refused("dataset=table", "set table to the path");
    refused("table=x.csv", "table and target are for dataset = \"table\", but dataset is");
    refused("dataset=table table=x.csv input_size=8", "input_size is for images");
    refused("target=y", "table and target are for dataset");
    refused("task=regression", "task = \"regression\" needs dataset = \"table\"");
    refused("dataset=table table=x.csv task=regression objective=validation_accuracy",
            "a regression has none; take validation_loss");
}

// A run notes the sum of the file; another file of that name is refused.
static void a_changed_table_is_noticed(void **unused) {
    (void)unused;
    scratch folder;
    scratch_open(&folder);
    const pes_problem_type *type = pes_problem_type_find("mlp_training");
    pes_mlp_options *options = test_options("mlp_training", "dataset=table batch_size=5");
    pes_problem *problem;
    (void)snprintf(options->table, sizeof options->table, "%s",
                   test_table(&folder, "x.csv", ROWS, 1.0, 3));
    CHECK_OK(type->create(&problem, options, NULL));
    type->pin(problem, options);
    pes_problem_close(problem);
    assert_int_equal(strlen(options->table_sha256), 64);
    CHECK_OK(type->create(&problem, options, NULL));
    pes_problem_close(problem);
    (void)test_table(&folder, "x.csv", ROWS, 1.0, 4);
    CHECK_FAILS(PES_E_FORMAT, "its content has changed; restore it, or begin a new run",
                type->create(&problem, options, NULL));
    assert_null(problem);
    free(options);
    scratch_close(&folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_share_no_row),
        cmocka_unit_test(the_split_is_fair),
        cmocka_unit_test(the_training_rows_set_the_scale),
        cmocka_unit_test(a_step_descends_the_squared_error),
        cmocka_unit_test(unfit_tables_are_refused),
        cmocka_unit_test(unfit_settings_are_refused),
        cmocka_unit_test(a_changed_table_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
