// How fast is the inner step of mlp_training, as a share of this machine's multiply-add peak?
//
//     bench-mlp [FOLDER [DATASET [THREADS [SECONDS [LAYERS]]]]]
//
// LAYERS hidden layers of 100 units, 2 if not given. Without a data folder, drawn digits of 28
// x 28 stand for MNIST: the sizes are the same. The peak and the steps are measured in turn,
// and the best of each is taken, because other programs may disturb either. Prints one JSON
// object.

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/support/fma_peak.h"
#include "problems/problems.h"

enum { PARTICLES = 32, STEPS = 10, ROUNDS = 8, MOST_THREADS = 64 };

// One thread's particles, advanced in pairs.
typedef struct team_member {
    pthread_t thread;
    const pes_problem *problem;
    void *worker, *state;
    double seconds; // to spend
    double peak;    // GFLOP/s
    double rate;    // best inner steps per second
} team_member;

// The calling thread's processor time, seconds.
static double spent(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static pes_status advance(const team_member *runner, int64_t pair, int64_t clock) {
    const pes_system *system = pes_problem_system(runner->problem);
    const pes_stream streams[2] = {{.seed = 1, .particle = (uint32_t)pair},
                                   {.seed = 1, .particle = (uint32_t)pair}};
    const int64_t clocks[2] = {clock, clock};
    int64_t ended[2] = {0, 0};
    float theta[64];
    double loss[2 * STEPS];
    const size_t params = (size_t)system->num_params;
    memcpy(theta, pes_problem_theta(runner->problem), params * sizeof *theta);
    memcpy(theta + params, theta, params * sizeof *theta);
    pes_batch batch = {.count = 2,
                       .theta = theta,
                       .state = (char *)runner->state + 2 * pair * system->state_bytes,
                       .stream = streams,
                       .clock = clocks,
                       .loss = loss,
                       .ended = ended};
    if (clock < 0) {
        return system->init(system->user, runner->worker, &batch);
    }
    batch.steps = STEPS;
    return system->unroll(system->user, runner->worker, &batch);
}

// Inner steps per second of the fastest pair.
static double sweep(const team_member *runner, int64_t clock) {
    double best = 0.0;
    for (int64_t pair = 0; pair < PARTICLES / 2; pair++) {
        const double start = spent();
        if (advance(runner, pair, clock) != PES_OK) {
            (void)fprintf(stderr, "%s\n", pes_last_error());
            exit(1);
        }
        const double rate = 2 * STEPS / (spent() - start);
        best = rate > best ? rate : best;
    }
    return best;
}

static void *run(void *argument) {
    team_member *runner = argument;
    (void)sweep(runner, -1);
    int64_t clock = 0;
    for (int round = 0; round < ROUNDS; round++) {
        const double peak = bench_fma_peak(0.02);
        runner->peak = peak > runner->peak ? peak : runner->peak;
        const double end = bench_now() + runner->seconds / ROUNDS;
        do {
            const double rate = sweep(runner, clock);
            runner->rate = rate > runner->rate ? rate : runner->rate;
            clock += STEPS;
        } while (bench_now() < end);
    }
    return NULL;
}

static void open_runner(team_member *runner, const pes_problem *problem, double seconds) {
    const pes_system *system = pes_problem_system(problem);
    *runner = (team_member){.problem = problem, .seconds = seconds};
    runner->state = aligned_alloc(64, (size_t)(PARTICLES * system->state_bytes));
    if (runner->state == NULL ||
        system->worker_open(system->user, 2, &runner->worker) != PES_OK) {
        (void)fprintf(stderr, "no memory\n");
        exit(1);
    }
}

static void close_runner(team_member *runner) {
    const pes_system *system = pes_problem_system(runner->problem);
    system->worker_close(system->user, runner->worker);
    free(runner->state);
}

static pes_problem *open_problem(const char *folder, const char *dataset, int64_t layers) {
    const pes_problem_type *type = pes_problem_type_find("mlp_training");
    const pes_data_folders folders = {.count = folder != NULL, .folder = {folder}};
    void *options = calloc(1, type->fields->struct_size);
    pes_problem *problem = NULL;
    if (options != NULL) {
        type->fields->set_default(options);
        pes_value name = {.type = PES_FIELD_CHOICE, .text = dataset};
        pes_value side = {.type = PES_FIELD_INT, .integer = 28};
        pes_value hidden = {.type = PES_FIELD_INT_LIST, .integers = {.count = layers}};
        for (int64_t l = 0; l < layers; l++) {
            hidden.integers.value[l] = 100;
        }
        pes_value count = {.type = PES_FIELD_INT, .integer = folder != NULL ? 0 : 50000};
        if (pes_field_set(type->fields, options, "dataset", &name) != PES_OK ||
            pes_field_set(type->fields, options, "digits_size", &side) != PES_OK ||
            pes_field_set(type->fields, options, "hidden", &hidden) != PES_OK ||
            pes_field_set(type->fields, options, "training_images", &count) != PES_OK ||
            type->create(&problem, options, &folders) != PES_OK) {
            (void)fprintf(stderr, "%s\n", pes_last_error());
        }
    }
    free(options);
    return problem;
}

int main(int count, char **argument) {
    const char *folder = count > 1 && argument[1][0] != '\0' ? argument[1] : NULL;
    const char *dataset = count > 2 ? argument[2] : folder != NULL ? "mnist" : "digits";
    const int64_t wanted = count > 3 ? strtoll(argument[3], NULL, 10) : 1;
    const double seconds = count > 4 ? strtod(argument[4], NULL) : 4.0;
    const int64_t threads = wanted < 1 ? 1 : wanted > MOST_THREADS ? MOST_THREADS : wanted;
    const int64_t layers = count > 5 ? strtoll(argument[5], NULL, 10) : 2;
    pes_problem *problem = open_problem(folder, dataset,
                                        layers < 1    ? 1
                                        : layers > 16 ? 16
                                                      : layers);
    if (problem == NULL) {
        return 1;
    }
    static team_member team[MOST_THREADS];
    for (int64_t i = 0; i < threads; i++) {
        open_runner(&team[i], problem, seconds);
        if (i > 0 && pthread_create(&team[i].thread, NULL, run, &team[i]) != 0) {
            (void)fprintf(stderr, "no thread\n");
            return 1;
        }
    }
    (void)run(&team[0]);
    double rate = 0.0, peak = 0.0;
    for (int64_t i = 0; i < threads; i++) {
        if (i > 0) {
            (void)pthread_join(team[i].thread, NULL);
        }
        rate += team[i].rate;
        peak += team[i].peak;
        close_runner(&team[i]);
    }
    const double gflops = rate * pes_problem_flops(problem) * 1e-9;
    printf(
        "{\"name\": \"mlp_training/%s\", \"threads\": %lld, \"inner_steps_per_second\": %.1f, "
        "\"gflops\": %.2f, \"peak_gflops\": %.2f, \"share_of_peak\": %.4f}\n",
        dataset, (long long)threads, rate, gflops, peak, gflops / peak);
    pes_problem_close(problem);
    return 0;
}
