// The numbers that the definition (scalar) and the vector kernels share.
//
// The polynomials are minimax fits by Remez' algorithm in the relative error of the whole
// function, their coefficients rounded to float. "2^-28" names the error before that rounding.

#ifndef PES_KERNELS_CONSTANTS_H
#define PES_KERNELS_CONSTANTS_H

#include <stdint.h>

// exp(x) = 2^n exp(r), n = round(x / ln 2), |r| <= ln(2) / 2
//     exp(r) = 1 + r + r^2 (exp_2 + exp_3 r + ... + exp_6 r^4), 2^-28
// Adding `round_magic` leaves n in the low bits of the float.
static const float log2_e = 0x1.715476p+0f;
static const float ln2_high = 0x1.62e43p-1f, ln2_low = -0x1.05c61p-29f;
static const float round_magic = 0x1.8p+23f;
static const float exp_2 = 0x1.fffffcp-2f, exp_3 = 0x1.555492p-3f, exp_4 = 0x1.5558f2p-5f,
                   exp_5 = 0x1.1239e2p-7f, exp_6 = 0x1.6a2442p-10f;
static const float exp_largest = 0x1.62e42ep+6f;   // above: infinity
static const float exp_smallest = -0x1.5d589ep+6f; // below: the result would be subnormal, 0

// log(x) = e ln 2 + log(1 + f), sqrt(1/2) <= 1 + f < sqrt(2)
//     log(1 + f) = f - f^2 / 2 + f^3 (log_3 + log_4 f + ... + log_10 f^7), 2^-27
static const uint32_t sqrt_half_bits = 0x3f3504f3u, one_bits = 0x3f800000u;
static const uint32_t mantissa_bits = 0x007fffffu;
static const float log_3 = 0x1.555554p-2f, log_4 = -0x1.000226p-2f, log_5 = 0x1.99a008p-3f,
                   log_6 = -0x1.547246p-3f, log_7 = 0x1.22da18p-3f, log_8 = -0x1.0d8538p-3f,
                   log_9 = 0x1.055b7cp-3f, log_10 = -0x1.38b5d2p-4f;
static const float smallest_normal = 0x1p-126f;
static const float subnormal_scale = 0x1p+24f, subnormal_exponent = 24.0f;

// tanh(x) = x + x^3 (tanh_0 + tanh_1 x^2 + ... + tanh_4 x^8), |x| < tanh_split, 2^-27
//         = 1 - 2 / (exp(2 x) + 1) beyond, and 1 in float from below `tanh_limit`
static const float tanh_0 = -0x1.55552ap-2f, tanh_1 = 0x1.11053cp-3f, tanh_2 = -0x1.b7fa9p-5f,
                   tanh_3 = 0x1.507024p-6f, tanh_4 = -0x1.6e1a36p-8f;
static const float tanh_split = 0.625f, tanh_limit = 10.0f;

// The same in double precision: exp(r) as above to the eleventh power, 2^-57.
static const double dexp_log2_e = 0x1.71547652b82fep+0;
static const double dexp_ln2_high = 0x1.62e42fefa39efp-1, dexp_ln2_low = 0x1.abc9e3b39803fp-56;
static const double dround_magic = 0x1.8p+52;
static const double dexp_term[10] = { // of r^2, r^3, ..., r^11
    0x1.000000000000ap-1,  0x1.55555555554fap-3,  0x1.555555555087cp-5,  0x1.1111111127be7p-7,
    0x1.6c16c1842a146p-10, 0x1.a01a012a56eaep-13, 0x1.a0199a0c60530p-16, 0x1.71df255414f8bp-19,
    0x1.28ad72d2aa81bp-22, 0x1.ad7f6bf642582p-26};
static const double dexp_largest = 0x1.62e42fefa39efp+9;   // above: infinity
static const double dexp_smallest = -0x1.6232bdd7abcd1p+9; // below: subnormal, 0

// sin and cos in double precision: x = n pi / 2 + r, |r| <= pi / 4, pi / 2 in three parts
//     sin r = r + r^3 (dsin_0 + dsin_1 r^2 + ...), 2^-58
//     cos r = 1 - r^2 / 2 + r^4 (dcos_0 + dcos_1 r^2 + ...), 2^-64
// Each of the three subtractions is one fused multiply-add, the first of them exact, so that
// r is right to its last places up to dsincos_largest, to which larger arguments are cut.
static const double two_over_pi = 0x1.45f306dc9c883p-1;
static const double half_pi_part[3] = {0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54,
                                       -0x1.f1976b7ed8fbcp-110};
static const double dsincos_largest = 0x1p+30;
static const double dsin_term[6] = {-0x1.5555555555549p-3,  0x1.111111110f87ap-7,
                                    -0x1.a01a019c11991p-13, 0x1.71de3577b6619p-19,
                                    -0x1.ae5e663a64c27p-26, 0x1.5d9300eff9133p-33};
static const double dcos_term[6] = {0x1.555555555554cp-5,  -0x1.6c16c16c1517ep-10,
                                    0x1.a01a019cb1bd7p-16, -0x1.27e4f809f0733p-22,
                                    0x1.1ee9ebe90edbap-29, -0x1.8fae9c6734a09p-37};

// The rippled function: the square root of 5, rounded.
static const double ripple_least = 0x1.1e3779b97f4a8p+1;

// The same in single precision. sin(y)^2 and sin(2 y) repeat after half a turn, so that y = n
// pi
// + r, |r| <= pi / 2, pi in two parts, is all there is to know:
//     sin r = r + r^3 (ripple_sin[0] + ripple_sin[1] r^2 + ...), 2^-27
//     cos r = 1 + r^2 (ripple_cos[0] + ripple_cos[1] r^2 + ...), 2^-31
static const float ripple_least_single = 0x1.1e377ap+1f;
static const float one_over_pi = 0x1.45f306p-2f;
static const float pi_high = 0x1.921fb6p+1f, pi_low = -0x1.777a5cp-24f;
static const float ripple_largest = 0x1p+17f, ripple_faint = -60.0f;
static const float ripple_sin[4] = {-0x1.55554cp-3f, 0x1.110ed4p-7f, -0x1.9f6ffep-13f,
                                    0x1.5dbde6p-19f};
static const float ripple_cos[5] = {-0x1p-1f, 0x1.555548p-5f, -0x1.6c138p-10f, 0x1.9f6f7ep-16f,
                                    -0x1.18002cp-22f};

// sin(v pi / 2) = v (sin_0 + sin_1 v^2 + ...), 2^-28; cos(v pi / 2) = 1 + v^2 (cos_1 + ...),
// 2^-33; |v| <= 1/2
static const float sin_0 = 0x1.921fb6p+0f, sin_1 = -0x1.4abbbap-1f, sin_2 = 0x1.465e92p-4f,
                   sin_3 = -0x1.2d9302p-8f;
static const float cos_1 = -0x1.3bd3ccp+0f, cos_2 = 0x1.03c1dep-2f, cos_3 = -0x1.55c5ep-6f,
                   cos_4 = 0x1.d9d57ep-11f;

// The factored optimizer: what is added to s below a root, and where sums of squares begin, so
// that none is subnormal, which makes some processors slow.
static const float factored_least = 1e-6f, factored_dust = 1e-30f;

// Philox4x32: multipliers and key increments from Salmon et al. (2011), table 2.
enum { PHILOX_ROUNDS = 10 };
static const uint32_t philox_multiplier_0 = 0xD2511F53u, philox_multiplier_1 = 0xCD9E8D57u;
static const uint32_t philox_weyl_0 = 0x9E3779B9u, philox_weyl_1 = 0xBB67AE85u;

// The sums of softmax_cross_entropy() run in this many lanes, joined by a tree.
enum { SUM_LANES = 16 };

#endif // PES_KERNELS_CONSTANTS_H
