// Few parameters of many units, with the 256-bit instructions that the AVX2 and the AVX-512
// table both have: see few.h for the formulas. One and two parameters have vectors of eight and
// four units; three and four are rare and take one unit at a time.

#ifndef PES_KERNELS_AVX2_FEW_H
#define PES_KERNELS_AVX2_FEW_H

#include "kernels/few.h"

#include <immintrin.h>

// Eight floats as doubles.
typedef struct eight {
    __m256d low, high;
} eight;

static inline eight eight_of(__m256 x) {
    return (eight){_mm256_cvtps_pd(_mm256_castps256_ps128(x)),
                   _mm256_cvtps_pd(_mm256_extractf128_ps(x, 1))};
}

static inline __m256 floats_of(eight x) {
    const __m128 low = _mm256_cvtpd_ps(x.low), high = _mm256_cvtpd_ps(x.high);
    return _mm256_insertf128_ps(_mm256_castps128_ps256(low), high, 1);
}

static inline eight eight_squares(eight x) {
    return (eight){_mm256_mul_pd(x.low, x.low), _mm256_mul_pd(x.high, x.high)};
}

static inline eight eight_times(eight x, __m256d factor) {
    return (eight){_mm256_mul_pd(x.low, factor), _mm256_mul_pd(x.high, factor)};
}

static inline eight eight_plus(eight x, eight y) {
    return (eight){_mm256_add_pd(x.low, y.low), _mm256_add_pd(x.high, y.high)};
}

// x0 + x1, x2 + x3, x4 + x5, x6 + x7
static inline __m256d pair_sums(eight x) {
    return _mm256_permute4x64_pd(_mm256_hadd_pd(x.low, x.high), 0xD8);
}

static inline void store_eight(double *to, eight x) {
    _mm256_storeu_pd(to, x.low);
    _mm256_storeu_pd(to + 4, x.high);
}

// ---- perturb --------------------------------------------------------------------------------

// What the squares of eight elements are for n parameters: eight units' or four units'.
static inline void store_squares(int64_t n, double *to, eight squares, double factor) {
    const __m256d f = _mm256_set1_pd(factor);
    if (n == 1) {
        store_eight(to, eight_times(squares, f));
    } else {
        _mm256_storeu_pd(to, _mm256_mul_pd(pair_sums(squares), f));
    }
}

// Rows of a pair are neighbours: one plus, one minus, or two and two.
static inline void store_pairs(int64_t n, float *to, __m256 plus, __m256 minus) {
    __m256 low = _mm256_unpacklo_ps(plus, minus), high = _mm256_unpackhi_ps(plus, minus);
    if (n == 2) {
        const __m256d p = _mm256_castps_pd(plus), m = _mm256_castps_pd(minus);
        low = _mm256_castpd_ps(_mm256_unpacklo_pd(p, m));
        high = _mm256_castpd_ps(_mm256_unpackhi_pd(p, m));
    }
    _mm256_storeu_ps(to, _mm256_permute2f128_ps(low, high, 0x20));
    _mm256_storeu_ps(to + 8, _mm256_permute2f128_ps(low, high, 0x31));
}

// Eight elements: 8 / n units. Returns how many.
static inline __attribute__((always_inline)) void perturb_eight(const pes_kernels_few *w,
                                                                int64_t n, int64_t unit) {
    const __m256 theta =
        _mm256_setr_ps(w->theta[0], w->theta[n - 1], w->theta[0], w->theta[n - 1], w->theta[0],
                       w->theta[n - 1], w->theta[0], w->theta[n - 1]);
    const __m256 normal = _mm256_loadu_ps(w->normal + unit * n);
    const __m256 eps = _mm256_mul_ps(_mm256_set1_ps(w->sigma), normal);
    const __m256 plus = _mm256_add_ps(theta, eps);
    float *row = w->rows + unit * w->signs * n, *xi = w->xi + unit * n;
    if (w->signs == 2) {
        store_pairs(n, row, plus, _mm256_sub_ps(theta, eps));
    } else {
        _mm256_storeu_ps(row, plus);
    }
    if (w->credit != 0.0) {
        const eight before = eight_of(_mm256_loadu_ps(xi));
        const eight gain = eight_times(eight_of(eps), _mm256_set1_pd(w->credit));
        store_squares(n, w->past + unit, eight_squares(before), 1.0);
        store_squares(n, w->drawn + unit, eight_squares(eight_of(normal)), w->credit);
        _mm256_storeu_ps(xi, floats_of(eight_plus(before, gain)));
    }
}

static inline __attribute__((always_inline)) void perturb_units(const pes_kernels_few *work,
                                                                int64_t n) {
    const pes_kernels_few w = *work; // what is written through its pointers cannot change it
    int64_t u = 0;
    for (; u + 8 / n <= w.units; u += 8 / n) {
        perturb_eight(&w, n, u);
    }
    few_perturb_from(&w, n, u);
}

static void few_perturb(int64_t n, const pes_kernels_few *work) {
    if (n == 1) {
        perturb_units(work, 1);
    } else if (n == 2) {
        perturb_units(work, 2);
    } else if (n == 3) {
        few_perturb_from(work, 3, 0);
    } else {
        few_perturb_from(work, 4, 0);
    }
}

// ---- sums over units ------------------------------------------------------------------------

// sum + a0 b0 c0 d0 + a1 b1 c1 d1 + ..., four sums side by side, in this order.
static inline __m256d add_in_turn(__m256d sum, __m256d a, __m256d b, __m256d c, __m256d d) {
    const __m256d ab_even = _mm256_unpacklo_pd(a, b), ab_odd = _mm256_unpackhi_pd(a, b);
    const __m256d cd_even = _mm256_unpacklo_pd(c, d), cd_odd = _mm256_unpackhi_pd(c, d);
    sum = _mm256_add_pd(sum, _mm256_permute2f128_pd(ab_even, cd_even, 0x20));
    sum = _mm256_add_pd(sum, _mm256_permute2f128_pd(ab_odd, cd_odd, 0x20));
    sum = _mm256_add_pd(sum, _mm256_permute2f128_pd(ab_even, cd_even, 0x31));
    return _mm256_add_pd(sum, _mm256_permute2f128_pd(ab_odd, cd_odd, 0x31));
}

// weight xi of four units with two parameters each.
static inline __m128d add_pairs_in_turn(__m128d sum, __m256d weight, eight xi) {
    const __m256d low = _mm256_mul_pd(_mm256_permute4x64_pd(weight, 0x50), xi.low);
    const __m256d high = _mm256_mul_pd(_mm256_permute4x64_pd(weight, 0xFA), xi.high);
    sum = _mm_add_pd(sum, _mm256_castpd256_pd128(low));
    sum = _mm_add_pd(sum, _mm256_extractf128_pd(low, 1));
    sum = _mm_add_pd(sum, _mm256_castpd256_pd128(high));
    return _mm_add_pd(sum, _mm256_extractf128_pd(high, 1));
}

static inline __attribute__((always_inline)) pes_kernels_few_sums
sum_units(const pes_kernels_few_terms *t, int64_t n) {
    __m256d sums = _mm256_setzero_pd(); // whole, past, present, and the only parameter
    __m128d pair = _mm_setzero_pd();
    int64_t u = 0;
    for (; u + 4 <= t->units; u += 4) {
        const __m256d weight = _mm256_loadu_pd(t->weight + u);
        const __m256d twice = _mm256_mul_pd(weight, weight);
        const __m256d past = _mm256_mul_pd(twice, _mm256_loadu_pd(t->past + u));
        __m256d present = _mm256_setzero_pd(), square, term = present;
        if (t->present != NULL) {
            present = _mm256_mul_pd(twice, _mm256_loadu_pd(t->present + u));
        }
        if (n == 1) {
            const __m256d xi = _mm256_cvtps_pd(_mm_loadu_ps(t->xi + u));
            square = _mm256_mul_pd(xi, xi);
            term = _mm256_mul_pd(weight, xi);
        } else {
            const eight xi = eight_of(_mm256_loadu_ps(t->xi + 2 * u));
            square = pair_sums(eight_squares(xi));
            pair = add_pairs_in_turn(pair, weight, xi);
        }
        sums = add_in_turn(sums, _mm256_mul_pd(twice, square), past, present, term);
    }
    double all[4];
    pes_kernels_few_sums out = {0};
    _mm256_storeu_pd(all, sums);
    out.whole = all[0];
    out.past = all[1];
    out.present = all[2];
    _mm_storeu_pd(out.sum, pair);
    out.sum[0] = n == 1 ? all[3] : out.sum[0];
    few_sum_from(t, n, u, &out);
    return out;
}

static pes_kernels_few_sums few_sum(int64_t n, const pes_kernels_few_terms *terms) {
    pes_kernels_few_sums sums = {0};
    if (n == 1) {
        return sum_units(terms, 1);
    }
    if (n == 2) {
        return sum_units(terms, 2);
    }
    few_sum_from(terms, n, 0, &sums);
    return sums;
}

// ---- weights --------------------------------------------------------------------------------

static double weigh_pairs(int64_t pairs, const double *value, double count, double *weight) {
    const __m256d half = _mm256_set1_pd(0.5), all = _mm256_set1_pd(count);
    double sum = 0.0;
    int64_t u = 0;
    for (; u + 4 <= pairs; u += 4) {
        const __m256d low = _mm256_loadu_pd(value + 2 * u);
        const __m256d high = _mm256_loadu_pd(value + 2 * u + 4);
        const __m256d gap = _mm256_permute4x64_pd(_mm256_hsub_pd(low, high), 0xD8);
        _mm256_storeu_pd(weight + u, _mm256_div_pd(_mm256_mul_pd(gap, half), all));
        const __m256d both = _mm256_hadd_pd(low, high); // of pairs 0, 2, 1, 3
        const __m128d even = _mm256_castpd256_pd128(both), odd = _mm256_extractf128_pd(both, 1);
        sum += _mm_cvtsd_f64(even);
        sum += _mm_cvtsd_f64(odd);
        sum += _mm_cvtsd_f64(_mm_unpackhi_pd(even, even));
        sum += _mm_cvtsd_f64(_mm_unpackhi_pd(odd, odd));
    }
    return few_weigh_pairs(pairs - u, value + 2 * u, count, sum, weight + u);
}

// ---- sums of rows ---------------------------------------------------------------------------

static void add_rows(int64_t rows, int64_t n, int64_t ld, const double *x, double *sum) {
    int64_t r = 0;
    for (; r + 4 <= rows; r += 4, x += 4 * ld) {
        const double *a = x, *b = a + ld, *c = b + ld, *d = c + ld;
        __m256d four = _mm256_setzero_pd();
        int64_t j = 0;
        for (; j + 2 <= n; j += 2) { // of a and c, of b and d
            const __m256d ac = _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_loadu_pd(a + j)),
                                                    _mm_loadu_pd(c + j), 1);
            const __m256d bd = _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_loadu_pd(b + j)),
                                                    _mm_loadu_pd(d + j), 1);
            four = _mm256_add_pd(four, _mm256_unpacklo_pd(ac, bd));
            four = _mm256_add_pd(four, _mm256_unpackhi_pd(ac, bd));
        }
        if (j < n) {
            four = _mm256_add_pd(four, _mm256_setr_pd(a[j], b[j], c[j], d[j]));
        }
        _mm256_storeu_pd(sum + r, four);
    }
    few_add_rows(rows - r, n, ld, x, sum + r);
}

#endif // PES_KERNELS_AVX2_FEW_H
