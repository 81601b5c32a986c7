// Truncated evolution strategies: every update starts all particles from one state, perturbs
// them for K steps and throws them away; the state itself is advanced with theta. What a
// perturbation does after K steps is never seen: that is the bias (Metz et al. 2019; Vicol,
// Metz, Sohl-Dickstein 2021, algorithm 1).

#include "estimate/methods.h"

static int64_t noise_interval(const pes_estimator_options *options) {
    return options->truncation;
}

const pes_method pes_method_truncated_es = {
    .info =
        {
            .name = "truncated_es",
            .title = "truncated Evolution Strategies (biased)",
            .source = "Metz et al. 2019; Vicol, Metz, Sohl-Dickstein 2021, algorithm 1",
            .summary =
                "all particles restart from one shared state each update; biased towards "
                "what shows within one truncation",
            .unbiased = false,
            .perturbs = true,
            .target = "what shows within one truncation",
        },
    .noise_interval = noise_interval,
    .guided = true,
};
