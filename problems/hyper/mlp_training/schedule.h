// Courses of the learning rate over inner time. Their parameters are what theta holds, as
// logarithms. t counts inner steps from 0 for an episode's first.

#ifndef PES_PROBLEMS_MLP_SCHEDULE_H
#define PES_PROBLEMS_MLP_SCHEDULE_H

#include <stdint.h>

#include "kernels/kernels.h"

enum { PES_MLP_SCHEDULE_PARAMS = 2, PES_MLP_RATES = 64 };

typedef struct pes_mlp_schedule {
    const char *name;
    const char *summary; // the formula
    int64_t num_params;
    const char *param[PES_MLP_SCHEDULE_PARAMS]; // "log_a"
    double start[PES_MLP_SCHEDULE_PARAMS];      // default, natural units

    // rate[i] = the learning rate at step first + i, for i in 0..count - 1; count is at most
    // PES_MLP_RATES. `theta` is num_params long. Every table of kernels gives the same bits.
    void (*rates)(const pes_kernels *kernels, const float *theta, int64_t steps, int64_t first,
                  int64_t count, float *rate);
} pes_mlp_schedule;

// Row number `index`, NULL past the last; the row of that name, or NULL.
const pes_mlp_schedule *pes_mlp_schedule_get(int64_t index);
const pes_mlp_schedule *pes_mlp_schedule_find(const char *name);

#endif // PES_PROBLEMS_MLP_SCHEDULE_H
