// The parameters that a run has come to, and what its particles have learned in common, out of
// its folder.

#ifndef PES_CLI_THETA_H
#define PES_CLI_THETA_H

#include "cli/cli.h"
#include "problems/problems.h"

// The end of a finished run, into `theta` (num_params): from its result.json. CLI_GO if there
// is none; CLI_OK; or CLI_USAGE after one sentence.
int theta_of_result(const char *folder, int64_t num_params, float *theta);

// The average of theta of a finished run, likewise.
int theta_average_of_result(const char *folder, int64_t num_params, float *average);

// The same for a run at any time: its end, or else its newest checkpoint that can be read.
int theta_of_run(const char *folder, int64_t num_params, float *theta);

// Give a problem what a run's particles have learned in common, such as the mean of what they
// see: from the newest checkpoint that can be read. CLI_OK, also where there is nothing of the
// kind; or another code after one sentence.
int theta_common_of_run(const char *folder, pes_problem *problem);

#endif // PES_CLI_THETA_H
