// Few parameters of many units: the definition.

#include "kernels/few.h"
#include "kernels/scalar.h"

#include <string.h>

void pes_scalar_few_normals(const uint32_t key[2], const uint32_t counter[4], int64_t blocks,
                            int64_t each, float *out) {
    uint32_t moving[4] = {counter[0], counter[1], counter[2], counter[3]};
    for (int64_t i = 0; i < blocks; i++, moving[2]++) {
        float four[4];
        pes_scalar_normal(key, moving, 2, 1, four);
        memcpy(out + each * i, four, (size_t)each * sizeof *out);
    }
}

void pes_scalar_few_perturb(int64_t n, const pes_kernels_few *work) {
    few_perturb_from(work, n, 0);
}

pes_kernels_few_sums pes_scalar_few_sum(int64_t n, const pes_kernels_few_terms *terms) {
    pes_kernels_few_sums sums = {0};
    few_sum_from(terms, n, 0, &sums);
    return sums;
}

double pes_scalar_weigh_pairs(int64_t pairs, const double *value, double count,
                              double *weight) {
    return few_weigh_pairs(pairs, value, count, 0.0, weight);
}

void pes_scalar_add_rows(int64_t rows, int64_t n, int64_t ld, const double *x, double *sum) {
    few_add_rows(rows, n, ld, x, sum);
}
