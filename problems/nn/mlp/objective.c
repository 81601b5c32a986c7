#include "problems/nn/mlp/objective.h"

#include <stddef.h>
#include <string.h>

static double mean_loss(pes_kernels_hits hits, int64_t samples) {
    return hits.loss / (double)samples;
}

static double minus_accuracy(pes_kernels_hits hits, int64_t samples) {
    return -(double)hits.correct / (double)samples;
}

static const pes_mlp_objective rows[] = {
    {"training_loss", "mean loss of training samples", PES_PART_TRAINING, false, mean_loss},
    {"training_accuracy", "minus the share of training samples that are recognized",
     PES_PART_TRAINING, true, minus_accuracy},
    {"validation_loss", "mean loss of validation samples", PES_PART_VALIDATION, false,
     mean_loss},
    {"validation_accuracy", "minus the share of validation samples that are recognized",
     PES_PART_VALIDATION, true, minus_accuracy},
    {"test_loss", "mean loss of test samples", PES_PART_TEST, false, mean_loss},
    {"test_accuracy", "minus the share of test samples that are recognized", PES_PART_TEST,
     true, minus_accuracy},
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

static const char *const judge[] = {
    [PES_MLP_EVERY_STEP] = "every_step",
    [PES_MLP_AT_THE_END] = "at_the_end",
};

const char *pes_mlp_judge_name(int64_t index) {
    const int64_t count = (int64_t)(sizeof judge / sizeof *judge);
    return index >= 0 && index < count ? judge[index] : NULL;
}

pes_mlp_judge pes_mlp_judge_find(const char *name) {
    return strcmp(name, judge[PES_MLP_AT_THE_END]) == 0 ? PES_MLP_AT_THE_END
                                                        : PES_MLP_EVERY_STEP;
}
