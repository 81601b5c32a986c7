// Schedules at the points where their value is known, and the powers they are made of.

#include <float.h>
#include <math.h>

#include "base/power.h"
#include "pes/optimizer.h"
#include "support/check.h"

// The factor by which a transform scales update number `step`.
static double factor_at(pes_transform transform, int64_t step) {
    float update = 1.0f;
    transform.apply(transform.setting, NULL, step, 1, NULL, &update);
    return (double)update;
}

static void warmup_rises_to_one(void **state) {
    (void)state;
    const pes_transform warmup = pes_transform_warmup(4);
    for (int64_t step = 1; step <= 4; step++) {
        CHECK_NEAR((double)step / 4.0, factor_at(warmup, step), 0.0);
    }
    CHECK_NEAR(1.0, factor_at(warmup, 1000), 0.0);
}

static void steps_are_taken_after_whole_intervals(void **state) {
    (void)state;
    const pes_transform decay = pes_transform_step_decay(10, 0.5);
    CHECK_NEAR(1.0, factor_at(decay, 1), 0.0);
    CHECK_NEAR(1.0, factor_at(decay, 10), 0.0);
    CHECK_NEAR(0.5, factor_at(decay, 11), 0.0);
    CHECK_NEAR(0.5, factor_at(decay, 20), 0.0);
    CHECK_NEAR(0.125, factor_at(decay, 31), 0.0);
    CHECK_NEAR(0.0, factor_at(pes_transform_step_decay(10, 0.0), 11), 0.0);
}

static void exponential_meets_the_steps(void **state) {
    (void)state;
    const pes_transform decay = pes_transform_exponential_decay(10, 0.5);
    CHECK_NEAR(1.0, factor_at(decay, 1), 0.0);
    CHECK_NEAR(0.5, factor_at(decay, 11), 0.0);
    CHECK_NEAR(sqrt(0.5), factor_at(decay, 6), 1e-7);
    CHECK_NEAR(0.25 * pow(0.5, 0.3), factor_at(decay, 24), 1e-8);
}

static void cosine_falls_to_its_share(void **state) {
    (void)state;
    const pes_transform decay = pes_transform_cosine_decay(100, 0.2);
    CHECK_NEAR(1.0, factor_at(decay, 1), 0.0);
    CHECK_NEAR(0.6, factor_at(decay, 51), 1e-7);
    CHECK_NEAR(0.2 + 0.8 * 0.75, factor_at(decay, 1 + 33) * 1.0, 0.01);
    CHECK_NEAR((double)0.2f, factor_at(decay, 101), 0.0);
    CHECK_NEAR((double)0.2f, factor_at(decay, 100000), 0.0);
    double last = 2.0;
    for (int64_t step = 1; step <= 101; step++) {
        const double factor = factor_at(decay, step);
        assert_true(factor < last);
        last = factor;
    }
}

static void a_drop_happens_once(void **state) {
    (void)state;
    const pes_transform drop = pes_transform_drop(10, 0.25);
    CHECK_NEAR(1.0, factor_at(drop, 1), 0.0);
    CHECK_NEAR(1.0, factor_at(drop, 10), 0.0);
    CHECK_NEAR(0.25, factor_at(drop, 11), 0.0);
    CHECK_NEAR(0.25, factor_at(drop, 1000), 0.0);
}

// They multiply, whatever the optimizer: the first update of a warmed-up sgd.
static void schedules_multiply_the_rate(void **state) {
    (void)state;
    pes_optimizer_options options = pes_optimizer_options_default();
    options.name = "sgd";
    options.learning_rate = 2.0;
    options.schedule = "step";
    options.decay_updates = 1;
    options.decay_factor = 0.5;
    options.warmup = 4;
    pes_optimizer *optimizer;
    CHECK_OK(pes_optimizer_create(&optimizer, &options, 1));
    const float grad = 1.0f;
    float theta = 0.0f;
    double expected = 0.0;
    for (int t = 0; t < 6; t++) {
        CHECK_OK(pes_optimizer_apply(optimizer, &grad, &theta));
        expected -= 2.0 * fmin(1.0, (t + 1) / 4.0) * ldexp(1.0, -t);
        CHECK_NEAR(expected, (double)theta, 1e-6);
    }
    pes_optimizer_destroy(optimizer);
}

static void powers_are_accurate(void **state) {
    (void)state;
    for (int i = 0; i <= 1000; i++) {
        const double base = (double)i / 1000.0;
        for (int64_t k = 0; k < 60; k += 7) {
            CHECK_NEAR(pow(base, (double)k), pes_power_integer(base, k), 1e-14);
            const double exact = pow(base, (double)k / 13.0);
            CHECK_NEAR(exact, pes_power_fraction(base, k, 13), 1e-14 * (exact + DBL_MIN));
        }
        CHECK_NEAR(cos(acos(-1.0) * base), pes_power_cosine(base), 1e-15);
    }
    CHECK_NEAR(1.0, pes_power_integer(0.0, 0), 0.0);
    CHECK_NEAR(pow(0.999, 123456.0), pes_power_integer(0.999, 123456), 1e-65);
    assert_true(pes_power_cosine(0.5) == 0.0 && pes_power_cosine(1.0) == -1.0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(warmup_rises_to_one),
        cmocka_unit_test(steps_are_taken_after_whole_intervals),
        cmocka_unit_test(exponential_meets_the_steps),
        cmocka_unit_test(cosine_falls_to_its_share),
        cmocka_unit_test(a_drop_happens_once),
        cmocka_unit_test(schedules_multiply_the_rate),
        cmocka_unit_test(powers_are_accurate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
