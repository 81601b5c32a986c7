// The small optimizer with factored second moments (Metz et al. 2022, "Practical tradeoffs
// between memory, compute, and performance in learned optimizers", arXiv 2203.11860; the public
// code is AdafacMLPLOpt of google/learned_optimization).
//
// For every weight a network 39-4-4-2 reads 28 features of the tensor (factored_features.h),
// each divided by sqrt(1e-5 + its mean square over the tensor), and eleven of the step number
// (time.h), and gives d and m:
//
//     w <- w - 0.001 d exp(0.001 m)
//
// The seven decays are learned too. theta begins with them:
//
//     1 - decay = (1 - its start) exp(10 theta)
//
// for momenta that start at 0.9, 0.99, 0.999, the second moment at 0.999 and the factored ones
// at 0.9, 0.99, 0.999; all but the momenta's are kept within 0 and 1. Then come the network's
// weights.
//
// A matrix is inputs x outputs of a layer; which of its sides counts as the shorter one matters
// only where they are equal.

#include <stdio.h>

#include "problems/lopt/factored_features.h"
#include "problems/lopt/time.h"

enum {
    OWN = PES_LOPT_FACTORED,
    FEATURES = OWN + PES_LOPT_TIMES,
    MOMENTA = PES_LOPT_MOMENTA,
    DECAYS = PES_LOPT_DECAYS
};

static const float step_size = 0.001f, growth = 0.001f, decay_scale = 10.0f;
static const float first_add[DECAYS] = {0.1f, 0.01f, 0.001f, 0.001f, 0.1f, 0.01f, 0.001f};

static pes_lopt_network network_of(const pes_lopt_shape *shape) {
    return pes_lopt_network_of(FEATURES, &shape->hidden);
}

static int64_t num_params(const pes_lopt_shape *shape) {
    return DECAYS + network_of(shape).num_params;
}

static const char *feature_name(int64_t index) {
    static const char *const own[OWN] = {"gradient",
                                         "weight",
                                         "momentum_0.9",
                                         "momentum_0.99",
                                         "momentum_0.999",
                                         "square",
                                         "adam_0.9",
                                         "adam_0.99",
                                         "adam_0.999",
                                         "root",
                                         "gradient_factored_0.9",
                                         "gradient_factored_0.99",
                                         "gradient_factored_0.999",
                                         "row_0.9",
                                         "row_0.99",
                                         "row_0.999",
                                         "column_0.9",
                                         "column_0.99",
                                         "column_0.999",
                                         "root_row_0.9",
                                         "root_row_0.99",
                                         "root_row_0.999",
                                         "root_column_0.9",
                                         "root_column_0.99",
                                         "root_column_0.999",
                                         "momentum_factored_0.9",
                                         "momentum_factored_0.99",
                                         "momentum_factored_0.999"};
    return index < OWN ? own[index] : pes_lopt_time_name(index - OWN);
}

// The parts of theta before the network.
static const struct {
    const char *name;
    int64_t offset, count;
} decay_blocks[] = {{"momentum_decays", 0, MOMENTA},
                    {"square_decays", MOMENTA, 1},
                    {"factored_decays", MOMENTA + 1, PES_LOPT_FACTORS}};
enum { DECAY_BLOCKS = 3 };

static const char *param_name(const pes_lopt_shape *shape, int64_t index,
                              char room[PES_NAME_SIZE]) {
    static const char *const name[DECAYS] = {"momentum_decay_0.9",   "momentum_decay_0.99",
                                             "momentum_decay_0.999", "square_decay_0.999",
                                             "factored_decay_0.9",   "factored_decay_0.99",
                                             "factored_decay_0.999"};
    const pes_lopt_network network = network_of(shape);
    return index < DECAYS
               ? name[index]
               : pes_lopt_network_param_name(&network, index - DECAYS, feature_name, room);
}

static bool block(const pes_lopt_shape *shape, int64_t index, pes_lopt_block *out) {
    if (index < DECAY_BLOCKS) {
        *out = (pes_lopt_block){.rank = 1,
                                .shape = {decay_blocks[index].count, 1},
                                .offset = decay_blocks[index].offset,
                                .count = decay_blocks[index].count};
        snprintf(out->name, sizeof out->name, "%s", decay_blocks[index].name);
        return true;
    }
    const pes_lopt_network network = network_of(shape);
    const bool there = pes_lopt_network_block(&network, index - DECAY_BLOCKS, out);
    out->offset += DECAYS;
    return there;
}

static void start(const pes_lopt_shape *shape, uint64_t seed, float *theta) {
    const pes_lopt_network network = network_of(shape);
    for (int k = 0; k < DECAYS; k++) {
        theta[k] = 0.0f;
    }
    pes_lopt_network_start(&network, seed, shape->output_scale, theta + DECAYS);
}

static int64_t extra_floats(const pes_lopt_shape *shape, int64_t rows, int64_t columns) {
    (void)shape;
    return pes_lopt_factored_extra(rows, columns);
}

// The network's, without the features that belong to a row, a column or a step; finding the
// others, and their mean squares, is not counted.
static double flops(const pes_lopt_shape *shape) {
    const pes_lopt_network network = network_of(shape);
    return pes_lopt_network_flops(&network, PES_KERNELS_FACTORED);
}

// ---- a step ---------------------------------------------------------------------------------

// keep and add of every decay, and the first layer's biases with the time.
static int64_t prepared_floats(const pes_lopt_shape *shape) {
    return 2 * DECAYS + shape->hidden.value[0];
}

static int64_t scratch_floats(const pes_lopt_shape *shape) {
    const pes_lopt_network network = network_of(shape);
    return pes_lopt_factored_scratch(&network);
}

static void begin(const pes_lopt_step *step) {
    const pes_lopt_network network = network_of(step->shape);
    float *keep = step->prepared, *add = keep + DECAYS;
    for (int k = 0; k < DECAYS; k++) {
        add[k] = decay_scale * step->theta[k];
    }
    step->kernels->exp(DECAYS, add, add);
    for (int k = 0; k < DECAYS; k++) {
        add[k] *= first_add[k];
        add[k] = k >= MOMENTA && add[k] > 1.0f ? 1.0f : add[k];
        keep[k] = 1.0f - add[k];
    }
    pes_lopt_time_fold(&network, step->kernels, step->theta + DECAYS, step->clock,
                       add + DECAYS);
}

static void apply(const pes_lopt_step *step, const pes_lopt_tensor *tensor) {
    const pes_lopt_network network = network_of(step->shape);
    const pes_lopt_decays decays = {step->prepared, step->prepared + DECAYS};
    const pes_lopt_reader reader = {
        .network = &network,
        .theta = step->theta + DECAYS,
        .first_bias = step->prepared + 2 * DECAYS,
        .size = step_size,
        .growth = growth,
    };
    pes_lopt_features features;
    pes_lopt_factored_update(step->kernels, &decays, tensor, step->scratch, &features);
    pes_lopt_factored_step(&features, &reader);
}

const pes_lopt_rule pes_lopt_factored = {
    .name = "factored",
    .summary =
        "a small perceptron that reads momenta, second moments and factored ones, with "
        "learned decays (Metz et al. 2022)",
    .default_hidden = {.count = 2, .value = {4, 4}},
    .moments = PES_LOPT_MOMENTS,
    .num_params = num_params,
    .param_name = param_name,
    .start = start,
    .block = block,
    .extra_floats = extra_floats,
    .prepared_floats = prepared_floats,
    .scratch_floats = scratch_floats,
    .flops = flops,
    .begin = begin,
    .apply = apply,
};
