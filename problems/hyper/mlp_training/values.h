// The numbers that hold during one inner step, one for each hyperparameter and tensor.
#ifndef PES_PROBLEMS_MLP_VALUES_H
#define PES_PROBLEMS_MLP_VALUES_H
#include "problems/nn/mlp/network.h" // PES_MLP_LAYERS

typedef enum pes_mlp_hyper {
    PES_MLP_LEARNING_RATE,
    PES_MLP_MOMENTUM, // of sgd, nesterov; beta1 of adam, adamw; decay of the squares of rmsprop
                      // is BETA2
    PES_MLP_BETA2,
    PES_MLP_EPSILON,
    PES_MLP_WEIGHT_DECAY,    // decoupled: w <- w - rate decay w
    PES_MLP_L2,              // g <- g + l2 w
    PES_MLP_CLIP_NORM,       // of the whole gradient; infinite: no clipping
    PES_MLP_LABEL_SMOOTHING, // of the training loss only
    PES_MLP_DROPOUT,         // probability; hidden units, while training
    PES_MLP_ACTIVE, // share of a hidden layer's units that take part: unit j does when j <
                    // floor(share * units); training and judging
    PES_MLP_HYPERS
} pes_mlp_hyper;

// Tensor 2 l is the weights of layer l, 2 l + 1 its biases. A value that belongs to a whole
// layer is at [..][2 l] (hidden layer l's outputs for dropout and active), one that belongs to
// the whole training (clip_norm, label_smoothing) at [..][0].
typedef struct pes_mlp_values {
    float value[PES_MLP_HYPERS][2 * PES_MLP_LAYERS];
} pes_mlp_values;
#endif
