// Advancing particles: one at a time for all its steps, so that its weights stay in the cache.
//
// An inner step t draws a minibatch and descends its mean loss with the hyperparameters that
// theta has at t; then it is judged.

#include <math.h>
#include <string.h>

#include "problems/hyper/mlp_training/mlp_training.h"
#include "problems/hyper/mlp_training/train.h"

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

static double advance(const pes_mlp_training *training, const pes_mlp_scratch *scratch,
                      const pes_stream *stream, int64_t clock, const pes_mlp_values *values,
                      float *state) {
    const int64_t size = training->options.batch_size;
    pes_mlp_pass pass =
        pes_mlp_pass_of(&training->network, training->kernels, scratch, size, values);
    pes_mlp_samples_draw(&training->samples, training->kernels, stream, PES_MLP_DRAW_TRAINING,
                         (uint32_t)clock, PES_PART_TRAINING, size,
                         training->network.input_stride, scratch);
    pes_mlp_pass_drop(&pass, stream, PES_MLP_DRAW_DROPOUT, (uint32_t)clock, values);
    learn(training, &pass, values, clock, state);
    pes_mlp_pass_keep(&pass);
    return pes_mlp_judge_step(training, &pass, stream, clock, state);
}

// `loss` is as long as the batch's steps.
static void advance_particle(const pes_mlp_training *training, const pes_mlp_scratch *scratch,
                             const pes_batch *batch, int64_t particle, double *loss) {
    const pes_mlp_tune *tune = &training->tune;
    const float *theta = batch->theta + particle * tune->num_params;
    float *state = state_of(training, batch, particle);
    pes_mlp_values values;
    for (int64_t t = 0; t < batch->steps; t++) {
        const int64_t clock = batch->clock[particle] + t;
        if (t == 0 || tune->moves) {
            pes_mlp_tune_values(tune, training->kernels, theta, clock, &values);
        }
        loss[t] = advance(training, scratch, &batch->stream[particle], clock, &values, state);
    }
}

pes_status pes_mlp_unroll(void *user, void *worker, const pes_batch *batch) {
    for (int64_t i = 0; i < batch->count; i++) {
        advance_particle(user, worker, batch, i, batch->loss + i * batch->steps);
    }
    return PES_OK;
}
