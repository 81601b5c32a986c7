// Perturbing few parameters, of which a unit's normals are one block: the work is so little
// that the loops around it count.

#ifndef PES_PERTURB_FEW_H
#define PES_PERTURB_FEW_H

#include "perturb/population.h"

// pes_population_perturb() of 1 to PES_KERNELS_FEW parameters. `normals` has PES_KERNELS_FEW
// floats for every unit.
void pes_population_perturb_few(pes_population *population, const pes_kernels *kernels,
                                const float *theta, int64_t first, int64_t last, bool level,
                                float *normals, float *theta_rows);

#endif // PES_PERTURB_FEW_H
