// The share of an estimate's noise that past perturbations contribute, in whole runs: what is
// remembered of every unit against its perturbations drawn once more.
//
// Seen to fail: the perturbation in use counted as past, sigma left out of one of the two,
// either square left out of the checkpoint.

#include <math.h>

#include "noise/noise.h"
#include "support/check.h"
#include "support/systems.h"
#include "train/estimator.h"

enum { PARAMS = 6, UNITS = 30, K = 2, T = 10, UPDATES = 12 };

static const float theta[PARAMS] = {0.2f, -0.1f, 0.3f, 0.0f, 0.1f, -0.2f};

static pes_estimator *create(const pes_system *system, const char *method) {
    pes_estimator_options options = pes_estimator_options_default();
    options.method = method;
    options.particles = 2 * UNITS;
    options.truncation = strcmp(method, "full_es") == 0 ? T : K;
    options.horizon = T;
    options.sigma_schedule = "exponential";
    options.sigma_updates = 10;
    options.threads = 2;
    pes_estimator *estimator = NULL;
    CHECK_OK(pes_estimator_create(&estimator, system, &options));
    return estimator;
}

// What unit u of PES carries after update number `update`: the squared norms of the sum of the
// episode's earlier eps / sigma^2, and of the last.
static void draw_again(const pes_estimator *e, const double *sigmas, int64_t update, int64_t u,
                       double *past, double *present) {
    double sum[PARAMS] = {0};
    const int64_t intervals = T / K, last = update % intervals;
    *past = *present = 0.0;
    for (int64_t interval = 0; interval <= last; interval++) {
        float normals[8];
        const double sigma = sigmas[update - last + interval];
        pes_noise_perturbation(&pes_kernels_scalar, e->options.seed, u, update / intervals,
                               interval, PARAMS, normals);
        for (int i = 0; i < PARAMS; i++) {
            const double credit = (double)normals[i] / sigma;
            *past += interval == last ? sum[i] * sum[i] : 0.0;
            *present += interval == last ? credit * credit : 0.0;
            sum[i] += credit;
        }
    }
}

static void pes_counts_every_perturbation_but_the_last_as_past(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_QUADRATIC, PARAMS);
    const pes_system system = test_system(&recipe);
    pes_estimator *e = create(&system, "pes");
    double sigmas[UPDATES];
    for (int64_t update = 0; update < UPDATES; update++) {
        pes_estimate_info info;
        float grad[PARAMS];
        CHECK_OK(pes_estimator_step(e, theta, grad, &info));
        sigmas[update] = info.sigma;
        double sums[2] = {0};
        for (int64_t u = 0; u < UNITS; u++) {
            double past, present;
            draw_again(e, sigmas, update, u, &past, &present);
            CHECK_NEAR(past, e->population.past_square[u], 1e-5 * (past + present));
            CHECK_NEAR(present, e->population.drawn_square[u], 1e-5 * (past + present));
            sums[0] += e->gradient.weight[u] * e->gradient.weight[u] * past;
            sums[1] += e->gradient.weight[u] * e->gradient.weight[u] * present;
        }
        CHECK_NEAR(sums[0] / (sums[0] + sums[1]), info.past_share, 1e-5);
        assert_true((info.past_share > 0.0) == (update % (T / K) > 0));
    }
    pes_estimator_destroy(e);
}

static void methods_without_a_past_have_no_share_of_it(void **state) {
    (void)state;
    static const char *const methods[] = {"nres", "full_es", "truncated_es"};
    test_recipe recipe = test_recipe_default(TEST_QUADRATIC, PARAMS);
    const pes_system system = test_system(&recipe);
    for (int m = 0; m < 3; m++) {
        pes_estimator *e = create(&system, methods[m]);
        for (int64_t update = 0; update < UPDATES; update++) {
            pes_estimate_info info;
            float grad[PARAMS];
            CHECK_OK(pes_estimator_step(e, theta, grad, &info));
            CHECK_NEAR(0.0, info.past_share, 0.0);
            assert_true(info.gradient_variance > 0.0);
        }
        pes_estimator_destroy(e);
    }
}

// A perturbation that lasts longer than an update needs its squares after an interruption.
static void squares_are_part_of_a_checkpoint(void **state) {
    (void)state;
    test_recipe recipe = test_recipe_default(TEST_QUADRATIC, PARAMS);
    const pes_system system = test_system(&recipe);
    pes_estimator *e = create(&system, "nres");
    float grad[PARAMS];
    CHECK_OK(pes_estimator_step(e, theta, grad, NULL));
    pes_tensor tensor[PES_ESTIMATOR_TENSORS];
    pes_checkpoint_pick pick;
    int64_t count = 0, found = 0;
    CHECK_OK(pes_estimator_store(e, tensor, &count, &pick));
    for (int64_t i = 0; i < count; i++) {
        found += tensor[i].data == (const void *)e->population.past_square &&
                 tensor[i].bytes == 8 * UNITS;
        found += tensor[i].data == (const void *)e->population.drawn_square &&
                 tensor[i].bytes == 8 * UNITS;
    }
    assert_int_equal(found, 2);
    pes_estimator_destroy(e);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pes_counts_every_perturbation_but_the_last_as_past),
        cmocka_unit_test(squares_are_part_of_a_checkpoint),
        cmocka_unit_test(methods_without_a_past_have_no_share_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
