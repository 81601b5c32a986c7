// Driving one run in its folder, from whatever state it is in to its result.

#ifndef PES_CLI_DRIVE_H
#define PES_CLI_DRIVE_H

#include <stdbool.h>

#include "cli/experiment.h"
#include "cli/folder.h"

typedef struct drive_options {
    const char *data;   // --data, or NULL
    const char *label;  // before progress lines; ""
    const char *resume; // folder to name in "continue with: pes resume"; NULL: the run's own
    bool quiet;
} drive_options;

// Opens the problem and builds a trainer that writes nowhere: are the settings good? CLI_OK, or
// the exit code after a sentence.
int drive_check(experiment *setup, const drive_options *how);

// Runs the experiment in its locked folder: from its start if `fresh` (then experiment.toml is
// written first), else from the newest checkpoint. At the end there is a result.json, whose
// content is handed out in *result. CLI_OK, CLI_FAILED, CLI_USAGE (settings, data) or
// CLI_INTERRUPTED, each after its sentence.
int drive_run(experiment *setup, run_folder *folder, bool fresh, const drive_options *how,
              json_t **result);

// The result.json of a folder, or NULL if there is none that can be read.
json_t *drive_result(const char *folder);

// What a result says, for people, to stdout.
void drive_print_result(const json_t *result, const char *folder);

#endif // PES_CLI_DRIVE_H
