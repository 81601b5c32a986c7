// Momentum, as PyTorch and optax have it: the learning rate comes after, so that a change of it
// acts on the velocity already gathered, and there is no damping.
//
//     v <- mu v + g        momentum: u = v         (Polyak 1964)
//                          nesterov: u = g + mu v  (Nesterov 1983; Sutskever et al. 2013)

#include "pes/optimizer.h"

static int64_t one_row(int64_t n) {
    return n;
}

static void apply_momentum(const double setting[4], float *memory, int64_t step, int64_t n,
                           const float *theta, float *update) {
    (void)step, (void)theta;
    float *v = memory;
    for (int64_t i = 0; i < n; i++) {
        v[i] = (float)(setting[0] * (double)v[i] + (double)update[i]);
        update[i] = v[i];
    }
}

pes_transform pes_transform_momentum(double momentum) {
    return (pes_transform){
        .name = "momentum", .setting = {momentum}, .memory = one_row, .apply = apply_momentum};
}

static void apply_nesterov(const double setting[4], float *memory, int64_t step, int64_t n,
                           const float *theta, float *update) {
    (void)step, (void)theta;
    float *v = memory;
    for (int64_t i = 0; i < n; i++) {
        v[i] = (float)(setting[0] * (double)v[i] + (double)update[i]);
        update[i] = (float)((double)update[i] + setting[0] * (double)v[i]);
    }
}

pes_transform pes_transform_nesterov(double momentum) {
    return (pes_transform){
        .name = "nesterov", .setting = {momentum}, .memory = one_row, .apply = apply_nesterov};
}
