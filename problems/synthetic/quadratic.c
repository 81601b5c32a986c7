// A leaky sum that should hit a target, in each of `dimension` coordinates:
//
//     s_t = decay s_{t-1} + theta,    L_t = sum over coordinates of (s_t - target - z_t)^2 / 2
//     s_0 = noise z_0,                z_t standard normals times noise
//
// s_t is linear and L_t quadratic in every perturbation that the particle has received.
// Smoothing a quadratic by independent noise of mean zero only adds a constant, be it fresh
// noise each truncation (PES) or one draw for the episode (NRES), and the system's own noise z
// does the same. So the gradient that an unbiased estimator finds is that of the noiseless sum
// of losses,
//
//     sum over t of (s_t - target) g_t,    g_t = decay g_{t-1} + 1,    g_0 = 0
//
// for any sigma. Truncated ES restarts g from 0 with every truncation.

#include <stdlib.h>
#include <string.h>

#include "problems/problem.h"
#include "problems/registry.h"

typedef struct quadratic_options {
    uint32_t size;
    int64_t dimension; // P, coordinates
    int64_t horizon;   // inner steps per episode
    double decay;      // share of the state that survives a step
    double target;     // where every coordinate should be
    double noise;      // standard deviation of the initial state and of the target's jitter
    double start;      // every element of the initial theta
} quadratic_options;

enum { DRAW_STATE = 0, DRAW_TARGET = 1 }; // what is drawn, pes/noise.h

static void set_default(void *options) {
    *(quadratic_options *)options = (quadratic_options){
        .size = (uint32_t)sizeof(quadratic_options),
        .dimension = 2,
        .horizon = 100,
        .decay = 0.9,
        .target = 1.0,
    };
}

static const pes_field fields[] = {
    PES_PROBLEM_INT(quadratic_options, dimension, 1, 1e6, "", "number of parameters"),
    PES_PROBLEM_INT(quadratic_options, horizon, 1, 1e9, "inner steps", "length of an episode"),
    PES_PROBLEM_REAL(quadratic_options, decay, -1.0, 1.0, "",
                     "share of the state that survives a step"),
    PES_PROBLEM_REAL(quadratic_options, target, -1e6, 1e6, "",
                     "the value that every coordinate of the state should have"),
    PES_PROBLEM_REAL(quadratic_options, noise, 0.0, 1e6, "",
                     "standard deviation of the initial state and of each step's target"),
    PES_PROBLEM_REAL(quadratic_options, start, -1e6, 1e6, "",
                     "initial value of every parameter"),
};
static const pes_field_table table = PES_PROBLEM_FIELDS(quadratic_options, fields, set_default);

// Scratch for one particle and one step.
typedef struct scratch {
    float *z;     // dimension, noise of the step; stays zero without noise
    double *miss; // dimension, s_t - target - noise z_t
} scratch;

static pes_status worker_open(void *user, int64_t max_count, void **worker) {
    const size_t dimension = (size_t)((const quadratic_options *)user)->dimension;
    (void)max_count;
    scratch *own = calloc(1, sizeof *own + dimension * (sizeof(double) + sizeof(float)));
    PES_PROBLEM_REQUIRE(own != NULL, PES_E_MEMORY, "no memory for %zu numbers of noise",
                        dimension);
    own->miss = (double *)(own + 1);
    own->z = (float *)(own->miss + dimension);
    *worker = own;
    return PES_OK;
}

static void worker_close(void *user, void *worker) {
    (void)user;
    free(worker);
}

static pes_status init(void *user, void *worker, const pes_batch *batch) {
    const quadratic_options *options = user;
    const int64_t dimension = options->dimension;
    float *z = ((scratch *)worker)->z;
    for (int64_t i = 0; i < batch->count; i++) {
        double *state = (double *)batch->state + i * dimension;
        pes_noise_normal(&batch->stream[i], DRAW_STATE, 0, dimension, z);
        for (int64_t d = 0; d < dimension; d++) {
            state[d] = options->noise * (double)z[d];
        }
    }
    return PES_OK;
}

static void draw(const quadratic_options *options, const pes_batch *batch, int64_t i, int64_t t,
                 float *z) {
    if (options->noise > 0.0) {
        pes_noise_normal(&batch->stream[i], DRAW_TARGET, (uint32_t)(batch->clock[i] + t),
                         options->dimension, z);
    } else if (t == 0) {
        memset(z, 0, (size_t)options->dimension * sizeof *z); // init's draw
    }
}

// One step; its misses too, where `miss` is not NULL.
static inline double step(const quadratic_options *options, const float *theta, const float *z,
                          double *state, double *miss) {
    double loss = 0.0;
    for (int64_t d = 0; d < options->dimension; d++) {
        state[d] = options->decay * state[d] + (double)theta[d];
        const double off = state[d] - options->target - options->noise * (double)z[d];
        loss += 0.5 * off * off;
        if (miss != NULL) {
            miss[d] = off;
        }
    }
    return loss;
}

static pes_status unroll(void *user, void *worker, const pes_batch *batch) {
    const quadratic_options *options = user;
    float *z = ((scratch *)worker)->z;
    for (int64_t i = 0; i < batch->count; i++) {
        double *state = (double *)batch->state + i * options->dimension;
        const float *theta = batch->theta + i * options->dimension;
        for (int64_t t = 0; t < batch->steps; t++) {
            draw(options, batch, i, t, z);
            batch->loss[i * batch->steps + t] = step(options, theta, z, state, NULL);
        }
    }
    return PES_OK;
}

// ds_t = decay ds_{t-1} + dtheta, dL_t = sum of miss_t ds_t
static double step_tangent(const quadratic_options *options, const double *miss,
                           const double *theta, double *state) {
    double loss = 0.0;
    for (int64_t d = 0; d < options->dimension; d++) {
        state[d] = options->decay * state[d] + theta[d];
        loss += miss[d] * state[d];
    }
    return loss;
}

static pes_status unroll_tangents(void *user, void *worker, const pes_batch *batch,
                                  const pes_tangents *tangents) {
    const quadratic_options *options = user;
    const scratch *own = worker;
    const int64_t n = options->dimension, steps = batch->steps, m = tangents->directions;
    for (int64_t i = 0; i < batch->count; i++) {
        for (int64_t t = 0; t < steps; t++) {
            draw(options, batch, i, t, own->z);
            batch->loss[i * steps + t] = step(options, batch->theta + i * n, own->z,
                                              (double *)batch->state + i * n, own->miss);
            for (int64_t row = i * m; row < (i + 1) * m; row++) {
                tangents->loss[row * steps + t] = step_tangent(
                    options, own->miss, tangents->theta + row * n, tangents->state + row * n);
            }
        }
    }
    return PES_OK;
}

// One step back, with a = dF/ds_t: a gains weight_t miss_t, dF/dtheta gains a, and decay a goes
// on to s_{t-1}.
static void step_back(const quadratic_options *options, double weight, const double *miss,
                      double *state, double *theta) {
    for (int64_t d = 0; d < options->dimension; d++) {
        const double a = state[d] + weight * miss[d];
        theta[d] += a;
        state[d] = options->decay * a;
    }
}

// The tape holds the misses.
static pes_status unroll_adjoints(void *user, void *worker, const pes_batch *batch,
                                  const pes_adjoints *adjoints) {
    const quadratic_options *options = user;
    const scratch *own = worker;
    const int64_t n = options->dimension, steps = batch->steps;
    for (int64_t i = 0; i < batch->count; i++) {
        double *miss = (double *)adjoints->tape + i * steps * n;
        for (int64_t t = 0; t < steps; t++) {
            draw(options, batch, i, t, own->z);
            batch->loss[i * steps + t] = step(options, batch->theta + i * n, own->z,
                                              (double *)batch->state + i * n, miss + t * n);
        }
        for (int64_t t = steps - 1; t >= 0; t--) {
            step_back(options, adjoints->weight[i * steps + t], miss + t * n,
                      adjoints->state + i * n, adjoints->theta + i * n);
        }
    }
    return PES_OK;
}

static pes_status create(pes_problem **out, const void *given, const pes_data_folders *data) {
    const quadratic_options *options = given;
    (void)data;
    *out = NULL;
    PES_PROBLEM_TRY(pes_fields_check(&table, options));
    pes_problem *problem;
    PES_PROBLEM_TRY(pes_problem_allocate(&problem, options->dimension, sizeof *options));
    *(quadratic_options *)problem->user = *options;
    for (int64_t d = 0; d < options->dimension; d++) {
        problem->theta[d] = (float)options->start;
    }
    problem->horizon = options->horizon;
    problem->flops = 6.0 * (double)options->dimension;
    problem->system.name = pes_problem_quadratic.name;
    problem->system.state_bytes = options->dimension * (int64_t)sizeof(double);
    problem->system.init = init;
    problem->system.unroll = unroll;
    problem->system.worker_open = worker_open;
    problem->system.worker_close = worker_close;
    problem->system.worker_bytes =
        (int64_t)sizeof(scratch) +
        options->dimension * (int64_t)(sizeof(double) + sizeof(float));
    problem->system.num_reals = options->dimension;
    problem->system.tape_bytes = options->dimension * (int64_t)sizeof(double);
    problem->system.unroll_tangents = unroll_tangents;
    problem->system.unroll_adjoints = unroll_adjoints;
    *out = problem;
    return PES_OK;
}

static int64_t num_params(const void *options) {
    return ((const quadratic_options *)options)->dimension;
}

static const char *param_name(const void *options, int64_t index, char room[PES_NAME_SIZE]) {
    (void)room;
    return index >= 0 && index < num_params(options) ? "theta" : NULL;
}

static void exact_gradient(const void *given, const float *theta, int64_t horizon,
                           int64_t truncation, double sigma, double *gradient) {
    const quadratic_options *options = given;
    (void)sigma;
    for (int64_t d = 0; d < options->dimension; d++) {
        double state = 0.0, slope = 0.0;
        gradient[d] = 0.0;
        for (int64_t t = 0; t < horizon; t++) {
            const bool cut = truncation > 0 && t % truncation == 0;
            slope = (cut ? 0.0 : options->decay * slope) + 1.0;
            state = options->decay * state + (double)theta[d];
            gradient[d] += (state - options->target) * slope;
        }
    }
}

const pes_problem_type pes_problem_quadratic = {
    .name = "quadratic",
    .summary =
        "a leaky sum of theta with a squared loss, whose smoothed gradient is known exactly",
    .fields = &table,
    .create = create,
    .num_params = num_params,
    .param_name = param_name,
    .exact_gradient = exact_gradient,
};
