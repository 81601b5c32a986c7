// What pes selftest is made of: the command counts, and three files measure.

#ifndef PES_CLI_SELFTEST_H
#define PES_CLI_SELFTEST_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/cli.h"
#include "pes/estimator.h"
#include "pes/status.h"
#include "problems/problems.h"

typedef struct selftest_options {
    bool json;
    bool quick;
    bool verbose;
    int64_t samples; // of the proof; 0: as many as are worth it
    int64_t threads;
    const char *data;
    cli_texts method; // those asked for; none: all
    cli_texts set;
} selftest_options;

// What has been counted so far.
typedef struct selftest_tally {
    const selftest_options *options;
    int64_t checks;
    int64_t failed;
    int64_t skipped;
} selftest_tally;

void selftest_count(selftest_tally *tally, bool passed);

// A method that cannot be run on a system: counted, and the last error said where somebody
// asked.
void selftest_skip(selftest_tally *tally, const char *method, const char *system);

// Is this one of the methods asked for?
bool selftest_wants(const selftest_options *options, const char *method);

// ---- systems whose gradient is known ------------------------------------------------------

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

// Every method on a problem that has an oracle, as the tally's options say; nothing on others.
// CLI_OK, or another code after one sentence.
int selftest_estimators(const pes_problem_type *type, const void *options,
                        const pes_problem *problem, selftest_tally *tally);

// ---- any system ---------------------------------------------------------------------------

// Independent runs of a method, at least: their particles are as few as that takes.
enum { SELFTEST_RUNS = 64 };

// A system, where on it, and with which settings methods are compared with differences.
typedef struct proof_setup {
    const char *name; // of the problem
    const pes_system *system;
    const float *theta; // num_params
    const pes_estimator_options *estimator;
    double flops; // of an inner step; 0: not known
    bool exact;   // its own method is tested with these settings and no others
} proof_setup;

// Every method, or those asked for. CLI_OK, or another code after one sentence.
int selftest_proof(const proof_setup *setup, selftest_tally *tally);

#endif // PES_CLI_SELFTEST_H
