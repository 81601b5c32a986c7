#include "problems/control/control.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "problems/control/policy_start.h"
#include "problems/memory.h"

enum { GROUP = PES_ENVIRONMENT_GROUP };

// The scratch of one thread, for one group.
typedef struct scratch {
    void *environment;   // the environment's own
    double *observation; // GROUP x num_observed
    double *action;      // GROUP x num_actions
    float *seen;         // num_observed: one observation for the policy
    float *answer;       // num_actions: one action of it
    float *room;         // 2 x widest
} scratch;

// ---- actions --------------------------------------------------------------------------------

static void leave(const pes_environment *environment, int64_t count, double *action) {
    (void)environment, (void)count, (void)action;
}

static void cut(const pes_environment *environment, int64_t count, double *action) {
    for (int64_t i = 0; i < count; i++) {
        const int64_t k = i % environment->num_actions;
        const double low = environment->low[k], high = environment->high[k];
        action[i] = action[i] < low ? low : (action[i] > high ? high : action[i]);
    }
}

// The policy has put tanh behind its last layer.
static void stretch(const pes_environment *environment, int64_t count, double *action) {
    for (int64_t i = 0; i < count; i++) {
        const int64_t k = i % environment->num_actions;
        const double low = environment->low[k], high = environment->high[k];
        action[i] = 0.5 * (low + high) + 0.5 * (high - low) * action[i];
    }
}

static pes_status choose_bounds(pes_control *control) {
    const char *name = control->policy.options.action_bounds;
    const bool is_tanh = strcmp(name, "tanh") == 0;
    const pes_environment *e = &control->environment;
    for (int64_t k = 0; is_tanh && k < e->num_actions; k++) {
        PES_PROBLEM_REQUIRE(isfinite(e->low[k]) && isfinite(e->high[k]), PES_E_ARGUMENT,
                            "action %lld has no bounds that tanh could stretch to; set "
                            "action_bounds = \"clip\" or \"none\"",
                            (long long)k);
    }
    control->bound = is_tanh ? stretch : (strcmp(name, "clip") == 0 ? cut : leave);
    control->policy.layer[control->policy.num_layers - 1].squash = is_tanh;
    return PES_OK;
}

// ---- workers --------------------------------------------------------------------------------

// The scratch itself comes first.
static size_t lay_out(const pes_control *control, unsigned char *base, scratch *own) {
    const pes_policy *policy = &control->policy;
    pes_problem_memory memory = {.base = base};
    (void)pes_problem_take(&memory, 1, sizeof *own);
    own->observation = pes_problem_take(&memory, GROUP * policy->num_observed, sizeof(double));
    own->action = pes_problem_take(&memory, GROUP * policy->num_actions, sizeof(double));
    own->seen = pes_problem_take(&memory, policy->num_observed, sizeof(float));
    own->answer = pes_problem_take(&memory, policy->num_actions, sizeof(float));
    own->room = pes_problem_take(&memory, 2 * policy->widest, sizeof(float));
    return memory.used;
}

static pes_status worker_open(void *user, int64_t max_count, void **worker) {
    const pes_control *control = user;
    const pes_environment *environment = &control->environment;
    scratch measure;
    (void)max_count;
    PES_PROBLEM_TRY(pes_problem_worker_allocate(
        worker, (int64_t)lay_out(control, NULL, &measure), "observations and actions"));
    scratch *own = *worker;
    (void)lay_out(control, *worker, own);
    const pes_status status =
        environment->worker_open != NULL
            ? environment->worker_open(environment->user, &own->environment)
            : PES_OK;
    if (status != PES_OK) {
        pes_problem_worker_free(user, *worker);
        *worker = NULL;
    }
    return status;
}

static void worker_close(void *user, void *worker) {
    const pes_environment *environment = &((const pes_control *)user)->environment;
    if (environment->worker_close != NULL) {
        environment->worker_close(environment->user, ((scratch *)worker)->environment);
    }
    pes_problem_worker_free(user, worker);
}

static int64_t worker_bytes(const pes_control *control) {
    scratch measure;
    return (int64_t)lay_out(control, NULL, &measure) + control->environment.worker_bytes;
}

// ---- a group --------------------------------------------------------------------------------

// The particles of a group that are still under way, in the order of the batch.
typedef struct group {
    int64_t count;
    pes_actor actor[GROUP];
    int64_t row[GROUP]; // of the batch
    double reward[GROUP];
    bool ended[GROUP];
} group;

static pes_actor actor_of(const pes_control *control, const pes_batch *batch, int64_t row) {
    return (pes_actor){
        .state = (unsigned char *)batch->state + row * control->state_bytes,
        .stream = &batch->stream[row],
        .clock = batch->clock[row],
    };
}

static double *gathered_of(const pes_control *control, void *state) {
    return (double *)(void *)((unsigned char *)state + control->gathered_at);
}

static pes_status init(void *user, void *worker, const pes_batch *batch) {
    const pes_control *control = user;
    const scratch *own = worker;
    for (int64_t row = 0; row < batch->count; row++) {
        const pes_actor actor = actor_of(control, batch, row);
        memset((unsigned char *)actor.state + control->memory_at, 0,
               (size_t)(control->state_bytes - control->memory_at));
        PES_PROBLEM_TRY(
            control->environment.reset(control->environment.user, own->environment, &actor));
    }
    return PES_OK;
}

// What the policy of one particle does. False: it saw something that is not finite.
static bool act(const pes_control *control, const scratch *own, const pes_batch *batch,
                const group *g, int64_t i) {
    const pes_policy *policy = &control->policy;
    const double *observation = own->observation + i * policy->num_observed;
    double *action = own->action + i * policy->num_actions;
    float *memory = (float *)(void *)((unsigned char *)g->actor[i].state + control->memory_at);
    bool finite = true;
    for (int64_t k = 0; k < policy->num_observed; k++) {
        own->seen[k] = (float)observation[k];
        finite = finite && isfinite(own->seen[k]);
    }
    if (finite && control->normalize.numbers > 0) {
        const double *common = batch->common != NULL ? batch->common : control->common;
        pes_normalize_see(&control->normalize, common, gathered_of(control, g->actor[i].state),
                          observation, own->seen);
    }
    pes_policy_act(policy, batch->theta + g->row[i] * policy->num_params, own->seen, memory,
                   own->room, own->answer);
    for (int64_t k = 0; k < policy->num_actions; k++) {
        action[k] = (double)own->answer[k];
        finite = finite && isfinite(action[k]);
    }
    return finite;
}

// Particle i of the group has no finite losses from step t of the batch on.
static void lose(const pes_batch *batch, int64_t row, int64_t t) {
    for (; t < batch->steps; t++) {
        batch->loss[row * batch->steps + t] = (double)NAN;
    }
}

// Keep those of the group that `stays` names, and their actions.
static void keep(group *g, const bool *stays, int64_t num_actions, double *action) {
    int64_t kept = 0;
    for (int64_t i = 0; i < g->count; i++) {
        if (stays[i]) {
            g->actor[kept] = g->actor[i];
            g->row[kept] = g->row[i];
            memmove(action + kept * num_actions, action + i * num_actions,
                    (size_t)num_actions * sizeof *action);
            kept++;
        }
    }
    g->count = kept;
}

static void decide(const pes_control *control, const scratch *own, const pes_batch *batch,
                   group *g, int64_t t) {
    const pes_environment *e = &control->environment;
    bool stays[GROUP];
    e->observe(e->user, own->environment, g->count, g->actor, own->observation);
    for (int64_t i = 0; i < g->count; i++) {
        stays[i] = act(control, own, batch, g, i);
        if (!stays[i]) {
            lose(batch, g->row[i], t);
        }
    }
    keep(g, stays, e->num_actions, own->action);
    control->bound(e, g->count * e->num_actions, own->action);
}

static pes_status take_step(const pes_control *control, const scratch *own,
                            const pes_batch *batch, group *g, int64_t t) {
    const pes_environment *e = &control->environment;
    bool stays[GROUP];
    memset(g->ended, 0, sizeof g->ended);
    PES_PROBLEM_TRY(e->step(e->user, own->environment, g->count, g->actor, own->action,
                            g->reward, g->ended));
    for (int64_t i = 0; i < g->count; i++) {
        const int64_t row = g->row[i];
        const bool lost = !isfinite(g->reward[i]);
        batch->loss[row * batch->steps + t] = -g->reward[i];
        g->actor[i].clock++;
        if (lost) {
            lose(batch, row, t);
        } else if (g->ended[i]) {
            batch->ended[row] = t + 1;
        }
        stays[i] = !lost && !g->ended[i];
    }
    keep(g, stays, e->num_actions, own->action);
    return PES_OK;
}

static pes_status unroll(void *user, void *worker, const pes_batch *batch) {
    const pes_control *control = user;
    const scratch *own = worker;
    memset(batch->loss, 0, (size_t)(batch->count * batch->steps) * sizeof *batch->loss);
    for (int64_t first = 0; first < batch->count; first += GROUP) {
        const int64_t left = batch->count - first;
        group g = {.count = left < GROUP ? left : GROUP};
        for (int64_t i = 0; i < g.count; i++) {
            g.actor[i] = actor_of(control, batch, first + i);
            g.row[i] = first + i;
        }
        for (int64_t t = 0; t < batch->steps && g.count > 0; t++) {
            decide(control, own, batch, &g, t);
            PES_PROBLEM_TRY(take_step(control, own, batch, &g, t));
        }
    }
    return PES_OK;
}

// ---- what particles learn in common ---------------------------------------------------------

static void common_begin(void *user, void *common) {
    const pes_control *control = user;
    memcpy(common, control->common,
           (size_t)pes_normalize_common(&control->normalize) * sizeof(double));
}

static void gather(void *user, void *state, double *gathered) {
    const pes_control *control = user;
    const size_t bytes = (size_t)pes_normalize_gathered(&control->normalize) * sizeof(double);
    memcpy(gathered, gathered_of(control, state), bytes);
    memset(gathered_of(control, state), 0, bytes);
}

static void absorb(void *user, void *common, const double *sum) {
    pes_normalize_absorb(&((const pes_control *)user)->normalize, common, sum);
}

// ---- the problem ----------------------------------------------------------------------------

static void release(void *user) {
    pes_control *control = user;
    if (control->environment.close != NULL) {
        control->environment.close(control->environment.user);
    }
    free(control->common);
    free(control);
}

static pes_status draw(void *user, void *worker, const void *state, pes_scene *scene) {
    const pes_environment *environment = &((const pes_control *)user)->environment;
    return environment->draw(environment->user, ((scratch *)worker)->environment, state, scene);
}

static int64_t in_whole_doubles(int64_t bytes) {
    return (bytes + 7) / 8 * 8;
}

static void describe(pes_problem *problem, const char *name) {
    pes_control *control = problem->user;
    const pes_environment *environment = &control->environment;
    control->memory_at = in_whole_doubles(environment->state_bytes);
    control->gathered_at = control->memory_at + in_whole_doubles(control->policy.num_memory *
                                                                 (int64_t)sizeof(float));
    control->state_bytes = control->gathered_at + pes_normalize_gathered(&control->normalize) *
                                                      (int64_t)sizeof(double);
    problem->horizon = environment->horizon;
    problem->record = environment->replay != NULL && control->normalize.numbers == 0
                          ? pes_control_record
                          : NULL;
    problem->draw = environment->draw != NULL ? draw : NULL;
    problem->flops = environment->flops > 0.0
                         ? environment->flops + pes_policy_flops(&control->policy)
                         : 0.0;
    pes_system *system = &problem->system;
    system->name = name;
    system->state_bytes = control->state_bytes;
    system->batch_hint = environment->batch_hint;
    system->init = init;
    system->unroll = unroll;
    system->worker_open = worker_open;
    system->worker_close = worker_close;
    system->worker_bytes = worker_bytes(control);
    if (control->normalize.numbers > 0) {
        problem->common = control->common;
        system->common_bytes =
            pes_normalize_common(&control->normalize) * (int64_t)sizeof(double);
        system->num_gathered = pes_normalize_gathered(&control->normalize);
        system->common_begin = common_begin;
        system->gather = gather;
        system->absorb = absorb;
    }
}

bool pes_control_measure(const void *options, int64_t index, int64_t steps,
                         pes_problem_measure *out) {
    (void)options, (void)steps;
    *out = (pes_problem_measure){.name = "return", .objective = "sum", .scale = -1.0};
    return index == 0;
}

static void close_environment(const pes_environment *environment) {
    if (environment->close != NULL) {
        environment->close(environment->user);
    }
}

// Room for statistics.
static pes_status prepare_normalization(pes_control *control) {
    const pes_policy_options *options = &control->policy.options;
    control->normalize = (pes_normalize){
        .numbers = options->normalize ? control->environment.num_observed : 0,
        .clip = options->normalize_clip,
        .until = options->normalize_until,
    };
    if (!options->normalize) {
        return PES_OK;
    }
    control->common =
        malloc((size_t)pes_normalize_common(&control->normalize) * sizeof(double));
    PES_PROBLEM_REQUIRE(control->common != NULL, PES_E_MEMORY,
                        "no memory for the statistics of %lld numbers",
                        (long long)control->normalize.numbers);
    return PES_OK;
}

pes_status pes_control_create(pes_problem **out, const char *name,
                              const pes_environment *environment,
                              const pes_policy_options *options) {
    pes_control made = {.environment = *environment};
    *out = NULL;
    pes_status status = pes_policy_create(&made.policy, options, environment->num_observed,
                                          environment->num_actions);
    status = status == PES_OK ? choose_bounds(&made) : status;
    status = status == PES_OK ? prepare_normalization(&made) : status;
    pes_problem *problem = NULL;
    status = status == PES_OK
                 ? pes_problem_allocate(&problem, made.policy.num_params, sizeof made)
                 : status;
    if (status != PES_OK) {
        close_environment(environment);
        free(made.common);
        return status;
    }
    *(pes_control *)problem->user = made;
    problem->release = release;
    describe(problem, name);
    status = pes_policy_start(problem->user, problem->theta);
    if (status != PES_OK) {
        pes_problem_close(problem);
        return status;
    }
    *out = problem;
    return PES_OK;
}
