// The kernels for few parameters of many units: what they compute for each unit is what the
// kernels for many parameters compute for one, in every table, and they write nothing else.
//
// Seen to fail: rows of plain sampling written as pairs, |xi|^2 taken after the draw, the sums
// of a pair of parameters in each other's place, the last units left out.

#include "fence.h"

enum { MOST = 1100 };

static const int64_t lengths[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 63, 64, 65, 130, 500};
enum { LENGTHS = sizeof lengths / sizeof *lengths };

static void normals_are_the_first_of_their_blocks(void **state) {
    (void)state;
    const uint32_t key[2] = {12345, 0x9abcdef0}, counter[4] = {3, 5, UINT32_MAX - 40, 17};
    static float whole[4 * MOST];
    pes_kernels_scalar.normal(key, counter, 2, MOST, whole);
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        for (int64_t each = 1; each <= 4; each *= 2) {
            for (int l = 0; l < LENGTHS; l++) {
                const size_t floats = (size_t)(lengths[l] * each);
                fence out = fence_open(floats * sizeof(float), l % 2);
                (*k)->few_normals(key, counter, lengths[l], each, (float *)out.data);
                for (size_t i = 0; i < floats; i++) {
                    const size_t block = i / (size_t)each, number = i % (size_t)each;
                    assert_memory_equal((float *)out.data + i, &whole[4 * block + number],
                                        sizeof(float));
                }
                assert_true(fence_intact(&out));
                fence_close(&out);
            }
        }
    }
}

// One case of few_perturb() against perturb() and squares() of unit after unit.
static void check_perturb(const pes_kernels *k, int64_t n, int64_t signs, int64_t units,
                          double credit) {
    static float normal[4 * MOST], xi[4 * MOST], rows[8 * MOST];
    const float theta[4] = {0.5f, -1.25f, 3.0f, 0.0f};
    const int64_t each = pes_kernels_few_normals(n);
    fence_fill_floats(1, each * units, normal);
    fence_fill_floats(2, n * units, xi);
    const size_t elements = (size_t)(units * n), doubles = (size_t)units * sizeof(double);
    fence out[4] = {fence_open(elements * (size_t)signs * sizeof(float), units % 2),
                    fence_open(elements * sizeof(float), units % 2),
                    fence_open(doubles, FENCE_END), fence_open(doubles, FENCE_END)};
    memcpy(out[1].data, xi, elements * sizeof(float));
    memset(out[2].data, 1, doubles);
    memset(out[3].data, 1, doubles);
    k->few_perturb(n, &(pes_kernels_few){
                          .units = units,
                          .signs = signs,
                          .sigma = 0.3f,
                          .credit = credit,
                          .theta = theta,
                          .normal = normal,
                          .rows = (float *)out[0].data,
                          .xi = (float *)out[1].data,
                          .past = (double *)out[2].data,
                          .drawn = (double *)out[3].data,
                      });
    double untouched;
    memset(&untouched, 1, sizeof untouched);
    for (int64_t u = 0; u < units; u++) {
        const double past = pes_kernels_scalar.squares(n, xi + u * n);
        const double drawn = pes_kernels_scalar.squares(n, normal + u * each) * credit;
        float *row = rows + u * signs * n;
        pes_kernels_scalar.perturb(n, 0.3f, credit, theta, normal + u * each, row,
                                   signs == 2 ? row + n : NULL, xi + u * n);
        assert_memory_equal((double *)out[2].data + u, credit != 0.0 ? &past : &untouched, 8);
        assert_memory_equal((double *)out[3].data + u, credit != 0.0 ? &drawn : &untouched, 8);
    }
    assert_memory_equal(out[0].data, rows, out[0].bytes);
    assert_memory_equal(out[1].data, xi, out[1].bytes);
    for (int i = 0; i < 4; i++) {
        assert_true(fence_intact(&out[i]));
        fence_close(&out[i]);
    }
}

static void units_are_perturbed_as_one_is(void **state) {
    (void)state;
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        for (int64_t n = 1; n <= PES_KERNELS_FEW; n++) {
            for (int l = 0; l < LENGTHS; l++) {
                check_perturb(*k, n, 1, lengths[l], 1.0 / 0.09);
                check_perturb(*k, n, 2, lengths[l], 1.0 / 0.09);
                check_perturb(*k, n, 2, lengths[l], 0.0);
            }
        }
    }
}

// In order, by the kernels for many parameters.
static pes_kernels_few_sums sum_one_by_one(int64_t n, const pes_kernels_few_terms *t) {
    pes_kernels_few_sums sums = {0};
    for (int64_t u = 0; u < t->units; u++) {
        const double twice = t->weight[u] * t->weight[u];
        sums.whole += twice * pes_kernels_scalar.squares(n, t->xi + u * n);
        sums.past += twice * t->past[u];
        sums.present += t->present != NULL ? twice * t->present[u] : 0.0;
        pes_kernels_scalar.accumulate(n, t->weight[u], t->xi + u * n, sums.sum);
    }
    return sums;
}

static void terms_are_summed_in_order(void **state) {
    (void)state;
    static float xi[4 * MOST], number[3 * MOST];
    static double weight[MOST], past[MOST], present[MOST];
    fence_fill_floats(3, 4 * MOST, xi);
    fence_fill_floats(4, 3 * MOST, number);
    for (int i = 0; i < MOST; i++) {
        weight[i] = 0.1 * (double)number[i];
        past[i] = fabs((double)number[MOST + i]);
        present[i] = fabs((double)number[2 * MOST + i]);
    }
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        for (int64_t n = 1; n <= PES_KERNELS_FEW; n++) {
            for (int l = 0; l < 2 * LENGTHS; l++) {
                const pes_kernels_few_terms terms = {lengths[l / 2], weight, xi, past,
                                                     l % 2 == 0 ? present : NULL};
                const pes_kernels_few_sums expected = sum_one_by_one(n, &terms),
                                           sums = (*k)->few_sum(n, &terms);
                assert_memory_equal(&expected, &sums, sizeof sums);
            }
        }
    }
}

static void rows_are_added_in_order(void **state) {
    (void)state;
    static float number[MOST];
    fence_fill_floats(5, MOST, number);
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        for (int64_t n = 0; n <= 11; n++) {
            for (int64_t rows = 0; rows <= 23; rows++) {
                const int64_t ld = n + rows % 3, last = rows > 0 ? (rows - 1) * ld + n : 0;
                fence x = fence_open((size_t)last * sizeof(double), FENCE_END);
                fence sum = fence_open((size_t)rows * sizeof(double), FENCE_END);
                double *value = (double *)x.data;
                for (int64_t i = 0; i < last; i++) {
                    value[i] = (double)number[i] / 3.0;
                }
                (*k)->add_rows(rows, n, ld, value, (double *)sum.data);
                for (int64_t r = 0; r < rows; r++) {
                    double expected = 0.0;
                    for (int64_t j = 0; j < n; j++) {
                        expected += value[r * ld + j];
                    }
                    assert_memory_equal((double *)sum.data + r, &expected, sizeof expected);
                }
                assert_true(fence_intact(&sum));
                fence_close(&x);
                fence_close(&sum);
            }
        }
    }
}

static void pairs_become_weights_and_a_sum_in_order(void **state) {
    (void)state;
    static float number[2 * MOST];
    static double value[2 * MOST];
    fence_fill_floats(5, 2 * MOST, number);
    for (int i = 0; i < 2 * MOST; i++) {
        value[i] = (double)number[i] / 3.0;
    }
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        for (int l = 0; l < LENGTHS; l++) {
            fence out = fence_open((size_t)lengths[l] * sizeof(double), l % 2);
            const double found = (*k)->weigh_pairs(lengths[l], value, 77.0, (double *)out.data);
            double sum = 0.0;
            for (int64_t u = 0; u < lengths[l]; u++) {
                const double weight = (value[2 * u] - value[2 * u + 1]) / 2.0 / 77.0;
                assert_memory_equal((double *)out.data + u, &weight, sizeof weight);
                sum += value[2 * u] + value[2 * u + 1];
            }
            assert_memory_equal(&found, &sum, sizeof sum);
            assert_true(fence_intact(&out));
            fence_close(&out);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_become_weights_and_a_sum_in_order),
        cmocka_unit_test(normals_are_the_first_of_their_blocks),
        cmocka_unit_test(units_are_perturbed_as_one_is),
        cmocka_unit_test(terms_are_summed_in_order),
        cmocka_unit_test(rows_are_added_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
