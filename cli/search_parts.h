// The parts of a search from an experiment: its settings, and the problem's range where they
// give none.

#ifndef PES_CLI_SEARCH_PARTS_H
#define PES_CLI_SEARCH_PARTS_H

#include "cli/experiment.h"

typedef struct search_parts {
    pes_search_parts parts; // no directory
    double *low;            // num_params, or NULL
    double *high;
} search_parts;

// Points into the experiment and the problem. PES_E_ARGUMENT if halving could not tell points
// apart, PES_E_MEMORY; the caller frees it in any case.
pes_status search_parts_make(search_parts *out, const experiment *setup,
                             const pes_problem *problem);
void search_parts_free(search_parts *parts);

#endif // PES_CLI_SEARCH_PARTS_H
