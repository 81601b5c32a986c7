// Reading run folders.

#include "cli/runs.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int no_memory(void) {
    return cli_fail(CLI_FAILED, "there is no memory left");
}

// ---- rows -----------------------------------------------------------------------------

static double number(const json_t *row, const char *key) {
    const json_t *value = json_object_get(row, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

// Room for one more row, doubling.
static bool grow(runs_rows *rows) {
    const bool full = (rows->count & (rows->count - 1)) == 0; // 0, 1, 2, 4, 8, ...
    const size_t capacity = rows->count > 0 ? 2 * (size_t)rows->count : 1;
    if (!full) {
        return true;
    }
    runs_row *row = realloc(rows->row, capacity * sizeof *row);
    if (row == NULL) {
        return false;
    }
    rows->row = row;
    if (rows->params > 0) {
        float *theta = realloc(rows->theta, capacity * (size_t)rows->params * sizeof *theta);
        if (theta == NULL) {
            return false;
        }
        rows->theta = theta;
    }
    return true;
}

// The first row decides whether a file's rows have theta.
static bool add_row(runs_rows *rows, const json_t *object, const char *key) {
    const json_t *theta = json_object_get(object, "theta");
    if (rows->count == 0) {
        rows->params = (int64_t)json_array_size(theta);
    }
    if (!grow(rows)) {
        return false;
    }
    rows->row[rows->count] = (runs_row){
        .update = number(object, "update"),
        .inner_steps = number(object, "inner_steps"),
        .value = number(object, key),
        .seconds = number(object, "seconds"),
    };
    for (int64_t p = 0; p < rows->params; p++) {
        const json_t *element = json_array_get(theta, (size_t)p);
        rows->theta[rows->count * rows->params + p] =
            json_is_number(element) ? (float)json_number_value(element) : NAN;
    }
    rows->count++;
    return true;
}

static bool is_row(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    return json_is_number(json_object_get(object, "update")) &&
           json_is_number(json_object_get(object, "inner_steps")) &&
           (json_is_number(value) || json_is_null(value));
}

// A last line without its end is a row that is being written: it is left out.
static int read_lines(runs_rows *out, const char *path, const char *text, const char *key) {
    int64_t line = 1;
    for (const char *end; (end = strchr(text, '\n')) != NULL; text = end + 1, line++) {
        json_error_t error;
        json_t *object = json_loadb(text, (size_t)(end - text), 0, &error);
        if (object == NULL || !is_row(object, key)) {
            json_decref(object);
            return cli_fail(
                CLI_USAGE,
                "%s:%lld: %s; restore the file or, if the run is finished, remove the line",
                path, (long long)line, object == NULL ? error.text : "this is no row of a run");
        }
        const bool good = add_row(out, object, key);
        json_decref(object);
        if (!good) {
            return no_memory();
        }
    }
    return CLI_OK;
}

int runs_read_rows(runs_rows *out, const char *folder, const char *file, const char *key) {
    *out = (runs_rows){.count = 0};
    char path[CLI_PATH];
    if (!cli_join(path, folder, file)) {
        return cli_fail(CLI_USAGE, "the path is too long: %s/%s", folder, file);
    }
    if (!cli_is_file(path)) {
        return CLI_OK; // a run that has not come so far
    }
    char *text = cli_read_file(path, NULL);
    if (text == NULL) {
        return cli_fail(CLI_USAGE, "%s could not be read: %s", path, strerror(errno));
    }
    const int code = read_lines(out, path, text, key);
    free(text);
    return code;
}

void runs_free_rows(runs_rows *rows) {
    free(rows->row);
    free(rows->theta);
}

// ---- runs -----------------------------------------------------------------------------

static bool is_finished(const char *folder) {
    char path[CLI_PATH];
    if (!cli_join(path, folder, "result.json")) {
        return false;
    }
    json_t *result = json_load_file(path, 0, NULL);
    const char *status = json_string_value(json_object_get(result, "status"));
    const bool finished = status != NULL && strcmp(status, "finished") == 0;
    json_decref(result);
    return finished;
}

// A text of everything that a group has in common.
static char *make_key(const experiment *setup) {
    char *settings = experiment_fingerprint(setup);
    const char *variant = setup->variant_name != NULL ? setup->variant_name : "";
    const size_t size = settings != NULL ? strlen(settings) + strlen(variant) + 2 : 0;
    char *key = settings != NULL ? malloc(size) : NULL;
    if (key != NULL) {
        snprintf(key, size, "%s\n%s", variant, settings);
    }
    free(settings);
    return key;
}

// The settings without the seed, as text and as JSON.
static bool describe(runs_run *run) {
    const uint64_t seed = run->setup.run.seed;
    run->setup.run.seed = 0;
    run->key = make_key(&run->setup);
    run->settings = experiment_json(&run->setup);
    json_object_del(json_object_get(run->settings, "run"), "seed");
    run->setup.run.seed = seed;
    return run->key != NULL && run->settings != NULL;
}

static int read_run(runs_run *out, const char *folder) {
    const int code = experiment_load(&out->setup, folder, NULL);
    if (code != CLI_OK) {
        return code;
    }
    out->folder = strdup(folder);
    out->finished = is_finished(folder);
    if (out->folder == NULL || !describe(out)) {
        return no_memory();
    }
    const int log = runs_read_rows(&out->log, folder, "log.jsonl", "loss");
    return log != CLI_OK
               ? log
               : runs_read_rows(&out->evaluations, folder, "evaluations.jsonl", "objective");
}

static void free_run(runs_run *run) {
    if (run->setup.type != NULL) {
        experiment_free(&run->setup);
    }
    runs_free_rows(&run->log);
    runs_free_rows(&run->evaluations);
    json_decref(run->settings);
    free(run->key);
    free(run->folder);
}

const char *runs_objective(const experiment *setup) {
    const char *own = setup->run.evaluation_objective;
    return strcmp(own, "same") == 0 ? setup->estimator.objective : own;
}

// Objectives of different problems have nothing to do with each other, and a sum of losses is
// not to be drawn beside their mean.
static int check_alike(const runs *all, const runs_run *run) {
    const runs_run *first = &all->run[0];
    const char *expected = runs_objective(&first->setup), *found = runs_objective(&run->setup);
    if (first->setup.type != run->setup.type) {
        return cli_fail(
            CLI_USAGE, "%s is a run of %s and %s one of %s; name runs of one problem only",
            first->folder, first->setup.type->name, run->folder, run->setup.type->name);
    }
    return strcmp(expected, found) == 0
               ? CLI_OK
               : cli_fail(CLI_USAGE,
                          "%s reports the objective '%s' and %s reports '%s'; name runs of one "
                          "objective only, or run them with one run.evaluation_objective",
                          first->folder, expected, run->folder, found);
}

static int read_all(runs *out, const experiment_list *list) {
    out->run = calloc((size_t)list->count, sizeof *out->run);
    if (out->run == NULL) {
        return no_memory();
    }
    for (int64_t i = 0; i < list->count; i++) {
        out->count = i + 1;
        int code = read_run(&out->run[i], list->folder[i]);
        code = code == CLI_OK ? check_alike(out, &out->run[i]) : code;
        if (code != CLI_OK) {
            return code;
        }
    }
    return runs_make_groups(out);
}

int runs_read(runs *out, int64_t count, const char *const *folder) {
    *out = (runs){.count = 0};
    experiment_list list;
    int code = experiment_find_runs(&list, count, folder);
    if (code != CLI_OK) {
        return code;
    }
    code = read_all(out, &list);
    experiment_list_free(&list);
    if (code != CLI_OK) {
        runs_free(out);
    }
    return code;
}

void runs_free(runs *all) {
    for (int64_t i = 0; i < all->count; i++) {
        free_run(&all->run[i]);
    }
    for (int64_t i = 0; i < all->groups; i++) {
        free(all->group[i].run);
    }
    free(all->group);
    free(all->run);
    *all = (runs){.count = 0};
}

// ---- numbers --------------------------------------------------------------------------

double runs_start(const runs_run *run) {
    const runs_rows *rows = &run->evaluations;
    return rows->count > 0 && rows->row[0].update == 0.0 ? rows->row[0].value : (double)NAN;
}

double runs_final(const runs_run *run) {
    const runs_rows *rows = &run->evaluations;
    return rows->count > 0 ? rows->row[rows->count - 1].value : (double)NAN;
}

runs_range runs_range_of(int64_t count, const double *x) {
    runs_range range = {.mean = NAN, .least = NAN, .most = NAN};
    double sum = 0.0;
    for (int64_t i = 0; i < count; i++) {
        sum += x[i];
        range.least = fmin(range.least, x[i]); // fmin and fmax pass over NaN
        range.most = fmax(range.most, x[i]);
    }
    if (count > 0) {
        range.mean = sum / (double)count;
    }
    return range;
}
