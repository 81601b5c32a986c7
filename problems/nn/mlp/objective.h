// What an inner step is judged by: samples of one part, and a number made of what the network
// did with them; and when it is judged.

#ifndef PES_PROBLEMS_MLP_OBJECTIVE_H
#define PES_PROBLEMS_MLP_OBJECTIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/kernels.h"
#include "problems/data/datasets.h"

typedef struct pes_mlp_objective {
    const char *name;
    const char *summary;
    pes_part part;       // whose samples judge
    bool counts_correct; // needs classes: there is no accuracy of numbers
    double (*loss)(pes_kernels_hits hits, int64_t samples);
} pes_mlp_objective;

// Row number `index`, NULL past the last; the row of that name, or NULL.
const pes_mlp_objective *pes_mlp_objective_get(int64_t index);
const pes_mlp_objective *pes_mlp_objective_find(const char *name);

// When a particle is judged.
typedef enum pes_mlp_judge {
    PES_MLP_EVERY_STEP, // after each step, by a fresh minibatch of the part
    PES_MLP_AT_THE_END, // after the episode's last step, by the whole part; other losses are 0
} pes_mlp_judge;

// Its name, NULL past the last; the one of that name, which is known.
const char *pes_mlp_judge_name(int64_t index);
pes_mlp_judge pes_mlp_judge_find(const char *name);

#endif // PES_PROBLEMS_MLP_OBJECTIVE_H
