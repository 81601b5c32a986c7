// Summed over the updates of one episode, an unbiased method's estimates have the gradient of
// the smoothed objective as their expectation; truncated ES has the sum of its truncations' own
// gradients instead. A repetition runs an estimator from its seed through five episodes and
// sums the estimates of each; the mean of R repetitions has the standard error
//
//     se = sqrt(sum (x - mean)^2 / (R - 1) / R)
//
// A check passes where |mean - expected| <= 4 se. With R = 64 a correct estimate fails so with
// probability 1.7e-4 (Student's t with 63 degrees of freedom); the seeds are fixed, so a
// version of the library either always passes or always fails.

#include "cli/selftest.h"

#include <math.h>
#include <string.h>

static const double most_errors = 4.0;
static const double exact_tolerance = 1e-5; // relative; where every repetition gives the same

const int64_t oracle_episode[ORACLE_EPISODES] = {1, 2, 5};

// Sums of what the repetitions found, by episode and parameter.
typedef struct oracle_sums {
    double first[ORACLE_EPISODES][ORACLE_PARAMS]; // the first repetition, the origin below
    double sum[ORACLE_EPISODES][ORACLE_PARAMS];   // of x - first
    double square[ORACLE_EPISODES][ORACLE_PARAMS];
} oracle_sums;

// One episode's sum of estimates into `total`.
static pes_status run_episode(const oracle_case *setup, pes_estimator *estimator,
                              double total[ORACLE_PARAMS]) {
    const int64_t updates = (setup->horizon + setup->truncation - 1) / setup->truncation;
    memset(total, 0, ORACLE_PARAMS * sizeof *total);
    for (int64_t i = 0; i < updates; i++) {
        float grad[ORACLE_PARAMS];
        const pes_status status = pes_estimator_step(estimator, setup->theta, grad, NULL);
        if (status != PES_OK) {
            return status;
        }
        for (int64_t p = 0; p < setup->system->num_params; p++) {
            total[p] += (double)grad[p];
        }
    }
    return PES_OK;
}

static void add_episode(oracle_sums *sums, int64_t repetition, int64_t slot, int64_t params,
                        const double total[ORACLE_PARAMS]) {
    for (int64_t p = 0; p < params; p++) {
        if (repetition == 0) {
            sums->first[slot][p] = total[p];
        }
        const double x = total[p] - sums->first[slot][p];
        sums->sum[slot][p] += x;
        sums->square[slot][p] += x * x;
    }
}

static pes_status run_repetition(const oracle_case *setup, const oracle_effort *effort,
                                 int64_t repetition, oracle_sums *sums) {
    pes_estimator_options options = pes_estimator_options_default();
    options.method = setup->method->name;
    options.particles = effort->particles;
    options.truncation = setup->truncation;
    options.horizon = setup->horizon;
    options.noise_interval = setup->noise_interval;
    options.sigma = setup->sigma;
    options.antithetic = setup->antithetic;
    options.seed = 1 + (uint64_t)repetition;
    options.threads = effort->threads;
    pes_estimator *estimator = NULL;
    pes_status status = pes_estimator_create(&estimator, setup->system, &options);
    int64_t slot = 0;
    for (int64_t episode = 1; status == PES_OK && slot < ORACLE_EPISODES; episode++) {
        double total[ORACLE_PARAMS];
        status = run_episode(setup, estimator, total);
        if (status == PES_OK && episode == oracle_episode[slot]) {
            add_episode(sums, repetition, slot, setup->system->num_params, total);
            slot++;
        }
    }
    pes_estimator_destroy(estimator);
    return status;
}

static void judge(oracle_check *check, double mean, double error, double expected,
                  double apart) {
    const double miss = mean - expected;
    const bool exact = fabs(miss) <= exact_tolerance * fmax(fabs(expected), 1.0);
    check->estimate = mean;
    check->standard_error = error;
    check->expected = expected;
    check->z = error > 0.0 ? miss / error : exact ? 0.0 : copysign(HUGE_VAL, miss);
    check->separation = error > 0.0 ? apart / error : apart > 0.0 ? HUGE_VAL : 0.0;
    check->passed = error > 0.0 ? fabs(check->z) <= most_errors : exact;
}

pes_status oracle_measure(const oracle_case *setup, const oracle_effort *effort,
                          oracle_check *check) {
    const int64_t params = setup->system->num_params;
    const double repetitions = (double)effort->repetitions;
    double whole[ORACLE_PARAMS], cut[ORACLE_PARAMS];
    oracle_sums sums;
    memset(&sums, 0, sizeof sums);
    for (int64_t r = 0; r < effort->repetitions; r++) {
        const pes_status status = run_repetition(setup, effort, r, &sums);
        if (status != PES_OK) {
            return status;
        }
    }
    setup->type->exact_gradient(setup->options, setup->theta, setup->horizon, 0, setup->sigma,
                                whole);
    setup->type->exact_gradient(setup->options, setup->theta, setup->horizon, setup->truncation,
                                setup->sigma, cut);
    for (int64_t slot = 0; slot < ORACLE_EPISODES; slot++) {
        for (int64_t p = 0; p < params; p++, check++) {
            const double mean = sums.sum[slot][p] / repetitions;
            const double spread = sums.square[slot][p] - repetitions * mean * mean;
            const double variance = fmax(spread, 0.0) / (repetitions - 1.0) / repetitions;
            check->episode = oracle_episode[slot];
            check->parameter = p;
            judge(check, sums.first[slot][p] + mean, sqrt(variance),
                  setup->method->unbiased ? whole[p] : cut[p], fabs(whole[p] - cut[p]));
        }
    }
    return PES_OK;
}
