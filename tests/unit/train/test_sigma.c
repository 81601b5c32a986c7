// Sigma over the course of a run: what schedules and set_sigma make of it, and what is drawn.
//
// Seen to fail: the schedule counted from the second update, a new sigma that forgets the
// schedule, the schedule's sigma taken for the one that it multiplies.

#include <math.h>

#include "base/decay.h"
#include "support/check.h"
#include "support/systems.h"
#include "train/estimator.h"

enum { UPDATES = 30 };

static double expected_factor(const char *schedule, int64_t done) {
    const double t = (double)done / 10.0;
    if (strcmp(schedule, "step") == 0) {
        return pow(0.25, floor(t));
    }
    if (strcmp(schedule, "exponential") == 0) {
        return pow(0.25, t);
    }
    if (strcmp(schedule, "drop") == 0) {
        return done < 10 ? 1.0 : 0.25;
    }
    return strcmp(schedule, "cosine") == 0
               ? 0.25 + 0.75 * 0.5 * (1.0 + cos(3.14159265358979323846 * fmin(1.0, t)))
               : 1.0;
}

static pes_estimator *create(const pes_system *system, const char *schedule, double factor) {
    pes_estimator_options options = pes_estimator_options_default();
    options.particles = 4;
    options.truncation = 2;
    options.sigma = 0.5;
    options.sigma_schedule = schedule;
    options.sigma_updates = 10;
    options.sigma_factor = factor;
    options.threads = 1;
    pes_estimator *estimator = NULL;
    CHECK_OK(pes_estimator_create(&estimator, system, &options));
    return estimator;
}

static void every_schedule_multiplies_sigma(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_LINEAR, 1);
    const pes_system system = test_system(&recipe);
    const float theta = 0.1f;
    for (int64_t i = 0; pes_decay_name(i) != NULL; i++) {
        pes_estimator *e = create(&system, pes_decay_name(i), 0.25);
        double base = 0.5;
        for (int64_t u = 0; u < UPDATES; u++) {
            pes_estimate_info info;
            float grad = 0.0f;
            if (u == 17) {
                CHECK_OK(pes_estimator_set_sigma(e, base = 0.8));
            }
            CHECK_OK(pes_estimator_step(e, &theta, &grad, &info));
            CHECK_NEAR(base * expected_factor(pes_decay_name(i), u), info.sigma, 1e-14);
            CHECK_NEAR(info.sigma, e->population.drawn_sigma[0], 0.0);
            CHECK_NEAR(base, pes_estimator_get_options(e)->sigma, 0.0);
        }
        pes_estimator_destroy(e);
    }
}

static void a_schedule_ends_at_the_smallest_sigma(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_LINEAR, 1);
    const pes_system system = test_system(&recipe);
    const float theta = 0.1f;
    float grad = 0.0f;
    pes_estimate_info info = {.sigma = 0.0};
    pes_estimator *e = create(&system, "exponential", 1e-12);
    for (int u = 0; u < UPDATES; u++) {
        CHECK_OK(pes_estimator_step(e, &theta, &grad, &info));
        assert_true(isfinite(grad));
    }
    CHECK_NEAR(1e-15, info.sigma, 0.0);
    pes_estimator_destroy(e);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_schedule_multiplies_sigma),
        cmocka_unit_test(a_schedule_ends_at_the_smallest_sigma),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
