// One line a case, a name and a hash of everything that the case computed:
//
//     golden THREADS
//
// The lines are the same for any number of threads, table of kernels (PES_KERNELS), compiler,
// optimization level and machine; golden.txt has them. A changed line is a changed result for
// everybody: it needs a reason and a word in the changelog.

#include "golden/golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "base/pool.h"
#include "kernels/kernels.h"
#include "noise/noise.h"
#include "pes/evaluator.h"
#include "pes/optimizer.h"
#include "pes/search.h"
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

void golden_add(const void *data, size_t bytes) {
    hash = pes_crc32c(hash, data, bytes);
}

void golden_finish(const char *group, const char *name) {
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
        golden_add(bits, (size_t)n * sizeof *bits);
    }
    golden_finish("noise", "bits");
    for (int64_t n = 0; n < MOST; n = 2 * n + 1) {
        pes_noise_uniform(&stream, 2, 9, n, floats);
        golden_add(floats, (size_t)n * sizeof *floats);
    }
    golden_finish("noise", "uniform");
    for (int64_t n = 0; n < MOST; n = 2 * n + 1) {
        pes_noise_normal(&stream, 3, 9, n, floats);
        golden_add(floats, (size_t)n * sizeof *floats);
    }
    golden_finish("noise", "normal");
    for (int64_t n = 1; n < MOST; n = 2 * n + 1) {
        pes_noise_sample(&stream, 4, 9, n, 2 * n, integers);
        golden_add(integers, (size_t)n * sizeof *integers);
    }
    golden_finish("noise", "sample");
    const pes_kernels *kernels = pes_kernels_select();
    pes_noise_perturbation(kernels, 1, 2, 3, 4, MOST - 4, floats);
    golden_add(floats, (MOST - 4) * sizeof *floats);
    pes_noise_perturbations(kernels, 1, 2, 200, 3, 4, 4, floats);
    golden_add(floats, 800 * sizeof *floats);
    golden_finish("noise", "perturbation");
}

// ---- operands -----------------------------------------------------------------------

static golden_operands operands;
static float *const a = operands.a, *const b = operands.b;

void golden_fill(golden_operands *out, uint32_t step) {
    const pes_stream stream = {42, 0, 0};
    pes_noise_normal(&stream, 0, step, GOLDEN_SQUARE, out->a);
    pes_noise_normal(&stream, 1, step, GOLDEN_SQUARE, out->b);
    pes_noise_normal(&stream, 2, step, GOLDEN_SQUARE, out->c);
    pes_noise_normal(&stream, 3, step, GOLDEN_SQUARE, out->d);
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
        options.average = i % 2 == 0 ? "exponential" : "uniform";
        pes_optimizer *optimizer = NULL;
        must(pes_optimizer_create(&optimizer, &options, PARAMS));
        golden_fill(&operands, 3000);
        for (int u = 0; u < UPDATES; u++) {
            must(pes_optimizer_apply(optimizer, b + u * PARAMS, a));
        }
        golden_add(a, PARAMS * sizeof *a);
        golden_finish("optimizer", options.name);
        golden_add(pes_optimizer_average(optimizer), PARAMS * sizeof(double));
        golden_finish("average", options.name);
        pes_optimizer_destroy(optimizer);
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
        golden_add(grad, bytes);
        golden_add(theta, bytes);
        golden_add(&info.loss, sizeof info.loss);
        golden_add(&info.gradient_norm, sizeof info.gradient_norm);
        golden_add(&info.inner_steps, sizeof info.inner_steps);
        golden_add(&info.resets, sizeof info.resets);
        golden_add(&info.dropped, sizeof info.dropped);
    }
    pes_tensor tensor[PES_ESTIMATOR_TENSORS];
    pes_checkpoint_pick pick;
    int64_t count = 0;
    must(pes_estimator_store(estimator, tensor, &count, &pick));
    for (int64_t i = 0; i < count; i++) { // states of ended episodes, too
        const bool picked = i == pick.tensor;
        golden_add(tensor[i].data,
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
    golden_add(objective, sizeof objective);
    pes_evaluator_destroy(evaluator);
}

// Make room for what some methods ask for: a noise interval, or whole episodes. Does the system
// serve the method at all?
static bool fit(const pes_system *system, pes_estimator_options *options) {
    const int64_t truncation = options->truncation;
    for (int attempt = 0; attempt < 3; attempt++) {
        options->noise_interval = attempt == 1 ? 2 * truncation : 0;
        options->truncation = attempt == 2 ? options->horizon : truncation;
        if (pes_estimator_memory(system, options) > 0) {
            return true;
        }
    }
    return false;
}

// What else may be chosen of an estimate, where the method takes it.
static void choose(const pes_system *system, pes_estimator_options *options) {
    options->lengths = "log_uniform";
    options->shortest = 4;
    options->sigma_schedule = "exponential";
    options->sigma_updates = 5;
    if (pes_estimator_memory(system, options) == 0) {
        options->sigma_schedule = "constant"; // there is no sigma
    }
    options->shaping = options->antithetic ? "centred_rank" : "standardized";
    if (pes_estimator_memory(system, options) == 0) {
        options->shaping = "none"; // losses are not what counts
    }
    options->starts = "staggered";
    if (pes_estimator_memory(system, options) == 0) {
        options->starts = "lockstep"; // there is nothing to stagger
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
            if (!fit(&system, &options)) {
                continue;
            }
            if (form >= 4) {
                choose(&system, &options);
            }
            follow(&system, &options, start, 12);
            judge(&system, start, 10);
            char name[64];
            snprintf(name, sizeof name, "history_%d", form);
            golden_finish(options.method, name);
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
    golden_finish("pes", "wide");
}

static void set(const pes_problem_type *type, void *options, const char *name,
                pes_value value) {
    must(pes_field_set(type->fields, options, name, &value));
}

static pes_value integer(int64_t x) {
    return (pes_value){.type = PES_FIELD_INT, .integer = x};
}

// A built-in problem, small.
static void problem_case(const pes_problem_type *type, const void *problem_options,
                         const char *label) {
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
        if (!fit(system, &options)) {
            continue;
        }
        follow(system, &options, pes_problem_theta(problem), 4);
        golden_finish(options.method, label);
    }
    judge(system, pes_problem_theta(problem), 8);
    golden_finish("evaluator", label);
    pes_problem_close(problem);
}

static void set_small_training(const pes_problem_type *type, void *options) {
    const pes_value hidden = {.type = PES_FIELD_INT_LIST,
                              .integers = {.count = 2, .value = {17, 9}}};
    set(type, options, "hidden", hidden);
    set(type, options, "batch_size", integer(7));
    set(type, options, "training_images", integer(100));
    set(type, options, "validation_images", integer(50));
}

static void problem_cases(void) {
    static const char *const names[] = {"linear", "quadratic", "mlp_training", "lstm", "ridge"};
    for (int i = 0; i < 5; i++) {
        const pes_problem_type *type = pes_problem_type_find(names[i]);
        void *options = type != NULL ? calloc(1, type->fields->struct_size) : NULL;
        must(options != NULL ? PES_OK : PES_E_MEMORY);
        type->fields->set_default(options);
        if (i == 2) {
            set_small_training(type, options);
        }
        problem_case(type, options, type->name);
        free(options);
    }
    const struct {
        const char *name, *label;
        void *options;
    } given[] = {
        {"mlp_training", "mlp_training_tune", golden_tune_options()},
        {"mlp_training", "mlp_training_network", golden_network_options()},
        {"learned_optimizer", "learned_optimizer", golden_mixture_options()},
        {"learned_optimizer", "learned_optimizer_mlp", golden_learned_options("mlp")},
        {"learned_optimizer", "learned_optimizer_factored", golden_learned_options("factored")},
        {"pendulum", "pendulum", golden_control_options("pendulum")},
        {"cart_pole", "cart_pole", golden_control_options("cart_pole")},
    };
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
        problem_case(pes_problem_type_find(given[i].name), given[i].options, given[i].label);
        free(given[i].options);
    }
}

// ---- searches -------------------------------------------------------------------------------

// Best points and counts of every kind of search.
static void search_cases(void) {
    test_recipe recipe = test_recipe_default(TEST_HISTORY, 5);
    recipe.noise = 0.1;
    recipe.end_above = 1.5;
    const pes_system system = test_system(&recipe);
    const double low[5] = {-0.5, -0.5, -0.5, -0.5, -0.5}, high[5] = {0.5, 0.25, 0.5, 1.0, 0.5};
    pes_estimator_options estimator = pes_estimator_options_default();
    pes_trainer_options run = pes_trainer_options_default();
    estimator.horizon = 90;
    run.threads = threads;
    for (int64_t k = 0; pes_search_get(k) != NULL; k++) {
        pes_search_options options = pes_search_options_default();
        options.method = pes_search_get(k)->name;
        options.points = strcmp(options.method, "random") == 0 ? 50 : 0;
        options.grid_points.count = strcmp(options.method, "grid") == 0;
        options.grid_points.value[0] = 2 * options.grid_points.count;
        options.episodes = 2;
        const pes_search_parts parts = {.system = &system,
                                        .options = &options,
                                        .low = low,
                                        .high = high,
                                        .estimator = &estimator,
                                        .run = &run};
        pes_search *search = NULL;
        must(pes_search_create(&search, &parts));
        must(pes_search_run(search, NULL, NULL));
        const pes_search_progress end = pes_search_get_progress(search);
        golden_add(&end.best, sizeof end.best);
        golden_add(&end.inner_steps, sizeof end.inner_steps);
        golden_add(&end.best_objective, sizeof end.best_objective);
        golden_add(pes_search_best(search), 5 * sizeof(float));
        golden_finish(options.method, "search");
        pes_search_destroy(search);
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
    golden_kernel_cases();
    optimizer_cases();
    method_cases();
    wide_case();
    problem_cases();
    search_cases();
    return 0;
}
