// Where a pass puts what it computes.

#ifndef PES_PROBLEMS_MLP_SCRATCH_H
#define PES_PROBLEMS_MLP_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

// A worker's memory, from which pieces are taken one behind the other, in whole cache lines.
// While sizes are measured `base` is NULL, and so is every piece.
enum { PES_MLP_LINE_BYTES = 64 };
typedef struct pes_mlp_memory {
    unsigned char *base; // aligned to PES_MLP_LINE_BYTES
    size_t used;         // bytes taken
} pes_mlp_memory;

void *pes_mlp_take(pes_mlp_memory *memory, int64_t count, size_t size);

// A scratch for minibatches of `batch` rows, except `block` and `normal`, which several may
// share. The memory is zero where padding will be, and nobody else writes there.
void pes_mlp_scratch_take(pes_mlp_scratch *out, const pes_mlp_network *network, int64_t batch,
                          bool masks, pes_mlp_memory *memory);

#endif // PES_PROBLEMS_MLP_SCRATCH_H
