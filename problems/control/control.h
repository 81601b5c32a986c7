// An environment and a policy make a system: theta are the policy's weights, an inner step is
// one step of the environment, its loss is minus the reward, and an episode ends where the
// environment ends it. So the sum of losses over an episode is minus its return.
//
// A particle is the environment's state, then what the policy remembers, then what it gathers
// for the normalization of observations (normalize.h). Particles of a batch are stepped
// together in groups (environment.h); those that have ended are left out. One whose observation
// or reward is not finite has lost: the losses of that step and of those after it are NaN, and
// the library drops it and counts it.

#ifndef PES_PROBLEMS_CONTROL_CONTROL_H
#define PES_PROBLEMS_CONTROL_CONTROL_H

#include "problems/control/environment.h"
#include "problems/control/normalize.h"
#include "problems/control/policy.h"
#include "problems/data/sha256.h"

typedef struct pes_control {
    pes_environment environment;
    pes_policy policy;
    void (*bound)(const pes_environment *environment, int64_t count, double *action);
    pes_normalize normalize;
    double *common; // what common_begin writes: statistics of a run, or none yet
    char start_sum[PES_SHA256_TEXT]; // of a start_file's policy; "": there is none
    int64_t memory_at;               // bytes into a state: what the policy remembers
    int64_t gathered_at;             // and what it gathers
    int64_t state_bytes;             // of the whole
} pes_control;

// The problem of this name, which is static text. Its user is a pes_control. The environment's
// `user` is the problem's from here on: it is closed with it, and after a failure at once.
pes_status pes_control_create(pes_problem **out, const char *name,
                              const pes_environment *environment,
                              const pes_policy_options *policy);

// Records what one particle does, where the environment can replay it (problem.h).
pes_status pes_control_record(const pes_problem *problem, const pes_engine_course *course,
                              pes_engine_loop **out);

// pes_problem_type.measure of such problems: the return, which is minus the sum of the losses.
bool pes_control_measure(const void *options, int64_t index, int64_t steps,
                         pes_problem_measure *out);

// pes_problem_type.gain and .step of them.
#define PES_CONTROL_GAIN "return"
#define PES_CONTROL_STEP "environment steps"

#endif // PES_PROBLEMS_CONTROL_CONTROL_H
