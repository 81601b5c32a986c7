// Counts what a program allocates through the library, and lets the n-th allocation fail.
//
// A program that uses it says
//
//     // link: -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=aligned_alloc,--wrap=free
//
// in a line of its own. Calls from inside libc (threads, stdio) are not seen.

#ifndef PES_TESTS_SUPPORT_ALLOC_H
#define PES_TESTS_SUPPORT_ALLOC_H

#include <stdint.h>

// Since the last reset.
typedef struct alloc_counts {
    int64_t calls; // of malloc, calloc, realloc and aligned_alloc, failed ones included
    int64_t bytes; // that they asked for
    int64_t live;  // successful calls less calls of free
} alloc_counts;

void alloc_reset(void);
alloc_counts alloc_read(void);

// Let allocation number `n` from now on fail, from 1; 0: none.
void alloc_fail_at(int64_t n);

#endif // PES_TESTS_SUPPORT_ALLOC_H
