// A multilayer perceptron: ReLU between its layers, softmax cross-entropy on top.
//
// All of a network's parameters lie in one block of floats, layer by layer: weights (in x out),
// then biases (out). Every row is padded with zeros to whole cache lines, and so are the rows
// of activations, so that products run over aligned vectors; the padding stays zero. A particle
// is two such blocks: the parameters, and their velocities.

#ifndef PES_PROBLEMS_MLP_NETWORK_H
#define PES_PROBLEMS_MLP_NETWORK_H

#include <stdint.h>

#include "kernels/kernels.h"
#include "pes/noise.h"
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
} pes_mlp_network;

// What a pass needs beside the parameters; one per thread. Rows are images.
typedef struct pes_mlp_scratch {
    float *input;                  // batch x input_stride
    float *output[PES_MLP_LAYERS]; // batch x stride of the layer
    float *gradient[2];            // batch x the widest stride
    float *normal;                 // pes_mlp_network_normals()
    uint8_t *label;                // batch
    int32_t *index;                // batch
} pes_mlp_scratch;

// One step of SGD with momentum: v <- momentum v + g, w <- w - rate v.
typedef struct pes_mlp_sgd {
    float rate;
    float momentum;
} pes_mlp_sgd;

pes_mlp_network pes_mlp_network_shape(int64_t inputs, const pes_int_list *hidden,
                                      int64_t outputs);

// Floats of scratch->normal.
int64_t pes_mlp_network_normals(const pes_mlp_network *network);

// Useful operations of a forward pass of `batch` images; and of what a training step adds.
double pes_mlp_network_forward_flops(const pes_mlp_network *network, int64_t batch);
double pes_mlp_network_backward_flops(const pes_mlp_network *network, int64_t batch);

// Weights: normal with standard deviation 1/sqrt(in), cut at two of them; biases zero. Layer l
// draws with use `use` + l.
void pes_mlp_network_init(const pes_mlp_network *network, const pes_stream *stream,
                          uint32_t use, float *normal, float *parameters);

// From scratch->input to the last layer's output, the logits.
void pes_mlp_network_forward(const pes_mlp_network *network, const pes_kernels *kernels,
                             int64_t batch, const float *parameters,
                             const pes_mlp_scratch *scratch);

// After a forward pass: back from the gradient of the logits, which is in scratch->gradient[0]
// (batch x the last layer's stride), updating parameters and velocities on the way.
void pes_mlp_network_train(const pes_mlp_network *network, const pes_kernels *kernels,
                           int64_t batch, pes_mlp_sgd sgd, float *parameters, float *velocity,
                           const pes_mlp_scratch *scratch);

#endif // PES_PROBLEMS_MLP_NETWORK_H
