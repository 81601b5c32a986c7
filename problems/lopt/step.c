// Advancing particles: one, or the halves of a pair side by side, which have the same task and
// see the same minibatches: each is fetched once for both.
//
// An inner step draws a minibatch, finds the gradient of its mean loss tensor by tensor from
// the top, and lets the optimizer that theta is change each tensor as soon as its gradient is
// complete; then the network is judged.

#include <math.h>
#include <string.h>

#include "problems/lopt/learned_optimizer.h"
#include "problems/nn/mlp/backward.h"

static float *state_of(const pes_lopt *lopt, const pes_batch *batch, int64_t i) {
    return (float *)batch->state + i * lopt->tasks.state_floats;
}

static const pes_lopt_task *task_of(const pes_lopt *lopt, const pes_batch *batch, int64_t i) {
    return pes_lopt_tasks_draw(&lopt->tasks, &batch->stream[i], PES_LOPT_DRAW_TASK);
}

pes_status pes_lopt_init(void *user, void *worker, const pes_batch *batch) {
    const pes_lopt *lopt = user;
    const pes_lopt_scratch *scratch = worker;
    const int64_t floats = lopt->tasks.state_floats;
    for (int64_t i = 0; i < batch->count; i++) {
        const pes_lopt_task *task = task_of(lopt, batch, i);
        float *state = state_of(lopt, batch, i);
        PES_PROBLEM_REQUIRE(pes_mlp_samples_are_there(task->samples), PES_E_CALL_ORDER,
                            "the problem was opened for its sizes only; open it with its data");
        memset(state, 0, (size_t)floats * sizeof *state);
        pes_mlp_network_init(&task->network, &batch->stream[i], PES_LOPT_DRAW_WEIGHTS,
                             scratch->pass[0].normal, state);
    }
    return PES_OK;
}

// A particle on its way.
typedef struct learner {
    pes_lopt_step step;
    float *state;
    double *loss; // one for each step
} learner;

// Rows of a batch that draw alike, and what they share.
typedef struct team {
    const pes_lopt *lopt;
    const pes_lopt_task *task;
    const pes_stream *stream;
    pes_mlp_pass pass;
    int64_t count;
    learner member[PES_LOPT_TOGETHER];
} team;

// ---- a step down ----------------------------------------------------------------------------

// Tensor number `tensor` of the task's network in a state, with its gradient in the block.
static pes_lopt_tensor tensor_of(const team *t, const learner *l, int64_t tensor) {
    const pes_mlp_layer *layer = &t->task->network.layer[tensor / 2];
    const bool is_weights = tensor % 2 == 0;
    float *weights = l->state + (is_weights ? layer->weights : layer->biases);
    return (pes_lopt_tensor){
        .rows = is_weights ? layer->in : 1,
        .columns = layer->out,
        .stride = layer->stride,
        .weights = weights,
        .gradient = t->pass.scratch->block,
        .moment = weights + t->task->network.floats,
        .moment_distance = t->task->network.floats,
        .extra = l->state + t->task->extra[tensor],
    };
}

static void apply(const team *t, const learner *l, int64_t tensor) {
    const pes_lopt_tensor it = tensor_of(t, l, tensor);
    l->step.shape->rule->apply(&l->step, &it);
}

// One step down the loss of the minibatch in the scratch.
static void learn(const team *t, const learner *l) {
    const pes_mlp_scratch *scratch = t->pass.scratch;
    l->step.shape->rule->begin(&l->step);
    (void)pes_mlp_measure(&t->pass, l->state, scratch->gradient[0]);
    for (int64_t number = t->task->network.layers - 1; number >= 0; number--) {
        const pes_mlp_stage stage = pes_mlp_stage_of(&t->pass, number);
        if (number > 0) {
            pes_mlp_stage_below(&stage, l->state);
        }
        pes_mlp_stage_weights(&stage, 0, stage.layer->in, scratch->block);
        apply(t, l, 2 * number);
        pes_mlp_stage_biases(&stage, scratch->block);
        apply(t, l, 2 * number + 1);
    }
}

// ---- what it is worth -----------------------------------------------------------------------

// In the task's units, and clipped: what diverges counts as much as the worst that is finite.
static double settle(const pes_lopt_task *task, double loss) {
    const double value = loss / task->unit;
    return !(value <= task->most) && isfinite(task->most) ? task->most : value;
}

// The fresh minibatch that judges comes into the scratch, if one does.
static void draw_judge(const team *t, int64_t clock) {
    const pes_lopt *lopt = t->lopt;
    if (lopt->judge == PES_MLP_EVERY_STEP) {
        pes_mlp_samples_draw(t->task->samples, lopt->kernels, t->stream,
                             PES_LOPT_DRAW_OBJECTIVE, (uint32_t)clock, lopt->objective->part,
                             t->task->batch, t->task->network.input_stride, t->pass.scratch);
    }
}

static double judge(const team *t, const learner *l, int64_t clock) {
    const pes_lopt *lopt = t->lopt;
    const pes_part part = lopt->objective->part;
    if (lopt->judge == PES_MLP_EVERY_STEP) {
        const pes_kernels_hits hits = pes_mlp_measure(&t->pass, l->state, NULL);
        return settle(t->task, lopt->objective->loss(hits, t->task->batch));
    }
    if (clock + 1 != lopt->options.horizon) {
        return 0.0;
    }
    const pes_kernels_hits hits =
        pes_mlp_samples_measure(t->task->samples, part, &t->pass, l->state);
    return settle(t->task, lopt->objective->loss(hits, t->task->samples->count[part]));
}

// ---- a batch --------------------------------------------------------------------------------

// Step number `number` of the batch, at `clock`.
static void advance(team *t, int64_t clock, int64_t number) {
    pes_mlp_samples_draw(t->task->samples, t->lopt->kernels, t->stream, PES_LOPT_DRAW_TRAINING,
                         (uint32_t)clock, PES_PART_TRAINING, t->task->batch,
                         t->task->network.input_stride, t->pass.scratch);
    for (learner *l = t->member; l < t->member + t->count; l++) {
        l->step.clock = clock;
        learn(t, l);
    }
    draw_judge(t, clock);
    for (learner *l = t->member; l < t->member + t->count; l++) {
        l->loss[number] = judge(t, l, clock);
    }
}

// `count` rows of the batch from `first` on.
static team team_of(const pes_lopt *lopt, const pes_lopt_scratch *scratch,
                    const pes_batch *batch, int64_t first, int64_t count) {
    const pes_lopt_task *task = task_of(lopt, batch, first);
    const pes_mlp_scratch *own = &scratch->pass[task - lopt->tasks.task];
    team out = {.lopt = lopt, .task = task, .stream = &batch->stream[first], .count = count};
    out.pass = pes_mlp_pass_whole(&task->network, lopt->kernels, own, task->batch);
    for (int64_t i = 0; i < count; i++) {
        out.member[i] = (learner){
            .step = {.shape = &lopt->shape,
                     .kernels = lopt->kernels,
                     .theta = batch->theta + (first + i) * lopt->num_params,
                     .prepared = scratch->prepared[i],
                     .scratch = scratch->rule},
            .state = state_of(lopt, batch, first + i),
            .loss = batch->loss + (first + i) * batch->steps,
        };
    }
    return out;
}

pes_status pes_lopt_unroll(void *user, void *worker, const pes_batch *batch) {
    for (int64_t first = 0, count; first < batch->count; first += count) {
        count = pes_mlp_samples_alike(batch, first, PES_LOPT_TOGETHER);
        team t = team_of(user, worker, batch, first, count);
        for (int64_t i = 0; i < batch->steps; i++) {
            advance(&t, batch->clock[first] + i, i);
        }
    }
    return PES_OK;
}
