// Descent on the rippled function in single precision: the definition.

#include "kernels/constants.h"
#include "kernels/scalar.h"

#include <math.h>

static float polynomial(int count, const float *term, float x) {
    float p = term[count - 1];
    for (int i = count - 2; i >= 0; i--) {
        p = fmaf(p, x, term[i]);
    }
    return p;
}

// sin(y)^2, and sin(y) cos(y).
static void turn(float y, float *square, float *product) {
    float inside = y < ripple_largest ? y : ripple_largest;
    inside = inside > -ripple_largest ? inside : -ripple_largest;
    const float n = fmaf(inside, one_over_pi, round_magic) - round_magic;
    const float r = fmaf(n, -pi_low, fmaf(n, -pi_high, inside)), r2 = r * r;
    const float sine = fmaf(polynomial(4, ripple_sin, r2) * r2, r, r);
    const float cosine = fmaf(polynomial(5, ripple_cos, r2), r2, 1.0f);
    *square = sine * sine;
    *product = sine * cosine;
}

// Returns f.
static float measure(pes_kernels_ripples_single *p, int64_t i) {
    const float x = p->place[0][i], gap = p->place[1][i] - 100.0f;
    const float square = x * x, depth = -5.0f * square;
    const float bell = pes_scalar_exp_inside(ripple_faint > depth ? ripple_faint : depth);
    const float root = sqrtf(square + 5.0f);
    const float side = gap > 0.0f ? 0.25f : gap < 0.0f ? -0.25f : 0.0f;
    float sine_square, product;
    turn(p->place[1][i], &sine_square, &product);
    const float ripple = sine_square * bell;
    p->place[2][i] = fmaf(-10.0f * x, ripple, x / root);
    p->place[3][i] = fmaf(product + product, bell, side);
    return fmaf(0.25f, fabsf(gap), (root - ripple_least_single) + ripple);
}

void pes_scalar_ripple_measure_single(pes_kernels_ripples_single *p, double *loss) {
    for (int64_t i = 0; i < p->count; i++) {
        loss[i] = (double)measure(p, i);
    }
}

void pes_scalar_ripple_steps_single(pes_kernels_ripples_single *p, int64_t steps,
                                    double *loss) {
    const float share = 1.0f / p->horizon;
    for (int64_t i = 0; i < p->count; i++) {
        for (int64_t t = 0; t < steps; t++) {
            const float passed = p->time[i] * share, later = p->time[i] + 1.0f;
            const float rate = fmaf(passed, p->last[i], (1.0f - passed) * p->first[i]);
            p->place[0][i] = fmaf(-rate, p->place[2][i], p->place[0][i]);
            p->place[1][i] = fmaf(-rate, p->place[3][i], p->place[1][i]);
            p->time[i] = later < p->horizon ? later : p->horizon;
            loss[i * steps + t] = (double)measure(p, i);
        }
    }
}
