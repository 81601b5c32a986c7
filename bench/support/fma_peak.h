// The arithmetic peak of one core, measured, for shares of it.

#ifndef PES_BENCH_SUPPORT_FMA_PEAK_H
#define PES_BENCH_SUPPORT_FMA_PEAK_H

// 10^9 single-precision operations a second in independent chains of fused multiply-adds (each
// counts two) with the widest instruction set here: the best of several slices of `seconds`.
double bench_fma_peak(double seconds);

// Seconds on the wall, and seconds of processor time of this thread. On a machine that others
// use too, only the second measures a kernel.
double bench_now(void);
double bench_cpu_now(void);

#endif // PES_BENCH_SUPPORT_FMA_PEAK_H
