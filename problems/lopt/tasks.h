// The tasks on which an optimizer is trained: networks with their samples, and which of them an
// episode has.
//
// A particle that trains a task's network is, one behind the other,
//
//     the network's block of weights (nn/mlp/network.h), a block of the same size for each of
//     the optimizer's moments, and what it keeps besides of each tensor
//
// and nothing else: which task it is follows from the particle's stream. States of all tasks
// have the size of the largest.

#ifndef PES_PROBLEMS_LOPT_TASKS_H
#define PES_PROBLEMS_LOPT_TASKS_H

#include "problems/lopt/options.h"
#include "problems/nn/mlp/samples.h"

typedef struct pes_lopt_task {
    pes_mlp_network network;
    const pes_mlp_samples *samples;
    int64_t batch;                     // images per minibatch
    float share;                       // of the episodes, this task's and those before it
    double probability;                // of the episodes, this task's alone
    double unit;                       // losses are divided by
    double most;                       // a loss's, once divided; infinite: no clipping
    int64_t extra[2 * PES_MLP_LAYERS]; // where tensor t's begins in a state, floats; tensor 2 l
                                       // is the weights of layer l, 2 l + 1 its biases
    int64_t floats;                    // of a state
} pes_lopt_task;

typedef struct pes_lopt_tasks {
    int64_t count;
    pes_lopt_task task[PES_LOPT_TASKS];
    int64_t sets;
    pes_mlp_samples set[PES_LOPT_TASKS]; // owned; tasks share what is the same, or borrow
    int64_t state_floats;                // of the largest state, in whole cache lines
} pes_lopt_tasks;

// Tasks whose images may be used by others' tasks while they are open.
typedef struct pes_lopt_lender {
    const pes_lopt_options *options;
    const pes_lopt_tasks *tasks;
} pes_lopt_lender;

// `lender` may be NULL. As pes_mlp_samples_of_images(), and PES_E_ARGUMENT for minibatches that
// are larger than a part; then nothing is owned.
pes_status pes_lopt_tasks_load(pes_lopt_tasks *out, const pes_lopt_options *options,
                               const pes_data_folders *data, const pes_lopt_lender *lender);
void pes_lopt_tasks_release(pes_lopt_tasks *tasks);

// The task of an episode, drawn with the stream's use `use`.
const pes_lopt_task *pes_lopt_tasks_draw(const pes_lopt_tasks *tasks, const pes_stream *stream,
                                         uint32_t use);

// Weights and biases of the task's network, without padding; and those of its largest tensor
// with padding.
int64_t pes_lopt_task_weights(const pes_lopt_task *task);
int64_t pes_lopt_task_largest(const pes_lopt_task *task);

#endif // PES_PROBLEMS_LOPT_TASKS_H
