// Finished and unfinished runs, read back from their folders: what plot and compare are made
// of.
//
// A run's folder holds experiment.toml, log.jsonl (a row for each logged update),
// evaluations.jsonl (the true objective at theta) and, once it has ended, result.json. Runs
// whose settings agree apart from the seed are one group.

#ifndef PES_CLI_RUNS_H
#define PES_CLI_RUNS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/experiment.h"

enum { RUNS_LABEL = 160 };

// One line of log.jsonl or evaluations.jsonl.
typedef struct runs_row {
    double update;
    double inner_steps; // all particles together, evaluations not counted
    double value;       // training loss estimate, or objective; NaN where it was not finite
    double seconds;     // wall time of the run
} runs_row;

typedef struct runs_rows {
    int64_t count;
    int64_t params; // numbers of theta in a row; 0: rows of this file have none
    runs_row *row;  // count
    float *theta;   // count x params, or NULL
} runs_rows;

typedef struct runs_run {
    char *folder;
    experiment setup;
    runs_rows log;
    runs_rows evaluations;
    bool finished;    // result.json says so
    char *key;        // every setting but the seed, and the variant
    json_t *settings; // the same as JSON
    int64_t group;    // number of its group
} runs_run;

// Runs that differ in the seed only. Groups of one family are told apart by their settings: of
// one variant where they are of a sweep that has some, else of one method.
typedef struct runs_group {
    const runs_run **run; // count
    int64_t count;
    const char *method;     // its name: "pes", "random"
    bool is_search;         // of a search, which has points and no updates
    const char *variant;    // name of the variant that all of its runs are; NULL: none
    char label[RUNS_LABEL]; // "PES, truncation = 10": variant or title, what sets it apart
    char extra[RUNS_LABEL]; // "sigma = 0.3": what sets it apart but method, N and K, after the
                            // variant; or ""
} runs_group;

typedef struct runs {
    int64_t count;
    runs_run *run; // count
    int64_t groups;
    runs_group *group; // groups, in the order in which they were met
} runs;

// Reads the runs in the folders that the user named, runs themselves or sweeps. All must be of
// one problem and report one objective. CLI_OK, or another exit code after one sentence and
// nothing to free.
int runs_read(runs *out, int64_t count, const char *const *folder);

void runs_free(runs *all);

// What a run's evaluations report: "sum", "mean" or "final".
const char *runs_objective(const experiment *setup);

// The last evaluation's objective, and the first one's; NaN without evaluations.
double runs_final(const runs_run *run);
double runs_start(const runs_run *run);

// Mean and range of `count` numbers; a NaN among them makes the mean NaN and is left out of the
// range. NaN for none.
typedef struct runs_range {
    double mean;
    double least;
    double most;
} runs_range;
runs_range runs_range_of(int64_t count, const double *x);

// The runs' values at one update that they have in common, as far as each of them goes.
// `inner_steps` is the mean of the runs that have a row there.
typedef struct runs_point {
    double update;
    double inner_steps;
    runs_range value;
} runs_point;
int64_t runs_group_points(const runs_group *group, runs_point **out); // count; -1: no memory

// The best objective so far: the lowest of a run's evaluations up to so many inner steps, or
// seconds; NaN before the first finite one. And of a group: at every place where some run was
// evaluated, from where all of its runs have one; a run that ended before keeps what it had.
typedef enum runs_axis { RUNS_INNER_STEPS, RUNS_SECONDS } runs_axis;
typedef struct runs_best {
    double at; // inner steps or seconds
    runs_range value;
} runs_best;
double runs_best_at(const runs_run *run, runs_axis axis, double at);
int64_t runs_group_best(const runs_group *group, runs_axis axis, runs_best **out); // as above

// For the readers of this room: rows of one file. CLI_OK, or another code after one sentence.
int runs_read_rows(runs_rows *out, const char *folder, const char *file, const char *key);

void runs_free_rows(runs_rows *rows);

// Does the group's method look at this setting?
bool runs_looks_at(const runs_group *group, const char *table, const char *key);

// Makes the groups and their labels. CLI_OK, or another code after one sentence.
int runs_make_groups(runs *all);

#endif // PES_CLI_RUNS_H
