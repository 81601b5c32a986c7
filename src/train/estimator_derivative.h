// Estimates from derivatives, inside an estimator: what is laid out, kept and called for
// methods with a rule (estimate/derivative.h).

#ifndef PES_TRAIN_ESTIMATOR_DERIVATIVE_H
#define PES_TRAIN_ESTIMATOR_DERIVATIVE_H

#include "train/estimator.h"

// Has the system what the method needs? PES_E_ARGUMENT.
pes_status pes_derivative_check(const pes_system *system, const pes_method *method);

// The arrays of e->derivative and of every thread; nothing for methods without a rule.
void pes_derivative_layout(pes_estimator *estimator, pes_arena *arena);

// One thread's; `scratch` is where it goes, or NULL while the arena measures.
void pes_derivative_layout_scratch(const pes_estimator *estimator, pes_arena *arena,
                                   pes_derivative_scratch *scratch);

// pes_unroll_advance() by the method's rule, for rows that begin with row number `first`; their
// gradients into the scratch.
pes_status pes_derivative_advance(pes_estimator *estimator, const pes_rows *rows, int64_t first,
                                  pes_scratch *scratch);

// The gradients of units first..last - 1, settled before, become their terms of the estimate. A
// unit whose gradient is not finite is dropped.
void pes_derivative_settle(pes_estimator *estimator, int64_t first, int64_t last,
                           const pes_scratch *scratch);

// The same of the guide, whose gradient is added to the estimate.
void pes_derivative_settle_guide(pes_estimator *estimator, const pes_scratch *scratch);

#endif // PES_TRAIN_ESTIMATOR_DERIVATIVE_H
