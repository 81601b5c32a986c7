// The optimizer that is a multilayer perceptron for each weight (Metz et al. 2019, arXiv
// 1810.10180, as in the public code of "Unbiased gradient estimation in unrolled computation
// graphs with persistent evolution strategies", Vicol et al. 2021).
//
// It reads the gradient g, the weight w and six momenta with decays 0.1 to 0.9999,
//
//     m_k <- beta_k m_k + (1 - beta_k) g
//
// each divided by sqrt(1e-5 + its mean square over the tensor), and eleven features of the step
// number. From its two outputs d and m comes the step
//
//     w <- w - 0.001 d exp(0.001 m)
//
// What divides the features is the same for a whole tensor, and the time for all tensors: the
// former goes into the first layer's weights, the latter into its biases, so that the network
// reads g, w and the m_k where they lie.

#include <math.h>

#include "problems/lopt/network.h"
#include "problems/lopt/time.h"

enum { MOMENTA = 6, OWN = 2 + MOMENTA, FEATURES = OWN + PES_LOPT_TIMES };

static const float keep[MOMENTA] = {0.1f, 0.5f, 0.9f, 0.99f, 0.999f, 0.9999f};
static const float add[MOMENTA] = {0.9f, 0.5f, 0.1f, 0.01f, 0.001f, 0.0001f};
static const float step_size = 0.001f, growth = 0.001f;
static const double normalizer = 1e-5;

static pes_lopt_network network_of(const pes_lopt_shape *shape) {
    return pes_lopt_network_of(FEATURES, &shape->hidden);
}

static int64_t num_params(const pes_lopt_shape *shape) {
    return network_of(shape).num_params;
}

static const char *feature_name(int64_t index) {
    static const char *const own[OWN] = {"gradient",       "weight",         "momentum_0.1",
                                         "momentum_0.5",   "momentum_0.9",   "momentum_0.99",
                                         "momentum_0.999", "momentum_0.9999"};
    return index < OWN ? own[index] : pes_lopt_time_name(index - OWN);
}

static const char *param_name(const pes_lopt_shape *shape, int64_t index,
                              char room[PES_NAME_SIZE]) {
    const pes_lopt_network network = network_of(shape);
    return pes_lopt_network_param_name(&network, index, feature_name, room);
}

static bool block(const pes_lopt_shape *shape, int64_t index, pes_lopt_block *out) {
    const pes_lopt_network network = network_of(shape);
    return pes_lopt_network_block(&network, index, out);
}

static void start(const pes_lopt_shape *shape, uint64_t seed, float *theta) {
    const pes_lopt_network network = network_of(shape);
    pes_lopt_network_start(&network, seed, shape->output_scale, theta);
}

static double flops(const pes_lopt_shape *shape) {
    const pes_lopt_network network = network_of(shape);
    return pes_lopt_network_flops(&network, OWN);
}

// ---- a step ---------------------------------------------------------------------------------

static int64_t prepared_floats(const pes_lopt_shape *shape) {
    return shape->hidden.value[0];
}

static int64_t scratch_floats(const pes_lopt_shape *shape) {
    const pes_lopt_network network = network_of(shape);
    return OWN * network.layer[0].out + pes_lopt_network_scratch(&network);
}

static void begin(const pes_lopt_step *step) {
    const pes_lopt_network network = network_of(step->shape);
    pes_lopt_time_fold(&network, step->kernels, step->theta, step->clock, step->prepared);
}

// The momenta, and what each feature is to be multiplied by.
static void update_momenta(const pes_kernels *kernels, const pes_lopt_tensor *tensor,
                           float *const momenta[MOMENTA], float factor[OWN]) {
    const int64_t n = tensor->rows * tensor->stride;
    double squares[OWN];
    squares[0] = kernels->squares(n, tensor->gradient);
    squares[1] = kernels->squares(n, tensor->weights);
    kernels->running_means(n, MOMENTA, keep, add, tensor->gradient, momenta, squares + 2);
    for (int f = 0; f < OWN; f++) {
        const double mean = squares[f] / (double)(tensor->rows * tensor->columns);
        factor[f] = (float)(1.0 / sqrt(normalizer + mean));
    }
}

static void apply(const pes_lopt_step *step, const pes_lopt_tensor *tensor) {
    const pes_lopt_network network = network_of(step->shape);
    const int64_t n = tensor->rows * tensor->stride, units = network.layer[0].out;
    float *first = step->scratch, factor[OWN], *momenta[MOMENTA];
    for (int k = 0; k < MOMENTA; k++) {
        momenta[k] = tensor->moment + k * tensor->moment_distance;
    }
    update_momenta(step->kernels, tensor, momenta, factor);
    for (int64_t i = 0; i < OWN * units; i++) {
        first[i] = factor[i / units] * step->theta[i];
    }
    const pes_lopt_run run = {
        .network = &network,
        .kernels = step->kernels,
        .theta = step->theta,
        .features = OWN,
        .first = first,
        .first_bias = step->prepared,
        .scratch = first + OWN * units,
    };
    for (int64_t at = 0; at < n; at += PES_LOPT_LANES) {
        const int64_t lanes = n - at < PES_LOPT_LANES ? n - at : PES_LOPT_LANES;
        const float *feature[OWN] = {tensor->gradient + at, tensor->weights + at};
        for (int k = 0; k < MOMENTA; k++) {
            feature[2 + k] = momenta[k] + at;
        }
        const pes_lopt_answer answer = pes_lopt_network_run(&run, lanes, feature);
        step->kernels->grown_steps(lanes, step_size, growth, answer.direction, answer.magnitude,
                                   tensor->weights + at);
    }
    pes_lopt_clear_padding(tensor, 0);
}

const pes_lopt_rule pes_lopt_mlp = {
    .name = "mlp",
    .summary =
        "a perceptron that reads gradient, weight, six momenta and the time (Metz et "
        "al. 2019)",
    .default_hidden = {.count = 2, .value = {32, 32}},
    .moments = MOMENTA,
    .num_params = num_params,
    .param_name = param_name,
    .start = start,
    .block = block,
    .prepared_floats = prepared_floats,
    .scratch_floats = scratch_floats,
    .flops = flops,
    .begin = begin,
    .apply = apply,
};
