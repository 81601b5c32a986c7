// Hyperparameters as lists in Python: an entry for each tensor, a number or a function of time.

#ifndef PES_PROBLEMS_MLP_PYTORCH_VALUES_H
#define PES_PROBLEMS_MLP_PYTORCH_VALUES_H

#include <stdio.h>

#include "problems/hyper/mlp_training/tune.h"

// Where lists are written, and of what.
typedef struct pes_mlp_listing {
    FILE *out;
    const pes_mlp_tune *tune;
    const float *theta; // tune->num_params
} pes_mlp_listing;

// As Python reads it: math.inf, too.
void pes_mlp_print_number(FILE *out, double x);

// The value of one tensor: "0.1", or "lambda t: linear(t, 0.1, 0.01)".
void pes_mlp_print_entry(const pes_mlp_listing *list, pes_mlp_hyper hyper, int64_t tensor);

// NAME = [entry] * 6, or one entry a line with the tensor's name behind it: entries of tensor
// 0, stride, 2 stride, ..., of which there are `count`. A stride of 2 stands for hidden layers.
void pes_mlp_print_list(const pes_mlp_listing *list, pes_mlp_hyper hyper, const char *name,
                        int64_t stride, int64_t count);

#endif // PES_PROBLEMS_MLP_PYTORCH_VALUES_H
