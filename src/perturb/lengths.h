// How long episodes last. With a u that is uniform on [0, 1), T the horizon and S the shortest
// length,
//
//     fixed         T
//     uniform       S + floor(u (T - S + 1))              S..T equally likely
//     log_uniform   floor(S ((T + 1) / S)^u)              m with probability proportional to
//                                                         log(m + 1) - log(m)

#ifndef PES_PERTURB_LENGTHS_H
#define PES_PERTURB_LENGTHS_H

#include <stdint.h>

// `bits` holds u in its upper 53; 1 <= shortest <= horizon.
typedef int64_t (*pes_lengths)(uint64_t bits, int64_t shortest, int64_t horizon);

// "fixed", "uniform", "log_uniform"; NULL past the last. And the function of that name; NULL
// for "fixed" and for a name that is none of them.
const char *pes_lengths_name(int64_t index);
pes_lengths pes_lengths_find(const char *name);

#endif // PES_PERTURB_LENGTHS_H
