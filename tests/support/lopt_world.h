// One tensor and an optimizer that steps it along fixed gradients, for tests that take the same
// steps by the formulas in double precision.

#ifndef PES_TESTS_SUPPORT_LOPT_WORLD_H
#define PES_TESTS_SUPPORT_LOPT_WORLD_H

#include "problems/lopt/rule.h"

enum { LOPT_WORLD_TIMES = 11 };

// extra: as pes_lopt_extra_floats() counts; everything starts at zero but theta and the
// weights.
typedef struct lopt_world {
    pes_lopt_shape shape;
    pes_lopt_tensor tensor;
    float *theta, *prepared, *scratch, *weights, *gradient, *moment, *extra;
} lopt_world;

// size: rows, columns, stride. theta is the architecture's start with its biases moved too.
lopt_world lopt_world_open(const char *architecture, const pes_int_list *hidden,
                           const int64_t size[3]);
void lopt_world_close(lopt_world *w);

// Of weight i (counted without padding) at inner step t.
double lopt_world_gradient(int t, int64_t i);

// One step. What is in the scratch before is lost: it is filled with NaN.
void lopt_world_step(lopt_world *w, const pes_kernels *kernels, int t);

// The features of time at inner step t, LOPT_WORLD_TIMES of them.
void lopt_world_times(int t, double *x);

// out: direction and log magnitude of the network whose weights begin at theta, for
// x[features].
void lopt_world_network(const lopt_world *w, const float *theta, int64_t features,
                        const double *x, double out[2]);

// The weights without padding.
void lopt_world_weights(const lopt_world *w, double *weights);

// Fails unless the weights are those (without padding) to 1e-5, have moved, and padding is
// zero.
void lopt_world_expect(const lopt_world *w, const double *weights);

#endif // PES_TESTS_SUPPORT_LOPT_WORLD_H
