// Keys: who draws what, when.
//
// The counter of Philox has four words; every draw of a run has its own:
//
//     word 0   index     which block of four numbers
//     word 1   step      a system's clock, or the noise interval of a perturbation
//     word 2   particle  bit 31 set: an evaluation's, which no estimator shares
//     word 3   use << 24 | episode
//
// Perturbations have use 0, lengths of episodes use 1, the points of a search use 2, with their
// number as the particle; what a system draws has uses 128 and above (pes/noise.h).

#ifndef PES_NOISE_NOISE_H
#define PES_NOISE_NOISE_H

#include <stdint.h>

#include "kernels/kernels.h"
#include "pes/noise.h"

enum {
    PES_NOISE_PERTURB = 0,
    PES_NOISE_LENGTH = 1,
    PES_NOISE_POINT = 2,
    PES_NOISE_SYSTEM = 128
};

// Particle numbers with a meaning of their own; pairs are numbered from 0 below them.
#define PES_NOISE_SHARED        UINT32_C(0x7fffffff) // the one stream of sharing = "all"
#define PES_NOISE_GUIDE         UINT32_C(0x7ffffffe) // the shared state of truncated ES
#define PES_NOISE_EVALUATION    UINT32_C(0x80000000)
#define PES_NOISE_MOST_PAIRS    INT64_C(0x7ffffffe)
#define PES_NOISE_MOST_EPISODES (INT64_C(1) << 24)
#define PES_NOISE_MOST_STEPS    (INT64_C(1) << 32)

// Standard normals for the perturbation of one pair in one noise interval of an episode.
// `out` has room for 4 * ((count + 3) / 4) floats.
void pes_noise_perturbation(const pes_kernels *kernels, uint64_t seed, int64_t pair,
                            int64_t episode, int64_t interval, int64_t count, float *out);

// The same for `pairs` consecutive pairs in the same episode and interval, which few parameters
// make much cheaper at once: the first `each` normals for each pair, 1, 2 or 4. `out` is pairs
// x each.
void pes_noise_perturbations(const pes_kernels *kernels, uint64_t seed, int64_t first_pair,
                             int64_t pairs, int64_t episode, int64_t interval, int64_t each,
                             float *out);

// 64 bits that decide how long an episode of a particle lasts.
uint64_t pes_noise_length(uint64_t seed, uint32_t particle, int64_t episode);

// Coordinates 2 `block` and following of a search's point: out[0..count) = uniform on the open
// interval (0, 1), midpoints of 2^52 equal cells.
void pes_noise_point(uint64_t seed, uint32_t point, int64_t block, int64_t count, double *out);

#endif // PES_NOISE_NOISE_H
