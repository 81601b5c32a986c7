#include "problems/lopt/options.h"

#include <string.h>

#include "problems/lopt/network.h"

static void set_default(void *options) {
    const pes_lopt_task_row task = pes_lopt_task_row_default();
    *(pes_lopt_options *)options = (pes_lopt_options){
        .size = (uint32_t)sizeof(pes_lopt_options),
        .optimizer = "mlp",
        .output_scale = 1.0,
        .dataset = task.dataset,
        .input_size = task.input_size,
        .hidden = task.hidden,
        .activation = task.activation,
        .batch_size = task.batch_size,
        .normalize = true,
        .loss_clip = 1.5,
        .objective = "training_loss",
        .judge = "every_step",
        .horizon = 1000,
        .digits_size = 8,
        .digits_seed = 1,
    };
}

static const char *objective_name(int64_t index) {
    const pes_mlp_objective *row = pes_mlp_objective_get(index);
    return row != NULL ? row->name : NULL;
}

#define OF pes_lopt_options
static const pes_field fields[] = {
    PES_PROBLEM_CHOICE(OF, optimizer, pes_lopt_rule_name,
                       "the optimizer that is learned: its architecture, whose numbers are "
                       "theta"),
    PES_PROBLEM_FIELD(OF, optimizer_hidden, INT_LIST, 1, PES_LOPT_WIDEST, "units",
                      "sizes of the hidden layers of the optimizer's own network; empty: "
                      "those of its paper",
                      NULL),
    PES_PROBLEM_REAL(OF, output_scale, 0.0, 1e3, "",
                     "what the first weights of that network's last layer are multiplied by: "
                     "with less, the untrained optimizer takes smaller steps"),
    PES_LOPT_TASK_FIELDS(OF),
    PES_PROBLEM_ROWS(OF, task, &pes_lopt_task_row_fields, PES_LOPT_TASKS,
                     "a mixture of tasks, one table each, of which every pair draws one for "
                     "an episode; without any there is the one task that the settings above "
                     "say"),
    PES_PROBLEM_FIELD(OF, normalize, BOOL, 0.0, 0.0, "",
                      "the losses of a mixture are divided by log(classes), the loss of the "
                      "uniform prediction",
                      NULL),
    PES_PROBLEM_REAL(OF, loss_clip, 0.0, 1e30, "log(classes)",
                     "a larger loss, or one that is not finite, counts as this many times the "
                     "loss of the uniform prediction; 0: losses are what they are"),
    PES_PROBLEM_CHOICE(OF, objective, objective_name,
                       "the loss of an inner step, measured after it"),
    PES_PROBLEM_CHOICE(OF, judge, pes_mlp_judge_name,
                       "every_step: by a fresh minibatch after each step; at_the_end: by all "
                       "samples of the part after the last, the loss of other steps is 0"),
    PES_PROBLEM_INT(OF, horizon, 1, 1e9, "inner steps", "length of an episode"),
    PES_PROBLEM_INT(OF, training_images, 0, 1e7, "images",
                    "images to train on, of every task; 0: all that are left, of digits "
                    "10,000"),
    PES_PROBLEM_INT(OF, validation_images, 0, 1e7, "images",
                    "images to validate on, of every task; 0: a sixth (the last of the "
                    "training file), of cifar10 a fifth, of digits 2,000"),
    PES_PROBLEM_INT(OF, test_images, 0, 1e7, "images",
                    "images to test on, of every task; 0: all that are published, of digits "
                    "2,000; cifar10 has none, so that many are held out of training"),
    PES_PROBLEM_INT(OF, digits_size, 8, 64, "pixels", "rows and columns of the drawn digits"),
    PES_PROBLEM_FIELD(OF, digits_seed, SEED, 0.0, 0.0, "", "seed of the drawn digits", NULL),
    PES_PROBLEM_FIELD(
        OF, start_file, TEXT, 0.0, 0.0, "path",
        "where theta starts: a safetensors file that pes export has written of an "
        "optimizer of this architecture; empty: at random, by the run's seed",
        NULL),
    PES_PROBLEM_FIELD(OF, start_sha256, TEXT, 0.0, 0.0, "",
                      "SHA-256 sum that the parameters in start_file must have; empty: any; a "
                      "run notes it",
                      NULL),
};
#undef OF

const pes_field_table pes_lopt_fields =
    PES_PROBLEM_FIELDS(pes_lopt_options, fields, set_default);

pes_lopt_shape pes_lopt_options_shape(const pes_lopt_options *options) {
    pes_lopt_shape shape = {.rule = pes_lopt_rule_get(0)};
    (void)pes_lopt_shape_of(&shape, options->optimizer, &options->optimizer_hidden,
                            options->output_scale);
    return shape;
}

int64_t pes_lopt_options_tasks(const pes_lopt_options *options) {
    return options->task.count > 0 ? options->task.count : 1;
}

static pes_lopt_task_row single_task(const pes_lopt_options *options) {
    return (pes_lopt_task_row){
        .weight = 1.0,
        .dataset = options->dataset,
        .input_size = options->input_size,
        .hidden = options->hidden,
        .activation = options->activation,
        .batch_size = options->batch_size,
    };
}

pes_lopt_task_row pes_lopt_options_task(const pes_lopt_options *options, int64_t index) {
    return options->task.count > 0 ? options->task.row[index] : single_task(options);
}

// ---- what may be wrong ----------------------------------------------------------------------

static bool same_list(const pes_int_list *a, const pes_int_list *b) {
    return a->count == b->count &&
           memcmp(a->value, b->value, (size_t)a->count * sizeof *a->value) == 0;
}

// The name of a setting of the single task that is not the default; or NULL.
static const char *given(const pes_lopt_options *options) {
    const pes_lopt_task_row usual = pes_lopt_task_row_default();
    return strcmp(options->dataset, usual.dataset) != 0         ? "dataset"
           : options->input_size != usual.input_size            ? "input_size"
           : !same_list(&options->hidden, &usual.hidden)        ? "hidden"
           : strcmp(options->activation, usual.activation) != 0 ? "activation"
           : options->batch_size != usual.batch_size            ? "batch_size"
                                                                : NULL;
}

static pes_status check_mixture(const pes_lopt_options *options) {
    const char *single = given(options);
    PES_PROBLEM_REQUIRE(single == NULL, PES_E_ARGUMENT,
                        "%s is that of a single task; with tables [[problem.task]] give it in "
                        "each of them",
                        single);
    for (int64_t i = 0; i < options->task.count; i++) {
        PES_PROBLEM_REQUIRE(options->task.row[i].weight > 0.0, PES_E_ARGUMENT,
                            "task.%lld has no weight; give every table [[problem.task]] one "
                            "above 0: weight = 1 in all of them makes tasks equally frequent",
                            (long long)i);
    }
    return PES_OK;
}

pes_status pes_lopt_options_check(const pes_lopt_options *options) {
    pes_lopt_shape shape;
    PES_PROBLEM_TRY(pes_fields_check(&pes_lopt_fields, options));
    PES_PROBLEM_TRY(pes_lopt_shape_of(&shape, options->optimizer, &options->optimizer_hidden,
                                      options->output_scale));
    PES_PROBLEM_REQUIRE(
        options->start_sha256[0] == '\0' || options->start_file[0] != '\0', PES_E_ARGUMENT,
        "start_sha256 is the sum of a start_file, and there is none; give both, "
        "or neither");
    return options->task.count > 0 ? check_mixture(options) : PES_OK;
}
