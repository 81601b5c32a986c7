// Columns become rows, with the 256-bit instructions that the AVX2 and the AVX-512 table both
// have: what was computed a step at a time is wanted a particle at a time.

#ifndef PES_KERNELS_AVX2_TURN_H
#define PES_KERNELS_AVX2_TURN_H

#include <immintrin.h>
#include <stdint.h>

// Four rows of four numbers, `ld` apart, from four columns, `stride` apart.
static inline void turn_four(const double *column, int64_t stride, double *row, int64_t ld) {
    const __m256d a = _mm256_loadu_pd(column), b = _mm256_loadu_pd(column + stride);
    const __m256d c = _mm256_loadu_pd(column + 2 * stride);
    const __m256d d = _mm256_loadu_pd(column + 3 * stride);
    const __m256d ab_even = _mm256_unpacklo_pd(a, b), ab_odd = _mm256_unpackhi_pd(a, b);
    const __m256d cd_even = _mm256_unpacklo_pd(c, d), cd_odd = _mm256_unpackhi_pd(c, d);
    _mm256_storeu_pd(row, _mm256_permute2f128_pd(ab_even, cd_even, 0x20));
    _mm256_storeu_pd(row + ld, _mm256_permute2f128_pd(ab_odd, cd_odd, 0x20));
    _mm256_storeu_pd(row + 2 * ld, _mm256_permute2f128_pd(ab_even, cd_even, 0x31));
    _mm256_storeu_pd(row + 3 * ld, _mm256_permute2f128_pd(ab_odd, cd_odd, 0x31));
}

// rows x n numbers, `ld` apart, from n columns, `stride` apart. The last four columns are
// turned together, whichever of them have been before.
static inline void turn(int64_t rows, int64_t n, const double *column, int64_t stride,
                        double *row, int64_t ld) {
    int64_t r = 0;
    for (; n >= 4 && r + 4 <= rows; r += 4) {
        const double *from = column + r;
        double *to = row + r * ld;
        for (int64_t j = 0; j < n; j += 4) {
            const int64_t first = j + 4 <= n ? j : n - 4;
            turn_four(from + first * stride, stride, to + first, ld);
        }
    }
    for (; r < rows; r++) {
        for (int64_t j = 0; j < n; j++) {
            row[r * ld + j] = column[j * stride + r];
        }
    }
}

#endif // PES_KERNELS_AVX2_TURN_H
