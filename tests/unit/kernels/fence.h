// Arrays between two pages that nobody may touch, for the kernel tests. Include it first: it
// asks for anonymous mappings.
//
// An array is placed against the upper page (a read or write beyond its end traps) or against
// the lower one (likewise before its begin); what is left of its own pages is filled with a
// pattern that fence_intact() looks for.

#ifndef PES_TESTS_UNIT_KERNELS_FENCE_H
#define PES_TESTS_UNIT_KERNELS_FENCE_H

#define _DEFAULT_SOURCE

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernels/kernels.h"

typedef struct fence {
    uint8_t *pages; // page_bytes without access, inner_bytes, page_bytes without access
    size_t page_bytes, inner_bytes;
    uint8_t *data;
    size_t bytes;
} fence;

typedef enum fence_side { FENCE_END, FENCE_BEGIN, FENCE_SIDES } fence_side;

enum { FENCE_PATTERN = 0xA5 };

static inline fence fence_open(size_t bytes, fence_side side) {
    fence f = {.page_bytes = (size_t)sysconf(_SC_PAGESIZE), .bytes = bytes};
    f.inner_bytes = (bytes / f.page_bytes + 1) * f.page_bytes;
    f.pages = mmap(NULL, f.inner_bytes + 2 * f.page_bytes, PROT_NONE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(f.pages != MAP_FAILED);
    uint8_t *inner = f.pages + f.page_bytes;
    assert_int_equal(mprotect(inner, f.inner_bytes, PROT_READ | PROT_WRITE), 0);
    memset(inner, FENCE_PATTERN, f.inner_bytes);
    f.data = side == FENCE_END ? inner + f.inner_bytes - bytes : inner;
    return f;
}

static inline void fence_close(fence *f) {
    munmap(f->pages, f->inner_bytes + 2 * f->page_bytes);
}

static inline bool fence_intact(const fence *f) {
    const uint8_t *inner = f->pages + f->page_bytes;
    bool intact = true;
    for (size_t i = 0; i < f->inner_bytes; i++) {
        bool own = inner + i >= f->data && inner + i < f->data + f->bytes;
        intact = intact && (own || inner[i] == FENCE_PATTERN);
    }
    return intact;
}

// Floats of either sign between 2^-8 and 2^8 in size, a fixed function of (seed, index).
static inline void fence_fill_floats(uint32_t seed, int64_t n, float *x) {
    for (int64_t i = 0; i < n; i++) {
        uint32_t word[4];
        pes_kernels_scalar.philox((uint32_t[]){seed, 0}, (uint32_t[]){(uint32_t)i, 0, 0, 0}, 0,
                                  1, word);
        float size = ldexpf(1.0f + (float)(word[0] >> 9) * 0x1p-23f, (int)(word[1] % 16) - 8);
        x[i] = word[2] % 2 == 0 ? size : -size;
    }
}

// Equal bits, or both not a number.
static inline bool fence_same_floats(int64_t n, const float *x, const float *y) {
    bool same = true;
    for (int64_t i = 0; i < n; i++) {
        same = same && (memcmp(&x[i], &y[i], sizeof *x) == 0 || (isnan(x[i]) && isnan(y[i])));
    }
    return same;
}

static inline bool fence_same_doubles(int64_t n, const double *x, const double *y) {
    bool same = true;
    for (int64_t i = 0; i < n; i++) {
        same = same && (memcmp(&x[i], &y[i], sizeof *x) == 0 || (isnan(x[i]) && isnan(y[i])));
    }
    return same;
}

// Lengths at which vector code goes wrong: shorter than a vector, exact, one over, long.
static const int64_t fence_lengths[] = {0,  1,  2,  3,  4,  5,  7,  8,  9,   15,  16,  17,
                                        23, 24, 31, 32, 33, 63, 64, 65, 100, 112, 129, 1027};
enum { FENCE_LENGTHS = sizeof fence_lengths / sizeof *fence_lengths };

#endif // PES_TESTS_UNIT_KERNELS_FENCE_H
