// The way back through the network, and the step of the inner optimizer.
//
// SGD with momentum adds each layer's gradient straight to its velocities, some rows at a time.
// The other optimizers get it through scratch memory; where the gradient is clipped, which
// needs its norm over all tensors, the whole of it is laid out first. In this order:
//
//     1. With `zero_nonfinite`, what is not finite in the gradient becomes 0. Straight into the
//        velocities the gradient is taken whole: if the minibatch's training loss is not
//        finite, all of it is 0. In scratch memory every element is looked at.
//     2. Clipping: g <- g min(1, clip_norm / (|g| + 1e-6)), torch.nn.utils.clip_grad_norm_. The
//        norm is the loss's alone, without L2.
//     3. L2, weight decay and the optimizer's own step: optimizer.h.
//
// What takes no part has a gradient of zero: its moments decay and move it as ever.

#ifndef PES_PROBLEMS_MLP_TRAIN_H
#define PES_PROBLEMS_MLP_TRAIN_H

#include "problems/hyper/mlp_training/optimizer.h"
#include "problems/hyper/mlp_training/units.h"
#include "problems/nn/mlp/backward.h"

// How a gradient is to become a step.
typedef struct pes_mlp_rule {
    const pes_mlp_optimizer *optimizer;
    const pes_mlp_values *values;
    int64_t clock;       // inner steps before this one
    bool zero_nonfinite; // see above
} pes_mlp_rule;

// Turn the gradient of the logits for labels, in scratch->gradient[0], into the one for labels
// that are smoothed by s (Szegedy et al. 2016): (1 - s) of the label and s / classes of each.
void pes_mlp_smooth(const pes_mlp_pass *pass, float smoothing);

// After a forward pass, with the gradient of the logits in scratch->gradient[0] (batch x the
// last layer's stride): one step of the state, parameters and then moments. `finite`: the
// minibatch's training loss is.
void pes_mlp_train(const pes_mlp_pass *pass, const pes_mlp_rule *rule, bool finite,
                   float *state);

#endif // PES_PROBLEMS_MLP_TRAIN_H
