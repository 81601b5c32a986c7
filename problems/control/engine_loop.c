// A loop of nothing but an engine's steps: one particle's actions are recorded with its policy,
// then replayed by the environment.

#include <stdlib.h>
#include <string.h>

#include "problems/control/control.h"

struct pes_engine_loop {
    const pes_environment *environment;
    void *worker;
    void *state;    // at the episode's start
    double *action; // steps x num_actions
    int64_t steps;
};

// What the policy needs to act, besides the loop.
typedef struct cast {
    const pes_control *control;
    const float *theta;
    pes_actor actor;
    double *observation;
    float *seen, *answer, *memory, *room;
} cast;

static void act(const cast *c, double *action) {
    const pes_policy *policy = &c->control->policy;
    const pes_environment *e = &c->control->environment;
    for (int64_t k = 0; k < policy->num_observed; k++) {
        c->seen[k] = (float)c->observation[k];
    }
    pes_policy_act(policy, c->theta, c->seen, c->memory, c->room, c->answer);
    for (int64_t k = 0; k < policy->num_actions; k++) {
        action[k] = (double)c->answer[k];
    }
    c->control->bound(e, e->num_actions, action);
}

// One episode, as control.c steps it.
static pes_status record(pes_engine_loop *loop, cast *c, int64_t steps) {
    const pes_environment *e = loop->environment;
    bool ended = false;
    double reward;
    PES_PROBLEM_TRY(e->reset(e->user, loop->worker, &c->actor));
    memcpy(loop->state, c->actor.state, (size_t)e->state_bytes);
    while (loop->steps < steps && !ended) {
        double *action = loop->action + loop->steps * e->num_actions;
        e->observe(e->user, loop->worker, 1, &c->actor, c->observation);
        act(c, action);
        PES_PROBLEM_TRY(e->step(e->user, loop->worker, 1, &c->actor, action, &reward, &ended));
        loop->steps++;
        c->actor.clock++;
    }
    return PES_OK;
}

static pes_status record_all(pes_engine_loop *loop, const pes_control *control,
                             const float *theta, uint64_t seed, int64_t steps) {
    const pes_policy *policy = &control->policy;
    const size_t seen = (size_t)policy->num_observed, done = (size_t)policy->num_actions;
    const size_t memory = (size_t)policy->num_memory + 1, room = 2 * (size_t)policy->widest;
    const pes_stream stream = {.seed = seed};
    void *state = calloc(1, (size_t)loop->environment->state_bytes);
    double *observation = calloc(seen, sizeof *observation);
    float *floats = calloc(seen + done + memory + room, sizeof *floats);
    pes_status status =
        pes_fail(PES_E_MEMORY, "no memory to record %lld steps", (long long)steps);
    if (state != NULL && observation != NULL && floats != NULL) {
        cast c = {.control = control,
                  .theta = theta,
                  .actor = {.state = state, .stream = &stream},
                  .observation = observation,
                  .seen = floats,
                  .answer = floats + seen,
                  .memory = floats + seen + done,
                  .room = floats + seen + done + memory};
        status = record(loop, &c, steps);
    }
    free(floats);
    free(observation);
    free(state);
    return status;
}

pes_status pes_control_record(const pes_problem *problem, const float *theta, uint64_t seed,
                              int64_t steps, pes_engine_loop **out) {
    const pes_control *control = problem->user;
    const pes_environment *e = &control->environment;
    *out = NULL;
    pes_engine_loop *loop = calloc(1, sizeof *loop);
    PES_PROBLEM_REQUIRE(loop != NULL, PES_E_MEMORY, "no memory to record steps");
    loop->environment = e;
    loop->state = calloc(1, (size_t)e->state_bytes);
    loop->action = calloc((size_t)(steps * e->num_actions), sizeof *loop->action);
    pes_status status = loop->state != NULL && loop->action != NULL
                            ? e->worker_open(e->user, &loop->worker)
                            : pes_fail(PES_E_MEMORY, "no memory to record steps");
    status = status == PES_OK ? record_all(loop, control, theta, seed, steps) : status;
    if (status != PES_OK) {
        pes_engine_loop_close(loop);
        return status;
    }
    *out = loop;
    return PES_OK;
}

pes_status pes_engine_loop_open(pes_engine_loop **out, const pes_problem *problem,
                                const float *theta, uint64_t seed, int64_t steps,
                                int64_t *taken) {
    *out = NULL;
    *taken = 0;
    PES_PROBLEM_REQUIRE(problem->record != NULL && steps > 0, PES_E_ARGUMENT,
                        "%s is built on no engine, or normalizes observations",
                        problem->system.name);
    PES_PROBLEM_TRY(problem->record(problem, theta, seed, steps, out));
    *taken = (*out)->steps;
    return PES_OK;
}

pes_status pes_engine_loop_run(const pes_engine_loop *loop) {
    const pes_environment *e = loop->environment;
    return e->replay(e->user, loop->worker, loop->state, loop->action, loop->steps);
}

void pes_engine_loop_close(pes_engine_loop *loop) {
    if (loop != NULL) {
        if (loop->worker != NULL) {
            loop->environment->worker_close(loop->environment->user, loop->worker);
        }
        free(loop->state);
        free(loop->action);
        free(loop);
    }
}
