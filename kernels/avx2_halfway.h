// Rows that move halfway to their neighbours, with the 256-bit instructions that the AVX2 and
// the AVX-512 table both have: rows are short.

#ifndef PES_KERNELS_AVX2_HALFWAY_H
#define PES_KERNELS_AVX2_HALFWAY_H

#include "kernels/kernels.h"

#include <immintrin.h>
#include <math.h>

static inline __m256d halfway_four(const double *s, __m256d push, __m256d theta) {
    const __m256d sum = _mm256_add_pd(_mm256_loadu_pd(s), _mm256_loadu_pd(s + 1));
    const __m256d half = _mm256_mul_pd(_mm256_set1_pd(0.5), sum);
    return _mm256_add_pd(half, _mm256_mul_pd(push, theta));
}

static inline double halfway_one(double s, double next, double push, double theta) {
    return 0.5 * (s + next) + push * theta;
}

// A vector is read before its elements change, and the next one begins where it ends. The
// elements whose neighbours fill no vector are computed before any changes, with those of one
// that ends with them.
static void halfway(int64_t rows, int64_t n, const double *push, const float *theta,
                    double *s) {
    const int64_t whole = n > 4 ? (n - 1) / 4 * 4 : 0, back = n - 5;
    for (int64_t r = 0; r < rows; r++, s += n) {
        const double own = (double)theta[r];
        const __m256d force = _mm256_set1_pd(own);
        const double last = halfway_one(s[n - 1], 0.0, push[n - 1], own);
        if (whole > 0) {
            const __m256d end = halfway_four(s + back, _mm256_loadu_pd(push + back), force);
            for (int64_t i = 0; i < whole; i += 4) {
                const __m256d four = halfway_four(s + i, _mm256_loadu_pd(push + i), force);
                _mm256_storeu_pd(s + i, four);
            }
            _mm256_storeu_pd(s + back, end);
        } else {
            for (int64_t i = 0; i < n - 1; i++) {
                s[i] = halfway_one(s[i], s[i + 1], push[i], own);
            }
        }
        s[n - 1] = last;
    }
}

// ---- single precision -----------------------------------------------------------------------

static inline __m256 halfway_eight(const float *s, __m256 next, __m256 push, __m256 theta) {
    const __m256 sum = _mm256_add_ps(_mm256_loadu_ps(s), next);
    return _mm256_fmadd_ps(_mm256_set1_ps(0.5f), sum, _mm256_mul_ps(push, theta));
}

// The last vector ends with the row; beyond it is zero, which nobody may read there.
static inline __m256 halfway_last(const float *s, __m256 push, __m256 theta) {
    const __m256i inside = _mm256_setr_epi32(-1, -1, -1, -1, -1, -1, -1, 0);
    return halfway_eight(s, _mm256_maskload_ps(s + 1, inside), push, theta);
}

static void halfway_single(int64_t rows, int64_t n, const float *push, const float *theta,
                           float *s) {
    const int64_t back = n - 8;
    for (int64_t r = 0; r < rows; r++, s += n) {
        const __m256 force = _mm256_set1_ps(theta[r]);
        if (back >= 0) {
            const __m256 end = halfway_last(s + back, _mm256_loadu_ps(push + back), force);
            for (int64_t i = 0; i < back; i += 8) {
                const __m256 next = _mm256_loadu_ps(s + i + 1);
                _mm256_storeu_ps(s + i,
                                 halfway_eight(s + i, next, _mm256_loadu_ps(push + i), force));
            }
            _mm256_storeu_ps(s + back, end);
            continue;
        }
        for (int64_t i = 0; i < n; i++) {
            s[i] = fmaf(0.5f, s[i] + (i + 1 < n ? s[i + 1] : 0.0f), push[i] * theta[r]);
        }
    }
}

#endif // PES_KERNELS_AVX2_HALFWAY_H
