// Persistent Evolution Strategies: a fresh perturbation for every truncation, particles that
// are never restarted between truncations, and losses credited with the sum of the
// perturbations that the particle has received: unbiased for the objective in which every
// truncation has its own theta (Vicol, Metz, Sohl-Dickstein 2021, equation 9 and algorithm 2).

#include "estimate/methods.h"

static int64_t noise_interval(const pes_estimator_options *options) {
    return options->truncation;
}

const pes_method pes_method_pes = {
    .info =
        {
            .name = "pes",
            .title = "Persistent Evolution Strategies",
            .source = "Vicol, Metz, Sohl-Dickstein 2021, equation 9 and algorithm 2",
            .summary =
                "new noise each truncation, states kept, losses credited with the sum of "
                "the episode's perturbations",
            .unbiased = true,
            .perturbs = true,
            .target = "the smoothed objective",
        },
    .noise_interval = noise_interval,
};
