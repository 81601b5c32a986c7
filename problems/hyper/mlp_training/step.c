// Advancing particles: one, or the halves of a pair side by side, which see the same
// minibatches: each is fetched once for both.
//
// An inner step t draws a minibatch and descends its mean loss with the hyperparameters that
// theta has at t; then it is judged.

#include <math.h>
#include <string.h>

#include "problems/hyper/mlp_training/mlp_training.h"
#include "problems/hyper/mlp_training/train.h"

enum { TOGETHER = 2 }; // particles that are advanced side by side, at most

// Particle i's parameters, and behind them its moments.
static float *state_of(const pes_mlp_training *training, const pes_batch *batch, int64_t i) {
    const int64_t blocks = 1 + training->optimizer->moments;
    return (float *)batch->state + i * blocks * training->network.floats;
}

pes_status pes_mlp_init(void *user, void *worker, const pes_batch *batch) {
    const pes_mlp_training *training = user;
    const pes_mlp_scratch *scratch = worker;
    const int64_t floats = training->network.floats;
    PES_PROBLEM_REQUIRE(pes_mlp_samples_are_there(&training->samples), PES_E_CALL_ORDER,
                        "the problem was opened for its sizes only; open it with its data");
    for (int64_t i = 0; i < batch->count; i++) {
        float *state = state_of(training, batch, i);
        pes_mlp_network_init(&training->network, &batch->stream[i], PES_MLP_DRAW_WEIGHTS,
                             scratch->normal, state);
        memset(state + floats, 0,
               (size_t)(training->optimizer->moments * floats) * sizeof *state);
    }
    return PES_OK;
}

// One step down the loss of the minibatch in the scratch.
static void learn(const pes_mlp_training *training, const pes_mlp_pass *pass,
                  const pes_mlp_values *values, int64_t clock, float *state) {
    const pes_mlp_rule rule = {.optimizer = training->optimizer,
                               .values = values,
                               .clock = clock,
                               .zero_nonfinite = training->options.zero_nonfinite};
    const float smoothing = values->value[PES_MLP_LABEL_SMOOTHING][0];
    const pes_kernels_hits hits = pes_mlp_measure(pass, state, pass->scratch->gradient[0]);
    if (smoothing != 0.0f) {
        pes_mlp_smooth(pass, smoothing);
    }
    pes_mlp_train(pass, &rule, isfinite(hits.loss), state);
}

// A particle on its way.
typedef struct learner {
    const float *theta;
    float *state;
    double *loss; // one for each step
    pes_mlp_values values;
    pes_mlp_pass pass;
} learner;

// The step at `clock`, number t of the batch.
static void advance(const pes_mlp_training *training, const pes_mlp_scratch *scratch,
                    const pes_stream *stream, int64_t clock, int64_t t, int64_t count,
                    learner *all) {
    const int64_t size = training->options.batch_size;
    const uint32_t step = (uint32_t)clock;
    pes_mlp_samples_draw(&training->samples, training->kernels, stream, PES_MLP_DRAW_TRAINING,
                         step, PES_PART_TRAINING, size, training->network.input_stride,
                         scratch);
    for (learner *l = all; l < all + count; l++) {
        l->pass =
            pes_mlp_pass_of(&training->network, training->kernels, scratch, size, &l->values);
        pes_mlp_pass_drop(&l->pass, stream, PES_MLP_DRAW_DROPOUT, step, &l->values);
        learn(training, &l->pass, &l->values, clock, l->state);
        pes_mlp_pass_keep(&l->pass);
    }
    pes_mlp_judge_draw(training, scratch, stream, clock);
    for (learner *l = all; l < all + count; l++) {
        l->loss[t] = pes_mlp_judge_step(training, &l->pass, clock, l->state);
    }
}

// Rows first..first + count - 1 of the batch, which draw alike.
static void advance_rows(const pes_mlp_training *training, const pes_mlp_scratch *scratch,
                         const pes_batch *batch, int64_t first, int64_t count) {
    const pes_mlp_tune *tune = &training->tune;
    learner all[TOGETHER];
    for (int64_t i = 0; i < count; i++) {
        all[i].theta = batch->theta + (first + i) * tune->num_params;
        all[i].state = state_of(training, batch, first + i);
        all[i].loss = batch->loss + (first + i) * batch->steps;
    }
    for (int64_t t = 0; t < batch->steps; t++) {
        const int64_t clock = batch->clock[first] + t;
        for (int64_t i = 0; i < count && (t == 0 || tune->moves); i++) {
            pes_mlp_tune_values(tune, training->kernels, all[i].theta, clock, &all[i].values);
        }
        advance(training, scratch, &batch->stream[first], clock, t, count, all);
    }
}

pes_status pes_mlp_unroll(void *user, void *worker, const pes_batch *batch) {
    for (int64_t first = 0, count; first < batch->count; first += count) {
        count = pes_mlp_samples_alike(batch, first, TOGETHER);
        advance_rows(user, worker, batch, first, count);
    }
    return PES_OK;
}
