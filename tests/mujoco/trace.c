// Steps an environment under actions from outside, for a test that steps Gymnasium's beside it.
//
//     mujoco-trace NAME [KEY=VALUE]... < NUMBERS
//
// NUMBERS are the positions and velocities to begin with, then one action a step. Each line of
// the output is an observation, then the reward of the step that led to it and whether it ended
// the episode; the first line has zeros there.

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "problems/control/control.h"
#include "problems/control/mujoco/mujoco.h"
#include "support/problem.h"

static bool read_numbers(int64_t count, double *out) {
    for (int64_t i = 0; i < count; i++) {
        if (scanf("%lf", &out[i]) != 1) {
            return false;
        }
    }
    return true;
}

static void print_line(const pes_environment *e, const double *seen, double reward,
                       bool ended) {
    for (int64_t i = 0; i < e->num_observed; i++) {
        printf("%.17g ", seen[i]);
    }
    printf("%.17g %d\n", reward, ended);
}

static int trace(const pes_mujoco *own, const pes_environment *e, pes_mujoco_worker *worker) {
    const pes_physics_sizes *z = &own->sizes;
    double *state = malloc((size_t)e->state_bytes);
    double *seen = malloc((size_t)e->num_observed * sizeof *seen);
    double *action = malloc((size_t)e->num_actions * sizeof *action);
    const pes_stream stream = {.seed = 1};
    const pes_actor actor = {.state = state, .stream = &stream};
    double reward = 0.0;
    bool ended = false;
    memcpy(state, own->start, (size_t)e->state_bytes);
    int failed = !read_numbers(z->num_positions + z->num_velocities, state + 1) ||
                 !own->engine->settle(worker->engine, state);
    while (!failed) {
        e->observe(e->user, worker, 1, &actor, seen);
        print_line(e, seen, reward, ended);
        if (!read_numbers(e->num_actions, action)) {
            break;
        }
        ended = false;
        failed = e->step(e->user, worker, 1, &actor, action, &reward, &ended) != PES_OK;
    }
    free(action);
    free(seen);
    free(state);
    return failed;
}

int main(int count, char **argument) {
    char settings[1024] = "";
    for (int i = 2; i < count; i++) {
        strncat(settings, argument[i], sizeof settings - strlen(settings) - 2);
        strcat(settings, " ");
    }
    const pes_problem_type *type = pes_problem_type_find(count > 1 ? argument[1] : "");
    if (type == NULL || (type->available != NULL && type->available() != PES_OK)) {
        fprintf(stderr, "%s\n", type == NULL ? "no such problem" : pes_last_error());
        return 77;
    }
    pes_problem *problem = test_problem(argument[1], settings, NULL);
    const pes_environment *e = &((const pes_control *)problem->user)->environment;
    const pes_mujoco *own = e->user;
    fprintf(stderr, "%s\n", own->engine->name);
    void *worker;
    int code = e->worker_open(e->user, &worker) != PES_OK;
    if (code == 0) {
        code = trace(own, e, worker);
        e->worker_close(e->user, worker);
    }
    pes_problem_close(problem);
    return code;
}
