// The vocabulary of the wide_*.h files in AVX2 with FMA: eight floats. avx512_vector.h defines
// the same names for sixteen, and says more.

#ifndef PES_KERNELS_AVX2_VECTOR_H
#define PES_KERNELS_AVX2_VECTOR_H

#include <immintrin.h>
#include <stdint.h>

enum { WIDTH = 8 };

enum { PACK_STRAIGHT_ROWS = 48 }; // copy even an aligned panel of B for so many rows of C
enum { UNROLL_PACKED = 1 };       // take packed panels in steps of eight
enum { PARTIAL_STORES_COST = 1 }; // a partial store costs several instructions

typedef __m256 vec;
typedef __m256i ivec;
typedef __m256 vmask; // all bits of a lane, or none
typedef __m256i part; // likewise
typedef __m256i wvec;

static inline part v_part(int64_t count) {
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int32_t)count), lane);
}

static inline vec v_set1(float x) {
    return _mm256_set1_ps(x);
}

static inline vec v_load(const float *x) {
    return _mm256_loadu_ps(x);
}

static inline void v_store(float *x, vec value) {
    _mm256_storeu_ps(x, value);
}

static inline vec v_load_part(const float *x, part lanes) {
    return _mm256_maskload_ps(x, lanes);
}

static inline vec v_load_part_or(const float *x, part lanes, vec fill) {
    return _mm256_blendv_ps(fill, _mm256_maskload_ps(x, lanes), _mm256_castsi256_ps(lanes));
}

// One to three plain stores: some processors (Zen) take a dozen cycles and more for a masked
// one.
static inline void v_store_part(float *x, part lanes, vec value) {
    const int count = __builtin_ctz(~(unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(lanes)));
    __m128 left = _mm256_castps256_ps128(value);
    if (count & 8) {
        _mm256_storeu_ps(x, value);
    }
    if (count & 4) {
        _mm_storeu_ps(x, left);
        left = _mm256_extractf128_ps(value, 1);
        x += 4;
    }
    if (count & 2) {
        _mm_storel_pi((__m64 *)(void *)x, left);
        left = _mm_movehl_ps(left, left);
        x += 2;
    }
    if (count & 1) {
        _mm_store_ss(x, left);
    }
}

static inline vec v_keep(part lanes, vec x) {
    return _mm256_and_ps(_mm256_castsi256_ps(lanes), x);
}

static inline vec v_add(vec x, vec y) {
    return _mm256_add_ps(x, y);
}

static inline vec v_sub(vec x, vec y) {
    return _mm256_sub_ps(x, y);
}

static inline vec v_mul(vec x, vec y) {
    return _mm256_mul_ps(x, y);
}

static inline vec v_div(vec x, vec y) {
    return _mm256_div_ps(x, y);
}

static inline vec v_sqrt(vec x) {
    return _mm256_sqrt_ps(x);
}

static inline vec v_fma(vec x, vec y, vec z) {
    return _mm256_fmadd_ps(x, y, z);
}

static inline vec v_max(vec x, vec y) {
    return _mm256_max_ps(x, y);
}

static inline vec v_min(vec x, vec y) {
    return _mm256_min_ps(x, y);
}

static inline vmask v_less(vec x, vec y) {
    return _mm256_cmp_ps(x, y, _CMP_LT_OQ);
}

static inline vmask v_equal(vec x, vec y) {
    return _mm256_cmp_ps(x, y, _CMP_EQ_OQ);
}

static inline vmask v_not_at_least(vec x, vec y) {
    return _mm256_cmp_ps(x, y, _CMP_NGE_UQ);
}

static inline vmask v_is_nan(vec x) {
    return _mm256_cmp_ps(x, x, _CMP_UNORD_Q);
}

static inline vec v_select(vmask mask, vec yes, vec no) {
    return _mm256_blendv_ps(no, yes, mask);
}

static inline unsigned v_mask_bits(vmask mask) {
    return (unsigned)_mm256_movemask_ps(mask);
}

static inline ivec i_set1(uint32_t x) {
    return _mm256_set1_epi32((int32_t)x);
}

static inline ivec i_of_bits(vec x) {
    return _mm256_castps_si256(x);
}

static inline vec v_of_bits(ivec x) {
    return _mm256_castsi256_ps(x);
}

static inline vec v_of_int(ivec x) {
    return _mm256_cvtepi32_ps(x);
}

static inline ivec i_add(ivec x, ivec y) {
    return _mm256_add_epi32(x, y);
}

static inline ivec i_and(ivec x, ivec y) {
    return _mm256_and_si256(x, y);
}

static inline ivec i_or(ivec x, ivec y) {
    return _mm256_or_si256(x, y);
}

static inline ivec i_xor(ivec x, ivec y) {
    return _mm256_xor_si256(x, y);
}

// Lanes whose top bit is set.
static inline vmask v_top_bits(ivec x) {
    return _mm256_castsi256_ps(x);
}

#define i_shift_left(x, count)  _mm256_slli_epi32(x, count)
#define i_shift_right(x, count) _mm256_srli_epi32(x, count)

// ---- 64-bit lanes, for Philox
// ----------------------------------------------------------------

static inline wvec w_set1(uint32_t x) {
    return _mm256_set1_epi64x((int64_t)x);
}

static inline wvec w_iota(void) {
    return _mm256_set_epi64x(3, 2, 1, 0);
}

static inline wvec w_add(wvec x, wvec y) {
    return _mm256_add_epi64(x, y);
}

static inline wvec w_mul_low(wvec x, wvec y) {
    return _mm256_mul_epu32(x, y);
}

static inline wvec w_high(wvec x) {
    return _mm256_srli_epi64(x, 32);
}

static inline wvec w_xor3(wvec x, wvec y, wvec z) {
    return _mm256_xor_si256(_mm256_xor_si256(y, z), x);
}

static inline ivec w_pair(wvec x, wvec y) {
    return _mm256_blend_epi32(x, _mm256_slli_epi64(y, 32), 0xAA);
}

static inline void v_store_alternating(float *out, vec x, vec y) {
    const __m256 low = _mm256_unpacklo_ps(x, y), high = _mm256_unpackhi_ps(x, y);
    v_store(out, _mm256_permute2f128_ps(low, high, 0x20));
    v_store(out + WIDTH, _mm256_permute2f128_ps(low, high, 0x31));
}

// ---- doubles, WIDTH / 2 of them
// --------------------------------------------------------------

typedef __m256d dvec;
typedef __m256d dmask; // the top bit of a lane counts

static inline dvec d_set1(double x) {
    return _mm256_set1_pd(x);
}

static inline dvec d_load(const double *x) {
    return _mm256_loadu_pd(x);
}

static inline void d_store(double *x, dvec value) {
    _mm256_storeu_pd(x, value);
}

static inline dvec d_add(dvec x, dvec y) {
    return _mm256_add_pd(x, y);
}

static inline dvec d_sub(dvec x, dvec y) {
    return _mm256_sub_pd(x, y);
}

static inline dvec d_mul(dvec x, dvec y) {
    return _mm256_mul_pd(x, y);
}

static inline dvec d_div(dvec x, dvec y) {
    return _mm256_div_pd(x, y);
}

static inline dvec d_sqrt(dvec x) {
    return _mm256_sqrt_pd(x);
}

static inline dvec d_fma(dvec x, dvec y, dvec z) {
    return _mm256_fmadd_pd(x, y, z);
}

static inline dvec d_max(dvec x, dvec y) {
    return _mm256_max_pd(x, y);
}

static inline dvec d_min(dvec x, dvec y) {
    return _mm256_min_pd(x, y);
}

static inline dmask d_less(dvec x, dvec y) {
    return _mm256_cmp_pd(x, y, _CMP_LT_OQ);
}

static inline dmask d_is_nan(dvec x) {
    return _mm256_cmp_pd(x, x, _CMP_UNORD_Q);
}

static inline dvec d_select(dmask mask, dvec yes, dvec no) {
    return _mm256_blendv_pd(no, yes, mask);
}

static inline dvec d_xor_sign(dvec x, wvec signs) {
    const __m256d sign = _mm256_and_pd(_mm256_castsi256_pd(signs), _mm256_set1_pd(-0.0));
    return _mm256_xor_pd(x, sign);
}

static inline wvec w_of_bits(dvec x) {
    return _mm256_castpd_si256(x);
}

static inline dvec d_of_bits(wvec x) {
    return _mm256_castsi256_pd(x);
}

static inline dmask d_odd(wvec x) {
    return _mm256_castsi256_pd(_mm256_slli_epi64(x, 63));
}

#define w_shift_left(x, count) _mm256_slli_epi64(x, count)

// ---- across lanes, and other types
// -----------------------------------------------------------

enum { SUM_PARTS = 2 };

static inline float v_sum_lanes(const vec x[SUM_PARTS]) {
    const __m256 half = _mm256_add_ps(x[0], x[1]);
    const __m128 quarter =
        _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
    const __m128 two = _mm_add_ps(quarter, _mm_movehl_ps(quarter, quarter));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

static inline float v_max_lanes(vec x) {
    const __m128 quarter = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    const __m128 two = _mm_max_ps(quarter, _mm_movehl_ps(quarter, quarter));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

static inline vec v_add_scaled_in_double(vec x, double factor, vec y) {
    const __m256d f = _mm256_set1_pd(factor);
    const __m256d x0 = _mm256_cvtps_pd(_mm256_castps256_ps128(x));
    const __m256d x1 = _mm256_cvtps_pd(_mm256_extractf128_ps(x, 1));
    const __m256d y0 = _mm256_cvtps_pd(_mm256_castps256_ps128(y));
    const __m256d y1 = _mm256_cvtps_pd(_mm256_extractf128_ps(y, 1));
    const __m128 low = _mm256_cvtpd_ps(_mm256_add_pd(x0, _mm256_mul_pd(f, y0)));
    const __m128 high = _mm256_cvtpd_ps(_mm256_add_pd(x1, _mm256_mul_pd(f, y1)));
    return _mm256_insertf128_ps(_mm256_castps128_ps256(low), high, 1);
}

static inline void v_accumulate_in_double(double *sum, double factor, vec x) {
    const __m256d f = _mm256_set1_pd(factor);
    const __m256d x0 = _mm256_cvtps_pd(_mm256_castps256_ps128(x));
    const __m256d x1 = _mm256_cvtps_pd(_mm256_extractf128_ps(x, 1));
    _mm256_storeu_pd(sum, _mm256_add_pd(_mm256_loadu_pd(sum), _mm256_mul_pd(f, x0)));
    _mm256_storeu_pd(sum + 4, _mm256_add_pd(_mm256_loadu_pd(sum + 4), _mm256_mul_pd(f, x1)));
}

static inline void v_store_doubles(double *out, vec x) {
    _mm256_storeu_pd(out, _mm256_cvtps_pd(_mm256_castps256_ps128(x)));
    _mm256_storeu_pd(out + 4, _mm256_cvtps_pd(_mm256_extractf128_ps(x, 1)));
}

typedef struct lanes16 {
    __m256d lane[4];
} lanes16;

static inline lanes16 v_lanes16_zero(void) {
    const __m256d zero = _mm256_setzero_pd();
    return (lanes16){{zero, zero, zero, zero}};
}

static inline lanes16 v_lanes16_add_squares(lanes16 sum, const float *x) {
    for (int i = 0; i < 4; i++) {
        const __m256d four = _mm256_cvtps_pd(_mm_loadu_ps(x + 4 * i));
        sum.lane[i] = _mm256_fmadd_pd(four, four, sum.lane[i]);
    }
    return sum;
}

static inline double v_lanes16_join(lanes16 sum) {
    const __m256d low = _mm256_add_pd(sum.lane[0], sum.lane[2]);
    const __m256d four = _mm256_add_pd(low, _mm256_add_pd(sum.lane[1], sum.lane[3]));
    const __m128d two =
        _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
    return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
}

static inline vec v_load_bytes(const uint8_t *x) {
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)x)));
}

static inline void v_transpose_4(const float *const row[WIDTH], int64_t at, float *out,
                                 int64_t stride) {
    __m256 x[4]; // x[i]: rows i and i + 4, four columns each
    for (int i = 0; i < 4; i++) {
        x[i] = _mm256_castps128_ps256(_mm_loadu_ps(row[i] + at));
        x[i] = _mm256_insertf128_ps(x[i], _mm_loadu_ps(row[i + 4] + at), 1);
    }
    const __m256d a = _mm256_castps_pd(_mm256_unpacklo_ps(x[0], x[1]));
    const __m256d b = _mm256_castps_pd(_mm256_unpacklo_ps(x[2], x[3]));
    const __m256d c = _mm256_castps_pd(_mm256_unpackhi_ps(x[0], x[1]));
    const __m256d d = _mm256_castps_pd(_mm256_unpackhi_ps(x[2], x[3]));
    v_store(out, _mm256_castpd_ps(_mm256_unpacklo_pd(a, b)));
    v_store(out + stride, _mm256_castpd_ps(_mm256_unpackhi_pd(a, b)));
    v_store(out + 2 * stride, _mm256_castpd_ps(_mm256_unpacklo_pd(c, d)));
    v_store(out + 3 * stride, _mm256_castpd_ps(_mm256_unpackhi_pd(c, d)));
}

#endif // PES_KERNELS_AVX2_VECTOR_H
