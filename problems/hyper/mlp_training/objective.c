#include "problems/hyper/mlp_training/objective.h"

#include <stddef.h>
#include <string.h>

static double mean_loss(pes_kernels_hits hits, int64_t images) {
    return hits.loss / (double)images;
}

static double minus_accuracy(pes_kernels_hits hits, int64_t images) {
    return -(double)hits.correct / (double)images;
}

static const pes_mlp_objective rows[] = {
    {"training_loss", "mean cross-entropy of training images", false, mean_loss},
    {"validation_loss", "mean cross-entropy of validation images", true, mean_loss},
    {"validation_accuracy", "minus the share of validation images that are recognized", true,
     minus_accuracy},
};

const pes_mlp_objective *pes_mlp_objective_get(int64_t index) {
    const int64_t count = (int64_t)(sizeof rows / sizeof *rows);
    return index >= 0 && index < count ? &rows[index] : NULL;
}

const pes_mlp_objective *pes_mlp_objective_find(const char *name) {
    for (int64_t i = 0; name != NULL && pes_mlp_objective_get(i) != NULL; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}
