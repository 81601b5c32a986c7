// The table of pes compare as texts, for the command and the report.

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/compare.h"
#include "cli/gain.h"

enum {
    PROBLEM,
    METHOD,
    TRUNCATION,
    PARTICLES,
    SEEDS,
    FINAL,
    RANGE,
    BEST,
    STEPS,
    TIME,
    AT_STEPS,
    AT_STEPS_RANGE,
    AT_SECONDS,
    AT_SECONDS_RANGE,
    WORDS
};

static void cell_real(compare_cell out, double x) {
    char number[CLI_NUMBER_SIZE];
    snprintf(out, COMPARE_CELL, "%s", isnan(x) ? "-" : cli_short(x, number));
}

static void cell_range(compare_cell out, double sign, const runs_range *given) {
    const runs_range shown = gain_range(sign, given), *range = &shown;
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

static void print_cells(compare_cell cell[COMPARE_COLUMNS], const compare_row *row,
                        const compare_wish *wish) {
    const experiment *setup = &row->group->run[0]->setup;
    const double sign = gain_sign(setup);
    char number[CLI_NUMBER_SIZE];
    snprintf(cell[PROBLEM], COMPARE_CELL, "%s", setup->type->name);
    snprintf(cell[METHOD], COMPARE_CELL, "%s", row->group->method);
    snprintf(cell[TRUNCATION], COMPARE_CELL, "-");
    snprintf(cell[PARTICLES], COMPARE_CELL, "-");
    if (!row->group->is_search) {
        snprintf(cell[TRUNCATION], COMPARE_CELL, "%" PRId64, setup->estimator.truncation);
        snprintf(cell[PARTICLES], COMPARE_CELL, "%" PRId64, setup->estimator.particles);
    }
    print_seeds(cell[SEEDS], row);
    cell_real(cell[FINAL], sign * row->final.mean);
    cell_range(cell[RANGE], sign, &row->final);
    cell_real(cell[BEST], sign * row->best);
    cell_reached(cell[STEPS], row, row->reached > 0 ? cli_count(row->inner_steps, number) : "");
    cell_reached(cell[TIME], row, row->reached > 0 ? cli_seconds(row->seconds, number) : "");
    if (wish->inner_steps > 0.0) {
        cell_real(cell[AT_STEPS], sign * row->at_steps.mean);
        cell_range(cell[AT_STEPS_RANGE], sign, &row->at_steps);
    }
    if (wish->seconds > 0.0) {
        cell_real(cell[AT_SECONDS], sign * row->at_seconds.mean);
        cell_range(cell[AT_SECONDS_RANGE], sign, &row->at_seconds);
    }
    snprintf(cell[WORDS], COMPARE_CELL, "%s", row->group->extra);
}

static void print_start(compare_cell cell[COMPARE_COLUMNS], compare_cell head[COMPARE_COLUMNS],
                        const compare_table *table) {
    for (int c = 0; c < WORDS; c++) {
        snprintf(cell[c], COMPARE_CELL, "%s", head[c][0] != '\0' ? "-" : "");
    }
    snprintf(cell[PROBLEM], COMPARE_CELL, "%s", table->all->run[0].setup.type->name);
    snprintf(cell[METHOD], COMPARE_CELL, "(start)");
    snprintf(cell[SEEDS], COMPARE_CELL, "%" PRId64, table->starts);
    const double sign = gain_sign(&table->all->run[0].setup);
    cell_real(cell[FINAL], sign * table->start.mean);
    cell_range(cell[RANGE], sign, &table->start);
}

// The first line; the two pairs of columns that are asked for, and words where groups need
// them.
static void print_head(compare_cell cell[COMPARE_COLUMNS], const compare_table *table) {
    static const char *const head[COMPARE_COLUMNS] = {
        [PROBLEM] = "problem", [METHOD] = "method", [TRUNCATION] = "K", [PARTICLES] = "N",
        [SEEDS] = "seeds",     [FINAL] = "final",   [RANGE] = "range",  [BEST] = "best",
        [STEPS] = "to target", [TIME] = "time"};
    char number[CLI_NUMBER_SIZE];
    bool extra = false, variant = false;
    for (int c = 0; c <= TIME; c++) {
        snprintf(cell[c], COMPARE_CELL, "%s", head[c]);
    }
    if (table->wish.inner_steps > 0.0) {
        snprintf(cell[AT_STEPS], COMPARE_CELL, "at %s steps",
                 cli_count(table->wish.inner_steps, number));
        snprintf(cell[AT_STEPS_RANGE], COMPARE_CELL, "range");
    }
    if (table->wish.seconds > 0.0) {
        snprintf(cell[AT_SECONDS], COMPARE_CELL, "at %s",
                 cli_seconds(table->wish.seconds, number));
        snprintf(cell[AT_SECONDS_RANGE], COMPARE_CELL, "range");
    }
    const char *gain = gain_name(&table->all->run[0].setup);
    if (gain != NULL) {
        snprintf(cell[FINAL], COMPARE_CELL, "final %s", gain);
    }
    for (int64_t g = 0; g < table->all->groups; g++) {
        variant = variant || table->all->group[g].variant != NULL;
        extra = extra || table->all->group[g].extra[0] != '\0';
    }
    const char *words = variant ? "variant" : "settings";
    snprintf(cell[WORDS], COMPARE_CELL, "%s", extra ? words : "");
}

compare_cell *compare_texts(const compare_table *table) {
    const int64_t groups = table->all->groups;
    compare_cell(*cell)[COMPARE_COLUMNS] = calloc((size_t)groups + 2, sizeof *cell);
    if (cell == NULL) {
        return NULL;
    }
    print_head(cell[0], table);
    print_start(cell[1], cell[0], table);
    for (int64_t g = 0; g < groups; g++) {
        print_cells(cell[g + 2], &table->row[g], &table->wish);
    }
    return *cell;
}
