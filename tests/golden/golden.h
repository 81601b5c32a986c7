// What the files of the golden program share.

#ifndef PES_TESTS_GOLDEN_H
#define PES_TESTS_GOLDEN_H

#include <stddef.h>
#include <stdint.h>

// The hash of a case grows by what the case computes; the case's line ends it.
void golden_add(const void *data, size_t bytes);
void golden_finish(const char *group, const char *name);

// Operands: arrays of normals, anew for every step.
enum { GOLDEN_SIDE = 100, GOLDEN_SQUARE = GOLDEN_SIDE * GOLDEN_SIDE };
typedef struct golden_operands {
    float a[GOLDEN_SQUARE], b[GOLDEN_SQUARE], c[GOLDEN_SQUARE], d[GOLDEN_SQUARE];
} golden_operands;
void golden_fill(golden_operands *out, uint32_t step);

// Every kernel (kernel_cases.c).
void golden_kernel_cases(void);

// Options of mlp_training, to be freed (tune_case.c): with much in theta; and with a network
// and a training that differ from the default in all else.
void *golden_tune_options(void);
void *golden_network_options(void);

// Options of learned_optimizer, likewise: a mixture of three tasks, and one task with an
// architecture that has a network (tune_case.c).
void *golden_mixture_options(void);
void *golden_learned_options(const char *optimizer);

// Options of pendulum and cart_pole: policies that remember, and statistics in common.
void *golden_control_options(const char *problem);

#endif // PES_TESTS_GOLDEN_H
