// What programs that carry a learned optimizer away are written with.

#ifndef PES_PROBLEMS_LOPT_PROGRAM_TEXT_H
#define PES_PROBLEMS_LOPT_PROGRAM_TEXT_H

#include <stdio.h>

#include "problems/lopt/rule.h"

// A text of a rule's own.
typedef struct pes_lopt_fragment {
    const pes_lopt_rule *rule;
    const char *text;
} pes_lopt_fragment;

// The texts of that rule in a list that NULL ends.
void pes_lopt_print_fragments(FILE *out, const pes_lopt_fragment *list,
                              const pes_lopt_rule *rule);

extern const pes_lopt_fragment pes_lopt_c_factored[]; // program_c_factored.c

// The nearest number that has a literal in every language: of a rate of exp(200), the largest
// float.
double pes_lopt_printable(double x);

// "a, b, c", six to a line that begins with `indent` spaces, each as short as it is exact, with
// `suffix` after it.
void pes_lopt_print_numbers(FILE *out, int64_t count, const float *x, int indent,
                            const char *suffix);

// Text with %NAME% of the architecture, %SUMMARY% and %WHERE% put in.
void pes_lopt_print_filled(FILE *out, const char *text, const pes_lopt_shape *shape,
                           const char *where);

// The whole program by `print`, zero-terminated and to be freed with free(); NULL without
// memory.
char *pes_lopt_print_program(void (*print)(FILE *out, const pes_lopt_shape *shape,
                                           const float *theta, const char *where),
                             const pes_lopt_shape *shape, const float *theta,
                             const char *where);

#endif // PES_PROBLEMS_LOPT_PROGRAM_TEXT_H
