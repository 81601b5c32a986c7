// Training a network of one's own with an optimizer of libpes: one that pes run has trained and
// pes export has written, or Adam if no file is named.
//
//     example-learned_optimizer [OPTIMIZER.safetensors]
//
// The network, 1-16-1 with tanh, learns sin(3 x) from 64 points; its gradients are written out.
//
// expect: ^steps 1000, loss 0\.[0-9]+ at first, 0\.00[0-9]+ at last$

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "pes/lopt.h"

enum { UNITS = 16, POINTS = 64, STEPS = 1000, TENSORS = 3 };

typedef struct network {
    float in[UNITS], bias[UNITS], out[UNITS];
} network;

// The mean squared error, and its gradient.
static double loss_of(const network *net, network *gradient) {
    double loss = 0.0;
    *gradient = (network){0};
    for (int p = 0; p < POINTS; p++) {
        const float x = 2.0f * (float)p / POINTS - 1.0f;
        float unit[UNITS], error = -sinf(3.0f * x);
        for (int u = 0; u < UNITS; u++) {
            unit[u] = tanhf(net->in[u] * x + net->bias[u]);
            error += net->out[u] * unit[u];
        }
        loss += (double)(error * error) / POINTS;
        for (int u = 0; u < UNITS; u++) {
            const float above = 2.0f * error / POINTS;
            const float below = above * net->out[u] * (1.0f - unit[u] * unit[u]);
            gradient->out[u] += above * unit[u];
            gradient->in[u] += below * x;
            gradient->bias[u] += below;
        }
    }
    return loss;
}

// Adam's four numbers as they lie in theta: a logarithm, log(b / (1 - b)) of the decays, and
// the logarithm of epsilon.
static pes_status make_adam(pes_learned **out) {
    const float theta[] = {logf(0.01f), logf(0.9f / 0.1f), logf(0.999f / 0.001f), logf(1e-8f)};
    pes_learned_options options = pes_learned_options_default();
    options.architecture = "adam";
    return pes_learned_create(out, &options, 4, theta);
}

int main(int count, char **arguments) {
    pes_learned *optimizer;
    const pes_status made =
        count > 1 ? pes_learned_load(&optimizer, arguments[1]) : make_adam(&optimizer);
    if (made != PES_OK) {
        fprintf(stderr, "%s\n", pes_last_error());
        return 1;
    }

    network net, gradient;
    for (int u = 0; u < UNITS; u++) {
        net.in[u] = 0.25f * (float)(u - 8);
        net.bias[u] = 0.1f * (float)(u % 5 - 2);
        net.out[u] = 0.2f * (float)(u % 3 - 1);
    }
    const size_t memory = (size_t)pes_learned_memory(optimizer, 1, UNITS);
    float *memories = calloc(TENSORS * memory + 1, sizeof *memories); // zeros before step 0
    if (memories == NULL) {
        return 1;
    }
    const pes_learned_tensor tensors[TENSORS] = {
        {1, UNITS, net.in, gradient.in, memories},
        {1, UNITS, net.bias, gradient.bias, memories + memory},
        {1, UNITS, net.out, gradient.out, memories + 2 * memory},
    };
    const double first = loss_of(&net, &gradient);
    for (int64_t step = 0; step < STEPS; step++) {
        loss_of(&net, &gradient);
        if (pes_learned_update(optimizer, step, TENSORS, tensors) != PES_OK) {
            fprintf(stderr, "%s\n", pes_last_error());
            return 1;
        }
    }
    printf("steps %d, loss %.4f at first, %.4f at last\n", STEPS, first,
           loss_of(&net, &gradient));
    free(memories);
    pes_learned_destroy(optimizer);
    return 0;
}
