// An update of few particles on many threads.
//
// Usually a thread takes some units through all steps of an update, as many as the system's
// batch_hint says. Five pairs on two threads are then three and two: a sixth of the time nobody
// uses. Where so much would be lost, and the system says that it advances particles one or two
// at a time, every particle goes by itself, and an update's steps are cut into links that
// different threads may take (base/chain.h). Systems promise that this changes no loss.

#ifndef PES_TRAIN_ESTIMATOR_SPLIT_H
#define PES_TRAIN_ESTIMATOR_SPLIT_H

#include "train/estimator.h"

// Decide whether to split; once, when everything else is known of the estimator.
void pes_split_plan(pes_estimator *estimator);
void pes_split_layout(pes_estimator *estimator, pes_arena *arena);

// Restarts, copies and all steps of every row, of the guide only the steps. The perturbed
// parameters are in `split.theta`; fills `split.loss` and `split.ended`.
pes_status pes_split_advance(pes_estimator *estimator);

#endif // PES_TRAIN_ESTIMATOR_SPLIT_H
