// The learning-rate schedule of SGD on a function of two variables (section 5 of Vicol, Metz,
// Sohl-Dickstein 2021; the function is from Wu, Ren, Liao, Grosse 2018, with a ripple added).
// SGD minimizes
//
//     f(x) = sqrt(x0^2 + 5) - sqrt(5) + sin(x1)^2 exp(-5 x0^2) + |x1 - 100| / 4
//
// from (1, 1) with alpha_t = (1 - t/T) exp(theta0) + (t/T) exp(theta1), t = 0 .. T - 1, and
// constant after T; the loss of a step is f after it. Far ahead, at x1 = 100, lies the minimum,
// behind ripples that punish every look at a few steps only: the sum of the losses is 2423.468
// at theta = (0, 0) and 552.24 at its minimum near (2.760, -5.590), T = 100.

#include "problems/synthetic/regression2d.h"

#include <string.h>

#include "problems/problem.h"
#include "problems/registry.h"

typedef pes_regression2d_block block;
typedef pes_regression2d_state particle;

static void set_default(void *options) {
    *(pes_regression2d_options *)options = (pes_regression2d_options){
        .size = (uint32_t)sizeof(pes_regression2d_options),
        .horizon = 100,
        .start = {.count = 2, .value = {-4.0, -4.0}},
        .precision = "double",
    };
}

static const char *precision_name(int64_t index) {
    static const char *const name[] = {"double", "single"};
    return index < (int64_t)(sizeof name / sizeof *name) ? name[index] : NULL;
}

static const pes_field fields[] = {
    PES_PROBLEM_INT(pes_regression2d_options, horizon, 1, 1e9, "inner steps",
                    "length of an episode and of the schedule"),
    PES_PROBLEM_FIELD(pes_regression2d_options, start, REAL_LIST, -100.0, 100.0, "",
                      "initial theta: logarithms of the first and the last learning rate",
                      NULL),
    PES_PROBLEM_CHOICE(pes_regression2d_options, precision, precision_name,
                       "of the inner steps; single takes half the time or less and has no "
                       "derivatives"),
};
static const pes_field_table table =
    PES_PROBLEM_FIELDS(pes_regression2d_options, fields, set_default);

// ---- a block of particles -------------------------------------------------------------------

// Zeros up to the end of the last vector.
static void fill_vector(block *b) {
    for (int64_t i = b->count; i % PES_KERNELS_RIPPLE_VECTOR != 0; i++) {
        b->first[i] = b->last[i] = b->time[i] = 0.0;
        b->x[0][i] = b->x[1][i] = b->slope[0][i] = b->slope[1][i] = 0.0;
    }
}

void pes_regression2d_gather(const pes_regression2d *problem, const pes_batch *batch,
                             int64_t at, block *b) {
    const particle *state = (const particle *)batch->state + at;
    const float *theta = batch->theta + 2 * at;
    const int64_t left = batch->count - at;
    b->count = left < PES_REGRESSION2D_BLOCK ? left : PES_REGRESSION2D_BLOCK;
    b->horizon = (double)problem->options.horizon;
    for (int64_t i = 0; i < b->count; i++) {
        b->first[i] = (double)theta[2 * i];
        b->last[i] = (double)theta[2 * i + 1];
        b->time[i] = (double)batch->clock[at + i];
        for (int d = 0; d < 2; d++) {
            b->x[d][i] = state[i].x[d];
            b->slope[d][i] = state[i].slope[d];
        }
    }
    problem->kernels->dexp(b->count, b->first, b->first);
    problem->kernels->dexp(b->count, b->last, b->last);
    fill_vector(b);
}

void pes_regression2d_scatter(const block *b, const pes_batch *batch, int64_t at) {
    particle *state = (particle *)batch->state + at;
    for (int64_t i = 0; i < b->count; i++) {
        for (int d = 0; d < 2; d++) {
            state[i].x[d] = b->x[d][i];
            state[i].slope[d] = b->slope[d][i];
        }
    }
}

void pes_regression2d_rates(const pes_regression2d *problem, block *b) {
    const double horizon = (double)problem->options.horizon;
    const double part = 1.0 / horizon;
    for (int64_t i = 0; i < b->count; i++) {
        const double time = b->time[i] < horizon ? b->time[i] : horizon;
        b->passed[i] = time * part;
        b->rate[i] = (1.0 - b->passed[i]) * b->first[i] + b->passed[i] * b->last[i];
    }
}

// ---- the system -----------------------------------------------------------------------------

static pes_status init(void *user, void *worker, const pes_batch *batch) {
    const pes_regression2d *problem = user;
    (void)worker;
    block b = {.count = 1, .x = {{1.0}, {1.0}}};
    problem->kernels->ripple_measure(&b);
    const particle start = {.x = {1.0, 1.0}, .slope = {b.slope[0][0], b.slope[1][0]}};
    particle *state = batch->state;
    for (int64_t i = 0; i < batch->count; i++) {
        state[i] = start;
    }
    return PES_OK;
}

static void report(const block *b, int64_t steps, double *loss) {
    const double *from = b->loss, *end = b->loss + b->count;
    for (; from + 4 <= end; from += 4, loss += 4 * steps) {
        loss[0] = from[0];
        loss[steps] = from[1];
        loss[2 * steps] = from[2];
        loss[3 * steps] = from[3];
    }
    for (; from < end; from++, loss += steps) {
        *loss = *from;
    }
}

static pes_status unroll(void *user, void *worker, const pes_batch *batch) {
    const pes_regression2d *problem = user;
    (void)worker;
    block b;
    for (int64_t at = 0; at < batch->count; at += PES_REGRESSION2D_BLOCK) {
        pes_regression2d_gather(user, batch, at, &b);
        for (int64_t t = 0; t < batch->steps; t++) {
            problem->kernels->ripple_step(&b);
            report(&b, batch->steps, batch->loss + at * batch->steps + t);
        }
        pes_regression2d_scatter(&b, batch, at);
    }
    return PES_OK;
}

// ---- the problem ----------------------------------------------------------------------------

static void describe_single(pes_system *system) {
    system->state_bytes = PES_REGRESSION2D_SINGLE_BYTES;
    system->init = pes_regression2d_init_single;
    system->unroll = pes_regression2d_unroll_single;
}

static void describe_double(pes_system *system) {
    system->state_bytes = (int64_t)sizeof(particle);
    system->init = init;
    system->unroll = unroll;
    system->num_reals = 2;
    system->tape_bytes = PES_REGRESSION2D_TAPE;
    system->unroll_tangents = pes_regression2d_tangents;
    system->unroll_adjoints = pes_regression2d_adjoints;
}

static pes_status create(pes_problem **out, const void *given, const pes_data_folders *data) {
    const pes_regression2d_options *options = given;
    (void)data;
    *out = NULL;
    PES_PROBLEM_TRY(pes_fields_check(&table, options));
    PES_PROBLEM_REQUIRE(options->start.count == 2, PES_E_ARGUMENT,
                        "start has %lld values, but the schedule has 2 parameters",
                        (long long)options->start.count);
    const bool single = strcmp(options->precision, "single") == 0;
    PES_PROBLEM_REQUIRE(!single || options->horizon <= PES_REGRESSION2D_SINGLE_HORIZON,
                        PES_E_ARGUMENT,
                        "horizon must be at most %d in single precision, not %lld",
                        PES_REGRESSION2D_SINGLE_HORIZON, (long long)options->horizon);
    pes_problem *problem;
    PES_PROBLEM_TRY(pes_problem_allocate(&problem, 2, sizeof(pes_regression2d)));
    pes_regression2d *regression = problem->user;
    regression->options = *options;
    regression->kernels = pes_kernels_select();
    problem->theta[0] = (float)options->start.value[0];
    problem->theta[1] = (float)options->start.value[1];
    problem->horizon = options->horizon;
    problem->flops = 96.0;
    pes_system *system = &problem->system;
    system->name = pes_problem_regression2d.name;
    system->batch_hint = PES_REGRESSION2D_BLOCK;
    if (single) {
        describe_single(system);
    } else {
        describe_double(system);
    }
    *out = problem;
    return PES_OK;
}

static int64_t num_params(const void *options) {
    (void)options;
    return 2;
}

static const char *param_name(const void *options, int64_t index, char room[PES_NAME_SIZE]) {
    (void)room;
    static const char *const name[2] = {"log_first", "log_last"};
    (void)options;
    return index >= 0 && index < 2 ? name[index] : NULL;
}

static bool curve(const void *options, int64_t index, pes_problem_curve *out) {
    (void)options;
    *out = (pes_problem_curve){.name = "learning rate", .unit = "", .logarithmic = true};
    return index == 0;
}

static double curve_at(const void *options, int64_t index, const float *theta, int64_t t) {
    (void)index;
    const pes_regression2d regression = {.options = *(const pes_regression2d_options *)options};
    block b = {.count = 1, .time = {(double)t}};
    const double logarithm[2] = {(double)theta[0], (double)theta[1]};
    pes_kernels_scalar.dexp(1, &logarithm[0], b.first);
    pes_kernels_scalar.dexp(1, &logarithm[1], b.last);
    pes_regression2d_rates(&regression, &b);
    return b.rate[0];
}

const pes_problem_type pes_problem_regression2d = {
    .name = "regression2d",
    .summary =
        "the learning-rate schedule of SGD on a rippled function of two variables "
        "(section 5 of the PES paper)",
    .fields = &table,
    .create = create,
    .num_params = num_params,
    .param_name = param_name,
    .curve = curve,
    .curve_at = curve_at,
};
