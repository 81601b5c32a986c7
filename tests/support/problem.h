// Built-in problems with a few settings changed, and single particles of them.

#ifndef PES_TESTS_SUPPORT_PROBLEM_H
#define PES_TESTS_SUPPORT_PROBLEM_H

#include "problems/problems.h"

// Options of a problem, as "key=value key=value"; lists are "100,100". To be freed; the program
// ends if a setting is refused.
void *test_options(const char *problem, const char *settings);

// Write one more setting; its status, and pes_last_error().
pes_status test_set(const char *problem, void *options, const char *setting);

// Open a problem, or end the program. `folder` may be NULL.
pes_problem *test_problem(const char *problem, const char *settings, const char *folder);

// Start one particle and advance it by `steps`, alone. `state` has room for state_bytes and is
// aligned to 64 bytes; `loss` for `steps`. Returns where the episode ended, or 0.
void test_begin(const pes_problem *problem, pes_stream stream, const float *theta, void *state);
int64_t test_advance(const pes_problem *problem, pes_stream stream, const float *theta,
                     void *state, int64_t clock, int64_t steps, double *loss);

// Room for the states of `count` particles; to be freed.
void *test_states(const pes_problem *problem, int64_t count);

#endif // PES_TESTS_SUPPORT_PROBLEM_H
