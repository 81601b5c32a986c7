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

// What a step leaves for the derivatives, floats of one particle behind one another: its state
// before the step (h, c), the gates after their functions (input, forget, candidate, output),
// tanh(c) after the step, and the logits, where something is asked.
typedef struct pes_lstm_record {
    int64_t gates, squashed, logits; // where they begin
    int64_t floats;                  // of all
} pes_lstm_record;

pes_lstm_record pes_lstm_record_of(const pes_lstm_network *network);

// Steps whose records a worker holds for the tangents.
enum { PES_LSTM_RECORDS = 8 };

// Steps that are taken before their losses are computed; PES_LSTM_PIECE is a multiple.
enum { PES_LSTM_RUN = 16 };

// The scratch of one thread. Particles are advanced in groups, one in each of `lanes` lanes; an
// array of n numbers for each is n x lanes. A particle's state is h, then c, H floats each.
typedef struct pes_lstm_scratch {
    int64_t lanes;
    float *weights;  // all of theta behind the embedding x lanes
    float *bias;     // 4H x lanes: bias_ih + bias_hh
    float *input;    // E x lanes: the embedding of the character read
    float *state;    // 2H x lanes
    float *outputs;  // PES_LSTM_RUN x H x lanes: h after each step of a run
    float *gates;    // 4H x lanes
    float *squashed; // H x lanes: tanh(c)
    float *logits;   // C x lanes
    double *loss;    // lanes
    uint8_t *read;   // PES_LSTM_PIECE x lanes: the characters read
    uint8_t *target; // PES_LSTM_PIECE x lanes: those to be said
    uint8_t *label;  // lanes: the same, with 0 where nothing is asked
    // For the derivatives of one particle:
    float *records;      // lanes x PES_LSTM_RECORDS x record floats
    float *exponentials; // C
    double *loss_slope;  // C: derivatives of the loss by the logits
    double *gate_slope;  // 4H: tangents or adjoints of the gates' arguments
} pes_lstm_scratch;

// Up to `lanes` particles of a batch.
typedef struct pes_lstm_group {
    const pes_batch *batch;
    int64_t first, count;
} pes_lstm_group;

// The group of a batch that begins with particle `first`.
pes_lstm_group pes_lstm_group_at(const pes_lstm_scratch *scratch, const pes_batch *batch,
                                 int64_t first);

// A group's weights and states into lanes; and the states back.
void pes_lstm_load(const pes_lstm *lstm, const pes_lstm_scratch *scratch,
                   const pes_lstm_group *group);
void pes_lstm_store(const pes_lstm *lstm, const pes_lstm_scratch *scratch,
                    const pes_lstm_group *group);

// Steps first..first + count - 1 of the batch, losses into batch->loss. Where `records` is not
// NULL they are written there, one step behind the other, particles `stride` floats apart.
void pes_lstm_steps(const pes_lstm *lstm, const pes_lstm_scratch *scratch,
                    const pes_lstm_group *group, int64_t first, int64_t count, float *records,
                    int64_t stride);

// The callbacks of the system; `user` is a pes_lstm.
pes_status pes_lstm_worker_open(void *user, int64_t max_count, void **worker);
int64_t pes_lstm_worker_bytes(const pes_lstm *lstm);
pes_status pes_lstm_init(void *user, void *worker, const pes_batch *batch);
pes_status pes_lstm_unroll(void *user, void *worker, const pes_batch *batch);
pes_status pes_lstm_unroll_tangents(void *user, void *worker, const pes_batch *batch,
                                    const pes_tangents *tangents);
pes_status pes_lstm_unroll_adjoints(void *user, void *worker, const pes_batch *batch,
                                    const pes_adjoints *adjoints);

#endif // PES_PROBLEMS_LSTM_H
