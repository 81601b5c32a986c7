// Running normalization of observations: what a policy sees is
//
//     (o - mean) / deviation,    cut off at +- clip
//
// by mean and standard deviation of everything that all particles have seen in earlier updates.
// The statistics are what particles learn in common (pes/system.h). During an update each
// particle adds up, number by number, o - mean and (o - mean)^2 around the mean in use, which
// neither loses digits nor depends on who else is there. From the sums d and q of n of them,
//
//     shift = d / (count + n),    mean <- mean + shift,    count <- count + n
//     squares <- squares + q - d shift,    deviation = sqrt(squares / count)
//
// (Chan, Golub, LeVeque 1983). A number that has not changed so far, by 1e-8, has deviation 1.

#ifndef PES_PROBLEMS_CONTROL_NORMALIZE_H
#define PES_PROBLEMS_CONTROL_NORMALIZE_H

#include <stdint.h>

// The settings.
typedef struct pes_normalize {
    int64_t numbers; // of an observation; 0: nothing is normalized
    double clip;     // 0: no limit
    int64_t until;   // observations after which the statistics stay; 0: never
} pes_normalize;

// What all know, doubles: count, then mean, squares and 1 / deviation of each number.
int64_t pes_normalize_common(const pes_normalize *normalize); // how many
void pes_normalize_begin(const pes_normalize *normalize, double *common);

// What one particle gathers, doubles: n, then d and q of each number; zero at first.
int64_t pes_normalize_gathered(const pes_normalize *normalize); // how many

// One observation: added to what is gathered, and as the policy sees it.
void pes_normalize_see(const pes_normalize *normalize, const double *common, double *gathered,
                       const double *observation, float *seen);

// The sum of what was gathered into what all know.
void pes_normalize_absorb(const pes_normalize *normalize, double *common, const double *sum);

// Where mean, squares and 1 / deviation lie, `numbers` of each.
const double *pes_normalize_mean(const pes_normalize *normalize, const double *common);
const double *pes_normalize_squares(const pes_normalize *normalize, const double *common);
const double *pes_normalize_scale(const pes_normalize *normalize, const double *common);

#endif // PES_PROBLEMS_CONTROL_NORMALIZE_H
