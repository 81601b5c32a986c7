// pes export: a run's parameters in the forms in which other programs take them.
//
// A form is one row: JSON with every parameter by name, a table of what the parameters make of
// inner time, and the programs that a problem writes itself.

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/drive.h"
#include "cli/experiment.h"
#include "cli/points.h"
#include "cli/runs.h"

typedef struct export_options {
    const char *output; // folder; NULL: DIR/export
    cli_texts point;
    cli_texts format;
    const char *data;
} export_options;

// What is exported: some of the points of a run.
typedef struct job {
    const char *folder; // of the run
    const experiment *setup;
    pes_problem *problem;
    run_points *points;
    bool chosen[POINTS_MOST];
} job;

// One form. `write` returns the file's bytes, *size of them, to be freed; or NULL after one
// sentence.
typedef struct form {
    const char *name;
    const char *file; // of the end; of another point "schedule_best.csv"
    bool together;    // one file for all points
    char *(*write)(const job *what, const struct form *as, int64_t point, size_t *size);
    const pes_problem_program *program; // of the problem, or NULL
} form;

static char *no_memory(void) {
    cli_fail(CLI_FAILED, "there is no memory left");
    return NULL;
}

// ---- JSON -----------------------------------------------------------------------------

static json_t *parameter_json(const experiment *setup, int64_t index, float theta) {
    const pes_problem_type *type = setup->type;
    char room[PES_NAME_SIZE];
    const char *name = type->param_name(setup->problem, index, room);
    json_t *out = json_object();
    json_object_set_new(out, "name", name != NULL ? json_string(name) : json_null());
    json_object_set_new(out, "theta", cli_json_real((double)theta));
    if (type->natural != NULL) {
        json_object_set_new(out, "natural_name",
                            json_string(type->natural_name(setup->problem, index, room)));
        json_object_set_new(out, "value",
                            cli_json_real(type->natural(setup->problem, index, (double)theta)));
    }
    return out;
}

static json_t *point_json(const experiment *setup, const run_point *point, int64_t params) {
    json_t *out = json_object(), *list = json_array();
    for (int64_t p = 0; p < params; p++) {
        json_array_append_new(list, parameter_json(setup, p, point->theta[p]));
    }
    json_object_set_new(out, "update", cli_json_real(point->update));
    json_object_set_new(out, "parameters", list);
    return out;
}

static char *write_json(const job *what, const form *as, int64_t point, size_t *size) {
    (void)as, (void)point; // all of them in one file
    json_t *points = json_object(), *out = json_object();
    for (int64_t i = 0; i < what->points->count; i++) {
        if (what->chosen[i]) {
            const run_point *one = &what->points->point[i];
            json_object_set_new(points, one->label,
                                point_json(what->setup, one, what->points->params));
        }
    }
    json_object_set_new(out, "problem", json_string(what->setup->type->name));
    json_object_set_new(out, "points", points);
    json_object_set_new(out, "settings", experiment_json(what->setup));
    char *text = cli_json_text(out, true);
    *size = text != NULL ? strlen(text) : 0;
    return text != NULL ? text : no_memory();
}

// ---- a table over inner time ----------------------------------------------------------

static bool has_curves(const experiment *setup) {
    pes_problem_curve curve;
    return setup->type->curve != NULL && setup->type->curve(setup->problem, 0, &curve) &&
           setup->estimator.horizon > 0;
}

static void print_table(FILE *out, const experiment *setup, const float *theta) {
    const pes_problem_type *type = setup->type;
    pes_problem_curve curve;
    fputs("step", out);
    for (int64_t i = 0; type->curve(setup->problem, i, &curve); i++) {
        fprintf(out, ",%s", curve.name);
    }
    fputc('\n', out);
    for (int64_t t = 0; t < setup->estimator.horizon; t++) {
        fprintf(out, "%" PRId64, t);
        for (int64_t i = 0; type->curve(setup->problem, i, &curve); i++) {
            fprintf(out, ",%.9g", type->curve_at(setup->problem, i, theta, t));
        }
        fputc('\n', out);
    }
}

static char *write_table(const job *what, const form *as, int64_t point, size_t *size) {
    (void)as;
    char *text = NULL;
    FILE *out = open_memstream(&text, size);
    if (out == NULL) {
        return no_memory();
    }
    print_table(out, what->setup, what->points->point[point].theta);
    if (fclose(out) != 0) {
        free(text);
        return no_memory();
    }
    return text;
}

// ---- programs of the problem ----------------------------------------------------------

static char *write_program(const job *what, const form *as, int64_t point, size_t *size) {
    const run_point *one = &what->points->point[point];
    char where[CLI_PATH + 128], update[64] = "";
    if (!isnan(one->update)) {
        snprintf(update, sizeof update, ", update %.0f", one->update);
    }
    json_t *folder = json_string(what->folder); // NULL: no UTF-8, which programs are written in
    snprintf(where, sizeof where, "the %s of the run %s (%s%s)", one->label,
             folder != NULL ? what->folder : "of a name that is no UTF-8",
             experiment_method(what->setup), update);
    json_decref(folder);
    char *text = as->program->write(what->problem, one->theta, what->setup->estimator.horizon,
                                    where, size);
    return text != NULL ? text : no_memory();
}

// ---- files ----------------------------------------------------------------------------

enum { FORMS = 16 };

// The forms that fit a run.
static int64_t find_forms(const experiment *setup, form out[FORMS]) {
    int64_t count = 0;
    out[count++] = (form){"json", "parameters.json", true, write_json, NULL};
    if (has_curves(setup)) {
        out[count++] = (form){"csv", "schedule.csv", false, write_table, NULL};
    }
    for (int64_t i = 0; setup->type->program != NULL && count < FORMS; i++) {
        const pes_problem_program *program = setup->type->program(i);
        if (program == NULL) {
            break;
        }
        out[count++] = (form){program->format, program->file, false, write_program, program};
    }
    return count;
}

// "schedule.csv", or "schedule_best.csv".
static bool make_path(char path[CLI_PATH], const char *folder, const form *as,
                      const char *label) {
    char name[128];
    const char *dot = strrchr(as->file, '.');
    const bool plain = as->together || strcmp(label, "end") == 0;
    snprintf(name, sizeof name, "%.*s%s%s%s", (int)(dot - as->file), as->file, plain ? "" : "_",
             plain ? "" : label, dot);
    return cli_join(path, folder, name);
}

static int write_file(const job *what, const form *as, int64_t point, const char *folder) {
    char path[CLI_PATH];
    if (!make_path(path, folder, as, what->points->point[point].label)) {
        return cli_fail(CLI_USAGE, "the path is too long: %s/%s", folder, as->file);
    }
    size_t size = 0;
    char *text = as->write(what, as, point, &size);
    if (text == NULL) {
        return CLI_FAILED;
    }
    const int code = cli_write_bytes(path, text, size);
    free(text);
    if (code == CLI_OK) {
        puts(path);
    }
    return code;
}

static int write_form(const job *what, const form *as, const char *folder) {
    int code = CLI_OK;
    for (int64_t i = 0; code == CLI_OK && i < what->points->count; i++) {
        if (what->chosen[i]) {
            code = points_prepare(what->points, i, what->problem);
            code = code == CLI_OK ? write_file(what, as, i, folder) : code;
            if (as->together) {
                break;
            }
        }
    }
    return code;
}

// ---- what is asked --------------------------------------------------------------------

static bool is_listed(const cli_texts *list, const char *name) {
    for (int64_t i = 0; i < list->count; i++) {
        if (strcmp(list->text[i], name) == 0) {
            return true;
        }
    }
    return false;
}

// Without --point: the end, and the best if that is another.
static int choose_points(job *what, const cli_texts *asked) {
    for (int64_t i = 0; i < what->points->count; i++) {
        const char *label = what->points->point[i].label;
        const bool is_best = strcmp(label, "best") == 0 && !points_same(what->points, 0, i);
        const bool usual = strcmp(label, "end") == 0 || is_best;
        what->chosen[i] = asked->count > 0 ? is_listed(asked, label) : usual;
    }
    for (int64_t k = 0; k < asked->count; k++) {
        if (points_index(what->points, asked->text[k]) < 0) {
            return CLI_USAGE;
        }
    }
    return CLI_OK;
}

static int check_formats(const cli_texts *asked, const form *forms, int64_t count,
                         const experiment *setup) {
    for (int64_t k = 0; k < asked->count; k++) {
        bool found = false;
        char known[256] = "";
        for (int64_t i = 0; i < count; i++) {
            const size_t used = strlen(known);
            found = found || strcmp(forms[i].name, asked->text[k]) == 0;
            snprintf(known + used, sizeof known - used, "%s%s", i > 0 ? ", " : "",
                     forms[i].name);
        }
        if (!found) {
            return cli_fail(CLI_USAGE, "--format %s: %s is exported as %s", asked->text[k],
                            setup->type->name, known);
        }
    }
    return CLI_OK;
}

// ---- the command ----------------------------------------------------------------------

static int export_points(job *what, const export_options *options) {
    form forms[FORMS];
    const int64_t count = find_forms(what->setup, forms);
    char folder[CLI_PATH];
    int code = choose_points(what, &options->point);
    code = code == CLI_OK ? check_formats(&options->format, forms, count, what->setup) : code;
    if (code == CLI_OK && options->output == NULL &&
        !cli_join(folder, what->folder, "export")) {
        code = cli_fail(CLI_USAGE, "the path is too long: %s/export", what->folder);
    }
    const char *output = options->output != NULL ? options->output : folder;
    code = code == CLI_OK ? cli_make_folders(output) : code;
    for (int64_t i = 0; code == CLI_OK && i < count; i++) {
        if (options->format.count == 0 || is_listed(&options->format, forms[i].name)) {
            code = write_form(what, &forms[i], output);
        }
    }
    return code == CLI_OK ? cli_flush() : code;
}

// A search that has found nothing stands in the middle of its box, which is no result.
static int check_search(const experiment *setup, const char *folder) {
    if (!experiment_is_search(setup)) {
        return CLI_OK;
    }
    runs_rows rows; // one for each new best point
    const int code = runs_read_rows(&rows, folder, "evaluations.jsonl", "objective");
    json_t *result = drive_result(folder);
    const json_t *best = json_object_get(result, "best_point");
    const bool found = json_is_integer(best) ? json_integer_value(best) >= 0 : rows.count > 0;
    json_decref(result);
    runs_free_rows(&rows);
    return code != CLI_OK || found
               ? code
               : cli_fail(CLI_USAGE,
                          "%s: no point of the search has had finite losses for whole "
                          "episodes yet, so there is nothing to export",
                          folder);
}

static int export_run(experiment *setup, const char *folder, const export_options *options) {
    static const cli_texts none = {0};
    pes_problem *problem = NULL;
    char missing[EXPERIMENT_MISSING];
    int code = check_search(setup, folder);
    code =
        code == CLI_OK ? experiment_open_sizes(setup, options->data, &problem, missing) : code;
    if (code != CLI_OK) {
        return code;
    }
    run_points points;
    code = points_find(&points, folder, setup, problem, &none);
    if (code == CLI_OK) {
        job what = {.folder = folder, .setup = setup, .problem = problem, .points = &points};
        code = export_points(&what, options);
    }
    points_free(&points);
    pes_problem_close(problem);
    return code;
}

static int run(const cli_call *call) {
    const export_options *options = call->options;
    const char *folder = call->argument[0];
    experiment setup;
    int code = experiment_load_run(&setup, folder);
    if (code == CLI_OK) {
        code = export_run(&setup, folder, options);
        experiment_free(&setup);
    }
    return code;
}

static const cli_flag flags[] = {
    CLI_FLAG("output", export_options, output, FOLDER, "DIR",
             "where the files go; without it, DIR/export of the run", .letter = 'o'),
    CLI_FLAG("point", export_options, point, LIST, "NAME",
             "end, best, average or start; may be repeated; without it, end and best"),
    CLI_FLAG(
        "format", export_options, format, LIST, "NAME",
        "json, csv, or a program that the problem writes; may be repeated; without it, all "
        "that fit"),
    CLI_FLAG("data", export_options, data, FOLDER, "DIR", "folder of data sets"),
};

static const cli_example examples[] = {
    {"pes export runs/mlp", "everything, into runs/mlp/export"},
    {"pes export runs/mlp --format csv --point best -o .", "the best schedule, step by step"},
    {NULL, NULL},
};

const cli_command cli_export = {
    .name = "export",
    .summary = "Write a run's parameters in the forms in which other programs take them.",
    .arguments = "DIR",
    .least = 1,
    .most = 1,
    .argument_kind = CLI_FOLDER,
    .details =
        "json: every parameter of the chosen points by its name, as theta and in natural "
        "units, with the settings of the run. csv: what the parameters make of inner time, a "
        "column for each curve of the problem and a row for each inner step of an episode. "
        "pytorch, of mlp_training: a module with the network, the optimizer's parameter groups "
        "and their schedules, and a training step; of learned_optimizer: a "
        "torch.optim.Optimizer. safetensors, of learned_optimizer: its parameters, with the "
        "architecture, for problem.start_file and pes_learned_load(); c: two C functions. "
        "c, python, policy (JSON) and safetensors, of a policy: all that it takes to act.\n\n"
        "The end is where the run stands, finished or not; the best is the lowest of its "
        "evaluations, which know theta up to 64 parameters. Files of other points than the end "
        "have the point in their name: schedule_best.csv. Existing files are replaced. The "
        "names of the files are printed.",
    .example = examples,
    CLI_FLAGS(flags, export_options),
    .run = run,
};
