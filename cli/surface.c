// pes surface: reads what is asked, and where an interruption left it.

#include "cli/surface.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/plot.h"
#include "cli/stop.h"
#include "cli/table.h"
#include "cli/theta.h"

typedef struct surface_options {
    const char *x;
    const char *y;
    const char *horizons;
    const char *output;
    const char *picture;
    const char *at;
    const char *data;
    cli_texts run;
    cli_texts set;
    int64_t episodes;
    int64_t samples;
    const char *sigma;
    const char *smooth;
    int64_t threads;
    bool quiet;
} surface_options;

static const char *smooth_word(int64_t index) {
    static const char *const words[] = {"all", "chosen", NULL};
    return words[index < 2 ? index : 2];
}

static const cli_flag flags[] = {
    CLI_FLAG("x", surface_options, x, WORD, "NAME=LOW:HIGH:COUNT",
             "parameter along the x axis, and its values"),
    CLI_FLAG("y", surface_options, y, WORD, "NAME=LOW:HIGH:COUNT",
             "parameter along the y axis, and its values"),
    CLI_FLAG("horizons", surface_options, horizons, WORD, "T,T,...",
             "episode lengths of a slice along x, one curve each; without it, the file's"),
    CLI_FLAG("output", surface_options, output, FILE, "FILE", "table to write", .letter = 'o'),
    CLI_FLAG("picture", surface_options, picture, FILE, "FILE",
             "picture to draw at the end, X.png or X.svg", .letter = 'p'),
    CLI_FLAG("run", surface_options, run, LIST, "DIR",
             "run or sweep whose path is drawn on the picture"),
    CLI_FLAG("episodes", surface_options, episodes, INT, "COUNT", "whole episodes per point",
             .minimum = 1),
    CLI_FLAG("samples", surface_options, samples, INT, "COUNT",
             "pairs of perturbations per point for the smoothed objective; 0: raw only"),
    CLI_FLAG("sigma", surface_options, sigma, WORD, "SIGMA",
             "standard deviation of the smoothing; without it, the file's"),
    CLI_FLAG("smooth", surface_options, smooth, WORD, "WHICH",
             "parameters that are perturbed: all, or those chosen for x and y",
             .choice = smooth_word),
    CLI_FLAG("at", surface_options, at, FOLDER, "DIR",
             "finished run whose theta the grid goes through; without it, the problem's start"),
    CLI_FLAG("set", surface_options, set, LIST, "TABLE.KEY=VALUE", "change a setting"),
    CLI_FLAG("data", surface_options, data, FOLDER, "DIR", "folder of data sets"),
    CLI_FLAG("threads", surface_options, threads, INT, "COUNT",
             "worker threads; 0: one per processor"),
    CLI_FLAG("quiet", surface_options, quiet, SWITCH, NULL, "no progress lines", .letter = 'q'),
};

static void set_default(void *options) {
    *(surface_options *)options = (surface_options){.episodes = 1, .smooth = "all"};
}

// ---- what is asked --------------------------------------------------------------------

// By its name, or by its number from 0.
static int64_t find_param(const experiment *setup, const char *name, size_t length) {
    char *end = NULL;
    const long long number = strtoll(name, &end, 10);
    if (length > 0 && end == name + length && number >= 0) {
        return number < setup->type->num_params(setup->problem) ? (int64_t)number : -1;
    }
    char room[PES_NAME_SIZE];
    const char *known = NULL;
    for (int64_t i = 0; (known = setup->type->param_name(setup->problem, i, room)) != NULL;
         i++) {
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
        char room[PES_NAME_SIZE];
        const char *first = setup->type->param_name(setup->problem, 0, room);
        return cli_fail(
            CLI_USAGE,
            "%s: problem '%s' has no parameter '%.*s'; name one, as '%s', or give its "
            "number from 0",
            flag, setup->type->name, (int)(equals - text), text, first != NULL ? first : "0");
    }
    return CLI_OK;
}

static int read_horizons(const char *text, surface_plan *plan) {
    plan->horizons = 0;
    for (const char *at = text; *at != '\0';) {
        char *end = NULL;
        const long long value = strtoll(at, &end, 10);
        if (end == at || value < 1 || value > INT32_MAX || (*end != ',' && *end != '\0') ||
            plan->horizons == SURFACE_HORIZONS) {
            return cli_fail(CLI_USAGE,
                            "--horizons must be up to %d numbers of inner steps with commas "
                            "between them, such as 10,100,1000, not '%s'",
                            SURFACE_HORIZONS, text);
        }
        plan->horizon[plan->horizons++] = (int64_t)value;
        at = *end == ',' ? end + 1 : end;
    }
    return plan->horizons > 0 ? CLI_OK : cli_fail(CLI_USAGE, "--horizons is empty");
}

static int read_sigma(const char *text, double *out) {
    char *end = NULL;
    *out = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*out) && *out > 0.0
               ? CLI_OK
               : cli_fail(CLI_USAGE, "--sigma must be a number above 0, not '%s'", text);
}

static int check_options(const surface_options *o) {
    if (o->x == NULL || o->output == NULL) {
        return cli_fail(CLI_USAGE, "surface needs --x NAME=LOW:HIGH:COUNT and -o FILE");
    }
    if (o->y != NULL && o->horizons != NULL) {
        return cli_fail(CLI_USAGE, "--horizons are curves over --x; leave out --y");
    }
    if (o->run.count > 0 && o->picture == NULL) {
        return cli_fail(CLI_USAGE, "--run draws on a picture; name one with --picture");
    }
    if (o->run.count > 0 && o->y == NULL) {
        return cli_fail(CLI_USAGE, "--run draws paths over two parameters; give --y as well");
    }
    for (int64_t i = 0; i < o->run.count; i++) {
        if (!cli_is_folder(o->run.text[i])) {
            return cli_fail(CLI_USAGE,
                            "%s is not a folder; --run takes the folder of a run or a sweep",
                            o->run.text[i]);
        }
    }
    if (o->picture == NULL) {
        return CLI_OK;
    }
    const size_t length = strlen(o->picture);
    if (length > 4 && strncmp(o->output, o->picture, length - 4) == 0 &&
        strcmp(o->output + length - 4, ".dat") == 0) {
        return cli_fail(CLI_USAGE,
                        "the picture's numbers are written to %s, which is the table; give one "
                        "of them another name",
                        o->output);
    }
    return plot_check(o->picture);
}

static int read_plan(const surface_options *o, const experiment *setup, surface_plan *plan) {
    *plan = (surface_plan){
        .setup = setup,
        .episodes = o->episodes,
        .samples = o->samples,
        .sigma = setup->estimator.sigma,
        .chosen = strcmp(o->smooth, "chosen") == 0,
        .threads = o->threads,
    };
    int code = read_axis(setup, "--x", o->x, &plan->x);
    if (code == CLI_OK && o->y != NULL) {
        code = read_axis(setup, "--y", o->y, &plan->y);
    }
    if (code == CLI_OK && o->y != NULL && plan->x.index == plan->y.index) {
        code = cli_fail(CLI_USAGE, "--x and --y are the same parameter; choose two");
    }
    if (code == CLI_OK && o->horizons != NULL) {
        code = read_horizons(o->horizons, plan);
    }
    return code == CLI_OK && o->sigma != NULL ? read_sigma(o->sigma, &plan->sigma) : code;
}

// The theta that a finished run ended with, into `theta` (num_params).
static int read_theta(const char *folder, int64_t num_params, float *theta) {
    const int code = theta_of_result(folder, num_params, theta);
    return code != CLI_GO
               ? code
               : cli_fail(CLI_USAGE,
                          "%s/result.json has no theta: --at takes the folder of one finished "
                          "run",
                          folder);
}

// ---- the table ------------------------------------------------------------------------

// The first bytes of the table, which say what was asked; a table goes on only under the same.
static char *make_head(const surface_options *o, const surface_plan *plan) {
    char *fingerprint = experiment_fingerprint(plan->setup);
    char *text = NULL;
    size_t size = 0;
    FILE *out = fingerprint != NULL ? open_memstream(&text, &size) : NULL;
    if (out == NULL) {
        free(fingerprint);
        return NULL;
    }
    uint64_t hash = table_hash(TABLE_HASH, fingerprint);
    for (int64_t p = 0; o->at != NULL && p < pes_problem_system(plan->problem)->num_params;
         p++) {
        char number[CLI_NUMBER_SIZE];
        hash = table_hash(hash, cli_real((double)plan->base[p], number));
    }
    free(fingerprint);
    fprintf(out, "# x %s\n# y %s%s\n", o->x, o->horizons != NULL ? "horizon=" : "",
            o->y != NULL          ? o->y
            : o->horizons != NULL ? o->horizons
                                  : "none");
    fprintf(out, "# problem %s, objective %s\n", plan->setup->type->name,
            plan->setup->estimator.objective);
    fprintf(out, "# episodes %" PRId64 ", settings %016" PRIx64 "\n", plan->episodes, hash);
    if (plan->samples > 0) {
        fprintf(out, "# smoothed by %" PRId64 " pairs, sigma %.9g, of %s parameters\n",
                plan->samples, plan->sigma, plan->chosen ? "the chosen" : "all");
    }
    fprintf(out, "# columns: x y mean-objective standard-error%s\n",
            plan->samples > 0 ? " smoothed standard-error" : "");
    return fclose(out) == 0 ? text : (free(text), NULL);
}

static int fill_table(const surface_options *o, const surface_plan *plan) {
    char *head = make_head(o, plan);
    if (head == NULL) {
        return cli_fail(CLI_FAILED, "there is no memory left for a surface");
    }
    int64_t done = 0;
    FILE *table = NULL;
    int code = table_open(&table, o->output, head, "\n\n", &done);
    if (code == CLI_OK) {
        stop_watch();
        code = surface_compute(plan, done, table, o->output, o->quiet);
    }
    if (table != NULL) {
        const int closed = table_close(table, o->output, head);
        code = code == CLI_OK ? closed : code;
    }
    free(head);
    return code;
}

// ---- the command ----------------------------------------------------------------------

static int make_table(const surface_options *o, experiment *setup, surface_plan *plan,
                      pes_problem *problem) {
    const int64_t n = pes_problem_system(problem)->num_params;
    float *base = malloc((size_t)n * sizeof *base);
    if (base == NULL) {
        return cli_fail(CLI_FAILED, "there is no memory left for a surface");
    }
    memcpy(base, pes_problem_theta(problem), (size_t)n * sizeof *base);
    int code = o->at != NULL ? read_theta(o->at, n, base) : CLI_OK;
    plan->problem = problem;
    plan->base = base;
    if (plan->horizons == 0) {
        plan->horizons = 1;
        plan->horizon[0] = setup->run.evaluation_steps > 0 ? setup->run.evaluation_steps
                                                           : setup->estimator.horizon;
    }
    for (int64_t i = 0; code == CLI_OK && i < plan->horizons; i++) {
        code = experiment_check_steps(setup, problem, "a horizon of the surface",
                                      plan->horizon[i]);
    }
    code = code == CLI_OK ? fill_table(o, plan) : code;
    free(base);
    return code;
}

static int run(const cli_call *call) {
    const surface_options *o = call->options;
    experiment setup;
    surface_plan plan;
    int code = check_options(o);
    code = code == CLI_OK ? experiment_load(&setup, call->argument[0], &o->set) : code;
    if (code != CLI_OK) {
        return code;
    }
    pes_problem *problem = NULL;
    code = read_plan(o, &setup, &plan);
    code = code == CLI_OK ? experiment_open(&setup, o->data, &problem) : code;
    code = code == CLI_OK ? make_table(o, &setup, &plan, problem) : code;
    pes_problem_close(problem);
    experiment_free(&setup);
    return code == CLI_OK && o->picture != NULL
               ? surface_draw(o->picture, o->output, o->run.count, o->run.text)
               : code;
}

static const cli_example examples[] = {
    {"pes surface experiments/demo.toml --x log_a=-7:0:15 --y log_b=-4:4:15 -o grid.dat",
     "the demo's objective over its two hyperparameters"},
    {"pes surface experiments/demo.toml --x log_a=-4:2:200 --horizons 10,100,300 --samples 50 "
     "-o slice.dat -p slice.png",
     "a slice at three episode lengths, raw and smoothed"},
    {NULL, NULL},
};

const cli_command cli_surface = {
    .name = "surface",
    .summary = "Compute the objective on a grid of one or two parameters, raw and smoothed.",
    .arguments = "FILE.toml",
    .least = 1,
    .most = 1,
    .argument_kind = CLI_FILE,
    .details =
        "Every point of the grid is the mean of whole episodes at those parameters, the "
        "same episodes everywhere. The table grows row by row; the same command goes on "
        "after an interruption. --picture draws it, and so does `pes plot DIR --surface "
        "FILE`.\n\n"
        "With --samples M each point has its smoothed objective, too: the mean over M "
        "antithetic pairs of Gaussian perturbations that last for the episode, as full ES and "
        "NRES see it. The pairs are the same at every point, so that their error moves the "
        "surface as a whole more than it roughens it; its standard error is in the table. The "
        "work is 1 + 2 M times that of the raw grid. Points where half of the episodes or of "
        "the pairs are not finite are nan.\n\n"
        "A parameter is named, or given by its number from 0.",
    .example = examples,
    CLI_FLAGS(flags, surface_options),
    .set_default = set_default,
    .run = run,
};
