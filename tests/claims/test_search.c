// When random search serves better than a gradient, and when it does not, at equal inner steps:
// on the schedule of two parameters it is in the valley (552.24 at best) after a hundredth of
// the steps that PES needs; on a quadratic it is level with PES in one parameter, and with
// every further one it falls behind.
//
// The settings of experiments/search_small.toml and search_dimension.toml, with fixed seeds.
// Seen to fail: points that forget the seed or all lie in the middle of the box; the highest
// objective kept; a PES that moves away from the gradient.

#include "pes/search.h"
#include "support/check.h"
#include "support/problem.h"
#include "support/train.h"

enum { HORIZON = 100 };

// The best objective of random search in [-bound, bound] with that many inner steps.
static double search(const pes_problem *problem, double bound, int64_t steps, int seed) {
    pes_search_options options = pes_search_options_default();
    options.method = "random";
    options.low = (pes_real_list){.count = 1, .value = {-bound}};
    options.high = (pes_real_list){.count = 1, .value = {bound}};
    pes_estimator_options estimator = pes_estimator_options_default();
    estimator.horizon = HORIZON;
    pes_trainer_options run = pes_trainer_options_default();
    run.inner_steps = steps;
    run.seed = (uint64_t)seed;
    run.threads = 1;
    const pes_search_parts parts = {.system = pes_problem_system(problem),
                                    .options = &options,
                                    .estimator = &estimator,
                                    .run = &run};
    pes_search *random = NULL;
    CHECK_OK(pes_search_create(&random, &parts));
    CHECK_OK(pes_search_run(random, NULL, NULL));
    const double best = pes_search_get_progress(random).best_objective;
    pes_search_destroy(random);
    return best;
}

// The objective to which PES with N = 100, K = 10 comes with that many inner steps.
static double follow(const pes_problem *problem, double sigma, double beta1, int64_t steps,
                     int seed) {
    float theta[16];
    const int64_t count = pes_problem_system(problem)->num_params;
    memcpy(theta, pes_problem_theta(problem), (size_t)count * sizeof *theta);
    pes_estimator_options options = pes_estimator_options_default();
    options.horizon = HORIZON;
    options.sigma = sigma;
    options.seed = (uint64_t)seed;
    options.threads = 1;
    pes_optimizer_options adam = pes_optimizer_options_default();
    adam.learning_rate = 1e-2;
    adam.beta1 = beta1;
    test_train(problem, &options, &adam, steps / 1000, theta, NULL, NULL);
    return test_objective(problem, "sum", HORIZON, theta);
}

static void two_parameters_are_found_by_chance(void **state) {
    (void)state;
    pes_problem *problem = test_problem("regression2d", "start=-4,-4", NULL);
    for (int seed = 1; seed <= 4; seed++) {
        assert_true(search(problem, 6.0, 10000, seed) < 600.0);
        assert_true(follow(problem, 0.3, 0.99, 100000, seed) > 2000.0);
        assert_true(follow(problem, 0.3, 0.99, 1000000, seed) < 600.0);
    }
    pes_problem_close(problem);
}

// Objective per parameter; 2.0015 at its least.
static void sixteen_are_not(void **state) {
    (void)state;
    static const char *const settings[] = {"dimension=1 start=-1", "dimension=4 start=-1",
                                           "dimension=16 start=-1"};
    static const double params[] = {1.0, 4.0, 16.0}, least[] = {2.0, 4.0, 200.0};
    static const double most[] = {2.1, 60.0, 600.0};
    for (int d = 0; d < 3; d++) {
        pes_problem *problem = test_problem("quadratic", settings[d], NULL);
        for (int seed = 1; seed <= 4; seed++) {
            const double random = search(problem, 1.0, 1000000, seed) / params[d];
            assert_true(random > least[d] && random < most[d]);
            assert_true(follow(problem, 0.1, 0.9, 1000000, seed) / params[d] < 2.1);
        }
        pes_problem_close(problem);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_parameters_are_found_by_chance),
        cmocka_unit_test(sixteen_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
