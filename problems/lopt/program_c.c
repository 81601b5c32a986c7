// A learned optimizer as a C function in one file that needs the C library only: theta is
// written into it, and what the rule does as plain loops, which compilers turn into vectors.

#include "problems/lopt/program.h"
#include "problems/lopt/program_text.h"

#include <string.h>

static const char head[] =
    "// An optimizer that pes run has trained: %WHERE%.\n"
    "//\n"
    "// Written by pes export. Architecture %NAME%: %SUMMARY%.\n"
    "//\n"
    "//     long learned_memory(long rows, long columns);\n"
    "//     void learned_update(long step, long rows, long columns, float *weights,\n"
    "//                         const float *gradient, float *memory);\n"
    "//\n"
    "// One call changes one tensor of the network that is trained: rows x columns, row-major, "
    "for\n"
    "// the weights of a layer its inputs x outputs; a vector of biases has one row. `step` "
    "counts\n"
    "// the steps before this one, from 0. `memory` is the tensor's own, learned_memory() "
    "floats,\n"
    "// all zero before the first step. Different tensors may be updated at the same time. "
    "Link\n"
    "// with -lm.\n"
    "\n"
    "#include <math.h>\n"
    "\n"
    "long learned_memory(long rows, long columns);\n"
    "void learned_update(long step, long rows, long columns, float *weights,\n"
    "                    const float *gradient, float *memory);\n"
    "\n";

// ---- rules with a network -------------------------------------------------------------------

static const char network[] =
    "\n"
    "enum { TIMES = 11, OWN = FEATURES - TIMES, LANES = 32 };\n"
    "\n"
    "typedef float lanes[LANES]; // the same number of as many weights\n"
    "\n"
    "// y = bias + w x, and max(., 0) but for the last layer\n"
    "static void layer(int in, int out, int last, const float *w, const float *bias,\n"
    "                  lanes *x, lanes *y) {\n"
    "    for (int o = 0; o < out; o++) {\n"
    "        for (int l = 0; l < LANES; l++) {\n"
    "            y[o][l] = bias[o];\n"
    "        }\n"
    "        for (int j = 0; j < in; j++) {\n"
    "            const float factor = w[j * out + o];\n"
    "            for (int l = 0; l < LANES; l++) {\n"
    "                y[o][l] += factor * x[j][l];\n"
    "            }\n"
    "        }\n"
    "        for (int l = 0; l < LANES && !last; l++) {\n"
    "            y[o][l] = y[o][l] < 0.0f ? 0.0f : y[o][l];\n"
    "        }\n"
    "    }\n"
    "}\n"
    "\n"
    "// The first layer's biases with the features of the step number.\n"
    "static void fold_time(long step, float *bias) {\n"
    "    static const float tau[TIMES] = {1.0f,    3.0f,    10.0f,    30.0f,    100.0f,  "
    "300.0f,\n"
    "                                     1000.0f, 3000.0f, 10000.0f, 30000.0f, 100000.0f};\n"
    "    for (int o = 0; o < width[1]; o++) {\n"
    "        bias[o] = biases[0][o];\n"
    "        for (int k = 0; k < TIMES; k++) {\n"
    "            const float time = tanhf((float)step / tau[k] - 1.0f);\n"
    "            bias[o] += time * weights_of[0][(OWN + k) * width[1] + o];\n"
    "        }\n"
    "    }\n"
    "}\n"
    "\n"
    "// How a tensor is looked at: see features().\n"
    "typedef struct view {\n"
    "    long rows, columns;\n"
    "    const float *weights, *gradient;\n"
    "    float *memory;\n"
    "    float scale[3]; // begin() may leave something here\n"
    "} view;\n"
    "\n"
    "static void begin(view *t);\n"
    "static void features(const view *t, long first, int count, lanes *x);\n"
    "\n"
    "void learned_update(long step, long rows, long columns, float *weights,\n"
    "                    const float *gradient, float *memory) {\n"
    "    view t = {rows, columns, weights, gradient, memory, {0.0f}};\n"
    "    const long n = rows * columns;\n"
    "    double square[OWN] = {0.0};\n"
    "    lanes x[OWN], even[WIDEST], odd[WIDEST];\n"
    "    begin(&t);\n"
    "    for (long at = 0; at < n; at += LANES) {\n"
    "        const int count = (int)(n - at < LANES ? n - at : LANES);\n"
    "        features(&t, at, count, x);\n"
    "        for (int f = 0; f < OWN; f++) {\n"
    "            for (int l = 0; l < count; l++) {\n"
    "                square[f] += (double)x[f][l] * (double)x[f][l];\n"
    "            }\n"
    "        }\n"
    "    }\n"
    "    // What normalizes the features goes into the first layer's weights.\n"
    "    float first[OWN * WIDEST], bias[WIDEST];\n"
    "    for (int f = 0; f < OWN; f++) {\n"
    "        const float factor = (float)(1.0 / sqrt(1e-5 + square[f] / (double)n));\n"
    "        for (int o = 0; o < width[1]; o++) {\n"
    "            first[f * width[1] + o] = factor * weights_of[0][f * width[1] + o];\n"
    "        }\n"
    "    }\n"
    "    fold_time(step, bias);\n"
    "    for (long at = 0; at < n; at += LANES) {\n"
    "        const int count = (int)(n - at < LANES ? n - at : LANES);\n"
    "        features(&t, at, count, x);\n"
    "        layer(OWN, width[1], 0, first, bias, x, odd);\n"
    "        for (int i = 1; i < LAYERS; i++) {\n"
    "            layer(width[i], width[i + 1], i + 1 == LAYERS, weights_of[i], biases[i],\n"
    "                  i % 2 == 1 ? odd : even, i % 2 == 1 ? even : odd);\n"
    "        }\n"
    "        lanes *answer = LAYERS % 2 == 1 ? odd : even;\n"
    "        for (int l = 0; l < count; l++) {\n"
    "            weights[at + l] -= 0.001f * answer[0][l] * expf(0.001f * answer[1][l]);\n"
    "        }\n"
    "    }\n"
    "}\n"
    "\n";

static const char mlp[] =
    "enum { MOMENTA = 6 };\n"
    "\n"
    "long learned_memory(long rows, long columns) {\n"
    "    return MOMENTA * rows * columns;\n"
    "}\n"
    "\n"
    "static void begin(view *t) {\n"
    "    static const float keep[MOMENTA] = {0.1f, 0.5f, 0.9f, 0.99f, 0.999f, 0.9999f};\n"
    "    static const float add[MOMENTA] = {0.9f, 0.5f, 0.1f, 0.01f, 0.001f, 0.0001f};\n"
    "    const long n = t->rows * t->columns;\n"
    "    for (int k = 0; k < MOMENTA; k++) {\n"
    "        for (long i = 0; i < n; i++) {\n"
    "            float *m = &t->memory[k * n + i];\n"
    "            *m = keep[k] * *m + add[k] * t->gradient[i];\n"
    "        }\n"
    "    }\n"
    "}\n"
    "\n"
    "// Gradient, weight and momenta of weights first .. first + count - 1; the other lanes "
    "are 0.\n"
    "static void features(const view *t, long first, int count, lanes *x) {\n"
    "    const long n = t->rows * t->columns;\n"
    "    for (int l = 0; l < LANES; l++) {\n"
    "        const long i = first + (l < count ? l : 0);\n"
    "        x[0][l] = t->gradient[i];\n"
    "        x[1][l] = t->weights[i];\n"
    "        for (int k = 0; k < MOMENTA; k++) {\n"
    "            x[2 + k][l] = t->memory[k * n + i];\n"
    "        }\n"
    "    }\n"
    "}\n";

static const pes_lopt_fragment fragments[] = {{&pes_lopt_mlp, mlp}, {NULL, NULL}};

static void print_list(FILE *out, const char *name, char letter, int64_t count) {
    fprintf(out, "static const float *const %s[LAYERS] = {", name);
    for (int64_t l = 0; l < count; l++) {
        fprintf(out, "%s%c%lld", l > 0 ? ", " : "", letter, (long long)l);
    }
    fputs("};\n", out);
}

static void print_theta(FILE *out, const pes_lopt_shape *shape, const float *theta) {
    pes_lopt_block block;
    for (int64_t i = 0; pes_lopt_block_of(shape, i, &block); i++) {
        fprintf(out, "static const float %s[%lld] = {\n", block.name, (long long)block.count);
        pes_lopt_print_numbers(out, block.count, theta + block.offset, 4, "f");
        fputs("};\n", out);
    }
}

static void print_network(FILE *out, const pes_lopt_shape *shape, const float *theta) {
    const pes_int_list *hidden = &shape->hidden;
    pes_lopt_block block = {.name = ""};
    int64_t widest = 2;
    print_theta(out, shape, theta);
    for (int64_t i = 0; strcmp(block.name, "w0") != 0; i++) {
        pes_lopt_block_of(shape, i, &block);
    }
    for (int64_t l = 0; l < hidden->count; l++) {
        widest = hidden->value[l] > widest ? hidden->value[l] : widest;
    }
    fprintf(out, "\nenum { FEATURES = %lld, WIDEST = %lld, LAYERS = %lld };\n",
            (long long)block.shape[0], (long long)widest, (long long)hidden->count + 1);
    fputs("static const int width[LAYERS + 1] = {FEATURES", out);
    for (int64_t l = 0; l < hidden->count; l++) {
        fprintf(out, ", %lld", (long long)hidden->value[l]);
    }
    fputs(", 2};\n", out);
    print_list(out, "weights_of", 'w', hidden->count + 1);
    print_list(out, "biases", 'b', hidden->count + 1);
    fputs(network, out);
    pes_lopt_print_fragments(out, fragments, shape->rule);
    pes_lopt_print_fragments(out, pes_lopt_c_factored, shape->rule);
}

// ---- hand-made rules ------------------------------------------------------------------------

static const char plain[] =
    "\n"
    "long learned_memory(long rows, long columns) {\n"
    "    (void)rows, (void)columns;\n"
    "    return 0;\n"
    "}\n"
    "\n"
    "void learned_update(long step, long rows, long columns, float *weights,\n"
    "                    const float *gradient, float *memory) {\n"
    "    (void)step, (void)memory;\n"
    "    for (long i = 0; i < rows * columns; i++) {\n"
    "        weights[i] -= learning_rate * gradient[i];\n"
    "    }\n"
    "}\n";

static const char heavy_ball[] =
    "\n"
    "long learned_memory(long rows, long columns) {\n"
    "    return rows * columns;\n"
    "}\n"
    "\n"
    "void learned_update(long step, long rows, long columns, float *weights,\n"
    "                    const float *gradient, float *memory) {\n"
    "    (void)step;\n"
    "    for (long i = 0; i < rows * columns; i++) {\n"
    "        memory[i] = momentum * memory[i] + gradient[i];\n"
    "        weights[i] -= learning_rate * memory[i];\n"
    "    }\n"
    "}\n";

static const char adam[] =
    "\n"
    "long learned_memory(long rows, long columns) {\n"
    "    return 2 * rows * columns;\n"
    "}\n"
    "\n"
    "void learned_update(long step, long rows, long columns, float *weights,\n"
    "                    const float *gradient, float *memory) {\n"
    "    const float size =\n"
    "        (float)(learning_rate / (1.0 - pow(beta1, (double)step + 1.0)));\n"
    "    const float root = (float)sqrt(1.0 - pow(beta2, (double)step + 1.0));\n"
    "    float *mean = memory, *square = memory + rows * columns;\n"
    "    for (long i = 0; i < rows * columns; i++) {\n"
    "        const float g = gradient[i];\n"
    "        mean[i] = beta1 * mean[i] + (1.0f - beta1) * g;\n"
    "        square[i] = beta2 * square[i] + (1.0f - beta2) * (g * g);\n"
    "        weights[i] -= learning_rate * weight_decay * weights[i];\n"
    "        weights[i] -= size * mean[i] / (sqrtf(square[i]) / root + epsilon);\n"
    "    }\n"
    "}\n";

static const pes_lopt_fragment hand_made[] = {{&pes_lopt_sgd, plain},
                                              {&pes_lopt_momentum, heavy_ball},
                                              {&pes_lopt_adam, adam},
                                              {&pes_lopt_adamw, adam},
                                              {NULL, NULL}};

static void print_hand_made(FILE *out, const pes_lopt_shape *shape, const float *theta) {
    for (int64_t i = 0; i < pes_lopt_num_params(shape); i++) {
        const float value = (float)shape->rule->natural(shape, i, (double)theta[i]);
        fprintf(out, "static const float %s = ", shape->rule->natural_name(shape, i));
        pes_lopt_print_numbers(out, 1, &value, 0, "f;\n");
    }
    if (shape->rule == &pes_lopt_adam) {
        fputs("static const float weight_decay = 0.0f;\n", out);
    }
    pes_lopt_print_fragments(out, hand_made, shape->rule);
}

// ---- the whole ------------------------------------------------------------------------------

static void print(FILE *out, const pes_lopt_shape *shape, const float *theta,
                  const char *where) {
    pes_lopt_print_filled(out, head, shape, where);
    (shape->hidden.count > 0 ? print_network : print_hand_made)(out, shape, theta);
}

char *pes_lopt_write_c(const pes_lopt_shape *shape, const float *theta, const char *where) {
    return pes_lopt_print_program(print, shape, theta, where);
}
