// Advancing particles: one at a time for all its steps, so that its weights stay in the cache.
//
// An inner step t draws a minibatch and descends its mean loss with the learning rate of the
// schedule at t; then it is judged.

#include <string.h>

#include "problems/hyper/mlp_training/mlp_training.h"

static const float tiny = 1e-30f;

pes_status pes_mlp_init(void *user, void *worker, const pes_batch *batch) {
    const pes_mlp_training *training = user;
    const pes_mlp_scratch *scratch = worker;
    const int64_t floats = training->network.floats;
    PES_PROBLEM_REQUIRE(pes_mlp_samples_are_there(&training->samples), PES_E_CALL_ORDER,
                        "the problem was opened for its sizes only; open it with its data");
    for (int64_t i = 0; i < batch->count; i++) {
        float *parameters = (float *)batch->state + 2 * i * floats;
        pes_mlp_network_init(&training->network, &batch->stream[i], PES_MLP_DRAW_WEIGHTS,
                             scratch->normal, parameters);
        memset(parameters + floats, 0, (size_t)floats * sizeof *parameters);
    }
    return PES_OK;
}

// The velocity of a unit that is never active shrinks for ever. Subnormal numbers would make
// every later step slow, so velocities that no longer matter are set to zero in time.
static void flush(int64_t count, float *velocity) {
    for (int64_t i = 0; i < count; i++) {
        velocity[i] = velocity[i] < tiny && velocity[i] > -tiny ? 0.0f : velocity[i];
    }
}

static double advance(const pes_mlp_training *training, const pes_mlp_scratch *scratch,
                      const pes_stream *stream, int64_t clock, float rate, float *parameters) {
    float *velocity = parameters + training->network.floats;
    const pes_mlp_sgd sgd = {.rate = rate, .momentum = (float)training->options.momentum};
    const int64_t size = training->options.batch_size;
    pes_mlp_samples_draw(&training->samples, training->kernels, stream, PES_MLP_DRAW_TRAINING,
                         (uint32_t)clock, PES_PART_TRAINING, size,
                         training->network.input_stride, scratch);
    (void)pes_mlp_pass(training, scratch, size, parameters, scratch->gradient[0]);
    pes_mlp_network_train(&training->network, training->kernels, size, sgd, parameters,
                          velocity, scratch);
    if (training->flush_every > 0 && clock % training->flush_every == 0) {
        flush(training->network.floats, velocity);
    }
    return pes_mlp_judge_step(training, scratch, stream, clock, parameters);
}

// `loss` is as long as the batch's steps.
static void advance_particle(const pes_mlp_training *training, const pes_mlp_scratch *scratch,
                             const pes_batch *batch, int64_t particle, double *loss) {
    const float *theta = batch->theta + particle * training->schedule->num_params;
    float *parameters = (float *)batch->state + 2 * particle * training->network.floats;
    float rate[PES_MLP_RATES];
    for (int64_t t = 0; t < batch->steps; t++) {
        const int64_t clock = batch->clock[particle] + t;
        if (t % PES_MLP_RATES == 0) {
            const int64_t left = batch->steps - t;
            training->schedule->rates(training->kernels, theta, training->schedule_steps, clock,
                                      left < PES_MLP_RATES ? left : PES_MLP_RATES, rate);
        }
        loss[t] = advance(training, scratch, &batch->stream[particle], clock,
                          rate[t % PES_MLP_RATES], parameters);
    }
}

pes_status pes_mlp_unroll(void *user, void *worker, const pes_batch *batch) {
    for (int64_t i = 0; i < batch->count; i++) {
        advance_particle(user, worker, batch, i, batch->loss + i * batch->steps);
    }
    return PES_OK;
}
