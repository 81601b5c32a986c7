#include "problems/hyper/mlp_training/train.h"

#include <math.h>
#include <string.h>

// Floats of weights that are updated at a time: few enough to stay in the nearer caches from
// the velocities' scaling to their use.
enum { SLICE_FLOATS = 12288 };

static const float clip_guard = 1e-6f; // as in PyTorch
static const float tiny = 1e-30f;

// What is known of one layer on the way back.
typedef struct stage {
    const pes_mlp_pass *pass;
    const pes_mlp_rule *rule;
    const pes_mlp_layer *layer;
    int64_t number;     // of the layer
    int64_t in, out;    // units that take part
    const float *input; // batch x input_stride
    int64_t input_stride;
    const float *gradient; // of the layer's sums, batch x stride; NULL: it is zero
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
    const pes_mlp_layer *layer = s->layer;
    const pes_kernels *kernels = s->pass->kernels;
    float *weights = s->state + layer->weights + row * layer->stride;
    float *velocity = weights + s->pass->network->floats;
    begin_velocities(kernels, u, rows * layer->stride, weights, velocity);
    if (s->gradient != NULL && grown > 0) {
        kernels->sgemm_tn(grown, s->out, s->pass->batch, s->input + row, s->input_stride,
                          s->gradient, layer->stride, velocity, layer->stride, true);
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
    const pes_mlp_layer *layer = s->layer;
    const pes_kernels *kernels = s->pass->kernels;
    const int64_t tensor = 2 * s->number, slice = slice_rows(layer);
    pes_mlp_update u =
        pes_mlp_optimizer_numbers(s->rule->optimizer, s->rule->values, tensor, s->rule->clock);
    for (int64_t row = 0; row < layer->in; row += slice) {
        const int64_t rows = within(layer->in - row, slice);
        descend_rows(s, &u, row, rows, within(s->in - row, rows));
    }
    u = pes_mlp_optimizer_numbers(s->rule->optimizer, s->rule->values, tensor + 1,
                                  s->rule->clock);
    float *biases = s->state + layer->biases, *velocity = biases + s->pass->network->floats;
    begin_velocities(kernels, &u, layer->out, biases, velocity);
    if (s->gradient != NULL) {
        kernels->column_sums(s->pass->batch, s->out, s->gradient, layer->stride, velocity);
    }
    descend(kernels, &u, layer->out, velocity, biases);
    if (sweep_is_due(u.momentum, s->rule->clock)) {
        sweep(layer->out, velocity);
    }
}

// ---- through scratch memory -----------------------------------------------------------------

// The gradient of rows row..row + rows - 1 of a layer's weights; zero where nothing takes part,
// and in the padding.
static void weight_gradient(const stage *s, int64_t row, int64_t rows, float *out) {
    const int64_t stride = s->layer->stride, grown = within(s->in - row, rows);
    memset(out, 0, (size_t)(rows * stride) * sizeof *out);
    s->pass->kernels->sgemm_tn(grown, s->out, s->pass->batch, s->input + row, s->input_stride,
                               s->gradient, stride, out, stride, false);
}

static void bias_gradient(const stage *s, float *out) {
    memset(out, 0, (size_t)s->layer->stride * sizeof *out);
    s->pass->kernels->column_sums(s->pass->batch, s->out, s->gradient, s->layer->stride, out);
}

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
        moment[k] = parameters + (k + 1) * s->pass->network->floats;
    }
    optimizer->update(n, &u, gradient, parameters, moment);
}

static void update_layer(const stage *s) {
    const pes_mlp_layer *layer = s->layer;
    float *gradient = s->pass->scratch->block; // of a slice: it stays in the nearer caches
    const int64_t tensor = 2 * s->number, slice = slice_rows(layer);
    for (int64_t row = 0; row < layer->in; row += slice) {
        const int64_t rows = within(layer->in - row, slice), n = rows * layer->stride;
        weight_gradient(s, row, rows, gradient);
        if (s->rule->zero_nonfinite) {
            zero_nonfinite(n, gradient);
        }
        update(s, tensor, layer->weights + row * layer->stride, n, gradient);
    }
    bias_gradient(s, gradient);
    if (s->rule->zero_nonfinite) {
        zero_nonfinite(layer->out, gradient);
    }
    update(s, tensor + 1, layer->biases, layer->out, gradient);
}

// ---- the whole gradient first ---------------------------------------------------------------

static void collect_layer(const stage *s) {
    float *block = s->pass->scratch->block;
    weight_gradient(s, 0, s->layer->in, block + s->layer->weights);
    bias_gradient(s, block + s->layer->biases);
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
    const stage s = {.pass = pass, .rule = rule, .state = state};
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

// The gradient of the sums of the layer below, with the weights that the forward pass saw.
static void descend_below(const stage *s, float *below) {
    const pes_mlp_pass *pass = s->pass;
    const int64_t under = s->number - 1;
    const pes_mlp_activation *activation = pass->network->activation;
    pass->kernels->sgemm_nt(pass->batch, s->in, s->out, s->gradient, s->layer->stride,
                            s->state + s->layer->weights, s->layer->stride, below,
                            s->input_stride, false);
    if (pass->drops[under]) {
        pes_mlp_pass_mask(pass, under, below);
    }
    activation->backward(pass->kernels, pass->batch, s->in, s->input_stride,
                         activation->keeps ? pass->scratch->kept[under] : s->input, below);
}

static stage stage_of(const pes_mlp_pass *pass, const pes_mlp_rule *rule, int64_t l,
                      float *state) {
    const pes_mlp_network *network = pass->network;
    const pes_mlp_scratch *scratch = pass->scratch;
    return (stage){
        .pass = pass,
        .rule = rule,
        .layer = &network->layer[l],
        .number = l,
        .in = pass->units[l],
        .out = pass->units[l + 1],
        .input = l > 0 ? scratch->output[l - 1] : scratch->input,
        .input_stride = l > 0 ? network->layer[l - 1].stride : network->input_stride,
        .state = state,
    };
}

void pes_mlp_train(const pes_mlp_pass *pass, const pes_mlp_rule *rule, bool finite,
                   float *state) {
    const bool clips = rule->values->value[PES_MLP_CLIP_NORM][0] < INFINITY;
    const bool straight = !clips && rule->optimizer == pes_mlp_optimizer_get(0);
    const bool none = straight && rule->zero_nonfinite && !finite;
    const int64_t top = pass->network->layers - 1;
    for (int64_t l = top; l >= 0; l--) {
        stage s = stage_of(pass, rule, l, state);
        s.gradient = none ? NULL : pass->scratch->gradient[(top - l) % 2];
        if (l > 0 && !none) {
            descend_below(&s, pass->scratch->gradient[(top - l + 1) % 2]);
        }
        (clips ? collect_layer : straight ? descend_layer : update_layer)(&s);
    }
    if (clips) {
        clip_and_update(pass, rule, state);
    }
}
