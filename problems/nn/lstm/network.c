#include "problems/nn/lstm/network.h"

enum { DRAW_EMBEDDING = 0, DRAW_WEIGHTS = 1 };

pes_lstm_network pes_lstm_network_shape(int64_t characters, int64_t embedding, int64_t hidden) {
    const int64_t gates = PES_LSTM_GATES * hidden;
    pes_lstm_network network = {
        .characters = characters, .embedding = embedding, .hidden = hidden};
    network.weight_ih = characters * embedding;
    network.weight_hh = network.weight_ih + gates * embedding;
    network.bias_ih = network.weight_hh + gates * hidden;
    network.bias_hh = network.bias_ih + gates;
    network.decoder = network.bias_hh + gates;
    network.decoder_bias = network.decoder + characters * hidden;
    network.num_params = network.decoder_bias + characters;
    return network;
}

const char *pes_lstm_network_tensor(const pes_lstm_network *network, int64_t index) {
    const struct {
        int64_t end;
        const char *name;
    } tensors[] = {
        {0, NULL},
        {network->weight_ih, "embedding"},
        {network->weight_hh, "weight_ih"},
        {network->bias_ih, "weight_hh"},
        {network->bias_hh, "bias_ih"},
        {network->decoder, "bias_hh"},
        {network->decoder_bias, "decoder"},
        {network->num_params, "decoder_bias"},
    };
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++) {
        if (index < tensors[i].end) {
            return tensors[i].name;
        }
    }
    return NULL;
}

static void scale(int64_t count, double factor, float *x) {
    for (int64_t i = 0; i < count; i++) {
        x[i] = (float)(factor * (double)x[i]);
    }
}

void pes_lstm_network_init(const pes_lstm_network *network, const pes_lstm_options *options,
                           float *theta) {
    const pes_stream stream = {.seed = options->init_seed};
    const int64_t embeddings = network->weight_ih;
    pes_noise_uniform(&stream, DRAW_EMBEDDING, 0, embeddings, theta);
    for (int64_t i = 0; i < embeddings; i++) {
        theta[i] = 2.0f * theta[i] - 1.0f;
    }
    scale(embeddings, options->embedding_range, theta);

    const int64_t last = network->decoder_bias, gates = network->bias_ih;
    pes_noise_normal(&stream, DRAW_WEIGHTS, 0, network->num_params - embeddings,
                     theta + embeddings);
    scale(gates - embeddings, options->weight_deviation, theta + embeddings);
    scale(network->decoder - gates, options->bias_deviation, theta + gates);
    scale(last - network->decoder, options->weight_deviation, theta + network->decoder);
    scale(network->num_params - last, options->bias_deviation, theta + last);
    for (int64_t i = 0; i < network->hidden; i++) {
        theta[network->bias_ih + network->hidden + i] += (float)options->forget_bias;
    }
}

double pes_lstm_network_flops(const pes_lstm_network *network) {
    const int64_t inputs = network->embedding + network->hidden;
    return 2.0 * (double)(PES_LSTM_GATES * network->hidden * inputs +
                          network->characters * network->hidden);
}
