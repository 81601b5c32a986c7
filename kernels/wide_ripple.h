// Descent on the rippled function, DOUBLES points at a time: scalar_ripple.c in the same order
// of operations, in one pass, so that nothing is read back that was just written.

#ifndef PES_KERNELS_WIDE_RIPPLE_H
#define PES_KERNELS_WIDE_RIPPLE_H

#include "kernels/wide_double.h"

_Static_assert(PES_KERNELS_RIPPLE_VECTOR % (WIDTH / 2) == 0, "columns end with a whole vector");

// f and its slope at (x, y).
static inline void measure_points(pes_kernels_ripples *p, int64_t i, dvec x, dvec y) {
    dvec sine, cosine;
    const dvec square = d_mul(x, x), zero = d_set1(0.0), quarter = d_set1(0.25);
    const dvec bell = dexp_of(d_mul(d_set1(-5.0), square));
    dsincos_of(y, &sine, &cosine);
    const dvec gap = d_sub(y, d_set1(100.0));
    const dvec root = d_sqrt(d_add(square, d_set1(5.0)));
    const dvec ripple = d_mul(d_mul(sine, sine), bell);
    const dvec below = d_select(d_less(gap, zero), d_set1(-0.25), zero);
    const dvec side = d_select(d_less(zero, gap), quarter, below);
    const dvec height = d_add(d_sub(root, d_set1(ripple_least)), ripple);
    const dvec far = d_mul(quarter, d_max(gap, d_sub(zero, gap)));
    const dvec turn = d_mul(d_mul(d_mul(d_set1(2.0), sine), cosine), bell);
    d_store(p->sine + i, sine);
    d_store(p->cosine + i, cosine);
    d_store(p->bell + i, bell);
    d_store(p->loss + i, d_add(height, far));
    d_store(p->slope[0] + i, d_sub(d_div(x, root), d_mul(d_mul(d_set1(10.0), x), ripple)));
    d_store(p->slope[1] + i, d_add(turn, side));
}

static void ripple_measure(pes_kernels_ripples *p) {
    for (int64_t i = 0; i < p->count; i += DOUBLES) {
        measure_points(p, i, d_load(p->x[0] + i), d_load(p->x[1] + i));
    }
}

static void ripple_step(pes_kernels_ripples *p) {
    const dvec horizon = d_set1(p->horizon), one = d_set1(1.0);
    const dvec share = d_set1(1.0 / p->horizon);
    for (int64_t i = 0; i < p->count; i += DOUBLES) {
        const dvec time = d_load(p->time + i);
        const dvec passed = d_mul(d_min(time, horizon), share);
        const dvec rate = d_add(d_mul(d_sub(one, passed), d_load(p->first + i)),
                                d_mul(passed, d_load(p->last + i)));
        const dvec x = d_sub(d_load(p->x[0] + i), d_mul(rate, d_load(p->slope[0] + i)));
        const dvec y = d_sub(d_load(p->x[1] + i), d_mul(rate, d_load(p->slope[1] + i)));
        d_store(p->passed + i, passed);
        d_store(p->rate + i, rate);
        d_store(p->time + i, d_add(time, one));
        d_store(p->x[0] + i, x);
        d_store(p->x[1] + i, y);
        measure_points(p, i, x, y);
    }
}

#endif // PES_KERNELS_WIDE_RIPPLE_H
