#include "problems/lopt/time.h"

#include <string.h>

const float pes_lopt_tau[PES_LOPT_TIMES] = {
    1.0f, 3.0f, 10.0f, 30.0f, 100.0f, 300.0f, 1000.0f, 3000.0f, 10000.0f, 30000.0f, 100000.0f};

const char *pes_lopt_time_name(int64_t index) {
    static const char *const name[PES_LOPT_TIMES] = {
        "time_1",    "time_3",    "time_10",    "time_30",    "time_100",   "time_300",
        "time_1000", "time_3000", "time_10000", "time_30000", "time_100000"};
    return name[index];
}

void pes_lopt_time_fold(const pes_lopt_network *network, const pes_kernels *kernels,
                        const float *theta, int64_t clock, float *bias) {
    const pes_lopt_layer *layer = &network->layer[0];
    const int64_t first = layer->in - PES_LOPT_TIMES;
    float feature[PES_LOPT_TIMES];
    for (int i = 0; i < PES_LOPT_TIMES; i++) {
        feature[i] = (float)clock / pes_lopt_tau[i] - 1.0f;
    }
    kernels->tanh(PES_LOPT_TIMES, feature, feature);
    memcpy(bias, theta + layer->biases, (size_t)layer->out * sizeof *bias);
    kernels->sgemm_nn(1, layer->out, PES_LOPT_TIMES, feature, PES_LOPT_TIMES,
                      theta + layer->weights + first * layer->out, layer->out, bias, layer->out,
                      true);
}
