// Options of problems for the golden program. Of a training whose hyperparameters lie in theta
// in every way that there is: each schedule, each transform, for tensors, for layers and for
// all, with starts that are given and that are drawn. And of policies that remember, and learn
// statistics in common.

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "golden/golden.h"
#include "support/problem.h"

void *golden_tune_options(void) {
    return test_options(
        "mlp_training",
        "hidden=17,9 batch_size=7 training_images=100 validation_images=50 "
        "inner_optimizer=adam tune=7 "
        "tune.0.name=learning_rate tune.0.per=tensor tune.0.schedule=inverse_time "
        "tune.0.start=0.01 "
        "tune.1.name=momentum tune.1.per=tensor tune.1.schedule=piecewise tune.1.knots=3 "
        "tune.1.start_range=0.1,0.9 "
        "tune.2.name=beta2 tune.2.per=layer tune.2.schedule=exponential tune.2.start=0.9 "
        "tune.3.name=epsilon tune.3.schedule=cosine tune.3.transform=softplus "
        "tune.3.start=0.01 "
        "tune.4.name=weight_decay tune.4.per=layer tune.4.schedule=linear "
        "tune.4.transform=identity tune.4.start=0.02 "
        "tune.5.name=dropout tune.5.per=layer tune.5.start_range=0.1,0.9 "
        "tune.6.name=active_units tune.6.per=layer tune.6.start_range=0.1,0.9 ");
}

void *golden_network_options(void) {
    return test_options("mlp_training",
                        "hidden=17,9 batch_size=7 training_images=100 validation_images=50 "
                        "inner_optimizer=rmsprop activation=gelu zero_nonfinite=true "
                        "clip_norm=0.5 label_smoothing=0.1 l2=0.01 weight_decay=0.02 "
                        "dropout=0.25 active_units=0.9 objective=validation_loss");
}

void *golden_mixture_options(void) {
    return test_options("learned_optimizer",
                        "training_images=100 validation_images=50 optimizer=adam task=3 "
                        "task.0.weight=1 task.0.hidden=17,9 task.0.batch_size=7 "
                        "task.1.weight=2 task.1.hidden= task.1.activation=gelu "
                        "task.2.weight=0.5 task.2.hidden=33 task.2.activation=tanh "
                        "task.2.input_size=5 objective=validation_loss");
}

// Poles that fall within the few steps of a case.
void *golden_control_options(const char *problem) {
    const bool falls = strcmp(problem, "cart_pole") == 0;
    return test_options(problem, falls
                                     ? "policy=mlp hidden=5,3 output_scale=1 normalize=true "
                                       "normalize_clip=1 tilt=0.05 spread=0.1"
                                     : "policy=recurrent hidden=5 output_scale=1 "
                                       "action_bounds=tanh normalize=true normalize_until=90");
}

void *golden_learned_options(const char *optimizer) {
    char settings[256];
    (void)snprintf(settings, sizeof settings,
                   "training_images=100 validation_images=50 hidden=9 batch_size=7 "
                   "optimizer=%s optimizer_hidden=7,5",
                   optimizer);
    return test_options("learned_optimizer", settings);
}
