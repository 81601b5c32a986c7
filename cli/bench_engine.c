// The rate of nothing but the engine that a problem is built on: loops of its steps, one a
// thread, started and ended together.

#include <pthread.h>
#include <stdlib.h>

#include "cli/bench.h"

enum { STEPS = 1000 }; // recorded, at most

struct bench_engine {
    int64_t count; // loops
    struct bench_engine_thread {
        pes_engine_loop *loop;
        int64_t steps;  // of one time through
        double seconds; // to run for
        double rate;    // inner steps per second
        bool failed;
        pthread_t thread;
    } of[BENCH_ENGINE_THREADS];
};

void bench_engine_close(bench_engine *engine) {
    for (int64_t i = 0; engine != NULL && i < engine->count; i++) {
        pes_engine_loop_close(engine->of[i].loop);
    }
    free(engine);
}

pes_status bench_engine_open(const pes_problem *problem, const float *theta, double sigma,
                             int64_t threads, bench_engine **out) {
    *out = NULL;
    bench_engine *engine = calloc(1, sizeof *engine);
    if (engine == NULL) {
        return pes_fail(PES_E_MEMORY, "no memory is left");
    }
    pes_status status = PES_OK;
    while (status == PES_OK && engine->count < threads &&
           engine->count < BENCH_ENGINE_THREADS) {
        struct bench_engine_thread *one = &engine->of[engine->count];
        const pes_engine_course course = {theta, sigma, (uint64_t)(engine->count + 1), STEPS};
        status = pes_engine_loop_open(&one->loop, problem, &course, &one->steps);
        engine->count += status == PES_OK;
    }
    if (status != PES_OK) {
        bench_engine_close(engine);
        return status;
    }
    *out = engine;
    return PES_OK;
}

static void *run(void *argument) {
    struct bench_engine_thread *one = argument;
    const double start = bench_clock();
    double elapsed = 0.0, steps = 0.0;
    do {
        one->failed = pes_engine_loop_run(one->loop) != PES_OK;
        steps += (double)one->steps;
        elapsed = bench_clock() - start;
    } while (!one->failed && elapsed < one->seconds);
    one->rate = steps / elapsed;
    return NULL;
}

double bench_engine_rate(bench_engine *engine, int64_t threads, double seconds) {
    const int64_t count = threads < engine->count ? threads : engine->count;
    int64_t started = 1;
    double sum = 0.0;
    for (int64_t i = 0; i < count; i++) {
        engine->of[i].seconds = seconds;
    }
    while (started < count &&
           pthread_create(&engine->of[started].thread, NULL, run, &engine->of[started]) == 0) {
        started++;
    }
    run(&engine->of[0]);
    for (int64_t i = 0; i < started; i++) {
        if (i > 0) {
            pthread_join(engine->of[i].thread, NULL);
        }
        sum += engine->of[i].failed ? 0.0 : engine->of[i].rate;
    }
    return started == threads ? sum : 0.0;
}
