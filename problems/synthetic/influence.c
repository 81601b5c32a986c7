// Influence balancing (Tallec and Ollivier 2017; section 5 of the PES paper): a linear system
// of n = 23 units and one parameter that acts on ten of them with one sign and on thirteen with
// the other,
//
//     s_i <- s_i / 2 + s_{i+1} / 2 + b_i theta,    b = (+1 ten times, -1 thirteen times)
//
// with s = 1 at first. After `loss_every` steps, and again and again, the loss is
// (s_1 - 1)^2 / 2; the other steps lose nothing. In the long run s_1 = -6 theta, so theta =
// -1/6 is the optimum; but within a few steps s_1 sees only the units that pull the other way,
// and every short truncation points away from the optimum.

#include <string.h>

#include "kernels/kernels.h"
#include "problems/problem.h"
#include "problems/registry.h"

enum { UNITS = 23, POSITIVE = 10 };
enum { BLOCK = 64 }; // particles whose states stay in the first-level cache

typedef struct influence_options {
    uint32_t size;
    int64_t loss_every;    // inner steps, from one loss to the next: K of an estimator
    double start;          // the initial theta
    const char *precision; // of the states: "double" or "single"
} influence_options;

typedef struct influence {
    influence_options options;
    const pes_kernels *kernels;
} influence;

static void set_default(void *options) {
    *(influence_options *)options = (influence_options){
        .size = (uint32_t)sizeof(influence_options),
        .loss_every = 1,
        .start = 0.5,
        .precision = "double",
    };
}

static const char *precision_name(int64_t index) {
    static const char *const name[] = {"double", "single"};
    return index < (int64_t)(sizeof name / sizeof *name) ? name[index] : NULL;
}

static const pes_field fields[] = {
    PES_PROBLEM_INT(influence_options, loss_every, 1, 1e9, "inner steps",
                    "steps from one loss to the next; the truncation, so that an unroll ends "
                    "with its only loss"),
    PES_PROBLEM_REAL(influence_options, start, -1e6, 1e6, "", "initial theta"),
    PES_PROBLEM_CHOICE(influence_options, precision, precision_name,
                       "of the states; single takes half the memory and has no derivatives"),
};
static const pes_field_table table = PES_PROBLEM_FIELDS(influence_options, fields, set_default);

static pes_status init(void *user, void *worker, const pes_batch *batch) {
    (void)user, (void)worker;
    double *state = batch->state;
    for (int64_t i = 0; i < batch->count * UNITS; i++) {
        state[i] = 1.0;
    }
    return PES_OK;
}

// s <- A s + b theta, for a state and for a direction of one alike; the kernel does the same.
static void advance(double theta, double s[UNITS]) {
    for (int i = 0; i < POSITIVE; i++) {
        s[i] = 0.5 * (s[i] + s[i + 1]) + theta;
    }
    for (int i = POSITIVE; i < UNITS - 1; i++) {
        s[i] = 0.5 * (s[i] + s[i + 1]) - theta;
    }
    s[UNITS - 1] = 0.5 * s[UNITS - 1] - theta;
}

// What is left of s_1 to its target where step number `step` has a loss, else zero.
static double residual(const influence_options *options, int64_t step, double s_1) {
    const bool counts = options->loss_every == 1 || step % options->loss_every == 0;
    return counts ? s_1 - 1.0 : 0.0;
}

// Particles first..last - 1, a block.
static void unroll_block(const influence *problem, const pes_batch *batch, int64_t first,
                         int64_t last) {
    static const double b[UNITS] = {1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  -1, -1,
                                    -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
    double *state = (double *)batch->state + first * UNITS;
    const int64_t steps = batch->steps, *clock = batch->clock;
    for (int64_t t = 0; t < steps; t++) {
        double *s = state, *loss = batch->loss + first * steps + t;
        problem->kernels->halfway(last - first, UNITS, b, batch->theta + first, state);
        for (int64_t i = first; i < last; i++, s += UNITS, loss += steps) {
            const double left = residual(&problem->options, clock[i] + t + 1, s[0]);
            *loss = 0.5 * left * left;
        }
    }
}

static pes_status unroll(void *user, void *worker, const pes_batch *batch) {
    (void)worker;
    for (int64_t i = 0; i < batch->count; i += BLOCK) {
        unroll_block(user, batch, i, i + BLOCK < batch->count ? i + BLOCK : batch->count);
    }
    return PES_OK;
}

// ---- single precision -----------------------------------------------------------------------

static pes_status init_single(void *user, void *worker, const pes_batch *batch) {
    (void)user, (void)worker;
    float *state = batch->state;
    for (int64_t i = 0; i < batch->count * UNITS; i++) {
        state[i] = 1.0f;
    }
    return PES_OK;
}

static void unroll_block_single(const influence *problem, const pes_batch *batch, int64_t first,
                                int64_t last) {
    static const float b[UNITS] = {1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  -1, -1,
                                   -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
    float *state = (float *)batch->state + first * UNITS;
    const int64_t steps = batch->steps, *clock = batch->clock;
    for (int64_t t = 0; t < steps; t++) {
        const float *s = state;
        double *loss = batch->loss + first * steps + t;
        problem->kernels->halfway_single(last - first, UNITS, b, batch->theta + first, state);
        for (int64_t i = first; i < last; i++, s += UNITS, loss += steps) {
            const double left = residual(&problem->options, clock[i] + t + 1, (double)s[0]);
            *loss = 0.5 * left * left;
        }
    }
}

static pes_status unroll_single(void *user, void *worker, const pes_batch *batch) {
    (void)worker;
    for (int64_t i = 0; i < batch->count; i += BLOCK) {
        unroll_block_single(user, batch, i,
                            i + BLOCK < batch->count ? i + BLOCK : batch->count);
    }
    return PES_OK;
}

// ---- derivatives ----------------------------------------------------------------------------

static pes_status unroll_tangents(void *user, void *worker, const pes_batch *batch,
                                  const pes_tangents *tangents) {
    const influence_options *options = &((const influence *)user)->options;
    (void)worker;
    const int64_t directions = tangents->directions, steps = batch->steps;
    for (int64_t i = 0; i < batch->count; i++) {
        double *s = (double *)batch->state + i * UNITS;
        for (int64_t t = 0; t < steps; t++) {
            advance((double)batch->theta[i], s);
            const double left = residual(options, batch->clock[i] + t + 1, s[0]);
            batch->loss[i * steps + t] = 0.5 * left * left;
            for (int64_t row = i * directions; row < (i + 1) * directions; row++) {
                double *direction = tangents->state + row * UNITS;
                advance(tangents->theta[row], direction);
                tangents->loss[row * steps + t] = left * direction[0];
            }
        }
    }
    return PES_OK;
}

// Back through one step: F by the state after it becomes F by the state before it.
static double retreat(double s[UNITS]) {
    double slope = 0.0;
    for (int i = UNITS - 1; i >= 0; i--) {
        slope += i < POSITIVE ? s[i] : -s[i];
        s[i] = 0.5 * s[i] + (i > 0 ? 0.5 * s[i - 1] : 0.0);
    }
    return slope;
}

static pes_status unroll_adjoints(void *user, void *worker, const pes_batch *batch,
                                  const pes_adjoints *adjoints) {
    const influence_options *options = &((const influence *)user)->options;
    (void)worker;
    const int64_t steps = batch->steps;
    for (int64_t i = 0; i < batch->count; i++) {
        double *s = (double *)batch->state + i * UNITS;
        double *left = (double *)adjoints->tape + i * steps;
        for (int64_t t = 0; t < steps; t++) {
            advance((double)batch->theta[i], s);
            left[t] = residual(options, batch->clock[i] + t + 1, s[0]);
            batch->loss[i * steps + t] = 0.5 * left[t] * left[t];
        }
        double *back = adjoints->state + i * UNITS;
        for (int64_t t = steps - 1; t >= 0; t--) {
            back[0] += adjoints->weight[i * steps + t] * left[t];
            adjoints->theta[i] += retreat(back);
        }
    }
    return PES_OK;
}

static void describe_single(pes_system *system) {
    system->state_bytes = UNITS * (int64_t)sizeof(float);
    system->init = init_single;
    system->unroll = unroll_single;
}

static void describe_double(pes_system *system) {
    system->state_bytes = UNITS * (int64_t)sizeof(double);
    system->init = init;
    system->unroll = unroll;
    system->num_reals = UNITS;
    system->tape_bytes = (int64_t)sizeof(double);
    system->unroll_tangents = unroll_tangents;
    system->unroll_adjoints = unroll_adjoints;
}

static pes_status create(pes_problem **out, const void *given, const pes_data_folders *data) {
    const influence_options *options = given;
    (void)data;
    *out = NULL;
    PES_PROBLEM_TRY(pes_fields_check(&table, options));
    pes_problem *problem;
    PES_PROBLEM_TRY(pes_problem_allocate(&problem, 1, sizeof(influence)));
    *(influence *)problem->user = (influence){*options, pes_kernels_select()};
    problem->theta[0] = (float)options->start;
    problem->flops = 4.0 * UNITS;
    pes_system *system = &problem->system;
    system->name = pes_problem_influence.name;
    if (strcmp(options->precision, "single") == 0) {
        describe_single(system);
    } else {
        describe_double(system);
    }
    *out = problem;
    return PES_OK;
}

static int64_t num_params(const void *options) {
    (void)options;
    return 1;
}

static const char *param_name(const void *options, int64_t index, char room[PES_NAME_SIZE]) {
    (void)room;
    (void)options;
    return index == 0 ? "theta" : NULL;
}

const pes_problem_type pes_problem_influence = {
    .name = "influence",
    .summary =
        "influence balancing: a linear system whose short truncations point the wrong way "
        "(Tallec and Ollivier 2017)",
    .fields = &table,
    .create = create,
    .num_params = num_params,
    .param_name = param_name,
};
