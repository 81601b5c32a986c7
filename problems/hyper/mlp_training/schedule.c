// The formulas, with T = `steps`. Exponentials, logarithms and cosines are the kernels', whose
// bits do not depend on the machine's library.

#include "problems/hyper/mlp_training/schedule.h"

#include <string.h>

// Parameter number `param` of every value, side by side.
static void column(const pes_mlp_course *course, const float *theta, int64_t param,
                   float *out) {
    for (int64_t i = 0; i < course->targets; i++) {
        out[i] = theta[i * course->params + param];
    }
}

// The same in natural units.
static void naturals(const pes_kernels *kernels, const pes_mlp_course *course,
                     const float *theta, int64_t param, float *out) {
    column(course, theta, param, out);
    course->transform->natural(kernels, course->targets, course->bounds, out, out);
}

static void constant(const pes_kernels *kernels, const pes_mlp_course *course,
                     const float *theta, int64_t t, float *value) {
    (void)t;
    naturals(kernels, course, theta, 0, value);
}

// a exp(-b x) with b = exp(theta1)
static void decay(const pes_kernels *kernels, const pes_mlp_course *course, const float *theta,
                  float x, float *value) {
    float a[PES_MLP_TARGETS], exponent[PES_MLP_TARGETS];
    column(course, theta, 0, a);
    column(course, theta, 1, exponent);
    kernels->exp(course->targets, exponent, exponent);
    for (int64_t i = 0; i < course->targets; i++) {
        exponent[i] = -(exponent[i] * x);
    }
    course->transform->scaled(kernels, course->targets, course->bounds, a, exponent, value);
}

// a / (1 + t/T)^b, as a exp(-b log(1 + t/T))
static void inverse_time(const pes_kernels *kernels, const pes_mlp_course *course,
                         const float *theta, int64_t t, float *value) {
    float passed = 1.0f + (float)t / (float)course->steps;
    kernels->log(1, &passed, &passed);
    decay(kernels, course, theta, passed, value);
}

static void exponential(const pes_kernels *kernels, const pes_mlp_course *course,
                        const float *theta, int64_t t, float *value) {
    decay(kernels, course, theta, (float)t / (float)course->steps, value);
}

// left a + passed z
static void mix(const pes_kernels *kernels, const pes_mlp_course *course, const float *theta,
                float left, float passed, float *value) {
    float z[PES_MLP_TARGETS];
    naturals(kernels, course, theta, 0, value);
    naturals(kernels, course, theta, 1, z);
    for (int64_t i = 0; i < course->targets; i++) {
        value[i] = left * value[i] + passed * z[i];
    }
    pes_mlp_clip(course->targets, course->bounds, value);
}

// (1 - t/T) a + (t/T) z, and constant after T
static void linear(const pes_kernels *kernels, const pes_mlp_course *course, const float *theta,
                   int64_t t, float *value) {
    const int64_t now = t < course->steps ? t : course->steps;
    mix(kernels, course, theta, (float)(course->steps - now) / (float)course->steps,
        (float)now / (float)course->steps, value);
}

// z + (a - z) (1 + cos(pi t/T)) / 2, and constant after T
static void cosine(const pes_kernels *kernels, const pes_mlp_course *course, const float *theta,
                   int64_t t, float *value) {
    const double pi = 3.14159265358979323846;
    const int64_t now = t < course->steps ? t : course->steps;
    double angle = pi * ((double)now / (double)course->steps), sine, turned;
    kernels->dsincos(1, &angle, &sine, &turned);
    const double left = 0.5 * (1.0 + turned);
    mix(kernels, course, theta, (float)left, (float)(1.0 - left), value);
}

// Knot i holds at t = i T / (n - 1); between two of them theta is interpolated, not the value;
// constant after the last.
static void piecewise(const pes_kernels *kernels, const pes_mlp_course *course,
                      const float *theta, int64_t t, float *value) {
    const int64_t now = t < course->steps ? t : course->steps;
    const int64_t place = now * (course->params - 1);
    const int64_t knot = place / course->steps;
    const int64_t next = knot + 1 < course->params ? knot + 1 : knot;
    const float passed = (float)(place % course->steps) / (float)course->steps;
    float after[PES_MLP_TARGETS];
    column(course, theta, knot, value);
    column(course, theta, next, after);
    for (int64_t i = 0; i < course->targets; i++) {
        value[i] = (1.0f - passed) * value[i] + passed * after[i];
    }
    course->transform->natural(kernels, course->targets, course->bounds, value, value);
}

static const pes_mlp_schedule rows[] = {
    {
        .name = "inverse_time",
        .summary = "a / (1 + t/T)^b",
        .num_params = 2,
        .letter = {"a", "b"},
        .is_exponent = {false, true},
        .rate_start = {0.003, 30.0},
        .values = inverse_time,
    },
    {
        .name = "constant",
        .summary = "a",
        .num_params = 1,
        .constant = true,
        .letter = {"a"},
        .rate_start = {0.003},
        .values = constant,
    },
    {
        .name = "linear",
        .summary = "from a at the start in a straight line to z at T",
        .num_params = 2,
        .letter = {"a", "z"},
        .rate_start = {0.003, 0.003},
        .values = linear,
    },
    {
        .name = "exponential",
        .summary = "a exp(-b t/T)",
        .num_params = 2,
        .letter = {"a", "b"},
        .is_exponent = {false, true},
        .rate_start = {0.003, 1.0},
        .values = exponential,
    },
    {
        .name = "cosine",
        .summary = "from a at the start along half a cosine to z at T",
        .num_params = 2,
        .letter = {"a", "z"},
        .rate_start = {0.003, 0.003},
        .values = cosine,
    },
    {
        .name = "piecewise",
        .summary = "n knots from the start to T at equal distances; between them theta goes in "
                   "a straight line",
        .values = piecewise,
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

bool pes_mlp_schedule_is_exponent(const pes_mlp_schedule *schedule, int64_t param) {
    return param < schedule->num_params && schedule->is_exponent[param];
}
