// Which units take part in an inner step.
//
// Of a hidden layer of n units with the share m of active ones, units j < floor(m n) do. With
// dropout at probability p, which is for training only, a unit's output is 0 with that
// probability, and otherwise divided by 1 - p (Srivastava et al. 2014, in the inverted form);
// every unit and every row of the minibatch is drawn for itself.

#ifndef PES_PROBLEMS_MLP_UNITS_H
#define PES_PROBLEMS_MLP_UNITS_H

#include "problems/hyper/mlp_training/values.h"
#include "problems/nn/mlp/pass.h"

// A pass with the active units that the values say, without dropout.
pes_mlp_pass pes_mlp_pass_of(const pes_mlp_network *network, const pes_kernels *kernels,
                             const pes_mlp_scratch *scratch, int64_t batch,
                             const pes_mlp_values *values);

// Draw the masks of dropout where the values want some. Layer l draws with use `use` + l. A
// unit that is dropped at one probability is dropped at every higher one, so that the halves of
// an antithetic pair differ by no more than they must.
void pes_mlp_pass_drop(pes_mlp_pass *pass, const pes_stream *stream, uint32_t use,
                       uint32_t step, const pes_mlp_values *values);

#endif // PES_PROBLEMS_MLP_UNITS_H
