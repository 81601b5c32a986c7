// Where a pass puts what it computes.

#ifndef PES_PROBLEMS_MLP_SCRATCH_H
#define PES_PROBLEMS_MLP_SCRATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "problems/memory.h"
#include "problems/nn/mlp/network.h"

// What a pass needs beside the parameters; one per thread. Rows are of the minibatch.
typedef struct pes_mlp_scratch {
    float *input;                  // batch x input_stride
    float *output[PES_MLP_LAYERS]; // batch x stride of the layer
    float *kept[PES_MLP_LAYERS];   // likewise, of hidden layers if the activation `keeps`
    float *mask[PES_MLP_LAYERS];   // likewise, of hidden layers if there may be masks
    float *gradient[2];            // batch x the widest stride
    float *block;                  // a block of the network: the gradient of the parameters
    float *normal;                 // pes_mlp_network_normals()
    uint8_t *label;                // batch; of classes
    float *target;                 // batch; of a regression, otherwise NULL
    int32_t *index;                // batch
} pes_mlp_scratch;

// A scratch for minibatches of `batch` rows, except `block` and `normal`, which several may
// share. The memory is zero where padding will be, and nobody else writes there.
void pes_mlp_scratch_take(pes_mlp_scratch *out, const pes_mlp_network *network, int64_t batch,
                          bool masks, pes_problem_memory *memory);

#endif // PES_PROBLEMS_MLP_SCRATCH_H
