// A sweep: the runs of a grid one after the other, each in a folder inside the sweep's own.

#ifndef PES_CLI_CAMPAIGN_H
#define PES_CLI_CAMPAIGN_H

#include "cli/drive.h"

// Are the settings of every run good? CLI_OK, or the exit code after a sentence.
int campaign_check(const experiment *grid, const drive_options *how);

// Writes the sweep's experiment.toml into its folder.
int campaign_begin(const experiment *grid, const run_folder *folder);

// Runs what has no result yet, goes on with what was begun, and writes sweep.json. A run that
// fails is noted and does not keep the others from running. CLI_OK, CLI_FAILED (some failed),
// CLI_INTERRUPTED. *summary is the content of sweep.json, or NULL.
int campaign_run(const experiment *grid, const run_folder *folder, const drive_options *how,
                 json_t **summary);

// Every run has its result, and the summary is there: *summary is it, else NULL.
json_t *campaign_result(const experiment *grid, const char *folder);

// The last words of a command on stdout: a run's result or a sweep's summary (NULL: none; the
// reference is taken). Returns `code`, or CLI_FAILED if stdout is full.
int campaign_finish(int code, json_t *end, const char *folder, bool quiet, bool json);

#endif // PES_CLI_CAMPAIGN_H
