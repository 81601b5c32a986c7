// The settings of learned_optimizer.

#ifndef PES_PROBLEMS_LOPT_OPTIONS_H
#define PES_PROBLEMS_LOPT_OPTIONS_H

#include "problems/lopt/rule.h"
#include "problems/lopt/task_row.h"
#include "problems/nn/mlp/objective.h"

typedef struct pes_lopt_options {
    uint32_t size;
    const char *optimizer;         // a name of rule.c: the architecture
    pes_int_list optimizer_hidden; // widths of its hidden layers; empty: those of its paper
    double output_scale;           // of its last layer's first weights

    // The task, where no tables list several.
    const char *dataset;
    int64_t input_size;
    pes_int_list hidden;
    const char *activation;
    int64_t batch_size;

    pes_lopt_task_list task;   // a mixture; none: the task above
    bool normalize;            // of a mixture: losses in units of the uniform prediction's
    double loss_clip;          // most that a loss may be, in the same units; 0: no clipping
    const char *objective;     // a name of nn/mlp/objective.c
    const char *judge;         // likewise
    int64_t horizon;           // inner steps per episode
    int64_t training_images;   // 0: the data set's default; these three hold for every task
    int64_t validation_images; // likewise
    int64_t test_images;       // likewise
    int64_t digits_size;       // rows and columns of drawn digits
    uint64_t digits_seed;      // of drawn digits
    char start_file[PES_TEXT_SIZE];   // where theta starts; empty: at random
    char start_sha256[PES_TEXT_SIZE]; // that its theta must have; empty: any
} pes_lopt_options;

extern const pes_field_table pes_lopt_fields;

// What the fields' ranges cannot say. PES_E_ARGUMENT.
pes_status pes_lopt_options_check(const pes_lopt_options *options);

// The optimizer's architecture; valid after a check.
pes_lopt_shape pes_lopt_options_shape(const pes_lopt_options *options);

// How many tasks there are, at least 1; and number `index`, whose weight is at least 0.
int64_t pes_lopt_options_tasks(const pes_lopt_options *options);
pes_lopt_task_row pes_lopt_options_task(const pes_lopt_options *options, int64_t index);

#endif // PES_PROBLEMS_LOPT_OPTIONS_H
