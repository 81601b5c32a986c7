// The formulas, with T = `steps`. Exponentials and logarithms are the kernels', whose bits do
// not depend on the machine's library.

#include "problems/hyper/mlp_training/schedule.h"

#include <string.h>

// alpha_t = exp(theta0)
static void constant(const pes_kernels *kernels, const float *theta, int64_t steps,
                     int64_t first, int64_t count, float *rate) {
    (void)steps, (void)first;
    float a;
    kernels->exp(1, theta, &a);
    for (int64_t i = 0; i < count; i++) {
        rate[i] = a;
    }
}

// alpha_t = exp(theta0) / (1 + t/T)^exp(theta1), as exp(theta0 - exp(theta1) log(1 + t/T))
static void inverse_time(const pes_kernels *kernels, const float *theta, int64_t steps,
                         int64_t first, int64_t count, float *rate) {
    float b;
    kernels->exp(1, theta + 1, &b);
    for (int64_t i = 0; i < count; i++) {
        rate[i] = 1.0f + (float)(first + i) / (float)steps;
    }
    kernels->log(count, rate, rate);
    for (int64_t i = 0; i < count; i++) {
        rate[i] = theta[0] - b * rate[i];
    }
    kernels->exp(count, rate, rate);
}

// alpha_t = (1 - t/T) exp(theta0) + (t/T) exp(theta1), and constant after T
static void linear(const pes_kernels *kernels, const float *theta, int64_t steps, int64_t first,
                   int64_t count, float *rate) {
    float end[2];
    kernels->exp(2, theta, end);
    for (int64_t i = 0; i < count; i++) {
        const int64_t t = first + i < steps ? first + i : steps;
        const float passed = (float)t / (float)steps, left = (float)(steps - t) / (float)steps;
        rate[i] = left * end[0] + passed * end[1];
    }
}

static const pes_mlp_schedule rows[] = {
    {
        .name = "inverse_time",
        .summary = "a / (1 + t/T)^b",
        .num_params = 2,
        .param = {"log_a", "log_b"},
        .start = {0.003, 30.0},
        .rates = inverse_time,
    },
    {
        .name = "constant",
        .summary = "a",
        .num_params = 1,
        .param = {"log_a"},
        .start = {0.003},
        .rates = constant,
    },
    {
        .name = "linear",
        .summary = "from a at the start in a straight line to z at T",
        .num_params = 2,
        .param = {"log_a", "log_z"},
        .start = {0.003, 0.003},
        .rates = linear,
    },
};

const pes_mlp_schedule *pes_mlp_schedule_get(int64_t index) {
    const int64_t count = (int64_t)(sizeof rows / sizeof *rows);
    return index >= 0 && index < count ? &rows[index] : NULL;
}

const pes_mlp_schedule *pes_mlp_schedule_find(const char *name) {
    for (int64_t i = 0; name != NULL && pes_mlp_schedule_get(i) != NULL; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}
