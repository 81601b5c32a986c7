// How an optimizer with parameters theta changes a tensor: the architectures, one row each.
//
// The optimizer sees one tensor at a time: its weights, their gradient, what it has kept of
// earlier gradients, and the number of the step. A training step goes like this, with one
// pes_lopt_step for each thread:
//
//     step = (pes_lopt_step){.shape = &shape, .kernels = ..., .theta = theta, .clock = t,
//                            .prepared = ..., .scratch = ...};
//     shape.rule->begin(&step);                     // once
//     for each tensor, when its gradient is complete:
//         shape.rule->apply(&step, &tensor);
//
// Every table of kernels gives the same bits. Nothing here draws random numbers but `start`.

#ifndef PES_PROBLEMS_LOPT_RULE_H
#define PES_PROBLEMS_LOPT_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/kernels.h"
#include "problems/problems.h"

typedef struct pes_lopt_rule pes_lopt_rule;

// An architecture with its sizes: everything but theta.
typedef struct pes_lopt_shape {
    const pes_lopt_rule *rule;
    pes_int_list hidden; // widths of the network's hidden layers; hand-made rules have none
    double output_scale; // what the last layer's first weights are multiplied by
} pes_lopt_shape;

// The architecture of that name; `hidden` empty or NULL: the widths of its paper.
// PES_E_ARGUMENT with the sentence to show: no such architecture, widths that it cannot have.
pes_status pes_lopt_shape_of(pes_lopt_shape *out, const char *name, const pes_int_list *hidden,
                             double output_scale);

// A matrix of weights, or a vector (rows = 1), with what the optimizer keeps of it.
typedef struct pes_lopt_tensor {
    int64_t rows, columns,
        stride;              // floats per row >= columns; what is between them is padding:
                             // 0 in every array, it stays 0 and counts for nothing
    float *weights;          // rows x stride
    const float *gradient;   // rows x stride
    float *moment;           // the first of rule->moments blocks of rows x stride floats,
    int64_t moment_distance; // from the begin of one to that of the next, floats
    float *extra;            // pes_lopt_extra_floats(); zeros before the first step
} pes_lopt_tensor;

// One training step of one set of weights.
typedef struct pes_lopt_step {
    const pes_lopt_shape *shape;
    const pes_kernels *kernels;
    const float *theta; // pes_lopt_num_params()
    int64_t clock;      // steps before this one, 0 for an episode's first
    float *prepared;    // pes_lopt_prepared_floats(): begin() writes it, apply() reads it
    float *scratch;     // pes_lopt_scratch_floats(); nothing lives in it between calls
} pes_lopt_step;

// A part of theta that has a name and a shape of its own.
typedef struct pes_lopt_block {
    char name[PES_NAME_SIZE]; // "w0"
    int64_t rank, shape[2];   // 1 or 2 dimensions
    int64_t offset, count;    // in theta
} pes_lopt_block;

struct pes_lopt_rule {
    const char *name;
    const char *summary;         // one phrase, with the source
    pes_int_list default_hidden; // empty: a rule without a network
    int64_t moments;             // blocks as large as the weights, zeros before the first step

    int64_t (*num_params)(const pes_lopt_shape *shape);
    // Static text, or written to `room`; index within range.
    const char *(*param_name)(const pes_lopt_shape *shape, int64_t index,
                              char room[PES_NAME_SIZE]);
    void (*start)(const pes_lopt_shape *shape, uint64_t seed, float *theta);

    // Optional: part number `index`, false past the last; the parts follow each other and are
    // all of theta. Without it every parameter is one.
    bool (*block)(const pes_lopt_shape *shape, int64_t index, pes_lopt_block *out);

    // Optional: parameter `index` as people read it, exp(theta) for a logarithm, its name, and
    // from where to where a search goes, as theta.
    double (*natural)(const pes_lopt_shape *shape, int64_t index, double theta);
    const char *(*natural_name)(const pes_lopt_shape *shape, int64_t index);
    void (*search_range)(const pes_lopt_shape *shape, int64_t index, double *low, double *high);

    // Floats: NULL stands for none.
    int64_t (*extra_floats)(const pes_lopt_shape *shape, int64_t rows, int64_t columns);
    int64_t (*prepared_floats)(const pes_lopt_shape *shape);
    int64_t (*scratch_floats)(const pes_lopt_shape *shape);

    // Operations that one weight's step takes, without the gradient.
    double (*flops)(const pes_lopt_shape *shape);

    void (*begin)(const pes_lopt_step *step);
    void (*apply)(const pes_lopt_step *step, const pes_lopt_tensor *tensor);
};

// Row number `index`, NULL past the last; the row of that name, or NULL.
const pes_lopt_rule *pes_lopt_rule_get(int64_t index);
const pes_lopt_rule *pes_lopt_rule_find(const char *name);

// For PES_PROBLEM_CHOICE.
const char *pes_lopt_rule_name(int64_t index);

// What the columns of the rule say, 0 where it is NULL.
int64_t pes_lopt_num_params(const pes_lopt_shape *shape);
int64_t pes_lopt_extra_floats(const pes_lopt_shape *shape, int64_t rows, int64_t columns);
int64_t pes_lopt_prepared_floats(const pes_lopt_shape *shape);
int64_t pes_lopt_scratch_floats(const pes_lopt_shape *shape);

// Index of the first of `count` parameters that is NaN or infinite; -1: there is none.
int64_t pes_lopt_not_finite(int64_t count, const float *theta);

// What `block` says, or stands for.
enum { PES_LOPT_BLOCKS = 2 * PES_LIST_SIZE + 8 }; // at most
bool pes_lopt_block_of(const pes_lopt_shape *shape, int64_t index, pes_lopt_block *out);

// Zeros into the padding of the weights and the moments, for a rule that may have left
// something there (0 times infinity).
void pes_lopt_clear_padding(const pes_lopt_tensor *tensor, int64_t moments);

// The uses of draws (pes/noise.h) that `start` has, from PES_LOPT_DRAW_START on; a problem
// draws with others.
enum { PES_LOPT_DRAW_START = 104, PES_LOPT_DRAW_STARTS = PES_LIST_SIZE + 1 };

// The rows.
extern const pes_lopt_rule pes_lopt_sgd, pes_lopt_momentum, pes_lopt_adam,
    pes_lopt_adamw;                           // hand.c
extern const pes_lopt_rule pes_lopt_mlp;      // mlp.c
extern const pes_lopt_rule pes_lopt_factored; // factored.c

#endif // PES_PROBLEMS_LOPT_RULE_H
