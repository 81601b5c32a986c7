// The formulas. The hyperbolic tangent is the kernels'; what is written out here is single
// operations, which round the same everywhere.

#include "problems/nn/mlp/activation.h"

#include <stddef.h>
#include <string.h>

enum { PIECE = 256 }; // numbers on the stack

// ---- max(x, 0) ------------------------------------------------------------------------------

static void relu_forward(const pes_kernels *kernels, int64_t rows, int64_t n, int64_t stride,
                         const float *bias, float *in, float *out) {
    (void)out; // the same as `in`
    kernels->bias_relu(rows, n, bias, in, stride);
}

static void relu_backward(const pes_kernels *kernels, int64_t rows, int64_t n, int64_t stride,
                          const float *kept, float *gradient) {
    kernels->relu_backward(rows, n, kept, stride, gradient, stride);
}

// ---- tanh(x), whose derivative is 1 - tanh(x)^2 ---------------------------------------------

// The tangents stay in `in`: dropout changes `out`.
static void tanh_forward(const pes_kernels *kernels, int64_t rows, int64_t n, int64_t stride,
                         const float *bias, float *in, float *out) {
    kernels->bias(rows, n, bias, in, stride);
    for (int64_t r = 0; r < rows; r++, in += stride, out += stride) {
        kernels->tanh(n, in, in);
        memcpy(out, in, (size_t)n * sizeof *out);
    }
}

static void tanh_backward(const pes_kernels *kernels, int64_t rows, int64_t n, int64_t stride,
                          const float *kept, float *gradient) {
    (void)kernels;
    for (int64_t r = 0; r < rows; r++, kept += stride, gradient += stride) {
        for (int64_t j = 0; j < n; j++) {
            gradient[j] *= 1.0f - kept[j] * kept[j];
        }
    }
}

// ---- gelu -----------------------------------------------------------------------------------

// x (1 + tanh(u)) / 2 with u = root (x + cube x^3), root = sqrt(2 / pi): equation (2) of
// Hendrycks and Gimpel (2016), PyTorch's approximate="tanh".
static const float root = 0.797884561f, cube = 0.044715f;

// Beyond, the tangent is 1 or -1 to the last bit, and the derivative 1 or 0.
static const float far = 10.0f;

// tangent[i] = tanh(u(x[i]))
static void tangents(const pes_kernels *kernels, int64_t n, const float *x, float *tangent) {
    for (int64_t i = 0; i < n; i++) {
        const float square = x[i] * x[i];
        tangent[i] = root * (x[i] + cube * (square * x[i]));
    }
    kernels->tanh(n, tangent, tangent);
}

static void gelu_forward(const pes_kernels *kernels, int64_t rows, int64_t n, int64_t stride,
                         const float *bias, float *in, float *out) {
    kernels->bias(rows, n, bias, in, stride);
    for (int64_t r = 0; r < rows; r++, in += stride, out += stride) {
        tangents(kernels, n, in, out);
        for (int64_t j = 0; j < n; j++) {
            out[j] = 0.5f * in[j] * (1.0f + out[j]);
        }
    }
}

// The derivative is (1 + tanh u) / 2 + x (1 - tanh(u)^2) u' / 2, u' = root (1 + 3 cube x^2).
static void gelu_gradients(int64_t n, const float *x, const float *tangent, float *gradient) {
    for (int64_t i = 0; i < n; i++) {
        const float t = tangent[i];
        const float slope = root * (1.0f + 3.0f * cube * (x[i] * x[i]));
        const float bend = 0.5f * x[i] * ((1.0f - t * t) * slope);
        gradient[i] *= 0.5f * (1.0f + t) + bend;
    }
}

static void gelu_backward(const pes_kernels *kernels, int64_t rows, int64_t n, int64_t stride,
                          const float *kept, float *gradient) {
    float x[PIECE], tangent[PIECE];
    for (int64_t r = 0; r < rows; r++, kept += stride, gradient += stride) {
        for (int64_t j = 0; j < n; j += PIECE) {
            const int64_t count = n - j < PIECE ? n - j : PIECE;
            for (int64_t i = 0; i < count; i++) { // not-a-number stays one
                const float above = kept[j + i] > far ? far : kept[j + i];
                x[i] = above < -far ? -far : above;
            }
            tangents(kernels, count, x, tangent);
            gelu_gradients(count, x, tangent, gradient + j);
        }
    }
}

static const pes_mlp_activation rows[] = {
    {"relu", "max(x, 0)", false, relu_forward, relu_backward},
    {"gelu", "x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2", true, gelu_forward,
     gelu_backward},
    {"tanh", "tanh(x)", true, tanh_forward, tanh_backward},
};

const pes_mlp_activation *pes_mlp_activation_get(int64_t index) {
    const int64_t count = (int64_t)(sizeof rows / sizeof *rows);
    return index >= 0 && index < count ? &rows[index] : NULL;
}

const pes_mlp_activation *pes_mlp_activation_find(const char *name) {
    for (int64_t i = 0; name != NULL && pes_mlp_activation_get(i) != NULL; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}
