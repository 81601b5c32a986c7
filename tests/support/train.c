#include "support/train.h"

#include <stdlib.h>

#include "pes/evaluator.h"
#include "support/check.h"

int64_t test_train(const pes_problem *problem, const pes_estimator_options *estimator,
                   const pes_optimizer_options *optimizer, int64_t updates, float *theta,
                   test_watch watch, void *user) {
    const pes_system *system = pes_problem_system(problem);
    float *grad = malloc((size_t)system->num_params * sizeof *grad);
    assert_non_null(grad);
    pes_estimator *estimate = NULL;
    pes_optimizer *optimize = NULL;
    CHECK_OK(pes_estimator_create(&estimate, system, estimator));
    CHECK_OK(pes_optimizer_create(&optimize, optimizer, system->num_params));
    int64_t done = 0;
    while (done < updates) {
        CHECK_OK(pes_estimator_step(estimate, theta, grad, NULL));
        CHECK_OK(pes_optimizer_apply(optimize, grad, theta));
        done++;
        if (watch != NULL && watch(user, done, theta)) {
            break;
        }
    }
    pes_optimizer_destroy(optimize);
    pes_estimator_destroy(estimate);
    free(grad);
    return done;
}

double test_objective(const pes_problem *problem, const char *objective, int64_t steps,
                      const float *theta) {
    pes_evaluator_options options = pes_evaluator_options_default();
    options.episodes = 1;
    options.steps = steps;
    options.objective = objective;
    options.threads = 1;
    pes_evaluator *evaluator = NULL;
    double value = 0.0;
    CHECK_OK(pes_evaluator_create(&evaluator, pes_problem_system(problem), &options));
    CHECK_OK(pes_evaluator_run(evaluator, theta, &value, NULL));
    pes_evaluator_destroy(evaluator);
    return value;
}
