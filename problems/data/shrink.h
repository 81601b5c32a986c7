// Images made smaller.

#ifndef PES_PROBLEMS_DATA_SHRINK_H
#define PES_PROBLEMS_DATA_SHRINK_H

#include <stdint.h>

enum { PES_SHRINK_MOST = 64 }; // rows and columns of what comes out

// `count` square planes of `from` x `from` bytes become planes of `to` x `to`, to <= from and
// at most PES_SHRINK_MOST, in the same memory: each byte is the mean over the square that it
// covers, where a byte that lies across the edge counts by its part, rounded to the nearest.
void pes_shrink(int64_t count, int64_t from, int64_t to, uint8_t *plane);

#endif // PES_PROBLEMS_DATA_SHRINK_H
