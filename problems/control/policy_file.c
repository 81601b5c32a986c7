#include "problems/control/policy_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pes/checkpoint.h"

static const char format[] = "pes policy 1";

// ---- writing --------------------------------------------------------------------------------

enum { MOST_TENSORS = 3 * (PES_POLICY_LAYERS + 1) + 6 };

typedef struct packing {
    int64_t count;
    pes_tensor tensor[MOST_TENSORS];
    char name[MOST_TENSORS][PES_NAME_SIZE];
} packing;

static void add(packing *p, const char *dtype, int64_t rows, int64_t columns, const void *data,
                const char *one, const char *two) {
    const int64_t size = strcmp(dtype, "F32") == 0 ? 4 : 8;
    (void)snprintf(p->name[p->count], PES_NAME_SIZE, "%s.%s", one, two);
    p->tensor[p->count] = (pes_tensor){
        .name = p->name[p->count],
        .dtype = dtype,
        .rank = columns > 0 ? 2 : 1,
        .shape = {rows, columns},
        .data = data,
        .bytes = rows * (columns > 0 ? columns : 1) * size,
    };
    p->count++;
}

static void list_tensors(packing *p, const pes_control *control, const float *theta) {
    const pes_policy *policy = &control->policy;
    const int64_t n = control->normalize.numbers;
    const double *common = control->common;
    pes_policy_tensor tensor;
    for (int64_t i = 0; i < policy->num_layers; i++) {
        for (int64_t k = 0; pes_policy_tensor_get(&policy->layer[i], k, &tensor); k++) {
            add(p, "F32", tensor.rows, tensor.columns, theta + tensor.begin,
                policy->layer[i].name, tensor.part);
        }
    }
    add(p, "F64", policy->num_actions, 0, control->environment.low, "action", "low");
    add(p, "F64", policy->num_actions, 0, control->environment.high, "action", "high");
    if (n > 0) {
        add(p, "F64", 1, 0, common, "observation", "count");
        add(p, "F64", n, 0, pes_normalize_mean(&control->normalize, common), "observation",
            "mean");
        add(p, "F64", n, 0, pes_normalize_squares(&control->normalize, common), "observation",
            "squares");
        add(p, "F64", n, 0, pes_normalize_scale(&control->normalize, common), "observation",
            "scale");
    }
}

pes_status pes_policy_file_pack(const pes_control *control, const char *problem,
                                const float *theta, const char *where, void **out,
                                int64_t *bytes) {
    char clip[40];
    (void)snprintf(clip, sizeof clip, "%.17g", control->normalize.clip);
    const pes_text texts[] = {
        {"format", format},
        {"problem", problem},
        {"where", where},
        {"policy", control->policy.options.kind},
        {"action_bounds", control->policy.options.action_bounds},
        {"observation_clip", clip},
    };
    *out = NULL;
    packing *p = calloc(1, sizeof *p);
    PES_PROBLEM_REQUIRE(p != NULL, PES_E_MEMORY, "no memory for a list of tensors");
    list_tensors(p, control, theta);
    const pes_status status = pes_checkpoint_pack(
        out, bytes, (int64_t)(sizeof texts / sizeof *texts), texts, p->count, p->tensor);
    free(p);
    return status;
}

// ---- reading: what the policy is ------------------------------------------------------------

static bool find(const pes_checkpoint *file, const char *layer, const char *part,
                 pes_tensor *out) {
    char name[2 * PES_NAME_SIZE];
    (void)snprintf(name, sizeof name, "%s.%s", layer, part);
    return pes_checkpoint_find(file, name, out) == PES_OK;
}

static pes_status read_tensor(const pes_checkpoint *file, const char *layer, const char *part,
                              const char *dtype, int64_t rows, int64_t columns,
                              pes_tensor *out) {
    PES_PROBLEM_REQUIRE(find(file, layer, part, out), PES_E_FORMAT,
                        "its tensor '%s.%s' is missing", layer, part);
    PES_PROBLEM_REQUIRE(strcmp(out->dtype, dtype) == 0, PES_E_FORMAT,
                        "its tensor '%s.%s' is of type %s; %s is what can be read", layer, part,
                        out->dtype, dtype);
    PES_PROBLEM_REQUIRE(out->rank == (columns > 0 ? 2 : 1) && out->shape[0] == rows &&
                            (columns == 0 || out->shape[1] == columns),
                        PES_E_FORMAT, "its tensor '%s.%s' has another shape than its policy's",
                        layer, part);
    return PES_OK;
}

// The one of a list of names that the metadata have under `key`, or NULL.
static const char *choose(const pes_checkpoint *file, const char *key,
                          const char *(*name)(int64_t index)) {
    const char *said = pes_checkpoint_text(file, key);
    for (int64_t i = 0; said != NULL && name(i) != NULL; i++) {
        if (strcmp(name(i), said) == 0) {
            return name(i);
        }
    }
    return NULL;
}

static int64_t width_of(const pes_checkpoint *file, const char *layer) {
    pes_tensor weight;
    const bool fits = find(file, layer, "weight", &weight) && weight.rank == 2 &&
                      weight.shape[1] >= 1 && weight.shape[1] <= PES_POLICY_UNITS;
    return fits ? weight.shape[1] : 0;
}

// Widths of hidden layers, as their tensors say.
static pes_int_list hidden_of(const pes_checkpoint *file, const char *kind) {
    const bool is_recurrent = strcmp(kind, "recurrent") == 0;
    pes_int_list hidden = {0};
    char layer[PES_NAME_SIZE];
    for (int64_t i = 0; i < (is_recurrent ? 1 : PES_POLICY_LAYERS); i++) {
        (void)snprintf(layer, sizeof layer, "hidden%lld", (long long)i + 1);
        const int64_t width = width_of(file, is_recurrent ? "hidden" : layer);
        if (width == 0) {
            break;
        }
        hidden.value[hidden.count++] = width;
    }
    return hidden;
}

static pes_status read_clip(const pes_checkpoint *file, double *clip) {
    const char *said = pes_checkpoint_text(file, "observation_clip");
    char *end = NULL;
    *clip = said != NULL ? strtod(said, &end) : -1.0;
    PES_PROBLEM_REQUIRE(said != NULL && end != said && *end == '\0' && *clip >= 0.0 &&
                            *clip <= 1e6,
                        PES_E_FORMAT, "its observation_clip is no number from 0 to 1e6");
    return PES_OK;
}

static pes_status read_policy(const pes_checkpoint *file, pes_policy_file *out) {
    const char *said = pes_checkpoint_text(file, "format");
    const char *problem = pes_checkpoint_text(file, "problem");
    PES_PROBLEM_REQUIRE(said != NULL && problem != NULL && strcmp(said, format) == 0,
                        PES_E_FORMAT, "it holds no policy of the format '%s'", format);
    (void)snprintf(out->problem, sizeof out->problem, "%s", problem);
    pes_policy_options options = pes_policy_default();
    pes_tensor first, low, other;
    options.kind = choose(file, "policy", pes_policy_kind_name);
    options.action_bounds = choose(file, "action_bounds", pes_policy_bounds_name);
    PES_PROBLEM_REQUIRE(options.kind != NULL && options.action_bounds != NULL, PES_E_FORMAT,
                        "its kind of policy or its action_bounds are unknown");
    options.hidden = hidden_of(file, options.kind);
    const char *layer = strcmp(options.kind, "mlp") == 0         ? "hidden1"
                        : strcmp(options.kind, "recurrent") == 0 ? "hidden"
                                                                 : "output";
    const bool known = find(file, layer, "weight", &first) && first.rank == 2 &&
                       first.shape[0] >= 1 && find(file, "action", "low", &low) &&
                       low.rank == 1 && low.shape[0] >= 1;
    PES_PROBLEM_REQUIRE(known, PES_E_FORMAT,
                        "its tensors '%s.weight' or 'action.low' are missing", layer);
    options.bias = options.hidden.count == 0 && find(file, "output", "bias", &other);
    options.normalize = find(file, "observation", "scale", &other);
    PES_PROBLEM_TRY(read_clip(file, &options.normalize_clip));
    return pes_policy_create(&out->policy, &options, first.shape[0], low.shape[0]);
}

// ---- reading: numbers -----------------------------------------------------------------------

// Calls `take` for every tensor of the layers.
static pes_status walk(const pes_checkpoint *file, const pes_policy *policy,
                       pes_status (*take)(const pes_tensor *from, float *to), float *theta) {
    pes_policy_tensor tensor;
    for (int64_t i = 0; i < policy->num_layers; i++) {
        const pes_policy_layer *layer = &policy->layer[i];
        for (int64_t k = 0; pes_policy_tensor_get(layer, k, &tensor); k++) {
            pes_tensor from;
            PES_PROBLEM_TRY(read_tensor(file, layer->name, tensor.part, "F32", tensor.rows,
                                        tensor.columns, &from));
            PES_PROBLEM_TRY(take(&from, theta != NULL ? theta + tensor.begin : NULL));
        }
    }
    return PES_OK;
}

static pes_status only_look(const pes_tensor *from, float *to) {
    (void)from, (void)to;
    return PES_OK;
}

static pes_status copy(const pes_tensor *from, float *to) {
    memcpy(to, from->data, (size_t)from->bytes);
    for (int64_t i = 0; i < from->bytes / (int64_t)sizeof *to; i++) {
        PES_PROBLEM_REQUIRE(isfinite(to[i]), PES_E_FORMAT,
                            "its tensor '%s' has numbers that are not finite", from->name);
    }
    return PES_OK;
}

static pes_status read_doubles(const pes_checkpoint *file, const char *part, int64_t count,
                               double least, double *out) {
    pes_tensor from;
    PES_PROBLEM_TRY(read_tensor(file, "observation", part, "F64", count, 0, &from));
    memcpy(out, from.data, (size_t)from.bytes);
    for (int64_t i = 0; i < count; i++) {
        PES_PROBLEM_REQUIRE(isfinite(out[i]) && out[i] >= least, PES_E_FORMAT,
                            "its tensor '%s' has numbers that no statistics have", from.name);
    }
    return PES_OK;
}

static pes_status read_common(const pes_checkpoint *file, pes_policy_file *out) {
    const int64_t n = out->normalize.numbers;
    double *common = out->common;
    PES_PROBLEM_TRY(read_doubles(file, "count", 1, 0.0, common));
    PES_PROBLEM_TRY(read_doubles(file, "mean", n, -1e300, common + 1));
    PES_PROBLEM_TRY(read_doubles(file, "squares", n, 0.0, common + 1 + n));
    return read_doubles(file, "scale", n, 1e-300, common + 1 + 2 * n);
}

static pes_status read_numbers(const pes_checkpoint *file, pes_policy_file *out) {
    const pes_policy *policy = &out->policy;
    PES_PROBLEM_TRY(walk(file, policy, only_look, NULL)); // so many numbers there are
    out->normalize = (pes_normalize){
        .numbers = policy->options.normalize ? policy->num_observed : 0,
        .clip = policy->options.normalize_clip,
    };
    pes_tensor scale;
    if (out->normalize.numbers > 0) {
        PES_PROBLEM_TRY(read_tensor(file, "observation", "scale", "F64", out->normalize.numbers,
                                    0, &scale));
    }
    const int64_t common = pes_normalize_common(&out->normalize);
    out->theta = malloc((size_t)policy->num_params * sizeof *out->theta);
    out->common = malloc((size_t)(common + 1) * sizeof *out->common);
    PES_PROBLEM_REQUIRE(out->theta != NULL && out->common != NULL, PES_E_MEMORY,
                        "no memory for its %lld parameters", (long long)policy->num_params);
    PES_PROBLEM_TRY(walk(file, policy, copy, out->theta));
    return common > 0 ? read_common(file, out) : PES_OK;
}

pes_status pes_policy_file_read(pes_policy_file *out, const char *path) {
    pes_checkpoint *file;
    *out = (pes_policy_file){.theta = NULL};
    PES_PROBLEM_TRY(pes_checkpoint_open(&file, path));
    pes_status status = read_policy(file, out);
    status = status == PES_OK ? read_numbers(file, out) : status;
    pes_checkpoint_close(file);
    if (status != PES_OK) {
        pes_policy_file_free(out);
        return pes_fail(status == PES_E_MEMORY ? status : PES_E_FORMAT, "%s cannot be used: %s",
                        path, pes_last_error());
    }
    return PES_OK;
}

void pes_policy_file_free(pes_policy_file *file) {
    free(file->theta);
    free(file->common);
    file->theta = NULL;
    file->common = NULL;
}
