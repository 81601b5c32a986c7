// The open problem, shared by the files of this folder.

#ifndef PES_PROBLEMS_LSTM_H
#define PES_PROBLEMS_LSTM_H

#include "kernels/kernels.h"
#include "problems/nn/lstm/network.h"
#include "problems/nn/lstm/objective.h"
#include "problems/nn/lstm/sequence.h"

typedef struct pes_lstm {
    pes_lstm_options options;
    const pes_kernels *kernels;
    const pes_lstm_objective *objective;
    pes_lstm_network network;
    pes_lstm_sequence sequence;
} pes_lstm;

// The scratch of one thread. Particles are advanced in groups, one in each of `lanes` lanes; an
// array of n numbers for each is n x lanes. A particle's state is h, then c, H floats each.
typedef struct pes_lstm_scratch {
    int64_t lanes;
    float *weights;  // all of theta behind the embedding x lanes
    float *bias;     // 4H x lanes: bias_ih + bias_hh
    float *input;    // E x lanes: the embedding of the character read
    float *state;    // 2H x lanes
    float *gates;    // 4H x lanes
    float *squashed; // H x lanes: tanh(c)
    float *logits;   // C x lanes
    double *loss;    // lanes
    uint8_t *read;   // PES_LSTM_PIECE x lanes: the characters read
    uint8_t *target; // PES_LSTM_PIECE x lanes: those to be said
    uint8_t *label;  // lanes: the same, with 0 where nothing is asked
} pes_lstm_scratch;

// Up to `lanes` particles of a batch.
typedef struct pes_lstm_group {
    const pes_batch *batch;
    int64_t first, count;
    float *tape; // count x batch->steps x 2H: the states before each step; or NULL
} pes_lstm_group;

// Bring a group's weights and states into lanes; advance it by all steps of its batch, losses
// into batch->loss; bring the states back.
void pes_lstm_advance(const pes_lstm *lstm, const pes_lstm_scratch *scratch,
                      const pes_lstm_group *group);

// The callbacks of the system; `user` is a pes_lstm.
pes_status pes_lstm_worker_open(void *user, int64_t max_count, void **worker);
void pes_lstm_worker_close(void *user, void *worker);
int64_t pes_lstm_worker_bytes(const pes_lstm *lstm);
pes_status pes_lstm_init(void *user, void *worker, const pes_batch *batch);
pes_status pes_lstm_unroll(void *user, void *worker, const pes_batch *batch);

#endif // PES_PROBLEMS_LSTM_H
