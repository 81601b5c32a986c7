// How a setting falls over a run: the factor that it is multiplied with after `done` updates.
//
//     step          factor^floor(done / updates)
//     exponential   factor^(done / updates)
//     cosine        factor + (1 - factor) (1 + cos(pi min(1, done / updates))) / 2
//                                                             (Loshchilov, Hutter 2017)
//     drop          1 while done < updates, then factor
//
// Powers and the cosine are those of base/power.h, the same bits everywhere.

#ifndef PES_BASE_DECAY_H
#define PES_BASE_DECAY_H

#include <stdint.h>

// done >= 0, updates >= 1, factor in 0..1.
typedef double (*pes_decay)(int64_t done, int64_t updates, double factor);

double pes_decay_step(int64_t done, int64_t updates, double factor);
double pes_decay_exponential(int64_t done, int64_t updates, double factor);
double pes_decay_cosine(int64_t done, int64_t updates, double factor);
double pes_decay_drop(int64_t done, int64_t updates, double factor);

// "constant", "step", "cosine", "exponential", "drop"; NULL past the last. And the function of
// that name; NULL for "constant" and for a name that is none of them.
const char *pes_decay_name(int64_t index);
pes_decay pes_decay_find(const char *name);

#endif // PES_BASE_DECAY_H
