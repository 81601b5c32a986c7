// Shaping: what becomes of the losses of an update before they weigh perturbations.
//
// A shaping replaces the credits L of the kept particles, after all losses of the update are
// summed, by values whose differences are tamer. The gradient then uses those values in
// equation (1). All but "none" estimate something other than the gradient; each says what.

#ifndef PES_ESTIMATE_SHAPING_H
#define PES_ESTIMATE_SHAPING_H

#include <stdbool.h>
#include <stdint.h>

#include "pes/estimator.h"

// The credits of one update on their way.
typedef struct pes_shaping_work {
    int64_t units; // antithetic pairs or single particles
    int64_t signs; // rows per unit: 2 or 1
    int64_t rows;  // kept rows
    double limit;  // the setting shaping_limit
    double *value; // units x signs, edited in place; NaN in both rows of a unit that is dropped
    int64_t *order; // units x signs, scratch
} pes_shaping_work;

typedef struct pes_shaping {
    pes_shaping_info info;
    void (*apply)(const pes_shaping_work *work); // NULL: nothing
    bool ranks;                                  // needs `order`
} pes_shaping;

// NULL if there is none of that name.
const pes_shaping *pes_shaping_find(const char *name);

#endif // PES_ESTIMATE_SHAPING_H
