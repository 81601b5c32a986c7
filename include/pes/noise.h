/// @file noise.h
/// Where all randomness comes from.
///
/// Noise is a function, not a sequence: the same key always gives the same numbers, on any
/// thread, rank or processor, in any order. There is no generator to seed, lock, split or save.
/// Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011) is keyed by the run's seed; its counter is
/// (use, particle, episode, step, index). Box and Muller (1958) turn its bits into normals.

#ifndef PES_NOISE_H
#define PES_NOISE_H

#include <stdint.h>

#include "pes/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The randomness of one particle in one episode, as its system sees it. Both halves of an
/// antithetic pair have the same stream. Plain data: copy it, store it, send it.
typedef struct pes_stream {
    uint64_t seed;
    uint32_t particle;
    uint32_t episode; // below 2^24
} pes_stream;

/// Uses that a system may number: one per thing that it draws (0..PES_NOISE_USES - 1). Two
/// draws with the same stream, use and step are the same numbers.
enum { PES_NOISE_USES = 128 };

/// out[0..count) = independent 32-bit words. `step` is usually the particle's clock.
PES_API void pes_noise_bits(const pes_stream *stream, uint32_t use, uint32_t step,
                            int64_t count, uint32_t *out);

/// out[0..count) = uniform on the open interval (0, 1), midpoints of 2^23 equal cells.
PES_API void pes_noise_uniform(const pes_stream *stream, uint32_t use, uint32_t step,
                               int64_t count, float *out);

/// out[0..count) = standard normals.
PES_API void pes_noise_normal(const pes_stream *stream, uint32_t use, uint32_t step,
                              int64_t count, float *out);

/// out[0..count) = distinct integers from 0..range - 1, each set of `count` equally likely
/// (up to 2^-32 range), in no particular order: Floyd's algorithm (Bentley and Floyd 1987).
/// count <= range < 2^31. Takes count^2 / 2 comparisons: meant for minibatches.
PES_API void pes_noise_sample(const pes_stream *stream, uint32_t use, uint32_t step,
                              int64_t count, int64_t range, int32_t *out);

#ifdef __cplusplus
}
#endif

#endif // PES_NOISE_H
