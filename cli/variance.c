// pes variance: the error of every method's estimates against the truncation.

#include "cli/variance.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/plot.h"
#include "cli/stop.h"
#include "cli/table.h"

typedef struct variance_options {
    const char *output;
    const char *picture;
    const char *data;
    cli_texts set;
    int64_t repetitions;
    int64_t reference_particles;
    int64_t threads;
    bool quiet;
    bool json;
} variance_options;

static const cli_flag flags[] = {
    CLI_FLAG("output", variance_options, output, FILE, "FILE",
             "table to write, one JSON object a line", .letter = 'o'),
    CLI_FLAG("picture", variance_options, picture, FILE, "FILE",
             "picture to draw at the end, X.png or X.svg", .letter = 'p'),
    CLI_FLAG("repetitions", variance_options, repetitions, INT, "COUNT",
             "independent estimates per point", .minimum = 4),
    CLI_FLAG("reference-particles", variance_options, reference_particles, INT, "COUNT",
             "particles of the full-ES reference; 0: none"),
    CLI_FLAG("set", variance_options, set, LIST, "TABLE.KEY=VALUE", "change a setting"),
    CLI_FLAG("data", variance_options, data, FOLDER, "DIR", "folder of data sets"),
    CLI_FLAG("threads", variance_options, threads, INT, "COUNT",
             "worker threads; 0: one per processor"),
    CLI_FLAG("quiet", variance_options, quiet, SWITCH, NULL, "no progress lines",
             .letter = 'q'),
    CLI_FLAG("json", variance_options, json, SWITCH, NULL, "print the rows as JSON"),
};

static void set_default(void *options) {
    *(variance_options *)options =
        (variance_options){.repetitions = 50, .reference_particles = 5000};
}

// ---- points ---------------------------------------------------------------------------

// What lasts from one point to the next: the table, and the problem and the references as long
// as their settings stay the same.
typedef struct course {
    const variance_options *options;
    runs *points;
    int64_t threads; // >= 1
    FILE *table;
    pes_problem *problem;
    char *problem_key; // the settings that `problem` was opened with; NULL: none is open
    variance_reference reference[VARIANCE_REFERENCES];
    char *reference_key; // what the references depend on; NULL: there are none
} course;

static int no_memory(void) {
    return cli_fail(CLI_FAILED, "there is no memory left");
}

static void drop_references(course *c) {
    for (int i = 0; i < VARIANCE_REFERENCES; i++) {
        free(c->reference[i].gradient);
        c->reference[i].gradient = NULL;
    }
    free(c->reference_key);
    c->reference_key = NULL;
}

static void drop_problem(course *c) {
    pes_problem_close(c->problem);
    c->problem = NULL;
    free(c->problem_key);
    c->problem_key = NULL;
}

static int open_problem(course *c, runs_run *run) {
    char *key = cli_json_text(json_incref(json_object_get(run->settings, "problem")), false);
    if (key == NULL) {
        return no_memory();
    }
    if (c->problem_key == NULL || strcmp(key, c->problem_key) != 0) {
        drop_problem(c);
        c->problem_key = key;
        return experiment_open(&run->setup, c->options->data, &c->problem);
    }
    free(key);
    if (!run->setup.horizon_given) {
        run->setup.estimator.horizon = pes_problem_horizon(c->problem);
    }
    return CLI_OK;
}

static int find_references(course *c, const variance_point *point) {
    char *key = variance_reference_key(point);
    if (key == NULL) {
        return no_memory();
    }
    if (c->reference_key != NULL && strcmp(key, c->reference_key) == 0) {
        free(key);
        return CLI_OK;
    }
    drop_references(c);
    const int code = variance_make_references(point, c->reference);
    if (code == CLI_OK) {
        c->reference_key = key;
    } else {
        free(key);
    }
    return code;
}

static int write_row(course *c, json_t *row) {
    const char *curve = json_string_value(json_object_get(row, "curve"));
    const char *reason = json_string_value(json_object_get(row, "refused"));
    if (!c->options->quiet) {
        fprintf(stderr, "%s, K = %lld%s%s\n", curve,
                (long long)json_integer_value(json_object_get(row, "truncation")),
                reason != NULL ? " is left out: " : "", reason != NULL ? reason : "");
    }
    char *line = cli_json_text(row, false);
    if (line == NULL) {
        return no_memory();
    }
    fprintf(c->table, "%s\n", line);
    free(line);
    return table_flush(c->table, c->options->output);
}

// `estimate` has room for all repetitions, `work` for what comparing them needs.
static int measure(course *c, const variance_point *point, const char *curve, double *estimate,
                   double *work) {
    char reason[VARIANCE_REASON];
    variance_result result[VARIANCE_REFERENCES];
    const int64_t n = pes_problem_system(point->problem)->num_params;
    const int code = variance_estimate(point, estimate, reason);
    if (code != CLI_OK && code != CLI_GO) {
        return code;
    }
    for (int i = 0; code == CLI_OK && i < VARIANCE_REFERENCES; i++) {
        if (c->reference[i].gradient != NULL) {
            result[i] =
                variance_compare(point->repetitions, n, estimate, &c->reference[i], work);
        }
    }
    return write_row(
        c, variance_row(point, curve, c->reference, result, code == CLI_GO ? reason : NULL));
}

static const char search_reason[] = "a search estimates no gradient";

// Has an episode of the point a sum that can be estimated?
static int check_episodes(const experiment *setup) {
    if (setup->estimator.horizon == 0) {
        return cli_fail(CLI_USAGE,
                        "%s: episodes without end have no sum to estimate; set "
                        "estimator.horizon",
                        setup->path);
    }
    if (strcmp(setup->estimator.lengths, "fixed") != 0) {
        return cli_fail(CLI_USAGE,
                        "%s: episodes of different lengths have no common sum to estimate; set "
                        "estimator.lengths = \"fixed\"",
                        setup->path);
    }
    return CLI_OK;
}

static int run_point(course *c, int64_t index) {
    runs_run *run = &c->points->run[index];
    const char *curve = c->points->group[run->group].label;
    int code = open_problem(c, run);
    code = code == CLI_OK ? check_episodes(&run->setup) : code;
    const variance_point point = {
        .setup = &run->setup,
        .problem = c->problem,
        .repetitions = c->options->repetitions,
        .reference_particles = c->options->reference_particles,
        .threads = c->threads,
    };
    if (code == CLI_OK && experiment_is_search(&run->setup)) {
        return write_row(c, variance_row(&point, curve, NULL, NULL, search_reason));
    }
    code = code == CLI_OK ? find_references(c, &point) : code;
    if (code != CLI_OK) {
        return code;
    }
    const size_t n = (size_t)pes_problem_system(c->problem)->num_params;
    const size_t repetitions = (size_t)point.repetitions;
    double *estimate = calloc(repetitions, n * sizeof *estimate);
    double *work = calloc(2 * (n + repetitions), sizeof *work);
    code = estimate != NULL && work != NULL ? measure(c, &point, curve, estimate, work)
                                            : no_memory();
    free(estimate);
    free(work);
    return code;
}

static int run_points(course *c, int64_t first) {
    int code = CLI_OK;
    for (int64_t i = first; code == CLI_OK && i < c->points->count; i++) {
        code = stop_wanted() ? CLI_INTERRUPTED : run_point(c, i);
        if (code == CLI_INTERRUPTED) {
            fprintf(stderr,
                    "pes: interrupted after %" PRId64 " of %" PRId64
                    " points; the same command goes on from there\n",
                    i, c->points->count);
        }
    }
    drop_references(c);
    drop_problem(c);
    return code;
}

// ---- the table ------------------------------------------------------------------------

// The first line, which says what was asked: the points' settings as a hash, and the rest.
static char *make_head(const runs *points, const variance_options *o) {
    uint64_t hash = TABLE_HASH;
    for (int64_t i = 0; i < points->count; i++) {
        const runs_run *run = &points->run[i];
        char truncation[CLI_NUMBER_SIZE];
        snprintf(truncation, sizeof truncation, "%" PRId64 ";",
                 run->setup.estimator.truncation);
        hash = table_hash(table_hash(hash, run->key), truncation);
    }
    json_t *head = json_object();
    char settings[CLI_NUMBER_SIZE];
    snprintf(settings, sizeof settings, "%016" PRIx64, hash);
    json_object_set_new(head, "variance", json_string(points->run[0].setup.type->name));
    json_object_set_new(head, "settings", json_string(settings));
    json_object_set_new(head, "seed", json_integer((json_int_t)points->run[0].setup.run.seed));
    json_object_set_new(head, "repetitions", json_integer(o->repetitions));
    json_object_set_new(head, "reference_particles", json_integer(o->reference_particles));
    char *text = cli_json_text(head, false);
    char *line = text != NULL ? malloc(strlen(text) + 2) : NULL;
    if (line != NULL) {
        sprintf(line, "%s\n", text);
    }
    free(text);
    return line;
}

static int fill_table(const variance_options *o, runs *points) {
    course c = {.options = o, .points = points, .threads = cli_threads(o->threads)};
    char *head = make_head(points, o);
    int64_t done = 0;
    if (head == NULL) {
        return no_memory();
    }
    int code = table_open(&c.table, o->output, head, "\n", &done);
    if (code == CLI_OK) {
        stop_watch();
        code = run_points(&c, done);
    }
    if (c.table != NULL) {
        const int closed = table_close(c.table, o->output, head);
        code = code == CLI_OK ? closed : code;
    }
    free(head);
    return code;
}

// At least one point has to have come to something.
static int check_rows(const json_t *rows) {
    const char *reason = NULL;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        reason = json_string_value(json_object_get(json_array_get(rows, i), "refused"));
        if (reason == NULL) {
            return CLI_OK;
        }
    }
    return cli_fail(CLI_USAGE, "no point could be estimated: %s", reason);
}

static int print_json(const json_t *rows) {
    int code = CLI_OK;
    for (size_t i = 0; code == CLI_OK && i < json_array_size(rows); i++) {
        code = cli_json_print(json_incref(json_array_get(rows, i)), false);
    }
    return code;
}

static int show(const variance_options *o, const char *problem) {
    json_t *rows = NULL;
    int code = variance_read(o->output, &rows);
    if (code != CLI_OK) {
        return code;
    }
    code = check_rows(rows);
    if (code == CLI_OK) {
        code = o->json ? print_json(rows) : variance_print(rows);
    }
    if (code == CLI_OK && o->picture != NULL) {
        code = variance_draw(o->picture, problem, rows);
    }
    json_decref(rows);
    return code;
}

// ---- the command ----------------------------------------------------------------------

static int run(const cli_call *call) {
    const variance_options *o = call->options;
    if (o->output == NULL) {
        return cli_fail(CLI_USAGE, "variance needs -o FILE, the table to write");
    }
    int code = o->picture != NULL ? plot_check(o->picture) : CLI_OK;
    if (code != CLI_OK) {
        return code;
    }
    experiment grid;
    code = experiment_load(&grid, call->argument[0], &o->set);
    if (code != CLI_OK) {
        return code;
    }
    runs points;
    code = variance_curves(&grid, &points);
    if (code == CLI_OK) {
        code = fill_table(o, &points);
        code = code == CLI_OK ? show(o, grid.type->name) : code;
        runs_free(&points);
    }
    experiment_free(&grid);
    return code;
}

static const cli_example examples[] = {
    {"pes variance experiments/variance_lstm.toml -o lstm.jsonl -p lstm.png",
     "every method and truncation of the file's sweep"},
    {"pes variance x.toml --set 'sweep.estimator.truncation=[1, 10, 100]' -o x.jsonl",
     "other truncations than the file's"},
    {NULL, NULL},
};

const cli_command cli_variance = {
    .name = "variance",
    .summary = "Measure the error, bias and variance of gradient estimates at the start.",
    .arguments = "FILE.toml",
    .least = 1,
    .most = 1,
    .argument_kind = CLI_FILE,
    .details =
        "Every point of the file's [sweep], usually over estimator.truncation and "
        "estimator.method, is estimated --repetitions times at the problem's start, each time "
        "summed over the updates of one episode with randomness of its own. Points that differ "
        "only in the truncation are one curve. A method that refuses its settings, as full ES "
        "does with K other than T, is left out with its reason.\n\n"
        "Squared error is the mean squared distance to the reference over the reference's "
        "squared norm; squared bias is its part that no number of particles removes, estimated "
        "from products of different repetitions, so that it scatters around 0 where there is "
        "no bias; variance is the rest. Each has a standard error, by the jackknife: too large "
        "rather than too small where there is no bias.\n\n"
        "The reference is exact where the problem has a formula or derivatives (the latter are "
        "of the objective without smoothing; as sigma becomes small there is no difference), "
        "and beside it the mean of --reference-particles full-ES particles, whose own error is "
        "a floor below the curves.\n\n"
        "The table grows point by point; the same command goes on after an interruption.",
    .example = examples,
    CLI_FLAGS(flags, variance_options),
    .set_default = set_default,
    .run = run,
};
