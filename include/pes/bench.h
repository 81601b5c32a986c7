/// @file bench.h
/// Measuring helpers: what this machine can do at most, and how near the inner loops come.
///
/// They run for about as long as they are told and return a rate. Rates on shared machines
/// wander: interleave short slices of what is compared, and take medians. `pes bench` does.

#ifndef PES_BENCH_H
#define PES_BENCH_H

#include <stdint.h>

#include "pes/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The arithmetic peak in GFLOP/s of `threads` threads together (0: one per processor): chains
/// of fused multiply-adds that live in registers, of the widest instructions that the library
/// uses here. A fused multiply-add counts as two operations. 0 after a failure, with the
/// sentence in pes_last_error(): threads out of range (0..1024), or not to be had.
PES_API double pes_bench_fma_peak(int64_t threads, double seconds);

/// GFLOP/s of one thread in the library's product C (m x n) = A B of single-precision matrices
/// that are warm in its caches. `form` is "nn" (A is m x k, B is k x n), "nt" (B is n x k) or
/// "tn" (A is k x m). m, k, n >= 1. 0 after a failure, with the sentence in pes_last_error().
PES_API double pes_bench_sgemm(const char *form, int64_t m, int64_t k, int64_t n,
                               double seconds);

/// Standard normals per second of one thread: Philox4x32-10 and Box-Muller, into a buffer that
/// stays in the first-level cache.
PES_API double pes_bench_normals(double seconds);

/// Name of the kernels in use: "scalar", "avx2", "avx512".
PES_API const char *pes_bench_kernels(void);

#ifdef __cplusplus
}
#endif

#endif // PES_BENCH_H
