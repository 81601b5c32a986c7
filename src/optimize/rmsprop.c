// RMSprop (Tieleman and Hinton 2012, lecture 6.5), as PyTorch has it: epsilon is outside the
// root, and the mean square, which begins at zero, is not corrected for that.
//
//     v <- beta2 v + (1 - beta2) g^2           u = g / (sqrt(v) + epsilon)

#include <math.h>

#include "pes/optimizer.h"

static int64_t one_row(int64_t n) {
    return n;
}

static void apply(const double setting[4], float *memory, int64_t step, int64_t n,
                  const float *theta, float *update) {
    (void)step, (void)theta;
    const double beta2 = setting[0], epsilon = setting[1];
    float *v = memory;
    for (int64_t i = 0; i < n; i++) {
        const double g = (double)update[i];
        v[i] = (float)(beta2 * (double)v[i] + (1.0 - beta2) * (g * g));
        update[i] = (float)(g / (sqrt((double)v[i]) + epsilon));
    }
}

pes_transform pes_transform_rmsprop(double beta2, double epsilon) {
    return (pes_transform){
        .name = "rmsprop", .setting = {beta2, epsilon}, .memory = one_row, .apply = apply};
}
