// Central differences of decreasing steps have errors in even powers of the step,
//
//     D(h) = (L(h) - L(-h)) / 2h = L' + c_2 h^2 + c_4 h^4 + ...
//
// so that (4^m D_m(h / 2) - D_m(h)) / (4^m - 1) removes one power after the other. Rounding
// grows as steps shrink; the entry that differs least from the two that it was made of is
// taken.

#include "train/differences.h"

#include <math.h>

static double larger(double a, double b) {
    return a > b ? a : b;
}

// change(h) - 10 change(h / 2) + 16 change(h / 4) is free of h and of h^3; what is left of
// small steps is rounding, sqrt(1 + 10^2 + 16^2) times as large.
double pes_difference_noise(const double change[PES_DIFFERENCE_LEVELS]) {
    double noise = 0.0;
    for (int level = PES_DIFFERENCE_LEVELS - 4; level + 2 < PES_DIFFERENCE_LEVELS; level++) {
        const double rest = change[level] - 10.0 * change[level + 1] + 16.0 * change[level + 2];
        noise = larger(noise, fabs(rest) / 18.9);
    }
    return noise;
}

pes_difference pes_difference_extrapolate(const double change[PES_DIFFERENCE_LEVELS],
                                          double noise) {
    double before[PES_DIFFERENCE_LEVELS], row[PES_DIFFERENCE_LEVELS];
    pes_difference best = {.value = 0.5 * change[0], .error = (double)INFINITY};
    double scale = 0.5;
    for (int level = 0; level < PES_DIFFERENCE_LEVELS; level++, scale *= 2.0) {
        row[0] = scale * change[level];
        double power = 1.0;
        for (int m = 1; m <= level; m++) {
            power *= 4.0;
            row[m] = (power * row[m - 1] - before[m - 1]) / (power - 1.0);
            const double moved =
                larger(fabs(row[m] - row[m - 1]), fabs(row[m] - before[m - 1]));
            const double error = larger(moved, scale * noise);
            if (error < best.error) {
                best = (pes_difference){.value = row[m], .error = error};
            }
        }
        for (int m = 0; m <= level; m++) {
            before[m] = row[m];
        }
    }
    return best;
}

// Sums and differences of numbers below 2^e that are multiples of 2^(e - 23) stay below
// 2^(e + 1) and are numbers of 24 bits.
static void round_one(int64_t count, int64_t params, float *theta, double *step) {
    double largest = fabs(*step);
    for (int64_t i = 0; i < count; i++) {
        largest = larger(largest, fabs((double)theta[i * params]));
    }
    int exponent;
    (void)frexp(largest, &exponent);
    const double unit = ldexp(1.0, exponent - 23);
    const double coarse = unit * (double)(1 << (PES_DIFFERENCE_LEVELS - 1));
    const double steps = round(*step / coarse);
    *step = coarse * (steps != 0.0 ? steps : copysign(1.0, *step));
    for (int64_t i = 0; i < count; i++) {
        theta[i * params] = (float)(unit * round((double)theta[i * params] / unit));
    }
}

void pes_difference_round(int64_t count, int64_t params, float *theta, double *step) {
    for (int64_t p = 0; p < params; p++) {
        round_one(count, params, theta + p, step + p);
    }
}
