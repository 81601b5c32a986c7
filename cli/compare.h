// What came out of runs, one row for each group of settings: for `pes compare` and the report.

#ifndef PES_CLI_COMPARE_H
#define PES_CLI_COMPARE_H

#include "cli/runs.h"

// What was asked for.
typedef struct compare_wish {
    double target; // objective to be reached; NaN: halfway from the start to the best group
    double inner_steps; // tell the best objective up to there; 0: do not
    double seconds;     // likewise
} compare_wish;

// One row of the table.
typedef struct compare_row {
    const runs_group *group;
    int64_t unfinished;    // runs without a result
    runs_range start;      // objective at update 0
    runs_range final;      // of the last evaluations
    double best;           // lowest objective of any evaluation
    int64_t reached;       // runs that got to the target
    double inner_steps;    // there, mean over the runs that did
    double seconds;        // likewise
    runs_range at_steps;   // best objective up to the wish's inner steps; NaN: not asked for
    runs_range at_seconds; // up to its seconds
} compare_row;

typedef struct compare_table {
    const runs *all;
    compare_wish wish;
    runs_range start; // every run's first evaluation together
    int64_t starts;   // runs that were evaluated at their start: a search has none
    double target;    // objective to be reached; NaN: there is none
    compare_row *row; // all->groups
} compare_table;

// CLI_OK, or another code after one sentence and nothing to free.
int compare_make(compare_table *out, const runs *all, const compare_wish *wish);

void compare_free(compare_table *table);

// The table as texts, line 0 is the head and line 1 the start; COMPARE_COLUMNS cells a line. A
// column without a head is empty throughout: what was not asked for, and the last one if the
// groups need no words. To be freed; NULL without memory.
enum { COMPARE_COLUMNS = 15, COMPARE_CELL = RUNS_LABEL };
typedef char compare_cell[COMPARE_CELL];
compare_cell *compare_texts(const compare_table *table);

#endif // PES_CLI_COMPARE_H
