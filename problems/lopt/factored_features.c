#include "problems/lopt/factored_features.h"

#include <math.h>
#include <string.h>

enum { K = PES_LOPT_FACTORS, BLOCK = PES_LOPT_BLOCK };

// Places of features.
enum { V_ROW = 13, V_COL = 16, ROOT_ROW = 19, ROOT_COL = 22, M_FACTORED = 25 };

// 1 / sqrt(v + root_add)
static const float root_add = 1e-8f;
static const float least_square = 1e-30f, least_factor = 1e-9f, vector_add = 1e-6f;
static const double normalizer = 1e-5;

static bool is_vector(const pes_lopt_tensor *tensor) {
    return tensor->rows == 1;
}

int64_t pes_lopt_factored_extra(int64_t rows, int64_t columns) {
    return K * (rows == 1 ? columns : rows + columns);
}

static int64_t at_most(int64_t most, int64_t count) {
    return count < most ? count : most;
}

// ---- the two sides --------------------------------------------------------------------------

static void add_features(pes_lopt_side *side, int place) {
    for (int k = 0; k < K; k++) {
        side->feature[side->features++] = place + k;
    }
}

// `row`: the side has v_row; `col`: it has v_col.
static pes_lopt_side side_of(int64_t count, float *v, bool row, bool col) {
    pes_lopt_side side = {.count = count};
    for (int k = 0; k < K; k++) {
        side.v[k] = v + k * count;
        side.scale[k] = 1.0f;
    }
    const int place[] = {V_ROW, V_COL, ROOT_ROW, ROOT_COL};
    const bool there[] = {row, col, row, col};
    for (int i = 0; i < 4; i++) {
        if (there[i]) {
            add_features(&side, place[i]);
        }
    }
    return side;
}

// Rows are the shorter side, on which v_row lies; a vector has only columns.
static void set_sides(pes_lopt_features *f) {
    const pes_lopt_tensor *t = f->tensor;
    const bool vector = is_vector(t), rows_are_short = t->rows <= t->columns;
    float *of_columns = t->extra + (vector ? 0 : K * t->rows);
    f->rows = side_of(t->rows, t->extra, !vector && rows_are_short, !rows_are_short);
    f->columns = side_of(t->columns, of_columns, vector || !rows_are_short, rows_are_short);
}

// ---- v --------------------------------------------------------------------------------------

// Of rows or columns begin .. begin + count - 1: v takes a step towards `mean`, and the squares
// of v and of its root are added to sum[0] and sum[1].
static void update_v(const pes_kernels *kernels, const pes_lopt_decays *decays,
                     const pes_lopt_side *side, int64_t begin, int64_t count,
                     const float mean[BLOCK], double sum[2][K]) {
    float root[BLOCK], *v[K];
    double squares[K];
    for (int k = 0; k < K; k++) {
        v[k] = side->v[k] + begin;
    }
    kernels->running_means(count, K, decays->keep + PES_LOPT_MOMENTS,
                           decays->add + PES_LOPT_MOMENTS, mean, v, squares);
    for (int k = 0; k < K; k++) {
        kernels->reciprocal_roots(count, 1.0f, root_add, 0.0f, v[k], root);
        sum[0][k] += squares[k];
        sum[1][k] += kernels->squares(count, root);
    }
}

// All of a side; the squares along it are those of its rows, or else of its columns.
static void update_side(pes_lopt_features *f, const pes_lopt_decays *decays,
                        const pes_lopt_side *side, bool is_rows) {
    const pes_lopt_tensor *t = f->tensor;
    const double length = (double)(is_rows ? t->columns : t->rows);
    double sum[2][K] = {{0.0}};
    for (int64_t begin = 0; begin < side->count; begin += BLOCK) {
        const int64_t count = at_most(BLOCK, side->count - begin);
        double squares[BLOCK] = {0.0};
        float mean[BLOCK];
        if (is_rows) {
            f->kernels->row_squares(count, t->columns, t->gradient + begin * t->stride,
                                    t->stride, squares);
        } else {
            f->kernels->column_squares(t->rows, count, t->gradient + begin, t->stride, squares);
        }
        for (int64_t i = 0; i < count; i++) {
            mean[i] = (float)(squares[i] / length) + least_square;
        }
        update_v(f->kernels, decays, side, begin, count, mean, sum);
    }
    for (int64_t i = 0; i < side->features; i++) {
        const double of_feature = sum[i >= side->features / 2][i % K];
        f->mean_square[side->feature[i]] = of_feature / (double)side->count;
    }
}

// The mean of v_row divides it.
static void set_scale(pes_lopt_side *side) {
    for (int k = 0; k < K; k++) {
        double sum = 0.0;
        for (int64_t i = 0; i < side->count; i++) {
            sum += (double)side->v[k][i];
        }
        side->scale[k] = (float)(sum / (double)side->count) + least_factor;
    }
}

// ---- blocks ---------------------------------------------------------------------------------

// What the rows and columns of a block give to its weights, each row of BLOCK floats.
typedef struct workspace {
    float row[K][BLOCK], beside_g[K][BLOCK], beside_m[K][BLOCK];
    float root[K][BLOCK];
    float rest[]; // of the network: see folded
} workspace;

// The first layer with the factors of the features in it, in the order in which the kernels
// read them; and where its sums begin.
typedef struct folded {
    float *own;                      // PES_KERNELS_FACTORED x units
    float *rows, *columns;           // features of the side x units
    float *nothing;                  // units: zeros
    float *start_row, *start_column; // units x BLOCK
    float *layers;                   // for the kernel
} folded;

// Whole cache lines.
static int64_t in_lines(int64_t floats) {
    return (floats + 15) / 16 * 16;
}

int64_t pes_lopt_factored_scratch(const pes_lopt_network *network) {
    const int64_t units = network->layer[0].out;
    return (int64_t)(sizeof(workspace) / sizeof(float)) + 2 * BLOCK * units +
           2 * network->widest * PES_KERNELS_FACTORED_LANES +
           in_lines((PES_LOPT_FACTORED + 1) * units);
}

static workspace *workspace_of(const pes_lopt_features *f) {
    return (workspace *)(void *)f->scratch;
}

// a of rows begin .. begin + count - 1 of the tensor.
static void prepare_rows(pes_lopt_features *f, int64_t begin, int64_t count) {
    workspace *w = workspace_of(f);
    if (f->row == begin) {
        return;
    }
    f->row = begin;
    for (int k = 0; k < K; k++) {
        if (is_vector(f->tensor)) {
            w->row[k][0] = 1.0f;
        } else {
            f->kernels->reciprocal_roots(count, f->rows.scale[k], 0.0f, least_factor,
                                         f->rows.v[k] + begin, w->row[k]);
        }
    }
}

static void prepare_columns(pes_lopt_features *f, int64_t begin, int64_t count) {
    workspace *w = workspace_of(f);
    const bool vector = is_vector(f->tensor);
    if (f->column == begin) {
        return;
    }
    f->column = begin;
    for (int k = 0; k < K; k++) {
        const float *v = f->columns.v[k] + begin;
        f->kernels->reciprocal_roots(count, f->columns.scale[k], vector ? least_factor : 0.0f,
                                     least_factor, v, w->beside_g[k]);
        if (vector) {
            f->kernels->reciprocal_roots(count, 1.0f, vector_add, 0.0f, v, w->beside_m[k]);
        }
    }
}

static pes_kernels_factored block_of(const pes_lopt_features *f, int64_t row, int64_t column) {
    const pes_lopt_tensor *t = f->tensor;
    const workspace *w = workspace_of(f);
    const int64_t at = row * t->stride + column;
    pes_kernels_factored block = {
        .rows = at_most(BLOCK, t->rows - row),
        .columns = at_most(BLOCK, t->columns - column),
        .ld = t->stride,
        .gradient = t->gradient + at,
        .weights = t->weights + at,
    };
    for (int m = 0; m < PES_LOPT_MOMENTS; m++) {
        block.moment[m] = t->moment + m * t->moment_distance + at;
    }
    for (int k = 0; k < K; k++) {
        block.row[k] = w->row[k];
        block.beside_g[k] = w->beside_g[k];
        block.beside_m[k] = is_vector(t) ? w->beside_m[k] : w->beside_g[k];
    }
    return block;
}

// ---- moments --------------------------------------------------------------------------------

static void update_moments(pes_lopt_features *f, const pes_lopt_decays *decays) {
    const pes_lopt_tensor *t = f->tensor;
    double sum[PES_KERNELS_FACTORED] = {0.0};
    for (int64_t row = 0; row < t->rows; row += BLOCK) {
        prepare_rows(f, row, at_most(BLOCK, t->rows - row));
        for (int64_t column = 0; column < t->columns; column += BLOCK) {
            prepare_columns(f, column, at_most(BLOCK, t->columns - column));
            const pes_kernels_factored block = block_of(f, row, column);
            f->kernels->factored_moments(&block, decays->keep, decays->add, sum);
        }
    }
    for (int i = 0; i < PES_KERNELS_FACTORED; i++) {
        const int feature = i < V_ROW ? i : i - V_ROW + M_FACTORED;
        f->mean_square[feature] = sum[i] / (double)(t->rows * t->columns);
    }
}

void pes_lopt_factored_update(const pes_kernels *kernels, const pes_lopt_decays *decays,
                              const pes_lopt_tensor *tensor, float *scratch,
                              pes_lopt_features *out) {
    *out = (pes_lopt_features){
        .kernels = kernels, .tensor = tensor, .scratch = scratch, .row = -1, .column = -1};
    set_sides(out);
    update_side(out, decays, &out->columns, false);
    if (!is_vector(tensor)) {
        update_side(out, decays, &out->rows, true);
        set_scale(tensor->rows <= tensor->columns ? &out->rows : &out->columns);
    }
    update_moments(out, decays);
}

// ---- steps ----------------------------------------------------------------------------------

// The rows of the first layer's weights that belong to `count` features, each times its factor.
static float *fold_rows(const pes_lopt_features *f, const pes_lopt_reader *reader,
                        const int *feature, int64_t count, float *out) {
    const int64_t units = reader->network->layer[0].out;
    for (int64_t i = 0; i < count; i++, out += units) {
        const float factor = (float)(1.0 / sqrt(normalizer + f->mean_square[feature[i]]));
        const float *weight = reader->theta + feature[i] * units;
        for (int64_t u = 0; u < units; u++) {
            out[u] = factor * weight[u];
        }
    }
    return out;
}

static folded fold(const pes_lopt_features *f, const pes_lopt_reader *reader) {
    static const int own[PES_KERNELS_FACTORED] = {
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, M_FACTORED, M_FACTORED + 1, M_FACTORED + 2};
    const int64_t units = reader->network->layer[0].out;
    folded to = {.start_row = workspace_of(f)->rest};
    to.start_column = to.start_row + units * BLOCK;
    to.layers = to.start_column + units * BLOCK;
    to.own = to.layers + 2 * reader->network->widest * PES_KERNELS_FACTORED_LANES;
    to.rows = fold_rows(f, reader, own, PES_KERNELS_FACTORED, to.own);
    to.columns = fold_rows(f, reader, f->rows.feature, f->rows.features, to.rows);
    to.nothing = fold_rows(f, reader, f->columns.feature, f->columns.features, to.columns);
    memset(to.nothing, 0, (size_t)units * sizeof *to.nothing);
    return to;
}

// The share that features of rows or columns begin .. begin + count - 1 have in the sums of the
// first layer. start: units x BLOCK.
static void share_of_side(const pes_lopt_features *f, const pes_lopt_side *side, int64_t begin,
                          int64_t count, const pes_kernels_layer *layer, float *start) {
    workspace *w = workspace_of(f);
    const float *x[PES_LOPT_OF_SIDES];
    for (int k = 0; k < K && side->features > 0; k++) {
        f->kernels->reciprocal_roots(count, 1.0f, root_add, 0.0f, side->v[k] + begin,
                                     w->root[k]);
    }
    for (int64_t i = 0; i < side->features; i++) {
        x[i] = i < side->features / 2 ? side->v[i % K] + begin : w->root[i % K];
    }
    f->kernels->shared_layer(layer, count, x, start, BLOCK);
}

enum { OTHERS = PES_LOPT_LAYERS - 1 };

// The layers beside the first.
static int64_t other_layers(const pes_lopt_reader *reader, pes_kernels_layer out[OTHERS]) {
    const pes_lopt_network *network = reader->network;
    for (int64_t l = 1; l < network->layers; l++) {
        const pes_lopt_layer *layer = &network->layer[l];
        out[l - 1] = (pes_kernels_layer){
            .rows = layer->out,
            .columns = layer->in,
            .w = reader->theta + layer->weights,
            .start = reader->theta + layer->biases,
            .positive = l + 1 < network->layers,
        };
    }
    return network->layers - 1;
}

// The block whose moments changed last comes first: it may still be in the cache.
void pes_lopt_factored_step(pes_lopt_features *f, const pes_lopt_reader *reader) {
    const pes_lopt_tensor *t = f->tensor;
    const int64_t units = reader->network->layer[0].out;
    const folded first = fold(f, reader);
    const pes_kernels_layer of_rows = {units, f->rows.features, first.rows, first.nothing,
                                       false};
    const pes_kernels_layer of_columns = {units, f->columns.features, first.columns,
                                          reader->first_bias, false};
    pes_kernels_layer other[OTHERS];
    const pes_kernels_factored_network network = {
        .units = units,
        .first = first.own,
        .start_row = first.start_row,
        .start_column = first.start_column,
        .ld_start = BLOCK,
        .layers = other_layers(reader, other),
        .layer = other,
        .widest = reader->network->widest,
        .size = reader->size,
        .growth = reader->growth,
        .scratch = first.layers,
    };
    int64_t shared = -1; // the columns whose share is there
    for (int64_t row = (t->rows - 1) / BLOCK * BLOCK; row >= 0; row -= BLOCK) {
        const int64_t rows = at_most(BLOCK, t->rows - row);
        prepare_rows(f, row, rows);
        share_of_side(f, &f->rows, row, rows, &of_rows, first.start_row);
        for (int64_t column = 0; column < t->columns; column += BLOCK) {
            const int64_t columns = at_most(BLOCK, t->columns - column);
            prepare_columns(f, column, columns);
            if (shared != column) {
                share_of_side(f, &f->columns, column, columns, &of_columns, first.start_column);
                shared = column;
            }
            const pes_kernels_factored block = block_of(f, row, column);
            f->kernels->factored_steps(&block, &network);
        }
    }
}
