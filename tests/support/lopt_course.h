// A course of a learned optimizer over fixed gradients, for programs that are to take the same
// steps: libpes computes it and writes it down as text.

#ifndef PES_TESTS_SUPPORT_LOPT_COURSE_H
#define PES_TESTS_SUPPORT_LOPT_COURSE_H

#include "problems/lopt/rule.h"
#include "support/scratch.h"

enum { COURSE_STEPS = 100, COURSE_TENSORS = 5 };

// An optimizer of that architecture which follows a momentum: whoever does what it says
// trains a network. theta: to be freed.
pes_lopt_shape course_optimizer(const char *name, const pes_int_list *hidden, float **theta);

// Writes a file into the folder: for each tensor a line with rows and columns, one with the
// first weights, one for each step's gradient, and one with the last weights.
void course_write(const scratch *folder, const char *file, const pes_lopt_shape *shape,
                  const float *theta);

// Runs a shell command in the folder; its exit status, or -1.
int course_run(const scratch *folder, const char *command);

#endif // PES_TESTS_SUPPORT_LOPT_COURSE_H
