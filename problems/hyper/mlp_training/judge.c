// What a network is worth: the forward pass over samples, and the loss that an inner step
// reports.

#include "problems/hyper/mlp_training/mlp_training.h"

pes_kernels_hits pes_mlp_pass(const pes_mlp_training *training, const pes_mlp_scratch *scratch,
                              int64_t size, const float *parameters, float *gradient) {
    const pes_mlp_network *network = &training->network;
    const pes_mlp_layer *last = &network->layer[network->layers - 1];
    pes_mlp_network_forward(network, training->kernels, size, parameters, scratch);
    return training->kernels->softmax_cross_entropy(
        size, last->out, scratch->output[network->layers - 1], last->stride, scratch->label,
        1.0f / (float)size, gradient, last->stride);
}

// By a fresh minibatch.
static double judge_sample(const pes_mlp_training *training, const pes_mlp_scratch *scratch,
                           const pes_stream *stream, uint32_t step, const float *parameters) {
    const int64_t size = training->options.batch_size;
    pes_mlp_samples_draw(&training->samples, training->kernels, stream, PES_MLP_DRAW_OBJECTIVE,
                         step, training->objective->part, size, training->network.input_stride,
                         scratch);
    return training->objective->loss(pes_mlp_pass(training, scratch, size, parameters, NULL),
                                     size);
}

// By the whole part, as many samples at a time as a minibatch has.
static double judge_all(const pes_mlp_training *training, const pes_mlp_scratch *scratch,
                        const float *parameters) {
    const pes_part part = training->objective->part;
    const int64_t count = training->samples.count[part], size = training->options.batch_size;
    pes_kernels_hits sum = {.loss = 0.0};
    for (int64_t from = 0; from < count; from += size) {
        const int64_t taken = count - from < size ? count - from : size;
        pes_mlp_samples_take(&training->samples, training->kernels, part, from, taken,
                             training->network.input_stride, scratch);
        const pes_kernels_hits hits = pes_mlp_pass(training, scratch, taken, parameters, NULL);
        sum.loss += hits.loss;
        sum.correct += hits.correct;
    }
    return training->objective->loss(sum, count);
}

double pes_mlp_judge_step(const pes_mlp_training *training, const pes_mlp_scratch *scratch,
                          const pes_stream *stream, int64_t clock, const float *parameters) {
    if (training->judge == PES_MLP_EVERY_STEP) {
        return judge_sample(training, scratch, stream, (uint32_t)clock, parameters);
    }
    const bool is_last = clock + 1 == training->options.horizon;
    return is_last ? judge_all(training, scratch, parameters) : 0.0;
}
