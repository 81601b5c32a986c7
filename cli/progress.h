// How a run is doing: one line that renews itself on a terminal, a line now and then elsewhere.

#ifndef PES_CLI_PROGRESS_H
#define PES_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/pace.h"
#include "pes/trainer.h"

typedef struct progress {
    const char *label;    // "pes-10-seed1 (2 of 9): ", or ""
    const char *unit;     // what is counted: "update"
    bool quiet;           // say nothing
    bool on_terminal;     // stderr is one
    int64_t inner_limit;  // the run's inner_steps; 0: none
    double printed;       // seconds of the clock, at the last line
    int64_t first_update; // at the first report of this sitting
    pace pace;
} progress;

progress progress_begin(const char *label, bool quiet, int64_t inner_limit);

// Called after every update; prints when it is time.
void progress_report(progress *line, const pes_progress *now);

// Leaves the terminal's line clean.
void progress_end(progress *line);

#endif // PES_CLI_PROGRESS_H
