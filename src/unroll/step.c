// A system made of one function: batches are particles one after the other, and unrolls are
// steps one after the other.

#include "pes/step.h"

#include <string.h>

static pes_status init(void *user, void *worker, const pes_batch *batch) {
    const pes_step *step = user;
    (void)worker;
    memset(batch->state, 0, (size_t)(batch->count * step->state_bytes));
    return PES_OK;
}

static pes_status unroll(void *user, void *worker, const pes_batch *batch) {
    const pes_step *step = user;
    double *loss = batch->loss;
    (void)worker;
    for (int64_t i = 0; i < batch->count; i++) {
        const float *theta = batch->theta + i * step->num_params;
        unsigned char *state = (unsigned char *)batch->state + i * step->state_bytes;
        for (int64_t t = 0; t < batch->steps; t++) {
            *loss++ =
                step->take(step->user, theta, state, &batch->stream[i], batch->clock[i] + t);
        }
    }
    return PES_OK;
}

pes_system pes_step_system(pes_step *step) {
    return (pes_system){
        .size = (uint32_t)sizeof(pes_system),
        .name = step->name,
        .num_params = step->num_params,
        .state_bytes = step->state_bytes,
        .user = step,
        .init = init,
        .unroll = step->take != NULL ? unroll : NULL, // refused when it is used
    };
}
