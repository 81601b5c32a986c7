// The inner optimizers: how the gradient of one tensor becomes a change of its numbers.
//
// With the learning rate r, the weight decay d and L2 lambda of the tensor, all of them do
//
//     g <- g + lambda w;    w <- w - r d w;    then their own step with g
//
// and with both at 0 they are those of torch.optim with the same names, to rounding. g is the
// gradient of the training loss, clipped (train.h).

#ifndef PES_PROBLEMS_MLP_OPTIMIZER_H
#define PES_PROBLEMS_MLP_OPTIMIZER_H

#include <stdint.h>

#include "problems/hyper/mlp_training/values.h"

enum { PES_MLP_MOMENTS = 2 }; // at most

// The numbers of one tensor in one inner step.
typedef struct pes_mlp_update {
    float rate;
    float momentum; // or beta1
    float beta2;
    float epsilon;
    float left; // 1 - rate * weight decay: the share of a weight that decay leaves
    float l2;
    float size; // rate / (1 - beta1^t), t = 1 in an episode's first step
    float root; // sqrt(1 - beta2^t)
} pes_mlp_update;

typedef struct pes_mlp_optimizer {
    const char *name;
    const char *summary; // the formula
    int64_t moments;     // numbers that it keeps for each weight, 0..PES_MLP_MOMENTS
    uint32_t uses;       // bit h is set where it makes use of the pes_mlp_hyper h
    bool corrects;       // it wants `size` and `root`

    // One step of n numbers; moment[k] is n long. What is subnormal in a moment becomes zero.
    void (*update)(int64_t n, const pes_mlp_update *numbers, const float *gradient,
                   float *weight, float *const moment[PES_MLP_MOMENTS]);
} pes_mlp_optimizer;

// Row number `index`, NULL past the last; the row of that name, or NULL. Row 0 is SGD with
// momentum.
const pes_mlp_optimizer *pes_mlp_optimizer_get(int64_t index);
const pes_mlp_optimizer *pes_mlp_optimizer_find(const char *name);

// The numbers of a tensor in the step that an episode's clock shows, 0 for its first.
pes_mlp_update pes_mlp_optimizer_numbers(const pes_mlp_optimizer *optimizer,
                                         const pes_mlp_values *values, int64_t tensor,
                                         int64_t clock);

// base^exponent by squaring: the same bits everywhere, which pow() does not promise.
double pes_mlp_power(double base, int64_t exponent);

#endif // PES_PROBLEMS_MLP_OPTIMIZER_H
