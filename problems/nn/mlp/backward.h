// The way back through the network: the gradients of one layer's parameters, and of the layer
// below.
//
// Layers are gone through from the top. The gradients of a layer's sums and of those below lie
// in the scratch's two `gradient` by turns, that of the last layer's in gradient[0].

#ifndef PES_PROBLEMS_MLP_BACKWARD_H
#define PES_PROBLEMS_MLP_BACKWARD_H

#include "problems/nn/mlp/pass.h"

// What is known of one layer on the way back.
typedef struct pes_mlp_stage {
    const pes_mlp_pass *pass;
    const pes_mlp_layer *layer;
    int64_t number;     // of the layer
    int64_t in, out;    // units that take part
    const float *input; // batch x input_stride
    int64_t input_stride;
    const float *gradient; // of the layer's sums, batch x stride
} pes_mlp_stage;

// Layer `number` after a forward pass.
pes_mlp_stage pes_mlp_stage_of(const pes_mlp_pass *pass, int64_t number);

// The gradient of rows row..row + rows - 1 of the layer's weights, rows x stride; zero where
// nothing takes part, and in the padding.
void pes_mlp_stage_weights(const pes_mlp_stage *stage, int64_t row, int64_t rows, float *out);

// The gradient of its biases, `stride` long; likewise.
void pes_mlp_stage_biases(const pes_mlp_stage *stage, float *out);

// The gradient of the sums of the layer below, for its stage: before `parameters`, with which
// the forward pass was made, change. The lowest layer has none below.
void pes_mlp_stage_below(const pes_mlp_stage *stage, const float *parameters);

#endif // PES_PROBLEMS_MLP_BACKWARD_H
