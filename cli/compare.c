// pes compare: what came out of runs, one row for each group of settings.

#include "cli/compare.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/commands.h"

typedef struct compare_options {
    const char *target; // a number; NULL: halfway
    bool json;
} compare_options;

// ---- rows -----------------------------------------------------------------------------

static double lower(double a, double b) {
    return isnan(a) || b < a ? b : a;
}

static bool fill_row(compare_row *row, const runs_group *group) {
    double *value = calloc(2 * (size_t)group->count, sizeof *value);
    if (value == NULL) {
        return false;
    }
    *row = (compare_row){.group = group, .best = NAN};
    for (int64_t r = 0; r < group->count; r++) {
        const runs_run *run = group->run[r];
        value[r] = runs_start(run);
        value[group->count + r] = runs_final(run);
        row->unfinished += run->finished ? 0 : 1;
        for (int64_t i = 0; i < run->evaluations.count; i++) {
            row->best = lower(row->best, run->evaluations.row[i].value);
        }
    }
    row->start = runs_range_of(group->count, value);
    row->final = runs_range_of(group->count, value + group->count);
    free(value);
    return true;
}

// Where each run's evaluations first are at the target or below.
static void find_target(compare_row *row, double target) {
    for (int64_t r = 0; r < row->group->count; r++) {
        const runs_rows *rows = &row->group->run[r]->evaluations;
        int64_t i = 0;
        while (i < rows->count && !(rows->row[i].value <= target)) {
            i++;
        }
        if (i < rows->count) {
            row->reached++;
            row->inner_steps += rows->row[i].inner_steps;
            row->seconds += rows->row[i].seconds;
        }
    }
    row->inner_steps /= (double)row->reached; // NaN if none was there
    row->seconds /= (double)row->reached;
}

// The common start: every run's first evaluation together.
static runs_range find_start(const runs *all) {
    double *value = calloc((size_t)all->count, sizeof *value);
    int64_t count = 0;
    for (int64_t i = 0; value != NULL && i < all->count; i++) {
        const double start = runs_start(&all->run[i]);
        if (!isnan(start)) {
            value[count++] = start;
        }
    }
    const runs_range range = runs_range_of(count, value);
    free(value);
    return range;
}

// Halfway, in the objective, from the start to the group that ended lowest.
static double halfway(const compare_row *row, int64_t rows, double start) {
    double best = NAN;
    for (int64_t i = 0; i < rows; i++) {
        best = lower(best, row[i].final.mean);
    }
    return 0.5 * (start + best);
}

// ---- the table ------------------------------------------------------------------------

static void cell_real(compare_cell out, double x) {
    char number[CLI_NUMBER_SIZE];
    snprintf(out, COMPARE_CELL, "%s", isnan(x) ? "-" : cli_short(x, number));
}

static void cell_range(compare_cell out, const runs_range *range) {
    char least[CLI_NUMBER_SIZE], most[CLI_NUMBER_SIZE];
    if (isnan(range->least)) {
        snprintf(out, COMPARE_CELL, "-");
        return;
    }
    snprintf(out, COMPARE_CELL, "%s .. %s", cli_short(range->least, least),
             cli_short(range->most, most));
}

// "1.20 M", and how many runs got there if not all did: "1.20 M (2 of 3)".
static void cell_reached(compare_cell out, const compare_row *row, const char *number) {
    if (row->reached == 0) {
        snprintf(out, COMPARE_CELL, "-");
    } else if (row->reached == row->group->count) {
        snprintf(out, COMPARE_CELL, "%s", number);
    } else {
        snprintf(out, COMPARE_CELL, "%s (%" PRId64 " of %" PRId64 ")", number, row->reached,
                 row->group->count);
    }
}

static void print_seeds(compare_cell out, const compare_row *row) {
    if (row->unfinished > 0) {
        snprintf(out, COMPARE_CELL, "%" PRId64 " (%" PRId64 " incomplete)", row->group->count,
                 row->unfinished);
    } else {
        snprintf(out, COMPARE_CELL, "%" PRId64, row->group->count);
    }
}

static void print_cells(compare_cell cell[COMPARE_COLUMNS], const compare_row *row) {
    const experiment *setup = &row->group->run[0]->setup;
    char number[CLI_NUMBER_SIZE];
    snprintf(cell[0], COMPARE_CELL, "%s", setup->type->name);
    snprintf(cell[1], COMPARE_CELL, "%s", setup->estimator.method);
    snprintf(cell[2], COMPARE_CELL, "%" PRId64, setup->estimator.truncation);
    snprintf(cell[3], COMPARE_CELL, "%" PRId64, setup->estimator.particles);
    print_seeds(cell[4], row);
    cell_real(cell[5], row->final.mean);
    cell_range(cell[6], &row->final);
    cell_real(cell[7], row->best);
    cell_reached(cell[8], row, row->reached > 0 ? cli_count(row->inner_steps, number) : "");
    cell_reached(cell[9], row, row->reached > 0 ? cli_seconds(row->seconds, number) : "");
    snprintf(cell[10], COMPARE_CELL, "%s", row->group->extra);
}

static void print_start(compare_cell cell[COMPARE_COLUMNS], const runs *all,
                        const runs_range *start) {
    for (int c = 0; c < COMPARE_COLUMNS; c++) {
        snprintf(cell[c], COMPARE_CELL, "%s", c == COMPARE_COLUMNS - 1 ? "" : "-");
    }
    snprintf(cell[0], COMPARE_CELL, "%s", all->run[0].setup.type->name);
    snprintf(cell[1], COMPARE_CELL, "(start)");
    snprintf(cell[4], COMPARE_CELL, "%" PRId64, all->count);
    cell_real(cell[5], start->mean);
    cell_range(cell[6], start);
}

// Columns as wide as their widest cell; texts to the left, numbers to the right.
static void print_lines(compare_cell (*cell)[COMPARE_COLUMNS], int64_t lines) {
    int width[COMPARE_COLUMNS] = {0};
    for (int64_t i = 0; i < lines; i++) {
        for (int c = 0; c < COMPARE_COLUMNS; c++) {
            const int length = (int)strlen(cell[i][c]);
            width[c] = length > width[c] ? length : width[c];
        }
    }
    for (int64_t i = 0; i < lines; i++) {
        for (int c = 0; c < COMPARE_COLUMNS && (c < COMPARE_COLUMNS - 1 || width[c] > 0); c++) {
            const bool left = c < 2 || c == COMPARE_COLUMNS - 1;
            const bool last =
                c == COMPARE_COLUMNS - 1 || (c == COMPARE_COLUMNS - 2 && width[c + 1] == 0);
            printf("%s%*s", c > 0 ? "  " : "", left ? (last ? 0 : -width[c]) : width[c],
                   cell[i][c]);
        }
        putchar('\n');
    }
}

compare_cell *compare_texts(const compare_table *table) {
    static const char *const head[COMPARE_COLUMNS] = {"problem",   "method", "K",     "N",
                                                      "seeds",     "final",  "range", "best",
                                                      "to target", "time",   ""};
    const int64_t groups = table->all->groups;
    compare_cell(*cell)[COMPARE_COLUMNS] = calloc((size_t)groups + 2, sizeof *cell);
    if (cell == NULL) {
        return NULL;
    }
    for (int c = 0; c < COMPARE_COLUMNS; c++) {
        snprintf(cell[0][c], COMPARE_CELL, "%s", head[c]);
    }
    print_start(cell[1], table->all, &table->start);
    bool extra = false, variant = false;
    for (int64_t g = 0; g < groups; g++) {
        print_cells(cell[g + 2], &table->row[g]);
        variant = variant || table->row[g].group->variant != NULL;
        extra = extra || cell[g + 2][COMPARE_COLUMNS - 1][0] != '\0';
    }
    const char *last = variant ? "variant" : "settings";
    snprintf(cell[0][COMPARE_COLUMNS - 1], COMPARE_CELL, "%s", extra ? last : "");
    return *cell;
}

static int print_table(const compare_table *table) {
    compare_cell *cell = compare_texts(table);
    if (cell == NULL) {
        return cli_fail(CLI_FAILED, "there is no memory left");
    }
    print_lines((compare_cell(*)[COMPARE_COLUMNS])(void *)cell, table->all->groups + 2);
    free(cell);
    char number[CLI_NUMBER_SIZE];
    if (!isnan(table->target)) {
        printf(
            "\ntarget: objective <= %s; inner steps of all particles and wall time until "
            "then\n",
            cli_short(table->target, number));
    }
    return cli_flush();
}

// ---- JSON -----------------------------------------------------------------------------

static json_t *range_json(const runs_range *range) {
    return json_pack("[o, o]", cli_json_real(range->least), cli_json_real(range->most));
}

static int print_start_json(const runs *all, const runs_range *start) {
    json_t *row = json_object();
    json_object_set_new(row, "problem", json_string(all->run[0].setup.type->name));
    json_object_set_new(row, "method", json_string("start"));
    json_object_set_new(row, "seeds", json_integer(all->count));
    json_object_set_new(row, "objective", cli_json_real(start->mean));
    json_object_set_new(row, "range", range_json(start));
    return cli_json_print(row, false);
}

static int print_row_json(const compare_row *row, double target) {
    const runs_group *group = row->group;
    const experiment *setup = &group->run[0]->setup;
    json_t *out = json_object();
    json_object_set_new(out, "problem", json_string(setup->type->name));
    json_object_set_new(out, "method", json_string(setup->estimator.method));
    json_object_set_new(out, "variant",
                        group->variant != NULL ? json_string(group->variant) : json_null());
    json_object_set_new(out, "truncation", json_integer(setup->estimator.truncation));
    json_object_set_new(out, "particles", json_integer(setup->estimator.particles));
    json_object_set_new(out, "seeds", json_integer(group->count));
    json_object_set_new(out, "incomplete", json_integer(row->unfinished));
    json_object_set_new(out, "start", cli_json_real(row->start.mean));
    json_object_set_new(out, "objective", cli_json_real(row->final.mean));
    json_object_set_new(out, "range", range_json(&row->final));
    json_object_set_new(out, "best", cli_json_real(row->best));
    json_object_set_new(out, "target", cli_json_real(target));
    json_object_set_new(out, "reached", json_integer(row->reached));
    json_object_set_new(out, "inner_steps_to_target", cli_json_real(row->inner_steps));
    json_object_set_new(out, "seconds_to_target", cli_json_real(row->seconds));
    json_object_set(out, "settings", group->run[0]->settings);
    json_t *folders = json_array();
    for (int64_t r = 0; r < group->count; r++) {
        json_array_append_new(folders, json_string(group->run[r]->folder));
    }
    json_object_set_new(out, "runs", folders);
    return cli_json_print(out, false);
}

static int print_json(const compare_table *table) {
    int code = print_start_json(table->all, &table->start);
    for (int64_t g = 0; code == CLI_OK && g < table->all->groups; g++) {
        code = print_row_json(&table->row[g], table->target);
    }
    return code;
}

// ---- the command ----------------------------------------------------------------------

int compare_make(compare_table *out, const runs *all, double wish) {
    *out = (compare_table){.all = all, .row = calloc((size_t)all->groups, sizeof *out->row)};
    bool good = out->row != NULL;
    for (int64_t g = 0; good && g < all->groups; g++) {
        good = fill_row(&out->row[g], &all->group[g]);
    }
    if (!good) {
        compare_free(out);
        return cli_fail(CLI_FAILED, "there is no memory left");
    }
    out->start = find_start(all);
    out->target = isnan(wish) ? halfway(out->row, all->groups, out->start.mean) : wish;
    for (int64_t g = 0; g < all->groups; g++) {
        find_target(&out->row[g], out->target);
    }
    return CLI_OK;
}

void compare_free(compare_table *table) {
    free(table->row);
    table->row = NULL;
}

static int read_target(const char *text, double *out) {
    char *end = NULL;
    *out = text != NULL ? strtod(text, &end) : (double)NAN;
    if (text == NULL || (end != text && *end == '\0' && isfinite(*out))) {
        return CLI_OK;
    }
    return cli_fail(CLI_USAGE, "--target takes a number, the objective to be reached, not '%s'",
                    text);
}

static int run(const cli_call *call) {
    const compare_options *options = call->options;
    runs all;
    double target;
    int code = read_target(options->target, &target);
    code = code == CLI_OK ? runs_read(&all, call->count, call->argument) : code;
    if (code != CLI_OK) {
        return code;
    }
    compare_table table;
    code = compare_make(&table, &all, target);
    if (code == CLI_OK) {
        code = options->json ? print_json(&table) : print_table(&table);
        compare_free(&table);
    }
    runs_free(&all);
    return code;
}

static const cli_flag flags[] = {
    CLI_FLAG("target", compare_options, target, WORD, "X",
             "objective to be reached; without it, halfway from the start to the best group"),
    CLI_FLAG("json", compare_options, json, SWITCH, NULL, "print one JSON object a row"),
};

static const cli_example examples[] = {
    {"pes compare runs/mlp", "every group of a sweep"},
    {"pes compare runs/pes runs/truncated_es --target 300", "when did they get to 300?"},
    {NULL, NULL},
};

const cli_command cli_compare = {
    .name = "compare",
    .summary = "Print a table of runs: the start, the final objective, the way to a target.",
    .arguments = "DIR...",
    .least = 1,
    .most = -1,
    .argument_kind = CLI_FOLDER,
    .details =
        "Each DIR is a run or a sweep. Runs whose settings agree apart from the seed are one "
        "row: mean and range over seeds of the objective at the last evaluation, the lowest "
        "objective of any evaluation, and the inner steps and seconds until an evaluation was "
        "first at the target or below, '-' if none was. Incomplete runs count with what they "
        "have. The first row is the start: the evaluations at update 0.",
    .example = examples,
    CLI_FLAGS(flags, compare_options),
    .run = run,
};
