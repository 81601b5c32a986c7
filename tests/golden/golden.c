// One line a case, a name and a hash of everything that the case computed:
//
//     golden THREADS
//
// The lines are the same for any number of threads, table of kernels (PES_KERNELS), compiler,
// optimization level and machine; golden.txt has them. A changed line is a changed result for
// everybody: it needs a reason and a word in the changelog.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "base/pool.h"
#include "kernels/kernels.h"
#include "noise/noise.h"
#include "pes/evaluator.h"
#include "pes/optimizer.h"
#include "problems/problems.h"
#include "support/systems.h"
#include "train/estimator.h"

static int64_t threads = 1;

static void must(pes_status status) {
    if (status != PES_OK) {
        fprintf(stderr, "golden: %s: %s\n", pes_status_text(status), pes_last_error());
        exit(1);
    }
}

// The hash of a case grows by what the case computes.
static uint32_t hash;

static void add(const void *data, size_t bytes) {
    hash = pes_crc32c(hash, data, bytes);
}

static void finish(const char *group, const char *name) {
    printf("%s %s %08x\n", group, name, (unsigned)hash);
    hash = 0;
}

// ---- noise ----------------------------------------------------------------------------------

static void noise_cases(void) {
    enum { MOST = 1030 };
    static uint32_t bits[MOST];
    static float floats[MOST];
    static int32_t integers[MOST];
    const pes_stream stream = {UINT64_C(0x123456789abcdef0), 77, 5};
    for (int64_t n = 0; n < MOST; n = 2 * n + 1) {
        pes_noise_bits(&stream, 1, 9, n, bits);
        add(bits, (size_t)n * sizeof *bits);
    }
    finish("noise", "bits");
    for (int64_t n = 0; n < MOST; n = 2 * n + 1) {
        pes_noise_uniform(&stream, 2, 9, n, floats);
        add(floats, (size_t)n * sizeof *floats);
    }
    finish("noise", "uniform");
    for (int64_t n = 0; n < MOST; n = 2 * n + 1) {
        pes_noise_normal(&stream, 3, 9, n, floats);
        add(floats, (size_t)n * sizeof *floats);
    }
    finish("noise", "normal");
    for (int64_t n = 1; n < MOST; n = 2 * n + 1) {
        pes_noise_sample(&stream, 4, 9, n, 2 * n, integers);
        add(integers, (size_t)n * sizeof *integers);
    }
    finish("noise", "sample");
    const pes_kernels *kernels = pes_kernels_select();
    pes_noise_perturbation(kernels, 1, 2, 3, 4, MOST - 4, floats);
    add(floats, (MOST - 4) * sizeof *floats);
    pes_noise_perturbations(kernels, 1, 2, 200, 3, 4, floats);
    add(floats, 800 * sizeof *floats);
    finish("noise", "perturbation");
}

// ---- kernels --------------------------------------------------------------------------------

// Sizes on both sides of every vector's width.
static const int64_t sizes[] = {1, 3, 7, 8, 15, 16, 17, 33, 64, 100};
enum { SIZES = sizeof sizes / sizeof *sizes, LARGEST = 100, SQUARE = LARGEST * LARGEST };

static float a[SQUARE], b[SQUARE], c[SQUARE], d[SQUARE];

// Operands, anew for every call.
static void fill(uint32_t step) {
    const pes_stream stream = {42, 0, 0};
    pes_noise_normal(&stream, 0, step, SQUARE, a);
    pes_noise_normal(&stream, 1, step, SQUARE, b);
    pes_noise_normal(&stream, 2, step, SQUARE, c);
    pes_noise_normal(&stream, 3, step, SQUARE, d);
}

static void function_cases(void) {
    const pes_kernels *k = pes_kernels_select();
    void (*const function[])(int64_t, const float *, float *) = {k->exp, k->tanh, k->log};
    static const char *const name[] = {"exp", "tanh", "log"};
    for (int f = 0; f < 3; f++) {
        for (int i = 0; i < SIZES; i++) {
            fill((uint32_t)i);
            for (int64_t j = 0; j < SQUARE; j++) {
                a[j] = f == 2 ? a[j] * a[j] + 1e-3f : 8.0f * a[j];
            }
            function[f](sizes[i] * sizes[i], a, c);
            add(c, (size_t)(sizes[i] * sizes[i]) * sizeof *c);
        }
        finish("kernels", name[f]);
    }
}

static void product_cases(void) {
    const pes_kernels *k = pes_kernels_select();
    for (int i = 0; i < SIZES; i++) {
        for (int j = 0; j < SIZES; j++) {
            const int64_t m = sizes[i], n = sizes[j], depth = sizes[(i + j) % SIZES];
            fill((uint32_t)(i * SIZES + j));
            k->sgemm_nn(m, n, depth, a, depth, b, n, c, n, false);
            k->sgemm_nt(m, n, depth, a, depth, b, depth, c, n, true);
            k->sgemm_tn(m, n, depth, a, m, b, n, c, n, true);
            add(c, (size_t)(m * n) * sizeof *c);
        }
    }
    finish("kernels", "sgemm");
}

static void layer_cases(void) {
    const pes_kernels *k = pes_kernels_select();
    uint8_t labels[LARGEST] = {0};
    for (int i = 0; i < SIZES; i++) {
        const int64_t n = sizes[i], rows = 11;
        fill(1000 + (uint32_t)i);
        for (int64_t r = 0; r < rows; r++) {
            labels[r] = (uint8_t)(r * 3 % n);
        }
        k->bias_relu(rows, n, b, a, n);
        k->bias(rows, n, b, c, n);
        k->relu_backward(rows, n, a, n, c, n);
        k->column_sums(rows, n, c, n, d);
        k->axpy(n, 0.3f, a, d);
        k->scale(n, 1.7f, d);
        const pes_kernels_hits hits =
            k->softmax_cross_entropy(rows, n, c, n, labels, 0.1f, b, n);
        add(a, (size_t)(rows * n) * sizeof *a);
        add(b, (size_t)(rows * n) * sizeof *b);
        add(c, (size_t)(rows * n) * sizeof *c);
        add(d, (size_t)n * sizeof *d);
        add(&hits.loss, sizeof hits.loss);
        add(&hits.correct, sizeof hits.correct);
        k->bytes_to_floats(n, labels, 0.01f, -1.0f, d);
        add(d, (size_t)(n < rows ? n : rows) * sizeof *d);
    }
    finish("kernels", "layers");
}

static void estimate_cases(void) {
    const pes_kernels *k = pes_kernels_select();
    static double sums[SQUARE];
    static float xi[SQUARE];
    for (int i = 0; i < SIZES; i++) {
        const int64_t n = sizes[i] * sizes[i];
        fill(2000 + (uint32_t)i);
        k->perturb(n, 0.1f, 100.0, a, b, c, d, xi);
        k->accumulate(n, 0.25, xi, sums);
        add(xi, (size_t)n * sizeof *xi);
        add(c, (size_t)n * sizeof *c);
        add(d, (size_t)n * sizeof *d);
        add(sums, (size_t)n * sizeof *sums);
    }
    finish("kernels", "perturb");
}

// ---- optimizers -----------------------------------------------------------------------------

static void optimizer_cases(void) {
    enum { PARAMS = 37, UPDATES = 12 };
    for (int64_t i = 0; pes_optimizer_name(i) != NULL; i++) {
        pes_optimizer_options options = pes_optimizer_options_default();
        options.name = pes_optimizer_name(i);
        options.weight_decay = 1e-3;
        options.clip_norm = 5.0;
        options.clip_value = 2.0;
        options.schedule = i % 2 == 0 ? "cosine" : "exponential";
        options.warmup = 3;
        options.decay_updates = 10;
        pes_optimizer *optimizer = NULL;
        must(pes_optimizer_create(&optimizer, &options, PARAMS));
        fill(3000);
        for (int u = 0; u < UPDATES; u++) {
            must(pes_optimizer_apply(optimizer, b + u * PARAMS, a));
        }
        add(a, PARAMS * sizeof *a);
        pes_optimizer_destroy(optimizer);
        finish("optimizer", options.name);
    }
}

// ---- estimators -----------------------------------------------------------------------------

// Updates whose theta follows the estimates, then everything that a checkpoint would hold, then
// the objective at the end.
static void follow(const pes_system *system, const pes_estimator_options *options,
                   const float *start, int updates) {
    const size_t bytes = (size_t)system->num_params * sizeof *start;
    float *theta = malloc(bytes), *grad = malloc(bytes);
    pes_optimizer_options adam = pes_optimizer_options_default();
    pes_estimator *estimator = NULL;
    pes_optimizer *optimizer = NULL;
    if (theta == NULL || grad == NULL) {
        must(PES_E_MEMORY);
        return;
    }
    memcpy(theta, start, bytes);
    must(pes_estimator_create(&estimator, system, options));
    must(pes_optimizer_create(&optimizer, &adam, system->num_params));
    for (int u = 0; u < updates; u++) {
        pes_estimate_info info;
        if (u == updates / 2) {
            must(pes_estimator_set_sigma(estimator, 0.7 * options->sigma));
        }
        must(pes_estimator_step(estimator, theta, grad, &info));
        must(pes_optimizer_apply(optimizer, grad, theta));
        add(grad, bytes);
        add(theta, bytes);
        add(&info.loss, sizeof info.loss);
        add(&info.gradient_norm, sizeof info.gradient_norm);
        add(&info.inner_steps, sizeof info.inner_steps);
        add(&info.resets, sizeof info.resets);
        add(&info.dropped, sizeof info.dropped);
    }
    pes_tensor tensor[PES_ESTIMATOR_TENSORS];
    pes_checkpoint_pick pick;
    int64_t count = 0;
    must(pes_estimator_store(estimator, tensor, &count, &pick));
    for (int64_t i = 0; i < count; i++) { // states of ended episodes, too
        const bool picked = i == pick.tensor;
        add(tensor[i].data,
            (size_t)(picked ? pick.rows * tensor[i].shape[1] : tensor[i].bytes));
    }
    pes_optimizer_destroy(optimizer);
    pes_estimator_destroy(estimator);
    free(grad);
    free(theta);
}

static void judge(const pes_system *system, const float *theta, int64_t steps) {
    enum { EPISODES = 5 };
    pes_evaluator_options options = pes_evaluator_options_default();
    options.episodes = EPISODES;
    options.steps = steps;
    options.slice = 3;
    options.threads = threads;
    pes_evaluator *evaluator = NULL;
    double objective[EPISODES];
    must(pes_evaluator_create(&evaluator, system, &options));
    must(pes_evaluator_run(evaluator, theta, objective, NULL));
    add(objective, sizeof objective);
    pes_evaluator_destroy(evaluator);
}

// What else may be chosen of an estimate, where the method takes it.
static void choose(pes_estimator_options *options) {
    options->lengths = "log_uniform";
    options->shortest = 4;
    options->sigma_schedule = "exponential";
    options->sigma_updates = 5;
    options->starts = strcmp(options->method, "truncated_es") == 0 ? "lockstep" : "staggered";
    if (options->truncation == options->horizon) {
        options->starts = "lockstep";
    }
}

static const char *const objectives[] = {"sum", "mean", "final"};

// Small systems where everything happens: early ends, losses that are not finite, few and many
// parameters.
static void method_cases(void) {
    static const float start[6] = {0.1f, -0.1f, 0.2f, -0.2f, 0.3f, 0.05f};
    for (int64_t m = 0; pes_method_get(m) != NULL; m++) {
        for (int form = 0; form < 6; form++) {
            test_recipe recipe = test_recipe_default(TEST_HISTORY, form % 2 == 0 ? 2 : 6);
            recipe.noise = 0.05;
            recipe.start_anywhere = true;
            recipe.end_above = 1.2;
            recipe.bad_modulus = 37;
            recipe.bad_clock = 1;
            const pes_system system = test_system(&recipe);
            pes_estimator_options options = pes_estimator_options_default();
            options.method = pes_method_get(m)->name;
            options.particles = 300;
            options.truncation = 3;
            options.horizon = 10;
            options.antithetic = form / 2 % 2 == 0;
            options.objective = objectives[form % 3];
            options.sharing = form % 3 == 1 ? "all" : "pair";
            options.threads = threads;
            if (pes_estimator_memory(&system, &options) == 0) {
                options.truncation = options.horizon; // methods of whole episodes
            }
            if (form >= 4) {
                choose(&options);
            }
            follow(&system, &options, start, 12);
            judge(&system, start, 10);
            char name[64];
            snprintf(name, sizeof name, "history_%d", form);
            finish(options.method, name);
        }
    }
}

// So many parameters and particles that all threads sum the gradient.
static void wide_case(void) {
    enum { PARAMS = 400 };
    static const float start[PARAMS] = {0.5f};
    test_recipe recipe = test_recipe_default(TEST_HISTORY, PARAMS);
    const pes_system system = test_system(&recipe);
    pes_estimator_options options = pes_estimator_options_default();
    options.particles = 600;
    options.truncation = 2;
    options.threads = threads;
    follow(&system, &options, start, 3);
    finish("pes", "wide");
}

static void set(const pes_problem_type *type, void *options, const char *name,
                pes_value value) {
    must(pes_field_set(type->fields, options, name, &value));
}

static pes_value integer(int64_t x) {
    return (pes_value){.type = PES_FIELD_INT, .integer = x};
}

// A built-in problem, small.
static void problem_case(const pes_problem_type *type, const void *problem_options) {
    pes_problem *problem = NULL;
    must(type->create(&problem, problem_options, NULL));
    const pes_system *system = pes_problem_system(problem);
    for (int64_t m = 0; pes_method_get(m) != NULL; m++) {
        pes_estimator_options options = pes_estimator_options_default();
        options.method = pes_method_get(m)->name;
        options.particles = 20;
        options.truncation = 3;
        options.horizon = 8;
        options.threads = threads;
        if (pes_estimator_memory(system, &options) == 0) {
            options.truncation = options.horizon;
        }
        follow(system, &options, pes_problem_theta(problem), 4);
        finish(options.method, type->name);
    }
    judge(system, pes_problem_theta(problem), 8);
    finish("evaluator", type->name);
    pes_problem_close(problem);
}

static void problem_cases(void) {
    static const char *const names[] = {"linear", "quadratic", "mlp_training"};
    for (int i = 0; i < 3; i++) {
        const pes_problem_type *type = pes_problem_type_find(names[i]);
        void *options = type != NULL ? calloc(1, type->fields->struct_size) : NULL;
        if (options == NULL) {
            fprintf(stderr, "golden: no problem %s\n", names[i]);
            exit(1);
        }
        type->fields->set_default(options);
        if (i == 2) {
            pes_value hidden = {.type = PES_FIELD_INT_LIST,
                                .integers = {.count = 2, .value = {17, 9}}};
            set(type, options, "hidden", hidden);
            set(type, options, "batch_size", integer(7));
            set(type, options, "training_images", integer(100));
            set(type, options, "validation_images", integer(50));
        }
        problem_case(type, options);
        free(options);
    }
}

int main(int argc, char **argv) {
    threads = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
    if (threads < 1) {
        fprintf(stderr, "usage: golden THREADS\n");
        return 2;
    }
    pes_pool_brief = 0.0; // every call is shared, however small
    noise_cases();
    function_cases();
    product_cases();
    layer_cases();
    estimate_cases();
    optimizer_cases();
    method_cases();
    wide_case();
    problem_cases();
    return 0;
}
