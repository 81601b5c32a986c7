// Limits on the gradient: each element's magnitude, or the Euclidean norm, whose sum runs in
// double precision from the first element to the last.
//
//     clip_value:  u_i <- max(-largest, min(u_i, largest))
//     clip_norm:   u <- u min(1, largest / |u|)          (Pascanu, Mikolov, Bengio 2013)

#include <math.h>

#include "pes/optimizer.h"

static void apply_value(const double setting[4], float *memory, int64_t step, int64_t n,
                        const float *theta, float *update) {
    (void)memory, (void)step, (void)theta;
    const float largest = (float)setting[0];
    for (int64_t i = 0; i < n; i++) {
        update[i] = update[i] > largest ? largest : update[i];
        update[i] = update[i] < -largest ? -largest : update[i];
    }
}

pes_transform pes_transform_clip_value(double largest) {
    return (pes_transform){.name = "clip_value", .setting = {largest}, .apply = apply_value};
}

static void apply_norm(const double setting[4], float *memory, int64_t step, int64_t n,
                       const float *theta, float *update) {
    (void)memory, (void)step, (void)theta;
    double squares = 0.0;
    for (int64_t i = 0; i < n; i++) {
        squares += (double)update[i] * (double)update[i];
    }
    const double norm = sqrt(squares);
    if (!(norm > setting[0])) {
        return;
    }
    for (int64_t i = 0; i < n; i++) {
        update[i] = (float)((double)update[i] * (setting[0] / norm));
    }
}

pes_transform pes_transform_clip_norm(double largest) {
    return (pes_transform){.name = "clip_norm", .setting = {largest}, .apply = apply_norm};
}
