// With the unit of length chosen so that an old byte is `to` long and a new one `from`, all
// edges are integers, and so are the areas that two bytes share: the same on every machine.

#include "problems/data/shrink.h"

#include <string.h>

// How much of the side of old byte `old` lies in new byte `next`.
static int64_t shared(int64_t from, int64_t to, int64_t old, int64_t next) {
    const int64_t begin = old * to > next * from ? old * to : next * from;
    const int64_t end = (old + 1) * to < (next + 1) * from ? (old + 1) * to : (next + 1) * from;
    return end > begin ? end - begin : 0;
}

// The mean over the square of the new byte in row r and column c, whose area is from^2.
static uint8_t mean(int64_t from, int64_t to, int64_t r, int64_t c, const uint8_t *plane) {
    const int64_t area = from * from;
    int64_t sum = 0;
    for (int64_t i = r * from / to; i * to < (r + 1) * from; i++) {
        const int64_t height = shared(from, to, i, r);
        for (int64_t j = c * from / to; j * to < (c + 1) * from; j++) {
            sum += height * shared(from, to, j, c) * plane[i * from + j];
        }
    }
    return (uint8_t)((2 * sum + area) / (2 * area));
}

void pes_shrink(int64_t count, int64_t from, int64_t to, uint8_t *plane) {
    uint8_t small[PES_SHRINK_MOST * PES_SHRINK_MOST];
    for (int64_t p = 0; p < count; p++) {
        const uint8_t *old = plane + p * from * from;
        for (int64_t i = 0; i < to * to; i++) {
            small[i] = mean(from, to, i / to, i % to, old);
        }
        // at or before the old plane's place
        memcpy(plane + p * to * to, small, (size_t)(to * to));
    }
}
