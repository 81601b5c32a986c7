// How fast is the inner step of learned_optimizer with the architecture mlp, as a share of this
// machine's multiply-add peak?
//
//     bench-lopt FOLDER [WORKLOAD [SECONDS [OPTIMIZER]]]
//
// FOLDER holds the data sets; without a workload all are measured. One thread and its processor
// time: the peak and an unroll of a pair are measured in turn, and the medians are printed with
// the best, because other programs may disturb either. Prints one JSON object a workload.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/support/fma_peak.h"
#include "problems/problems.h"

typedef struct workload {
    const char *name, *dataset;
    int64_t input_size; // pixels a side; 0: as they are
    pes_int_list hidden;
    const char *activation;
    int64_t particles, steps;
} workload;

static const workload workloads[] = {
    {"cifar10", "cifar10", 0, {2, {128, 128}}, "relu", 4, 10},
    {"cifar10_16", "cifar10", 0, {2, {128, 128}}, "relu", 16, 10},
    {"fashion", "fashion_mnist", 8, {3, {32, 32, 32}}, "gelu", 200, 1},
    {"fashion_32", "fashion_mnist", 8, {3, {32, 32, 32}}, "gelu", 32, 50},
    {"general", "fashion_mnist", 8, {1, {32}}, "relu", 8, 50},
    {"general_32", "fashion_mnist", 8, {1, {32}}, "relu", 32, 50},
};
enum { WORKLOADS = sizeof workloads / sizeof *workloads, MOST_SAMPLES = 4096 };

static pes_problem *open_problem(const char *folder, const workload *w, const char *optimizer) {
    const pes_problem_type *type = pes_problem_type_find("learned_optimizer");
    const pes_data_folders folders = {.count = 1, .folder = {folder}};
    const struct {
        const char *key;
        pes_value value;
    } settings[] = {
        {"dataset", {.type = PES_FIELD_CHOICE, .text = w->dataset}},
        {"optimizer", {.type = PES_FIELD_CHOICE, .text = optimizer}},
        {"activation", {.type = PES_FIELD_CHOICE, .text = w->activation}},
        {"input_size", {.type = PES_FIELD_INT, .integer = w->input_size}},
        {"batch_size", {.type = PES_FIELD_INT, .integer = 128}},
        {"hidden", {.type = PES_FIELD_INT_LIST, .integers = w->hidden}},
    };
    void *options = calloc(1, type->fields->struct_size);
    pes_problem *problem = NULL;
    if (options != NULL) {
        type->fields->set_default(options);
        pes_status status = PES_OK;
        for (size_t i = 0; i < sizeof settings / sizeof *settings && status == PES_OK; i++) {
            status = pes_field_set(type->fields, options, settings[i].key, &settings[i].value);
        }
        if (status != PES_OK || type->create(&problem, options, &folders) != PES_OK) {
            (void)fprintf(stderr, "%s\n", pes_last_error());
        }
    }
    free(options);
    return problem;
}

// The particles of a workload, and their worker.
typedef struct team {
    const pes_system *system;
    const workload *work;
    float *theta; // two rows
    char *state;
    void *worker;
    double *loss;
} team;

static void advance(const team *t, int64_t pair, int64_t clock) {
    const pes_stream stream[2] = {{.seed = 1, .particle = (uint32_t)pair},
                                  {.seed = 1, .particle = (uint32_t)pair}};
    const int64_t clocks[2] = {clock, clock};
    int64_t ended[2] = {0, 0};
    pes_batch batch = {.count = 2,
                       .theta = t->theta,
                       .state = t->state + 2 * pair * t->system->state_bytes,
                       .stream = stream,
                       .clock = clocks,
                       .loss = t->loss,
                       .ended = ended};
    pes_status status = PES_OK;
    if (clock == 0) {
        status = t->system->init(t->system->user, t->worker, &batch);
    }
    batch.steps = t->work->steps;
    if (status != PES_OK || t->system->unroll(t->system->user, t->worker, &batch) != PES_OK) {
        (void)fprintf(stderr, "%s\n", pes_last_error());
        exit(1);
    }
}

static int by_size(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Of shares of the peak: the seconds of an unroll, and the peak before it.
static void measure(const team *t, double flops, double seconds) {
    static double share[MOST_SAMPLES], rate[MOST_SAMPLES];
    const double end = bench_now() + seconds;
    int64_t count = 0, pairs = t->work->particles / 2;
    for (int64_t pair = 0; pair < pairs; pair++) {
        advance(t, pair, 0);
    }
    for (int64_t clock = t->work->steps;
         count < MOST_SAMPLES && (count < 3 || bench_now() < end); clock += t->work->steps) {
        const double peak = bench_fma_peak(0.002);
        const double begin = bench_cpu_now();
        for (int64_t pair = 0; pair < pairs; pair++) {
            advance(t, pair, clock);
        }
        rate[count] = (double)(2 * pairs * t->work->steps) / (bench_cpu_now() - begin);
        share[count] = rate[count] * flops * 1e-9 / peak;
        count++;
    }
    qsort(share, (size_t)count, sizeof *share, by_size);
    qsort(rate, (size_t)count, sizeof *rate, by_size);
    printf(
        "{\"name\": \"learned_optimizer/%s\", \"particles\": %d, \"truncation\": %d, "
        "\"threads\": 1, \"inner_steps_per_second\": %.1f, \"gflops\": %.2f, "
        "\"share_of_peak\": %.4f, \"best_share\": %.4f}\n",
        t->work->name, (int)t->work->particles, (int)t->work->steps, rate[count / 2],
        rate[count / 2] * flops * 1e-9, share[count / 2], share[count - 1]);
}

static int run(const char *folder, const workload *w, double seconds, const char *optimizer) {
    pes_problem *problem = open_problem(folder, w, optimizer);
    if (problem == NULL) {
        return 1;
    }
    team t = {.system = pes_problem_system(problem), .work = w};
    const size_t params = (size_t)t.system->num_params;
    t.theta = calloc(2 * params, sizeof *t.theta);
    t.loss = calloc((size_t)(2 * w->steps), sizeof *t.loss);
    t.state = aligned_alloc(64, (size_t)(w->particles * t.system->state_bytes + 63) / 64 * 64);
    if (t.theta == NULL || t.loss == NULL || t.state == NULL ||
        t.system->worker_open(t.system->user, 2, &t.worker) != PES_OK) {
        (void)fprintf(stderr, "no memory\n");
        exit(1);
    }
    for (int row = 0; row < 2; row++) { // an optimizer that hardly moves, whatever it sees
        for (size_t p = 0; p < params; p++) {
            t.theta[(size_t)row * params + p] = 0.1f * pes_problem_theta(problem)[p];
        }
    }
    measure(&t, pes_problem_flops(problem), seconds);
    t.system->worker_close(t.system->user, t.worker);
    free(t.state);
    free(t.loss);
    free(t.theta);
    pes_problem_close(problem);
    return 0;
}

int main(int count, char **argument) {
    const double seconds = count > 3 ? strtod(argument[3], NULL) : 4.0;
    const char *optimizer = count > 4 ? argument[4] : "mlp";
    int failed = count < 2;
    for (int i = 0; i < WORKLOADS && count > 1; i++) {
        if (count < 3 || strcmp(argument[2], workloads[i].name) == 0) {
            failed |= run(argument[1], &workloads[i], seconds, optimizer);
        }
    }
    return failed;
}
