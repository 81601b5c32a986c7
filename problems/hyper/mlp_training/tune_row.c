#include "problems/hyper/mlp_training/tune_row.h"

#include "problems/hyper/mlp_training/hyper.h"
#include "problems/hyper/mlp_training/schedule.h"
#include "problems/hyper/mlp_training/transform.h"

static void set_default(void *row) {
    *(pes_mlp_tune_row *)row = (pes_mlp_tune_row){
        .per = "all", .only = "all", .schedule = "constant", .transform = "default"};
}

static const char *hyper_name(int64_t index) {
    return index < PES_MLP_HYPERS ? pes_mlp_hyper_get((pes_mlp_hyper)index)->name : NULL;
}

static const char *per_name(int64_t index) {
    static const char *const name[] = {"all", "layer", "tensor"};
    return index < 3 ? name[index] : NULL;
}

static const char *only_name(int64_t index) {
    static const char *const name[] = {"all", "weights", "biases"};
    return index < 3 ? name[index] : NULL;
}

static const char *schedule_name(int64_t index) {
    const pes_mlp_schedule *row = pes_mlp_schedule_get(index);
    return row != NULL ? row->name : NULL;
}

static const char *transform_name(int64_t index) {
    const pes_mlp_transform *row = index > 0 ? pes_mlp_transform_get(index - 1) : NULL;
    return index == 0 ? "default" : row != NULL ? row->name : NULL;
}

#define OF pes_mlp_tune_row
static const pes_field fields[] = {
    PES_PROBLEM_CHOICE(OF, name, hyper_name,
                       "the hyperparameter; its parameters in theta are called after it, as "
                       "log_learning_rate.w0 or logit_momentum.b3.a"),
    PES_PROBLEM_CHOICE(
        OF, per, per_name,
        "one value for all, one for each layer, or one for each tensor of weights "
        "and of biases"),
    PES_PROBLEM_CHOICE(OF, only, only_name,
                       "of tensors' hyperparameters, those that are tuned; the others keep the "
                       "setting"),
    PES_PROBLEM_CHOICE(
        OF, schedule, schedule_name,
        "its course over T = schedule_steps: a / (1 + t/T)^b, a, from a to z in a "
        "straight line, a exp(-b t/T), from a to z along half a cosine, or knots "
        "between which theta goes in straight lines; b is a logarithm in theta"),
    PES_PROBLEM_INT(OF, knots, 0, PES_MLP_KNOTS, "", "of a piecewise schedule, at least 2"),
    PES_PROBLEM_CHOICE(
        OF, transform, transform_name,
        "how theta holds a value: its logarithm, log((value - low) / (high - "
        "value)), the inverse of log(1 + exp(theta)), or itself; by default what "
        "suits the hyperparameter"),
    PES_PROBLEM_FIELD(OF, bounds, REAL_LIST, -1e30, 1e30, "",
                      "low and high; logit maps onto what lies between, others are cut off "
                      "there; empty: what the hyperparameter may be at all",
                      NULL),
    PES_PROBLEM_FIELD(OF, start, REAL_LIST, -1e30, 1e30, "",
                      "initial value as people write it: one number for all, one for each of "
                      "the schedule's parameters, or one for each parameter; empty: the "
                      "setting's value, and 1 for exponents",
                      NULL),
    PES_PROBLEM_FIELD(OF, start_range, REAL_LIST, -1e30, 1e30, "",
                      "low and high of a start that the run's seed draws, uniform in theta",
                      NULL),
    PES_PROBLEM_FIELD(OF, search_range, REAL_LIST, -1e30, 1e30, "",
                      "low and high that a search draws from, uniform in theta; empty: what is "
                      "usual for the hyperparameter",
                      NULL),
};
#undef OF

const pes_field_table pes_mlp_tune_row_fields = {
    .name = "problem.tune",
    .field = fields,
    .count = (int64_t)(sizeof fields / sizeof *fields),
    .struct_size = sizeof(pes_mlp_tune_row),
    .set_default = set_default,
};
