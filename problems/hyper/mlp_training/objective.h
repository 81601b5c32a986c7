// What an inner step is judged by: a minibatch of images, and a number made of what the network
// did with them.

#ifndef PES_PROBLEMS_MLP_OBJECTIVE_H
#define PES_PROBLEMS_MLP_OBJECTIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/kernels.h"

typedef struct pes_mlp_objective {
    const char *name;
    const char *summary;
    bool validation; // on validation images; otherwise on training images
    double (*loss)(pes_kernels_hits hits, int64_t images);
} pes_mlp_objective;

// Row number `index`, NULL past the last; the row of that name, or NULL.
const pes_mlp_objective *pes_mlp_objective_get(int64_t index);
const pes_mlp_objective *pes_mlp_objective_find(const char *name);

#endif // PES_PROBLEMS_MLP_OBJECTIVE_H
