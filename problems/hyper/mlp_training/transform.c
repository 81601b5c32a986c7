// The formulas. Exponentials and logarithms are the kernels', whose bits do not depend on the
// machine's library.

#include "problems/hyper/mlp_training/transform.h"

#include <math.h>
#include <string.h>

void pes_mlp_clip(int64_t n, pes_mlp_bounds bounds, float *values) {
    for (int64_t i = 0; i < n; i++) {
        const float x = values[i];
        values[i] = x < bounds.low ? bounds.low : x > bounds.high ? bounds.high : x;
    }
}

static float log_of(float x) {
    pes_kernels_scalar.log(1, &x, &x);
    return x;
}

// value *= exp(exponent), within the bounds
static void scale(const pes_kernels *kernels, int64_t n, pes_mlp_bounds bounds,
                  const float *exponent, float *value) {
    float factor[PES_MLP_TARGETS];
    kernels->exp(n, exponent, factor);
    for (int64_t i = 0; i < n; i++) {
        value[i] *= factor[i];
    }
    pes_mlp_clip(n, bounds, value);
}

// ---- log: exp(theta) ------------------------------------------------------------------------

static void log_natural(const pes_kernels *kernels, int64_t n, pes_mlp_bounds bounds,
                        const float *theta, float *value) {
    kernels->exp(n, theta, value);
    pes_mlp_clip(n, bounds, value);
}

// Products of what may be large and what may be small: their logarithms are added first.
static void log_scaled(const pes_kernels *kernels, int64_t n, pes_mlp_bounds bounds,
                       const float *theta, const float *exponent, float *value) {
    for (int64_t i = 0; i < n; i++) {
        value[i] = theta[i] + exponent[i];
    }
    log_natural(kernels, n, bounds, value, value);
}

static float log_inverse(double value, double low, double high) {
    (void)low, (void)high;
    return log_of((float)value);
}

// ---- logit: low + (high - low) / (1 + exp(-theta)) ------------------------------------------

static void logit_natural(const pes_kernels *kernels, int64_t n, pes_mlp_bounds bounds,
                          const float *theta, float *value) {
    kernels->sigmoid(n, theta, value);
    for (int64_t i = 0; i < n; i++) {
        value[i] = bounds.low + (bounds.high - bounds.low) * value[i];
    }
    pes_mlp_clip(n, bounds, value);
}

static void logit_scaled(const pes_kernels *kernels, int64_t n, pes_mlp_bounds bounds,
                         const float *theta, const float *exponent, float *value) {
    logit_natural(kernels, n, bounds, theta, value);
    scale(kernels, n, bounds, exponent, value);
}

static float logit_inverse(double value, double low, double high) {
    return log_of((float)((value - low) / (high - value)));
}

// ---- softplus: log(1 + exp(theta)) ----------------------------------------------------------

// As max(theta, 0) + log(1 + y) with y = exp(-|theta|). Where 1 + y is rounded to u, the
// logarithm is taken of u and scaled by y / (u - 1), which undoes the rounding (Kahan).
static void softplus_natural(const pes_kernels *kernels, int64_t n, pes_mlp_bounds bounds,
                             const float *theta, float *value) {
    float y[PES_MLP_TARGETS] = {0}, u[PES_MLP_TARGETS] = {0}, logarithm[PES_MLP_TARGETS];
    for (int64_t i = 0; i < n; i++) {
        y[i] = theta[i] > 0.0f ? -theta[i] : theta[i];
    }
    kernels->exp(n, y, y);
    for (int64_t i = 0; i < n; i++) {
        u[i] = 1.0f + y[i];
    }
    kernels->log(n, u, logarithm);
    for (int64_t i = 0; i < n; i++) {
        const float rest = u[i] == 1.0f ? y[i] : logarithm[i] * (y[i] / (u[i] - 1.0f));
        value[i] = (theta[i] > 0.0f ? theta[i] : 0.0f) + rest;
    }
    pes_mlp_clip(n, bounds, value);
}

static void softplus_scaled(const pes_kernels *kernels, int64_t n, pes_mlp_bounds bounds,
                            const float *theta, const float *exponent, float *value) {
    softplus_natural(kernels, n, bounds, theta, value);
    scale(kernels, n, bounds, exponent, value);
}

// log(exp(v) - 1) = v + log(1 - exp(-v)), and 1 - exp(-v) = 2 t / (1 + t) with t = tanh(v/2)
static float softplus_inverse(double value, double low, double high) {
    (void)low, (void)high;
    float t = (float)(0.5 * value);
    pes_kernels_scalar.tanh(1, &t, &t);
    return (float)value + log_of(2.0f * t / (1.0f + t));
}

// ---- identity -------------------------------------------------------------------------------

static void identity_natural(const pes_kernels *kernels, int64_t n, pes_mlp_bounds bounds,
                             const float *theta, float *value) {
    (void)kernels;
    memmove(value, theta, (size_t)n * sizeof *value);
    pes_mlp_clip(n, bounds, value);
}

static void identity_scaled(const pes_kernels *kernels, int64_t n, pes_mlp_bounds bounds,
                            const float *theta, const float *exponent, float *value) {
    identity_natural(kernels, n, bounds, theta, value);
    scale(kernels, n, bounds, exponent, value);
}

static float identity_inverse(double value, double low, double high) {
    (void)low, (void)high;
    return (float)value;
}

// ---- the table ------------------------------------------------------------------------------

static const pes_mlp_transform rows[] = {
    {"log", "theta = log(value)", "log_", "values above 0", log_natural, log_scaled,
     log_inverse},
    {"logit", "theta = log((value - low) / (high - value))", "logit_",
     "values between its bounds, and not the bounds themselves", logit_natural, logit_scaled,
     logit_inverse},
    {"softplus", "theta = log(exp(value) - 1)", "inverse_softplus_", "values above 0",
     softplus_natural, softplus_scaled, softplus_inverse},
    {"identity", "theta = value", "", "numbers in the range of float", identity_natural,
     identity_scaled, identity_inverse},
};

const pes_mlp_transform *pes_mlp_transform_get(int64_t index) {
    const int64_t count = (int64_t)(sizeof rows / sizeof *rows);
    return index >= 0 && index < count ? &rows[index] : NULL;
}

const pes_mlp_transform *pes_mlp_transform_find(const char *name) {
    for (int64_t i = 0; name != NULL && pes_mlp_transform_get(i) != NULL; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}
