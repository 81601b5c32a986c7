// Workloads that advance a system: an estimator takes updates, and inner steps are counted.

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/bench.h"
#include "cli/experiment.h"
#include "pes/bench.h"
#include "pes/estimator.h"

enum { LEAST_SLICES = 5, MOST_SLICES = 200, TEAMS = 2 };
static const double peak_slice = 0.04; // seconds
static const double work_slice = 0.08; // seconds, but at least one update

static int compare_reals(const void *a, const void *b) {
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_median(int64_t count, double *x) {
    qsort(x, (size_t)count, sizeof *x, compare_reals);
    return count > 0 ? 0.5 * (x[(count - 1) / 2] + x[count / 2]) : (double)NAN;
}

double bench_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

// ---- problems -------------------------------------------------------------------------

// "100,100"
static pes_int_list read_list(const char *text) {
    pes_int_list out = {.count = 0};
    char *rest;
    for (; *text != '\0' && out.count < PES_LIST_SIZE; text = *rest != '\0' ? rest + 1 : rest) {
        out.value[out.count++] = strtoll(text, &rest, 10);
    }
    return out;
}

// A setting from its text: a number, or several, where the field takes them.
static pes_status set_text(const pes_problem_type *type, void *options, const char *key,
                           const char *text) {
    const pes_field *field = pes_field_find(type->fields, key);
    pes_value value = {.type = PES_FIELD_TEXT, .text = text};
    if (field != NULL && field->type == PES_FIELD_INT) {
        value = (pes_value){.type = PES_FIELD_INT, .integer = strtoll(text, NULL, 10)};
    } else if (field != NULL && field->type == PES_FIELD_INT_LIST) {
        value = (pes_value){.type = PES_FIELD_INT_LIST, .integers = read_list(text)};
    }
    return pes_field_set(type->fields, options, key, &value);
}

pes_status bench_open(const char *name, const char *const *setting, const char *data,
                      pes_problem **out) {
    const pes_problem_type *type = pes_problem_type_find(name);
    void *options = type != NULL ? calloc(1, type->fields->struct_size) : NULL;
    if (options == NULL) {
        return pes_fail(PES_E_ARGUMENT, "there is no problem %s to measure", name);
    }
    type->fields->set_default(options);
    pes_status status = PES_OK;
    for (int64_t i = 0; status == PES_OK && setting[i] != NULL; i += 2) {
        status = set_text(type, options, setting[i], setting[i + 1]);
    }
    experiment_folders folders;
    experiment_find_folders(&folders, data);
    if (status == PES_OK) {
        status = type->create(out, options, &folders.list);
    }
    free(options);
    return status;
}

pes_status bench_open_mlp(const char *data, const char *hidden, pes_problem **out,
                          char detail[BENCH_NAME]) {
    const char *const mnist[] = {"dataset", "mnist", "hidden", hidden, NULL};
    const char *const digits[] = {"dataset", "digits", "digits_size", "28",
                                  "hidden",  hidden,   NULL};
    pes_status status = bench_open("mlp_training", mnist, data, out);
    snprintf(detail, BENCH_NAME, "mnist");
    if (status == PES_E_FILE) {
        status = bench_open("mlp_training", digits, data, out);
        snprintf(detail, BENCH_NAME, "drawn digits");
    }
    return status;
}

// ---- one team of threads --------------------------------------------------------------

typedef struct bench_team {
    pes_estimator *estimator;
    int64_t threads;
    int64_t slices;
    double rate[MOST_SLICES]; // inner steps per second
    double peak[MOST_SLICES]; // GFLOP/s
    double engine[MOST_SLICES];
} bench_team;

static pes_status open_team(bench_team *team, const bench_work *work, int64_t threads) {
    pes_estimator_options options = pes_estimator_options_default();
    options.particles = work->particles;
    options.truncation = work->truncation;
    options.horizon = pes_problem_horizon(work->problem);
    options.sharing = work->sharing;
    options.sigma = work->sigma > 0.0 ? work->sigma : options.sigma;
    options.threads = threads;
    team->threads = threads;
    team->slices = 0;
    const pes_status status =
        pes_estimator_create(&team->estimator, pes_problem_system(work->problem), &options);
    return status != PES_OK
               ? status
               : pes_estimator_step(team->estimator, work->theta, work->grad, NULL);
}

// A slice of the peak, then updates until the slice is over.
static pes_status run_slice(bench_team *team, const bench_work *work) {
    const double peak = pes_bench_fma_peak(team->threads, peak_slice);
    const double start = bench_clock();
    double elapsed = 0.0, steps = 0.0;
    if (peak <= 0.0) {
        return PES_E_THREAD;
    }
    do {
        pes_estimate_info info;
        const pes_status status =
            pes_estimator_step(team->estimator, work->theta, work->grad, &info);
        if (status != PES_OK) {
            return status;
        }
        steps += (double)info.inner_steps;
        elapsed = bench_clock() - start;
    } while (elapsed < work_slice);
    if (work->engine != NULL) {
        team->engine[team->slices] = bench_engine_rate(work->engine, team->threads, elapsed);
    }
    team->peak[team->slices] = peak;
    team->rate[team->slices++] = steps / elapsed;
    return PES_OK;
}

static void report(bench_team *team, const bench_work *work, const char *name,
                   const char *detail, bench_row *row) {
    const double flops = pes_problem_flops(work->problem);
    *row = (bench_row){
        .particles = work->particles,
        .truncation = work->truncation,
        .threads = team->threads,
        .inner_steps_per_second = bench_median(team->slices, team->rate),
        .peak_gflops = bench_median(team->slices, team->peak),
        .engine = work->engine != NULL ? bench_median(team->slices, team->engine) : (double)NAN,
        .speedup = NAN,
        .normals_per_second = NAN,
        .seconds = NAN,
        .bytes = NAN,
    };
    row->best = team->rate[team->slices - 1]; // the median has sorted them
    row->gflops = flops > 0.0 ? 1e-9 * flops * row->inner_steps_per_second : (double)NAN;
    snprintf(row->name, BENCH_NAME, "%s", name);
    snprintf(row->detail, BENCH_NAME, "%s", detail);
}

// ---- one or two teams in turns --------------------------------------------------------

static pes_status take_turns(bench_team *teams, int64_t count, const bench_work *work,
                             double seconds) {
    const double end = bench_clock() + seconds;
    for (int64_t slice = 0; slice < MOST_SLICES; slice++) {
        if (slice >= LEAST_SLICES && bench_clock() >= end) {
            break;
        }
        for (int64_t i = 0; i < count; i++) {
            const pes_status status = run_slice(&teams[i], work);
            if (status != PES_OK) {
                return status;
            }
        }
    }
    return PES_OK;
}

static int64_t measure_teams(const bench_options *options, const bench_work *work,
                             const char *name, const char *detail, bench_row *row) {
    const int64_t most = cli_threads(options->threads);
    const int64_t first = options->threads > 0 ? most : 1;
    const int64_t count = first < most ? 2 : 1;
    bench_team *teams = calloc(TEAMS, sizeof *teams);
    pes_status status = teams != NULL ? PES_OK : pes_fail(PES_E_MEMORY, "no memory is left");
    for (int64_t i = 0; status == PES_OK && i < count; i++) {
        status = open_team(&teams[i], work, i == 0 ? first : most);
    }
    if (status == PES_OK) {
        status = take_turns(teams, count, work, options->seconds);
    }
    for (int64_t i = 0; teams != NULL && i < count; i++) {
        if (status == PES_OK) {
            report(&teams[i], work, name, detail, &row[i]);
        }
        pes_estimator_destroy(teams[i].estimator);
    }
    if (status == PES_OK && count == 2) {
        row[1].speedup = row[1].inner_steps_per_second / row[0].inner_steps_per_second;
    }
    free(teams);
    return status == PES_OK ? count : -1;
}

// A policy that has learned nothing does nothing; a random one moves.
static pes_status open_engine(const bench_options *options, bench_work *work) {
    const pes_stream stream = {.seed = 1};
    if (!work->moves) {
        return PES_OK;
    }
    pes_noise_normal(&stream, 0, 0, pes_problem_system(work->problem)->num_params, work->theta);
    return work->bare ? bench_engine_open(work->problem, work->theta, work->sigma,
                                          cli_threads(options->threads), &work->engine)
                      : PES_OK;
}

int64_t bench_measure_problem(const bench_options *options, bench_work *work,
                              pes_problem *problem, const char *name, const char *detail,
                              bench_row *row) {
    const size_t params = (size_t)pes_problem_system(problem)->num_params;
    int64_t rows = -1;
    work->problem = problem;
    work->theta = calloc(params, sizeof *work->theta);
    work->grad = calloc(params, sizeof *work->grad);
    if (work->theta != NULL && work->grad != NULL) {
        memcpy(work->theta, pes_problem_theta(problem), params * sizeof *work->theta);
        rows = open_engine(options, work) == PES_OK
                   ? measure_teams(options, work, name, detail, row)
                   : -1;
    } else {
        pes_fail(PES_E_MEMORY, "no memory is left");
    }
    bench_engine_close(work->engine);
    free(work->theta);
    free(work->grad);
    pes_problem_close(problem);
    return rows;
}

// ---- the table's functions ------------------------------------------------------------

static int64_t measure_mlp(const bench_options *options, const char *name, const char *hidden,
                           const char *sharing, int64_t particles, bench_row *row) {
    bench_work work = {.sharing = sharing, .particles = particles, .truncation = 10};
    pes_problem *problem = NULL;
    char detail[BENCH_NAME];
    if (bench_open_mlp(options->data, hidden, &problem, detail) != PES_OK) {
        return -1;
    }
    return bench_measure_problem(options, &work, problem, name, detail, row);
}

int64_t bench_mlp_training(const bench_options *options, bench_row *row) {
    return measure_mlp(options, "mlp_training", "100,100", "all", 100, row);
}

int64_t bench_mlp_training_deep(const bench_options *options, bench_row *row) {
    return measure_mlp(options, "mlp_training_deep", "100,100,100,100,100", "pair", 10, row);
}

static int64_t measure_with(const bench_options *options, const char *name,
                            const char *const *settings, int64_t particles, int64_t truncation,
                            const char *detail, bench_row *row) {
    bench_work work = {.sharing = "pair", .particles = particles, .truncation = truncation};
    pes_problem *problem = NULL;
    if (bench_open(name, settings, options->data, &problem) != PES_OK) {
        return -1;
    }
    return bench_measure_problem(options, &work, problem, name, detail, row);
}

static int64_t measure_default(const bench_options *options, const char *name,
                               int64_t particles, int64_t truncation, const char *detail,
                               bench_row *row) {
    static const char *const none[] = {NULL};
    return measure_with(options, name, none, particles, truncation, detail, row);
}

// In single precision, as other programs compute it, and in double, as experiments do.
typedef struct bench_size {
    int64_t particles;
    const char *precision, *detail;
} bench_size;

static int64_t measure_sizes(const bench_options *options, const char *name, int64_t truncation,
                             int64_t count, const bench_size *size, bench_row *row) {
    bench_options share = *options;
    share.seconds /= (double)count;
    int64_t rows = 0;
    for (int64_t i = 0; i < count; i++) {
        const char *const settings[] = {"precision", size[i].precision, NULL};
        const int64_t more = measure_with(&share, name, settings, size[i].particles, truncation,
                                          size[i].detail, row + rows);
        if (more < 0) {
            return -1;
        }
        rows += more;
    }
    return rows;
}

int64_t bench_linear(const bench_options *options, bench_row *row) {
    return measure_default(options, "linear", 1000, 10, "the library's own cost", row);
}

int64_t bench_quadratic(const bench_options *options, bench_row *row) {
    return measure_default(options, "quadratic", 1000, 10, "the library's own cost", row);
}

int64_t bench_lstm(const bench_options *options, bench_row *row) {
    return measure_default(options, "lstm", 1000, 10, "random characters", row);
}

int64_t bench_regression2d(const bench_options *options, bench_row *row) {
    static const bench_size size[] = {
        {100, "single", "single precision"},
        {1000, "single", "single precision"},
        {100, "double", "double precision"},
        {1000, "double", "double precision"},
    };
    return measure_sizes(options, "regression2d", 10, 4, size, row);
}

int64_t bench_influence(const bench_options *options, bench_row *row) {
    static const bench_size size[] = {
        {1000, "single", "23 units, single precision"},
        {1000, "double", "23 units, double precision"},
    };
    return measure_sizes(options, "influence", 1, 2, size, row);
}

int64_t bench_lorenz(const bench_options *options, bench_row *row) {
    return measure_default(options, "lorenz", 400, 100, "and its twin", row);
}

// The data set, or drawn digits of about its size.
static pes_status open_lopt(const char *data, const char *const *real, const char *const *drawn,
                            pes_problem **out, char detail[BENCH_NAME]) {
    pes_status status = bench_open("learned_optimizer", real, data, out);
    snprintf(detail, BENCH_NAME, "%s", real[1]);
    if (status == PES_E_FILE) {
        status = bench_open("learned_optimizer", drawn, data, out);
        snprintf(detail, BENCH_NAME, "drawn digits");
    }
    return status;
}

int64_t bench_learned_optimizer(const bench_options *options, bench_row *row) {
    static const char *const cifar[] = {"dataset",    "cifar10", "hidden", "128,128",
                                        "batch_size", "128",     NULL};
    static const char *const large[] = {
        "dataset",     "digits", "hidden",          "128,128", "batch_size",        "128",
        "digits_size", "55",     "training_images", "2000",    "validation_images", "200",
        NULL};
    static const char *const fashion[] = {
        "dataset", "fashion_mnist", "hidden", "32,32,32", "batch_size", "128", "input_size",
        "8",       "activation",    "gelu",   NULL};
    static const char *const small[] = {"dataset",    "digits",     "hidden",
                                        "32,32,32",   "batch_size", "128",
                                        "activation", "gelu",       NULL};
    static const struct {
        const char *const *real, *const *drawn;
        int64_t particles, truncation;
    } work[] = {{cifar, large, 4, 10}, {fashion, small, 200, 1}, {fashion, small, 32, 50}};
    const int64_t count = (int64_t)(sizeof work / sizeof *work);
    bench_options third = *options;
    third.seconds /= (double)count;
    int64_t rows = 0;
    for (int64_t i = 0; i < count; i++) {
        bench_work one = {.sharing = "pair",
                          .particles = work[i].particles,
                          .truncation = work[i].truncation};
        pes_problem *problem = NULL;
        char detail[BENCH_NAME];
        if (open_lopt(options->data, work[i].real, work[i].drawn, &problem, detail) != PES_OK) {
            return -1;
        }
        const int64_t more = bench_measure_problem(&third, &one, problem, "learned_optimizer",
                                                   detail, row + rows);
        if (more < 0) {
            return -1;
        }
        rows += more;
    }
    return rows;
}
