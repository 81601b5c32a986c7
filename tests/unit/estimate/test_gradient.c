// From losses and xi to a gradient: the formula, its fixed order of summation, dropped pairs,
// and the signal-to-noise ratio against the spread of many estimates.
//
// Seen to fail: blocks joined in another order, dropped pairs counted in the mean, the variance
// of one term in place of the mean's, a block that was summed early although a pair of another
// is dropped.

#include <math.h>
#include <stdlib.h>

#include "base/pool.h"
#include "estimate/gradient.h"
#include "estimate/method.h"
#include "noise/noise.h"
#include "support/check.h"
#include "support/systems.h"

enum { MOST_UNITS = 1000, PARAMS = 5, WIDE_PARAMS = 101 };

// Random losses and xi for `units` units.
typedef struct fixture {
    pes_gradient g;
    void *memory;
    pes_pool *pool;
    float xi[MOST_UNITS * PARAMS];
    double past[MOST_UNITS], present[MOST_UNITS]; // shares of |xi|^2
    double credit[2 * MOST_UNITS];
    float grad[PARAMS];
    pes_estimate_info info;
} fixture;

static void open_fixture(fixture *f, int64_t units, int64_t signs, int64_t threads) {
    memset(f, 0, sizeof *f);
    f->g = (pes_gradient){.units = units, .signs = signs, .num_params = PARAMS};
    pes_arena arena = {0};
    pes_gradient_layout(&f->g, &arena);
    f->memory = aligned_alloc(64, arena.used);
    assert_non_null(f->memory);
    memset(f->memory, 0, arena.used);
    arena = (pes_arena){.base = f->memory};
    pes_gradient_layout(&f->g, &arena);
    CHECK_OK(pes_pool_create(&f->pool, threads));
    const pes_stream stream = {1, 2, 3};
    static float draws[2 * MOST_UNITS];
    pes_noise_normal(&stream, 0, 0, units * PARAMS, f->xi);
    pes_noise_normal(&stream, 1, 0, units * signs, draws);
    for (int64_t u = 0; u < units; u++) {
        f->past[u] = 0.5 * (double)(u % 5);
        f->present[u] = 1.0 + (double)(u % 3);
    }
    for (int64_t i = 0; i < units * signs; i++) {
        f->credit[i] = 3.0 + (double)draws[i];
    }
}

static pes_gradient_credits credits_of(const fixture *f, const float *xi) {
    return (pes_gradient_credits){.xi = xi, .past = f->past, .present = f->present};
}

static void close_fixture(fixture *f) {
    pes_pool_destroy(f->pool);
    free(f->memory);
}

static void sum_up(fixture *f) {
    pes_gradient_weigh(&f->g, &pes_kernels_scalar, f->credit, &f->info);
    const pes_gradient_credits credits = credits_of(f, f->xi);
    CHECK_OK(
        pes_gradient_sum(&f->g, f->pool, &pes_kernels_scalar, &credits, f->grad, &f->info));
}

// The formula of gradient.h, in one loop.
static void naive(const fixture *f, double grad[PARAMS], double *loss, int64_t *dropped) {
    int64_t kept = 0;
    double sum = 0.0;
    memset(grad, 0, PARAMS * sizeof *grad);
    for (int64_t u = 0; u < f->g.units; u++) {
        const double plus = f->credit[u * f->g.signs];
        const double minus = f->g.signs == 2 ? f->credit[2 * u + 1] : 0.0;
        if (!isfinite(plus) || !isfinite(minus)) {
            continue;
        }
        kept++;
        sum += plus + minus;
        for (int i = 0; i < PARAMS; i++) {
            grad[i] += (double)f->xi[u * PARAMS + i] * (plus - minus) / (double)f->g.signs;
        }
    }
    for (int i = 0; i < PARAMS; i++) {
        grad[i] /= (double)kept;
    }
    *loss = sum / (double)(kept * f->g.signs);
    *dropped = (f->g.units - kept) * f->g.signs;
}

static void check_formula(fixture *f) {
    double grad[PARAMS], loss, norm = 0.0;
    int64_t dropped;
    naive(f, grad, &loss, &dropped);
    sum_up(f);
    for (int i = 0; i < PARAMS; i++) {
        CHECK_NEAR(grad[i], (double)f->grad[i], 1e-6 * fabs(grad[i]) + 1e-9);
        norm += grad[i] * grad[i];
    }
    CHECK_NEAR(loss, f->info.loss, 1e-12);
    CHECK_NEAR(sqrt(norm), f->info.gradient_norm, 1e-12);
    assert_int_equal(f->info.dropped, dropped);
}

static const int64_t counts[] = {1, 2, 63, 64, 65, 128, 200, 449, 1000};

static void the_formula_holds(void **state) {
    (void)state;
    static fixture f;
    for (int c = 0; c < 9; c++) {
        for (int64_t signs = 1; signs <= 2; signs++) {
            open_fixture(&f, counts[c], signs, 1);
            check_formula(&f);
            close_fixture(&f);
        }
    }
}

static void dropped_units_do_not_count(void **state) {
    (void)state;
    static fixture f;
    for (int64_t signs = 1; signs <= 2; signs++) {
        open_fixture(&f, 200, signs, 1);
        f.credit[0] = (double)NAN;
        f.credit[77] = (double)INFINITY;
        f.credit[150] = (double)-INFINITY;
        f.credit[151] = (double)NAN;
        check_formula(&f);
        assert_int_equal(f.info.dropped, signs == 2 ? 6 : 4);
        close_fixture(&f);
    }
    open_fixture(&f, 3, 2, 1);
    for (int i = 0; i < 6; i++) {
        f.credit[i] = (double)NAN;
    }
    sum_up(&f);
    assert_int_equal(f.info.dropped, 6);
    assert_true(f.grad[0] == 0.0f && f.info.gradient_norm == 0.0 && isnan(f.info.loss));
    assert_true(isnan(f.info.signal_to_noise) && isnan(f.info.gradient_variance));
    assert_true(isnan(f.info.past_share));
    close_fixture(&f);
}

// Written out: units of a block in order, then neighbouring blocks, then neighbours of those.
static double by_the_tree(const fixture *f, int parameter) {
    double block[16] = {0};
    const int64_t blocks = (f->g.units + 63) / 64;
    for (int64_t u = 0; u < f->g.units; u++) {
        block[u / 64] += f->g.weight[u] * (double)f->xi[u * PARAMS + parameter];
    }
    for (int64_t stride = 1; stride < blocks; stride *= 2) {
        for (int64_t b = 0; b + stride < blocks; b += 2 * stride) {
            block[b] += block[b + stride];
        }
    }
    return block[0];
}

static void the_order_of_summation_is_fixed(void **state) {
    (void)state;
    static fixture f;
    for (int64_t threads = 1; threads <= 7; threads += 2) {
        for (int c = 0; c < 9; c++) {
            open_fixture(&f, counts[c], 2, threads);
            sum_up(&f);
            for (int i = 0; i < PARAMS; i++) {
                const double expected = by_the_tree(&f, i);
                CHECK_SAME(&expected, &f.g.partial[i], 1);
            }
            close_fixture(&f);
        }
    }
}

// Blocks that are weighed and summed as soon as they are known, some of them or all, leave the
// same bits, with dropped pairs and without.
static void early_sums_have_the_same_bits(void **state) {
    (void)state;
    static fixture f, late;
    for (int c = 0; c < 9; c++) {
        for (int64_t drop = 0; drop <= 1; drop++) {
            open_fixture(&f, counts[c], 2, 1);
            open_fixture(&late, counts[c], 2, 1);
            if (drop == 1) {
                f.credit[counts[c]] = late.credit[counts[c]] = (double)INFINITY;
            }
            const pes_gradient_credits credits = credits_of(&f, f.xi);
            assert_true(pes_gradient_may_be_early(&f.g));
            for (int64_t first = 0; first < counts[c]; first += 128) {
                const int64_t last = first + 128 < counts[c] ? first + 128 : counts[c];
                pes_gradient_sum_early(&f.g, &pes_kernels_scalar, &credits, f.credit, first,
                                       last);
            }
            sum_up(&f);
            sum_up(&late);
            assert_true(f.g.summed == (drop == 0) && !late.g.summed);
            CHECK_SAME(f.grad, late.grad, PARAMS);
            assert_memory_equal(&f.info, &late.info, sizeof f.info);
            close_fixture(&f);
            close_fixture(&late);
        }
    }
}

// The share that past perturbations have in the sum of the squared terms, and the variance of
// the sum, from the weights in one loop; for blocks of all shapes.
static void the_spread_of_the_terms_is_reported(void **state) {
    (void)state;
    static fixture f;
    for (int c = 0; c < 9; c++) {
        open_fixture(&f, counts[c], 2, 2);
        f.credit[0] = counts[c] > 2 ? (double)NAN : f.credit[0];
        sum_up(&f);
        double past = 0.0, present = 0.0, squares = 0.0, n = 0.0;
        for (int64_t u = 0; u < f.g.units; u++) {
            const double weight = f.g.weight[u] * f.g.weight[u];
            past += weight * f.past[u];
            present += weight * f.present[u];
            n += isfinite(f.credit[2 * u]) ? 1.0 : 0.0;
            for (int i = 0; i < PARAMS; i++) {
                const double xi = (double)f.xi[u * PARAMS + i];
                squares += weight * xi * xi;
            }
        }
        const double norm = f.info.gradient_norm * f.info.gradient_norm;
        CHECK_NEAR(past / (past + present), f.info.past_share, 1e-12);
        if (n >= 2.0) {
            const double variance = (n * squares - norm) / (n - 1.0);
            CHECK_NEAR(1.0, f.info.gradient_variance / variance, 1e-10);
        } else {
            assert_true(isnan(f.info.gradient_variance));
        }
        close_fixture(&f);
    }
}

// Small sums stay on one thread. This one is wide enough for all of them.
static void threads_change_no_bit_of_a_wide_gradient(void **state) {
    (void)state;
    static float xi[MOST_UNITS * WIDE_PARAMS];
    static double expected[WIDE_PARAMS];
    static fixture f;
    const pes_stream stream = {4, 5, 6};
    pes_noise_normal(&stream, 0, 0, MOST_UNITS * WIDE_PARAMS, xi);
    for (int64_t threads = 1; threads <= 7; threads += 2) {
        open_fixture(&f, MOST_UNITS, 2, threads);
        pes_gradient wide = {.units = MOST_UNITS, .signs = 2, .num_params = WIDE_PARAMS};
        pes_arena arena = {0};
        pes_gradient_layout(&wide, &arena);
        void *memory = aligned_alloc(64, arena.used);
        assert_non_null(memory);
        memset(memory, 0, arena.used);
        arena = (pes_arena){.base = memory};
        pes_gradient_layout(&wide, &arena);
        float grad[WIDE_PARAMS];
        pes_gradient_weigh(&wide, &pes_kernels_scalar, f.credit, &f.info);
        const pes_gradient_credits credits = credits_of(&f, xi);
        CHECK_OK(pes_gradient_sum(&wide, f.pool, &pes_kernels_scalar, &credits, grad, &f.info));
        if (threads == 1) {
            memcpy(expected, wide.partial, sizeof expected);
        }
        CHECK_SAME(expected, wide.partial, WIDE_PARAMS);
        for (int i = 0; i < WIDE_PARAMS; i++) {
            double sum = 0.0;
            for (int64_t u = 0; u < MOST_UNITS; u++) {
                sum += wide.weight[u] * (double)xi[u * WIDE_PARAMS + i];
            }
            CHECK_NEAR(sum, (double)grad[i], 1e-6);
        }
        free(memory);
        close_fixture(&f);
    }
}

// On the quadratic system, from 400 independent estimates: their mean variance is what each one
// estimates of itself from its pairs. The ratio of the two has a relative standard error of
// about 0.06 here, so 0.3 is five of them.
static void signal_to_noise_is_what_many_estimates_show(void **state) {
    (void)state;
    enum { RUNS = 400, P = 3 };
    test_recipe recipe = test_recipe_default(TEST_QUADRATIC, P);
    const pes_system system = test_system(&recipe);
    const float theta[P] = {0.5f, -1.0f, 0.25f};
    for (int plain = 0; plain < 2; plain++) {
        double sum[P] = {0}, square = 0.0, estimated = 0.0, length = 0.0;
        for (int r = 0; r < RUNS; r++) {
            pes_estimator_options options = pes_estimator_options_default();
            options.particles = 100;
            options.truncation = 5;
            options.antithetic = plain == 0;
            options.seed = 100 + (uint64_t)r;
            options.threads = 1;
            pes_estimator *estimator = NULL;
            pes_estimate_info info;
            float grad[P];
            CHECK_OK(pes_estimator_create(&estimator, &system, &options));
            CHECK_OK(pes_estimator_step(estimator, theta, grad, &info));
            for (int i = 0; i < P; i++) {
                sum[i] += (double)grad[i];
                square += (double)grad[i] * (double)grad[i];
            }
            const double norm = info.gradient_norm * info.gradient_norm;
            CHECK_NEAR(1.0, norm / info.signal_to_noise / info.gradient_variance, 1e-12);
            estimated += info.gradient_variance;
            pes_estimator_destroy(estimator);
        }
        for (int i = 0; i < P; i++) {
            length += sum[i] * sum[i];
        }
        const double truth = (square - length / RUNS) / (RUNS - 1);
        CHECK_NEAR(1.0, estimated / RUNS / truth, 0.3);
    }
}

static void the_registry_lists_every_method(void **state) {
    (void)state;
    int64_t count = 0;
    for (const pes_method_info *info; (info = pes_method_get(count)) != NULL; count++) {
        assert_ptr_equal(&pes_method_find(info->name)->info, info);
        assert_true(strlen(info->title) > 0 && strlen(info->source) > 0 &&
                    strlen(info->summary) > 0);
    }
    assert_true(count >= 4);
    assert_null(pes_method_get(-1));
    assert_null(pes_method_find("newton"));
    assert_null(pes_method_find(NULL));
}

int main(void) {
    pes_pool_brief = 0.0; // every call is shared, however small
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_formula_holds),
        cmocka_unit_test(dropped_units_do_not_count),
        cmocka_unit_test(the_order_of_summation_is_fixed),
        cmocka_unit_test(early_sums_have_the_same_bits),
        cmocka_unit_test(the_spread_of_the_terms_is_reported),
        cmocka_unit_test(threads_change_no_bit_of_a_wide_gradient),
        cmocka_unit_test(signal_to_noise_is_what_many_estimates_show),
        cmocka_unit_test(the_registry_lists_every_method),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
