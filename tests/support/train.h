// A loop of training for tests that show where a method leads.

#ifndef PES_TESTS_SUPPORT_TRAIN_H
#define PES_TESTS_SUPPORT_TRAIN_H

#include "pes/estimator.h"
#include "pes/optimizer.h"
#include "problems/problems.h"

// Estimates and optimizes `updates` times, from theta (num_params) to theta; a failure fails
// the test. `watch`, where not NULL, is called after every update, and true ends the loop.
// Returns the number of updates done.
typedef bool (*test_watch)(void *user, int64_t update, const float *theta);
int64_t test_train(const pes_problem *problem, const pes_estimator_options *estimator,
                   const pes_optimizer_options *optimizer, int64_t updates, float *theta,
                   test_watch watch, void *user);

// The objective ("sum", "mean", "final") of one episode of `steps` at theta.
double test_objective(const pes_problem *problem, const char *objective, int64_t steps,
                      const float *theta);

#endif // PES_TESTS_SUPPORT_TRAIN_H
