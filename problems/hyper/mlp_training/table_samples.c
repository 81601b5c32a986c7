// Samples from a user's table: which column is the target, which rows are for what, and every
// feature on one scale.

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "problems/data/table.h"
#include "problems/hyper/mlp_training/load.h"

enum { SHARE = 6, MOST_LABEL = 255, DRAW_ORDER = 0 }; // validation: one row of six

// A table on its way to samples.
typedef struct source {
    const pes_mlp_options *options;
    pes_table table;
    int64_t target; // column
    int32_t *row;   // rows: of the file, from 0, in the order of the samples
} source;

// ---- the target -----------------------------------------------------------------------------

// A name of the header, or a number from 1 on; the last column where nothing is said.
static pes_status find_target(source *from) {
    const pes_table *table = &from->table;
    const char *asked = from->options->target;
    PES_PROBLEM_REQUIRE(table->columns >= 2, PES_E_FORMAT,
                        "%s has only one column; a table needs a target and at least one "
                        "feature",
                        from->options->table);
    from->target = table->columns - 1;
    int64_t named = 0;
    for (int64_t c = 0; table->name != NULL && c < table->columns && asked[0] != '\0'; c++) {
        const bool is_asked = strcmp(table->name[c], asked) == 0;
        from->target = is_asked ? c : from->target;
        named += is_asked;
    }
    PES_PROBLEM_REQUIRE(named <= 1, PES_E_ARGUMENT,
                        "%s has %lld columns '%s'; let target be the number of one of them, "
                        "from 1",
                        from->options->table, (long long)named, asked);
    if (named == 1) {
        return PES_OK;
    }
    char *end;
    const long long number = strtoll(asked, &end, 10);
    const bool known = asked[0] == '\0' ||
                       (*end == '\0' && number >= 1 && number <= (long long)table->columns);
    PES_PROBLEM_REQUIRE(known, PES_E_ARGUMENT,
                        "%s has no column '%s'; target is %s a number from 1 to %lld",
                        from->options->table, asked,
                        table->name != NULL ? "a name of its first line or" : "here",
                        (long long)table->columns);
    from->target = asked[0] == '\0' ? from->target : number - 1;
    return PES_OK;
}

// ---- rows -----------------------------------------------------------------------------------

// A permutation by Fisher and Yates: each equally likely, up to 2^-32 rows.
static pes_status shuffle(source *from) {
    const pes_stream stream = {.seed = from->options->split_seed};
    const int64_t rows = from->table.rows;
    uint32_t *word = malloc((size_t)rows * sizeof *word);
    from->row = calloc((size_t)rows, sizeof *from->row);
    if (word == NULL || from->row == NULL) {
        free(word);
        return pes_fail(PES_E_MEMORY, "no memory to shuffle %lld rows", (long long)rows);
    }
    pes_noise_bits(&stream, DRAW_ORDER, 0, rows, word);
    for (int64_t i = 0; i < rows; i++) {
        const int64_t other = (int64_t)((uint64_t)word[i] * (uint64_t)(i + 1) >> 32);
        from->row[i] = from->row[other];
        from->row[other] = (int32_t)i;
    }
    free(word);
    return PES_OK;
}

// Training rows are the first of the new order, validation rows follow, then test rows.
static pes_status divide(pes_mlp_samples *out, const source *from) {
    const pes_mlp_options *options = from->options;
    const int64_t rows = from->table.rows;
    const int64_t validation = options->validation_images > 0 ? options->validation_images
                               : rows >= SHARE                ? rows / SHARE
                                                              : 1;
    const int64_t left = rows - validation - options->test_images;
    const int64_t training =
        options->training_images > 0 ? options->training_images : (left > 0 ? left : 1);
    PES_PROBLEM_REQUIRE(training <= left, PES_E_ARGUMENT,
                        "%s has %lld rows, which are not enough for %lld to train on, %lld for "
                        "validation and %lld for tests",
                        options->table, (long long)rows, (long long)training,
                        (long long)validation, (long long)options->test_images);
    out->count[PES_PART_TRAINING] = training;
    out->count[PES_PART_VALIDATION] = validation;
    out->count[PES_PART_TEST] = options->test_images;
    return PES_OK;
}

// The rows that are used, in their new order.
static pes_status reorder(source *from, int64_t used) {
    pes_table *old = &from->table, ordered;
    const size_t columns = (size_t)old->columns;
    PES_PROBLEM_TRY(pes_table_allocate(&ordered, used, old->columns));
    for (int64_t r = 0; r < used; r++) {
        memcpy(ordered.value + (size_t)r * columns, old->value + (size_t)from->row[r] * columns,
               columns * sizeof *old->value);
    }
    ordered.name = old->name;
    old->name = NULL;
    pes_table_release(old);
    from->table = ordered;
    return PES_OK;
}

// ---- values ---------------------------------------------------------------------------------

static pes_status refuse(const source *from, int64_t r, int64_t c, const char *reason) {
    char shown[32];
    const pes_table *table = &from->table;
    (void)snprintf(shown, sizeof shown, "%.9g", table->value[r * table->columns + c]);
    return pes_table_refuse(from->options->table, from->row[r] + 1, 0, c + 1,
                            table->name != NULL ? table->name[c] : NULL, shown, reason);
}

static pes_status read_labels(pes_mlp_samples *out, const source *from) {
    const pes_table *table = &from->table;
    out->label = malloc((size_t)table->rows);
    PES_PROBLEM_REQUIRE(out->label != NULL, PES_E_MEMORY, "no memory for %lld labels",
                        (long long)table->rows);
    int least = MOST_LABEL, most = 0;
    for (int64_t r = 0; r < table->rows; r++) {
        const double x = table->value[r * table->columns + from->target];
        if (!(x >= 0.0 && x <= MOST_LABEL && x == floor(x))) {
            return refuse(from, r, from->target,
                          "which is no label; labels are integers from 0 to 255 (for other "
                          "targets set task = \"regression\")");
        }
        out->label[r] = (uint8_t)x;
        least = out->label[r] < least ? out->label[r] : least;
        most = out->label[r] > most ? out->label[r] : most;
    }
    PES_PROBLEM_REQUIRE(least < most, PES_E_FORMAT,
                        "%s: every label in column %lld is %d; classification needs two "
                        "classes or more",
                        from->options->table, (long long)from->target + 1, least);
    out->outputs = most + 1;
    return PES_OK;
}

// One number on the scale of its column, unless single precision cannot hold it.
static pes_status convert(const source *from, int64_t r, int64_t c, float *value) {
    const double x = from->table.value[r * from->table.columns + c];
    if (!(fabs(x) <= FLT_MAX)) {
        return refuse(from, r, c,
                      "in standard deviations of the training rows; it is too far from them");
    }
    *value = (float)x;
    return PES_OK;
}

// The target's column behind the features'.
static void put_last(pes_table_scale *column, int64_t columns, int64_t target) {
    const pes_table_scale moved = column[target];
    memmove(column + target, column + target + 1,
            (size_t)(columns - 1 - target) * sizeof *column);
    column[columns - 1] = moved;
}

static pes_status read_values(pes_mlp_samples *out, source *from) {
    const pes_table *table = &from->table;
    const bool regression = pes_mlp_options_is_regression(from->options);
    out->features = table->columns - 1;
    out->value = malloc((size_t)(table->rows * out->features) * sizeof *out->value);
    out->target = regression ? malloc((size_t)table->rows * sizeof *out->target) : NULL;
    out->column = malloc((size_t)table->columns * sizeof *out->column);
    PES_PROBLEM_REQUIRE(out->value != NULL && out->column != NULL &&
                            (!regression || out->target != NULL),
                        PES_E_MEMORY, "no memory for %lld rows of %lld features",
                        (long long)table->rows, (long long)out->features);
    pes_table_standardise(&from->table, out->count[PES_PART_TRAINING], out->column);
    put_last(out->column, table->columns, from->target);
    float unused;
    for (int64_t r = 0; r < table->rows; r++) {
        float *to = out->value + r * out->features;
        for (int64_t c = 0; c < table->columns; c++) {
            const bool target = c == from->target;
            PES_PROBLEM_TRY(convert(from, r, c,
                                    !target      ? to++
                                    : regression ? &out->target[r]
                                                 : &unused));
        }
    }
    out->outputs = regression ? 1 : out->outputs;
    return PES_OK;
}

static pes_status load(pes_mlp_samples *out, source *from) {
    PES_PROBLEM_TRY(find_target(from));
    PES_PROBLEM_TRY(divide(out, from));
    PES_PROBLEM_TRY(shuffle(from));
    PES_PROBLEM_TRY(reorder(from, out->count[PES_PART_TRAINING] +
                                      out->count[PES_PART_VALIDATION] +
                                      out->count[PES_PART_TEST]));
    if (!pes_mlp_options_is_regression(from->options)) {
        PES_PROBLEM_TRY(read_labels(out, from));
    }
    return read_values(out, from);
}

pes_status pes_mlp_samples_load_table(pes_mlp_samples *out, const pes_mlp_options *options,
                                      const pes_data_folders *data) {
    source from = {.options = options};
    PES_PROBLEM_TRY(pes_table_read(&from.table, options->table, data, out->sum));
    const bool as_expected =
        options->table_sha256[0] == '\0' || strcmp(options->table_sha256, out->sum) == 0;
    pes_status status =
        as_expected ? load(out, &from)
                    : pes_fail(PES_E_FORMAT,
                               "%s has the SHA-256 sum %s, but table_sha256 says %s: its "
                               "content has changed; restore it, or begin a new run",
                               options->table, out->sum, options->table_sha256);
    pes_table_release(&from.table);
    free(from.row);
    return status;
}
