// A result beside its rivals: `pes evaluate --rivals`.
//
// On every ground (the task of the run, then tasks that it has not seen) the run's end and each
// rival go through the same M episodes. A rival's number, a learning rate, is chosen on the
// ground itself, out of a whole row: the one whose validation loss is least on average over a
// few other episodes. What is reported of it are the M episodes, which have not chosen.

#ifndef PES_CLI_CONTEST_H
#define PES_CLI_CONTEST_H

#include "cli/evaluate.h"

enum {
    CONTEST_GROUNDS = 8,
    CONTEST_ENTRIES = 16,
    CONTEST_RIVALS = 6,
    CONTEST_CHOICE_EPISODES = 3
};

// One that takes part on a ground.
typedef struct contest_entry {
    char name[POINTS_LABEL];                  // "trained", "adam"
    double number;                            // the learning rate; NaN: it has none
    float *theta;                             // the run's end, or what was chosen; owned
    bool at_edge;                             // it is the first or the last of its row
    evaluate_sample value[EVALUATE_MEASURES]; // of each measure
    double *curve; // steps: the loss of an inner step, mean over episodes; owned
} contest_entry;

typedef struct contest_ground {
    pes_problem_ground what;
    int64_t steps; // inner steps of an episode
    int64_t entries;
    contest_entry entry[CONTEST_ENTRIES];
} contest_ground;

typedef struct contest {
    const char *folder;   // of the run
    const cli_texts *set; // settings that are to be others
    const char *data;     // --data, or NULL
    int64_t episodes;     // M
    int64_t threads;
    const char *sought; // "learning rate"; NULL without rivals
    int64_t choices;    // in a rival's row
    const run_points *points;
    int64_t given; // of the points
    int64_t measures;
    const char *measure[EVALUATE_MEASURES]; // names; the first is the objective
    int64_t missing;                        // grounds whose data are not on this machine
    int64_t grounds;
    contest_ground ground[CONTEST_GROUNDS];
} contest;

// Fills the grounds; one whose data are not there is left out after a sentence. `setup` is the
// run's; what it trained is its end, the first of `points`, beside the last `given` of them
// before the start. CLI_OK, or another code after one sentence; to be freed in any case.
int contest_run(contest *out, const experiment *setup, const run_points *points, int64_t given);
void contest_free(contest *c);

// As a table, as one JSON object an entry, and as a picture of the inner training. The first
// two return as cli_flush(), the last as plot_picture().
int contest_print(const contest *c);
int contest_print_json(const contest *c);
int contest_plot(contest *c, const char *output);

#endif // PES_CLI_CONTEST_H
