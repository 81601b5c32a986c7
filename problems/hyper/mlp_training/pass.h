// A forward pass over a minibatch, and who takes part in it.
//
// Of a hidden layer of n units with the share m of active ones, units j < floor(m n) take part:
// the others might as well not exist, and products leave them out. With dropout at
// probability p, which is for training only, a unit's output is 0 with that probability, and
// otherwise divided by 1 - p (Srivastava et al. 2014, in the inverted form); every unit and
// every row of the minibatch is drawn for itself.

#ifndef PES_PROBLEMS_MLP_PASS_H
#define PES_PROBLEMS_MLP_PASS_H

#include <stdbool.h>
#include <stdint.h>

#include "problems/hyper/mlp_training/values.h"

// What a pass needs beside the parameters; one per thread. Rows are of the minibatch.
typedef struct pes_mlp_scratch {
    float *input;                  // batch x input_stride
    float *output[PES_MLP_LAYERS]; // batch x stride of the layer
    float *kept[PES_MLP_LAYERS];   // likewise, of hidden layers if the activation `keeps`
    float *mask[PES_MLP_LAYERS];   // likewise, of hidden layers if there may be dropout
    float *gradient[2];            // batch x the widest stride
    float *block;                  // a block of the network: the gradient of the parameters
    float *normal;                 // pes_mlp_network_normals()
    uint8_t *label;                // batch; of classes
    float *target;                 // batch; of a regression, otherwise NULL
    int32_t *index;                // batch
} pes_mlp_scratch;

typedef struct pes_mlp_pass {
    const pes_mlp_network *network;
    const pes_kernels *kernels;
    const pes_mlp_scratch *scratch;
    int64_t batch;                     // rows
    int64_t units[PES_MLP_LAYERS + 1]; // that take part: of the inputs, of each layer's outputs
    bool drops[PES_MLP_LAYERS]; // a hidden layer's outputs are to be multiplied by its mask
} pes_mlp_pass;

// A pass with the active units that the values say, without dropout.
pes_mlp_pass pes_mlp_pass_of(const pes_mlp_network *network, const pes_kernels *kernels,
                             const pes_mlp_scratch *scratch, int64_t batch,
                             const pes_mlp_values *values);

// Draw the masks of dropout where the values want some. Layer l draws with use `use` + l. A
// unit that is dropped at one probability is dropped at every higher one, so that the halves of
// an antithetic pair differ by no more than they must.
void pes_mlp_pass_drop(pes_mlp_pass *pass, const pes_stream *stream, uint32_t use,
                       uint32_t step, const pes_mlp_values *values);

// The same pass without dropout.
void pes_mlp_pass_keep(pes_mlp_pass *pass);

// From scratch->input to the last layer's output, the logits.
void pes_mlp_forward(const pes_mlp_pass *pass, const float *parameters);

// x <- x * mask of hidden layer `layer`, over the units that take part; what is dropped becomes
// 0 whatever it was. For outputs on the way up, and for gradients on the way back.
void pes_mlp_pass_mask(const pes_mlp_pass *pass, int64_t layer, float *x);

#endif // PES_PROBLEMS_MLP_PASS_H
