#include "problems/control/policy.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { DRAW_WEIGHTS = 0 };

pes_policy_options pes_policy_default(void) {
    return (pes_policy_options){
        .kind = "linear",
        .bias = false,
        .init_scale = 1.0,
        .output_scale = 0.0,
        .init_seed = 1,
        .action_bounds = "clip",
        .normalize = false,
        .normalize_clip = 10.0,
    };
}

const char *pes_policy_bounds_name(int64_t index) {
    static const char *const name[] = {"clip", "tanh", "none"};
    return index < (int64_t)(sizeof name / sizeof *name) ? name[index] : NULL;
}

// ---- the kinds ------------------------------------------------------------------------------

// Append a layer behind the parameters so far.
static void add_layer(pes_policy *p, const char *name, int64_t inputs, int64_t outputs,
                      bool bias, bool recurrent, bool squash) {
    pes_policy_layer *layer = &p->layer[p->num_layers++];
    *layer = (pes_policy_layer){.name = name,
                                .inputs = inputs,
                                .outputs = outputs,
                                .weight = p->num_params,
                                .bias = -1,
                                .recurrent = -1,
                                .squash = squash};
    p->num_params += inputs * outputs;
    if (recurrent) {
        layer->recurrent = p->num_params;
        p->num_params += outputs * outputs;
    }
    if (bias) {
        layer->bias = p->num_params;
        p->num_params += outputs;
    }
    p->widest = outputs > p->widest ? outputs : p->widest;
}

static pes_status lay_linear(pes_policy *p) {
    PES_PROBLEM_REQUIRE(p->options.hidden.count == 0, PES_E_ARGUMENT,
                        "a linear policy has no hidden layers; set policy = \"mlp\", or "
                        "hidden = []");
    add_layer(p, "output", p->num_observed, p->num_actions, p->options.bias, false, false);
    return PES_OK;
}

static pes_status lay_mlp(pes_policy *p) {
    static const char *const name[PES_POLICY_LAYERS] = {
        "hidden1", "hidden2", "hidden3", "hidden4", "hidden5", "hidden6", "hidden7", "hidden8"};
    const pes_int_list *hidden = &p->options.hidden;
    PES_PROBLEM_REQUIRE(hidden->count >= 1 && hidden->count <= PES_POLICY_LAYERS,
                        PES_E_ARGUMENT,
                        "policy mlp needs from 1 to %d hidden layers, as in hidden = [16, 16]; "
                        "hidden has %lld",
                        PES_POLICY_LAYERS, (long long)hidden->count);
    int64_t inputs = p->num_observed;
    for (int64_t i = 0; i < hidden->count; i++) {
        add_layer(p, name[i], inputs, hidden->value[i], true, false, true);
        inputs = hidden->value[i];
    }
    add_layer(p, "output", inputs, p->num_actions, true, false, false);
    return PES_OK;
}

static pes_status lay_recurrent(pes_policy *p) {
    const pes_int_list *hidden = &p->options.hidden;
    PES_PROBLEM_REQUIRE(hidden->count == 1, PES_E_ARGUMENT,
                        "policy recurrent has one hidden layer, as in hidden = [16]; hidden "
                        "has %lld",
                        (long long)hidden->count);
    add_layer(p, "hidden", p->num_observed, hidden->value[0], true, true, true);
    add_layer(p, "output", hidden->value[0], p->num_actions, true, false, false);
    p->num_memory = hidden->value[0];
    return PES_OK;
}

static const struct {
    const char *name;
    pes_status (*lay_out)(pes_policy *policy);
} kinds[] = {
    {"linear", lay_linear},
    {"mlp", lay_mlp},
    {"recurrent", lay_recurrent},
};

const char *pes_policy_kind_name(int64_t index) {
    return index < (int64_t)(sizeof kinds / sizeof *kinds) ? kinds[index].name : NULL;
}

pes_status pes_policy_create(pes_policy *policy, const pes_policy_options *options,
                             int64_t num_observed, int64_t num_actions) {
    *policy = (pes_policy){
        .options = *options,
        .kernels = pes_kernels_select(),
        .num_observed = num_observed,
        .num_actions = num_actions,
    };
    for (int64_t i = 0; pes_policy_kind_name(i) != NULL; i++) {
        if (strcmp(kinds[i].name, options->kind) == 0) {
            return kinds[i].lay_out(policy);
        }
    }
    return pes_fail(PES_E_ARGUMENT, "there is no policy '%s'", options->kind);
}

// ---- parameters -----------------------------------------------------------------------------

static void draw(const pes_stream *stream, int64_t layer, int64_t count, double deviation,
                 float *weight) {
    pes_noise_normal(stream, DRAW_WEIGHTS, (uint32_t)layer, count, weight);
    for (int64_t i = 0; i < count; i++) {
        weight[i] = (float)(deviation * (double)weight[i]);
    }
}

void pes_policy_init(const pes_policy *policy, float *theta) {
    const pes_stream stream = {.seed = policy->options.init_seed};
    memset(theta, 0, (size_t)policy->num_params * sizeof *theta);
    for (int64_t i = 0; i < policy->num_layers; i++) {
        const pes_policy_layer *layer = &policy->layer[i];
        const int64_t fed = layer->inputs + (layer->recurrent >= 0 ? layer->outputs : 0);
        const bool last = i == policy->num_layers - 1;
        const double scale = last ? policy->options.output_scale : policy->options.init_scale;
        draw(&stream, i, fed * layer->outputs, scale / sqrt((double)fed),
             theta + layer->weight);
    }
}

bool pes_policy_tensor_get(const pes_policy_layer *layer, int64_t index,
                           pes_policy_tensor *out) {
    const pes_policy_tensor all[] = {
        {"weight", layer->weight, layer->inputs, layer->outputs},
        {"recurrent", layer->recurrent, layer->outputs, layer->outputs},
        {"bias", layer->bias, layer->outputs, 0},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (all[i].begin >= 0 && index-- == 0) {
            *out = all[i];
            return true;
        }
    }
    return false;
}

static const char *name_entry(const pes_policy_layer *layer, const pes_policy_tensor *tensor,
                              int64_t at, char room[PES_NAME_SIZE]) {
    if (tensor->columns > 0) {
        (void)snprintf(room, PES_NAME_SIZE, "%s_%s.%lld.%lld", layer->name, tensor->part,
                       (long long)(at / tensor->columns), (long long)(at % tensor->columns));
    } else {
        (void)snprintf(room, PES_NAME_SIZE, "%s_%s.%lld", layer->name, tensor->part,
                       (long long)at);
    }
    return room;
}

const char *pes_policy_param_name(const pes_policy *policy, int64_t index,
                                  char room[PES_NAME_SIZE]) {
    for (int64_t i = 0; index >= 0 && i < policy->num_layers; i++) {
        const pes_policy_layer *layer = &policy->layer[i];
        pes_policy_tensor tensor;
        for (int64_t k = 0; pes_policy_tensor_get(layer, k, &tensor); k++) {
            const int64_t count = tensor.rows * (tensor.columns > 0 ? tensor.columns : 1);
            if (index >= tensor.begin && index < tensor.begin + count) {
                return name_entry(layer, &tensor, index - tensor.begin, room);
            }
        }
    }
    return NULL;
}

// ---- acting ---------------------------------------------------------------------------------

static void begin_sums(const pes_policy_layer *layer, const float *theta, float *y) {
    if (layer->bias >= 0) {
        memcpy(y, theta + layer->bias, (size_t)layer->outputs * sizeof *y);
    } else {
        memset(y, 0, (size_t)layer->outputs * sizeof *y);
    }
}

static void add_product(const pes_kernels *kernels, int64_t inputs, int64_t outputs,
                        const float *x, const float *w, float *y) {
    kernels->sgemm_nn(1, outputs, inputs, x, inputs, w, outputs, y, outputs, true);
}

void pes_policy_act(const pes_policy *policy, const float *theta, const float *observation,
                    float *memory, float *room, float *action) {
    const pes_kernels *kernels = policy->kernels;
    const float *x = observation;
    for (int64_t i = 0; i < policy->num_layers; i++) {
        const pes_policy_layer *layer = &policy->layer[i];
        float *y = i + 1 < policy->num_layers ? room + i % 2 * policy->widest : action;
        begin_sums(layer, theta, y);
        add_product(kernels, layer->inputs, layer->outputs, x, theta + layer->weight, y);
        if (layer->recurrent >= 0) {
            add_product(kernels, layer->outputs, layer->outputs, memory,
                        theta + layer->recurrent, y);
        }
        if (layer->squash) {
            kernels->tanh(layer->outputs, y, y);
        }
        if (layer->recurrent >= 0) {
            memcpy(memory, y, (size_t)layer->outputs * sizeof *y);
        }
        x = y;
    }
}

double pes_policy_flops(const pes_policy *policy) {
    double products = 0.0;
    for (int64_t i = 0; i < policy->num_layers; i++) {
        const pes_policy_layer *layer = &policy->layer[i];
        const int64_t fed = layer->inputs + (layer->recurrent >= 0 ? layer->outputs : 0);
        products += (double)(fed * layer->outputs);
    }
    return 2.0 * products;
}
