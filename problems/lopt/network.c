#include "problems/lopt/network.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "pes/noise.h"

_Static_assert((int)PES_LOPT_LAYERS <= (int)PES_LOPT_DRAW_STARTS &&
                   PES_LOPT_DRAW_START + (int)PES_LOPT_DRAW_STARTS <= (int)PES_NOISE_USES,
               "every layer's start has a use of its own");

pes_lopt_network pes_lopt_network_of(int64_t features, const pes_int_list *hidden) {
    pes_lopt_network out = {.layers = hidden->count + 1, .widest = PES_LOPT_OUTPUTS};
    for (int64_t l = 0; l < out.layers; l++) {
        pes_lopt_layer *layer = &out.layer[l];
        layer->in = l == 0 ? features : hidden->value[l - 1];
        layer->out = l == hidden->count ? PES_LOPT_OUTPUTS : hidden->value[l];
        layer->weights = out.num_params;
        layer->biases = layer->weights + layer->in * layer->out;
        out.num_params = layer->biases + layer->out;
        out.widest = layer->out > out.widest ? layer->out : out.widest;
    }
    return out;
}

// ---- start ----------------------------------------------------------------------------------

// Draws rounds of normals until those within two standard deviations are enough.
static void start_layer(const pes_lopt_layer *layer, const pes_stream *stream, uint32_t use,
                        double scale, float *weights) {
    const float deviation = (float)(scale / sqrt((double)layer->in));
    const int64_t count = layer->in * layer->out;
    int64_t filled = 0;
    for (uint32_t round = 0; filled < count; round++) {
        float normal[256];
        pes_noise_normal(stream, use, round, 256, normal);
        for (int i = 0; i < 256 && filled < count; i++) {
            if (normal[i] >= -2.0f && normal[i] <= 2.0f) {
                weights[filled++] = deviation * normal[i];
            }
        }
    }
}

void pes_lopt_network_start(const pes_lopt_network *network, uint64_t seed, double output_scale,
                            float *theta) {
    const pes_stream stream = {.seed = seed};
    memset(theta, 0, (size_t)network->num_params * sizeof *theta);
    for (int64_t l = 0; l < network->layers; l++) {
        const pes_lopt_layer *layer = &network->layer[l];
        start_layer(layer, &stream, (uint32_t)(PES_LOPT_DRAW_START + l),
                    l + 1 == network->layers ? output_scale : 1.0, theta + layer->weights);
    }
}

// ---- names ----------------------------------------------------------------------------------

pes_lopt_place pes_lopt_network_place(const pes_lopt_network *network, int64_t index) {
    int64_t l = 0;
    while (index >= network->layer[l].biases + network->layer[l].out) {
        l++;
    }
    const pes_lopt_layer *layer = &network->layer[l];
    const int64_t at = index - layer->weights; // the biases are one more row
    return (pes_lopt_place){.layer = l, .in = at / layer->out, .out = at % layer->out};
}

const char *pes_lopt_network_param_name(const pes_lopt_network *network, int64_t index,
                                        const char *(*feature)(int64_t index),
                                        char room[PES_NAME_SIZE]) {
    const pes_lopt_place at = pes_lopt_network_place(network, index);
    const long long l = at.layer, in = at.in, out = at.out;
    if (at.in == network->layer[at.layer].in) {
        snprintf(room, PES_NAME_SIZE, "b%lld.%lld", l, out);
    } else if (at.layer > 0) {
        snprintf(room, PES_NAME_SIZE, "w%lld.%lld.%lld", l, in, out);
    } else {
        snprintf(room, PES_NAME_SIZE, "w0.%s.%lld", feature(at.in), out);
    }
    return room;
}

bool pes_lopt_network_block(const pes_lopt_network *network, int64_t index,
                            pes_lopt_block *out) {
    if (index >= 2 * network->layers) {
        return false;
    }
    const pes_lopt_layer *layer = &network->layer[index / 2];
    const bool biases = index % 2 == 1;
    *out = (pes_lopt_block){
        .rank = biases ? 1 : 2,
        .shape = {biases ? layer->out : layer->in, biases ? 1 : layer->out},
        .offset = biases ? layer->biases : layer->weights,
        .count = biases ? layer->out : layer->in * layer->out,
    };
    snprintf(out->name, sizeof out->name, "%c%lld", biases ? 'b' : 'w', (long long)index / 2);
    return true;
}

// ---- all weights of a tensor ----------------------------------------------------------------

double pes_lopt_network_flops(const pes_lopt_network *network, int64_t features) {
    double weights = (double)(features * network->layer[0].out);
    for (int64_t l = 1; l < network->layers; l++) {
        weights += (double)(network->layer[l].in * network->layer[l].out);
    }
    return 2.0 * weights;
}

int64_t pes_lopt_network_scratch(const pes_lopt_network *network) {
    return 2 * network->widest * PES_LOPT_LANES;
}

pes_lopt_answer pes_lopt_network_run(const pes_lopt_run *run, int64_t lanes,
                                     const float *const *feature) {
    const pes_lopt_network *network = run->network;
    const float *row[PES_LOPT_WIDEST], *const *x = feature;
    float *y = NULL;
    for (int64_t l = 0; l < network->layers; l++) {
        const pes_lopt_layer *layer = &network->layer[l];
        const pes_kernels_layer shared = {
            .rows = layer->out,
            .columns = l == 0 ? run->features : layer->in,
            .w = l == 0 ? run->first : run->theta + layer->weights,
            .start = l == 0 ? run->first_bias : run->theta + layer->biases,
            .positive = l + 1 < network->layers,
        };
        y = run->scratch + l % 2 * network->widest * PES_LOPT_LANES;
        run->kernels->shared_layer(&shared, lanes, x, y, PES_LOPT_LANES);
        for (int64_t j = 0; shared.positive && j < layer->out; j++) {
            row[j] = y + j * PES_LOPT_LANES;
        }
        x = row;
    }
    return (pes_lopt_answer){.direction = y, .magnitude = y + PES_LOPT_LANES};
}
