// The loss that an inner step reports.

#include "problems/hyper/mlp_training/mlp_training.h"

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
    if (!is_last) {
        return 0.0;
    }
    const pes_part part = training->objective->part;
    return training->objective->loss(
        pes_mlp_samples_measure(&training->samples, part, pass, parameters),
        training->samples.count[part]);
}
