#include "support/lopt_world.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/check.h"

enum { WIDEST = 40 };

static float *zeros(int64_t n) {
    float *x = calloc((size_t)n + 1, sizeof *x);
    assert_non_null(x);
    return x;
}

static double first_weight(int64_t i) {
    return 0.1 * cos(3.0 * (double)i);
}

// Where weight i lies among those with padding.
static int64_t place(const lopt_world *w, int64_t i) {
    return i / w->tensor.columns * w->tensor.stride + i % w->tensor.columns;
}

lopt_world lopt_world_open(const char *architecture, const pes_int_list *hidden,
                           const int64_t size[3]) {
    lopt_world w = {.tensor = {.rows = size[0], .columns = size[1], .stride = size[2]}};
    assert_int_equal(pes_lopt_shape_of(&w.shape, architecture, hidden, 1.0), PES_OK);
    const int64_t n = size[0] * size[2], params = pes_lopt_num_params(&w.shape);
    w.theta = zeros(params);
    w.shape.rule->start(&w.shape, 7, w.theta);
    for (int64_t i = 0; i < params; i++) {
        w.theta[i] += 0.05f * (float)cos((double)i);
    }
    w.prepared = zeros(pes_lopt_prepared_floats(&w.shape));
    w.scratch = zeros(pes_lopt_scratch_floats(&w.shape));
    w.extra = zeros(pes_lopt_extra_floats(&w.shape, size[0], size[1]));
    w.weights = zeros(n), w.gradient = zeros(n), w.moment = zeros(w.shape.rule->moments * n);
    w.tensor.weights = w.weights, w.tensor.gradient = w.gradient, w.tensor.moment = w.moment;
    w.tensor.moment_distance = n, w.tensor.extra = w.extra;
    for (int64_t i = 0; i < size[0] * size[1]; i++) {
        w.weights[place(&w, i)] = (float)first_weight(i);
    }
    return w;
}

void lopt_world_close(lopt_world *w) {
    float *const all[] = {w->theta,    w->prepared, w->scratch, w->weights,
                          w->gradient, w->moment,   w->extra};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        free(all[i]);
    }
}

double lopt_world_gradient(int t, int64_t i) {
    return 0.01 * sin(0.31 * t + 1.7 * (double)i) + 0.002 * cos((double)i);
}

void lopt_world_step(lopt_world *w, const pes_kernels *kernels, int t) {
    for (int64_t i = 0; i < w->tensor.rows * w->tensor.columns; i++) {
        w->gradient[place(w, i)] = (float)lopt_world_gradient(t, i);
    }
    for (int64_t i = 0; i < pes_lopt_scratch_floats(&w->shape); i++) {
        w->scratch[i] = NAN;
    }
    const pes_lopt_step one = {&w->shape, kernels, w->theta, t, w->prepared, w->scratch};
    w->shape.rule->begin(&one);
    w->shape.rule->apply(&one, &w->tensor);
}

void lopt_world_times(int t, double *x) {
    static const double tau[LOPT_WORLD_TIMES] = {1,   3,   10,  30,  100, 300,
                                                 1e3, 3e3, 1e4, 3e4, 1e5};
    for (int k = 0; k < LOPT_WORLD_TIMES; k++) {
        x[k] = tanh(t / tau[k] - 1.0);
    }
}

void lopt_world_network(const lopt_world *w, const float *theta, int64_t features,
                        const double *x, double out[2]) {
    double in[WIDEST], y[WIDEST];
    int64_t width = features;
    assert_true(features <= WIDEST);
    memcpy(in, x, (size_t)features * sizeof *x);
    for (int64_t l = 0; l <= w->shape.hidden.count; l++) {
        const bool last = l == w->shape.hidden.count;
        const int64_t units = last ? 2 : w->shape.hidden.value[l];
        for (int64_t o = 0; o < units; o++) {
            y[o] = (double)theta[width * units + o];
            for (int64_t j = 0; j < width; j++) {
                y[o] += (double)theta[j * units + o] * in[j];
            }
            y[o] = last || y[o] > 0.0 ? y[o] : 0.0;
        }
        theta += (width + 1) * units;
        memcpy(in, y, (size_t)units * sizeof *y);
        width = units;
    }
    memcpy(out, in, 2 * sizeof *out);
}

void lopt_world_weights(const lopt_world *w, double *weights) {
    for (int64_t i = 0; i < w->tensor.rows * w->tensor.columns; i++) {
        weights[i] = (double)w->weights[place(w, i)];
    }
}

void lopt_world_expect(const lopt_world *w, const double *weights) {
    const int64_t columns = w->tensor.columns, stride = w->tensor.stride;
    double moved = 0.0;
    for (int64_t i = 0; i < w->tensor.rows * stride; i++) {
        if (i % stride >= columns) {
            assert_true(w->weights[i] == 0.0f && w->moment[i] == 0.0f);
            continue;
        }
        const int64_t at = i / stride * columns + i % stride;
        moved = fmax(moved, fabs(weights[at] - first_weight(at)));
        assert_true(fabs((double)w->weights[i] - weights[at]) <
                    1e-5 * (0.1 + fabs(weights[at])));
    }
    assert_true(moved > 5e-3);
}
