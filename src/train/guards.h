// Memory with a fence on either side: what a callback writes beside its arrays is noticed.

#ifndef PES_TRAIN_GUARDS_H
#define PES_TRAIN_GUARDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

// Room for `bytes` with its fences; NULL while the arena measures. `bytes` < SIZE_MAX / 2.
void *pes_guards_take(pes_arena *arena, size_t bytes);

// Put the fences around the first `bytes` of a piece.
void pes_guards_set(void *piece, size_t bytes);

// Are they untouched?
bool pes_guards_hold(const void *piece, size_t bytes);

#endif // PES_TRAIN_GUARDS_H
