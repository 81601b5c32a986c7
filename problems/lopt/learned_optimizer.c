// Training an optimizer: theta are the numbers of a rule that turns gradients into steps
// (rule.h), and a particle is a network that this rule trains, as in Metz et al. (2019).
//
// The loss of an inner step is that of a fresh minibatch after it. In a mixture
//
//     loss = min(L / log(classes), loss_clip),    L the mean cross-entropy,
//
// in which 1 is what a network knows that has learned nothing, whatever the task; of a single
// task it is min(L, loss_clip log(classes)). A loss that is not finite counts as the most.

#include "problems/lopt/learned_optimizer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "problems/lopt/contest.h"
#include "problems/lopt/program.h"
#include "problems/memory.h"
#include "problems/registry.h"

static void release(void *user) {
    pes_lopt *lopt = user;
    pes_lopt_tasks_release(&lopt->tasks);
    free(lopt);
}

// ---- arithmetic -----------------------------------------------------------------------------

// Of an inner step of one task: forward and back, the optimizer, and the judge.
static double task_flops(const pes_lopt *lopt, const pes_lopt_task *task) {
    const pes_mlp_network *network = &task->network;
    const bool each = lopt->judge == PES_MLP_EVERY_STEP;
    const int64_t judged = each ? task->batch : task->samples->count[lopt->objective->part];
    const double steps = each ? 1.0 : (double)lopt->options.horizon;
    return pes_mlp_network_forward_flops(network, task->batch) +
           pes_mlp_network_backward_flops(network, task->batch) +
           pes_mlp_network_forward_flops(network, judged) / steps +
           lopt->shape.rule->flops(&lopt->shape) * (double)pes_lopt_task_weights(task);
}

static void describe(pes_problem *problem) {
    const pes_lopt *lopt = problem->user;
    problem->horizon = lopt->options.horizon;
    problem->needs_horizon = lopt->judge == PES_MLP_AT_THE_END;
    for (int64_t i = 0; i < lopt->tasks.count; i++) {
        const pes_lopt_task *task = &lopt->tasks.task[i];
        problem->flops += task->probability * task_flops(lopt, task);
    }
    for (int64_t i = 0; i < lopt->tasks.sets; i++) {
        problem->bytes += lopt->tasks.set[i].bytes;
    }
    pes_system *system = &problem->system;
    system->name = pes_problem_learned_optimizer.name;
    system->state_bytes = lopt->tasks.state_floats * (int64_t)sizeof(float);
    system->batch_hint = PES_LOPT_TOGETHER;
    system->init = pes_lopt_init;
    system->unroll = pes_lopt_unroll;
    system->worker_open = pes_lopt_worker_open;
    system->worker_close = pes_problem_worker_free;
    system->worker_bytes = pes_lopt_worker_bytes(lopt);
}

// ---- theta ----------------------------------------------------------------------------------

static int64_t num_params(const void *options) {
    const pes_lopt_shape shape = pes_lopt_options_shape(options);
    return pes_lopt_num_params(&shape);
}

static const char *param_name(const void *options, int64_t index, char room[PES_NAME_SIZE]) {
    const pes_lopt_shape shape = pes_lopt_options_shape(options);
    return index >= 0 && index < pes_lopt_num_params(&shape)
               ? shape.rule->param_name(&shape, index, room)
               : NULL;
}

static const char *natural_name(const void *options, int64_t index, char room[PES_NAME_SIZE]) {
    const pes_lopt_shape shape = pes_lopt_options_shape(options);
    const bool known = index >= 0 && index < pes_lopt_num_params(&shape);
    return known && shape.rule->natural_name != NULL ? shape.rule->natural_name(&shape, index)
                                                     : param_name(options, index, room);
}

static double natural(const void *options, int64_t index, double theta) {
    const pes_lopt_shape shape = pes_lopt_options_shape(options);
    return shape.rule->natural != NULL ? shape.rule->natural(&shape, index, theta) : theta;
}

// What `create` has read can be read again; if not, theta is left as it was read then.
static void start(const void *options, uint64_t seed, float *theta) {
    char sum[PES_SHA256_TEXT];
    (void)pes_lopt_start(options, seed, theta, sum);
}

static void pin(const pes_problem *problem, void *given) {
    const pes_lopt *lopt = problem->user;
    pes_lopt_options *options = given;
    memcpy(options->start_sha256, lopt->start_sum, sizeof lopt->start_sum);
}

static bool search_range(const void *options, int64_t index, double *low, double *high) {
    const pes_lopt_shape shape = pes_lopt_options_shape(options);
    const bool known =
        index >= 0 && index < pes_lopt_num_params(&shape) && shape.rule->search_range != NULL;
    if (known) {
        shape.rule->search_range(&shape, index, low, high);
    }
    return known;
}

// ---- the whole ------------------------------------------------------------------------------

static pes_status prepare(pes_lopt *lopt, const pes_data_folders *data) {
    const pes_lopt_options *options = &lopt->options;
    lopt->kernels = pes_kernels_select();
    lopt->shape = pes_lopt_options_shape(options);
    lopt->num_params = pes_lopt_num_params(&lopt->shape);
    lopt->objective = pes_mlp_objective_find(options->objective);
    lopt->judge = pes_mlp_judge_find(options->judge);
    const pes_problem *other = data != NULL ? data->lender : NULL;
    const pes_lopt *lends = other != NULL ? other->user : NULL;
    const pes_lopt_lender lender = {.options = lends != NULL ? &lends->options : NULL,
                                    .tasks = lends != NULL ? &lends->tasks : NULL};
    return pes_lopt_tasks_load(&lopt->tasks, options, data, lends != NULL ? &lender : NULL);
}

static pes_status create(pes_problem **out, const void *options, const pes_data_folders *data) {
    *out = NULL;
    PES_PROBLEM_TRY(pes_lopt_options_check(options));
    pes_problem *problem;
    PES_PROBLEM_TRY(pes_problem_allocate(&problem, num_params(options), sizeof(pes_lopt)));
    problem->release = release;
    pes_lopt *lopt = problem->user;
    lopt->options = *(const pes_lopt_options *)options;
    pes_status status = pes_lopt_start(options, 1, problem->theta, lopt->start_sum);
    status = status == PES_OK ? prepare(lopt, data) : status;
    if (status != PES_OK) {
        pes_problem_close(problem);
        return status;
    }
    describe(problem);
    *out = problem;
    return PES_OK;
}

// Of the networks that it trains, after the last step: losses and accuracies on all images of a
// part.
static bool measure(const void *options, int64_t index, int64_t steps,
                    pes_problem_measure *out) {
    static const struct {
        const char *name, *objective;
        double scale;
    } row[] = {
        {"validation loss", "validation_loss", 1.0},
        {"validation accuracy", "validation_accuracy", -1.0},
        {"training loss", "training_loss", 1.0},
    };
    (void)options;
    if (index < 0 || index >= (int64_t)(sizeof row / sizeof *row)) {
        return false;
    }
    *out = (pes_problem_measure){
        .name = row[index].name, .objective = "sum", .scale = row[index].scale};
    snprintf(out->set[0], sizeof out->set[0], "problem.objective=%s", row[index].objective);
    snprintf(out->set[1], sizeof out->set[1], "problem.judge=at_the_end");
    snprintf(out->set[2], sizeof out->set[2], "problem.horizon=%lld", (long long)steps);
    snprintf(out->set[3], sizeof out->set[3], "problem.normalize=false");
    snprintf(out->set[4], sizeof out->set[4], "problem.loss_clip=0");
    return true;
}

const pes_problem_type pes_problem_learned_optimizer = {
    .name = "learned_optimizer",
    .summary =
        "an optimizer, learned: theta are its numbers, a particle is a perceptron that it "
        "trains (Metz et al. 2019)",
    .fields = &pes_lopt_fields,
    .create = create,
    .num_params = num_params,
    .param_name = param_name,
    .measure = measure,
    .start = start,
    .pin = pin,
    .program = pes_lopt_program,
    .search_range = search_range,
    .natural = natural,
    .natural_name = natural_name,
    .rival = pes_lopt_rival,
    .ground = pes_lopt_ground,
};
