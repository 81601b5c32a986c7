// The learning rate and its schedules: u <- u f(t), where t = step - 1 updates came before.
//
//     scale              f = factor
//     warmup             f = min(1, (t + 1) / updates)         linear, the first above zero
//     step_decay         f = factor^floor(t / updates)
//     exponential_decay  f = factor^(t / updates)
//     cosine_decay       f = share + (1 - share) (1 + cos(pi min(1, t / updates))) / 2
//                                                             (Loshchilov, Hutter 2017)
//     drop               f = 1 while t < updates, then factor
//
// The last four are those of base/decay.h.
//
// Schedules multiply, and each counts from the run's first update: a warmup does not put off
// the decay.

#include "base/decay.h"
#include "pes/optimizer.h"

static void multiply(double factor, int64_t n, float *update) {
    for (int64_t i = 0; i < n; i++) {
        update[i] = (float)((double)update[i] * factor);
    }
}

static void apply_scale(const double setting[4], float *memory, int64_t step, int64_t n,
                        const float *theta, float *update) {
    (void)memory, (void)step, (void)theta;
    multiply(setting[0], n, update);
}

pes_transform pes_transform_scale(double factor) {
    return (pes_transform){.name = "scale", .setting = {factor}, .apply = apply_scale};
}

static void apply_warmup(const double setting[4], float *memory, int64_t step, int64_t n,
                         const float *theta, float *update) {
    (void)memory, (void)theta;
    if ((double)step < setting[0]) {
        multiply((double)step / setting[0], n, update);
    }
}

pes_transform pes_transform_warmup(int64_t updates) {
    return (pes_transform){
        .name = "warmup", .setting = {(double)updates}, .apply = apply_warmup};
}

static void apply_step_decay(const double setting[4], float *memory, int64_t step, int64_t n,
                             const float *theta, float *update) {
    (void)memory, (void)theta;
    multiply(pes_decay_step(step - 1, (int64_t)setting[0], setting[1]), n, update);
}

pes_transform pes_transform_step_decay(int64_t updates, double factor) {
    return (pes_transform){
        .name = "step_decay", .setting = {(double)updates, factor}, .apply = apply_step_decay};
}

static void apply_exponential(const double setting[4], float *memory, int64_t step, int64_t n,
                              const float *theta, float *update) {
    (void)memory, (void)theta;
    multiply(pes_decay_exponential(step - 1, (int64_t)setting[0], setting[1]), n, update);
}

pes_transform pes_transform_exponential_decay(int64_t updates, double factor) {
    return (pes_transform){.name = "exponential_decay",
                           .setting = {(double)updates, factor},
                           .apply = apply_exponential};
}

static void apply_cosine(const double setting[4], float *memory, int64_t step, int64_t n,
                         const float *theta, float *update) {
    (void)memory, (void)theta;
    multiply(pes_decay_cosine(step - 1, (int64_t)setting[0], setting[1]), n, update);
}

pes_transform pes_transform_cosine_decay(int64_t updates, double final_share) {
    return (pes_transform){.name = "cosine_decay",
                           .setting = {(double)updates, final_share},
                           .apply = apply_cosine};
}

static void apply_drop(const double setting[4], float *memory, int64_t step, int64_t n,
                       const float *theta, float *update) {
    (void)memory, (void)theta;
    multiply(pes_decay_drop(step - 1, (int64_t)setting[0], setting[1]), n, update);
}

pes_transform pes_transform_drop(int64_t updates, double factor) {
    return (pes_transform){
        .name = "drop", .setting = {(double)updates, factor}, .apply = apply_drop};
}
