// Adam (Kingma and Ba 2015, algorithm 1): epsilon is outside the root, both moments are
// corrected for their start at zero. PyTorch and optax do the same.
//
//     m <- beta1 m + (1 - beta1) g             v <- beta2 v + (1 - beta2) g^2
//     u = m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon)
//
// The arithmetic is double; m and v are kept as floats.

#include <math.h>

#include "base/power.h"
#include "pes/optimizer.h"

static int64_t two_rows(int64_t n) {
    return 2 * n;
}

static void apply(const double setting[4], float *memory, int64_t step, int64_t n,
                  const float *theta, float *update) {
    (void)theta;
    const double beta1 = setting[0], beta2 = setting[1], epsilon = setting[2];
    const double correct1 = 1.0 - pes_power_integer(beta1, step);
    const double correct2 = 1.0 - pes_power_integer(beta2, step);
    float *m = memory, *v = memory + n;
    for (int64_t i = 0; i < n; i++) {
        const double g = (double)update[i];
        m[i] = (float)(beta1 * (double)m[i] + (1.0 - beta1) * g);
        v[i] = (float)(beta2 * (double)v[i] + (1.0 - beta2) * (g * g));
        update[i] =
            (float)((double)m[i] / correct1 / (sqrt((double)v[i] / correct2) + epsilon));
    }
}

pes_transform pes_transform_adam(double beta1, double beta2, double epsilon) {
    return (pes_transform){
        .name = "adam", .setting = {beta1, beta2, epsilon}, .memory = two_rows, .apply = apply};
}
