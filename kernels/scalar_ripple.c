// Descent on the rippled function: the definition. Nothing is fused, so that a compiler's
// vectors and ours have the same bits.

#include "kernels/constants.h"
#include "kernels/scalar.h"

#include <math.h>

static void measure(pes_kernels_ripples *p, int64_t i) {
    const double x = p->x[0][i], gap = p->x[1][i] - 100.0;
    const double sine = p->sine[i], bell = p->bell[i];
    const double root = sqrt(x * x + 5.0);
    const double ripple = sine * sine * bell;
    const double side = gap > 0.0 ? 0.25 : gap < 0.0 ? -0.25 : 0.0;
    p->loss[i] = root - ripple_least + ripple + 0.25 * fabs(gap);
    p->slope[0][i] = x / root - 10.0 * x * ripple;
    p->slope[1][i] = 2.0 * sine * p->cosine[i] * bell + side;
}

void pes_scalar_ripple_measure(pes_kernels_ripples *p) {
    for (int64_t i = 0; i < p->count; i++) {
        p->bell[i] = -5.0 * (p->x[0][i] * p->x[0][i]);
    }
    pes_scalar_dexp(p->count, p->bell, p->bell);
    pes_scalar_dsincos(p->count, p->x[1], p->sine, p->cosine);
    for (int64_t i = 0; i < p->count; i++) {
        measure(p, i);
    }
}

void pes_scalar_ripple_step(pes_kernels_ripples *p) {
    const double part = 1.0 / p->horizon;
    for (int64_t i = 0; i < p->count; i++) {
        const double time = p->time[i] < p->horizon ? p->time[i] : p->horizon;
        p->passed[i] = time * part;
        p->rate[i] = (1.0 - p->passed[i]) * p->first[i] + p->passed[i] * p->last[i];
        p->x[0][i] -= p->rate[i] * p->slope[0][i];
        p->x[1][i] -= p->rate[i] * p->slope[1][i];
        p->time[i] += 1.0;
    }
    pes_scalar_ripple_measure(p);
}
