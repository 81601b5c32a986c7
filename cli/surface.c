// pes surface: the true objective on a grid of one or two parameters.
//
// The table is a text file with one row a point, written line by line as the grid's rows are
// finished, so that an interrupted surface goes on where it was: points that the file has are
// not computed again. `pes plot --surface` draws it with the paths of runs on top.

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/experiment.h"
#include "cli/stop.h"
#include "cli/table.h"
#include "pes/evaluator.h"

typedef struct surface_options {
    const char *x;
    const char *y;
    const char *output;
    const char *data;
    cli_texts set;
    int64_t episodes;
    int64_t threads;
    bool quiet;
} surface_options;

// One axis: parameter number `index` at `count` values from `low` to `high`.
typedef struct surface_axis {
    int64_t index;
    double low;
    double high;
    int64_t count;
} surface_axis;

static const cli_flag flags[] = {
    CLI_FLAG("x", surface_options, x, WORD, "NAME=LOW:HIGH:COUNT",
             "parameter along the x axis, and its values"),
    CLI_FLAG("y", surface_options, y, WORD, "NAME=LOW:HIGH:COUNT",
             "parameter along the y axis, and its values"),
    CLI_FLAG("output", surface_options, output, FILE, "FILE", "table to write", .letter = 'o'),
    CLI_FLAG("episodes", surface_options, episodes, INT, "COUNT", "whole episodes per point",
             .minimum = 1),
    CLI_FLAG("set", surface_options, set, LIST, "TABLE.KEY=VALUE", "change a setting"),
    CLI_FLAG("data", surface_options, data, FOLDER, "DIR", "folder of data sets"),
    CLI_FLAG("threads", surface_options, threads, INT, "COUNT",
             "worker threads; 0: one per processor"),
    CLI_FLAG("quiet", surface_options, quiet, SWITCH, NULL, "no progress lines", .letter = 'q'),
};

static void set_default(void *options) {
    *(surface_options *)options = (surface_options){.episodes = 1};
}

static int64_t find_param(const experiment *setup, const char *name, size_t length) {
    for (int64_t i = 0; setup->type->param_name(setup->problem, i) != NULL; i++) {
        const char *known = setup->type->param_name(setup->problem, i);
        if (strlen(known) == length && strncmp(known, name, length) == 0) {
            return i;
        }
    }
    return -1;
}

static int read_axis(const experiment *setup, const char *flag, const char *text,
                     surface_axis *out) {
    const char *equals = strchr(text, '=');
    int used = 0;
    if (equals == NULL ||
        sscanf(equals + 1, "%lf:%lf:%" SCNd64 "%n", &out->low, &out->high, &out->count,
               &used) != 3 ||
        equals[1 + used] != '\0' || out->count < 1 || out->count > 10000 ||
        !isfinite(out->low) || !isfinite(out->high)) {
        return cli_fail(CLI_USAGE,
                        "%s must be NAME=LOW:HIGH:COUNT, such as log_a=-7:-1:12, "
                        "not '%s'",
                        flag, text);
    }
    out->index = find_param(setup, text, (size_t)(equals - text));
    if (out->index < 0) {
        return cli_fail(CLI_USAGE,
                        "%s: problem '%s' has no parameter '%.*s'; its first is '%s'", flag,
                        setup->type->name, (int)(equals - text), text,
                        setup->type->param_name(setup->problem, 0));
    }
    return CLI_OK;
}

static double value_at(const surface_axis *axis, int64_t i) {
    return axis->count == 1
               ? axis->low
               : axis->low + (axis->high - axis->low) * (double)i / (double)(axis->count - 1);
}

// The first bytes of the table, which say what was asked; a table goes on only under the same.
static char *make_head(const experiment *setup, const surface_options *o) {
    char *fingerprint = experiment_fingerprint(setup);
    if (fingerprint == NULL) {
        return NULL;
    }
    const uint64_t hash = table_hash(TABLE_HASH, fingerprint);
    free(fingerprint);
    char *head = malloc(512);
    if (head != NULL) {
        snprintf(head, 512,
                 "# x %s\n# y %s\n# episodes %" PRId64 ", settings %016" PRIx64
                 "\n# columns: x y mean-objective standard-error\n",
                 o->x, o->y != NULL ? o->y : "none", o->episodes, hash);
    }
    return head;
}

typedef struct surface {
    const surface_options *options;
    const pes_problem *problem;
    pes_evaluator *evaluator;
    surface_axis x, y;
    FILE *file;
    float *theta;      // points of a row x num_params
    double *objective; // points of a row x episodes
} surface;

static void print_point(const surface *s, double x, double y, const double *objective) {
    const int64_t n = s->options->episodes;
    double sum = 0.0, squares = 0.0;
    for (int64_t i = 0; i < n; i++) {
        sum += objective[i];
    }
    const double mean = sum / (double)n;
    for (int64_t i = 0; i < n; i++) {
        squares += (objective[i] - mean) * (objective[i] - mean);
    }
    const double error = n > 1 ? sqrt(squares / (double)(n - 1) / (double)n) : (double)NAN;
    fprintf(s->file, "%.9g %.9g %.9g %.9g\n", x, y, mean, error);
}

// One row of the grid: fixed y, every x.
static int compute_row(surface *s, int64_t j) {
    const pes_system *system = pes_problem_system(s->problem);
    const int64_t n = system->num_params;
    for (int64_t i = 0; i < s->x.count; i++) {
        float *theta = s->theta + i * n;
        memcpy(theta, pes_problem_theta(s->problem), (size_t)n * sizeof *theta);
        theta[s->x.index] = (float)value_at(&s->x, i);
        if (s->options->y != NULL) {
            theta[s->y.index] = (float)value_at(&s->y, j);
        }
    }
    const pes_status status =
        pes_evaluator_run_many(s->evaluator, s->x.count, s->theta, s->objective);
    if (status != PES_OK) {
        return cli_fail_status(status, NULL);
    }
    const double y = s->options->y != NULL ? value_at(&s->y, j) : 0.0;
    for (int64_t i = 0; i < s->x.count; i++) {
        print_point(s, value_at(&s->x, i), y, s->objective + i * s->options->episodes);
    }
    fprintf(s->file, "\n");
    return table_flush(s->file, s->options->output);
}

static int compute(surface *s, int64_t first) {
    const int64_t rows = s->options->y != NULL ? s->y.count : 1;
    int code = CLI_OK;
    for (int64_t j = first; j < rows && code == CLI_OK; j++) {
        if (stop_wanted()) {
            fprintf(stderr,
                    "pes: interrupted after %" PRId64 " of %" PRId64
                    " rows; the same command goes on from there\n",
                    j, rows);
            return CLI_INTERRUPTED;
        }
        code = compute_row(s, j);
        if (!s->options->quiet && code == CLI_OK) {
            fprintf(stderr, "row %" PRId64 " of %" PRId64 "\n", j + 1, rows);
        }
    }
    return code;
}

// With everything allocated: where an earlier sitting stopped, and on from there.
static int fill_table(surface *s, const experiment *setup) {
    char *head = make_head(setup, s->options);
    if (head == NULL) {
        return cli_fail(CLI_FAILED, "out of memory for a surface");
    }
    int64_t done = 0;
    int code = table_open(&s->file, s->options->output, head, "\n\n", &done);
    code = code == CLI_OK ? compute(s, done) : code;
    if (s->file != NULL) {
        fclose(s->file);
    }
    free(head);
    return code;
}

static int evaluate_grid(const surface_options *o, experiment *setup, surface *s) {
    const pes_system *system = pes_problem_system(s->problem);
    pes_evaluator_options options = pes_evaluator_options_default();
    options.episodes = o->episodes;
    options.steps = setup->run.evaluation_steps > 0 ? setup->run.evaluation_steps
                                                    : setup->estimator.horizon;
    options.objective = setup->estimator.objective;
    options.seed = setup->run.seed;
    options.threads = o->threads;
    const pes_status status = pes_evaluator_create(&s->evaluator, system, &options);
    if (status != PES_OK) {
        return cli_fail_status(status, NULL);
    }
    const size_t points = (size_t)s->x.count;
    s->theta = calloc(points, (size_t)system->num_params * sizeof *s->theta);
    s->objective = calloc(points, (size_t)o->episodes * sizeof *s->objective);
    const int code = s->theta != NULL && s->objective != NULL
                         ? fill_table(s, setup)
                         : cli_fail(CLI_FAILED, "out of memory for a surface");
    free(s->theta);
    free(s->objective);
    pes_evaluator_destroy(s->evaluator);
    return code;
}

static int run(const cli_call *call) {
    const surface_options *o = call->options;
    if (o->x == NULL || o->output == NULL) {
        return cli_fail(CLI_USAGE, "surface needs --x NAME=LOW:HIGH:COUNT and -o FILE");
    }
    experiment setup;
    int code = experiment_load(&setup, call->argument[0], &o->set);
    if (code != CLI_OK) {
        return code;
    }
    surface s = {.options = o};
    pes_problem *problem = NULL;
    code = read_axis(&setup, "--x", o->x, &s.x);
    if (code == CLI_OK && o->y != NULL) {
        code = read_axis(&setup, "--y", o->y, &s.y);
    }
    if (code == CLI_OK) {
        code = experiment_open(&setup, o->data, &problem);
    }
    if (code == CLI_OK) {
        s.problem = problem;
        stop_watch();
        code = evaluate_grid(o, &setup, &s);
    }
    pes_problem_close(problem);
    experiment_free(&setup);
    return code;
}

static const cli_example examples[] = {
    {"pes surface experiments/demo.toml --x log_a=-7:0:15 --y log_b=-4:4:15 -o grid.dat",
     "the demo's objective over its two hyperparameters"},
    {NULL, NULL},
};

const cli_command cli_surface = {
    .name = "surface",
    .summary = "Compute the true objective on a grid of one or two parameters.",
    .arguments = "FILE.toml",
    .least = 1,
    .most = 1,
    .argument_kind = CLI_FILE,
    .details =
        "Every point of the grid is the mean of whole episodes at those parameters, the "
        "same episodes everywhere. The table grows row by row; the same command goes on "
        "after an interruption. `pes plot DIR --surface FILE` draws it.",
    .example = examples,
    CLI_FLAGS(flags, surface_options),
    .set_default = set_default,
    .run = run,
};
