// A worker's memory: the scratch of one thread, in one piece.
//
// A problem lays its scratch out twice, with the same function: once without a base, to measure
// it, and once in the memory itself.

#ifndef PES_PROBLEMS_MEMORY_H
#define PES_PROBLEMS_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "pes/status.h"

// Pieces are taken one behind the other, in whole cache lines. While sizes are measured `base`
// is NULL, and so is every piece.
typedef struct pes_problem_memory {
    unsigned char *base; // on a cache line
    size_t used;         // bytes taken
} pes_problem_memory;

void *pes_problem_take(pes_problem_memory *memory, int64_t count, size_t size);

// `bytes` zeros on a cache line. PES_E_MEMORY with `what` ("weights")
// in its sentence; then *out is NULL.
pes_status pes_problem_worker_allocate(void **out, int64_t bytes, const char *what);

// A pes_system's worker_close for workers that are nothing but that.
void pes_problem_worker_free(void *user, void *worker);

#endif // PES_PROBLEMS_MEMORY_H
