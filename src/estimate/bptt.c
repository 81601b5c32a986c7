// Backpropagation through time: whole episodes, forwards and back (Rumelhart, Hinton, Williams
// 1986; Werbos 1990). The exact gradient of the objective itself, for a tape of the whole
// episode; it is the truncated rule with K = T.

#include "base/status.h"
#include "estimate/methods.h"
#include "estimate/tbptt.h"

static pes_status resolve(pes_estimator_options *options) {
    PES_REQUIRE(options->horizon > 0, PES_E_ARGUMENT,
                "bptt unrolls whole episodes: set horizon, or use tbptt");
    PES_REQUIRE(options->truncation == options->horizon, PES_E_ARGUMENT,
                "bptt unrolls whole episodes: set truncation = %lld, the horizon, not %lld, or "
                "use tbptt",
                (long long)options->horizon, (long long)options->truncation);
    return PES_OK;
}

const pes_method pes_method_bptt = {
    .info =
        {
            .name = "bptt",
            .title = "backpropagation through time",
            .source = "Rumelhart, Hinton, Williams 1986; Werbos 1990",
            .summary = "the exact gradient of whole episodes, for a tape as long as they are",
            .unbiased = true,
            .adjoints = true,
            .target = "the objective",
        },
    .resolve = resolve,
    .derivative = &pes_derivative_tbptt,
};
