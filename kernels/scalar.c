// Plain C. Read this one to know what the others compute: here is the table, and the kernels of
// one line each; the rest is in scalar_math.c, scalar_noise.c, scalar_gemm.c,
// scalar_lanes.c, scalar_rule.c and scalar_factored.c.

#include "kernels/scalar.h"

#include <math.h>
#include <stddef.h>

static void perturb(int64_t n, float sigma, double credit, const float *theta,
                    const float *normal, float *plus, float *minus, float *xi) {
    for (int64_t i = 0; i < n; i++) {
        float eps = sigma * normal[i];
        plus[i] = theta[i] + eps;
        if (minus != NULL) {
            minus[i] = theta[i] - eps;
        }
        if (credit != 0.0) {
            xi[i] = (float)((double)xi[i] + credit * (double)eps);
        }
    }
}

static void accumulate(int64_t n, double weight, const float *x, double *grad) {
    for (int64_t i = 0; i < n; i++) {
        grad[i] += weight * (double)x[i];
    }
}

double pes_scalar_squares(int64_t n, const float *x) {
    enum { LANES = 16 };
    double lane[LANES] = {0.0};
    for (int64_t i = 0; i < n; i++) {
        lane[i % LANES] += (double)x[i] * (double)x[i];
    }
    for (int half = LANES / 2; half > 0; half /= 2) {
        for (int l = 0; l < half; l++) {
            lane[l] += lane[l + half];
        }
    }
    return lane[0];
}

// Written as selections, so that not-a-number stays one.
static float positive_part(float x) {
    return 0.0f > x ? 0.0f : x;
}

static void bias_relu(int64_t rows, int64_t n, const float *bias, float *x, int64_t ldx) {
    for (int64_t r = 0; r < rows; r++) {
        for (int64_t j = 0; j < n; j++) {
            x[r * ldx + j] = positive_part(x[r * ldx + j] + bias[j]);
        }
    }
}

static void bias(int64_t rows, int64_t n, const float *bias, float *x, int64_t ldx) {
    for (int64_t r = 0; r < rows; r++) {
        for (int64_t j = 0; j < n; j++) {
            x[r * ldx + j] += bias[j];
        }
    }
}

static void relu_backward(int64_t rows, int64_t n, const float *activation, int64_t ld_a,
                          float *gradient, int64_t ld_g) {
    for (int64_t r = 0; r < rows; r++) {
        for (int64_t j = 0; j < n; j++) {
            bool passes = activation[r * ld_a + j] > 0.0f;
            gradient[r * ld_g + j] = passes ? gradient[r * ld_g + j] : 0.0f;
        }
    }
}

static void column_sums(int64_t rows, int64_t n, const float *x, int64_t ldx, float *sum) {
    for (int64_t r = 0; r < rows; r++) {
        for (int64_t j = 0; j < n; j++) {
            sum[j] += x[r * ldx + j];
        }
    }
}

static void scale(int64_t n, float a, float *y) {
    for (int64_t i = 0; i < n; i++) {
        y[i] *= a;
    }
}

static void axpy(int64_t n, float a, const float *x, float *y) {
    for (int64_t i = 0; i < n; i++) {
        y[i] = fmaf(a, x[i], y[i]);
    }
}

static void bytes_to_floats(int64_t n, const uint8_t *x, float a, float b, float *y) {
    for (int64_t i = 0; i < n; i++) {
        y[i] = fmaf((float)x[i], a, b);
    }
}

static void halfway(int64_t rows, int64_t n, const double *push, const float *theta,
                    double *s) {
    for (int64_t r = 0; r < rows; r++, s += n) {
        for (int64_t i = 0; i < n; i++) {
            const double next = i + 1 < n ? s[i + 1] : 0.0;
            s[i] = 0.5 * (s[i] + next) + push[i] * (double)theta[r];
        }
    }
}

static void halfway_single(int64_t rows, int64_t n, const float *push, const float *theta,
                           float *s) {
    for (int64_t r = 0; r < rows; r++, s += n) {
        for (int64_t i = 0; i < n; i++) {
            const float next = i + 1 < n ? s[i + 1] : 0.0f;
            s[i] = fmaf(0.5f, s[i] + next, push[i] * theta[r]);
        }
    }
}

static double fma_chains(int64_t rounds) {
    float c0 = (float)rounds, c1 = c0 + 1.0f, c2 = c0 + 2.0f, c3 = c0 + 3.0f;
    for (int64_t i = 0; i < rounds; i++) {
        c0 = fmaf(c0, 0.5f, 1.0f);
        c1 = fmaf(c1, 0.5f, 1.0f);
        c2 = fmaf(c2, 0.5f, 1.0f);
        c3 = fmaf(c3, 0.5f, 1.0f);
    }
    return (double)c0 + (double)c1 + (double)c2 + (double)c3;
}

const pes_kernels pes_kernels_scalar = {
    .name = "scalar",
    .philox = pes_scalar_philox,
    .normal = pes_scalar_normal,
    .perturb = perturb,
    .accumulate = accumulate,
    .squares = pes_scalar_squares,
    .few_normals = pes_scalar_few_normals,
    .few_perturb = pes_scalar_few_perturb,
    .few_sum = pes_scalar_few_sum,
    .weigh_pairs = pes_scalar_weigh_pairs,
    .add_rows = pes_scalar_add_rows,
    .exp = pes_scalar_exp,
    .tanh = pes_scalar_tanh,
    .log = pes_scalar_log,
    .sigmoid = pes_scalar_sigmoid,
    .dexp = pes_scalar_dexp,
    .dsincos = pes_scalar_dsincos,
    .ripple_step = pes_scalar_ripple_step,
    .ripple_measure = pes_scalar_ripple_measure,
    .ripple_steps_single = pes_scalar_ripple_steps_single,
    .ripple_measure_single = pes_scalar_ripple_measure_single,
    .halfway = halfway,
    .halfway_single = halfway_single,
    .sgemm_nn = pes_scalar_sgemm_nn,
    .sgemm_nt = pes_scalar_sgemm_nt,
    .sgemm_tn = pes_scalar_sgemm_tn,
    .softmax_cross_entropy = pes_scalar_softmax_cross_entropy,
    .bias_relu = bias_relu,
    .bias = bias,
    .relu_backward = relu_backward,
    .column_sums = column_sums,
    .scale = scale,
    .axpy = axpy,
    .bytes_to_floats = bytes_to_floats,
    .lane_width = 8, // whatever; all widths take the same time
    .lanes_gather = pes_scalar_lanes_gather,
    .lanes_product = pes_scalar_lanes_product,
    .lanes_cross_entropy = pes_scalar_lanes_cross_entropy,
    .shared_layer = pes_scalar_shared_layer,
    .running_means = pes_scalar_running_means,
    .grown_steps = pes_scalar_grown_steps,
    .row_squares = pes_scalar_row_squares,
    .column_squares = pes_scalar_column_squares,
    .reciprocal_roots = pes_scalar_reciprocal_roots,
    .factored_moments = pes_scalar_factored_moments,
    .factored_steps = pes_scalar_factored_steps,
    .fma_chains = fma_chains,
    .flops_per_round = 4 * 2,
};
