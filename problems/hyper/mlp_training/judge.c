// What a network is worth: the forward pass over samples, and the loss that an inner step
// reports.

#include "problems/hyper/mlp_training/mlp_training.h"

// Of a regression: the sum of (y - t)^2 / 2 over the samples, whose derivative is y - t.
static pes_kernels_hits squared_error(int64_t size, const float *output, int64_t stride,
                                      const float *target, float scale, float *gradient) {
    double loss = 0.0;
    for (int64_t i = 0; i < size; i++) {
        const float off = output[i * stride] - target[i];
        loss += 0.5 * (double)off * (double)off;
        if (gradient != NULL) {
            gradient[i * stride] = scale * off;
        }
    }
    return (pes_kernels_hits){.loss = loss};
}

pes_kernels_hits pes_mlp_measure(const pes_mlp_pass *pass, const float *parameters,
                                 float *gradient) {
    const pes_mlp_network *network = pass->network;
    const pes_mlp_layer *last = &network->layer[network->layers - 1];
    pes_mlp_forward(pass, parameters);
    const float *output = pass->scratch->output[network->layers - 1];
    const float scale = 1.0f / (float)pass->batch;
    return pass->scratch->target != NULL
               ? squared_error(pass->batch, output, last->stride, pass->scratch->target, scale,
                               gradient)
               : pass->kernels->softmax_cross_entropy(pass->batch, last->out, output,
                                                      last->stride, pass->scratch->label, scale,
                                                      gradient, last->stride);
}

// By the whole part, as many samples at a time as a minibatch has.
static double judge_all(const pes_mlp_training *training, const pes_mlp_pass *like,
                        const float *parameters) {
    const pes_part part = training->objective->part;
    const int64_t count = training->samples.count[part], size = training->options.batch_size;
    pes_mlp_pass pass = *like;
    pes_kernels_hits sum = {.loss = 0.0};
    for (int64_t from = 0; from < count; from += size) {
        pass.batch = count - from < size ? count - from : size;
        pes_mlp_samples_take(&training->samples, training->kernels, part, from, pass.batch,
                             training->network.input_stride, pass.scratch);
        const pes_kernels_hits hits = pes_mlp_measure(&pass, parameters, NULL);
        sum.loss += hits.loss;
        sum.correct += hits.correct;
    }
    return training->objective->loss(sum, count);
}

void pes_mlp_judge_draw(const pes_mlp_training *training, const pes_mlp_scratch *scratch,
                        const pes_stream *stream, int64_t clock) {
    if (training->judge == PES_MLP_EVERY_STEP) {
        pes_mlp_samples_draw(&training->samples, training->kernels, stream,
                             PES_MLP_DRAW_OBJECTIVE, (uint32_t)clock, training->objective->part,
                             training->options.batch_size, training->network.input_stride,
                             scratch);
    }
}

double pes_mlp_judge_step(const pes_mlp_training *training, const pes_mlp_pass *pass,
                          int64_t clock, const float *parameters) {
    if (training->judge == PES_MLP_EVERY_STEP) {
        return training->objective->loss(pes_mlp_measure(pass, parameters, NULL), pass->batch);
    }
    const bool is_last = clock + 1 == training->options.horizon;
    return is_last ? judge_all(training, pass, parameters) : 0.0;
}
