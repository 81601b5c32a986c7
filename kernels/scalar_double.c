// The definition of exp, sine and cosine in double precision. Arguments are reduced with fused
// multiply-adds, which need no tables and no branches; a C library's functions are not used
// because their last bits differ from one to the next.

#include "kernels/constants.h"
#include "kernels/scalar.h"

#include <math.h>
#include <string.h>

static uint64_t bits_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double double_of(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static double dexp_of(double x) {
    const double shifted = fma(x, dexp_log2_e, dround_magic);
    const double n = shifted - dround_magic;
    double r = fma(n, -dexp_ln2_high, x);
    r = fma(n, -dexp_ln2_low, r);
    double p = dexp_term[9];
    for (int i = 8; i >= 0; i--) {
        p = fma(p, r, dexp_term[i]);
    }
    p = 1.0 + fma(p, r * r, r);
    double y = double_of(bits_of(p) + (bits_of(shifted) << 52)); // times 2^n
    y = x > dexp_largest ? INFINITY : y;
    y = x < dexp_smallest ? 0.0 : y;
    return x != x ? (double)NAN : y;
}

void pes_scalar_dexp(int64_t n, const double *x, double *y) {
    for (int64_t i = 0; i < n; i++) {
        y[i] = dexp_of(x[i]);
    }
}

static double sine_inside(double r, double square) {
    double p = dsin_term[5];
    for (int i = 4; i >= 0; i--) {
        p = fma(p, square, dsin_term[i]);
    }
    return fma(p * square, r, r);
}

static double cosine_inside(double square) {
    double p = dcos_term[5];
    for (int i = 4; i >= 0; i--) {
        p = fma(p, square, dcos_term[i]);
    }
    return fma(p, square * square, fma(-0.5, square, 1.0));
}

// x = n pi / 2 + r: sine and cosine of r change places when n is odd; that of x is negative for
// n = 2, 3 modulo 4, this one for n = 1, 2.
static void sincos_of(double x, double *sine, double *cosine) {
    double inside = x < dsincos_largest ? x : dsincos_largest;
    inside = inside > -dsincos_largest ? inside : -dsincos_largest;
    const double shifted = fma(inside, two_over_pi, dround_magic);
    const double n = shifted - dround_magic;
    double r = fma(n, -half_pi_part[0], inside);
    r = fma(n, -half_pi_part[1], r);
    r = fma(n, -half_pi_part[2], r);
    const double s = sine_inside(r, r * r), c = cosine_inside(r * r);
    const uint64_t quarter = bits_of(shifted), sign = UINT64_C(1) << 63;
    const bool odd = (quarter & 1) != 0;
    const double y = double_of(bits_of(odd ? c : s) ^ (quarter << 62 & sign));
    const double z = double_of(bits_of(odd ? s : c) ^ ((quarter + 1) << 62 & sign));
    *sine = x != x ? (double)NAN : y;
    *cosine = x != x ? (double)NAN : z;
}

void pes_scalar_dsincos(int64_t n, const double *x, double *sine, double *cosine) {
    for (int64_t i = 0; i < n; i++) {
        sincos_of(x[i], sine + i, cosine + i);
    }
}
