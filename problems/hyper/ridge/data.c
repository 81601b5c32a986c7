// From a table to two quadratic functions: read or draw it, standardise its columns over all
// rows, choose the rows for training, and sum. Only basic arithmetic and square roots, in one
// order: the same sums on every machine.

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pes/noise.h"
#include "problems/data/table.h"
#include "problems/hyper/ridge/ridge.h"

// Uses of the streams of table_seed and of split_seed.
enum { DRAW_COEFFICIENTS, DRAW_ROW, DRAW_SPLIT };

// ---- tables ---------------------------------------------------------------------------------

// A feature is 0.6 of the one before it and 0.8 of something new: of variance 1, and related to
// its neighbours. The target is a sum of the features, with normal coefficients, and noise as
// large as they make it on average.
static pes_status draw(pes_table *out, const pes_ridge_options *options,
                       const pes_data_folders *data) {
    (void)data;
    const int64_t features = options->features;
    const pes_stream stream = {.seed = options->table_seed};
    float coefficient[PES_RIDGE_FEATURES], fresh[PES_RIDGE_FEATURES + 1];
    PES_PROBLEM_TRY(pes_table_allocate(out, options->rows, features + 1));
    pes_noise_normal(&stream, DRAW_COEFFICIENTS, 0, features, coefficient);
    for (int64_t r = 0; r < out->rows; r++) {
        double *row = out->value + r * out->columns;
        pes_noise_normal(&stream, DRAW_ROW, (uint32_t)r, features + 1, fresh);
        double target = sqrt((double)features) * (double)fresh[features];
        for (int64_t f = 0; f < features; f++) {
            row[f] = f == 0 ? (double)fresh[0] : 0.6 * row[f - 1] + 0.8 * (double)fresh[f];
            target += (double)coefficient[f] * row[f];
        }
        row[features] = target;
    }
    return PES_OK;
}

static pes_status read_yacht(pes_table *out, const pes_ridge_options *options,
                             const pes_data_folders *data) {
    (void)options;
    return pes_table_load(out, pes_dataset_find("yacht"), data, 0);
}

static int64_t drawn_features(const pes_ridge_options *options) {
    return options->features;
}

static int64_t yacht_features(const pes_ridge_options *options) {
    (void)options;
    return pes_dataset_find("yacht")->columns - 1;
}

typedef struct source {
    const char *name;
    int64_t (*features)(const pes_ridge_options *options);
    pes_status (*read)(pes_table *out, const pes_ridge_options *options,
                       const pes_data_folders *data);
} source;

static const source sources[] = {
    {"generated", drawn_features, draw},
    {"yacht", yacht_features, read_yacht},
};
enum { SOURCES = sizeof sources / sizeof *sources };

const char *pes_ridge_table_name(int64_t index) {
    return index >= 0 && index < SOURCES ? sources[index].name : NULL;
}

// The options have been checked: the name is one of the list.
static const source *find_source(const char *name) {
    int at = SOURCES - 1;
    while (at > 0 && strcmp(sources[at].name, name) != 0) {
        at--;
    }
    return &sources[at];
}

// ---- sums -----------------------------------------------------------------------------------

static void add_row(pes_ridge_squares *sums, const double *row, int64_t features) {
    const double target = row[features];
    sums->rows++;
    sums->square += target * target;
    for (int64_t i = 0; i < features; i++) {
        sums->cross[i] += row[i] * target;
        for (int64_t j = 0; j < features; j++) {
            sums->gram[i][j] += row[i] * row[j];
        }
    }
}

static pes_status split(pes_ridge *ridge, const pes_table *table) {
    const pes_stream stream = {.seed = ridge->options.split_seed};
    const int64_t rows = table->rows;
    const int64_t training = (int64_t)(ridge->options.training_share * (double)rows);
    PES_PROBLEM_REQUIRE(
        training > 0 && training < rows, PES_E_ARGUMENT,
        "training_share is %g, but of %lld rows at least one must be for training "
        "and one be left",
        ridge->options.training_share, (long long)rows);
    int32_t *held = malloc((size_t)(rows - training) * sizeof *held);
    bool *judges = calloc((size_t)rows, sizeof *judges);
    if (held == NULL || judges == NULL) {
        free(judges);
        free(held);
        return pes_fail(PES_E_MEMORY, "no memory to split %lld rows", (long long)rows);
    }
    pes_noise_sample(&stream, DRAW_SPLIT, 0, rows - training, rows, held);
    for (int64_t i = 0; i < rows - training; i++) {
        judges[held[i]] = true;
    }
    for (int64_t r = 0; r < rows; r++) {
        add_row(judges[r] ? &ridge->outer : &ridge->inner, table->value + r * table->columns,
                ridge->features);
    }
    free(judges);
    free(held);
    return PES_OK;
}

int64_t pes_ridge_features(const pes_ridge_options *options) {
    return find_source(options->table)->features(options);
}

pes_status pes_ridge_read(pes_ridge *ridge, const pes_data_folders *data) {
    ridge->features = pes_ridge_features(&ridge->options);
    if (data != NULL && data->sizes_only) {
        return PES_OK;
    }
    pes_table table;
    PES_PROBLEM_TRY(find_source(ridge->options.table)->read(&table, &ridge->options, data));
    pes_table_standardise(&table, table.rows, NULL);
    const pes_status status = split(ridge, &table);
    pes_table_release(&table);
    return status;
}
