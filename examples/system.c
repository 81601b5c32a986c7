// The quickstart's problem as a system of batches: learns the step size of a noisy gradient
// descent from truncations of 5 of its 100 steps.
// expect: step size 0\.2[0-9]*

#include <math.h>
#include <pes/trainer.h>
#include <stdio.h>

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
    const pes_system system = {sizeof system,   "noisy_descent",
                               .num_params = 1, .state_bytes = sizeof(double),
                               .init = init,    .unroll = unroll};
    const float start[1] = {-5.0f};
    pes_estimator_options pes = pes_estimator_options_default();
    pes.truncation = 5;
    pes.horizon = 100;
    const pes_optimizer_options adam = pes_optimizer_options_default();
    pes_trainer_options run = pes_trainer_options_default();
    run.updates = 2000;
    pes_trainer *trainer;
    pes_status status = pes_trainer_create(
        &trainer, &(pes_trainer_parts){&system, start, &pes, &adam, &run, NULL, NULL});
    if (status != PES_OK || (status = pes_trainer_run(trainer, NULL, NULL)) != PES_OK) {
        fprintf(stderr, "%s\n", pes_last_error());
        return 1;
    }
    printf("step size %.3f\n", exp((double)pes_trainer_theta(trainer)[0]));
    pes_trainer_destroy(trainer);
    return 0;
}
