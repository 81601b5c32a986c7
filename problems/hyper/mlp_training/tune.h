// What theta means: which hyperparameters it holds, of which tensors, as which courses.
//
// A tune is made of the settings alone. Its rows follow each other in theta; a row is targets x
// params: a target is a tensor, a layer or everything, a parameter one of the schedule's.
//
// Parameters are named <transform>_<hyperparameter>[.<target>][.<parameter>]:
//
//     log_learning_rate             everything has it
//     log_learning_rate.w0          weights of the first layer; .b0 its biases, .layer0 both,
//                                   .weights and .biases those of all layers
//     logit_active_units.h1         outputs of the second hidden layer
//     log_learning_rate.w0.a        parameter a of its schedule; .k3 the fourth knot
//
// Without any table [[problem.tune]] theta is the learning rate's schedule alone, and its
// parameters are named after the formula: log_a, log_b.

#ifndef PES_PROBLEMS_MLP_TUNE_H
#define PES_PROBLEMS_MLP_TUNE_H

#include "pes/noise.h"
#include "problems/hyper/mlp_training/hyper.h"
#include "problems/hyper/mlp_training/options.h"
#include "problems/hyper/mlp_training/schedule.h"

// What the start of theta is drawn with, pes/noise.h.
enum { PES_MLP_DRAW_START = PES_NOISE_USES - 1 };

// One hyperparameter in theta.
typedef struct pes_mlp_tuned {
    const pes_mlp_tune_row *given; // NULL: the learning rate that is tuned alone
    int64_t number;                // of its table, from 0
    pes_mlp_hyper hyper;
    const pes_mlp_schedule *schedule;
    pes_mlp_course course;
    const pes_real_list *start;     // as given; empty: from other settings
    double low, high;               // bounds, natural units
    int64_t offset;                 // of its first parameter in theta
    int8_t target[PES_MLP_TARGETS]; // of each tensor; -1: not tuned
    int8_t tensor[PES_MLP_TARGETS]; // the first tensor of each target
} pes_mlp_tuned;

typedef struct pes_mlp_tune {
    int64_t count;
    pes_mlp_tuned row[PES_MLP_TUNES];
    int64_t num_params;
    bool moves;           // a value depends on time
    pes_mlp_values fixed; // what is not tuned, from the settings
} pes_mlp_tune;

// The tune of these settings, which must outlive it. Rows that a check would refuse may be left
// out.
void pes_mlp_tune_make(pes_mlp_tune *out, const pes_mlp_options *options);

// Are the tables [[problem.tune]] right, one by one and together? PES_E_ARGUMENT.
pes_status pes_mlp_tune_check(const pes_mlp_options *options);

// The values at an inner step. Every table of kernels gives the same bits. Where the tune does
// not move they hold for all steps.
void pes_mlp_tune_values(const pes_mlp_tune *tune, const pes_kernels *kernels,
                         const float *theta, int64_t clock, pes_mlp_values *out);

// Is the hyperparameter, or can it become, other than `absent` everywhere?
bool pes_mlp_tune_may_have(const pes_mlp_tune *tune, pes_mlp_hyper hyper, float absent);

// The row that parameter `index` belongs to, and where it is in the row; NULL past the last.
const pes_mlp_tuned *pes_mlp_tune_find(const pes_mlp_tune *tune, int64_t index, int64_t *target,
                                       int64_t *param);

// ---- for people: tune_name.c ----------------------------------------------------------------

// The name of parameter `index`, as theta or, `natural`, as people read it; NULL past the last.
const char *pes_mlp_tune_name(const pes_mlp_tune *tune, int64_t index, bool natural,
                              char room[PES_NAME_SIZE]);
double pes_mlp_tune_natural(const pes_mlp_tune *tune, int64_t index, double theta);

// One curve for each target of each row.
bool pes_mlp_tune_curve(const pes_mlp_tune *tune, int64_t index, pes_problem_curve *out);
double pes_mlp_tune_curve_at(const pes_mlp_tune *tune, int64_t index, const float *theta,
                             int64_t t);

// ---- where runs and searches begin: tune_start.c --------------------------------------------

// What the settings say of the start of parameter number `within` of a row, natural units. The
// list of starts may be of any length.
double pes_mlp_tune_start_value(const pes_mlp_tune *tune, const pes_mlp_tuned *row,
                                int64_t within);

// The theta of a value of parameter number `param` of the row's schedule; not finite where
// there is none.
float pes_mlp_tune_inverse(const pes_mlp_tuned *row, int64_t param, double value);

// The start of a run with that seed: num_params.
void pes_mlp_tune_start(const pes_mlp_tune *tune, uint64_t seed, float *theta);

// From where to where a search goes, as theta; false past the last parameter.
bool pes_mlp_tune_search_range(const pes_mlp_tune *tune, int64_t index, double *low,
                               double *high);

#endif // PES_PROBLEMS_MLP_TUNE_H
