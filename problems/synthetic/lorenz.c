// Parameters of the Lorenz system from a trajectory (section 5 of Li et al. 2023, NRES). With
// a = exp(theta0) and r = exp(theta1), b = 8/3, explicit Euler steps of 0.005 from
// (1.2, 1.3, 1.6):
//
//     dx = a (y - x),    dy = (r - z) x - y,    dz = x y - b z
//
// The loss of a step is (z - z_true)^2 after it, z_true being the same system's with a = 10 and
// r = 28. The system is chaotic: over T = 2000 steps the loss is a ragged function of theta,
// and its derivatives are of no use; Gaussian smoothing shows the basin.
//
// Particles are kept in columns, one array for each variable, so that every loop runs over
// particles and compilers vectorize it.

#include "kernels/kernels.h"
#include "problems/problem.h"
#include "problems/registry.h"

enum { BLOCK = 64, REALS = 3, PARAMS = 2 };
static const double step_length = 0.005, b_true = 8.0 / 3.0, a_true = 10.0, r_true = 28.0;
static const double start_point[REALS] = {1.2, 1.3, 1.6};

typedef struct lorenz_options {
    uint32_t size;
    int64_t horizon;     // T, inner steps per episode
    pes_real_list start; // 2, the initial theta: logarithms of a and r
} lorenz_options;

typedef struct lorenz {
    lorenz_options options;
    const pes_kernels *kernels;
} lorenz;

typedef struct particle {
    double here[REALS];  // x, y, z under theta
    double truth[REALS]; // and under the true parameters
} particle;

typedef struct column {
    double of[BLOCK];
} column;

typedef struct block {
    int64_t count; // particles
    column a, r;
    column here[REALS];
    column truth[REALS];
} block;

// What one step leaves for the way back: where it began, and dL/dz after it.
typedef struct link {
    double from[REALS];
    double slope;
} link;

static void set_default(void *options) {
    *(lorenz_options *)options = (lorenz_options){
        .size = (uint32_t)sizeof(lorenz_options),
        .horizon = 2000,
        .start = {.count = PARAMS, .value = {3.116, 3.7}},
    };
}

static const pes_field fields[] = {
    PES_PROBLEM_INT(lorenz_options, horizon, 1, 1e9, "inner steps", "length of an episode"),
    PES_PROBLEM_FIELD(lorenz_options, start, REAL_LIST, -100.0, 100.0, "",
                      "initial theta: logarithms of a and r", NULL),
};
static const pes_field_table table = PES_PROBLEM_FIELDS(lorenz_options, fields, set_default);

// ---- a block of particles -------------------------------------------------------------------

static void gather(const lorenz *problem, const pes_batch *batch, int64_t at, block *b) {
    const particle *state = (const particle *)batch->state + at;
    const int64_t left = batch->count - at;
    b->count = left < BLOCK ? left : BLOCK;
    for (int64_t i = 0; i < b->count; i++) {
        b->a.of[i] = (double)batch->theta[PARAMS * (at + i)];
        b->r.of[i] = (double)batch->theta[PARAMS * (at + i) + 1];
        for (int d = 0; d < REALS; d++) {
            b->here[d].of[i] = state[i].here[d];
            b->truth[d].of[i] = state[i].truth[d];
        }
    }
    problem->kernels->dexp(b->count, b->a.of, b->a.of);
    problem->kernels->dexp(b->count, b->r.of, b->r.of);
}

static void scatter(const block *b, const pes_batch *batch, int64_t at) {
    particle *state = (particle *)batch->state + at;
    for (int64_t i = 0; i < b->count; i++) {
        for (int d = 0; d < REALS; d++) {
            state[i].here[d] = b->here[d].of[i];
            state[i].truth[d] = b->truth[d].of[i];
        }
    }
}

static void advance_one(double a, double r, double *x, double *y, double *z) {
    const double dx = a * (*y - *x), dy = (r - *z) * *x - *y, dz = *x * *y - b_true * *z;
    *x += step_length * dx;
    *y += step_length * dy;
    *z += step_length * dz;
}

static void advance(block *b) {
    for (int64_t i = 0; i < b->count; i++) {
        advance_one(b->a.of[i], b->r.of[i], &b->here[0].of[i], &b->here[1].of[i],
                    &b->here[2].of[i]);
        advance_one(a_true, r_true, &b->truth[0].of[i], &b->truth[1].of[i], &b->truth[2].of[i]);
    }
}

static double error_of(const block *b, int64_t i) {
    return b->here[2].of[i] - b->truth[2].of[i];
}

// ---- the system -----------------------------------------------------------------------------

static pes_status init(void *user, void *worker, const pes_batch *batch) {
    (void)user, (void)worker;
    particle *state = batch->state;
    for (int64_t i = 0; i < batch->count; i++) {
        for (int d = 0; d < REALS; d++) {
            state[i].here[d] = start_point[d];
            state[i].truth[d] = start_point[d];
        }
    }
    return PES_OK;
}

static void report(const block *b, int64_t steps, int64_t t, double *loss) {
    for (int64_t i = 0; i < b->count; i++) {
        const double error = error_of(b, i);
        loss[i * steps + t] = error * error;
    }
}

static pes_status unroll(void *user, void *worker, const pes_batch *batch) {
    (void)worker;
    block b;
    for (int64_t at = 0; at < batch->count; at += BLOCK) {
        gather(user, batch, at, &b);
        for (int64_t t = 0; t < batch->steps; t++) {
            advance(&b);
            report(&b, batch->steps, t, batch->loss + at * batch->steps);
        }
        scatter(&b, batch, at);
    }
    return PES_OK;
}

// ---- derivatives ----------------------------------------------------------------------------

static link before_step(const block *b, int64_t i) {
    return (link){.from = {b->here[0].of[i], b->here[1].of[i], b->here[2].of[i]}};
}

// One direction through the step that began at `from`; `theta` is the direction of theta.
static void carry(double a, double r, const double from[REALS], const double theta[PARAMS],
                  double v[REALS]) {
    const double x = from[0], y = from[1], z = from[2];
    const double vx = a * (v[1] - v[0]) + a * theta[0] * (y - x);
    const double vy = (r - z) * v[0] + (r * theta[1] - v[2]) * x - v[1];
    const double vz = v[0] * y + x * v[1] - b_true * v[2];
    v[0] += step_length * vx;
    v[1] += step_length * vy;
    v[2] += step_length * vz;
}

static pes_status unroll_tangents(void *user, void *worker, const pes_batch *batch,
                                  const pes_tangents *tangents) {
    (void)worker;
    block b;
    const int64_t directions = tangents->directions, steps = batch->steps;
    for (int64_t at = 0; at < batch->count; at += BLOCK) {
        gather(user, batch, at, &b);
        for (int64_t t = 0; t < steps; t++) {
            link here[BLOCK];
            for (int64_t i = 0; i < b.count; i++) {
                here[i] = before_step(&b, i);
            }
            advance(&b);
            report(&b, steps, t, batch->loss + at * steps);
            for (int64_t row = at * directions; row < (at + b.count) * directions; row++) {
                const int64_t i = row / directions - at;
                double *v = tangents->state + REALS * row;
                carry(b.a.of[i], b.r.of[i], here[i].from, tangents->theta + PARAMS * row, v);
                tangents->loss[row * steps + t] = 2.0 * error_of(&b, i) * v[2];
            }
        }
        scatter(&b, batch, at);
    }
    return PES_OK;
}

// Particle i of the block back through its steps. `v` and `theta` are dF by the state and
// theta.
static void walk_back(const block *b, int64_t i, int64_t steps, const link *tape,
                      const double *weight, double v[REALS], double theta[PARAMS]) {
    const double a = b->a.of[i], r = b->r.of[i];
    for (int64_t t = steps - 1; t >= 0; t--) {
        const double x = tape[t].from[0], y = tape[t].from[1], z = tape[t].from[2];
        v[2] += weight[t] * tape[t].slope;
        const double ux = step_length * v[0], uy = step_length * v[1], uz = step_length * v[2];
        theta[0] += a * (y - x) * ux;
        theta[1] += r * x * uy;
        v[0] += (r - z) * uy + y * uz - a * ux;
        v[1] += a * ux - uy + x * uz;
        v[2] -= x * uy + b_true * uz;
    }
}

static pes_status unroll_adjoints(void *user, void *worker, const pes_batch *batch,
                                  const pes_adjoints *adjoints) {
    (void)worker;
    block b;
    const int64_t steps = batch->steps;
    for (int64_t at = 0; at < batch->count; at += BLOCK) {
        link *tape = (link *)adjoints->tape + at * steps;
        gather(user, batch, at, &b);
        for (int64_t t = 0; t < steps; t++) {
            for (int64_t i = 0; i < b.count; i++) {
                tape[i * steps + t] = before_step(&b, i);
            }
            advance(&b);
            report(&b, steps, t, batch->loss + at * steps);
            for (int64_t i = 0; i < b.count; i++) {
                tape[i * steps + t].slope = 2.0 * error_of(&b, i);
            }
        }
        for (int64_t i = 0; i < b.count; i++) {
            const int64_t row = at + i;
            walk_back(&b, i, steps, tape + i * steps, adjoints->weight + row * steps,
                      adjoints->state + REALS * row, adjoints->theta + PARAMS * row);
        }
        scatter(&b, batch, at);
    }
    return PES_OK;
}

// ---- the problem ----------------------------------------------------------------------------

static pes_status create(pes_problem **out, const void *given, const pes_data_folders *data) {
    const lorenz_options *options = given;
    (void)data;
    *out = NULL;
    PES_PROBLEM_TRY(pes_fields_check(&table, options));
    PES_PROBLEM_REQUIRE(options->start.count == PARAMS, PES_E_ARGUMENT,
                        "start has %lld values, but lorenz has 2 parameters, the logarithms of "
                        "a and r",
                        (long long)options->start.count);
    pes_problem *problem;
    PES_PROBLEM_TRY(pes_problem_allocate(&problem, PARAMS, sizeof(lorenz)));
    lorenz *own = problem->user;
    own->options = *options;
    own->kernels = pes_kernels_select();
    for (int i = 0; i < PARAMS; i++) {
        problem->theta[i] = (float)options->start.value[i];
    }
    problem->horizon = options->horizon;
    problem->flops = 32.0;
    pes_system *system = &problem->system;
    system->name = pes_problem_lorenz.name;
    system->state_bytes = (int64_t)sizeof(particle);
    system->batch_hint = BLOCK;
    system->init = init;
    system->unroll = unroll;
    system->num_reals = REALS;
    system->tape_bytes = (int64_t)sizeof(link);
    system->unroll_tangents = unroll_tangents;
    system->unroll_adjoints = unroll_adjoints;
    *out = problem;
    return PES_OK;
}

static int64_t num_params(const void *options) {
    (void)options;
    return PARAMS;
}

static const char *param_name(const void *options, int64_t index, char room[PES_NAME_SIZE]) {
    (void)room;
    static const char *const name[PARAMS] = {"log_a", "log_r"};
    (void)options;
    return index >= 0 && index < PARAMS ? name[index] : NULL;
}

const pes_problem_type pes_problem_lorenz = {
    .name = "lorenz",
    .summary =
        "two parameters of the chaotic Lorenz system from its trajectory (Li et al. 2023)",
    .fields = &table,
    .create = create,
    .num_params = num_params,
    .param_name = param_name,
};
