// A fixed team of threads and one primitive.
//
// pes_pool_for() runs `tasks` calls of a function, numbered from 0, on all threads of the pool
// and returns when all are done. Which thread runs which task is not determined; a function may
// therefore write only to what belongs to its task, or to its worker.
//
// Work of less than a millisecond stays with the calling thread where that is faster, which
// the pool measures (gauge.h). Where tasks run may thus depend on time; what they compute may
// not, as ever.

#ifndef PES_BASE_POOL_H
#define PES_BASE_POOL_H

#include <stdint.h>

#include "base/status.h"

// `worker` is in 0..threads - 1 and belongs to one thread during the call.
typedef pes_status (*pes_task)(void *argument, int64_t task, int64_t worker);

typedef struct pes_pool pes_pool;

// `threads` counts the caller's, which works too. 0: one per processor that this process may
// use. PES_E_MEMORY, PES_E_THREAD.
pes_status pes_pool_create(pes_pool **out, int64_t threads);

// NULL is allowed.
void pes_pool_destroy(pes_pool *pool);

// Bytes that pes_pool_create() allocates, the threads' stacks not counted.
uint64_t pes_pool_memory(int64_t threads);

int64_t pes_pool_threads(const pes_pool *pool);

// The number that pes_pool_create() takes for `threads`.
int64_t pes_pool_resolve(int64_t threads);

// Seconds of work, all tasks together, from which on it is always shared. Changed only by
// tests: where it is 0, every call is shared, however small.
extern double pes_pool_brief;

// Every task is run even when one fails. Returns the status, and leaves the sentence, of the
// failed task with the lowest number, so that errors do not depend on timing either.
pes_status pes_pool_for(pes_pool *pool, int64_t tasks, pes_task function, void *argument);

// The same, but tasks begin in the order of their numbers: none begins before all lower ones
// have. pes_pool_for() lets a thread begin with a part of its own.
pes_status pes_pool_in_order(pes_pool *pool, int64_t tasks, pes_task function, void *argument);

#endif // PES_BASE_POOL_H
