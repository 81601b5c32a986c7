#include "bench/support/fma_peak.h"

#include <stddef.h>
#include <time.h>

#include "kernels/kernels.h"

enum { SLICES = 20, ROUNDS = 20000 };

static double seconds_of(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double bench_now(void) {
    return seconds_of(CLOCK_MONOTONIC);
}

double bench_cpu_now(void) {
    return seconds_of(CLOCK_THREAD_CPUTIME_ID);
}

double bench_fma_peak(double seconds) {
    const pes_kernels *const *widest = pes_kernels_available();
    while (widest[1] != NULL) {
        widest++;
    }
    double best = 0;
    volatile double sink = 0;
    for (int slice = 0; slice < SLICES; slice++) {
        double rounds = 0, begin = bench_cpu_now(), spent = 0;
        while (spent < seconds / SLICES) {
            sink += (*widest)->fma_chains(ROUNDS);
            rounds += ROUNDS;
            spent = bench_cpu_now() - begin;
        }
        double rate = rounds * (double)(*widest)->flops_per_round / spent * 1e-9;
        best = rate > best ? rate : best;
    }
    return best;
}
