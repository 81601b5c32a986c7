// Noise-Reuse Evolution Strategies, published at the same time as ES-Single: one perturbation
// for a whole episode, particles kept between truncations. The credit is that one perturbation,
// so the variance does not grow with the number of truncations (Li et al. 2023, equation 6;
// Vicol, Kolter, Swersky 2023, algorithm 1).

#include "estimate/methods.h"

static int64_t noise_interval(const pes_estimator_options *options) {
    (void)options;
    return 0;
}

const pes_method pes_method_nres = {
    .info =
        {
            .name = "nres",
            .title = "Noise-Reuse Evolution Strategies (ES-Single)",
            .source = "Li et al. 2023, algorithm 3; Vicol, Kolter, Swersky 2023, algorithm 1",
            .summary = "one perturbation for the whole episode, states kept",
            .unbiased = true,
            .perturbs = true,
            .target = "the smoothed objective",
        },
    .noise_interval = noise_interval,
};
