// Real-time recurrent learning: the derivatives of the state by every parameter are carried
// forward, S_t = (ds_t/ds_{t-1}) S_{t-1} + ds_t/dtheta, so that the losses of any update have
// their exact gradient without a look back (Williams and Zipser 1989). P D numbers a
// trajectory, and P times the work of a step.

#include <string.h>

#include "base/status.h"
#include "estimate/methods.h"

static int64_t directions(int64_t num_params) {
    return num_params;
}

static pes_status differentiate(const pes_derivative_batch *b) {
    const int64_t params = b->system->num_params, count = b->batch->count;
    memset(b->direction, 0, (size_t)(count * params * params) * sizeof *b->direction);
    for (int64_t row = 0; row < count * params; row++) {
        b->direction[row * params + row % params] = 1.0;
    }
    PES_TRY(pes_derivative_push(b, params));
    for (int64_t row = 0; row < count * params; row++) {
        b->gradient[row] = pes_derivative_weighed(b, row / params, row % params, params);
    }
    return PES_OK;
}

static const pes_derivative_rule rule = {
    .directions = directions,
    .differentiate = differentiate,
};

const pes_method pes_method_rtrl = {
    .info =
        {
            .name = "rtrl",
            .title = "real-time recurrent learning",
            .source = "Williams and Zipser 1989",
            .summary =
                "the derivatives of the state by every parameter are carried forward; exact, "
                "for as many tangents as parameters",
            .unbiased = true,
            .tangents = true,
            .target = "the objective",
        },
    .derivative = &rule,
};
