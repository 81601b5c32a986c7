// Hyperparameters of a training run: theta is the schedule of the learning rate with which a
// multilayer perceptron learns to classify images by SGD with momentum, as in section 5 of the
// PES paper (Vicol, Metz, Sohl-Dickstein 2021), or whatever tables [[problem.tune]] list
// (tune.h).

#include "problems/hyper/mlp_training/mlp_training.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "problems/hyper/mlp_training/load.h"
#include "problems/hyper/mlp_training/pytorch.h"
#include "problems/memory.h"
#include "problems/registry.h"

static void release(void *user) {
    pes_mlp_training *training = user;
    pes_mlp_samples_release(&training->samples);
    free(training);
}

static pes_status prepare(pes_mlp_training *training, const pes_data_folders *data) {
    const pes_mlp_options *options = &training->options;
    training->kernels = pes_kernels_select();
    pes_mlp_tune_make(&training->tune, options);
    training->objective = pes_mlp_options_objective(options);
    training->judge = pes_mlp_judge_find(options->judge);
    training->drops = pes_mlp_tune_may_have(&training->tune, PES_MLP_DROPOUT, 0.0f);
    training->optimizer = pes_mlp_optimizer_find(options->inner_optimizer);
    PES_PROBLEM_TRY(pes_mlp_samples_load(&training->samples, options, data));
    training->network = pes_mlp_network_shape(training->samples.features, &options->hidden,
                                              training->samples.outputs);
    training->network.activation = pes_mlp_activation_find(options->activation);
    return PES_OK;
}

// Of a forward pass for the objective, for each inner step on average.
static double judge_flops(const pes_mlp_training *training) {
    const pes_mlp_options *options = &training->options;
    const int64_t all = training->samples.count[training->objective->part];
    return training->judge == PES_MLP_EVERY_STEP
               ? pes_mlp_network_forward_flops(&training->network, options->batch_size)
               : pes_mlp_network_forward_flops(&training->network, all) /
                     (double)options->horizon;
}

static void describe(pes_problem *problem) {
    const pes_mlp_training *training = problem->user;
    const pes_mlp_options *options = &training->options;
    const pes_mlp_network *network = &training->network;
    pes_mlp_tune_start(&training->tune, 1, problem->theta);
    problem->horizon = options->horizon;
    problem->needs_horizon = training->judge == PES_MLP_AT_THE_END;
    problem->bytes = training->samples.bytes;
    problem->flops = pes_mlp_network_forward_flops(network, options->batch_size) +
                     pes_mlp_network_backward_flops(network, options->batch_size) +
                     judge_flops(training);
    pes_system *system = &problem->system;
    system->name = pes_problem_mlp_training.name;
    system->state_bytes =
        (1 + training->optimizer->moments) * network->floats * (int64_t)sizeof(float);
    system->batch_hint = 2;
    system->init = pes_mlp_init;
    system->unroll = pes_mlp_unroll;
    system->worker_open = pes_mlp_worker_open;
    system->worker_close = pes_problem_worker_free;
    system->worker_bytes = pes_mlp_worker_bytes(training);
}

// ---- theta ----------------------------------------------------------------------------------

static int64_t num_params(const void *options) {
    pes_mlp_tune tune;
    pes_mlp_tune_make(&tune, options);
    return tune.num_params;
}

static const char *param_name(const void *options, int64_t index, char room[PES_NAME_SIZE]) {
    pes_mlp_tune tune;
    pes_mlp_tune_make(&tune, options);
    return pes_mlp_tune_name(&tune, index, false, room);
}

static const char *natural_name(const void *options, int64_t index, char room[PES_NAME_SIZE]) {
    pes_mlp_tune tune;
    pes_mlp_tune_make(&tune, options);
    return pes_mlp_tune_name(&tune, index, true, room);
}

static double natural(const void *options, int64_t index, double theta) {
    pes_mlp_tune tune;
    pes_mlp_tune_make(&tune, options);
    return pes_mlp_tune_natural(&tune, index, theta);
}

static bool curve(const void *options, int64_t index, pes_problem_curve *out) {
    pes_mlp_tune tune;
    pes_mlp_tune_make(&tune, options);
    return pes_mlp_tune_curve(&tune, index, out);
}

static double curve_at(const void *options, int64_t index, const float *theta, int64_t t) {
    pes_mlp_tune tune;
    pes_mlp_tune_make(&tune, options);
    return pes_mlp_tune_curve_at(&tune, index, theta, t);
}

static void start(const void *options, uint64_t seed, float *theta) {
    pes_mlp_tune tune;
    pes_mlp_tune_make(&tune, options);
    pes_mlp_tune_start(&tune, seed, theta);
}

static bool search_range(const void *options, int64_t index, double *low, double *high) {
    pes_mlp_tune tune;
    pes_mlp_tune_make(&tune, options);
    return pes_mlp_tune_search_range(&tune, index, low, high);
}

// ---- the whole ------------------------------------------------------------------------------

static pes_status create(pes_problem **out, const void *options, const pes_data_folders *data) {
    *out = NULL;
    PES_PROBLEM_TRY(pes_mlp_options_check(options));
    pes_problem *problem;
    PES_PROBLEM_TRY(
        pes_problem_allocate(&problem, num_params(options), sizeof(pes_mlp_training)));
    problem->release = release;
    pes_mlp_training *training = problem->user;
    training->options = *(const pes_mlp_options *)options;
    const pes_status status = prepare(training, data);
    if (status != PES_OK) {
        pes_problem_close(problem);
        return status;
    }
    describe(problem);
    *out = problem;
    return PES_OK;
}

static void pin(const pes_problem *problem, void *given) {
    const pes_mlp_training *training = problem->user;
    pes_mlp_options *options = given;
    memcpy(options->table_sha256, training->samples.sum, sizeof training->samples.sum);
}

// What a network is worth in the end: its accuracy after the last step, or the loss of a
// regression, on all samples of a part.
static bool measure(const void *options, int64_t index, int64_t steps,
                    pes_problem_measure *out) {
    static const char *const name[2][2] = {{"validation accuracy", "test accuracy"},
                                           {"validation loss", "test loss"}};
    static const char *const objective[2][2] = {{"validation_accuracy", "test_accuracy"},
                                                {"validation_loss", "test_loss"}};
    const pes_mlp_options *own = options;
    const bool regression = pes_mlp_options_is_regression(own);
    const pes_dataset *set = pes_mlp_options_dataset(own);
    const bool tested = own->test_images > 0 || (set != NULL && set->count[PES_PART_TEST] > 0);
    if (index < 0 || index >= (tested ? 2 : 1)) {
        return false;
    }
    *out = (pes_problem_measure){
        .name = name[regression][index], .objective = "sum", .scale = regression ? 1.0 : -1.0};
    snprintf(out->set[0], sizeof out->set[0], "problem.objective=%s",
             objective[regression][index]);
    snprintf(out->set[1], sizeof out->set[1], "problem.judge=at_the_end");
    snprintf(out->set[2], sizeof out->set[2], "problem.horizon=%lld", (long long)steps);
    snprintf(out->set[3], sizeof out->set[3], "problem.schedule_steps=%lld",
             (long long)pes_mlp_options_schedule_steps(own));
    return true;
}

const pes_problem_type pes_problem_mlp_training = {
    .name = "mlp_training",
    .summary =
        "hyperparameters of the training of a perceptron, on images or a table (section 5 of "
        "the PES paper)",
    .fields = &pes_mlp_fields,
    .create = create,
    .num_params = num_params,
    .param_name = param_name,
    .curve = curve,
    .curve_at = curve_at,
    .measure = measure,
    .pin = pin,
    .program = pes_mlp_program,
    .start = start,
    .search_range = search_range,
    .natural = natural,
    .natural_name = natural_name,
};
