// Learns the step size of a noisy gradient descent from truncations of 5 of its 100 steps.
// expect: step size 0\.2[0-9]*
#include <math.h>
#include <pes/step.h>
#include <pes/trainer.h>
#include <stdio.h>

// One step. The state is the iterate x, zero at first; theta is the logarithm of the step size.
static double descend(void *user, const float *theta, void *state, const pes_stream *stream,
                      int64_t t) {
    double *x = state;
    float z; // the noise of this step's gradient
    pes_noise_normal(stream, 0, (uint32_t)t, 1, &z);
    *x -= exp((double)theta[0]) * (*x - 1.0 + 0.3 * (double)z);
    (void)user;
    return 0.5 * (*x - 1.0) * (*x - 1.0);
}

int main(void) {
    pes_step step = {"noisy_descent", 1, sizeof(double), NULL, descend};
    const pes_system system = pes_step_system(&step);
    pes_estimator_options pes = pes_estimator_options_default();
    pes.truncation = 5;
    pes.horizon = 100;
    pes_trainer *trainer;
    pes_status status = pes_trainer_create(
        &trainer,
        &(pes_trainer_parts){.system = &system, .theta = &(float){-3}, .estimator = &pes});
    if (status != PES_OK || (status = pes_trainer_run(trainer, NULL, NULL)) != PES_OK) {
        fprintf(stderr, "%s\n", pes_last_error());
        return 1;
    }
    printf("step size %.3f\n", exp((double)pes_trainer_theta(trainer)[0]));
    pes_trainer_destroy(trainer);
}
