// Truncated backpropagation through time: the exact gradient of the losses of one update, with
// the state that it began from taken as given (Williams and Peng 1990). As truncated ES without
// noise: what theta did to that state is never seen, and that is the bias.

#include "estimate/tbptt.h"

#include <string.h>

#include "estimate/methods.h"

static pes_status differentiate(const pes_derivative_batch *b) {
    const int64_t reals = b->batch->count * b->system->num_reals;
    memset(b->adjoint, 0, (size_t)reals * sizeof *b->adjoint);
    return pes_derivative_pull(b, b->weight, b->gradient);
}

const pes_derivative_rule pes_derivative_tbptt = {.differentiate = differentiate};

const pes_method pes_method_tbptt = {
    .info =
        {
            .name = "tbptt",
            .title = "truncated backpropagation through time (biased)",
            .source = "Williams and Peng 1990",
            .summary =
                "the exact gradient of each truncation by itself; biased towards what shows "
                "within one truncation",
            .unbiased = false,
            .adjoints = true,
            .target = "what shows within one truncation",
        },
    .derivative = &pes_derivative_tbptt,
};
