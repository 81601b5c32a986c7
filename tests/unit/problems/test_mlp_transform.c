// Transforms against their formulas in double precision: there, back, at the ends, outside.
//
// Seen to fail: log(1 + exp(theta)) where 1 + exp(theta) is 1, bounds left out of logit.

#include <math.h>

#include "problems/hyper/mlp_training/transform.h"
#include "support/check.h"

static double log_formula(double theta, double low, double high) {
    (void)low, (void)high;
    return exp(theta);
}

static double logit_formula(double theta, double low, double high) {
    return low + (high - low) / (1.0 + exp(-theta));
}

static double softplus_formula(double theta, double low, double high) {
    (void)low, (void)high;
    return theta > 0.0 ? theta + log1p(exp(-theta)) : log1p(exp(theta));
}

static double identity_formula(double theta, double low, double high) {
    (void)low, (void)high;
    return theta;
}

static const struct {
    const char *name;
    double (*formula)(double theta, double low, double high);
    double low, high;  // bounds
    double from, to;   // thetas whose values are within the bounds
    double past, over; // thetas whose values are beyond them, by rounding or by far
} known[] = {
    {"log", log_formula, 1e-30, 1e30, -60.0, 60.0, -80.0, 80.0},
    {"logit", logit_formula, 0.0, 1.0, -60.0, 12.0, -100.0, 100.0},
    {"logit", logit_formula, -2.0, 5.0, -10.0, 10.0, -100.0, 100.0},
    {"softplus", softplus_formula, 1e-30, 1e6, -60.0, 900.0, -80.0, 2e6},
    {"identity", identity_formula, -3.0, 4.0, -3.0, 4.0, -3.1, 1e9},
};
enum { COUNT = sizeof known / sizeof *known, POINTS = 200 };

static double natural(const pes_mlp_transform *transform, pes_mlp_bounds bounds, double theta) {
    const float x = (float)theta;
    float value;
    transform->natural(&pes_kernels_scalar, 1, bounds, &x, &value);
    return (double)value;
}

static pes_mlp_bounds bounds_of(int i) {
    return (pes_mlp_bounds){(float)known[i].low, (float)known[i].high};
}

static double theta_at(int i, int point) {
    return (double)(float)(known[i].from + (known[i].to - known[i].from) * point / POINTS);
}

static void values_follow_their_formulas(void **unused) {
    (void)unused;
    for (int i = 0; i < COUNT; i++) {
        const pes_mlp_transform *transform = pes_mlp_transform_find(known[i].name);
        for (int p = 0; p <= POINTS; p++) {
            const double theta = theta_at(i, p);
            const double expected = known[i].formula(theta, known[i].low, known[i].high);
            CHECK_NEAR(expected, natural(transform, bounds_of(i), theta),
                       1e-6 * fabs(expected) + (known[i].low < 0.0 ? 1e-6 : 0.0));
        }
    }
}

// What is lost on the way there and back is the rounding of the value, which the slope of the
// inverse enlarges.
static void inverses_lead_back(void **unused) {
    (void)unused;
    for (int i = 0; i < COUNT; i++) {
        const pes_mlp_transform *transform = pes_mlp_transform_find(known[i].name);
        for (int p = 1; p < POINTS; p++) {
            const double theta = theta_at(i, p), step = 1e-4;
            const double value = natural(transform, bounds_of(i), theta);
            const double slope = (known[i].formula(theta + step, known[i].low, known[i].high) -
                                  known[i].formula(theta - step, known[i].low, known[i].high)) /
                                 (2.0 * step);
            const double off = 3e-7 * fabs(value) / slope + 1e-6 * fabs(theta) + 1e-6;
            CHECK_NEAR(theta, (double)transform->inverse(value, known[i].low, known[i].high),
                       off);
        }
    }
}

static void values_end_at_the_bounds(void **unused) {
    (void)unused;
    for (int i = 0; i < COUNT; i++) {
        const pes_mlp_transform *transform = pes_mlp_transform_find(known[i].name);
        const pes_mlp_bounds bounds = bounds_of(i);
        const double low = natural(transform, bounds, known[i].past);
        CHECK_NEAR((double)bounds.low, low, i == 1 ? 1e-40 : 1e-6 * fabs(known[i].low));
        CHECK_NEAR((double)bounds.high, natural(transform, bounds, known[i].over), 0.0);
        assert_true(isnan(natural(transform, bounds, (double)NAN)));
    }
}

static void what_has_no_theta_has_none(void **unused) {
    (void)unused;
    const pes_mlp_transform *logarithm = pes_mlp_transform_find("log");
    const pes_mlp_transform *logit = pes_mlp_transform_find("logit");
    const pes_mlp_transform *softplus = pes_mlp_transform_find("softplus");
    const pes_mlp_transform *identity = pes_mlp_transform_find("identity");
    assert_true(!isfinite(logarithm->inverse(0.0, 0.0, 1.0)));
    assert_true(!isfinite(logarithm->inverse(-1.0, 0.0, 1.0)));
    assert_true(!isfinite(logarithm->inverse(1e-60, 0.0, 1.0))); // no float
    assert_true(!isfinite(logit->inverse(0.0, 0.0, 1.0)));
    assert_true(!isfinite(logit->inverse(1.0, 0.0, 1.0)));
    assert_true(!isfinite(logit->inverse(1.5, 0.0, 1.0)));
    assert_true(!isfinite(logit->inverse(-0.5, 0.0, 1.0)));
    assert_true(!isfinite(softplus->inverse(0.0, 0.0, 1.0)));
    assert_true(!isfinite(softplus->inverse(-2.0, 0.0, 1.0)));
    assert_true(isfinite(identity->inverse(-2.0, 0.0, 1.0)));
}

// value exp(exponent), in any company and with any kernels
static void scaling_multiplies(void **unused) {
    (void)unused;
    enum { N = PES_MLP_TARGETS };
    float theta[N], exponent[N], plain[N], scaled[N], again[N];
    for (int i = 0; i < N; i++) {
        theta[i] = 0.2f * (float)i - 3.0f;
        exponent[i] = -0.13f * (float)i;
    }
    for (int64_t r = 0; pes_mlp_transform_get(r) != NULL; r++) {
        const pes_mlp_transform *transform = pes_mlp_transform_get(r);
        const pes_mlp_bounds bounds = {-10.0f, 100.0f};
        transform->natural(&pes_kernels_scalar, N, bounds, theta, plain);
        transform->scaled(&pes_kernels_scalar, N, bounds, theta, exponent, scaled);
        for (int i = 0; i < N; i++) {
            const double expected = (double)plain[i] * exp((double)exponent[i]);
            CHECK_NEAR(expected, (double)scaled[i], 2e-6 * fabs(expected));
        }
        for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
            transform->scaled(*k, N, bounds, theta, exponent, again);
            CHECK_SAME(scaled, again, N);
            transform->natural(*k, N, bounds, theta, again);
            CHECK_SAME(plain, again, N);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_follow_their_formulas),
        cmocka_unit_test(inverses_lead_back),
        cmocka_unit_test(values_end_at_the_bounds),
        cmocka_unit_test(what_has_no_theta_has_none),
        cmocka_unit_test(scaling_multiplies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
