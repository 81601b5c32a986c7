// Full evolution strategies: one perturbation, one whole episode, one update (Rechenberg 1973;
// Salimans et al. 2017, algorithm 1). It is the member of the family with R = K = T.

#include "base/status.h"
#include "estimate/methods.h"

static int64_t noise_interval(const pes_estimator_options *options) {
    (void)options;
    return 0;
}

static pes_status resolve(pes_estimator_options *options) {
    PES_REQUIRE(options->horizon > 0, PES_E_ARGUMENT,
                "full_es unrolls whole episodes: set horizon");
    PES_REQUIRE(options->truncation == options->horizon, PES_E_ARGUMENT,
                "full_es unrolls whole episodes: set truncation = %lld, the horizon, not %lld",
                (long long)options->horizon, (long long)options->truncation);
    return PES_OK;
}

const pes_method pes_method_full_es = {
    .info =
        {
            .name = "full_es",
            .title = "full-unroll Evolution Strategies",
            .source = "Rechenberg 1973; Salimans et al. 2017, algorithm 1",
            .summary = "one perturbation and one whole episode per update",
            .unbiased = true,
            .perturbs = true,
            .target = "the smoothed objective",
        },
    .noise_interval = noise_interval,
    .resolve = resolve,
};
