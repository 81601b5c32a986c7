// Weight decay, u <- u + factor theta: before the moments it is the gradient of an L2 penalty
// of factor / 2 |theta|^2, after them it is decoupled from them (Loshchilov, Hutter 2019).

#include "pes/optimizer.h"

static void apply(const double setting[4], float *memory, int64_t step, int64_t n,
                  const float *theta, float *update) {
    (void)memory, (void)step;
    for (int64_t i = 0; i < n; i++) {
        update[i] = (float)((double)update[i] + setting[0] * (double)theta[i]);
    }
}

pes_transform pes_transform_weight_decay(double factor) {
    return (pes_transform){.name = "weight_decay", .setting = {factor}, .apply = apply};
}
