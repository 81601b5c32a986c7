// The numbers of a surface, row by row.

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/stop.h"
#include "cli/surface.h"
#include "cli/table.h"
#include "pes/evaluator.h"

// Means and squared deviations of the finite ones among some values, one value at a time
// (Welford 1962).
typedef struct running {
    int64_t count;
    double mean;
    double squares; // sum of squared deviations from the mean
} running;

typedef struct grid {
    const surface_plan *plan;
    pes_evaluator *evaluator;
    int64_t horizon;   // that the evaluator was made for; 0: there is none
    float *theta;      // 2 x points of a row x num_params
    double *objective; // 2 x points of a row x episodes
    float *eps;        // num_params, standard normals
    running *raw;      // points of a row, over episodes
    running *smooth;   // points of a row, over pairs
} grid;

int64_t surface_rows(const surface_plan *plan) {
    return plan->y.count > 0 ? plan->y.count : plan->horizons;
}

double surface_value(const surface_axis *axis, int64_t i) {
    return axis->count == 1
               ? axis->low
               : axis->low + (axis->high - axis->low) * (double)i / (double)(axis->count - 1);
}

static void take(running *r, double value) {
    if (isfinite(value)) {
        r->count++;
        const double change = value - r->mean;
        r->mean += change / (double)r->count;
        r->squares += change * (value - r->mean);
    }
}

// The mean of `wanted` values; NaN if half of them or more were not finite.
static double mean_of(const running *r, int64_t wanted) {
    return 2 * r->count > wanted ? r->mean : (double)NAN;
}

static double error_of(const running *r) {
    const double n = (double)r->count;
    return r->count > 1 ? sqrt(r->squares / (n - 1.0) / n) : (double)NAN;
}

static const pes_system *system_of(const grid *g) {
    return pes_problem_system(g->plan->problem);
}

// Point i of row j.
static void place(const grid *g, int64_t i, int64_t j, float *theta) {
    const surface_plan *plan = g->plan;
    memcpy(theta, plan->base, (size_t)system_of(g)->num_params * sizeof *theta);
    theta[plan->x.index] = (float)surface_value(&plan->x, i);
    if (plan->y.count > 0) {
        theta[plan->y.index] = (float)surface_value(&plan->y, j);
    }
}

static int evaluate(grid *g, int64_t count) {
    const pes_status status =
        pes_evaluator_run_many(g->evaluator, count, g->theta, g->objective);
    return status == PES_OK ? CLI_OK : cli_fail_status(status, NULL);
}

static int raw_row(grid *g, int64_t j) {
    const int64_t points = g->plan->x.count, episodes = g->plan->episodes;
    for (int64_t i = 0; i < points; i++) {
        place(g, i, j, g->theta + i * system_of(g)->num_params);
    }
    const int code = evaluate(g, points);
    for (int64_t i = 0; code == CLI_OK && i < points; i++) {
        g->raw[i] = (running){0};
        for (int64_t e = 0; e < episodes; e++) {
            take(&g->raw[i], g->objective[i * episodes + e]);
        }
    }
    return code;
}

// ---- smoothing ------------------------------------------------------------------------

static void draw(grid *g, int64_t sample) {
    const surface_plan *plan = g->plan;
    const int64_t n = system_of(g)->num_params;
    const pes_stream stream = {.seed = cli_seed(plan->setup->run.seed, CLI_SEED_SURFACE, 0)};
    pes_noise_normal(&stream, 0, (uint32_t)sample, n, g->eps);
    for (int64_t p = 0; plan->chosen && p < n; p++) {
        const bool moved = p == plan->x.index || (plan->y.count > 0 && p == plan->y.index);
        g->eps[p] = moved ? g->eps[p] : 0.0f;
    }
}

// Both signs of one perturbation at every point of the row.
static int smooth_once(grid *g, int64_t j, int64_t sample) {
    const surface_plan *plan = g->plan;
    const int64_t n = system_of(g)->num_params, episodes = plan->episodes;
    draw(g, sample);
    for (int64_t i = 0; i < plan->x.count; i++) {
        float *plus = g->theta + 2 * i * n, *minus = plus + n;
        place(g, i, j, plus);
        for (int64_t p = 0; p < n; p++) {
            const double eps = plan->sigma * (double)g->eps[p];
            minus[p] = (float)((double)plus[p] - eps);
            plus[p] = (float)((double)plus[p] + eps);
        }
    }
    const int code = evaluate(g, 2 * plan->x.count);
    for (int64_t i = 0; code == CLI_OK && i < plan->x.count; i++) {
        double sum = 0.0;
        for (int64_t e = 0; e < 2 * episodes; e++) {
            sum += g->objective[2 * i * episodes + e];
        }
        take(&g->smooth[i], sum / (double)(2 * episodes));
    }
    return code;
}

static int smooth_row(grid *g, int64_t j) {
    int code = CLI_OK;
    memset(g->smooth, 0, (size_t)g->plan->x.count * sizeof *g->smooth);
    for (int64_t m = 0; code == CLI_OK && m < g->plan->samples; m++) {
        code = stop_wanted() ? CLI_INTERRUPTED : smooth_once(g, j, m);
    }
    return code;
}

// ---- rows -----------------------------------------------------------------------------

static int open_evaluator(grid *g, int64_t horizon) {
    if (g->horizon == horizon) {
        return CLI_OK;
    }
    const experiment *setup = g->plan->setup;
    pes_evaluator_options options = pes_evaluator_options_default();
    options.episodes = g->plan->episodes;
    options.steps = horizon;
    options.objective = setup->estimator.objective;
    options.seed = setup->run.seed;
    options.threads = g->plan->threads;
    pes_evaluator_destroy(g->evaluator);
    g->horizon = horizon;
    const pes_status status = pes_evaluator_create(&g->evaluator, system_of(g), &options);
    return status == PES_OK ? CLI_OK : cli_fail_status(status, NULL);
}

static void print_row(const grid *g, int64_t j, FILE *table) {
    const surface_plan *plan = g->plan;
    const double y = plan->y.count > 0    ? surface_value(&plan->y, j)
                     : plan->horizons > 1 ? (double)plan->horizon[j]
                                          : 0.0;
    for (int64_t i = 0; i < plan->x.count; i++) {
        fprintf(table, "%.9g %.9g %.9g %.9g", surface_value(&plan->x, i), y,
                mean_of(&g->raw[i], plan->episodes), error_of(&g->raw[i]));
        if (plan->samples > 0) {
            fprintf(table, " %.9g %.9g", mean_of(&g->smooth[i], plan->samples),
                    error_of(&g->smooth[i]));
        }
        fputc('\n', table);
    }
    fputc('\n', table);
}

static int compute_row(grid *g, int64_t j) {
    int code = open_evaluator(g, g->plan->horizon[g->plan->y.count > 0 ? 0 : j]);
    code = code == CLI_OK ? raw_row(g, j) : code;
    return code == CLI_OK ? smooth_row(g, j) : code;
}

static int compute_rows(grid *g, int64_t first, FILE *table, const char *path, bool quiet) {
    const int64_t rows = surface_rows(g->plan);
    int code = CLI_OK;
    for (int64_t j = first; j < rows && code == CLI_OK; j++) {
        code = stop_wanted() ? CLI_INTERRUPTED : compute_row(g, j);
        if (code == CLI_INTERRUPTED) {
            fprintf(stderr,
                    "pes: interrupted after %" PRId64 " of %" PRId64
                    " rows; the same command goes on from there\n",
                    j, rows);
        } else if (code == CLI_OK) {
            print_row(g, j, table);
            code = table_flush(table, path);
        }
        if (!quiet && code == CLI_OK) {
            fprintf(stderr, "row %" PRId64 " of %" PRId64 "\n", j + 1, rows);
        }
    }
    return code;
}

int surface_compute(const surface_plan *plan, int64_t first, FILE *table, const char *path,
                    bool quiet) {
    grid g = {.plan = plan};
    const size_t points = (size_t)plan->x.count, n = (size_t)system_of(&g)->num_params;
    g.theta = calloc(2 * points, n * sizeof *g.theta);
    g.objective = calloc(2 * points, (size_t)plan->episodes * sizeof *g.objective);
    g.eps = calloc(n, sizeof *g.eps);
    g.raw = calloc(points, sizeof *g.raw);
    g.smooth = calloc(points, sizeof *g.smooth);
    const bool good = g.theta != NULL && g.objective != NULL && g.eps != NULL &&
                      g.raw != NULL && g.smooth != NULL;
    const int code = good ? compute_rows(&g, first, table, path, quiet)
                          : cli_fail(CLI_FAILED, "there is no memory left for a surface");
    pes_evaluator_destroy(g.evaluator);
    free(g.theta);
    free(g.objective);
    free(g.eps);
    free(g.raw);
    free(g.smooth);
    return code;
}
