// Rows after their steps: what they add to the objective, their clocks, and whether their
// episodes are over.

#ifndef PES_TRAIN_ESTIMATOR_SETTLE_H
#define PES_TRAIN_ESTIMATOR_SETTLE_H

#include "train/estimator.h"

// Units first..last - 1. `loss` (rows x truncation) and `ended` (rows, or NULL: nobody's) begin
// with the first one's. `level` is what pes_population_order() said of them.
void pes_settle_units(pes_estimator *estimator, int64_t first, int64_t last, bool level,
                      const double *loss, const int64_t *ended);

// The guide, with its own losses and end.
void pes_settle_guide(pes_estimator *estimator, const double *loss, const int64_t *ended);

#endif // PES_TRAIN_ESTIMATOR_SETTLE_H
