#include "problems/hyper/mlp_training/hyper.h"

#include <stddef.h>
#include <string.h>

#define OF_TENSOR   .scope = PES_MLP_SCOPE_TENSOR, .belongs = "a tensor", .finest = "tensor"
#define OF_HIDDEN   .scope = PES_MLP_SCOPE_HIDDEN, .belongs = "a hidden layer", .finest = "layer"
#define OF_TRAINING .scope = PES_MLP_SCOPE_TRAINING, .belongs = "the training", .finest = "all"

static const pes_mlp_hyper_row rows[PES_MLP_HYPERS] = {
    [PES_MLP_LEARNING_RATE] = {"learning_rate", OF_TENSOR, .transform = "log",
                               .search_low = 1e-8, .search_high = 10.0},
    [PES_MLP_MOMENTUM] = {"momentum", OF_TENSOR, .transform = "logit", .search_low = 0.01,
                          .search_high = 0.999},
    [PES_MLP_BETA2] = {"beta2", OF_TENSOR, .transform = "logit", .search_low = 0.5,
                       .search_high = 0.9999},
    [PES_MLP_EPSILON] = {"epsilon", OF_TENSOR, .transform = "log", .search_low = 1e-10,
                         .search_high = 1.0},
    [PES_MLP_WEIGHT_DECAY] = {"weight_decay", OF_TENSOR, .transform = "log", .search_low = 1e-6,
                              .search_high = 1.0},
    [PES_MLP_L2] = {"l2", OF_TENSOR, .transform = "log", .search_low = 1e-8,
                    .search_high = 1.0},
    [PES_MLP_CLIP_NORM] = {"clip_norm", OF_TRAINING, .transform = "log", .search_low = 0.01,
                           .search_high = 100.0, .absent = true},
    [PES_MLP_LABEL_SMOOTHING] = {"label_smoothing", OF_TRAINING, .transform = "logit",
                                 .search_low = 1e-3, .search_high = 0.5},
    [PES_MLP_DROPOUT] = {"dropout", OF_HIDDEN, .transform = "logit", .search_low = 0.01,
                         .search_high = 0.9},
    [PES_MLP_ACTIVE] = {"active_units", OF_HIDDEN, .transform = "logit", .search_low = 0.01,
                        .search_high = 0.999},
};

const pes_mlp_hyper_row *pes_mlp_hyper_get(pes_mlp_hyper hyper) {
    return hyper < PES_MLP_HYPERS ? &rows[hyper] : NULL;
}

pes_mlp_hyper pes_mlp_hyper_find(const char *name) {
    pes_mlp_hyper hyper = (pes_mlp_hyper)0;
    while (hyper < PES_MLP_HYPERS && (name == NULL || strcmp(rows[hyper].name, name) != 0)) {
        hyper++;
    }
    return hyper;
}
