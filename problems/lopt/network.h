// The network inside a learned optimizer: from features of a weight to a direction d and a
// magnitude m, rectified linear units between its layers. All weights of a tensor go through
// it side by side, a weight in each lane.
//
// In theta it is layer by layer, weights (in x out), then biases (out).

#ifndef PES_PROBLEMS_LOPT_NETWORK_H
#define PES_PROBLEMS_LOPT_NETWORK_H

#include "problems/lopt/rule.h"

enum {
    PES_LOPT_LAYERS = PES_LIST_SIZE + 1,
    PES_LOPT_WIDEST = 512, // units of a hidden layer, at most
    PES_LOPT_LANES = 96,   // weights that go through at a time: what they need stays in the
                           // nearest cache, and is whole tiles of every table of kernels
    PES_LOPT_OUTPUTS = 2,  // d, m
};

typedef struct pes_lopt_layer {
    int64_t in, out;
    int64_t weights, biases; // where they begin, in floats from the network's begin
} pes_lopt_layer;

typedef struct pes_lopt_network {
    int64_t layers;
    pes_lopt_layer layer[PES_LOPT_LAYERS];
    int64_t widest; // units of a layer
    int64_t num_params;
} pes_lopt_network;

pes_lopt_network pes_lopt_network_of(int64_t features, const pes_int_list *hidden);

// Weights: normal with standard deviation 1/sqrt(in), cut at two of them, the last layer's
// multiplied by output_scale; biases zero.
void pes_lopt_network_start(const pes_lopt_network *network, uint64_t seed, double output_scale,
                            float *theta);

// Where parameter `index` is: its layer, and its input, which is `in` for a bias, and output.
typedef struct pes_lopt_place {
    int64_t layer, in, out;
} pes_lopt_place;
pes_lopt_place pes_lopt_network_place(const pes_lopt_network *network, int64_t index);

// The usual name: "w0.<feature>.<unit>", "w1.<unit>.<unit>", "b0.<unit>".
const char *pes_lopt_network_param_name(const pes_lopt_network *network, int64_t index,
                                        const char *(*feature)(int64_t index),
                                        char room[PES_NAME_SIZE]);

// The parts of theta that the network consists of: "w0" in x out, "b0" out, and so on. Offsets
// count from its begin. False past the last.
bool pes_lopt_network_block(const pes_lopt_network *network, int64_t index,
                            pes_lopt_block *out);

// Operations for one weight, its first `features` inputs counted.
double pes_lopt_network_flops(const pes_lopt_network *network, int64_t features);

// Floats of scratch that pes_lopt_network_run() needs.
int64_t pes_lopt_network_scratch(const pes_lopt_network *network);

// What a network is to go through with.
typedef struct pes_lopt_run {
    const pes_lopt_network *network;
    const pes_kernels *kernels;
    const float *theta;      // of the network
    int64_t features;        // inputs of the first layer that differ from weight to weight
    const float *first;      // features x out of the first layer: its weights for them
    const float *first_bias; // out of the first layer, the other inputs' share included
    float *scratch;          // pes_lopt_network_scratch()
} pes_lopt_run;

// `lanes` <= PES_LOPT_LANES weights: feature[j][l] is feature j of weight l. d and m come to
// lie in the scratch; valid until the next call.
typedef struct pes_lopt_answer {
    const float *direction, *magnitude; // lanes
} pes_lopt_answer;
pes_lopt_answer pes_lopt_network_run(const pes_lopt_run *run, int64_t lanes,
                                     const float *const *feature);

#endif // PES_PROBLEMS_LOPT_NETWORK_H
