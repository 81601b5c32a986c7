// A new optimizer is one file with its transform, its row in `optimizers`, and its declaration
// in pes/optimizer.h.

#include "optimize/registry.h"

#include <string.h>

#include "base/fields.h"
#include "base/sized.h"
#include "base/status.h"
#include "optimize/average.h"

// ---- optimizers ---------------------------------------------------------------------

typedef pes_transform (*builder)(const pes_optimizer_options *options);

static pes_transform momentum(const pes_optimizer_options *options) {
    return pes_transform_momentum(options->momentum);
}

static pes_transform nesterov(const pes_optimizer_options *options) {
    return pes_transform_nesterov(options->momentum);
}

static pes_transform adam(const pes_optimizer_options *options) {
    return pes_transform_adam(options->beta1, options->beta2, options->epsilon);
}

static pes_transform rmsprop(const pes_optimizer_options *options) {
    return pes_transform_rmsprop(options->beta2, options->epsilon);
}

static const struct {
    const char *name;
    builder core;   // what remembers; NULL: nothing does
    bool decoupled; // weight decay comes after the core
    const char *summary;
} optimizers[] = {
    {"sgd", NULL, false, "gradient descent (Robbins and Monro 1951)"},
    {"momentum", momentum, false, "gradient descent with a heavy ball (Polyak 1964)"},
    {"nesterov", nesterov, false, "momentum that looks ahead (Nesterov 1983)"},
    {"adam", adam, false, "both moments, corrected for their start (Kingma and Ba 2015)"},
    {"adamw", adam, true, "Adam with decoupled weight decay (Loshchilov and Hutter 2019)"},
    {"rmsprop", rmsprop, false,
     "divided by a running root mean square (Tieleman and Hinton 2012)"},
};
enum { NUM_OPTIMIZERS = sizeof optimizers / sizeof *optimizers };

const char *pes_optimizer_name(int64_t index) {
    return index >= 0 && index < NUM_OPTIMIZERS ? optimizers[index].name : NULL;
}

static int64_t find_optimizer(const char *name) {
    int64_t i = 0;
    while (i < NUM_OPTIMIZERS && strcmp(optimizers[i].name, name) != 0) {
        i++;
    }
    return i;
}

const char *pes_optimizer_summary(const char *name) {
    const int64_t i = find_optimizer(name);
    return i < NUM_OPTIMIZERS ? optimizers[i].summary : NULL;
}

// ---- schedules ----------------------------------------------------------------------

static pes_transform step_decay(const pes_optimizer_options *options) {
    return pes_transform_step_decay(options->decay_updates, options->decay_factor);
}

static pes_transform cosine(const pes_optimizer_options *options) {
    return pes_transform_cosine_decay(options->decay_updates, options->decay_factor);
}

static pes_transform exponential(const pes_optimizer_options *options) {
    return pes_transform_exponential_decay(options->decay_updates, options->decay_factor);
}

static pes_transform drop(const pes_optimizer_options *options) {
    return pes_transform_drop(options->decay_updates, options->decay_factor);
}

static const struct {
    const char *name;
    builder build; // NULL: no link
} schedules[] = {
    {"constant", NULL},           {"step", step_decay}, {"cosine", cosine},
    {"exponential", exponential}, {"drop", drop},
};
enum { NUM_SCHEDULES = sizeof schedules / sizeof *schedules };

static const char *schedule_name(int64_t index) {
    return index >= 0 && index < NUM_SCHEDULES ? schedules[index].name : NULL;
}

static int64_t find_schedule(const char *name) {
    int64_t i = 0;
    while (i < NUM_SCHEDULES && strcmp(schedules[i].name, name) != 0) {
        i++;
    }
    return i;
}

// ---- settings -----------------------------------------------------------------------

static void set_default(void *options) {
    const pes_optimizer_options value = pes_optimizer_options_default();
    memcpy(options, &value, sizeof value);
}

#define ROW(member, kind, ...) PES_FIELD(pes_optimizer_options, member, kind, __VA_ARGS__)

static const pes_field fields[] = {
    ROW(name, CHOICE, .choice = pes_optimizer_name, .summary = "how the gradient moves theta"),
    ROW(learning_rate, REAL, .above_minimum = true, .maximum = 1e300,
        .summary = "step size, before the schedule"),
    ROW(momentum, REAL, .maximum = 0.9999999,
        .summary = "momentum, nesterov: share of the velocity that is kept"),
    ROW(beta1, REAL, .maximum = 0.9999999,
        .summary = "adam, adamw: share of the mean gradient that is kept"),
    ROW(beta2, REAL, .maximum = 0.9999999,
        .summary = "adam, adamw, rmsprop: share of the mean square that is kept"),
    ROW(epsilon, REAL, .above_minimum = true, .maximum = 1e300,
        .summary = "adam, adamw, rmsprop: added to the root mean square, not under the root"),
    ROW(weight_decay, REAL, .maximum = 1e300,
        .summary = "factor of theta added to the gradient; by adamw to the update instead"),
    ROW(clip_norm, REAL, .maximum = 1e300,
        .summary = "largest Euclidean norm of the gradient; 0: no limit"),
    ROW(clip_value, REAL, .maximum = 1e300,
        .summary = "largest magnitude of an element of the gradient; 0: no limit"),
    ROW(schedule, CHOICE, .choice = schedule_name,
        .summary = "how the learning rate falls from the first update on"),
    ROW(warmup, INT, .maximum = 1e15, .unit = "updates",
        .summary = "updates over which the rate also rises linearly; 0: none"),
    ROW(decay_updates, INT, .minimum = 1, .maximum = 1e15, .unit = "updates",
        .summary = "step, exponential: updates per factor; cosine: updates to the end; "
                   "drop: updates before it"),
    ROW(decay_factor, REAL, .maximum = 1,
        .summary = "step, exponential, drop: factor; cosine: share of the rate at the end"),
    ROW(average, CHOICE, .choice = pes_average_name,
        .summary = "average theta over the updates, to be evaluated beside it (Polyak and "
                   "Juditsky 1992)"),
    ROW(average_decay, REAL, .maximum = 0.9999999999,
        .summary = "exponential average: share of it that an update keeps"),
    ROW(average_start, INT, .maximum = 1e15, .unit = "updates",
        .summary = "updates before the first one that is averaged"),
};

const pes_field_table *pes_optimizer_fields(void) {
    static const pes_field_table table =
        PES_FIELD_TABLE("optimizer", pes_optimizer_options, fields, set_default);
    return &table;
}

// ---- chains -------------------------------------------------------------------------

static void link_up(const pes_optimizer_options *options, pes_transform *chain,
                    int64_t *count) {
    const int64_t optimizer = find_optimizer(options->name);
    const int64_t schedule = find_schedule(options->schedule);
    const bool decays = options->weight_decay > 0.0;
    const bool decoupled = optimizers[optimizer].decoupled;
    int64_t n = 0;
    if (options->clip_value > 0.0) {
        chain[n++] = pes_transform_clip_value(options->clip_value);
    }
    if (options->clip_norm > 0.0) {
        chain[n++] = pes_transform_clip_norm(options->clip_norm);
    }
    if (decays && !decoupled) {
        chain[n++] = pes_transform_weight_decay(options->weight_decay);
    }
    if (optimizers[optimizer].core != NULL) {
        chain[n++] = optimizers[optimizer].core(options);
    }
    if (decays && decoupled) {
        chain[n++] = pes_transform_weight_decay(options->weight_decay);
    }
    chain[n++] = pes_transform_scale(options->learning_rate);
    if (options->warmup > 0) {
        chain[n++] = pes_transform_warmup(options->warmup);
    }
    if (schedules[schedule].build != NULL) {
        chain[n++] = schedules[schedule].build(options);
    }
    *count = n;
}

pes_status pes_registry_chain(const pes_optimizer_options *options,
                              pes_optimizer_options *known,
                              pes_transform chain[PES_REGISTRY_LINKS], int64_t *count) {
    *known = pes_optimizer_options_default();
    PES_TRY(
        pes_read_sized(known, sizeof *known, options, options->size, "pes_optimizer_options"));
    known->size = (uint32_t)sizeof *known;
    PES_TRY(pes_fields_check(pes_optimizer_fields(), known));
    link_up(known, chain, count);
    return PES_OK;
}
