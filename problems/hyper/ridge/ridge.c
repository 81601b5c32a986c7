// The strength of L2 regularisation in a linear regression (Vicol, Metz, Sohl-Dickstein 2021;
// again with ES-Single in Vicol, Kolter, Swersky 2023). Full-batch SGD takes w from 0 towards
// the minimum of
//
//     |X w - y|^2 / 2 + exp(theta) |w|^2 / 2
//
// over the rows for training; the loss of a step is |X w - y|^2 / 2 over the other rows, after
// it. Episodes never end: a theta is as good as the w that SGD settles on, which ridge
// regression gives in closed form, so that the optimum is known for every table and split.
// A truncation of a few steps sees only which way w moves first and settles elsewhere.
//
// The table is that of UCI's yachts, or is drawn here. All columns, the target too, are
// standardised over all rows.

#include "problems/hyper/ridge/ridge.h"

#include "problems/registry.h"

static void set_default(void *options) {
    *(pes_ridge_options *)options = (pes_ridge_options){
        .size = (uint32_t)sizeof(pes_ridge_options),
        .table = "generated",
        .rows = 300,
        .features = 6,
        .table_seed = 1,
        .training_share = 0.8,
        .split_seed = 1,
        .learning_rate = 1e-3,
    };
}

#define OF pes_ridge_options
static const pes_field fields[] = {
    PES_PROBLEM_CHOICE(OF, table, pes_ridge_table_name,
                       "what is fitted: a table drawn by this library, or resistances of "
                       "yachts (UCI)"),
    PES_PROBLEM_INT(OF, rows, 2, 10000, "", "generated: rows of the table"),
    PES_PROBLEM_INT(OF, features, 1, PES_RIDGE_FEATURES, "",
                    "generated: columns beside the target"),
    PES_PROBLEM_FIELD(OF, table_seed, SEED, 0.0, 0.0, "",
                      "generated: seed of what the table holds", NULL),
    PES_PROBLEM_REAL(OF, training_share, 0.0, 1.0, "",
                     "share of the rows that are for training; the others judge"),
    PES_PROBLEM_FIELD(OF, split_seed, SEED, 0.0, 0.0, "",
                      "seed of the choice of rows for training", NULL),
    PES_PROBLEM_REAL(OF, learning_rate, 0.0, 1e6, "", "learning rate of the inner SGD"),
    PES_PROBLEM_REAL(OF, start, -100.0, 100.0, "",
                     "initial theta: logarithm of the strength of regularisation"),
};
#undef OF
static const pes_field_table table = PES_PROBLEM_FIELDS(pes_ridge_options, fields, set_default);

static void describe(pes_problem *problem) {
    enum { BATCH = 64 };
    const pes_ridge *ridge = problem->user;
    const double n = (double)ridge->features;
    problem->theta[0] = (float)ridge->options.start;
    problem->bytes = (uint64_t)sizeof *ridge;
    problem->flops = 4.0 * n * n + 8.0 * n;
    pes_system *system = &problem->system;
    system->name = pes_problem_ridge.name;
    system->state_bytes = ridge->features * (int64_t)sizeof(double);
    system->batch_hint = BATCH;
    system->init = pes_ridge_init;
    system->unroll = pes_ridge_unroll;
    system->num_reals = ridge->features;
    system->tape_bytes = 2 * ridge->features * (int64_t)sizeof(double);
    system->unroll_tangents = pes_ridge_tangents;
    system->unroll_adjoints = pes_ridge_adjoints;
}

static pes_status create(pes_problem **out, const void *given, const pes_data_folders *data) {
    const pes_ridge_options *options = given;
    *out = NULL;
    PES_PROBLEM_TRY(pes_fields_check(&table, options));
    pes_problem *problem;
    PES_PROBLEM_TRY(pes_problem_allocate(&problem, 1, sizeof(pes_ridge)));
    pes_ridge *ridge = problem->user;
    ridge->options = *options;
    ridge->kernels = pes_kernels_select();
    const pes_status status = pes_ridge_read(ridge, data);
    if (status != PES_OK) {
        pes_problem_close(problem);
        return status;
    }
    describe(problem);
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
    return index == 0 ? "log_strength" : NULL;
}

const pes_problem_type pes_problem_ridge = {
    .name = "ridge",
    .summary =
        "the strength of L2 regularisation of a linear regression, whose optimum is known "
        "(the PES and ES-Single papers)",
    .fields = &table,
    .create = create,
    .num_params = num_params,
    .param_name = param_name,
};
