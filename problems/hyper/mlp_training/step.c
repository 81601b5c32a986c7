// Advancing particles: one at a time for all its steps, so that its weights stay in the cache.
//
// An inner step t draws a minibatch and descends its mean loss with the learning rate of the
// schedule at t; then it draws a fresh minibatch, of the objective's images, and reports the
// objective there.

#include <string.h>

#include "problems/hyper/mlp_training/mlp_training.h"

// What is drawn, pes/noise.h. Layer l's weights have the use DRAW_WEIGHTS + l.
enum { DRAW_TRAINING = 0, DRAW_OBJECTIVE = 1, DRAW_WEIGHTS = 16 };

enum { AHEAD = 3, LINE = 64 }; // images; bytes

static const float tiny = 1e-30f;

pes_status pes_mlp_init(void *user, void *worker, const pes_batch *batch) {
    const pes_mlp_training *training = user;
    const pes_mlp_scratch *scratch = worker;
    const int64_t floats = training->network.floats;
    PES_PROBLEM_REQUIRE(training->images.pixel != NULL, PES_E_CALL_ORDER,
                        "the problem was opened for its sizes only; open it with its data");
    for (int64_t i = 0; i < batch->count; i++) {
        float *parameters = (float *)batch->state + 2 * i * floats;
        pes_mlp_network_init(&training->network, &batch->stream[i], DRAW_WEIGHTS,
                             scratch->normal, parameters);
        memset(parameters + floats, 0, (size_t)floats * sizeof *parameters);
    }
    return PES_OK;
}

// Ask the memory for an image that will be read soon. Which images a minibatch has is known at
// once, where they are is all over the data set: waiting for each in turn costs a tenth of a
// step.
static void prefetch(const pes_images *images, int64_t image) {
    const uint8_t *pixel = images->pixel + image * images->pixels;
    for (int64_t i = 0; i < images->pixels + LINE; i += LINE) {
        __builtin_prefetch(pixel + i);
    }
}

// Draw a minibatch of the training images, or of the validation images behind them.
static void gather(const pes_mlp_training *training, const pes_mlp_scratch *scratch,
                   const pes_stream *stream, uint32_t use, uint32_t step, bool validation) {
    const pes_images *images = &training->images;
    const int64_t size = training->options.batch_size;
    const int64_t first = validation ? images->training : 0;
    pes_noise_sample(stream, use, step, size,
                     validation ? images->validation : images->training, scratch->index);
    for (int64_t i = 0; i < size; i++) {
        const int64_t image = first + scratch->index[i];
        scratch->label[i] = images->label[image];
        if (i + AHEAD < size) {
            prefetch(images, first + scratch->index[i + AHEAD]);
        }
        training->kernels->bytes_to_floats(
            images->pixels, images->pixel + image * images->pixels, training->pixel_scale,
            training->pixel_shift, scratch->input + i * training->network.input_stride);
    }
}

// The forward pass and what came of it; the mean loss's gradient where `gradient` is not NULL.
static pes_kernels_hits judge(const pes_mlp_training *training, const pes_mlp_scratch *scratch,
                              const float *parameters, float *gradient) {
    const pes_mlp_network *network = &training->network;
    const pes_mlp_layer *last = &network->layer[network->layers - 1];
    const int64_t size = training->options.batch_size;
    pes_mlp_network_forward(network, training->kernels, size, parameters, scratch);
    return training->kernels->softmax_cross_entropy(
        size, last->out, scratch->output[network->layers - 1], last->stride, scratch->label,
        1.0f / (float)size, gradient, last->stride);
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
    const uint32_t step = (uint32_t)clock;
    gather(training, scratch, stream, DRAW_TRAINING, step, false);
    (void)judge(training, scratch, parameters, scratch->gradient[0]);
    pes_mlp_network_train(&training->network, training->kernels, training->options.batch_size,
                          sgd, parameters, velocity, scratch);
    if (training->flush_every > 0 && clock % training->flush_every == 0) {
        flush(training->network.floats, velocity);
    }
    gather(training, scratch, stream, DRAW_OBJECTIVE, step, training->objective->validation);
    return training->objective->loss(judge(training, scratch, parameters, NULL),
                                     training->options.batch_size);
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
