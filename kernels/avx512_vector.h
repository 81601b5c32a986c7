// The vocabulary of the wide_*.h files in AVX-512: sixteen floats. avx2_vector.h defines the
// same names for eight.

#ifndef PES_KERNELS_AVX512_VECTOR_H
#define PES_KERNELS_AVX512_VECTOR_H

#include <immintrin.h>
#include <stdint.h>

enum { WIDTH = 16 };

#define PACK_STRAIGHT_ROWS INT64_MAX // aligned panels of B serve where they are
enum { UNROLL_PACKED = 0 };          // one loop for all panels: a masked load is a load
enum { PARTIAL_STORES_COST = 0 };    // a masked store is a store

typedef __m512 vec;      // floats
typedef __m512i ivec;    // 32-bit integers, or 64-bit ones where w_ is said
typedef __mmask16 vmask; // the outcome of a comparison
typedef __mmask16 part;  // the first lanes of a vector
typedef __m512i wvec;    // WIDTH / 2 integers of 64 bits

static inline part v_part(int64_t count) {
    return (part)((1u << count) - 1u);
}

static inline vec v_set1(float x) {
    return _mm512_set1_ps(x);
}

static inline vec v_load(const float *x) {
    return _mm512_loadu_ps(x);
}

static inline void v_store(float *x, vec value) {
    _mm512_storeu_ps(x, value);
}

// Absent lanes are neither read nor written; they hold 0, or `fill`.
static inline vec v_load_part(const float *x, part lanes) {
    return _mm512_maskz_loadu_ps(lanes, x);
}

static inline vec v_load_part_or(const float *x, part lanes, vec fill) {
    return _mm512_mask_loadu_ps(fill, lanes, x);
}

static inline void v_store_part(float *x, part lanes, vec value) {
    _mm512_mask_storeu_ps(x, lanes, value);
}

static inline vec v_keep(part lanes, vec x) {
    return _mm512_maskz_mov_ps(lanes, x);
}

static inline vec v_add(vec x, vec y) {
    return _mm512_add_ps(x, y);
}

static inline vec v_sub(vec x, vec y) {
    return _mm512_sub_ps(x, y);
}

static inline vec v_mul(vec x, vec y) {
    return _mm512_mul_ps(x, y);
}

static inline vec v_div(vec x, vec y) {
    return _mm512_div_ps(x, y);
}

static inline vec v_sqrt(vec x) {
    return _mm512_sqrt_ps(x);
}

static inline vec v_fma(vec x, vec y, vec z) {
    return _mm512_fmadd_ps(x, y, z);
}

// x > y ? x : y, and x < y ? x : y: the second where either is not a number.
static inline vec v_max(vec x, vec y) {
    return _mm512_max_ps(x, y);
}

static inline vec v_min(vec x, vec y) {
    return _mm512_min_ps(x, y);
}

static inline vmask v_less(vec x, vec y) {
    return _mm512_cmp_ps_mask(x, y, _CMP_LT_OQ);
}

static inline vmask v_equal(vec x, vec y) {
    return _mm512_cmp_ps_mask(x, y, _CMP_EQ_OQ);
}

static inline vmask v_not_at_least(vec x, vec y) {
    return _mm512_cmp_ps_mask(x, y, _CMP_NGE_UQ);
}

static inline vmask v_is_nan(vec x) {
    return _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q);
}

static inline vec v_select(vmask mask, vec yes, vec no) {
    return _mm512_mask_blend_ps(mask, no, yes);
}

static inline unsigned v_mask_bits(vmask mask) {
    return mask;
}

static inline ivec i_set1(uint32_t x) {
    return _mm512_set1_epi32((int32_t)x);
}

static inline ivec i_of_bits(vec x) {
    return _mm512_castps_si512(x);
}

static inline vec v_of_bits(ivec x) {
    return _mm512_castsi512_ps(x);
}

static inline vec v_of_int(ivec x) {
    return _mm512_cvtepi32_ps(x);
}

static inline ivec i_add(ivec x, ivec y) {
    return _mm512_add_epi32(x, y);
}

static inline ivec i_and(ivec x, ivec y) {
    return _mm512_and_si512(x, y);
}

static inline ivec i_or(ivec x, ivec y) {
    return _mm512_or_si512(x, y);
}

static inline ivec i_xor(ivec x, ivec y) {
    return _mm512_xor_si512(x, y);
}

// Lanes whose top bit is set.
static inline vmask v_top_bits(ivec x) {
    return _mm512_movepi32_mask(x);
}

#define i_shift_left(x, count)  _mm512_slli_epi32(x, count)
#define i_shift_right(x, count) _mm512_srli_epi32(x, count)

// ---- half a vector, for the tiles of wide_tile.h --------------------------------------------

typedef __m256 half_vec;

static inline half_vec h_zero(void) {
    return _mm256_setzero_ps();
}

static inline half_vec h_low(vec x) {
    return _mm512_castps512_ps256(x);
}

static inline half_vec h_load_part(const float *x, part lanes) {
    return _mm256_maskz_loadu_ps((__mmask8)lanes, x);
}

static inline void h_store_part(float *x, part lanes, half_vec value) {
    _mm256_mask_storeu_ps(x, (__mmask8)lanes, value);
}

static inline half_vec h_fma(half_vec x, half_vec y, half_vec z) {
    return _mm256_fmadd_ps(x, y, z);
}

// ---- 64-bit lanes, for Philox ---------------------------------------------------------------

static inline wvec w_set1(uint32_t x) {
    return _mm512_set1_epi64((int64_t)x);
}

static inline wvec w_iota(void) {
    return _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0);
}

static inline wvec w_add(wvec x, wvec y) {
    return _mm512_add_epi64(x, y);
}

// The product of the low halves.
static inline wvec w_mul_low(wvec x, wvec y) {
    return _mm512_mul_epu32(x, y);
}

static inline wvec w_high(wvec x) {
    return _mm512_srli_epi64(x, 32);
}

static inline wvec w_xor3(wvec x, wvec y, wvec z) {
    return _mm512_ternarylogic_epi64(x, y, z, 0x96);
}

// The low halves of x and y, alternating.
static inline ivec w_pair(wvec x, wvec y) {
    return _mm512_mask_shuffle_epi32(x, 0xAAAA, y, _MM_PERM_CCAA);
}

// Write x0 y0 x1 y1 x2 y2 ...
static inline void v_store_alternating(float *out, vec x, vec y) {
    const __m512i first = _mm512_set_epi64(11, 10, 3, 2, 9, 8, 1, 0);
    const __m512i second = _mm512_set_epi64(15, 14, 7, 6, 13, 12, 5, 4);
    const __m512d low = _mm512_castps_pd(_mm512_unpacklo_ps(x, y));
    const __m512d high = _mm512_castps_pd(_mm512_unpackhi_ps(x, y));
    v_store(out, _mm512_castpd_ps(_mm512_permutex2var_pd(low, first, high)));
    v_store(out + WIDTH, _mm512_castpd_ps(_mm512_permutex2var_pd(low, second, high)));
}

// ---- doubles, WIDTH / 2 of them -------------------------------------------------------------

typedef __m512d dvec;
typedef __mmask8 dmask;

static inline dvec d_set1(double x) {
    return _mm512_set1_pd(x);
}

static inline dvec d_load(const double *x) {
    return _mm512_loadu_pd(x);
}

static inline void d_store(double *x, dvec value) {
    _mm512_storeu_pd(x, value);
}

static inline dvec d_add(dvec x, dvec y) {
    return _mm512_add_pd(x, y);
}

static inline dvec d_sub(dvec x, dvec y) {
    return _mm512_sub_pd(x, y);
}

static inline dvec d_mul(dvec x, dvec y) {
    return _mm512_mul_pd(x, y);
}

static inline dvec d_div(dvec x, dvec y) {
    return _mm512_div_pd(x, y);
}

static inline dvec d_sqrt(dvec x) {
    return _mm512_sqrt_pd(x);
}

static inline dvec d_fma(dvec x, dvec y, dvec z) {
    return _mm512_fmadd_pd(x, y, z);
}

static inline dvec d_max(dvec x, dvec y) {
    return _mm512_max_pd(x, y);
}

static inline dvec d_min(dvec x, dvec y) {
    return _mm512_min_pd(x, y);
}

static inline dmask d_less(dvec x, dvec y) {
    return _mm512_cmp_pd_mask(x, y, _CMP_LT_OQ);
}

static inline dmask d_is_nan(dvec x) {
    return _mm512_cmp_pd_mask(x, x, _CMP_UNORD_Q);
}

static inline dvec d_select(dmask mask, dvec yes, dvec no) {
    return _mm512_mask_blend_pd(mask, no, yes);
}

// x with its sign changed where the top bit of `signs` is set.
static inline dvec d_xor_sign(dvec x, wvec signs) {
    const __m512d sign = _mm512_and_pd(_mm512_castsi512_pd(signs), _mm512_set1_pd(-0.0));
    return _mm512_xor_pd(x, sign);
}

static inline wvec w_of_bits(dvec x) {
    return _mm512_castpd_si512(x);
}

static inline dvec d_of_bits(wvec x) {
    return _mm512_castsi512_pd(x);
}

// Lanes whose lowest bit is set.
static inline dmask d_odd(wvec x) {
    return _mm512_test_epi64_mask(x, _mm512_set1_epi64(1));
}

#define w_shift_left(x, count) _mm512_slli_epi64(x, count)

// ---- across lanes, and other types ----------------------------------------------------------

enum { SUM_PARTS = 1 };

// Sixteen lanes to one: halves are added until one is left.
static inline float v_sum_lanes(const vec x[SUM_PARTS]) {
    const __m256 eight =
        _mm256_add_ps(_mm512_castps512_ps256(x[0]), _mm512_extractf32x8_ps(x[0], 1));
    const __m128 quarter =
        _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_add_ps(quarter, _mm_movehl_ps(quarter, quarter));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

static inline float v_max_lanes(vec x) {
    const __m256 eight = _mm256_max_ps(_mm512_castps512_ps256(x), _mm512_extractf32x8_ps(x, 1));
    const __m128 quarter =
        _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_max_ps(quarter, _mm_movehl_ps(quarter, quarter));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

// Every lane: (float)((double)x + factor * (double)y), not fused.
static inline vec v_add_scaled_in_double(vec x, double factor, vec y) {
    const __m512d f = _mm512_set1_pd(factor);
    const __m512d x0 = _mm512_cvtps_pd(_mm512_castps512_ps256(x));
    const __m512d x1 = _mm512_cvtps_pd(_mm512_extractf32x8_ps(x, 1));
    const __m512d y0 = _mm512_cvtps_pd(_mm512_castps512_ps256(y));
    const __m512d y1 = _mm512_cvtps_pd(_mm512_extractf32x8_ps(y, 1));
    const __m256 low = _mm512_cvtpd_ps(_mm512_add_pd(x0, _mm512_mul_pd(f, y0)));
    const __m256 high = _mm512_cvtpd_ps(_mm512_add_pd(x1, _mm512_mul_pd(f, y1)));
    return _mm512_insertf32x8(_mm512_castps256_ps512(low), high, 1);
}

// sum[0 .. WIDTH) += factor * x, not fused.
static inline void v_accumulate_in_double(double *sum, double factor, vec x) {
    const __m512d f = _mm512_set1_pd(factor);
    const __m512d x0 = _mm512_cvtps_pd(_mm512_castps512_ps256(x));
    const __m512d x1 = _mm512_cvtps_pd(_mm512_extractf32x8_ps(x, 1));
    _mm512_storeu_pd(sum, _mm512_add_pd(_mm512_loadu_pd(sum), _mm512_mul_pd(f, x0)));
    _mm512_storeu_pd(sum + 8, _mm512_add_pd(_mm512_loadu_pd(sum + 8), _mm512_mul_pd(f, x1)));
}

static inline void v_store_doubles(double *out, vec x) {
    _mm512_storeu_pd(out, _mm512_cvtps_pd(_mm512_castps512_ps256(x)));
    _mm512_storeu_pd(out + 8, _mm512_cvtps_pd(_mm512_extractf32x8_ps(x, 1)));
}

// Sixteen sums in double, for squares(); joined by halves, lane l with l + 8 first.
typedef struct lanes16 {
    __m512d low, high;
} lanes16;

static inline lanes16 v_lanes16_zero(void) {
    return (lanes16){_mm512_setzero_pd(), _mm512_setzero_pd()};
}

static inline lanes16 v_lanes16_add_squares(lanes16 sum, const float *x) {
    const __m512d low = _mm512_cvtps_pd(_mm256_loadu_ps(x));
    const __m512d high = _mm512_cvtps_pd(_mm256_loadu_ps(x + 8));
    sum.low = _mm512_fmadd_pd(low, low, sum.low);
    sum.high = _mm512_fmadd_pd(high, high, sum.high);
    return sum;
}

static inline double v_lanes16_join(lanes16 sum) {
    const __m512d eight = _mm512_add_pd(sum.low, sum.high);
    const __m256d four =
        _mm256_add_pd(_mm512_castpd512_pd256(eight), _mm512_extractf64x4_pd(eight, 1));
    const __m128d two =
        _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
    return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
}

static inline vec v_load_bytes(const uint8_t *x) {
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)x)));
}

// Four columns of WIDTH rows become four vectors, `stride` apart.
static inline void v_transpose_4(const float *const row[WIDTH], int64_t at, float *out,
                                 int64_t stride) {
    __m512 x[4]; // x[i]: rows i, i + 4, i + 8, i + 12, four columns each
    for (int i = 0; i < 4; i++) {
        x[i] = _mm512_castps128_ps512(_mm_loadu_ps(row[i] + at));
        x[i] = _mm512_insertf32x4(x[i], _mm_loadu_ps(row[i + 4] + at), 1);
        x[i] = _mm512_insertf32x4(x[i], _mm_loadu_ps(row[i + 8] + at), 2);
        x[i] = _mm512_insertf32x4(x[i], _mm_loadu_ps(row[i + 12] + at), 3);
    }
    const __m512d a = _mm512_castps_pd(_mm512_unpacklo_ps(x[0], x[1]));
    const __m512d b = _mm512_castps_pd(_mm512_unpacklo_ps(x[2], x[3]));
    const __m512d c = _mm512_castps_pd(_mm512_unpackhi_ps(x[0], x[1]));
    const __m512d d = _mm512_castps_pd(_mm512_unpackhi_ps(x[2], x[3]));
    v_store(out, _mm512_castpd_ps(_mm512_unpacklo_pd(a, b)));
    v_store(out + stride, _mm512_castpd_ps(_mm512_unpackhi_pd(a, b)));
    v_store(out + 2 * stride, _mm512_castpd_ps(_mm512_unpacklo_pd(c, d)));
    v_store(out + 3 * stride, _mm512_castpd_ps(_mm512_unpackhi_pd(c, d)));
}

#endif // PES_KERNELS_AVX512_VECTOR_H
