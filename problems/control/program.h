// Programs that carry a policy away: its weights, the statistics of its observations and what
// it does with them, in C, in Python, as JSON and as safetensors.

#ifndef PES_PROBLEMS_CONTROL_PROGRAM_H
#define PES_PROBLEMS_CONTROL_PROGRAM_H

#include <stdio.h>

#include "problems/control/control.h"

// pes_problem_type.program of every problem that pes_control_create() has made.
const pes_problem_program *pes_control_program(int64_t index);

// Its parts, one for each form; `out` is the program.
void pes_control_print_c(FILE *out, const pes_control *control, const char *name,
                         const float *theta, const char *where);
void pes_control_print_python(FILE *out, const pes_control *control, const char *name,
                              const float *theta, const char *where);
void pes_control_print_json(FILE *out, const pes_control *control, const char *name,
                            const float *theta, const char *where);

// "a, b, c": a number with all its digits, as C, Python and JSON read it. A list of doubles
// says `infinite` and `-infinite` of those that are.
void pes_control_print_floats(FILE *out, int64_t count, const float *x, const char *suffix);
void pes_control_print_doubles(FILE *out, int64_t count, const double *x, const char *infinite);

// The name of an observed number or an action, "observation 3" where the environment has none.
const char *pes_control_observed_name(const pes_control *control, int64_t index,
                                      char room[PES_NAME_SIZE]);
const char *pes_control_action_name(const pes_control *control, int64_t index,
                                    char room[PES_NAME_SIZE]);

#endif // PES_PROBLEMS_CONTROL_PROGRAM_H
