#define _GNU_SOURCE // sched_getaffinity
#include "base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

// Updates of small systems take microseconds, less than it takes to wake a thread. So a thread
// that has nothing to do looks for work this many times before it goes to sleep (some 50
// microseconds).
enum { LOOKS = 2000 };
enum { MOST_THREADS = 1024, SENTENCE = 512, GAUGES = 4 };

double pes_pool_brief = 250e-6;

// What a function's tasks have taken. The calling thread's own.
typedef struct gauge {
    pes_task function; // NULL: not in use
    double seconds;    // per task; falls with a single call, rises slowly; 0: not known
} gauge;

struct pes_pool {
    int64_t threads;   // the caller's included
    pthread_t *thread; // threads - 1
    pthread_mutex_t mutex;
    pthread_cond_t start;
    pthread_cond_t finish;

    // one call of pes_pool_for(); written before the generation is, read after
    pes_task function;
    void *argument;
    int64_t tasks;

    gauge gauges[GAUGES];

    atomic_uint_fast64_t generation; // counts the calls
    atomic_bool stop;
    atomic_int_fast64_t next;    // first task that nobody has taken
    atomic_int_fast64_t working; // helper threads that have not finished this call
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

// Returns how many tasks this thread has run.
static int64_t work(pes_pool *pool, int64_t worker) {
    for (int64_t done = 0;; done++) {
        const int64_t task = atomic_fetch_add(&pool->next, 1);
        if (task >= pool->tasks) {
            return done;
        }
        const pes_status status = pool->function(pool->argument, task, worker);
        if (status != PES_OK) {
            note_failure(pool, task, status);
        }
    }
}

// Returns when there is a call newer than `seen`.
static void await_call(pes_pool *pool, uint64_t seen) {
    for (int look = 0; look < LOOKS; look++) {
        if (atomic_load(&pool->generation) != seen) {
            return;
        }
        pause_briefly(look);
    }
    pthread_mutex_lock(&pool->mutex);
    while (atomic_load(&pool->generation) == seen) {
        pthread_cond_wait(&pool->start, &pool->mutex);
    }
    pthread_mutex_unlock(&pool->mutex);
}

// Returns when every helper has finished the call.
static void await_helpers(pes_pool *pool) {
    for (int look = 0; look < LOOKS; look++) {
        if (atomic_load(&pool->working) == 0) {
            return;
        }
        pause_briefly(look);
    }
    pthread_mutex_lock(&pool->mutex);
    while (atomic_load(&pool->working) > 0) {
        pthread_cond_wait(&pool->finish, &pool->mutex);
    }
    pthread_mutex_unlock(&pool->mutex);
}

// The mutex is held so that nobody can look, find nothing, and then miss the call.
static void announce(pes_pool *pool) {
    pthread_mutex_lock(&pool->mutex);
    atomic_fetch_add(&pool->generation, 1);
    pthread_cond_broadcast(&pool->start);
    pthread_mutex_unlock(&pool->mutex);
}

static void *helper(void *argument) {
    pes_pool *pool = argument;
    const int64_t worker = atomic_fetch_add(&pool->started, 1) + 1;
    for (uint64_t seen = 0;; seen++) {
        await_call(pool, seen);
        if (atomic_load(&pool->stop)) {
            return NULL;
        }
        (void)work(pool, worker);
        if (atomic_fetch_sub(&pool->working, 1) == 1) {
            pthread_mutex_lock(&pool->mutex);
            pthread_cond_signal(&pool->finish);
            pthread_mutex_unlock(&pool->mutex);
        }
    }
}

int64_t pes_pool_resolve(int64_t threads) {
    if (threads <= 0) {
        cpu_set_t set;
        CPU_ZERO(&set);
        threads = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    }
    return threads > MOST_THREADS ? MOST_THREADS : threads;
}

uint64_t pes_pool_memory(int64_t threads) {
    return sizeof(pes_pool) + (uint64_t)pes_pool_resolve(threads) * sizeof(pthread_t);
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
    if (pool->thread == NULL) {
        free(pool);
        return pes_fail(PES_E_MEMORY, "out of memory for a pool of %lld threads",
                        (long long)wanted);
    }
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
    free(pool);
}

// The gauge of a function; NULL when there are too many functions.
static gauge *gauge_of(pes_pool *pool, pes_task function) {
    for (int i = 0; i < GAUGES; i++) {
        gauge *g = &pool->gauges[i];
        if (g->function == NULL || g->function == function) {
            g->function = function;
            return g;
        }
    }
    return NULL;
}

// A call that was interrupted says little of the next one.
static void note_time(gauge *g, double seconds) {
    if (g != NULL) {
        const bool less = g->seconds <= 0.0 || seconds < g->seconds;
        g->seconds = less ? seconds : g->seconds + (seconds - g->seconds) / 16.0;
    }
}

static bool is_brief(const gauge *g, int64_t tasks) {
    return g != NULL && g->seconds > 0.0 && g->seconds * (double)tasks < pes_pool_brief;
}

pes_status pes_pool_for(pes_pool *pool, int64_t tasks, pes_task function, void *argument) {
    gauge *g = gauge_of(pool, function);
    const bool together = tasks > 1 && pool->threads > 1 && !is_brief(g, tasks);
    pool->function = function;
    pool->argument = argument;
    pool->tasks = tasks;
    pool->status = PES_OK;
    atomic_store(&pool->next, 0);
    if (together) {
        atomic_store(&pool->working, pool->threads - 1);
        announce(pool);
    }
    const double start = pes_clock_monotonic();
    const int64_t done = work(pool, 0);
    if (done > 0) {
        note_time(g, (pes_clock_monotonic() - start) / (double)done);
    }
    if (together) {
        await_helpers(pool);
    }
    return pool->status == PES_OK ? PES_OK : pes_fail(pool->status, "%s", pool->sentence);
}
