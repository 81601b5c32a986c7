#define _GNU_SOURCE // sched_getaffinity
#include "base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/gauge.h"

// Updates of small systems take microseconds, less than it takes to wake a thread. So a thread
// that has nothing to do looks for work this many times before it goes to sleep (10 to 30
// microseconds); not at all where threads outnumber processors, since it would look in the
// place of one that works.
enum { LOOKS = 600 };
enum { MOST_THREADS = 1024, SENTENCE = 512, GAUGES = 4 };

double pes_pool_brief = 1e-3;

// What calls of a function take.
typedef struct gauge {
    pes_task function; // NULL: not in use
    pes_gauge pace;
} gauge;

// The tasks that a thread takes before it helps others with theirs: the same ones in every
// call, which it finds in its cache.
typedef struct share {
    atomic_int_fast64_t next; // first task that nobody has taken
    int64_t end;
    char apart[48]; // a cache line each
} share;

struct pes_pool {
    int64_t threads;   // the caller's included
    int looks;         // LOOKS, or 0
    pthread_t *thread; // threads - 1
    share *share;      // threads
    pthread_mutex_t mutex;
    pthread_cond_t start;
    pthread_cond_t finish;

    // one call of pes_pool_for(); written before it opens, read while it is open
    pes_task function;
    void *argument;

    gauge gauges[GAUGES];

    // A helper takes part in a call if it is there in time: it counts itself in, and then looks
    // whether the call is open. The caller, once no task is left, closes the call, and then
    // waits for those who are in. One of the two sees the other, so nobody is in a call that
    // is over, and nobody waits for a thread that has not begun.
    atomic_uint_fast64_t generation; // counts the calls
    atomic_bool open;                // there may be tasks to take
    atomic_bool stop;
    atomic_bool awaited;         // the caller sleeps until `inside` is 0
    atomic_int_fast64_t inside;  // helper threads that take part, or are finding out
    atomic_int_fast64_t asleep;  // helper threads that nobody has woken
    atomic_int_fast64_t started; // helper threads, which take their numbers from here

    // the failure to report, guarded by the mutex
    pes_status status;
    int64_t failed_task;
    char sentence[SENTENCE];
};

// Gives way now and then: the thread that is waited for may be on the same processor.
static void pause_briefly(int look) {
    if (look % 64 == 63) {
        sched_yield();
    }
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

static void note_failure(pes_pool *pool, int64_t task, pes_status status) {
    pthread_mutex_lock(&pool->mutex);
    if (pool->status == PES_OK || task < pool->failed_task) {
        pool->status = status;
        pool->failed_task = task;
        snprintf(pool->sentence, SENTENCE, "%s", pes_last_error());
    }
    pthread_mutex_unlock(&pool->mutex);
}

static int64_t work_on(pes_pool *pool, share *from, int64_t worker) {
    for (int64_t done = 0;; done++) {
        const int64_t task = atomic_fetch_add(&from->next, 1);
        if (task >= from->end) {
            return done;
        }
        const pes_status status = pool->function(pool->argument, task, worker);
        if (status != PES_OK) {
            note_failure(pool, task, status);
        }
    }
}

// Returns how many tasks this thread has run.
static int64_t work(pes_pool *pool, int64_t worker) {
    int64_t done = 0;
    for (int64_t i = 0; i < pool->threads; i++) {
        done += work_on(pool, &pool->share[(worker + i) % pool->threads], worker);
    }
    return done;
}

// Among the first `sharers` threads; the others have nothing of their own.
static void share_out(pes_pool *pool, int64_t tasks, int64_t sharers) {
    for (int64_t i = 0; i < pool->threads; i++) {
        atomic_store(&pool->share[i].next, i < sharers ? tasks * i / sharers : tasks);
        pool->share[i].end = i < sharers ? tasks * (i + 1) / sharers : tasks;
    }
}

// Returns when there is a call newer than `seen`, with its number.
static uint64_t await_call(pes_pool *pool, uint64_t seen) {
    for (int look = 0; look < pool->looks; look++) {
        const uint64_t now = atomic_load(&pool->generation);
        if (now != seen) {
            return now;
        }
        pause_briefly(look);
    }
    pthread_mutex_lock(&pool->mutex);
    while (atomic_fetch_add(&pool->asleep, 1), atomic_load(&pool->generation) == seen) {
        pthread_cond_wait(&pool->start, &pool->mutex);
    }
    pthread_mutex_unlock(&pool->mutex);
    return atomic_load(&pool->generation);
}

// Returns when no helper is in the call any more.
static void await_helpers(pes_pool *pool) {
    for (int look = 0; look < pool->looks; look++) {
        if (atomic_load(&pool->inside) == 0) {
            return;
        }
        pause_briefly(look);
    }
    pthread_mutex_lock(&pool->mutex);
    atomic_store(&pool->awaited, true);
    while (atomic_load(&pool->inside) > 0) {
        pthread_cond_wait(&pool->finish, &pool->mutex);
    }
    atomic_store(&pool->awaited, false);
    pthread_mutex_unlock(&pool->mutex);
}

// Wakes who sleeps. The mutex is held so that nobody can look, find nothing, and then miss it.
static void announce(pes_pool *pool) {
    atomic_fetch_add(&pool->generation, 1);
    if (atomic_exchange(&pool->asleep, 0) > 0) {
        pthread_mutex_lock(&pool->mutex);
        pthread_cond_broadcast(&pool->start);
        pthread_mutex_unlock(&pool->mutex);
    }
}

static void take_part(pes_pool *pool, int64_t worker) {
    atomic_fetch_add(&pool->inside, 1);
    if (atomic_load(&pool->open)) {
        (void)work(pool, worker);
    }
    if (atomic_fetch_sub(&pool->inside, 1) == 1 && atomic_load(&pool->awaited)) {
        pthread_mutex_lock(&pool->mutex);
        pthread_cond_signal(&pool->finish);
        pthread_mutex_unlock(&pool->mutex);
    }
}

static void *helper(void *argument) {
    pes_pool *pool = argument;
    const int64_t worker = atomic_fetch_add(&pool->started, 1) + 1;
    uint64_t seen = 0;
    while (seen = await_call(pool, seen), !atomic_load(&pool->stop)) {
        take_part(pool, worker);
    }
    return NULL;
}

static int64_t processors(void) {
    cpu_set_t set;
    CPU_ZERO(&set);
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

int64_t pes_pool_resolve(int64_t threads) {
    threads = threads > 0 ? threads : processors();
    return threads > MOST_THREADS ? MOST_THREADS : threads;
}

uint64_t pes_pool_memory(int64_t threads) {
    const uint64_t each = sizeof(pthread_t) + sizeof(share);
    return sizeof(pes_pool) + (uint64_t)pes_pool_resolve(threads) * each;
}

int64_t pes_pool_threads(const pes_pool *pool) {
    return pool->threads;
}

pes_status pes_pool_create(pes_pool **out, int64_t threads) {
    *out = NULL;
    pes_pool *pool = calloc(1, sizeof *pool);
    PES_REQUIRE(pool != NULL, PES_E_MEMORY, "out of memory for a thread pool");
    const int64_t wanted = pes_pool_resolve(threads);
    pool->thread = calloc((size_t)wanted, sizeof *pool->thread);
    pool->share = calloc((size_t)wanted, sizeof *pool->share);
    if (pool->thread == NULL || pool->share == NULL) {
        free(pool->thread);
        free(pool->share);
        free(pool);
        return pes_fail(PES_E_MEMORY, "out of memory for a pool of %lld threads",
                        (long long)wanted);
    }
    pool->looks = wanted <= processors() ? LOOKS : 0;
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->start, NULL);
    pthread_cond_init(&pool->finish, NULL);

    for (pool->threads = 1; pool->threads < wanted; pool->threads++) {
        if (pthread_create(&pool->thread[pool->threads - 1], NULL, helper, pool) != 0) {
            const long long got = (long long)pool->threads;
            pes_pool_destroy(pool);
            return pes_fail(PES_E_THREAD, "could start %lld of %lld threads; ask for fewer",
                            got, (long long)wanted);
        }
    }
    *out = pool;
    return PES_OK;
}

void pes_pool_destroy(pes_pool *pool) {
    if (pool == NULL) {
        return;
    }
    atomic_store(&pool->stop, true);
    announce(pool);
    for (int64_t i = 0; i < pool->threads - 1; i++) {
        pthread_join(pool->thread[i], NULL);
    }
    pthread_cond_destroy(&pool->finish);
    pthread_cond_destroy(&pool->start);
    pthread_mutex_destroy(&pool->mutex);
    free(pool->thread);
    free(pool->share);
    free(pool);
}

// The gauge of a function; NULL when there are too many functions.
static pes_gauge *gauge_of(pes_pool *pool, pes_task function) {
    for (int i = 0; i < GAUGES; i++) {
        gauge *g = &pool->gauges[i];
        if (g->function == NULL || g->function == function) {
            g->function = function;
            return &g->pace;
        }
    }
    return NULL;
}

static bool shares(const pes_pool *pool, const pes_gauge *g, int64_t tasks) {
    if (tasks < 2 || pool->threads < 2) {
        return false;
    }
    return pes_pool_brief <= 0.0 || g == NULL || pes_gauge_shares(g, tasks, pes_pool_brief);
}

static pes_status run_tasks(pes_pool *pool, int64_t tasks, int64_t sharers, pes_task function,
                            void *argument) {
    pes_gauge *g = gauge_of(pool, function);
    const bool together = shares(pool, g, tasks);
    pool->function = function;
    pool->argument = argument;
    pool->status = PES_OK;
    const double start = pes_clock_monotonic();
    share_out(pool, tasks, sharers);
    if (together) {
        atomic_store(&pool->open, true);
        announce(pool);
    }
    const int64_t done = work(pool, 0);
    const double worked = pes_clock_monotonic();
    if (together) {
        atomic_store(&pool->open, false);
        await_helpers(pool);
    }
    if (g != NULL && tasks > 1) {
        const double end = together ? pes_clock_monotonic() : worked;
        pes_gauge_note(g, together, tasks, end - start, done, worked - start);
    }
    return pool->status == PES_OK ? PES_OK : pes_fail(pool->status, "%s", pool->sentence);
}

pes_status pes_pool_for(pes_pool *pool, int64_t tasks, pes_task function, void *argument) {
    return run_tasks(pool, tasks, pool->threads, function, argument);
}

pes_status pes_pool_in_order(pes_pool *pool, int64_t tasks, pes_task function, void *argument) {
    return run_tasks(pool, tasks, 1, function, argument);
}
