// The settings of mlp_training.

#ifndef PES_PROBLEMS_MLP_OPTIONS_H
#define PES_PROBLEMS_MLP_OPTIONS_H

#include "problems/data/datasets.h"
#include "problems/hyper/mlp_training/schedule.h"
#include "problems/hyper/mlp_training/tune_row.h"
#include "problems/nn/mlp/objective.h"
#include "problems/problem.h"

typedef struct pes_mlp_options {
    uint32_t size;
    const char *dataset;         // a name of data/datasets.c
    pes_int_list hidden;         // units of each hidden layer
    int64_t batch_size;          // images per minibatch
    double momentum;             // of the inner SGD, 0..1
    const char *schedule;        // a name of schedule.c
    int64_t schedule_steps;      // its time constant, inner steps; 0: the horizon
    pes_real_list start;         // the schedule's parameters, natural units; empty: its own
    const char *objective;       // a name of objective.c
    int64_t horizon;             // inner steps per episode
    int64_t training_images;     // 0: the data set's default
    int64_t validation_images;   // 0: the data set's default
    int64_t digits_size;         // rows and columns of drawn digits
    uint64_t digits_seed;        // of drawn digits
    int64_t test_images;         // 0: the data set's default
    const char *judge;           // a name of objective.c
    const char *inner_optimizer; // a name of optimizer.c
    const char *activation;      // a name of activation.c
    bool zero_nonfinite;         // what is not finite in an inner gradient counts as 0

    int64_t input_size; // rows and columns to which images are averaged; 0: as they are

    // Of a table.
    char table[PES_TEXT_SIZE];        // path
    const char *task;                 // "classification", "regression"
    char target[PES_TEXT_SIZE];       // column: a name, or a number from 1; empty: the last
    uint64_t split_seed;              // of the order of rows
    char table_sha256[PES_TEXT_SIZE]; // that the file must have; empty: any

    // Hyperparameters that are not tuned, and those that are.
    double learning_rate;   // where tables in `tune` leave it fixed
    double beta2;           // decay of the running mean of squared gradients, 0..1
    double epsilon;         // added to its root
    double weight_decay;    // decoupled: w <- w - rate decay w
    double l2;              // g <- g + l2 w
    double clip_norm;       // largest norm of a gradient; 0: no clipping
    double label_smoothing; // share of a label that all classes get alike, 0..1
    double dropout;         // share of hidden units that a training step leaves out
    double active_units;    // share of hidden units that take part at all, 0..1
    pes_mlp_tune_list tune; // what theta holds; none: the learning rate's schedule
} pes_mlp_options;

extern const pes_field_table pes_mlp_fields;

// What the fields' ranges cannot say. PES_E_ARGUMENT.
pes_status pes_mlp_options_check(const pes_mlp_options *options);

// Is the data set a table, and are its targets numbers?
bool pes_mlp_options_use_table(const pes_mlp_options *options);
bool pes_mlp_options_is_regression(const pes_mlp_options *options);

// The rows that the names mean; valid after a check. The data set is NULL for a table.
const pes_dataset *pes_mlp_options_dataset(const pes_mlp_options *options);
const pes_mlp_schedule *pes_mlp_options_schedule(const pes_mlp_options *options);
const pes_mlp_objective *pes_mlp_options_objective(const pes_mlp_options *options);

// The schedule's time constant, inner steps.
int64_t pes_mlp_options_schedule_steps(const pes_mlp_options *options);

#endif // PES_PROBLEMS_MLP_OPTIONS_H
