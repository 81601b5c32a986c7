#include "problems/lopt/rule.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "problems/lopt/network.h"
#include "problems/problem.h"

static const pes_lopt_rule *const rules[] = {
    &pes_lopt_sgd,   &pes_lopt_momentum, &pes_lopt_adam,
    &pes_lopt_adamw, &pes_lopt_mlp,      &pes_lopt_factored,
};

const pes_lopt_rule *pes_lopt_rule_get(int64_t index) {
    const int64_t count = (int64_t)(sizeof rules / sizeof *rules);
    return index >= 0 && index < count ? rules[index] : NULL;
}

const pes_lopt_rule *pes_lopt_rule_find(const char *name) {
    for (int64_t i = 0; name != NULL && pes_lopt_rule_get(i) != NULL; i++) {
        if (strcmp(rules[i]->name, name) == 0) {
            return rules[i];
        }
    }
    return NULL;
}

const char *pes_lopt_rule_name(int64_t index) {
    const pes_lopt_rule *rule = pes_lopt_rule_get(index);
    return rule != NULL ? rule->name : NULL;
}

// "sgd, momentum, adam"
static const char *list_names(char out[128]) {
    size_t used = 0;
    for (int64_t i = 0; pes_lopt_rule_name(i) != NULL; i++) {
        used += (size_t)snprintf(out + used, 128 - used, "%s%s", i > 0 ? ", " : "",
                                 pes_lopt_rule_name(i));
    }
    return out;
}

pes_status pes_lopt_shape_of(pes_lopt_shape *out, const char *name, const pes_int_list *hidden,
                             double output_scale) {
    const pes_lopt_rule *rule = pes_lopt_rule_find(name);
    char known[128];
    PES_PROBLEM_REQUIRE(rule != NULL, PES_E_ARGUMENT,
                        "there is no optimizer of the architecture '%s'; there are %s",
                        name != NULL ? name : "", list_names(known));
    const bool own = hidden != NULL && hidden->count > 0;
    PES_PROBLEM_REQUIRE(!own || rule->default_hidden.count > 0, PES_E_ARGUMENT,
                        "the architecture %s has no network and no hidden layers; leave their "
                        "widths out",
                        name);
    for (int64_t i = 0; own && i < hidden->count; i++) {
        PES_PROBLEM_REQUIRE(hidden->value[i] >= 1 && hidden->value[i] <= PES_LOPT_WIDEST,
                            PES_E_ARGUMENT,
                            "a hidden layer of the optimizer has %lld units; use 1 to %d",
                            (long long)hidden->value[i], PES_LOPT_WIDEST);
    }
    *out = (pes_lopt_shape){
        .rule = rule,
        .hidden = own ? *hidden : rule->default_hidden,
        .output_scale = output_scale,
    };
    return PES_OK;
}

int64_t pes_lopt_num_params(const pes_lopt_shape *shape) {
    return shape->rule->num_params(shape);
}

int64_t pes_lopt_extra_floats(const pes_lopt_shape *shape, int64_t rows, int64_t columns) {
    return shape->rule->extra_floats != NULL ? shape->rule->extra_floats(shape, rows, columns)
                                             : 0;
}

int64_t pes_lopt_prepared_floats(const pes_lopt_shape *shape) {
    return shape->rule->prepared_floats != NULL ? shape->rule->prepared_floats(shape) : 0;
}

int64_t pes_lopt_scratch_floats(const pes_lopt_shape *shape) {
    return shape->rule->scratch_floats != NULL ? shape->rule->scratch_floats(shape) : 0;
}

int64_t pes_lopt_not_finite(int64_t count, const float *theta) {
    int64_t i = 0;
    while (i < count && isfinite(theta[i])) {
        i++;
    }
    return i < count ? i : -1;
}

bool pes_lopt_block_of(const pes_lopt_shape *shape, int64_t index, pes_lopt_block *out) {
    if (shape->rule->block != NULL) {
        return shape->rule->block(shape, index, out);
    }
    if (index >= pes_lopt_num_params(shape)) {
        return false;
    }
    char room[PES_NAME_SIZE];
    *out = (pes_lopt_block){.rank = 1, .shape = {1, 1}, .offset = index, .count = 1};
    snprintf(out->name, sizeof out->name, "%s", shape->rule->param_name(shape, index, room));
    return true;
}

void pes_lopt_clear_padding(const pes_lopt_tensor *tensor, int64_t moments) {
    const size_t bytes = (size_t)(tensor->stride - tensor->columns) * sizeof(float);
    for (int64_t r = 0; r < tensor->rows && bytes > 0; r++) {
        const int64_t at = r * tensor->stride + tensor->columns;
        memset(tensor->weights + at, 0, bytes);
        for (int64_t m = 0; m < moments; m++) {
            memset(tensor->moment + m * tensor->moment_distance + at, 0, bytes);
        }
    }
}
