// What came out of runs, one row for each group of settings: for `pes compare` and the report.

#ifndef PES_CLI_COMPARE_H
#define PES_CLI_COMPARE_H

#include "cli/runs.h"

// One row of the table.
typedef struct compare_row {
    const runs_group *group;
    int64_t unfinished; // runs without a result
    runs_range start;   // objective at update 0
    runs_range final;   // of the last evaluations
    double best;        // lowest objective of any evaluation
    int64_t reached;    // runs that got to the target
    double inner_steps; // there, mean over the runs that did
    double seconds;     // likewise
} compare_row;

typedef struct compare_table {
    const runs *all;
    runs_range start; // every run's first evaluation together
    double target;    // objective to be reached; NaN: there is none
    compare_row *row; // all->groups
} compare_table;

// `wish`: the target that was asked for; NaN: halfway from the start to the best group. CLI_OK,
// or another code after one sentence and nothing to free.
int compare_make(compare_table *out, const runs *all, double wish);

void compare_free(compare_table *table);

// The table as texts, line 0 is the head and line 1 the start; COMPARE_COLUMNS cells a line,
// the last of them empty throughout if the groups need no words. To be freed; NULL without
// memory.
enum { COMPARE_COLUMNS = 11, COMPARE_CELL = RUNS_LABEL };
typedef char compare_cell[COMPARE_CELL];
compare_cell *compare_texts(const compare_table *table);

#endif // PES_CLI_COMPARE_H
