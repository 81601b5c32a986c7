// Learns the step size of a noisy gradient descent from truncations of 5 of its 100 steps.
// expect: step size 0\.2[0-9]*

#include <math.h>
#include <stdio.h>

#include <pes/estimator.h>
#include <pes/optimizer.h>

// The state of a particle is the iterate x; theta is the logarithm of the step size.
static pes_status init(void *user, void *worker, const pes_batch *batch) {
    (void)user, (void)worker;
    for (int64_t i = 0; i < batch->count; i++) {
        ((double *)batch->state)[i] = 1.0;
    }
    return PES_OK;
}

static pes_status unroll(void *user, void *worker, const pes_batch *batch) {
    (void)user, (void)worker;
    for (int64_t i = 0; i < batch->count; i++) {
        double *x = (double *)batch->state + i;
        for (int64_t t = 0; t < batch->steps; t++) {
            float z; // the noise of this particle's gradient at this step
            pes_noise_normal(&batch->stream[i], 0, (uint32_t)(batch->clock[i] + t), 1, &z);
            *x -= exp((double)batch->theta[i]) * (*x + 0.3 * (double)z);
            batch->loss[i * batch->steps + t] = 0.5 * *x * *x;
        }
    }
    return PES_OK;
}

int main(void) {
    const pes_system system = {.size = sizeof system,
                               .name = "noisy_descent",
                               .num_params = 1,
                               .state_bytes = sizeof(double),
                               .init = init,
                               .unroll = unroll};
    pes_estimator_options estimation = pes_estimator_options_default(); // method "pes"
    estimation.truncation = 5;
    estimation.horizon = 100;
    const pes_optimizer_options adam = pes_optimizer_options_default();
    pes_estimator *estimator = NULL;
    pes_optimizer *optimizer = NULL;
    float theta[1] = {-5.0f}, grad[1];

    pes_status status = pes_estimator_create(&estimator, &system, &estimation);
    if (status == PES_OK) {
        status = pes_optimizer_create(&optimizer, &adam, system.num_params);
    }
    for (int update = 0; status == PES_OK && update < 2000; update++) {
        status = pes_estimator_step(estimator, theta, grad, NULL);
        if (status == PES_OK) {
            status = pes_optimizer_apply(optimizer, grad, theta);
        }
    }
    printf("%s: step size %.3f\n", pes_status_text(status), exp((double)theta[0]));
    pes_optimizer_destroy(optimizer);
    pes_estimator_destroy(estimator);
    return status == PES_OK ? 0 : 1;
}
