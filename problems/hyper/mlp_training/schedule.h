// Courses of a hyperparameter over inner time. Their parameters are what theta holds: values of
// the hyperparameter, as its transform has them, and exponents, as logarithms. t counts inner
// steps from 0 for an episode's first.

#ifndef PES_PROBLEMS_MLP_SCHEDULE_H
#define PES_PROBLEMS_MLP_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/kernels.h"
#include "problems/hyper/mlp_training/transform.h"

enum { PES_MLP_SCHEDULE_PARAMS = 2, PES_MLP_KNOTS = PES_LIST_SIZE };

// Several values that follow one schedule, each with parameters of its own.
typedef struct pes_mlp_course {
    const pes_mlp_transform *transform;
    pes_mlp_bounds bounds;
    int64_t targets; // values, 1..PES_MLP_TARGETS
    int64_t params;  // of each
    int64_t steps;   // T: the time constant, inner steps, >= 1
} pes_mlp_course;

typedef struct pes_mlp_schedule {
    const char *name;
    const char *summary;                         // the formula
    int64_t num_params;                          // of each value; 0: as many as there are knots
    bool constant;                               // the same at all times
    const char *letter[PES_MLP_SCHEDULE_PARAMS]; // what the formula calls a parameter
    bool is_exponent[PES_MLP_SCHEDULE_PARAMS];   // exp(theta), whatever the transform
    double rate_start[PES_MLP_SCHEDULE_PARAMS];  // default for the learning rate where it is
                                                 // tuned alone, natural units

    // value[i] at inner step t, for each of the targets. theta: targets x params. Every table
    // of kernels gives the same bits.
    void (*values)(const pes_kernels *kernels, const pes_mlp_course *course, const float *theta,
                   int64_t t, float *value);
} pes_mlp_schedule;

// Row number `index`, NULL past the last; the row of that name, or NULL.
const pes_mlp_schedule *pes_mlp_schedule_get(int64_t index);
const pes_mlp_schedule *pes_mlp_schedule_find(const char *name);

// Does parameter number `param` hold an exponent?
bool pes_mlp_schedule_is_exponent(const pes_mlp_schedule *schedule, int64_t param);

#endif // PES_PROBLEMS_MLP_SCHEDULE_H
