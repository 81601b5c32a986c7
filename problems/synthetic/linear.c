// A sum that never forgets, in each of `dimension` coordinates:
//
//     s_t = s_{t-1} + theta,    L_t = sum over coordinates of s_t,    s_0 = 0
//
// The losses are linear in theta, so the expectation of an estimator is known for any sigma:
// the gradient over T steps is T (T + 1) / 2 in each coordinate, and truncated ES, which sees
// only the K steps since its shared state, finds K (K + 1) / 2 in each of the T / K updates. It
// is the test that catches most wrong implementations (Vicol, Metz, Sohl-Dickstein 2021,
// appendix), and so cheap that it measures what the library itself costs.

#include <stdlib.h>
#include <string.h>

#include "problems/problem.h"
#include "problems/registry.h"

typedef struct linear_options {
    uint32_t size;
    int64_t dimension;   // P, coordinates
    int64_t horizon;     // inner steps per episode
    int64_t episode_end; // inner steps after which the system ends an episode; 0: never
} linear_options;

static void set_default(void *options) {
    *(linear_options *)options = (linear_options){
        .size = (uint32_t)sizeof(linear_options), .dimension = 1, .horizon = 100};
}

static const pes_field fields[] = {
    PES_PROBLEM_INT(linear_options, dimension, 1, 1e8, "", "number of parameters"),
    PES_PROBLEM_INT(linear_options, horizon, 1, 1e9, "inner steps", "length of an episode"),
    PES_PROBLEM_INT(linear_options, episode_end, 0, 1e9, "inner steps",
                    "the system itself ends an episode after this many steps; 0: never"),
};
static const pes_field_table table = PES_PROBLEM_FIELDS(linear_options, fields, set_default);

static pes_status init(void *user, void *worker, const pes_batch *batch) {
    const linear_options *options = user;
    (void)worker;
    double *state = batch->state;
    for (int64_t i = 0; i < batch->count * options->dimension; i++) {
        state[i] = 0.0;
    }
    return PES_OK;
}

// One coordinate of one particle; the first one sets the losses, the others add to them.
static double walk(double state, double theta, int64_t steps, double *loss) {
    for (int64_t t = 0; t < steps; t++) {
        state += theta;
        loss[t] = state;
    }
    return state;
}

static double walk_on(double state, double theta, int64_t steps, double *loss) {
    for (int64_t t = 0; t < steps; t++) {
        state += theta;
        loss[t] += state;
    }
    return state;
}

// Four particles with one coordinate: their additions need not wait for each other.
static void walk_four(double state[4], const float theta[4], int64_t steps, double *loss) {
    double a = state[0], b = state[1], c = state[2], d = state[3];
    const double to_a = (double)theta[0], to_b = (double)theta[1], to_c = (double)theta[2],
                 to_d = (double)theta[3];
    for (int64_t t = 0; t < steps; t++) {
        loss[t] = a += to_a;
        loss[t + steps] = b += to_b;
        loss[t + 2 * steps] = c += to_c;
        loss[t + 3 * steps] = d += to_d;
    }
    state[0] = a;
    state[1] = b;
    state[2] = c;
    state[3] = d;
}

// The first particle of those that are left.
static int64_t walk_fours(int64_t dimension, const pes_batch *batch) {
    int64_t i = 0;
    for (; dimension == 1 && i + 4 <= batch->count; i += 4) {
        walk_four((double *)batch->state + i, batch->theta + i, batch->steps,
                  batch->loss + i * batch->steps);
    }
    return i;
}

static void end_episodes(int64_t episode_end, const pes_batch *batch) {
    for (int64_t i = 0; episode_end > 0 && i < batch->count; i++) {
        const int64_t left = episode_end - batch->clock[i];
        if (left > 0 && left <= batch->steps) {
            batch->ended[i] = left;
        }
    }
}

static pes_status unroll(void *user, void *worker, const pes_batch *batch) {
    const linear_options *options = user;
    (void)worker;
    const int64_t dimension = options->dimension;
    const int64_t steps = batch->steps;
    for (int64_t i = walk_fours(dimension, batch); i < batch->count; i++) {
        double *state = (double *)batch->state + i * dimension;
        const float *theta = batch->theta + i * dimension;
        double *loss = batch->loss + i * steps;
        state[0] = walk(state[0], (double)theta[0], steps, loss);
        for (int64_t d = 1; d < dimension; d++) {
            state[d] = walk_on(state[d], (double)theta[d], steps, loss);
        }
    }
    end_episodes(options->episode_end, batch);
    return PES_OK;
}

// The steps of particle i that belong to its episode.
static int64_t valid_steps(const pes_batch *batch, int64_t i) {
    return batch->ended[i] > 0 ? batch->ended[i] : batch->steps;
}

// ds_t = ds_{t-1} + dtheta, dL_t = sum over coordinates of ds_t
static void walk_tangent(int64_t dimension, int64_t valid, const double *theta, double *state,
                         double *loss) {
    for (int64_t t = 0; t < valid; t++) {
        double sum = 0.0;
        for (int64_t d = 0; d < dimension; d++) {
            state[d] += theta[d];
            sum += state[d];
        }
        loss[t] = sum;
    }
}

static pes_status unroll_tangents(void *user, void *worker, const pes_batch *batch,
                                  const pes_tangents *tangents) {
    const int64_t dimension = ((const linear_options *)user)->dimension;
    const int64_t directions = tangents->directions;
    PES_PROBLEM_TRY(unroll(user, worker, batch));
    for (int64_t row = 0; row < batch->count * directions; row++) {
        double *loss = tangents->loss + row * batch->steps;
        memset(loss, 0, (size_t)batch->steps * sizeof *loss);
        walk_tangent(dimension, valid_steps(batch, row / directions),
                     tangents->theta + row * dimension, tangents->state + row * dimension,
                     loss);
    }
    return PES_OK;
}

// Backwards, with a = dF/ds_t: a gains the weight of L_t, dF/dtheta gains a.
static pes_status unroll_adjoints(void *user, void *worker, const pes_batch *batch,
                                  const pes_adjoints *adjoints) {
    const int64_t dimension = ((const linear_options *)user)->dimension;
    PES_PROBLEM_TRY(unroll(user, worker, batch));
    for (int64_t i = 0; i < batch->count; i++) {
        double *state = adjoints->state + i * dimension;
        double *theta = adjoints->theta + i * dimension;
        const double *weight = adjoints->weight + i * batch->steps;
        for (int64_t t = valid_steps(batch, i) - 1; t >= 0; t--) {
            for (int64_t d = 0; d < dimension; d++) {
                state[d] += weight[t];
                theta[d] += state[d];
            }
        }
    }
    return PES_OK;
}

static pes_status create(pes_problem **out, const void *given, const pes_data_folders *data) {
    const linear_options *options = given;
    (void)data;
    *out = NULL;
    PES_PROBLEM_TRY(pes_fields_check(&table, options));
    pes_problem *problem;
    PES_PROBLEM_TRY(pes_problem_allocate(&problem, options->dimension, sizeof *options));
    *(linear_options *)problem->user = *options;
    problem->horizon = options->horizon;
    problem->flops = 2.0 * (double)options->dimension;
    problem->system.name = pes_problem_linear.name;
    problem->system.state_bytes = options->dimension * (int64_t)sizeof(double);
    problem->system.init = init;
    problem->system.unroll = unroll;
    problem->system.num_reals = options->dimension;
    problem->system.unroll_tangents = unroll_tangents;
    problem->system.unroll_adjoints = unroll_adjoints;
    *out = problem;
    return PES_OK;
}

static int64_t num_params(const void *options) {
    return ((const linear_options *)options)->dimension;
}

static const char *param_name(const void *options, int64_t index, char room[PES_NAME_SIZE]) {
    (void)room;
    return index >= 0 && index < num_params(options) ? "theta" : NULL;
}

static void exact_gradient(const void *given, const float *theta, int64_t horizon,
                           int64_t truncation, double sigma, double *gradient) {
    const linear_options *options = given;
    (void)theta, (void)sigma;
    const int64_t end = options->episode_end;
    const int64_t length = end > 0 && end < horizon ? end : horizon;
    const int64_t chunk = truncation > 0 && truncation < length ? truncation : length;
    const double whole = 0.5 * (double)chunk * (double)(chunk + 1);
    const double rest = (double)(length % chunk);
    const double slope = (double)(length / chunk) * whole + 0.5 * rest * (rest + 1.0);
    for (int64_t d = 0; d < options->dimension; d++) {
        gradient[d] = slope;
    }
}

const pes_problem_type pes_problem_linear = {
    .name = "linear",
    .summary =
        "a running sum of theta, whose gradient is known for every method (the PES paper's "
        "test of bias)",
    .fields = &table,
    .create = create,
    .num_params = num_params,
    .param_name = param_name,
    .exact_gradient = exact_gradient,
};
