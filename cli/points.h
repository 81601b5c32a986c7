// Places in the space of theta that belong to a run: its end, the best that it evaluated, its
// average, its start; and others that the user names.

#ifndef PES_CLI_POINTS_H
#define PES_CLI_POINTS_H

#include "cli/cli.h"
#include "cli/experiment.h"

enum { POINTS_MOST = CLI_TEXTS + 4, POINTS_LABEL = 64 };

typedef struct run_point {
    char label[POINTS_LABEL]; // "end", "best", "average", "start", or the user's
    double update;            // of the run; NaN where that is not known
    float *theta;             // params, owned
} run_point;

// The end comes first and the start last; best and average, where there is one, are between
// them, and behind these the user's.
typedef struct run_points {
    const char *folder; // of the run
    int64_t params;     // of the problem
    int64_t count;
    run_point point[POINTS_MOST];
    void *begun;   // common_bytes of the system that the start has; NULL: there are none
    void *learned; // that the other points have, once points_prepare() has read them
} run_points;

// `given`: "NAME=0.1,-2" or "NAME=DIR" each, the end of another run of the same problem. Where
// particles learn something in common, best and average are left out and other runs refused:
// what they had learned is not known. CLI_OK, or another code after one sentence; to be freed
// in any case.
int points_find(run_points *out, const char *folder, const experiment *setup,
                const pes_problem *problem, const cli_texts *given);
void points_free(run_points *points);

// Gives the problem, or another of the same kind, what particles had learned in common at point
// `index`: at the start nothing yet, at the others what the run's newest checkpoint has.
// CLI_OK, or another code after one sentence.
int points_prepare(run_points *points, int64_t index, pes_problem *problem);

// Are two points at one place?
bool points_same(const run_points *points, int64_t i, int64_t k);

// The number of the point with this label; -1 after one sentence that names those there are.
int64_t points_index(const run_points *points, const char *label);

// Takes one out of the list.
void points_drop(run_points *points, int64_t index);

#endif // PES_CLI_POINTS_H
