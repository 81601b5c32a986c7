#include "problems/control/mechanics.h"

#include <math.h>

#include "problems/memory.h"

pes_status pes_mechanics_open(void *user, void **worker) {
    (void)user;
    return pes_problem_worker_allocate(worker, (int64_t)sizeof(pes_mechanics), "motion");
}

double pes_mechanics_limited(double x, double low, double high) {
    const double below = x > high ? high : x;
    return below < low ? low : below;
}

double pes_mechanics_wrapped(double angle) {
    static const double pi = 3.14159265358979323846;
    const double turns = floor((angle + pi) / (2.0 * pi));
    return angle - turns * (2.0 * pi);
}
