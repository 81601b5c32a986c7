// Generalized Persistent Evolution Strategies: a fresh perturbation each R inner steps, a
// multiple of K. PES is its end R = K, NRES its end R >= T, and R chooses between a smoothing
// by many perturbations and the variance that they add (Li et al. 2023, section 3).

#include "base/status.h"
#include "estimate/methods.h"

static int64_t noise_interval(const pes_estimator_options *options) {
    return options->noise_interval;
}

static pes_status resolve(pes_estimator_options *options) {
    const long long interval = options->noise_interval, truncation = options->truncation;
    const long long horizon = options->horizon;
    PES_REQUIRE(interval > 0, PES_E_ARGUMENT,
                "gpes draws a perturbation each noise_interval inner steps: set it to a "
                "multiple of truncation, %lld",
                truncation);
    const bool whole_episode = horizon > 0 && interval == horizon;
    PES_REQUIRE(interval >= truncation && (interval % truncation == 0 || whole_episode),
                PES_E_ARGUMENT,
                "noise_interval must be a multiple of truncation, %lld, or the horizon, not "
                "%lld",
                truncation, interval);
    PES_REQUIRE(horizon == 0 || interval <= horizon, PES_E_ARGUMENT,
                "noise_interval must be at most the horizon, %lld, not %lld", horizon,
                interval);
    return PES_OK;
}

const pes_method pes_method_gpes = {
    .info =
        {
            .name = "gpes",
            .title = "Generalized Persistent Evolution Strategies",
            .source = "Li et al. 2023, section 3",
            .summary =
                "new noise each noise_interval inner steps, states kept; between pes and nres",
            .unbiased = true,
            .perturbs = true,
            .target = "the smoothed objective",
        },
    .noise_interval = noise_interval,
    .resolve = resolve,
};
