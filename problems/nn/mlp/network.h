// A multilayer perceptron: an activation between its layers, logits on top.
//
// All of a network's parameters lie in one block of floats, layer by layer: weights (in x out),
// then biases (out). Every row is padded with zeros to whole cache lines, and so are the rows
// of activations, so that products run over aligned vectors; the padding stays zero. A particle
// is a block of parameters and, behind it, a block for each moment of the inner optimizer.

#ifndef PES_PROBLEMS_MLP_NETWORK_H
#define PES_PROBLEMS_MLP_NETWORK_H

#include <stdint.h>

#include "kernels/kernels.h"
#include "pes/noise.h"
#include "problems/nn/mlp/activation.h"
#include "problems/problems.h"

enum { PES_MLP_LAYERS = PES_LIST_SIZE + 1, PES_MLP_LINE = 16 }; // floats in a cache line

// From `in` to `out` units.
typedef struct pes_mlp_layer {
    int64_t in;
    int64_t out;
    int64_t stride;  // floats per row of weights and of outputs, a multiple of PES_MLP_LINE
    int64_t weights; // where they begin in a block, floats: in x stride
    int64_t biases;  // where they begin in a block, floats: stride
} pes_mlp_layer;

typedef struct pes_mlp_network {
    int64_t inputs;       // units
    int64_t input_stride; // floats per row of inputs
    int64_t layers;
    pes_mlp_layer layer[PES_MLP_LAYERS];
    int64_t floats; // of a block
    const pes_mlp_activation *activation;
} pes_mlp_network;

// With the activation of the first row of its table.
pes_mlp_network pes_mlp_network_shape(int64_t inputs, const pes_int_list *hidden,
                                      int64_t outputs);

// Floats that pes_mlp_network_init() wants in `normal`.
int64_t pes_mlp_network_normals(const pes_mlp_network *network);

// Useful operations of a forward pass of `batch` images; and of what a training step adds.
double pes_mlp_network_forward_flops(const pes_mlp_network *network, int64_t batch);
double pes_mlp_network_backward_flops(const pes_mlp_network *network, int64_t batch);

// Weights: normal with standard deviation 1/sqrt(in), cut at two of them; biases zero. Layer l
// draws with use `use` + l.
void pes_mlp_network_init(const pes_mlp_network *network, const pes_stream *stream,
                          uint32_t use, float *normal, float *parameters);

#endif // PES_PROBLEMS_MLP_NETWORK_H
