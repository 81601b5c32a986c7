// Schedules against the formulas in double precision, with every transform, alike in any
// company and with any kernels.
//
// Seen to fail: a cosine of half the length, a knot too far, an exponent taken for a value, no
// clipping after a decay.

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "problems/hyper/mlp_training/schedule.h"
#include "support/check.h"
#include "support/problem.h"

enum { T = 5000 };

// ---- the formulas, in double, with natural parameters ---------------------------------------

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

static double exponential(double a, double b, double share) {
    return a * exp(-b * share);
}

static double cosine(double a, double z, double share) {
    return share < 1.0 ? z + (a - z) * 0.5 * (1.0 + cos(acos(-1.0) * share)) : z;
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
    {"exponential", exponential, 0.1, 4.0},
    {"exponential", exponential, 0.9, 0.05},
    {"cosine", cosine, 0.3, 0.001},
    {"cosine", cosine, 0.01, 0.8},
};
enum { COUNT = sizeof known / sizeof *known };

// ---- values ---------------------------------------------------------------------------------

static pes_mlp_course course_of(const pes_mlp_schedule *schedule, const char *transform,
                                int64_t targets, int64_t params) {
    return (pes_mlp_course){
        .transform = pes_mlp_transform_find(transform),
        .bounds = {0.0f, strcmp(transform, "logit") == 0 ? 8.0f : (float)INFINITY},
        .targets = targets,
        .params = schedule->num_params > 0 ? schedule->num_params : params,
        .steps = T,
    };
}

static void parameters(int i, const pes_mlp_course *course, float theta[2]) {
    const pes_mlp_transform *log_ = pes_mlp_transform_find("log");
    const pes_mlp_schedule *schedule = pes_mlp_schedule_find(known[i].name);
    const bool exponent = pes_mlp_schedule_is_exponent(schedule, 1);
    theta[0] = course->transform->inverse(known[i].a, 0.0, 8.0);
    theta[1] = (exponent ? log_ : course->transform)->inverse(known[i].b, 0.0, 8.0);
}

// The exponent of inverse_time, b log(1 + t/T), has an error of some of its own last places; so
// the tolerance grows with it.
static void values_follow_their_formulas(void **unused) {
    (void)unused;
    for (int i = 0; i < COUNT * 4; i++) {
        const int row = i / 4;
        const pes_mlp_schedule *schedule = pes_mlp_schedule_find(known[row].name);
        const pes_mlp_course course =
            course_of(schedule, pes_mlp_transform_get(i % 4)->name, 1, 0);
        float theta[2], value;
        parameters(row, &course, theta);
        for (int64_t t = 0; t <= 2 * T; t += t < 10 || (t > T - 4 && t < T + 4) ? 1 : 37) {
            const double share = (double)t / T;
            const double expected = known[row].formula(known[row].a, known[row].b, share);
            schedule->values(&pes_kernels_scalar, &course, theta, t, &value);
            CHECK_NEAR(expected, (double)value, 2e-5 * expected + 1e-37);
        }
    }
}

// Knots are met exactly, and halfway lies the mean of the thetas.
static void knots_are_met(void **unused) {
    (void)unused;
    enum { KNOTS = 5, TARGETS = 3 };
    const pes_mlp_schedule *schedule = pes_mlp_schedule_find("piecewise");
    const pes_mlp_course course = course_of(schedule, "log", TARGETS, KNOTS);
    float theta[TARGETS * KNOTS], value[TARGETS], expected;
    for (int i = 0; i < TARGETS * KNOTS; i++) {
        theta[i] = 0.25f * (float)(i % 7) - 1.0f;
    }
    for (int64_t half = 0; half <= 2 * (KNOTS - 1) + 4; half++) {
        schedule->values(&pes_kernels_scalar, &course, theta, half * T / (2 * (KNOTS - 1)),
                         value);
        for (int i = 0; i < TARGETS; i++) {
            const int64_t last = 2 * (KNOTS - 1), at = half < last ? half : last;
            const float *own = theta + i * KNOTS;
            expected = 0.5f * (own[at / 2] + own[(at + 1) / 2]);
            pes_kernels_scalar.exp(1, &expected, &expected);
            CHECK_NEAR((double)expected, (double)value[i], 0.0);
        }
    }
}

// Side by side or one by one, and with any kernels.
static void any_company_and_any_kernels_give_the_same_bits(void **unused) {
    (void)unused;
    enum { TARGETS = 13, KNOTS = 4 };
    float theta[TARGETS * KNOTS], together[TARGETS], single[TARGETS];
    for (int i = 0; i < TARGETS * KNOTS; i++) {
        theta[i] = 0.37f * (float)(i % 11) - 2.0f;
    }
    for (int64_t s = 0; pes_mlp_schedule_get(s) != NULL; s++) {
        const pes_mlp_schedule *schedule = pes_mlp_schedule_get(s);
        for (int64_t r = 0; pes_mlp_transform_get(r) != NULL; r++) {
            const char *transform = pes_mlp_transform_get(r)->name;
            const pes_mlp_course all = course_of(schedule, transform, TARGETS, KNOTS);
            const pes_mlp_course one = course_of(schedule, transform, 1, KNOTS);
            for (int64_t t = 0; t < T + 1000; t += 777) {
                for (int64_t i = 0; i < TARGETS; i++) {
                    schedule->values(&pes_kernels_scalar, &one, theta + i * one.params, t,
                                     &single[i]);
                }
                for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
                    schedule->values(*k, &all, theta, t, together);
                    CHECK_SAME(single, together, TARGETS);
                }
            }
        }
    }
}

static void the_first_step_is_number_zero(void **unused) {
    (void)unused;
    const float theta[2] = {-3.0f, 1.4f};
    float value, a;
    pes_kernels_scalar.exp(1, theta, &a);
    for (int64_t i = 0; pes_mlp_schedule_get(i) != NULL; i++) {
        const pes_mlp_schedule *schedule = pes_mlp_schedule_get(i);
        const pes_mlp_course course = course_of(schedule, "log", 1, 2);
        schedule->values(&pes_kernels_scalar, &course, theta, 0, &value);
        CHECK_NEAR((double)a, (double)value, 0.0);
    }
}

static void values_stay_within_their_bounds(void **unused) {
    (void)unused;
    const float theta[2] = {3.0f, 60.0f};
    float value;
    for (int64_t s = 0; pes_mlp_schedule_get(s) != NULL; s++) {
        for (int64_t r = 0; pes_mlp_transform_get(r) != NULL; r++) {
            const pes_mlp_schedule *schedule = pes_mlp_schedule_get(s);
            pes_mlp_course course = course_of(schedule, pes_mlp_transform_get(r)->name, 1, 2);
            course.bounds = (pes_mlp_bounds){0.1f, 0.7f};
            for (int64_t t = 0; t <= 2 * T; t += T / 4) {
                schedule->values(&pes_kernels_scalar, &course, theta, t, &value);
                assert_true(value >= 0.1f && value <= 0.7f);
            }
        }
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
        cmocka_unit_test(values_follow_their_formulas),
        cmocka_unit_test(knots_are_met),
        cmocka_unit_test(any_company_and_any_kernels_give_the_same_bits),
        cmocka_unit_test(the_first_step_is_number_zero),
        cmocka_unit_test(values_stay_within_their_bounds),
        cmocka_unit_test(theta_starts_at_the_logarithms),
        cmocka_unit_test(the_curve_is_the_schedule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
