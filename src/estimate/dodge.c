// Directional gradients: one random direction v ~ N(0, I) for each trajectory and episode, and
// the tangent of the state along it, carried through the truncations. The losses' derivative
// along v times v has the gradient as its expectation, because E v v' = I (Silver et al. 2022;
// Baydin et al. 2022 for one step). It is NRES in the limit of a small sigma.

#include "base/status.h"
#include "estimate/methods.h"
#include "noise/noise.h"

static int64_t directions(int64_t num_params) {
    (void)num_params;
    return 1;
}

static pes_status differentiate(const pes_derivative_batch *b) {
    const int64_t params = b->system->num_params;
    for (int64_t i = 0; i < b->batch->count; i++) {
        pes_noise_perturbation(b->kernels, b->seed, b->unit + i, b->episode[i], 0, params,
                               b->normal);
        for (int64_t p = 0; p < params; p++) {
            b->direction[i * params + p] = (double)b->normal[p];
        }
    }
    PES_TRY(pes_derivative_push(b, 1));
    for (int64_t i = 0; i < b->batch->count; i++) {
        const double slope = pes_derivative_weighed(b, i, 0, 1);
        for (int64_t p = 0; p < params; p++) {
            b->gradient[i * params + p] = slope * b->direction[i * params + p];
        }
    }
    return PES_OK;
}

static const pes_derivative_rule rule = {
    .directions = directions,
    .differentiate = differentiate,
};

const pes_method pes_method_dodge = {
    .info =
        {
            .name = "dodge",
            .title = "directional gradients (forward gradients)",
            .source = "Silver et al. 2022; Baydin et al. 2022",
            .summary =
                "the exact derivative along one random direction per episode, carried through "
                "the truncations",
            .unbiased = true,
            .tangents = true,
            .target = "the objective",
        },
    .derivative = &rule,
};
