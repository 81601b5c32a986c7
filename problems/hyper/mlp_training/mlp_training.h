// The open problem, shared by the files of this folder.

#ifndef PES_PROBLEMS_MLP_TRAINING_H
#define PES_PROBLEMS_MLP_TRAINING_H

#include "problems/hyper/mlp_training/optimizer.h"
#include "problems/hyper/mlp_training/options.h"
#include "problems/hyper/mlp_training/tune.h"
#include "problems/hyper/mlp_training/units.h"
#include "problems/nn/mlp/network.h"
#include "problems/nn/mlp/pass.h"
#include "problems/nn/mlp/samples.h"

// What is drawn, pes/noise.h. Layer l's weights have the use PES_MLP_DRAW_WEIGHTS + l, its
// masks of dropout PES_MLP_DRAW_DROPOUT + l; the start of theta has PES_MLP_DRAW_START.
enum {
    PES_MLP_DRAW_TRAINING = 0,
    PES_MLP_DRAW_OBJECTIVE = 1,
    PES_MLP_DRAW_WEIGHTS = 16,
    PES_MLP_DRAW_DROPOUT = 48
};
_Static_assert(PES_MLP_DRAW_WEIGHTS + (int)PES_MLP_LAYERS <= (int)PES_MLP_DRAW_DROPOUT &&
                   PES_MLP_DRAW_DROPOUT + (int)PES_MLP_LAYERS <= (int)PES_MLP_DRAW_START,
               "every draw has a use of its own");

typedef struct pes_mlp_training {
    pes_mlp_options options;
    const pes_kernels *kernels;
    pes_mlp_tune tune; // of `options`
    const pes_mlp_objective *objective;
    pes_mlp_judge judge;
    pes_mlp_network network;
    pes_mlp_samples samples;
    const pes_mlp_optimizer *optimizer;
    bool drops; // there may be dropout
} pes_mlp_training;

// The callbacks of the system; `user` is a pes_mlp_training.
pes_status pes_mlp_worker_open(void *user, int64_t max_count, void **worker);
int64_t pes_mlp_worker_bytes(const pes_mlp_training *training);
pes_status pes_mlp_init(void *user, void *worker, const pes_batch *batch);
pes_status pes_mlp_unroll(void *user, void *worker, const pes_batch *batch);

// The fresh minibatch by which the step at `clock` is judged comes into the scratch, if it is
// judged by one.
void pes_mlp_judge_draw(const pes_mlp_training *training, const pes_mlp_scratch *scratch,
                        const pes_stream *stream, int64_t clock);

// After pes_mlp_judge_draw() the loss of the step that was taken at `clock` and led to these
// parameters; passes are like `pass`, which has no dropout. A whole part takes the place of the
// minibatch in the scratch.
double pes_mlp_judge_step(const pes_mlp_training *training, const pes_mlp_pass *pass,
                          int64_t clock, const float *parameters);

#endif // PES_PROBLEMS_MLP_TRAINING_H
