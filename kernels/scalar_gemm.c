// Matrix products: the definition. Every element of C is one chain of fused multiply-adds over
// k, ascending. The loops run along rows of B and C where they can, which changes no chain.

#include "kernels/scalar.h"

#include <math.h>

static void begin(int64_t m, int64_t n, float *c, int64_t ldc, bool accumulate) {
    for (int64_t i = 0; i < m && !accumulate; i++) {
        for (int64_t j = 0; j < n; j++) {
            c[i * ldc + j] = 0.0f;
        }
    }
}

static void add_row(int64_t n, float a, const float *restrict b, float *restrict c) {
    for (int64_t j = 0; j < n; j++) {
        c[j] = fmaf(a, b[j], c[j]);
    }
}

void pes_scalar_sgemm_nn(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
                         const float *b, int64_t ldb, float *c, int64_t ldc, bool accumulate) {
    begin(m, n, c, ldc, accumulate);
    for (int64_t i = 0; i < m; i++) {
        for (int64_t p = 0; p < k; p++) {
            add_row(n, a[i * lda + p], b + p * ldb, c + i * ldc);
        }
    }
}

void pes_scalar_sgemm_nt(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
                         const float *b, int64_t ldb, float *c, int64_t ldc, bool accumulate) {
    for (int64_t i = 0; i < m; i++) {
        for (int64_t j = 0; j < n; j++) {
            float sum = accumulate ? c[i * ldc + j] : 0.0f;
            for (int64_t p = 0; p < k; p++) {
                sum = fmaf(a[i * lda + p], b[j * ldb + p], sum);
            }
            c[i * ldc + j] = sum;
        }
    }
}

void pes_scalar_sgemm_tn(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
                         const float *b, int64_t ldb, float *c, int64_t ldc, bool accumulate) {
    begin(m, n, c, ldc, accumulate);
    for (int64_t i = 0; i < m; i++) {
        for (int64_t p = 0; p < k; p++) {
            add_row(n, a[p * lda + i], b + p * ldb, c + i * ldc);
        }
    }
}
