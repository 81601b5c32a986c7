// Powers by multiplications and square roots alone. IEEE 754 fixes the result of both, so the
// bits are the same on every machine, which those of pow(), exp() and cos() are not.

#ifndef PES_BASE_POWER_H
#define PES_BASE_POWER_H

#include <stdint.h>

// base^exponent by squaring; exponent >= 0.
double pes_power_integer(double base, int64_t exponent);

// base^(numerator / denominator) for base >= 0, numerator >= 0, denominator >= 1.
double pes_power_fraction(double base, int64_t numerator, int64_t denominator);

// cos(pi x) for x in 0..1, to 1e-15.
double pes_power_cosine(double x);

#endif // PES_BASE_POWER_H
