#include "problems/lopt/factored_features.h"

#include <math.h>
#include <string.h>

enum { K = PES_LOPT_FACTORS, LANES = PES_LOPT_LANES };

// Places of features.
enum {
    M = 2,
    S = 5,
    M_OVER_ROOT = 6,
    ROOT = 9,
    G_FACTORED = 10,
    V_ROW = 13,
    V_COL = 16,
    ROOT_ROW = 19,
    ROOT_COL = 22,
    M_FACTORED = 25
};

static const float least_square = 1e-30f, least_factor = 1e-9f;

static bool is_vector(const pes_lopt_tensor *tensor) {
    return tensor->rows == 1;
}

int64_t pes_lopt_factored_extra(int64_t rows, int64_t columns) {
    return K * (rows == 1 ? columns : rows + columns);
}

// v number k of the rows, and of the columns, which are all that a vector has.
static float *of_rows(const pes_lopt_tensor *tensor, int k) {
    return tensor->extra + k * tensor->rows;
}

static float *of_columns(const pes_lopt_tensor *tensor, int k) {
    return tensor->extra + (is_vector(tensor) ? 0 : K * tensor->rows) + k * tensor->columns;
}

static float reciprocal_root(float x) {
    return 1.0f / sqrtf(x);
}

static float at_least(float least, float x) {
    return x < least ? least : x; // not-a-number stays one
}

// ---- running means --------------------------------------------------------------------------

// v <- keep v + add mean for all decays of one place.
static void update_factors(const pes_lopt_decays *decays, float mean, float *v,
                           int64_t distance) {
    for (int k = 0; k < K; k++) {
        const int decay = PES_LOPT_MOMENTS + k;
        v[k * distance] = fmaf(decays->keep[decay], v[k * distance], decays->add[decay] * mean);
    }
}

// Columns begin .. of a row: momenta, and the mean of squares.
static void update_moments(const pes_kernels *kernels, const pes_lopt_decays *decays,
                           const pes_lopt_tensor *tensor, int64_t row, int64_t begin,
                           float *square) {
    const int64_t at = row * tensor->stride + begin;
    const int64_t left = tensor->columns - begin, count = left < LANES ? left : LANES;
    float *mean[PES_LOPT_MOMENTS];
    double squares[PES_LOPT_MOMENTS];
    for (int m = 0; m < PES_LOPT_MOMENTS; m++) {
        mean[m] = tensor->moment + m * tensor->moment_distance + at;
    }
    for (int64_t i = 0; i < count; i++) {
        square[i] = tensor->gradient[at + i] * tensor->gradient[at + i];
    }
    kernels->running_means(count, PES_LOPT_MOMENTA, decays->keep, decays->add,
                           tensor->gradient + at, mean, squares);
    kernels->running_means(count, 1, decays->keep + PES_LOPT_MOMENTA,
                           decays->add + PES_LOPT_MOMENTA, square, mean + PES_LOPT_MOMENTA,
                           squares);
}

static void update_vector(const pes_lopt_decays *decays, const pes_lopt_tensor *tensor,
                          int64_t begin, int64_t count, const float *square) {
    for (int64_t i = 0; i < count; i++) {
        update_factors(decays, square[i] + least_square, of_columns(tensor, 0) + begin + i,
                       tensor->columns);
    }
}

// A strip of columns, all rows; the means along it need no more than a strip's memory.
static void update_strip(const pes_kernels *kernels, const pes_lopt_decays *decays,
                         const pes_lopt_tensor *tensor, int64_t begin) {
    const int64_t left = tensor->columns - begin, count = left < LANES ? left : LANES;
    float square[LANES];
    double sum[LANES] = {0.0};
    for (int64_t r = 0; r < tensor->rows; r++) {
        update_moments(kernels, decays, tensor, r, begin, square);
        kernels->accumulate(count, 1.0, square, sum);
    }
    if (is_vector(tensor)) {
        update_vector(decays, tensor, begin, count, square);
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        const float mean = (float)(sum[i] / (double)tensor->rows) + least_square;
        update_factors(decays, mean, of_columns(tensor, 0) + begin + i, tensor->columns);
    }
}

void pes_lopt_factored_update(const pes_kernels *kernels, const pes_lopt_decays *decays,
                              const pes_lopt_tensor *tensor) {
    for (int64_t begin = 0; begin < tensor->columns; begin += LANES) {
        update_strip(kernels, decays, tensor, begin);
    }
    for (int64_t r = 0; r < tensor->rows && !is_vector(tensor); r++) {
        const double sum =
            kernels->squares(tensor->columns, tensor->gradient + r * tensor->stride);
        const float mean = (float)(sum / (double)tensor->columns) + least_square;
        update_factors(decays, mean, of_rows(tensor, 0) + r, tensor->rows);
    }
}

// ---- features -------------------------------------------------------------------------------

// What is kept of a strip's columns from row to row, and what a piece needs of its own; each
// row of LANES floats.
typedef struct workspace {
    float factor_g[K][LANES], factor_m[K][LANES]; // of the columns
    float root_column[K][LANES];                  // likewise
    float value_row[K][LANES], root_row[K][LANES];
    float root[LANES];
    float m_over_root[K][LANES], g_factored[K][LANES], m_factored[K][LANES];
} workspace;

int64_t pes_lopt_factored_scratch(void) {
    return (int64_t)(sizeof(workspace) / sizeof(float));
}

static workspace *workspace_of(const pes_lopt_features *features) {
    return (workspace *)(void *)features->scratch;
}

// Rows are the shorter side, on which v_row lies.
static bool rows_are_short(const pes_lopt_tensor *tensor) {
    return tensor->rows <= tensor->columns;
}

void pes_lopt_features_begin(pes_lopt_features *features, const pes_lopt_tensor *tensor,
                             float *scratch) {
    *features = (pes_lopt_features){.tensor = tensor, .scratch = scratch};
    const bool rows = rows_are_short(tensor);
    const int64_t n = rows ? tensor->rows : tensor->columns;
    for (int k = 0; k < K && !is_vector(tensor); k++) {
        const float *v = rows ? of_rows(tensor, k) : of_columns(tensor, k);
        double sum = 0.0;
        for (int64_t i = 0; i < n; i++) {
            sum += (double)v[i];
        }
        features->mean_row[k] = sum / (double)n;
    }
}

// a_row or a_col: 1 / root(v / scale), scale = 1 on the longer side.
static float factor_of(const pes_lopt_features *features, bool is_short, int k, float v) {
    const float scale = is_short ? (float)features->mean_row[k] + least_factor : 1.0f;
    return reciprocal_root(at_least(least_factor, v / scale));
}

static void fill_columns(pes_lopt_features *features, const pes_lopt_piece *piece) {
    const pes_lopt_tensor *tensor = features->tensor;
    const bool vector = is_vector(tensor), is_short = !rows_are_short(tensor);
    workspace *w = workspace_of(features);
    for (int k = 0; k < K; k++) {
        const float *v = of_columns(tensor, k) + piece->begin;
        for (int64_t i = 0; i < piece->count; i++) {
            w->root_column[k][i] = reciprocal_root(v[i] + 1e-8f);
            w->factor_g[k][i] =
                vector ? reciprocal_root(at_least(least_factor, v[i] + least_factor))
                       : factor_of(features, is_short, k, v[i]);
            w->factor_m[k][i] = vector ? reciprocal_root(v[i] + 1e-6f) : w->factor_g[k][i];
        }
        features->feature[(is_short || vector ? V_ROW : V_COL) + k] = v;
        features->feature[(is_short || vector ? ROOT_ROW : ROOT_COL) + k] = w->root_column[k];
        if (vector) {
            features->feature[V_COL + k] = v;
            features->feature[ROOT_COL + k] = w->root_column[k];
        }
    }
}

static void fill(int64_t n, float value, float *out) {
    for (int64_t i = 0; i < n; i++) {
        out[i] = value;
    }
}

// The features of the piece's row, the same for all of the piece; a_row or a_col of it.
static void fill_row(pes_lopt_features *features, const pes_lopt_piece *piece,
                     float factor[K]) {
    const pes_lopt_tensor *tensor = features->tensor;
    const bool is_short = rows_are_short(tensor);
    workspace *w = workspace_of(features);
    for (int k = 0; k < K; k++) {
        factor[k] = 1.0f;
        if (is_vector(tensor)) {
            continue;
        }
        const float v = of_rows(tensor, k)[piece->row];
        factor[k] = factor_of(features, is_short, k, v);
        fill(piece->count, v, w->value_row[k]);
        fill(piece->count, reciprocal_root(v + 1e-8f), w->root_row[k]);
        features->feature[(is_short ? V_ROW : V_COL) + k] = w->value_row[k];
        features->feature[(is_short ? ROOT_ROW : ROOT_COL) + k] = w->root_row[k];
    }
}

static void fill_products(pes_lopt_features *features, const pes_lopt_piece *piece,
                          const float factor[K]) {
    workspace *w = workspace_of(features);
    const float *g = features->feature[0], *s = features->feature[S];
    for (int64_t i = 0; i < piece->count; i++) {
        w->root[i] = reciprocal_root(s[i] + 1e-6f);
    }
    for (int k = 0; k < K; k++) {
        const float *m = features->feature[M + k];
        for (int64_t i = 0; i < piece->count; i++) {
            w->m_over_root[k][i] = m[i] * w->root[i];
            w->g_factored[k][i] = g[i] * factor[k] * w->factor_g[k][i];
            w->m_factored[k][i] = m[i] * factor[k] * w->factor_m[k][i];
        }
        features->feature[M_OVER_ROOT + k] = w->m_over_root[k];
        features->feature[G_FACTORED + k] = w->g_factored[k];
        features->feature[M_FACTORED + k] = w->m_factored[k];
    }
    features->feature[ROOT] = w->root;
}

void pes_lopt_features_of(pes_lopt_features *features, const pes_lopt_piece *piece) {
    const pes_lopt_tensor *tensor = features->tensor;
    const int64_t at = piece->row * tensor->stride + piece->begin;
    float factor[K];
    features->feature[0] = tensor->gradient + at;
    features->feature[1] = tensor->weights + at;
    for (int m = 0; m < PES_LOPT_MOMENTS; m++) {
        features->feature[M + m] = tensor->moment + m * tensor->moment_distance + at;
    }
    if (piece->row == 0) {
        fill_columns(features, piece);
    }
    fill_row(features, piece, factor);
    fill_products(features, piece, factor);
}
