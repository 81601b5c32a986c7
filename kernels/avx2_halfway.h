// Rows that move halfway to their neighbours, with the 256-bit instructions that the AVX2 and
// the AVX-512 table both have: rows are short.

#ifndef PES_KERNELS_AVX2_HALFWAY_H
#define PES_KERNELS_AVX2_HALFWAY_H

#include "kernels/kernels.h"

#include <immintrin.h>

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

#endif // PES_KERNELS_AVX2_HALFWAY_H
