// A loop of nothing but an engine's steps: particles' actions are recorded with their policies,
// then replayed by the environment.

#include <stdlib.h>
#include <string.h>

#include "problems/control/control.h"

enum { MOST_EPISODES = 64 };

struct pes_engine_loop {
    const pes_environment *environment;
    void *worker;
    char *start;                // of each episode, state_bytes
    double *action;             // steps x num_actions
    int64_t steps, episodes;    // all of them
    int64_t end[MOST_EPISODES]; // the step after an episode's last
};

// What the policy needs to act, besides the loop.
typedef struct cast {
    const pes_control *control;
    pes_actor actor;
    double *observation;
    float *theta; // of the current particle
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
static pes_status record_episode(pes_engine_loop *loop, cast *c, int64_t steps) {
    const pes_environment *e = loop->environment;
    const size_t bytes = (size_t)e->state_bytes;
    bool ended = false;
    double reward;
    c->actor.clock = 0;
    memset(c->actor.state, 0, bytes);
    memset(c->memory, 0, ((size_t)c->control->policy.num_memory + 1) * sizeof *c->memory);
    PES_PROBLEM_TRY(e->reset(e->user, loop->worker, &c->actor));
    memcpy(loop->start + loop->episodes * e->state_bytes, c->actor.state, bytes);
    while (loop->steps < steps && !ended) {
        double *action = loop->action + loop->steps * e->num_actions;
        e->observe(e->user, loop->worker, 1, &c->actor, c->observation);
        act(c, action);
        PES_PROBLEM_TRY(e->step(e->user, loop->worker, 1, &c->actor, action, &reward, &ended));
        loop->steps++;
        c->actor.clock++;
    }
    loop->end[loop->episodes++] = loop->steps;
    return PES_OK;
}

static pes_status record_episodes(pes_engine_loop *loop, cast *c,
                                  const pes_engine_course *course) {
    const int64_t params = c->control->policy.num_params;
    while (loop->steps < course->steps && loop->episodes < MOST_EPISODES) {
        const pes_stream stream = {.seed = course->seed, .episode = (uint32_t)loop->episodes};
        c->actor.stream = &stream;
        pes_noise_normal(&stream, 0, 0, params, c->theta);
        for (int64_t i = 0; i < params; i++) {
            c->theta[i] = course->theta[i] + (float)course->sigma * c->theta[i];
        }
        PES_PROBLEM_TRY(record_episode(loop, c, course->steps));
    }
    return PES_OK;
}

static pes_status record_all(pes_engine_loop *loop, const pes_control *control,
                             const pes_engine_course *course) {
    const pes_policy *policy = &control->policy;
    const size_t params = (size_t)policy->num_params, memory = (size_t)policy->num_memory + 1;
    const size_t seen = (size_t)policy->num_observed, done = (size_t)policy->num_actions;
    const size_t room = 2 * (size_t)policy->widest;
    void *state = calloc(1, (size_t)loop->environment->state_bytes);
    double *observation = calloc(seen, sizeof *observation);
    float *floats = calloc(params + seen + done + memory + room, sizeof *floats);
    pes_status status =
        pes_fail(PES_E_MEMORY, "no memory to record %lld steps", (long long)course->steps);
    if (state != NULL && observation != NULL && floats != NULL) {
        cast c = {.control = control,
                  .actor = {.state = state},
                  .observation = observation,
                  .theta = floats,
                  .seen = floats + params,
                  .answer = floats + params + seen,
                  .memory = floats + params + seen + done,
                  .room = floats + params + seen + done + memory};
        status = record_episodes(loop, &c, course);
    }
    free(floats);
    free(observation);
    free(state);
    return status;
}

static pes_status allocate(pes_engine_loop *loop, int64_t steps) {
    const pes_environment *e = loop->environment;
    loop->start = calloc(MOST_EPISODES, (size_t)e->state_bytes);
    loop->action = calloc((size_t)(steps * e->num_actions), sizeof *loop->action);
    return loop->start != NULL && loop->action != NULL
               ? e->worker_open(e->user, &loop->worker)
               : pes_fail(PES_E_MEMORY, "no memory to record steps");
}

pes_status pes_control_record(const pes_problem *problem, const pes_engine_course *course,
                              pes_engine_loop **out) {
    const pes_control *control = problem->user;
    *out = NULL;
    pes_engine_loop *loop = calloc(1, sizeof *loop);
    PES_PROBLEM_REQUIRE(loop != NULL, PES_E_MEMORY, "no memory to record steps");
    loop->environment = &control->environment;
    pes_status status = allocate(loop, course->steps);
    status = status == PES_OK ? record_all(loop, control, course) : status;
    if (status != PES_OK) {
        pes_engine_loop_close(loop);
        return status;
    }
    *out = loop;
    return PES_OK;
}

pes_status pes_engine_loop_open(pes_engine_loop **out, const pes_problem *problem,
                                const pes_engine_course *course, int64_t *taken) {
    *out = NULL;
    *taken = 0;
    PES_PROBLEM_REQUIRE(problem->record != NULL && course->steps > 0, PES_E_ARGUMENT,
                        "%s is built on no engine, or normalizes observations",
                        problem->system.name);
    PES_PROBLEM_TRY(problem->record(problem, course, out));
    *taken = (*out)->steps;
    return PES_OK;
}

pes_status pes_engine_loop_run(const pes_engine_loop *loop) {
    const pes_environment *e = loop->environment;
    int64_t begin = 0;
    for (int64_t k = 0; k < loop->episodes; k++) {
        PES_PROBLEM_TRY(e->replay(e->user, loop->worker, loop->start + k * e->state_bytes,
                                  loop->action + begin * e->num_actions, loop->end[k] - begin));
        begin = loop->end[k];
    }
    return PES_OK;
}

void pes_engine_loop_close(pes_engine_loop *loop) {
    if (loop != NULL) {
        if (loop->worker != NULL) {
            loop->environment->worker_close(loop->environment->user, loop->worker);
        }
        free(loop->start);
        free(loop->action);
        free(loop);
    }
}
