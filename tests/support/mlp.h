// A small network with random weights and a minibatch, for tests of the inner step.

#ifndef PES_TESTS_SUPPORT_MLP_H
#define PES_TESTS_SUPPORT_MLP_H

#include "problems/hyper/mlp_training/train.h"

enum { MLP_BATCH = 6, MLP_INPUTS = 7, MLP_CLASSES = 5, MLP_WIDEST = 16, MLP_MOST = 512 };
// MLP_WIDEST: floats of every row; MLP_MOST: of a block, at least

typedef struct mlp_fixture {
    pes_mlp_network network; // hidden layers of 9 and 6
    pes_mlp_scratch scratch;
    pes_mlp_values values; // no clipping, all units active, beta2 0.99, epsilon 1e-6, else 0
    pes_mlp_pass pass;     // of the last step
    pes_mlp_rule rule;     // SGD
    float *state;          // parameters, then two blocks of moments
    uint8_t label[MLP_BATCH];
} mlp_fixture;

// To be freed; the program ends if there is no memory.
float *mlp_zeros(int64_t count);

// All tensors' value.
void mlp_set(mlp_fixture *f, pes_mlp_hyper hyper, float value);

// All parameters and inputs zero, hidden layers of the given sizes; or random ones.
void mlp_open_with(mlp_fixture *f, const char *activation, const pes_int_list *sizes);
void mlp_open(mlp_fixture *f, const char *activation);
void mlp_close(mlp_fixture *f);

// One inner step on the minibatch, masks of dropout from draw number `draw`; its mean loss.
double mlp_take_step(mlp_fixture *f, const pes_kernels *kernels, uint32_t draw);

#endif // PES_TESTS_SUPPORT_MLP_H
