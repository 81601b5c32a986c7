// Two parameters of the chaotic Lorenz system (Li et al. 2023): NRES and PES bring the loss
// down and find the basin beside the truth, theta = (log 10, log 28); truncated ES and
// truncated backpropagation learn r and drive a away; what follows or samples the derivatives
// of whole trajectories does not get there.
//
// The settings of experiments/lorenz.toml with fixed seeds; UORO and DODGE follow 40
// trajectories instead of 400 (UORO of 400 comes to 86 to 98, away from the truth). Seen to
// fail: NRES with a horizon of 100, truncated ES in the place of PES, truncated ES with K =
// 2000, NRES in the place of BPTT.

#include <math.h>

#include "support/check.h"
#include "support/problem.h"
#include "support/train.h"

enum { STEPS = 2000, UPDATES = 5000 };
static const double truth[2] = {2.302585, 3.332205}; // log 10, log 28

typedef struct method_case {
    const char *method;
    const char *starts;
    int64_t particles, truncation;
    double learning_rate;
    const char *optimizer;
    double clip_norm;   // 0: none
    int64_t drop_after; // updates, then a tenth of the rate; 0: never
} method_case;

// Where training from the published start ends, and the objective there.
typedef struct ending {
    float theta[2];
    double loss;
} ending;

static bool is_lost(void *user, int64_t update, const float *theta) {
    (void)user, (void)update;
    return !(fabsf(theta[0]) < 10.0f && fabsf(theta[1]) < 10.0f);
}

static ending end_of(const method_case *c) {
    pes_problem *problem = test_problem("lorenz", "", NULL);
    pes_estimator_options options = pes_estimator_options_default();
    options.method = c->method;
    options.starts = c->starts;
    options.particles = c->particles;
    options.truncation = c->truncation;
    options.horizon = STEPS;
    options.sigma = 0.04;
    options.objective = "mean";
    pes_optimizer_options descent = pes_optimizer_options_default();
    descent.name = c->optimizer;
    descent.learning_rate = c->learning_rate;
    descent.clip_norm = c->clip_norm;
    descent.schedule = c->drop_after > 0 ? "drop" : "constant";
    descent.decay_updates = c->drop_after > 0 ? c->drop_after : 1;
    descent.decay_factor = 0.1;
    ending end = {.theta = {pes_problem_theta(problem)[0], pes_problem_theta(problem)[1]}};
    CHECK_NEAR(353.25, test_objective(problem, "mean", STEPS, end.theta), 0.05);
    test_train(problem, &options, &descent, UPDATES, end.theta, is_lost, NULL);
    end.loss = test_objective(problem, "mean", STEPS, end.theta);
    print_message("%s: theta (%.3f, %.3f), loss %.1f\n", c->method, (double)end.theta[0],
                  (double)end.theta[1], end.loss);
    pes_problem_close(problem);
    return end;
}

static bool is_near(double x, double to, double tolerance) {
    return fabs(x - to) < tolerance;
}

static void check_found(const method_case *c) {
    const ending end = end_of(c);
    assert_true(end.loss < 80.0);
    assert_true(is_near((double)end.theta[0], truth[0], 0.15));
    assert_true(is_near((double)end.theta[1], truth[1], 0.1));
}

static void nres_finds_the_basin(void **state) {
    (void)state;
    check_found(&(method_case){"nres", "staggered", 400, 100, 2e-4, "sgd", 0.0, 0});
}

static void pes_finds_the_basin(void **state) {
    (void)state;
    check_found(&(method_case){"pes", "staggered", 400, 100, 2e-4, "sgd", 0.0, 1000});
}

// log a > 3.4 is a > 30, three times the truth.
static void truncated_methods_drive_a_away(void **state) {
    (void)state;
    const method_case es = {"truncated_es", "lockstep", 400, 100, 6e-4, "sgd", 0.0, 0};
    const method_case tbptt = {"tbptt", "staggered", 40, 100, 1e-3, "sgd", 0.0, 0};
    const method_case *const both[] = {&es, &tbptt};
    for (int i = 0; i < 2; i++) {
        const ending end = end_of(both[i]);
        assert_true(end.theta[0] > 3.4f);
        assert_true(is_near((double)end.theta[1], truth[1], 0.2));
    }
}

// With rates tuned for them the loss stays above 100; at the rate that brings NRES to the basin
// theta is thrown out of the map.
static void whole_derivatives_do_not_get_there(void **state) {
    (void)state;
    const method_case tuned[] = {
        {"bptt", "lockstep", 1, STEPS, 1e-2, "adam", 0.0, 0},
        {"uoro", "staggered", 40, 100, 1e-2, "adam", 0.0, 0},
        {"dodge", "staggered", 40, 100, 3e-3, "sgd", 1.0, 0},
    };
    for (int i = 0; i < 3; i++) {
        assert_true(end_of(&tuned[i]).loss > 100.0);
        method_case same = tuned[i];
        same.optimizer = "sgd";
        same.clip_norm = 0.0;
        same.learning_rate = 2e-4;
        const ending end = end_of(&same);
        assert_true(!isfinite(end.loss) || end.loss > 353.3);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nres_finds_the_basin),
        cmocka_unit_test(pes_finds_the_basin),
        cmocka_unit_test(truncated_methods_drive_a_away),
        cmocka_unit_test(whole_derivatives_do_not_get_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
