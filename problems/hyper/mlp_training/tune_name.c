// Names of parameters and curves, and parameters as people read them.

#include <stdio.h>
#include <string.h>

#include "problems/hyper/mlp_training/tune.h"

// ".w0", ".layer3", "" for everything.
static void append_target(const pes_mlp_tuned *row, int64_t target, char room[PES_NAME_SIZE]) {
    const size_t used = strlen(room);
    char *end = room + used;
    const size_t left = PES_NAME_SIZE - used;
    const pes_mlp_tune_row *given = row->given;
    const long long layer = row->tensor[target] / 2;
    const bool one_kind = strcmp(given->only, "all") != 0;
    if (strcmp(given->per, "all") == 0) {
        snprintf(end, left, "%s%s", one_kind ? "." : "", one_kind ? given->only : "");
    } else if (pes_mlp_hyper_get(row->hyper)->scope == PES_MLP_SCOPE_HIDDEN) {
        snprintf(end, left, ".h%lld", layer);
    } else if (strcmp(given->per, "layer") == 0 && !one_kind) {
        snprintf(end, left, ".layer%lld", layer);
    } else {
        snprintf(end, left, ".%c%lld", row->tensor[target] % 2 == 0 ? 'w' : 'b', layer);
    }
}

static void append_param(const pes_mlp_tuned *row, int64_t param, char room[PES_NAME_SIZE]) {
    const size_t used = strlen(room);
    if (row->schedule->num_params == 0) {
        snprintf(room + used, PES_NAME_SIZE - used, ".k%lld", (long long)param);
    } else if (row->course.params > 1) {
        snprintf(room + used, PES_NAME_SIZE - used, ".%s", row->schedule->letter[param]);
    }
}

const char *pes_mlp_tune_name(const pes_mlp_tune *tune, int64_t index, bool natural,
                              char room[PES_NAME_SIZE]) {
    int64_t target = 0, param = 0;
    const pes_mlp_tuned *row = pes_mlp_tune_find(tune, index, &target, &param);
    if (row == NULL) {
        return NULL;
    }
    const char *prefix = natural ? ""
                         : pes_mlp_schedule_is_exponent(row->schedule, param)
                             ? "log_"
                             : row->course.transform->prefix;
    const bool alone = row->given == NULL;
    snprintf(room, PES_NAME_SIZE, "%s%s", prefix,
             alone ? row->schedule->letter[param] : pes_mlp_hyper_get(row->hyper)->name);
    if (!alone) {
        append_target(row, target, room);
        append_param(row, param, room);
    }
    return room;
}

double pes_mlp_tune_natural(const pes_mlp_tune *tune, int64_t index, double theta) {
    int64_t target = 0, param = 0;
    const pes_mlp_tuned *row = pes_mlp_tune_find(tune, index, &target, &param);
    float value = (float)theta;
    if (row == NULL) {
        return theta;
    }
    if (pes_mlp_schedule_is_exponent(row->schedule, param)) {
        pes_kernels_scalar.exp(1, &value, &value);
    } else {
        row->course.transform->natural(&pes_kernels_scalar, 1, row->course.bounds, &value,
                                       &value);
    }
    return (double)value;
}

// ---- curves ---------------------------------------------------------------------------------

static const pes_mlp_tuned *find_curve(const pes_mlp_tune *tune, int64_t index,
                                       int64_t *target) {
    *target = index;
    for (int64_t r = 0; r < tune->count && index >= 0; r++) {
        if (*target < tune->row[r].course.targets) {
            return &tune->row[r];
        }
        *target -= tune->row[r].course.targets;
    }
    return NULL;
}

bool pes_mlp_tune_curve(const pes_mlp_tune *tune, int64_t index, pes_problem_curve *out) {
    int64_t target = 0;
    const pes_mlp_tuned *row = find_curve(tune, index, &target);
    if (row == NULL) {
        return false;
    }
    *out = (pes_problem_curve){.unit = "",
                               .logarithmic = strcmp(row->course.transform->name, "log") == 0};
    if (row->given == NULL) {
        snprintf(out->name, sizeof out->name, "learning rate");
    } else {
        snprintf(out->name, sizeof out->name, "%s", pes_mlp_hyper_get(row->hyper)->name);
        append_target(row, target, out->name);
    }
    return true;
}

double pes_mlp_tune_curve_at(const pes_mlp_tune *tune, int64_t index, const float *theta,
                             int64_t t) {
    int64_t target = 0;
    float value[PES_MLP_TARGETS];
    const pes_mlp_tuned *row = find_curve(tune, index, &target);
    row->schedule->values(&pes_kernels_scalar, &row->course, theta + row->offset, t, value);
    return (double)value[target];
}
