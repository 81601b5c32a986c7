// Persistent Evolution Strategies with an analytic part: what earlier perturbations do to the
// losses of this update is estimated as in PES, with xi without its newest term; what theta
// does within the update is its exact gradient, along one trajectory that theta itself drives
// (Vicol, Metz, Sohl-Dickstein 2021, the paragraph on the analytic gradient of the most recent
// unroll; docs/math.md, equation 17).

#include "estimate/methods.h"
#include "estimate/tbptt.h"

static int64_t noise_interval(const pes_estimator_options *options) {
    return options->truncation;
}

const pes_method pes_method_pes_analytic = {
    .info =
        {
            .name = "pes_analytic",
            .title = "Persistent Evolution Strategies with the current unroll's exact gradient",
            .source = "Vicol, Metz, Sohl-Dickstein 2021",
            .summary =
                "past noise by PES, the current truncation by its exact gradient along one "
                "unperturbed trajectory",
            .unbiased = true,
            .adjoints = true,
            .perturbs = true,
            .target = "the smoothed objective, its current truncation unsmoothed",
        },
    .noise_interval = noise_interval,
    .derivative = &pes_derivative_tbptt,
};
