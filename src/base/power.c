#include "base/power.h"

#include <math.h>

double pes_power_integer(double base, int64_t exponent) {
    double power = 1.0;
    for (; exponent > 0; exponent >>= 1) {
        if ((exponent & 1) != 0) {
            power *= base;
        }
        base *= base;
    }
    return power;
}

// The whole part of the exponent by squaring; the rest, in binary, picks from the square root
// of the base, the root of that, and so on.
double pes_power_fraction(double base, int64_t numerator, int64_t denominator) {
    double power = pes_power_integer(base, numerator / denominator);
    double rest = (double)(numerator % denominator) / (double)denominator;
    for (double root = base; rest > 0.0;) {
        root = sqrt(root);
        rest *= 2.0;
        if (rest >= 1.0) {
            power *= root;
            rest -= 1.0;
        }
    }
    return power;
}

// Taylor's series of cos and sin for an angle up to pi / 4, whose tenth term is below 1e-17.
static double series(double angle, double first, int begin) {
    double sum = 0.0, term = first;
    for (int k = begin; k < begin + 20; k += 2) {
        sum += term;
        term *= -(angle * angle) / (double)(k * (k + 1));
    }
    return sum;
}

double pes_power_cosine(double x) {
    const double pi = 3.14159265358979323846;
    if (x > 0.5) {
        return -pes_power_cosine(1.0 - x);
    }
    if (x > 0.25) {
        const double angle = pi * (0.5 - x);
        return series(angle, angle, 2); // sin: angle - angle^3 / (2 3) + ...
    }
    return series(pi * x, 1.0, 1); // cos: 1 - angle^2 / (1 2) + ...
}
