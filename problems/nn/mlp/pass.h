// A forward pass over a minibatch, and the loss that comes of it.
//
// Not all units need take part: of each layer the first ones do, the others might as well not
// exist, and products leave them out. Outputs of hidden layers may be multiplied by masks,
// which is how dropout is done.

#ifndef PES_PROBLEMS_MLP_PASS_H
#define PES_PROBLEMS_MLP_PASS_H

#include <stdbool.h>
#include <stdint.h>

#include "problems/nn/mlp/scratch.h"

typedef struct pes_mlp_pass {
    const pes_mlp_network *network;
    const pes_kernels *kernels;
    const pes_mlp_scratch *scratch;
    int64_t batch;                     // rows
    int64_t units[PES_MLP_LAYERS + 1]; // that take part: of the inputs, of each layer's outputs
    bool drops[PES_MLP_LAYERS]; // a hidden layer's outputs are to be multiplied by its mask
} pes_mlp_pass;

// A pass in which all units take part, without masks.
pes_mlp_pass pes_mlp_pass_whole(const pes_mlp_network *network, const pes_kernels *kernels,
                                const pes_mlp_scratch *scratch, int64_t batch);

// The same pass without masks.
void pes_mlp_pass_keep(pes_mlp_pass *pass);

// From scratch->input to the last layer's output, the logits.
void pes_mlp_forward(const pes_mlp_pass *pass, const float *parameters);

// x <- x * mask of hidden layer `layer`, over the units that take part; what is dropped becomes
// 0 whatever it was. For outputs on the way up, and for gradients on the way back.
void pes_mlp_pass_mask(const pes_mlp_pass *pass, int64_t layer, float *x);

// The forward pass of the samples in the scratch and what came of it; the gradient of their
// mean loss by the last layer's outputs where `gradient` is not NULL.
pes_kernels_hits pes_mlp_measure(const pes_mlp_pass *pass, const float *parameters,
                                 float *gradient);

#endif // PES_PROBLEMS_MLP_PASS_H
