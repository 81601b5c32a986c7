// The list of built-in problems. Adding one is a file with its pes_problem_type and a row here.

#include "problems/registry.h"

#include <stdlib.h>
#include <string.h>

#include "problems/problem.h"

static const pes_problem_type *const types[] = {
    &pes_problem_linear,       &pes_problem_quadratic,
    &pes_problem_regression2d, &pes_problem_influence,
    &pes_problem_lorenz,       &pes_problem_mlp_training,
    &pes_problem_lstm,         &pes_problem_ridge,
    &pes_problem_pendulum,     &pes_problem_learned_optimizer,
    &pes_problem_cart_pole,    &pes_problem_swimmer,
    &pes_problem_half_cheetah, &pes_problem_hopper,
    &pes_problem_mujoco,
};

const pes_problem_type *pes_problem_type_get(int64_t index) {
    const int64_t count = (int64_t)(sizeof types / sizeof *types);
    return index >= 0 && index < count ? types[index] : NULL;
}

const pes_problem_type *pes_problem_type_find(const char *name) {
    for (int64_t i = 0; name != NULL && pes_problem_type_get(i) != NULL; i++) {
        if (strcmp(types[i]->name, name) == 0) {
            return types[i];
        }
    }
    return NULL;
}

pes_status pes_problem_allocate(pes_problem **out, int64_t num_params, size_t user_bytes) {
    *out = NULL;
    pes_problem *problem = calloc(1, sizeof *problem);
    float *theta = calloc((size_t)num_params, sizeof *theta);
    void *user = calloc(1, user_bytes);
    if (problem == NULL || theta == NULL || user == NULL) {
        free(user);
        free(theta);
        free(problem);
        return pes_fail(PES_E_MEMORY, "no memory for a problem of %lld parameters",
                        (long long)num_params);
    }
    problem->system.size = (uint32_t)sizeof(pes_system);
    problem->system.num_params = num_params;
    problem->system.user = user;
    problem->theta = theta;
    problem->user = user;
    *out = problem;
    return PES_OK;
}

void pes_problem_close(pes_problem *problem) {
    if (problem == NULL) {
        return;
    }
    if (problem->release != NULL) {
        problem->release(problem->user);
    } else {
        free(problem->user);
    }
    free(problem->theta);
    free(problem);
}

const pes_system *pes_problem_system(const pes_problem *problem) {
    return &problem->system;
}

const float *pes_problem_theta(const pes_problem *problem) {
    return problem->theta;
}

void pes_problem_start(pes_problem *problem, const pes_problem_type *type, const void *options,
                       uint64_t seed) {
    if (type->start != NULL) {
        type->start(options, seed, problem->theta);
    }
}

pes_status pes_problem_set_common(pes_problem *problem, const void *common, int64_t bytes) {
    PES_PROBLEM_REQUIRE(bytes == problem->system.common_bytes, PES_E_FORMAT,
                        "there are %lld bytes that particles have learned in common, but these "
                        "settings of %s need %lld; use the settings of the run",
                        (long long)bytes, problem->system.name,
                        (long long)problem->system.common_bytes);
    if (bytes > 0) {
        memcpy(problem->common, common, (size_t)bytes);
    }
    return PES_OK;
}

const void *pes_problem_common(const pes_problem *problem) {
    return problem->system.common_bytes > 0 ? problem->common : NULL;
}

bool pes_problem_has_picture(const pes_problem *problem) {
    return problem->draw != NULL;
}

pes_status pes_problem_draw(const pes_problem *problem, void *worker, const void *state,
                            pes_scene *out) {
    return problem->draw(problem->user, worker, state, out);
}

int64_t pes_problem_horizon(const pes_problem *problem) {
    return problem->horizon;
}

bool pes_problem_needs_horizon(const pes_problem *problem) {
    return problem->needs_horizon;
}

uint64_t pes_problem_bytes(const pes_problem *problem) {
    return problem->bytes;
}

double pes_problem_flops(const pes_problem *problem) {
    return problem->flops;
}
