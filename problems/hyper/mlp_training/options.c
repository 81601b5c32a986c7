#include "problems/hyper/mlp_training/options.h"

#include <string.h>

#include "problems/data/shrink.h"
#include "problems/hyper/mlp_training/optimizer.h"
#include "problems/hyper/mlp_training/tune.h"
#include "problems/nn/mlp/activation.h"

static void set_default(void *options) {
    *(pes_mlp_options *)options = (pes_mlp_options){
        .size = (uint32_t)sizeof(pes_mlp_options),
        .dataset = "digits",
        .hidden = {.count = 2, .value = {100, 100}},
        .batch_size = 100,
        .momentum = 0.9,
        .schedule = "inverse_time",
        .objective = "training_loss",
        .horizon = 5000,
        .digits_size = 14,
        .digits_seed = 1,
        .judge = "every_step",
        .inner_optimizer = "sgd",
        .activation = "relu",
        .task = "classification",
        .split_seed = 1,
        .learning_rate = 0.003,
        .beta2 = 0.999,
        .epsilon = 1e-8,
        .active_units = 1.0,
    };
}

static const char table_name[] = "table";

// The image sets, which are the first rows of their table, and a table.
static const char *dataset_name(int64_t index) {
    const pes_dataset *row = pes_dataset_row(index), *last = pes_dataset_row(index - 1);
    const bool is_images = row != NULL && row->kind == PES_DATASET_IMAGES;
    const bool is_next = !is_images && last != NULL && last->kind == PES_DATASET_IMAGES;
    return is_images ? row->info.name : is_next ? table_name : NULL;
}

static const char *task_name(int64_t index) {
    static const char *const name[] = {"classification", "regression"};
    return index >= 0 && index < 2 ? name[index] : NULL;
}

static const char *schedule_name(int64_t index) {
    const pes_mlp_schedule *row = pes_mlp_schedule_get(index);
    return row != NULL && row->num_params > 0 ? row->name : NULL; // those without knots
}

static const char *objective_name(int64_t index) {
    const pes_mlp_objective *row = pes_mlp_objective_get(index);
    return row != NULL ? row->name : NULL;
}

static const char *optimizer_name(int64_t index) {
    const pes_mlp_optimizer *row = pes_mlp_optimizer_get(index);
    return row != NULL ? row->name : NULL;
}

static const char *activation_name(int64_t index) {
    const pes_mlp_activation *row = pes_mlp_activation_get(index);
    return row != NULL ? row->name : NULL;
}

#define OF pes_mlp_options
static const pes_field fields[] = {
    PES_PROBLEM_CHOICE(OF, dataset, dataset_name,
                       "what is learned: images, or a table of yours"),
    PES_PROBLEM_FIELD(OF, hidden, INT_LIST, 1, 4096, "units", "sizes of the hidden layers",
                      NULL),
    PES_PROBLEM_INT(OF, batch_size, 1, 10000, "samples", "size of every minibatch"),
    PES_PROBLEM_REAL(OF, momentum, 0.0, 1.0, "",
                     "share of the velocity, or of the running mean, that "
                     "survives a step"),
    PES_PROBLEM_CHOICE(OF, schedule, schedule_name,
                       "the learning rate's course, whose parameters are theta where no "
                       "tables [[problem.tune]] say what theta is"),
    PES_PROBLEM_INT(OF, schedule_steps, 0, 1e9, "inner steps",
                    "the schedules' time constant; 0: the horizon"),
    PES_PROBLEM_FIELD(OF, start, REAL_LIST, 1e-30, 1e30, "",
                      "initial parameters of the schedule, not as logarithms; empty: its own",
                      NULL),
    PES_PROBLEM_CHOICE(OF, objective, objective_name,
                       "the loss of an inner step, measured after it"),
    PES_PROBLEM_INT(OF, horizon, 1, 1e9, "inner steps", "length of an episode"),
    PES_PROBLEM_INT(OF, training_images, 0, 1e7, "samples",
                    "images or rows to train on; 0: all that are left, of digits 10,000"),
    PES_PROBLEM_INT(OF, validation_images, 0, 1e7, "samples",
                    "images or rows to validate on; 0: a sixth (the last of the training "
                    "file), of cifar10 a fifth, of digits 2,000"),
    PES_PROBLEM_INT(OF, digits_size, 8, 64, "pixels", "rows and columns of the drawn digits"),
    PES_PROBLEM_FIELD(OF, digits_seed, SEED, 0.0, 0.0, "", "seed of the drawn digits", NULL),
    PES_PROBLEM_INT(OF, test_images, 0, 1e7, "samples",
                    "images or rows to test on; 0: all that are published, of digits 2,000; "
                    "cifar10 and a table have none, so that many are held out of training"),
    PES_PROBLEM_CHOICE(OF, judge, pes_mlp_judge_name,
                       "every_step: by a fresh minibatch after each step; at_the_end: by all "
                       "samples of the part after the last, the loss of other steps is 0"),
    PES_PROBLEM_CHOICE(OF, inner_optimizer, optimizer_name, "what trains the network"),
    PES_PROBLEM_CHOICE(OF, activation, activation_name, "of the hidden units"),
    PES_PROBLEM_FIELD(OF, zero_nonfinite, BOOL, 0.0, 0.0, "",
                      "what is not finite in an inner gradient counts as 0", NULL),
    PES_PROBLEM_INT(OF, input_size, 0, PES_SHRINK_MOST, "pixels",
                    "rows and columns to which images are averaged; 0: as they are"),
    PES_PROBLEM_FIELD(OF, table, TEXT, 0.0, 0.0, "path",
                      "table: a CSV or NPY file, its columns the features and the target",
                      NULL),
    PES_PROBLEM_CHOICE(OF, task, task_name,
                       "table: labels from 0 to 255 and cross-entropy, or numbers and half the "
                       "squared error, both on the scale of the training rows"),
    PES_PROBLEM_FIELD(OF, target, TEXT, 0.0, 0.0, "",
                      "table: the target's column, a name or a number from 1; empty: the last",
                      NULL),
    PES_PROBLEM_FIELD(OF, split_seed, SEED, 0.0, 0.0, "",
                      "table: seed of which rows train, validate and test", NULL),
    PES_PROBLEM_FIELD(OF, table_sha256, TEXT, 0.0, 0.0, "",
                      "table: SHA-256 sum that the file must have; empty: any; a run notes it",
                      NULL),
    PES_PROBLEM_REAL(OF, learning_rate, 0.0, 1e30, "",
                     "where tables [[problem.tune]] leave it fixed; without any, theta is its "
                     "schedule"),
    PES_PROBLEM_REAL(OF, beta2, 0.0, 1.0, "",
                     "share of the running mean of squared gradients that survives a step"),
    PES_PROBLEM_REAL(OF, epsilon, 0.0, 1e30, "",
                     "added to the root of that mean before it divides"),
    PES_PROBLEM_REAL(OF, weight_decay, 0.0, 1e30, "",
                     "share of a weight that a step takes off, times the learning rate"),
    PES_PROBLEM_REAL(OF, l2, 0.0, 1e30, "", "share of a weight that is added to its gradient"),
    PES_PROBLEM_REAL(OF, clip_norm, 0.0, 1e30, "",
                     "a gradient is shortened to this norm over all tensors; 0: none is"),
    PES_PROBLEM_REAL(OF, label_smoothing, 0.0, 1.0, "",
                     "share of a label that all classes get alike, in training"),
    PES_PROBLEM_REAL(OF, dropout, 0.0, 0.99, "",
                     "probability that a training step leaves out a hidden unit"),
    PES_PROBLEM_REAL(OF, active_units, 0.0, 1.0, "",
                     "share of a hidden layer's units that take part: of n units the first "
                     "floor(share n)"),
    PES_PROBLEM_ROWS(OF, tune, &pes_mlp_tune_row_fields, PES_MLP_TUNES,
                     "what theta holds, one table a hyperparameter; the settings of the same "
                     "names are the values of the others"),
};
#undef OF

const pes_field_table pes_mlp_fields = PES_PROBLEM_FIELDS(pes_mlp_options, fields, set_default);

const pes_dataset *pes_mlp_options_dataset(const pes_mlp_options *options) {
    return pes_dataset_find(options->dataset);
}

const pes_mlp_schedule *pes_mlp_options_schedule(const pes_mlp_options *options) {
    return pes_mlp_schedule_find(options->schedule);
}

const pes_mlp_objective *pes_mlp_options_objective(const pes_mlp_options *options) {
    return pes_mlp_objective_find(options->objective);
}

int64_t pes_mlp_options_schedule_steps(const pes_mlp_options *options) {
    return options->schedule_steps > 0 ? options->schedule_steps : options->horizon;
}

bool pes_mlp_options_use_table(const pes_mlp_options *options) {
    return strcmp(options->dataset, table_name) == 0;
}

bool pes_mlp_options_is_regression(const pes_mlp_options *options) {
    return strcmp(options->task, task_name(1)) == 0;
}

static bool smooths(const pes_mlp_options *options) {
    bool found = options->label_smoothing != 0.0;
    for (int64_t i = 0; i < options->tune.count; i++) {
        found =
            found || pes_mlp_hyper_find(options->tune.row[i].name) == PES_MLP_LABEL_SMOOTHING;
    }
    return found;
}

// Settings of a table, or the table itself, missing or out of place.
static pes_status check_table(const pes_mlp_options *options) {
    const bool use = pes_mlp_options_use_table(options);
    const bool regression = pes_mlp_options_is_regression(options);
    const pes_mlp_objective *objective = pes_mlp_options_objective(options);
    PES_PROBLEM_REQUIRE(!use || options->table[0] != '\0', PES_E_ARGUMENT,
                        "dataset is \"table\": set table to the path of a CSV or NPY file");
    PES_PROBLEM_REQUIRE(use || (options->table[0] == '\0' && options->target[0] == '\0'),
                        PES_E_ARGUMENT,
                        "table and target are for dataset = \"table\", but dataset is \"%s\"",
                        options->dataset);
    PES_PROBLEM_REQUIRE(!use || options->input_size == 0, PES_E_ARGUMENT,
                        "input_size is for images, and dataset is \"table\"");
    PES_PROBLEM_REQUIRE(use || !regression, PES_E_ARGUMENT,
                        "task = \"regression\" needs dataset = \"table\"; %s has classes",
                        options->dataset);
    PES_PROBLEM_REQUIRE(!regression || !objective->counts_correct, PES_E_ARGUMENT,
                        "objective = \"%s\" counts classes, and a regression has none; take "
                        "%s_loss",
                        objective->name, pes_part_name[objective->part]);
    PES_PROBLEM_REQUIRE(!regression || !smooths(options), PES_E_ARGUMENT,
                        "label_smoothing is for labels, and a regression has none; remove it");
    return PES_OK;
}

// Is a setting that only some inner optimizers use given to another?
static pes_status check_use(const pes_mlp_options *options, const pes_mlp_options *usual) {
    const pes_mlp_optimizer *optimizer = pes_mlp_optimizer_find(options->inner_optimizer);
    for (int64_t h = 0; h < PES_MLP_HYPERS; h++) {
        const char *name = pes_mlp_hyper_get((pes_mlp_hyper)h)->name;
        const pes_field *field = pes_field_find(&pes_mlp_fields, name);
        const bool given =
            pes_field_get(field, options).real != pes_field_get(field, usual).real;
        PES_PROBLEM_REQUIRE(!given || (optimizer->uses >> h & 1) != 0, PES_E_ARGUMENT,
                            "the inner optimizer %s makes no use of %s; remove the setting or "
                            "choose another inner_optimizer",
                            optimizer->name, name);
    }
    return PES_OK;
}

// The learning rate that is tuned alone.
static pes_status check_schedule(const pes_mlp_options *options, const pes_mlp_options *usual) {
    const pes_mlp_schedule *schedule = pes_mlp_options_schedule(options);
    const int64_t given = options->start.count;
    PES_PROBLEM_REQUIRE(given == 0 || given == schedule->num_params, PES_E_ARGUMENT,
                        "start has %lld values, but the schedule %s has %lld parameters",
                        (long long)given, schedule->name, (long long)schedule->num_params);
    PES_PROBLEM_REQUIRE(options->learning_rate == usual->learning_rate, PES_E_ARGUMENT,
                        "learning_rate is for a rate that stays fixed while tables "
                        "[[problem.tune]] tune other things; without them theta is its "
                        "schedule, which begins at `start`");
    return PES_OK;
}

pes_status pes_mlp_options_check(const pes_mlp_options *options) {
    pes_mlp_options usual;
    set_default(&usual);
    PES_PROBLEM_TRY(pes_fields_check(&pes_mlp_fields, options));
    PES_PROBLEM_TRY(check_table(options));
    PES_PROBLEM_TRY(check_use(options, &usual));
    if (options->tune.count == 0) {
        return check_schedule(options, &usual);
    }
    PES_PROBLEM_REQUIRE(options->start.count == 0 &&
                            strcmp(options->schedule, usual.schedule) == 0,
                        PES_E_ARGUMENT,
                        "schedule and start are those of a learning rate that is tuned alone; "
                        "with [[problem.tune]] give them in the table of a hyperparameter");
    return pes_mlp_tune_check(options);
}
