#include "problems/nn/lstm/objective.h"

#include <stddef.h>
#include <string.h>

static void cross_entropy(const pes_kernels *kernels, int64_t lanes, int64_t characters,
                          const float *logits, const uint8_t *label, double *loss) {
    kernels->lanes_cross_entropy(lanes, characters, logits, label, loss);
}

// 0 where the label's logit is the largest, the first of equals; else 1, also where it is not a
// number.
static void error(const pes_kernels *kernels, int64_t lanes, int64_t characters,
                  const float *logits, const uint8_t *label, double *loss) {
    (void)kernels;
    for (int64_t l = 0; l < lanes; l++) {
        const float own = logits[label[l] * lanes + l];
        bool right = own == own;
        for (int64_t j = 0; j < characters; j++) {
            const float other = logits[j * lanes + l];
            right = right && !(other > own || (other == own && j < label[l]));
        }
        loss[l] = right ? 0.0 : 1.0;
    }
}

static const pes_lstm_objective objectives[] = {
    {"cross_entropy", true, cross_entropy},
    {"error", false, error},
};

const pes_lstm_objective *pes_lstm_objective_get(int64_t index) {
    const int64_t count = (int64_t)(sizeof objectives / sizeof *objectives);
    return index >= 0 && index < count ? &objectives[index] : NULL;
}

const pes_lstm_objective *pes_lstm_objective_find(const char *name) {
    for (int64_t i = 0; name != NULL && pes_lstm_objective_get(i) != NULL; i++) {
        if (strcmp(objectives[i].name, name) == 0) {
            return &objectives[i];
        }
    }
    return NULL;
}
