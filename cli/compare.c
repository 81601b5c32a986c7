// pes compare: what came out of runs, one row for each group of settings.

#include "cli/compare.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/gain.h"

typedef struct compare_options {
    const char *target;    // a number; NULL: halfway
    double at_inner_steps; // 0: not asked for
    double at_seconds;
    bool json;
} compare_options;

// ---- rows -----------------------------------------------------------------------------

static double lower(double a, double b) {
    return isnan(a) || b < a ? b : a;
}

static bool fill_row(compare_row *row, const runs_group *group, const compare_wish *wish) {
    double *value = calloc(4 * (size_t)group->count, sizeof *value);
    if (value == NULL) {
        return false;
    }
    *row = (compare_row){.group = group, .best = NAN};
    for (int64_t r = 0; r < group->count; r++) {
        const runs_run *run = group->run[r];
        value[r] = runs_start(run);
        value[group->count + r] = runs_final(run);
        value[2 * group->count + r] = runs_best_at(run, RUNS_INNER_STEPS, wish->inner_steps);
        value[3 * group->count + r] = runs_best_at(run, RUNS_SECONDS, wish->seconds);
        row->unfinished += run->finished ? 0 : 1;
        for (int64_t i = 0; i < run->evaluations.count; i++) {
            row->best = lower(row->best, run->evaluations.row[i].value);
        }
    }
    row->start = runs_range_of(group->count, value);
    row->final = runs_range_of(group->count, value + group->count);
    row->at_steps = runs_range_of(group->count, value + 2 * group->count);
    row->at_seconds = runs_range_of(group->count, value + 3 * group->count);
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

// The common start: every run's first evaluation together, and how many there are.
static runs_range find_start(const runs *all, int64_t *starts) {
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
    *starts = count;
    return range;
}

// Halfway, in the objective, from the start to the group that ended lowest; NaN if none ended
// below the start.
static double halfway(const compare_row *row, int64_t rows, double start) {
    double best = NAN;
    for (int64_t i = 0; i < rows; i++) {
        best = lower(best, row[i].final.mean);
    }
    return best < start ? 0.5 * (start + best) : (double)NAN;
}

// ---- the table ------------------------------------------------------------------------

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
        for (int c = 0; c < COMPARE_COLUMNS; c++) {
            const bool is_last = c == COMPARE_COLUMNS - 1, left = c < 2 || is_last;
            if (width[c] > 0) { // else nobody asked for it
                printf("%s%*s", c > 0 ? "  " : "", left ? (is_last ? 0 : -width[c]) : width[c],
                       cell[i][c]);
            }
        }
        putchar('\n');
    }
}

static int print_table(const compare_table *table) {
    compare_cell *cell = compare_texts(table);
    if (cell == NULL) {
        return cli_fail(CLI_FAILED, "there is no memory left");
    }
    print_lines((compare_cell(*)[COMPARE_COLUMNS])(void *)cell, table->all->groups + 2);
    free(cell);
    char number[CLI_NUMBER_SIZE];
    const experiment *setup = &table->all->run[0].setup;
    const char *gain = gain_name(setup);
    if (!isnan(table->target)) {
        printf("\ntarget: %s %s %s; %s of all particles and wall time until then\n",
               gain != NULL ? gain : "objective",
               gain != NULL ? ">=" : "<=", cli_short(gain_sign(setup) * table->target, number),
               gain_steps(setup));
    }
    return cli_flush();
}

// ---- JSON -----------------------------------------------------------------------------

static json_t *range_json(const runs_range *range) {
    return json_pack("[o, o]", cli_json_real(range->least), cli_json_real(range->most));
}

static int print_start_json(const compare_table *table) {
    json_t *row = json_object();
    json_object_set_new(row, "problem", json_string(table->all->run[0].setup.type->name));
    json_object_set_new(row, "method", json_string("start"));
    json_object_set_new(row, "seeds", json_integer(table->starts));
    json_object_set_new(row, "objective", cli_json_real(table->start.mean));
    json_object_set_new(row, "range", range_json(&table->start));
    return cli_json_print(row, false);
}

// The best up to a place that was asked for.
static void add_best(json_t *out, const char *key, const char *range_key, double place,
                     const runs_range *best) {
    if (place > 0.0) {
        json_object_set_new(out, key, cli_json_real(best->mean));
        json_object_set_new(out, range_key, range_json(best));
    }
}

static json_t *unless_search(const runs_group *group, int64_t number) {
    return group->is_search ? json_null() : json_integer(number);
}

static int print_row_json(const compare_table *table, const compare_row *row) {
    const runs_group *group = row->group;
    const experiment *setup = &group->run[0]->setup;
    json_t *out = json_object();
    json_object_set_new(out, "problem", json_string(setup->type->name));
    json_object_set_new(out, "method", json_string(group->method));
    json_object_set_new(out, "variant",
                        group->variant != NULL ? json_string(group->variant) : json_null());
    json_object_set_new(out, "truncation", unless_search(group, setup->estimator.truncation));
    json_object_set_new(out, "particles", unless_search(group, setup->estimator.particles));
    json_object_set_new(out, "seeds", json_integer(group->count));
    json_object_set_new(out, "incomplete", json_integer(row->unfinished));
    json_object_set_new(out, "start", cli_json_real(row->start.mean));
    json_object_set_new(out, "objective", cli_json_real(row->final.mean));
    json_object_set_new(out, "range", range_json(&row->final));
    json_object_set_new(out, "best", cli_json_real(row->best));
    json_object_set_new(out, "target", cli_json_real(table->target));
    json_object_set_new(out, "reached", json_integer(row->reached));
    json_object_set_new(out, "inner_steps_to_target", cli_json_real(row->inner_steps));
    json_object_set_new(out, "seconds_to_target", cli_json_real(row->seconds));
    add_best(out, "best_at_inner_steps", "range_at_inner_steps", table->wish.inner_steps,
             &row->at_steps);
    add_best(out, "best_at_seconds", "range_at_seconds", table->wish.seconds, &row->at_seconds);
    json_object_set(out, "settings", group->run[0]->settings);
    json_t *folders = json_array();
    for (int64_t r = 0; r < group->count; r++) {
        json_array_append_new(folders, json_string(group->run[r]->folder));
    }
    json_object_set_new(out, "runs", folders);
    return cli_json_print(out, false);
}

static int print_json(const compare_table *table) {
    int code = print_start_json(table);
    for (int64_t g = 0; code == CLI_OK && g < table->all->groups; g++) {
        code = print_row_json(table, &table->row[g]);
    }
    return code;
}

// ---- the command ----------------------------------------------------------------------

int compare_make(compare_table *out, const runs *all, const compare_wish *wish) {
    *out = (compare_table){
        .all = all, .wish = *wish, .row = calloc((size_t)all->groups, sizeof *out->row)};
    bool good = out->row != NULL;
    for (int64_t g = 0; good && g < all->groups; g++) {
        good = fill_row(&out->row[g], &all->group[g], wish);
    }
    if (!good) {
        compare_free(out);
        return cli_fail(CLI_FAILED, "there is no memory left");
    }
    out->start = find_start(all, &out->starts);
    out->target =
        isnan(wish->target) ? halfway(out->row, all->groups, out->start.mean) : wish->target;
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
    compare_wish wish = {.inner_steps = options->at_inner_steps,
                         .seconds = options->at_seconds};
    int code = read_target(options->target, &wish.target);
    code = code == CLI_OK ? runs_read(&all, call->count, call->argument) : code;
    if (code != CLI_OK) {
        return code;
    }
    wish.target *= gain_sign(&all.run[0].setup);
    compare_table table;
    code = compare_make(&table, &all, &wish);
    if (code == CLI_OK) {
        code = options->json ? print_json(&table) : print_table(&table);
        compare_free(&table);
    }
    runs_free(&all);
    return code;
}

static const cli_flag flags[] = {
    CLI_FLAG(
        "target", compare_options, target, WORD, "X",
        "objective, or return, to be reached; without it, halfway from the start to the best "
        "group"),
    CLI_FLAG("at-inner-steps", compare_options, at_inner_steps, REAL, "X",
             "tell the best objective so far at X inner steps, and its range over seeds"),
    CLI_FLAG("at-seconds", compare_options, at_seconds, REAL, "X",
             "tell the best objective so far at X seconds of a run"),
    CLI_FLAG("json", compare_options, json, SWITCH, NULL, "print one JSON object a row"),
};

static const cli_example examples[] = {
    {"pes compare runs/mlp", "every group of a sweep"},
    {"pes compare runs/pes runs/truncated_es --target 300", "when did they get to 300?"},
    {"pes compare runs/search_small --at-inner-steps 1e6 --at-seconds 2",
     "estimators and searches at equal cost"},
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
        "have. The first row is the start: the evaluations at update 0. Of a policy the return "
        "is "
        "shown, minus the objective; higher is then better, and --target a return.\n\n"
        "--at-inner-steps and --at-seconds compare at equal cost: mean and range over seeds of "
        "the lowest objective of all evaluations up to there; '-' where a run had none yet. "
        "Inner steps are those that the method needs to choose where to go: N x K of all "
        "particles each update for an estimator, T for each episode of a search's point, and "
        "fewer for points that halving stops or whose loss is not finite. Evaluations are not "
        "among them, for anybody; seconds hold everything.",
    .example = examples,
    CLI_FLAGS(flags, compare_options),
    .run = run,
};
