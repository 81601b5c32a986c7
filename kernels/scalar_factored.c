// The factored optimizer's passes over a tensor: the definition.

#include "kernels/scalar.h"

#include <math.h>

#include "kernels/constants.h"

enum { K = PES_KERNELS_FACTORS, M = 2, S = 5, M_ROOT = 6, ROOT = 9, G_FACTORED = 10 };
enum { M_FACTORED = 13, FEATURES = PES_KERNELS_FACTORED, LANES = 16 };

void pes_scalar_row_squares(int64_t rows, int64_t n, const float *x, int64_t ldx, double *sum) {
    for (int64_t r = 0; r < rows; r++) {
        sum[r] = pes_scalar_squares(n, x + r * ldx);
    }
}

void pes_scalar_column_squares(int64_t rows, int64_t n, const float *x, int64_t ldx,
                               double *sum) {
    for (int64_t r = 0; r < rows; r++) {
        for (int64_t j = 0; j < n; j++) {
            sum[j] += (double)x[r * ldx + j] * (double)x[r * ldx + j];
        }
    }
}

void pes_scalar_reciprocal_roots(int64_t n, float scale, float add, float least, const float *x,
                                 float *y) {
    for (int64_t i = 0; i < n; i++) {
        const float v = x[i] / scale + add;
        y[i] = 1.0f / sqrtf(least > v ? least : v);
    }
}

// ---- moments and mean squares ---------------------------------------------------------------

// The moments of weight i in row r, and its squares to the sums of its column; those of the
// factored features without the column's part.
static void moments_of(const pes_kernels_factored *b, const float *keep, const float *add,
                       int64_t r, int64_t i, float sum[FEATURES]) {
    const float g = b->gradient[i], w = b->weights[i], square = g * g;
    float *s = b->moment[K] + i;
    *s = pes_scalar_without_dust(fmaf(keep[K], *s, add[K] * square));
    const float inverse = 1.0f / (*s + factored_least), g2 = square + factored_dust;
    sum[0] += g2;
    sum[1] = fmaf(w, w, sum[1]);
    sum[S] = fmaf(*s, *s, sum[S]);
    sum[ROOT] += inverse;
    for (int k = 0; k < K; k++) {
        float *m = b->moment[k] + i;
        *m = pes_scalar_without_dust(fmaf(keep[k], *m, add[k] * g));
        const float m2 = fmaf(*m, *m, factored_dust), factor = b->row[k][r] * b->row[k][r];
        sum[M + k] += m2;
        sum[M_ROOT + k] = fmaf(m2, inverse, sum[M_ROOT + k]);
        sum[G_FACTORED + k] = fmaf(g2, factor, sum[G_FACTORED + k]);
        sum[M_FACTORED + k] = fmaf(m2, factor, sum[M_FACTORED + k]);
    }
}

static void moments_of_column(const pes_kernels_factored *b, const float *keep,
                              const float *add, int64_t c, float sum[FEATURES]) {
    for (int f = 0; f < FEATURES; f++) {
        sum[f] = factored_dust;
    }
    for (int64_t r = 0; r < b->rows; r++) {
        moments_of(b, keep, add, r, r * b->ld + c, sum);
    }
    for (int k = 0; k < K; k++) {
        sum[G_FACTORED + k] *= b->beside_g[k][c] * b->beside_g[k][c];
        sum[M_FACTORED + k] *= b->beside_m[k][c] * b->beside_m[k][c];
    }
}

void pes_scalar_factored_moments(const pes_kernels_factored *block,
                                 const float keep[PES_KERNELS_FACTORED_MOMENTS],
                                 const float add[PES_KERNELS_FACTORED_MOMENTS],
                                 double sum[PES_KERNELS_FACTORED]) {
    double lane[FEATURES][LANES] = {{0.0}};
    for (int64_t c = 0; c < block->columns; c++) {
        float of_column[FEATURES];
        moments_of_column(block, keep, add, c, of_column);
        for (int f = 0; f < FEATURES; f++) {
            lane[f][c % LANES] += (double)of_column[f];
        }
    }
    for (int f = 0; f < FEATURES; f++) {
        for (int half = LANES / 2; half > 0; half /= 2) {
            for (int l = 0; l < half; l++) {
                lane[f][l] += lane[f][l + half];
            }
        }
        sum[f] += lane[f][0];
    }
}

// ---- steps ----------------------------------------------------------------------------------

static void features_of(const pes_kernels_factored *b, int64_t r, int64_t c,
                        float x[FEATURES]) {
    const int64_t i = r * b->ld + c;
    const float g = b->gradient[i], s = b->moment[K][i];
    const float root = 1.0f / sqrtf(s + factored_least);
    x[0] = g, x[1] = b->weights[i], x[S] = s, x[ROOT] = root;
    for (int k = 0; k < K; k++) {
        const float m = b->moment[k][i], row = b->row[k][r];
        x[M + k] = m;
        x[M_ROOT + k] = m * root;
        x[G_FACTORED + k] = g * (row * b->beside_g[k][c]);
        x[M_FACTORED + k] = m * (row * b->beside_m[k][c]);
    }
}

static void first_layer(const pes_kernels_factored_network *net, int64_t r, int64_t c,
                        const float x[FEATURES], float *y) {
    for (int64_t u = 0; u < net->units; u++) {
        const int64_t start = u * net->ld_start;
        float sum = net->start_row[start + r] + net->start_column[start + c];
        for (int f = 0; f < FEATURES; f++) {
            sum = fmaf(net->first[f * net->units + u], x[f], sum);
        }
        y[u] = 0.0f > sum ? 0.0f : sum;
    }
}

// From the features to direction and magnitude; layers take turns with the halves of the
// scratch.
static const float *answer_of(const pes_kernels_factored_network *net, int64_t r, int64_t c,
                              const float features[FEATURES]) {
    float *x = net->scratch, *y = net->scratch + net->widest;
    first_layer(net, r, c, features, x);
    for (int64_t l = 0; l < net->layers; l++) {
        const pes_kernels_layer *layer = &net->layer[l];
        for (int64_t u = 0; u < layer->rows; u++) {
            float sum = layer->start[u];
            for (int64_t j = 0; j < layer->columns; j++) {
                sum = fmaf(layer->w[j * layer->rows + u], x[j], sum);
            }
            y[u] = layer->positive && 0.0f > sum ? 0.0f : sum;
        }
        float *const other = x;
        x = y, y = other;
    }
    return x;
}

void pes_scalar_factored_steps(const pes_kernels_factored *block,
                               const pes_kernels_factored_network *network) {
    float x[FEATURES];
    for (int64_t r = 0; r < block->rows; r++) {
        for (int64_t c = 0; c < block->columns; c++) {
            features_of(block, r, c, x);
            const float *answer = answer_of(network, r, c, x);
            pes_scalar_grown_steps(1, network->size, network->growth, answer, answer + 1,
                                   block->weights + r * block->ld + c);
        }
    }
}
