#define _GNU_SOURCE // sched_getaffinity
#include "base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_THREADS = 1024, SENTENCE = 512 };

struct pes_pool {
    int64_t threads;   // the caller's included
    pthread_t *thread; // threads - 1
    pthread_mutex_t mutex;
    pthread_cond_t start;
    pthread_cond_t finish;
    bool stop;

    // one call of pes_pool_for(), guarded by the mutex
    uint64_t generation; // counts the calls
    pes_task function;
    void *argument;
    int64_t tasks;
    int64_t next;    // first task that nobody has taken
    int64_t working; // helper threads that have not finished this call
    int64_t started; // helper threads created; each takes its number from here

    // the failure to report
    pes_status status;
    int64_t failed_task;
    char sentence[SENTENCE];
};

// Takes tasks until none is left. Called and left with the mutex held.
static void work(pes_pool *pool, int64_t worker) {
    while (pool->next < pool->tasks) {
        const int64_t task = pool->next++;
        pthread_mutex_unlock(&pool->mutex);
        const pes_status status = pool->function(pool->argument, task, worker);
        pthread_mutex_lock(&pool->mutex);
        if (status != PES_OK && (pool->status == PES_OK || task < pool->failed_task)) {
            pool->status = status;
            pool->failed_task = task;
            snprintf(pool->sentence, SENTENCE, "%s", pes_last_error());
        }
    }
}

static void *helper(void *argument) {
    pes_pool *pool = argument;
    pthread_mutex_lock(&pool->mutex);
    const int64_t worker = ++pool->started;
    uint64_t seen = 0;
    for (;;) {
        while (!pool->stop && pool->generation == seen) {
            pthread_cond_wait(&pool->start, &pool->mutex);
        }
        if (pool->stop) {
            break;
        }
        seen = pool->generation;
        work(pool, worker);
        if (--pool->working == 0) {
            pthread_cond_signal(&pool->finish);
        }
    }
    pthread_mutex_unlock(&pool->mutex);
    return NULL;
}

int64_t pes_pool_resolve(int64_t threads) {
    if (threads <= 0) {
        cpu_set_t set;
        CPU_ZERO(&set);
        threads = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    }
    return threads > MOST_THREADS ? MOST_THREADS : threads;
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
    pthread_mutex_lock(&pool->mutex);
    pool->stop = true;
    pthread_cond_broadcast(&pool->start);
    pthread_mutex_unlock(&pool->mutex);
    for (int64_t i = 0; i < pool->threads - 1; i++) {
        pthread_join(pool->thread[i], NULL);
    }
    pthread_cond_destroy(&pool->finish);
    pthread_cond_destroy(&pool->start);
    pthread_mutex_destroy(&pool->mutex);
    free(pool->thread);
    free(pool);
}

pes_status pes_pool_for(pes_pool *pool, int64_t tasks, pes_task function, void *argument) {
    pthread_mutex_lock(&pool->mutex);
    pool->function = function;
    pool->argument = argument;
    pool->tasks = tasks;
    pool->next = 0;
    pool->status = PES_OK;
    if (tasks > 1 && pool->threads > 1) {
        pool->working = pool->threads - 1;
        pool->generation++;
        pthread_cond_broadcast(&pool->start);
    }
    work(pool, 0);
    while (pool->working > 0) {
        pthread_cond_wait(&pool->finish, &pool->mutex);
    }
    const pes_status status = pool->status;
    pthread_mutex_unlock(&pool->mutex);
    return status == PES_OK ? PES_OK : pes_fail(status, "%s", pool->sentence);
}
