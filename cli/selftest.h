// The oracles: estimates with their standard errors, beside what mathematics says.

#ifndef PES_CLI_SELFTEST_H
#define PES_CLI_SELFTEST_H

#include <stdbool.h>
#include <stdint.h>

#include "pes/estimator.h"
#include "pes/status.h"
#include "problems/problems.h"

enum { ORACLE_PARAMS = 8, ORACLE_EPISODES = 3 };

// How much is measured. A check's standard error comes from the spread of the repetitions.
typedef struct oracle_effort {
    int64_t particles;   // of one repetition, both signs counted
    int64_t repetitions; // independent: each has a seed of its own
    int64_t threads;     // 0: one per processor
} oracle_effort;

// One setting under test.
typedef struct oracle_case {
    const pes_problem_type *type; // has an exact gradient
    const void *options;          // of the problem
    const pes_system *system;
    const float *theta; // num_params <= ORACLE_PARAMS
    const pes_method_info *method;
    int64_t horizon;
    int64_t truncation;
    int64_t noise_interval; // 0 for methods that do not ask for one
    bool antithetic;
    double sigma;
} oracle_case;

// One number found, and what it should be.
typedef struct oracle_check {
    int64_t episode; // from 1
    int64_t parameter;
    double expected;
    double estimate;       // mean of the repetitions
    double standard_error; // of that mean
    double z;              // (estimate - expected) / standard_error; 0 where both agree exactly
    double separation;     // |unbiased - truncated expectation| in standard errors
    bool passed;
} oracle_check;

// The episodes that are looked at: the first, and later ones.
extern const int64_t oracle_episode[ORACLE_EPISODES];

// Measures one case: ORACLE_EPISODES x num_params checks, episode by episode. PES_E_ARGUMENT if
// the method cannot be run so, and whatever an estimator may report.
pes_status oracle_measure(const oracle_case *setup, const oracle_effort *effort,
                          oracle_check *check);

#endif // PES_CLI_SELFTEST_H
