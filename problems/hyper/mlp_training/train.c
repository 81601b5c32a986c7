#include "problems/hyper/mlp_training/train.h"

#include <math.h>
#include <string.h>

// Floats of weights that are updated at a time: few enough to stay in the nearer caches from
// the velocities' scaling to their use.
enum { SLICE_FLOATS = 12288 };

static const float clip_guard = 1e-6f; // as in PyTorch
static const float tiny = 1e-30f;

// A layer that is to take its step.
typedef struct stage {
    pes_mlp_stage at;
    const pes_mlp_rule *rule;
    bool none; // its gradient is to count as zero
    float *state;
} stage;

void pes_mlp_smooth(const pes_mlp_pass *pass, float smoothing) {
    const pes_mlp_layer *last = &pass->network->layer[pass->network->layers - 1];
    float *gradient = pass->scratch->gradient[0];
    const float whole = smoothing / (float)pass->batch, each = whole / (float)last->out;
    for (int64_t r = 0; r < pass->batch; r++, gradient += last->stride) {
        for (int64_t j = 0; j < last->out; j++) {
            gradient[j] -= each;
        }
        gradient[pass->scratch->label[r]] += whole;
    }
}

// ---- straight into the velocities: SGD with momentum ----------------------------------------

static int64_t slice_rows(const pes_mlp_layer *layer) {
    const int64_t fit = SLICE_FLOATS / layer->stride;
    return fit > 1 ? fit : 1;
}

// v <- momentum v + l2 w, before the gradient comes.
static void begin_velocities(const pes_kernels *kernels, const pes_mlp_update *u, int64_t n,
                             const float *weights, float *velocity) {
    kernels->scale(n, u->momentum, velocity);
    if (u->l2 != 0.0f) {
        kernels->axpy(n, u->l2, weights, velocity);
    }
}

// w <- left w - rate v
static void descend(const pes_kernels *kernels, const pes_mlp_update *u, int64_t n,
                    const float *velocity, float *weights) {
    if (u->left != 1.0f) {
        kernels->scale(n, u->left, weights);
    }
    kernels->axpy(n, -u->rate, velocity, weights);
}

// The velocity of a unit that is never active shrinks for ever. Subnormal numbers would make
// every later step slow, so velocities that no longer matter are set to zero in time: a sweep
// is due when the smallest that an earlier one has kept has lost a factor of 1e7 without a
// gradient, and is still far from subnormal.
static bool sweep_is_due(float momentum, int64_t clock) {
    int64_t least = 1, most = momentum > 0.0f ? 1000 : 1; // steps; halve what lies between
    while (least < most) {
        const int64_t middle = (least + most) / 2;
        if (pes_mlp_power((double)momentum, middle + 1) > 1e-7) {
            least = middle + 1;
        } else {
            most = middle;
        }
    }
    return momentum > 0.0f && clock % least == 0;
}

static void sweep(int64_t count, float *velocity) {
    for (int64_t i = 0; i < count; i++) {
        velocity[i] = velocity[i] < tiny && velocity[i] > -tiny ? 0.0f : velocity[i];
    }
}

// Rows row..row + rows - 1 of the weights; `grown` of them have a gradient.
static void descend_rows(const stage *s, const pes_mlp_update *u, int64_t row, int64_t rows,
                         int64_t grown) {
    const pes_mlp_layer *layer = s->at.layer;
    const pes_kernels *kernels = s->at.pass->kernels;
    float *weights = s->state + layer->weights + row * layer->stride;
    float *velocity = weights + s->at.pass->network->floats;
    begin_velocities(kernels, u, rows * layer->stride, weights, velocity);
    if (!s->none && grown > 0) {
        kernels->sgemm_tn(grown, s->at.out, s->at.pass->batch, s->at.input + row,
                          s->at.input_stride, s->at.gradient, layer->stride, velocity,
                          layer->stride, true);
    }
    descend(kernels, u, rows * layer->stride, velocity, weights);
    if (sweep_is_due(u->momentum, s->rule->clock)) {
        sweep(rows * layer->stride, velocity);
    }
}

static int64_t within(int64_t x, int64_t most) {
    return x < 0 ? 0 : x < most ? x : most;
}

static void descend_layer(const stage *s) {
    const pes_mlp_layer *layer = s->at.layer;
    const pes_kernels *kernels = s->at.pass->kernels;
    const int64_t tensor = 2 * s->at.number, slice = slice_rows(layer);
    pes_mlp_update u =
        pes_mlp_optimizer_numbers(s->rule->optimizer, s->rule->values, tensor, s->rule->clock);
    for (int64_t row = 0; row < layer->in; row += slice) {
        const int64_t rows = within(layer->in - row, slice);
        descend_rows(s, &u, row, rows, within(s->at.in - row, rows));
    }
    u = pes_mlp_optimizer_numbers(s->rule->optimizer, s->rule->values, tensor + 1,
                                  s->rule->clock);
    float *biases = s->state + layer->biases, *velocity = biases + s->at.pass->network->floats;
    begin_velocities(kernels, &u, layer->out, biases, velocity);
    if (!s->none) {
        kernels->column_sums(s->at.pass->batch, s->at.out, s->at.gradient, layer->stride,
                             velocity);
    }
    descend(kernels, &u, layer->out, velocity, biases);
    if (sweep_is_due(u.momentum, s->rule->clock)) {
        sweep(layer->out, velocity);
    }
}

// ---- through scratch memory -----------------------------------------------------------------

static void zero_nonfinite(int64_t n, float *x) {
    for (int64_t i = 0; i < n; i++) {
        x[i] = x[i] - x[i] == 0.0f ? x[i] : 0.0f;
    }
}

// One step of n numbers of a tensor that begin at `first` of the block.
static void update(const stage *s, int64_t tensor, int64_t first, int64_t n,
                   const float *gradient) {
    const pes_mlp_optimizer *optimizer = s->rule->optimizer;
    const pes_mlp_update u =
        pes_mlp_optimizer_numbers(optimizer, s->rule->values, tensor, s->rule->clock);
    float *moment[PES_MLP_MOMENTS] = {NULL}, *parameters = s->state + first;
    for (int64_t k = 0; k < optimizer->moments; k++) {
        moment[k] = parameters + (k + 1) * s->at.pass->network->floats;
    }
    optimizer->update(n, &u, gradient, parameters, moment);
}

static void update_layer(const stage *s) {
    const pes_mlp_layer *layer = s->at.layer;
    float *gradient = s->at.pass->scratch->block; // of a slice: it stays in the nearer caches
    const int64_t tensor = 2 * s->at.number, slice = slice_rows(layer);
    for (int64_t row = 0; row < layer->in; row += slice) {
        const int64_t rows = within(layer->in - row, slice), n = rows * layer->stride;
        pes_mlp_stage_weights(&s->at, row, rows, gradient);
        if (s->rule->zero_nonfinite) {
            zero_nonfinite(n, gradient);
        }
        update(s, tensor, layer->weights + row * layer->stride, n, gradient);
    }
    pes_mlp_stage_biases(&s->at, gradient);
    if (s->rule->zero_nonfinite) {
        zero_nonfinite(layer->out, gradient);
    }
    update(s, tensor + 1, layer->biases, layer->out, gradient);
}

// ---- the whole gradient first ---------------------------------------------------------------

static void collect_layer(const stage *s) {
    float *block = s->at.pass->scratch->block;
    pes_mlp_stage_weights(&s->at, 0, s->at.layer->in, block + s->at.layer->weights);
    pes_mlp_stage_biases(&s->at, block + s->at.layer->biases);
}

static void clip(const pes_mlp_pass *pass, float most) {
    const int64_t n = pass->network->floats;
    float *gradient = pass->scratch->block;
    const float norm = (float)sqrt(pass->kernels->squares(n, gradient));
    const float factor = most / (norm + clip_guard);
    if (!(factor >= 1.0f)) {
        pass->kernels->scale(n, factor, gradient);
    }
}

static void clip_and_update(const pes_mlp_pass *pass, const pes_mlp_rule *rule, float *state) {
    const pes_mlp_network *network = pass->network;
    const float *gradient = pass->scratch->block;
    const stage s = {.at = {.pass = pass}, .rule = rule, .state = state};
    if (rule->zero_nonfinite) {
        zero_nonfinite(network->floats, pass->scratch->block);
    }
    clip(pass, rule->values->value[PES_MLP_CLIP_NORM][0]);
    for (int64_t l = 0; l < network->layers; l++) {
        const pes_mlp_layer *layer = &network->layer[l];
        update(&s, 2 * l, layer->weights, layer->in * layer->stride, gradient + layer->weights);
        update(&s, 2 * l + 1, layer->biases, layer->out, gradient + layer->biases);
    }
}

// ---- all layers -----------------------------------------------------------------------------

void pes_mlp_train(const pes_mlp_pass *pass, const pes_mlp_rule *rule, bool finite,
                   float *state) {
    const bool clips = rule->values->value[PES_MLP_CLIP_NORM][0] < INFINITY;
    const bool straight = !clips && rule->optimizer == pes_mlp_optimizer_get(0);
    const bool none = straight && rule->zero_nonfinite && !finite;
    const int64_t top = pass->network->layers - 1;
    for (int64_t l = top; l >= 0; l--) {
        const stage s = {
            .at = pes_mlp_stage_of(pass, l), .rule = rule, .none = none, .state = state};
        if (l > 0 && !none) {
            pes_mlp_stage_below(&s.at, state);
        }
        (clips ? collect_layer : straight ? descend_layer : update_layer)(&s);
    }
    if (clips) {
        clip_and_update(pass, rule, state);
    }
}
