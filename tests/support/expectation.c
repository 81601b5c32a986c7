#include "support/expectation.h"

#include <math.h>
#include <stdlib.h>

#include "support/check.h"

enum { MOST_PARAMS = 64 };

// Adds each window's sum, and its square, of one run.
static void run_once(const test_expectation *x, uint64_t seed, double *sums, double *squares) {
    pes_estimator_options options = x->options;
    options.seed = seed;
    const int64_t n = x->system->num_params;
    pes_estimator *estimator = NULL;
    CHECK_OK(pes_estimator_create(&estimator, x->system, &options));
    for (int64_t w = 0; w < x->windows; w++) {
        double total[MOST_PARAMS] = {0};
        for (int64_t u = 0; u < x->updates; u++) {
            float grad[MOST_PARAMS];
            if (x->other_sigma > 0.0) {
                const double sigma = u % 2 == 0 ? options.sigma : x->other_sigma;
                CHECK_OK(pes_estimator_set_sigma(estimator, sigma));
            }
            CHECK_OK(pes_estimator_step(estimator, x->theta, grad, NULL));
            for (int64_t d = 0; d < n; d++) {
                total[d] += (double)grad[d];
            }
        }
        for (int64_t d = 0; d < n; d++) {
            sums[w * n + d] += total[d];
            squares[w * n + d] += total[d] * total[d];
        }
    }
    pes_estimator_destroy(estimator);
}

void test_expectation_run(const test_expectation *expectation, test_measure *out) {
    const test_expectation *x = expectation;
    const int64_t count = x->windows * x->system->num_params;
    assert_true(x->system->num_params <= MOST_PARAMS);
    double *sums = calloc((size_t)(2 * count), sizeof *sums);
    assert_non_null(sums);
    double *squares = sums + count;
    for (int64_t r = 0; r < x->runs; r++) {
        run_once(x, x->options.seed + (uint64_t)r, sums, squares);
    }
    const double runs = (double)x->runs;
    for (int64_t i = 0; i < count; i++) {
        const double mean = sums[i] / runs;
        const double variance = (squares[i] - runs * mean * mean) / (runs - 1.0);
        out[i] = (test_measure){.mean = mean, .error = sqrt(variance / runs)};
    }
    free(sums);
}

// Distance of every measure from a value, in standard errors.
static void compare(const test_expectation *x, const double *value, double at_least,
                    double at_most) {
    const int64_t n = x->system->num_params;
    test_measure *measures = calloc((size_t)(x->windows * n), sizeof *measures);
    assert_non_null(measures);
    test_expectation_run(x, measures);
    for (int64_t i = 0; i < x->windows * n; i++) {
        const test_measure m = measures[i];
        const double z = fabs(m.mean - value[i]) / m.error;
        if (!(z >= at_least && z <= at_most)) {
            fail_msg(
                "%s, T = %lld, K = %lld, window %lld, parameter %lld: %.6g +- %.2g against "
                "%.6g, %.1f standard errors",
                x->options.method, (long long)x->options.horizon,
                (long long)x->options.truncation, (long long)(i / n), (long long)(i % n),
                m.mean, m.error, value[i], z);
        }
    }
    free(measures);
}

void test_expectation_hits(const test_expectation *expectation, const double *expected) {
    compare(expectation, expected, 0.0, 4.0);
}

void test_expectation_misses(const test_expectation *expectation, const double *wrong) {
    compare(expectation, wrong, 12.0, (double)INFINITY);
}
