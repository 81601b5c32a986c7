// One unit of few parameters at a time: the definition, for the scalar table and for what is
// left at the ends of the others' vectors. `n` is known to the compiler.

#ifndef PES_KERNELS_FEW_H
#define PES_KERNELS_FEW_H

#include "kernels/kernels.h"

// squares() of so few: lanes and halves come down to this.
static inline double few_squares(int64_t n, const float *x) {
    double sum = (double)x[0] * (double)x[0];
    if (n > 2) {
        sum += (double)x[2] * (double)x[2];
    }
    double odd = n > 1 ? (double)x[1] * (double)x[1] : 0.0;
    if (n > 3) {
        odd += (double)x[3] * (double)x[3];
    }
    return sum + odd;
}

// Units `first` and after.
static inline void few_perturb_from(const pes_kernels_few *w, int64_t n, int64_t first) {
    const int64_t each = pes_kernels_few_normals(n), signs = w->signs;
    const float *normal = w->normal + first * each;
    float *row = w->rows + first * signs * n, *xi = w->xi + first * n;
    for (int64_t u = first; u < w->units; u++, normal += each, row += signs * n, xi += n) {
        if (w->credit != 0.0) {
            w->past[u] = few_squares(n, xi);
            w->drawn[u] = few_squares(n, normal) * w->credit;
        }
        for (int64_t i = 0; i < n; i++) {
            const float eps = w->sigma * normal[i];
            row[i] = w->theta[i] + eps;
            if (signs == 2) {
                row[n + i] = w->theta[i] - eps;
            }
            if (w->credit != 0.0) {
                xi[i] = (float)((double)xi[i] + w->credit * (double)eps);
            }
        }
    }
}

static inline void few_sum_from(const pes_kernels_few_terms *t, int64_t n, int64_t first,
                                pes_kernels_few_sums *sums) {
    pes_kernels_few_sums s = *sums;
    const float *xi = t->xi + first * n;
    for (int64_t u = first; u < t->units; u++, xi += n) {
        const double weight = t->weight[u], twice = weight * weight;
        s.whole += twice * few_squares(n, xi);
        s.past += twice * t->past[u];
        s.present += t->present != NULL ? twice * t->present[u] : 0.0;
        for (int64_t i = 0; i < n; i++) {
            s.sum[i] += weight * (double)xi[i];
        }
    }
    *sums = s;
}

// A half is multiplied by: that is exact, and a division takes as long as all the rest.
static inline double few_weigh_pairs(int64_t pairs, const double *value, double count,
                                     double sum, double *weight) {
    for (int64_t u = 0; u < pairs; u++) {
        weight[u] = (value[2 * u] - value[2 * u + 1]) * 0.5 / count;
        sum += value[2 * u] + value[2 * u + 1];
    }
    return sum;
}

static inline void few_add_rows(int64_t rows, int64_t n, int64_t ld, const double *x,
                                double *sum) {
    for (int64_t r = 0; r < rows; r++) {
        sum[r] = 0.0;
        for (int64_t j = 0; j < n; j++) {
            sum[r] += x[r * ld + j];
        }
    }
}

#endif // PES_KERNELS_FEW_H
