// What a step is judged by.

#ifndef PES_PROBLEMS_LSTM_OBJECTIVE_H
#define PES_PROBLEMS_LSTM_OBJECTIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/kernels.h"

typedef struct pes_lstm_objective {
    const char *name;
    bool differentiable;
    // The loss of every lane, from characters x lanes logits.
    void (*judge)(const pes_kernels *kernels, int64_t lanes, int64_t characters,
                  const float *logits, const uint8_t *label, double *loss);
} pes_lstm_objective;

// Row number `index`, NULL past the last; the row of that name, or NULL.
const pes_lstm_objective *pes_lstm_objective_get(int64_t index);
const pes_lstm_objective *pes_lstm_objective_find(const char *name);

#endif // PES_PROBLEMS_LSTM_OBJECTIVE_H
