// The network: its parameters in theta, and their first values.

#ifndef PES_PROBLEMS_LSTM_NETWORK_H
#define PES_PROBLEMS_LSTM_NETWORK_H

#include "problems/nn/lstm/options.h"

enum { PES_LSTM_GATES = 4 };

// Sizes, and where each tensor begins in theta. With C characters, E numbers for a character
// and H units theta is
//
//     embedding C x E | weight_ih 4H x E | weight_hh 4H x H | bias_ih 4H | bias_hh 4H |
//     decoder C x H | decoder_bias C
//
// and the rows of the four gates are in the order input, forget, candidate, output, as in
// PyTorch.
typedef struct pes_lstm_network {
    int64_t characters, embedding, hidden;                                 // C, E, H
    int64_t weight_ih, weight_hh, bias_ih, bias_hh, decoder, decoder_bias; // begins, in floats
    int64_t num_params;
} pes_lstm_network;

pes_lstm_network pes_lstm_network_shape(int64_t characters, int64_t embedding, int64_t hidden);

// The name of the tensor that holds parameter `index`; NULL past the last.
const char *pes_lstm_network_tensor(const pes_lstm_network *network, int64_t index);

// The first parameters, num_params.
void pes_lstm_network_init(const pes_lstm_network *network, const pes_lstm_options *options,
                           float *theta);

// Floating-point operations of a step's products.
double pes_lstm_network_flops(const pes_lstm_network *network);

#endif // PES_PROBLEMS_LSTM_NETWORK_H
