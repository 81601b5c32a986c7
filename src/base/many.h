// Questions about many numbers at once. Particles mostly do the same, and one look at all of
// them is cheaper than a branch for each.

#ifndef PES_BASE_MANY_H
#define PES_BASE_MANY_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

// Are all elements the same bytes? Each is compared with its neighbour.
static inline bool pes_alike(const void *x, int64_t count, size_t bytes) {
    const unsigned char *first = x;
    return count < 2 || memcmp(first, first + bytes, (size_t)(count - 1) * bytes) == 0;
}

// Are all flags, 0 or 1 each, 0?
static inline bool pes_none(const uint8_t *flag, int64_t count) {
    return count < 1 || (flag[0] == 0 && pes_alike(flag, count, 1));
}

// Exponents are all ones where a number is not finite, and nowhere else does one more carry
// into the sign.
static inline bool pes_all_finite(const double *x, int64_t count) {
    uint64_t carried = 0;
    for (int64_t i = 0; i < count; i++) {
        uint64_t bits;
        memcpy(&bits, &x[i], sizeof bits);
        carried |= (bits & INT64_MAX) + (UINT64_C(1) << 52);
    }
    return carried >> 63 == 0;
}

#endif // PES_BASE_MANY_H
