// What particles learn together (the last members of pes_system): the numbers that they have
// gathered in an update, added in one fixed order, become the common bytes of the next.
//
// The sum runs over the rows of a block in order, and blocks are joined as neighbours, then as
// neighbours of neighbours, so that neither threads nor batches show in its bits.

#ifndef PES_TRAIN_ESTIMATOR_COMMON_H
#define PES_TRAIN_ESTIMATOR_COMMON_H

#include "train/estimator.h"

// Take memory of the arena; nothing where the system learns nothing in common.
void pes_common_layout(pes_estimator *e, pes_arena *arena);

// The bytes that a run begins with.
void pes_common_start(pes_estimator *e);

// The end of an update, or of a round that staggers the starts.
pes_status pes_common_learn(pes_estimator *e);

#endif // PES_TRAIN_ESTIMATOR_COMMON_H
