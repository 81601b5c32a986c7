#include "problems/hyper/mlp_training/tune.h"

#include <math.h>
#include <string.h>

static bool is(const char *text, const char *word) {
    return text != NULL && strcmp(text, word) == 0;
}

// ---- targets --------------------------------------------------------------------------------

// Does the tensor have the hyperparameter, of those that the row asks for?
static bool takes_part(const pes_mlp_tuned *row, int64_t tensor, int64_t layers) {
    const pes_mlp_scope scope = pes_mlp_hyper_get(row->hyper)->scope;
    const bool is_weights = tensor % 2 == 0;
    if (scope == PES_MLP_SCOPE_HIDDEN) {
        return is_weights && tensor / 2 < layers - 1;
    }
    const char *only = row->given != NULL ? row->given->only : "all";
    const char *other = is_weights ? "biases" : "weights";
    return scope == PES_MLP_SCOPE_TRAINING || !is(only, other);
}

// Number the things that have a value of their own, in the order of the tensors.
static void find_targets(pes_mlp_tuned *row, int64_t layers) {
    const char *per = row->given != NULL ? row->given->per : "all";
    int64_t last = -1; // layer of the last target
    row->course.targets = 0;
    for (int64_t tensor = 0; tensor < PES_MLP_TARGETS; tensor++) {
        row->target[tensor] = -1;
        if (tensor >= 2 * layers || !takes_part(row, tensor, layers)) {
            continue;
        }
        const bool begins = row->course.targets == 0 || is(per, "tensor") ||
                            (is(per, "layer") && tensor / 2 != last);
        if (begins) {
            row->tensor[row->course.targets++] = (int8_t)tensor;
        }
        row->target[tensor] = (int8_t)(row->course.targets - 1);
        last = tensor / 2;
    }
}

// ---- rows -----------------------------------------------------------------------------------

static const pes_mlp_transform *transform_of(const pes_mlp_tune_row *given,
                                             pes_mlp_hyper hyper) {
    const bool own = given == NULL || is(given->transform, "default");
    return pes_mlp_transform_find(own ? pes_mlp_hyper_get(hyper)->transform : given->transform);
}

// The bounds of the row, or what the setting may be. Settings end at 1e30 where nothing ends
// them.
static void find_bounds(pes_mlp_tuned *row) {
    const char *name = pes_mlp_hyper_get(row->hyper)->name;
    const pes_field *field = pes_field_find(&pes_mlp_fields, name);
    const bool own = row->given == NULL || row->given->bounds.count != 2;
    row->low = own ? field->minimum : row->given->bounds.value[0];
    row->high = own ? field->maximum : row->given->bounds.value[1];
    row->course.bounds = (pes_mlp_bounds){
        .low = (float)row->low,
        .high = row->high < 1e30 ? (float)row->high : (float)INFINITY,
    };
}

// False: the row is not one that can be.
static bool make_row(pes_mlp_tuned *row, const pes_mlp_options *options) {
    row->course.transform =
        row->hyper < PES_MLP_HYPERS ? transform_of(row->given, row->hyper) : NULL;
    if (row->course.transform == NULL || row->schedule == NULL) {
        return false;
    }
    const int64_t knots = row->given != NULL ? row->given->knots : 0;
    row->course.params = row->schedule->num_params > 0 ? row->schedule->num_params : knots;
    row->course.steps = pes_mlp_options_schedule_steps(options);
    find_targets(row, options->hidden.count + 1);
    find_bounds(row);
    return row->course.targets > 0 && row->course.params > 0;
}

static void add_row(pes_mlp_tune *out, pes_mlp_tuned *row, const pes_mlp_options *options) {
    row->offset = out->num_params;
    if (make_row(row, options)) {
        out->num_params += row->course.targets * row->course.params;
        out->moves = out->moves || !row->schedule->constant;
        out->row[out->count++] = *row;
    }
}

static void fill_fixed(pes_mlp_values *out, const pes_mlp_options *options) {
    for (int64_t h = 0; h < PES_MLP_HYPERS; h++) {
        const pes_mlp_hyper_row *hyper = pes_mlp_hyper_get((pes_mlp_hyper)h);
        const pes_field *field = pes_field_find(&pes_mlp_fields, hyper->name);
        const double set = pes_field_get(field, options).real;
        const float value = hyper->absent && set == 0.0 ? (float)INFINITY : (float)set;
        for (int64_t i = 0; i < PES_MLP_TARGETS; i++) {
            out->value[h][i] = value;
        }
    }
}

void pes_mlp_tune_make(pes_mlp_tune *out, const pes_mlp_options *options) {
    out->count = 0;
    out->num_params = 0;
    out->moves = false;
    fill_fixed(&out->fixed, options);
    for (int64_t i = 0; i < options->tune.count && i < PES_MLP_TUNES; i++) {
        const pes_mlp_tune_row *given = &options->tune.row[i];
        pes_mlp_tuned row = {.given = given,
                             .number = i,
                             .start = &given->start,
                             .hyper = pes_mlp_hyper_find(given->name),
                             .schedule = pes_mlp_schedule_find(given->schedule)};
        add_row(out, &row, options);
    }
    if (options->tune.count == 0) {
        pes_mlp_tuned row = {.hyper = PES_MLP_LEARNING_RATE,
                             .start = &options->start,
                             .schedule = pes_mlp_options_schedule(options)};
        add_row(out, &row, options);
    }
}

// ---- values ---------------------------------------------------------------------------------

void pes_mlp_tune_values(const pes_mlp_tune *tune, const pes_kernels *kernels,
                         const float *theta, int64_t clock, pes_mlp_values *out) {
    *out = tune->fixed;
    for (int64_t r = 0; r < tune->count; r++) {
        const pes_mlp_tuned *row = &tune->row[r];
        float value[PES_MLP_TARGETS];
        row->schedule->values(kernels, &row->course, theta + row->offset, clock, value);
        for (int64_t i = 0; i < PES_MLP_TARGETS; i++) {
            if (row->target[i] >= 0) {
                out->value[row->hyper][i] = value[row->target[i]];
            }
        }
    }
}

bool pes_mlp_tune_may_have(const pes_mlp_tune *tune, pes_mlp_hyper hyper, float absent) {
    bool may = tune->fixed.value[hyper][0] != absent;
    for (int64_t r = 0; r < tune->count; r++) {
        may = may || tune->row[r].hyper == hyper;
    }
    return may;
}

const pes_mlp_tuned *pes_mlp_tune_find(const pes_mlp_tune *tune, int64_t index, int64_t *target,
                                       int64_t *param) {
    for (int64_t r = 0; r < tune->count && index >= 0; r++) {
        const pes_mlp_tuned *row = &tune->row[r];
        const int64_t within = index - row->offset;
        if (within < row->course.targets * row->course.params) {
            *target = within / row->course.params;
            *param = within % row->course.params;
            return row;
        }
    }
    return NULL;
}
