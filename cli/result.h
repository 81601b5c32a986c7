// result.json: what came out of a run, and on what machine.

#ifndef PES_CLI_RESULT_H
#define PES_CLI_RESULT_H

#include "cli/experiment.h"

// A new JSON object. `theta` is the end, the problem knows the start; `average` is theta's
// average, or NULL.
json_t *result_json(const experiment *setup, const pes_problem *problem,
                    const pes_progress *progress, const float *theta, const float *average);

// The same of a search; `theta` is its best point.
json_t *result_search_json(const experiment *setup, const pes_problem *problem,
                           const pes_search_progress *progress, const float *theta);

// The bias that the shaping of losses causes, in one sentence; NULL without a shaping.
const char *result_shaping_bias(const experiment *setup);

// {"processor": ..., "processors": ..., "threads": ..., "kernels": ...}
json_t *result_machine(int64_t threads);

// Begin to measure the largest memory of this process anew, where the system can.
void result_reset_memory(void);

// Largest memory of this process since then, bytes.
double result_peak_memory(void);

#endif // PES_CLI_RESULT_H
