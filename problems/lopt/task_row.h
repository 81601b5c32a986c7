// The settings of one table [[problem.task]]: a task of a mixture.

#ifndef PES_PROBLEMS_LOPT_TASK_ROW_H
#define PES_PROBLEMS_LOPT_TASK_ROW_H

#include "problems/data/shrink.h"
#include "problems/problem.h"

enum { PES_LOPT_TASKS = 16 };

typedef struct pes_lopt_task_row {
    double weight;          // share of the episodes, relative to the others'; 0: not given
    const char *dataset;    // images: a name of data/datasets.c
    int64_t input_size;     // rows and columns to which images are averaged; 0: as they are
    pes_int_list hidden;    // units of each hidden layer
    const char *activation; // a name of nn/mlp/activation.c
    int64_t batch_size;     // images per minibatch
} pes_lopt_task_row;

typedef struct pes_lopt_task_list {
    int64_t count;
    pes_lopt_task_row row[PES_LOPT_TASKS];
} pes_lopt_task_list;

extern const pes_field_table pes_lopt_task_row_fields;

// What a task has where nothing is said, in a table or without one.
pes_lopt_task_row pes_lopt_task_row_default(void);

// For PES_PROBLEM_CHOICE.
const char *pes_lopt_dataset_name(int64_t index);
const char *pes_lopt_activation_name(int64_t index);

// Rows of a field table for the settings of a task, in whichever struct has these members.
#define PES_LOPT_TASK_FIELDS(structure)                                                        \
    PES_PROBLEM_CHOICE(structure, dataset, pes_lopt_dataset_name, "images that are learned"),  \
        PES_PROBLEM_INT(structure, input_size, 0, PES_SHRINK_MOST, "pixels",                   \
                        "rows and columns to which images are averaged; 0: as they are"),      \
        PES_PROBLEM_FIELD(structure, hidden, INT_LIST, 1, 4096, "units",                       \
                          "sizes of the hidden layers of the network that learns", NULL),      \
        PES_PROBLEM_CHOICE(structure, activation, pes_lopt_activation_name,                    \
                           "of its hidden units"),                                             \
        PES_PROBLEM_INT(structure, batch_size, 1, 10000, "images", "size of every minibatch")

#endif // PES_PROBLEMS_LOPT_TASK_ROW_H
