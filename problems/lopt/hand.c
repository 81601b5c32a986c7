// The hand-made optimizers as architectures whose few numbers can be learned: gradient descent,
// with a heavy ball, Adam and AdamW. Their formulas are those of mlp_training's inner
// optimizers (problems/hyper/mlp_training/optimizer.c), and torch.optim's:
//
//     sgd        w <- w - r g
//     momentum   v <- mu v + g,  w <- w - r v
//     adam       m <- b1 m + (1 - b1) g,  s <- b2 s + (1 - b2) g^2,
//                w <- w - r m / (1 - b1^t) / (sqrt(s / (1 - b2^t)) + eps)
//     adamw      w <- (1 - r d) w, then adam
//
// In theta a rate, an epsilon or a decay d lies as its logarithm, and mu, b1 and b2 as log(b /
// (1 - b)): theta may be any number, and what it stands for stays where it may be.

#include <math.h>
#include <string.h>

#include "problems/hyper/mlp_training/optimizer.h"
#include "problems/lopt/rule.h"

// What a number of theta is, by its place.
enum { RATE, FIRST, SECOND, EPSILON, DECAY, NUMBERS };

typedef struct number {
    const char *name;         // in theta
    const char *natural_name; // of the number itself
    bool logit;               // otherwise a logarithm
    double start, low, high;  // natural units
} number;

static const number adam_numbers[NUMBERS] = {
    [RATE] = {"log_learning_rate", "learning_rate", false, 1e-3, 1e-6, 1.0},
    [FIRST] = {"logit_beta1", "beta1", true, 0.9, 0.01, 0.999},
    [SECOND] = {"logit_beta2", "beta2", true, 0.999, 0.5, 0.9999},
    [EPSILON] = {"log_epsilon", "epsilon", false, 1e-8, 1e-10, 1.0},
    [DECAY] = {"log_weight_decay", "weight_decay", false, 1e-2, 1e-6, 1.0},
};
static const number momentum_numbers[] = {
    [RATE] = {"log_learning_rate", "learning_rate", false, 1e-2, 1e-5, 10.0},
    [FIRST] = {"logit_momentum", "momentum", true, 0.9, 0.01, 0.999},
};

// A row: its numbers, and whose formula it has.
typedef struct recipe {
    const pes_lopt_rule *rule;
    int64_t count;
    const number *numbers;
    const char *optimizer; // of mlp_training
    double flops;
} recipe;

static const recipe recipes[] = {
    {&pes_lopt_sgd, 1, momentum_numbers, NULL, 2.0},
    {&pes_lopt_momentum, 2, momentum_numbers, "sgd", 4.0},
    {&pes_lopt_adam, 4, adam_numbers, "adam", 14.0},
    {&pes_lopt_adamw, 5, adam_numbers, "adamw", 15.0},
};

static const recipe *recipe_of(const pes_lopt_shape *shape) {
    const recipe *row = recipes;
    while (row->rule != shape->rule) {
        row++;
    }
    return row;
}

static const number *number_of(const pes_lopt_shape *shape, int64_t index) {
    return &recipe_of(shape)->numbers[index];
}

static int64_t num_params(const pes_lopt_shape *shape) {
    return recipe_of(shape)->count;
}

static double flops(const pes_lopt_shape *shape) {
    return recipe_of(shape)->flops;
}

static const char *param_name(const pes_lopt_shape *shape, int64_t index,
                              char room[PES_NAME_SIZE]) {
    (void)room;
    return number_of(shape, index)->name;
}

static const char *natural_name(const pes_lopt_shape *shape, int64_t index) {
    return number_of(shape, index)->natural_name;
}

static double natural(const pes_lopt_shape *shape, int64_t index, double theta) {
    return number_of(shape, index)->logit ? 1.0 / (1.0 + exp(-theta)) : exp(theta);
}

// The theta of a value.
static double inverse(const number *n, double value) {
    return n->logit ? log(value / (1.0 - value)) : log(value);
}

static void search_range(const pes_lopt_shape *shape, int64_t index, double *low,
                         double *high) {
    const number *n = number_of(shape, index);
    *low = inverse(n, n->low);
    *high = inverse(n, n->high);
}

static void start(const pes_lopt_shape *shape, uint64_t seed, float *theta) {
    (void)seed;
    for (int64_t i = 0; i < pes_lopt_num_params(shape); i++) {
        const number *n = number_of(shape, i);
        theta[i] = (float)inverse(n, n->start);
    }
}

// ---- a step ---------------------------------------------------------------------------------

static int64_t prepared_floats(const pes_lopt_shape *shape) {
    (void)shape;
    return NUMBERS;
}

// The numbers in natural units; 0 where theta has none.
static void begin(const pes_lopt_step *step) {
    const int64_t count = pes_lopt_num_params(step->shape);
    memset(step->prepared, 0, NUMBERS * sizeof *step->prepared);
    for (int64_t i = 0; i < count; i++) {
        (number_of(step->shape, i)->logit ? step->kernels->sigmoid : step->kernels->exp)(
            1, step->theta + i, step->prepared + i);
    }
}

static void apply_sgd(const pes_lopt_step *step, const pes_lopt_tensor *tensor) {
    for (int64_t r = 0; r < tensor->rows; r++) {
        step->kernels->axpy(tensor->columns, -step->prepared[RATE],
                            tensor->gradient + r * tensor->stride,
                            tensor->weights + r * tensor->stride);
    }
}

static void apply_with_moments(const pes_lopt_step *step, const pes_lopt_tensor *tensor) {
    const float *value = step->prepared;
    float *moment[PES_MLP_MOMENTS] = {tensor->moment, tensor->moment + tensor->moment_distance};
    const pes_mlp_update update = {
        .rate = value[RATE],
        .momentum = value[FIRST],
        .beta2 = value[SECOND],
        .epsilon = value[EPSILON],
        .left = 1.0f - value[RATE] * value[DECAY],
        .size = (float)((double)value[RATE] /
                        (1.0 - pes_mlp_power((double)value[FIRST], step->clock + 1))),
        .root = (float)sqrt(1.0 - pes_mlp_power((double)value[SECOND], step->clock + 1)),
    };
    pes_mlp_optimizer_find(recipe_of(step->shape)->optimizer)
        ->update(tensor->rows * tensor->stride, &update, tensor->gradient, tensor->weights,
                 moment);
    pes_lopt_clear_padding(tensor, step->shape->rule->moments);
}

#define HAND_MADE                                                                              \
    .num_params = num_params, .param_name = param_name, .start = start, .natural = natural,    \
    .natural_name = natural_name, .search_range = search_range, .flops = flops,                \
    .prepared_floats = prepared_floats, .begin = begin

const pes_lopt_rule pes_lopt_sgd = {
    .name = "sgd",
    .summary = "gradient descent: a learning rate",
    .apply = apply_sgd,
    HAND_MADE,
};
const pes_lopt_rule pes_lopt_momentum = {
    .name = "momentum",
    .summary = "gradient descent with a heavy ball (Polyak 1964): learning rate and momentum",
    .moments = 1,
    .apply = apply_with_moments,
    HAND_MADE,
};
const pes_lopt_rule pes_lopt_adam = {
    .name = "adam",
    .summary = "Adam (Kingma and Ba 2015): learning rate, two decays and epsilon",
    .moments = 2,
    .apply = apply_with_moments,
    HAND_MADE,
};
const pes_lopt_rule pes_lopt_adamw = {
    .name = "adamw",
    .summary = "AdamW (Loshchilov and Hutter 2019): the numbers of Adam and a weight decay",
    .moments = 2,
    .apply = apply_with_moments,
    HAND_MADE,
};
