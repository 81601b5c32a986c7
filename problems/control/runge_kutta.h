// The classical Runge-Kutta method of fourth order (Kutta 1901) for particles side by side:
// with slopes f,
//
//     k1 = f(x),  k2 = f(x + h/2 k1),  k3 = f(x + h/2 k2),  k4 = f(x + h k3)
//     x <- x + h/6 (k1 + 2 k2 + 2 k3 + k4)

#ifndef PES_PROBLEMS_CONTROL_RUNGE_KUTTA_H
#define PES_PROBLEMS_CONTROL_RUNGE_KUTTA_H

#include "problems/control/environment.h"

enum { PES_RUNGE_KUTTA_REALS = 4 };

// One number of every particle of a group.
typedef struct pes_column {
    double of[PES_ENVIRONMENT_GROUP];
} pes_column;

typedef struct pes_runge_kutta {
    int64_t count;                              // particles
    int64_t reals;                              // numbers of each that change with time
    pes_column now[PES_RUNGE_KUTTA_REALS];      // these
    pes_column tried[PES_RUNGE_KUTTA_REALS];    // on the way
    pes_column stage[4][PES_RUNGE_KUTTA_REALS]; // slopes
} pes_runge_kutta;

// Take a step of length h. `slopes` fills reals columns from what the particles are at.
void pes_runge_kutta_step(pes_runge_kutta *motion, double h,
                          void (*slopes)(void *user, int64_t count, const pes_column *at,
                                         pes_column *slope),
                          void *user);

#endif // PES_PROBLEMS_CONTROL_RUNGE_KUTTA_H
