// Descent on the rippled function in single precision: scalar_ripple_single.c in the same order
// of operations, WIDTH points at a time.

#ifndef PES_KERNELS_WIDE_RIPPLE_SINGLE_H
#define PES_KERNELS_WIDE_RIPPLE_SINGLE_H

#include "kernels/avx2_turn.h"
#include "kernels/wide_math.h"

#include <string.h>

_Static_assert(PES_KERNELS_RIPPLE_SINGLES % WIDTH == 0, "columns end with a whole vector");

static inline vec v_polynomial(int count, const float *term, vec x) {
    vec p = v_set1(term[count - 1]);
    for (int i = count - 2; i >= 0; i--) {
        p = v_fma(p, x, v_set1(term[i]));
    }
    return p;
}

// sin(y)^2, and sin(y) cos(y).
static inline void turn_of(vec y, vec *square, vec *product) {
    vec inside = v_min(y, v_set1(ripple_largest));
    inside = v_max(inside, v_set1(-ripple_largest));
    const vec magic = v_set1(round_magic);
    const vec n = v_sub(v_fma(inside, v_set1(one_over_pi), magic), magic);
    const vec r = v_fma(n, v_set1(-pi_low), v_fma(n, v_set1(-pi_high), inside));
    const vec r2 = v_mul(r, r);
    const vec sine = v_fma(v_mul(v_polynomial(4, ripple_sin, r2), r2), r, r);
    const vec cosine = v_fma(v_polynomial(5, ripple_cos, r2), r2, v_set1(1.0f));
    *square = v_mul(sine, sine);
    *product = v_mul(sine, cosine);
}

// A processor does not look far enough ahead to begin the next vector while it waits for one,
// so that a group of them goes through each stage together.
enum { TOGETHER = 2 };
typedef struct place_group {
    vec of[TOGETHER][4]; // x0, x1, and the slope of f there
} place_group;
_Static_assert(PES_KERNELS_RIPPLE_SINGLES % (TOGETHER * WIDTH) == 0,
               "columns end with a group");

// f at x0, x1 to `loss`; its slope into the group.
static inline void measure_singles(place_group *p, double *loss) {
    const vec zero = v_set1(0.0f), quarter = v_set1(0.25f), five = v_set1(5.0f);
    vec bell[TOGETHER], root[TOGETHER], ripple[TOGETHER], product[TOGETHER];
    for (int g = 0; g < TOGETHER; g++) {
        const vec square = v_mul(p->of[g][0], p->of[g][0]);
        root[g] = v_sqrt(v_add(square, five));
        bell[g] = exp_inside(v_max(v_set1(ripple_faint), v_mul(v_set1(-5.0f), square)));
    }
    for (int g = 0; g < TOGETHER; g++) {
        turn_of(p->of[g][1], &ripple[g], &product[g]);
    }
    for (int g = 0; g < TOGETHER; g++) {
        const vec x = p->of[g][0], gap = v_sub(p->of[g][1], v_set1(100.0f));
        const vec below = v_select(v_less(gap, zero), v_set1(-0.25f), zero);
        const vec side = v_select(v_less(zero, gap), quarter, below);
        const vec size = v_of_bits(i_and(i_of_bits(gap), i_set1(0x7fffffffu)));
        const vec height = v_sub(root[g], v_set1(ripple_least_single));
        const vec slope = v_div(x, root[g]);
        ripple[g] = v_mul(ripple[g], bell[g]);
        p->of[g][2] = v_fma(v_mul(v_set1(-10.0f), x), ripple[g], slope);
        p->of[g][3] = v_fma(v_add(product[g], product[g]), bell[g], side);
        v_store_doubles(loss + g * WIDTH, v_fma(quarter, size, v_add(height, ripple[g])));
    }
}

static inline void load_places(const pes_kernels_ripples_single *p, int64_t i,
                               place_group *group) {
    for (int g = 0; g < TOGETHER; g++) {
        for (int d = 0; d < 4; d++) {
            group->of[g][d] = v_load(p->place[d] + i + g * WIDTH);
        }
    }
}

static inline void store_places(const place_group *group, int64_t i,
                                pes_kernels_ripples_single *p) {
    for (int g = 0; g < TOGETHER; g++) {
        for (int d = 0; d < 4; d++) {
            v_store(p->place[d] + i + g * WIDTH, group->of[g][d]);
        }
    }
}

static void ripple_measure_single(pes_kernels_ripples_single *p, double *loss) {
    double f[PES_KERNELS_RIPPLES];
    for (int64_t i = 0; i < p->count; i += TOGETHER * WIDTH) {
        place_group group;
        load_places(p, i, &group);
        measure_singles(&group, f + i);
        store_places(&group, i, p);
    }
    memcpy(loss, f, (size_t)p->count * sizeof *f);
}

// One step of the points of a group.
static inline void step_singles(pes_kernels_ripples_single *p, int64_t i, vec horizon,
                                vec share, double *loss) {
    const vec one = v_set1(1.0f);
    place_group group;
    load_places(p, i, &group);
    for (int g = 0; g < TOGETHER; g++) {
        const int64_t at = i + g * WIDTH;
        const vec time = v_load(p->time + at), passed = v_mul(time, share);
        const vec begun = v_mul(v_sub(one, passed), v_load(p->first + at));
        const vec rate = v_fma(passed, v_load(p->last + at), begun);
        const vec back = v_sub(v_set1(-0.0f), rate);
        for (int d = 0; d < 2; d++) {
            group.of[g][d] = v_fma(back, group.of[g][2 + d], group.of[g][d]);
        }
        v_store(p->time + at, v_min(v_add(time, one), horizon));
    }
    measure_singles(&group, loss);
    store_places(&group, i, p);
}

// A few steps of all points at a time, so that no step waits for the turning of its losses.
static void ripple_steps_single(pes_kernels_ripples_single *p, int64_t steps, double *loss) {
    enum { FEW_STEPS = 16 };
    const vec horizon = v_set1(p->horizon), share = v_set1(1.0f / p->horizon);
    for (int64_t first = 0; first < steps; first += FEW_STEPS) {
        double f[FEW_STEPS * PES_KERNELS_RIPPLES], *at = f;
        const int64_t here = steps - first < FEW_STEPS ? steps - first : FEW_STEPS;
        for (int64_t t = 0; t < here; t++, at += PES_KERNELS_RIPPLES) {
            for (int64_t i = 0; i < p->count; i += TOGETHER * WIDTH) {
                step_singles(p, i, horizon, share, at + i);
            }
        }
        turn(p->count, here, f, PES_KERNELS_RIPPLES, loss + first, steps);
    }
}

#endif // PES_KERNELS_WIDE_RIPPLE_SINGLE_H
