// The hyperparameters of a training run, one row each: what it belongs to, and how it is best
// searched. Its interval, its sentence and its value where it is not tuned are those of the
// setting of the same name.

#ifndef PES_PROBLEMS_MLP_HYPER_H
#define PES_PROBLEMS_MLP_HYPER_H

#include <stdbool.h>
#include <stdint.h>

#include "problems/hyper/mlp_training/values.h"

// The smallest thing that can have a value of its own.
typedef enum pes_mlp_scope {
    PES_MLP_SCOPE_TENSOR,   // the weights, or the biases, of a layer
    PES_MLP_SCOPE_HIDDEN,   // the outputs of a hidden layer
    PES_MLP_SCOPE_TRAINING, // the training as a whole
} pes_mlp_scope;

typedef struct pes_mlp_hyper_row {
    const char *name; // also of its setting in options.c
    pes_mlp_scope scope;
    const char *transform; // a name of transform.c: the default
    double search_low;     // where a search begins and ends by default, natural units
    double search_high;    // likewise
    bool absent;           // a setting of 0 says that there is none, which is infinity
    const char *belongs;   // "a tensor", for sentences
    const char *finest;    // the finest `per` that it allows
} pes_mlp_hyper_row;

// The row of a hyperparameter; the hyperparameter of that name, PES_MLP_HYPERS if there is
// none.
const pes_mlp_hyper_row *pes_mlp_hyper_get(pes_mlp_hyper hyper);
pes_mlp_hyper pes_mlp_hyper_find(const char *name);

#endif // PES_PROBLEMS_MLP_HYPER_H
