// What environments of a few equations share, in which one force or torque acts: the scratch of
// a thread, limits, and angles.

#ifndef PES_PROBLEMS_CONTROL_MECHANICS_H
#define PES_PROBLEMS_CONTROL_MECHANICS_H

#include "problems/control/runge_kutta.h"

// For one group of particles.
typedef struct pes_mechanics {
    pes_runge_kutta motion;
    pes_column force;        // constant during a step
    pes_column sine, cosine; // of the angle
} pes_mechanics;

// A pes_environment's worker_open, whose worker is a pes_mechanics; pes_problem_worker_free()
// is its worker_close.
pes_status pes_mechanics_open(void *user, void **worker);

// x, or the bound that it is beyond.
double pes_mechanics_limited(double x, double low, double high);

// The same angle in [-pi, pi), rad.
double pes_mechanics_wrapped(double angle);

#endif // PES_PROBLEMS_CONTROL_MECHANICS_H
