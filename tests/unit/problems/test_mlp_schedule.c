// Schedules against the formulas in double precision, alike in any slice and with any kernels.

#include <math.h>
#include <stdlib.h>

#include "problems/hyper/mlp_training/schedule.h"
#include "support/check.h"
#include "support/problem.h"

static double constant(double a, double z, double share) {
    (void)z, (void)share;
    return a;
}

static double inverse_time(double a, double b, double share) {
    return a / pow(1.0 + share, b);
}

static double linear(double a, double z, double share) {
    return share < 1.0 ? (1.0 - share) * a + share * z : z;
}

static const struct {
    const char *name;
    double (*formula)(double first, double second, double share);
    double a, b;
} known[] = {
    {"constant", constant, 0.003, 1.0},
    {"inverse_time", inverse_time, 0.003, 30.0},
    {"inverse_time", inverse_time, 0.2, 0.01},
    {"inverse_time", inverse_time, 0.064, 2.24},
    {"linear", linear, 1e-4, 0.3},
    {"linear", linear, 5.0, 1e-6},
};

enum { T = 5000, COUNT = 6 };

static void natural(int i, float theta[2]) {
    theta[0] = (float)log(known[i].a);
    theta[1] = (float)log(known[i].b);
}

// The exponent of inverse_time, b log(1 + t/T), has an error of some of its own last places; so
// the tolerance grows with it.
static void rates_follow_their_formulas(void **unused) {
    (void)unused;
    for (int i = 0; i < COUNT; i++) {
        const pes_mlp_schedule *schedule = pes_mlp_schedule_find(known[i].name);
        float theta[2], rate[PES_MLP_RATES];
        natural(i, theta);
        for (int64_t first = 0; first < 2 * T; first += PES_MLP_RATES) {
            schedule->rates(&pes_kernels_scalar, theta, T, first, PES_MLP_RATES, rate);
            for (int64_t t = 0; t < PES_MLP_RATES; t++) {
                const double share = (double)(first + t) / T;
                const double a = exp((double)theta[0]), b = exp((double)theta[1]);
                const double expected = known[i].formula(a, b, share);
                CHECK_NEAR(expected, (double)rate[t], 1e-5 * expected);
            }
        }
    }
}

static void any_slice_and_any_kernels_give_the_same_bits(void **unused) {
    (void)unused;
    for (int i = 0; i < COUNT; i++) {
        const pes_mlp_schedule *schedule = pes_mlp_schedule_find(known[i].name);
        float theta[2], whole[PES_MLP_RATES], part[PES_MLP_RATES];
        natural(i, theta);
        schedule->rates(&pes_kernels_scalar, theta, T, 77, PES_MLP_RATES, whole);
        for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
            for (int64_t at = 0, size = 1; at < PES_MLP_RATES; at += size, size += 2) {
                const int64_t left = PES_MLP_RATES - at, count = size < left ? size : left;
                schedule->rates(*k, theta, T, 77 + at, count, part + at);
            }
            CHECK_SAME(whole, part, PES_MLP_RATES);
        }
    }
}

static void the_first_step_is_number_zero(void **unused) {
    (void)unused;
    const float theta[2] = {-3.0f, 4.0f};
    float rate, a;
    pes_kernels_scalar.exp(1, theta, &a);
    for (int64_t i = 0; pes_mlp_schedule_get(i) != NULL; i++) {
        pes_mlp_schedule_get(i)->rates(&pes_kernels_scalar, theta, T, 0, 1, &rate);
        CHECK_NEAR((double)a, (double)rate, 0.0);
    }
}

static void theta_starts_at_the_logarithms(void **unused) {
    (void)unused;
    const char *few = "training_images=20 validation_images=20 batch_size=5 hidden=4";
    pes_problem *problem = test_problem("mlp_training", few, NULL);
    CHECK_NEAR(log(0.003), (double)pes_problem_theta(problem)[0], 1e-6);
    CHECK_NEAR(log(30.0), (double)pes_problem_theta(problem)[1], 1e-6);
    assert_int_equal(pes_problem_system(problem)->num_params, 2);
    pes_problem_close(problem);
}

static void the_curve_is_the_schedule(void **unused) {
    (void)unused;
    const pes_problem_type *type = pes_problem_type_find("mlp_training");
    void *options = test_options("mlp_training", "horizon=1000 start=0.1,2");
    const float theta[2] = {(float)log(0.1), (float)log(2.0)};
    pes_problem_curve curve;
    char room[PES_NAME_SIZE];
    assert_true(type->curve(options, 0, &curve));
    assert_string_equal(curve.name, "learning rate");
    assert_false(type->curve(options, 1, &curve));
    CHECK_NEAR(0.1, type->curve_at(options, 0, theta, 0), 1e-6);
    CHECK_NEAR(0.025, type->curve_at(options, 0, theta, 1000), 1e-6);
    assert_string_equal(type->param_name(options, 0, room), "log_a");
    assert_string_equal(type->param_name(options, 1, room), "log_b");
    CHECK_OK(test_set("mlp_training", options, "schedule_steps=500"));
    CHECK_NEAR(0.1 / 9.0, type->curve_at(options, 0, theta, 1000), 1e-6);
    free(options);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_follow_their_formulas),
        cmocka_unit_test(any_slice_and_any_kernels_give_the_same_bits),
        cmocka_unit_test(the_first_step_is_number_zero),
        cmocka_unit_test(theta_starts_at_the_logarithms),
        cmocka_unit_test(the_curve_is_the_schedule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
