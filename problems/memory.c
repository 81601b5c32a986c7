#include "problems/memory.h"

#include <stdlib.h>
#include <string.h>

#include "problems/problem.h"

enum { LINE_BYTES = 64 };

static size_t in_lines(size_t bytes) {
    return (bytes + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES;
}

void *pes_problem_take(pes_problem_memory *memory, int64_t count, size_t size) {
    void *piece = memory->base != NULL ? memory->base + memory->used : NULL;
    memory->used += in_lines((size_t)count * size);
    return piece;
}

pes_status pes_problem_worker_allocate(void **out, int64_t bytes, const char *what) {
    *out = aligned_alloc(LINE_BYTES, in_lines((size_t)bytes));
    PES_PROBLEM_REQUIRE(*out != NULL, PES_E_MEMORY, "no memory for %lld bytes of %s",
                        (long long)bytes, what);
    memset(*out, 0, (size_t)bytes);
    return PES_OK;
}

void pes_problem_worker_free(void *user, void *worker) {
    (void)user;
    free(worker);
}
