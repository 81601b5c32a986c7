// The formulas, from the documentation of torch.optim (2.x). Single operations in a fixed
// order: the same bits everywhere.

#include "problems/hyper/mlp_training/optimizer.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

// Subnormal numbers would make every later step slow, and matter to none.
static float without_dust(float x) {
    static const float smallest = 0x1p-126f;
    return x < smallest && x > -smallest ? 0.0f : x;
}

// SGD: v <- mu v + g, w <- w - r v. (PyTorch begins with v = g, which is the same from v = 0.)
static void sgd(int64_t n, const pes_mlp_update *numbers, const float *restrict gradient,
                float *restrict weight, float *const moment[PES_MLP_MOMENTS]) {
    const pes_mlp_update u = *numbers;
    float *restrict velocity = moment[0];
    for (int64_t i = 0; i < n; i++) {
        const float g = gradient[i] + u.l2 * weight[i];
        velocity[i] = without_dust(u.momentum * velocity[i] + g);
        weight[i] = u.left * weight[i] - u.rate * velocity[i];
    }
}

// SGD(nesterov=True): v <- mu v + g, w <- w - r (g + mu v).
static void nesterov(int64_t n, const pes_mlp_update *numbers, const float *restrict gradient,
                     float *restrict weight, float *const moment[PES_MLP_MOMENTS]) {
    const pes_mlp_update u = *numbers;
    float *restrict velocity = moment[0];
    for (int64_t i = 0; i < n; i++) {
        const float g = gradient[i] + u.l2 * weight[i];
        velocity[i] = without_dust(u.momentum * velocity[i] + g);
        weight[i] = u.left * weight[i] - u.rate * (g + u.momentum * velocity[i]);
    }
}

// Adam (Kingma and Ba 2015): m <- b1 m + (1 - b1) g, s <- b2 s + (1 - b2) g^2,
// w <- w - r m / (1 - b1^t) / (sqrt(s) / sqrt(1 - b2^t) + eps). AdamW (Loshchilov and Hutter
// 2019) is the same beside a decoupled weight decay, which every row has.
static void adam(int64_t n, const pes_mlp_update *numbers, const float *restrict gradient,
                 float *restrict weight, float *const moment[PES_MLP_MOMENTS]) {
    const pes_mlp_update u = *numbers;
    float *restrict mean = moment[0], *restrict square = moment[1];
    const float new_mean = 1.0f - u.momentum, new_square = 1.0f - u.beta2;
    const float scale = 1.0f / u.root;
    for (int64_t i = 0; i < n; i++) {
        const float g = gradient[i] + u.l2 * weight[i];
        mean[i] = without_dust(u.momentum * mean[i] + new_mean * g);
        square[i] = without_dust(u.beta2 * square[i] + new_square * (g * g));
        const float below = sqrtf(square[i]) * scale + u.epsilon;
        weight[i] = u.left * weight[i] - u.size * (mean[i] / below);
    }
}

// RMSprop: s <- b2 s + (1 - b2) g^2, w <- w - r g / (sqrt(s) + eps). PyTorch's alpha is b2.
static void rmsprop(int64_t n, const pes_mlp_update *numbers, const float *restrict gradient,
                    float *restrict weight, float *const moment[PES_MLP_MOMENTS]) {
    const pes_mlp_update u = *numbers;
    float *restrict square = moment[0];
    const float new_square = 1.0f - u.beta2;
    for (int64_t i = 0; i < n; i++) {
        const float g = gradient[i] + u.l2 * weight[i];
        square[i] = without_dust(u.beta2 * square[i] + new_square * (g * g));
        weight[i] = u.left * weight[i] - u.rate * (g / (sqrtf(square[i]) + u.epsilon));
    }
}

#define BIT(hyper) (1u << PES_MLP_##hyper)
#define COMMON                                                                                 \
    (BIT(LEARNING_RATE) | BIT(WEIGHT_DECAY) | BIT(L2) | BIT(CLIP_NORM) |                       \
     BIT(LABEL_SMOOTHING) | BIT(DROPOUT) | BIT(ACTIVE))

static const pes_mlp_optimizer rows[] = {
    {"sgd", "v <- momentum v + g, w <- w - rate v", 1, COMMON | BIT(MOMENTUM), false, sgd},
    {"nesterov", "v <- momentum v + g, w <- w - rate (g + momentum v)", 1,
     COMMON | BIT(MOMENTUM), false, nesterov},
    {"adam",
     "w <- w - rate m / (sqrt(s) + epsilon), m and s being the unbiased running means of g and "
     "g^2",
     2, COMMON | BIT(MOMENTUM) | BIT(BETA2) | BIT(EPSILON), true, adam},
    {"adamw", "adam, by the name that goes with a weight decay", 2,
     COMMON | BIT(MOMENTUM) | BIT(BETA2) | BIT(EPSILON), true, adam},
    {"rmsprop",
     "w <- w - rate g / (sqrt(s) + epsilon), s being the running mean of g^2 by beta2", 1,
     COMMON | BIT(BETA2) | BIT(EPSILON), false, rmsprop},
};

const pes_mlp_optimizer *pes_mlp_optimizer_get(int64_t index) {
    const int64_t count = (int64_t)(sizeof rows / sizeof *rows);
    return index >= 0 && index < count ? &rows[index] : NULL;
}

const pes_mlp_optimizer *pes_mlp_optimizer_find(const char *name) {
    for (int64_t i = 0; name != NULL && pes_mlp_optimizer_get(i) != NULL; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

double pes_mlp_power(double base, int64_t exponent) {
    double out = 1.0;
    for (; exponent > 0; exponent /= 2, base *= base) {
        out = exponent % 2 == 1 ? out * base : out;
    }
    return out;
}

// A sigmoid in single precision reaches 1, where the correction would divide by zero. One step
// of single precision below it is, for any episode, the limit: the mean of all gradients so
// far.
static float below_one(float beta) {
    static const float most = 1.0f - 0x1p-24f;
    return beta > most ? most : beta; // not-a-number stays one
}

pes_mlp_update pes_mlp_optimizer_numbers(const pes_mlp_optimizer *optimizer,
                                         const pes_mlp_values *values, int64_t tensor,
                                         int64_t clock) {
    const float rate = values->value[PES_MLP_LEARNING_RATE][tensor];
    pes_mlp_update out = {
        .rate = rate,
        .momentum = values->value[PES_MLP_MOMENTUM][tensor],
        .beta2 = values->value[PES_MLP_BETA2][tensor],
        .epsilon = values->value[PES_MLP_EPSILON][tensor],
        .left = 1.0f - rate * values->value[PES_MLP_WEIGHT_DECAY][tensor],
        .l2 = values->value[PES_MLP_L2][tensor],
        .size = rate,
        .root = 1.0f,
    };
    if (optimizer->corrects) {
        out.momentum = below_one(out.momentum);
        out.beta2 = below_one(out.beta2);
        out.size =
            (float)((double)rate / (1.0 - pes_mlp_power((double)out.momentum, clock + 1)));
        out.root = (float)sqrt(1.0 - pes_mlp_power((double)out.beta2, clock + 1));
    }
    return out;
}
