// The mean of a sum of gradient estimates, measured over independent runs.

#ifndef PES_TESTS_SUPPORT_EXPECTATION_H
#define PES_TESTS_SUPPORT_EXPECTATION_H

#include <stdint.h>

#include "pes/estimator.h"

// What to measure: the sum of `updates` consecutive estimates at a fixed theta, in window 0, 1,
// .. of a run, and over `runs` runs that differ by their seed.
typedef struct test_expectation {
    pes_estimator_options options; // of which the seed counts upwards
    const pes_system *system;
    const float *theta;
    int64_t updates; // per window: T / K for one episode
    int64_t windows;
    int64_t runs;
    double other_sigma; // every second update draws with this; 0: sigma stays
} test_expectation;

typedef struct test_measure {
    double mean;
    double error; // standard error of the mean
} test_measure;

// Fills windows x num_params measures. Fails the test when a call fails.
void test_expectation_run(const test_expectation *expectation, test_measure *out);

// |mean - expected| within four standard errors, for every parameter of every window. With the
// normal distribution one right measure in 16000 misses; seeds are fixed, so none misses by and
// by.
void test_expectation_hits(const test_expectation *expectation, const double *expected);

// |mean - wrong| beyond twelve standard errors, likewise: the measure could tell.
void test_expectation_misses(const test_expectation *expectation, const double *wrong);

#endif // PES_TESTS_SUPPORT_EXPECTATION_H
