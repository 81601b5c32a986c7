#include "cli/campaign.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/stop.h"

// Run number `index`, its name, and its folder.
typedef struct point {
    experiment setup;
    char name[EXPERIMENT_NAME];
    char folder[CLI_PATH];
} point;

static int open_point(point *p, const experiment *grid, int64_t index, const char *folder) {
    const int code = experiment_point(grid, index, &p->setup, p->name);
    if (code == CLI_OK && !cli_join(p->folder, folder, p->name)) {
        experiment_free(&p->setup);
        return cli_fail(CLI_USAGE, "the path is too long: %s/%s", folder, p->name);
    }
    return code;
}

int campaign_check(const experiment *grid, const drive_options *how) {
    int code = CLI_OK;
    for (int64_t i = 0; code == CLI_OK && i < experiment_runs(grid); i++) {
        point p;
        code = open_point(&p, grid, i, "");
        if (code == CLI_OK) {
            // sentences name the file, and here the run too
            snprintf(p.setup.path, sizeof p.setup.path, "%.*s: run %s",
                     CLI_PATH - EXPERIMENT_NAME - 8, grid->path, p.name);
            code = drive_check(&p.setup, how);
            experiment_free(&p.setup);
        }
    }
    return code;
}

int campaign_begin(const experiment *grid, const run_folder *folder) {
    char path[CLI_PATH];
    char *text = experiment_text(grid);
    if (text == NULL || !cli_join(path, folder->path, "experiment.toml")) {
        free(text);
        return cli_fail(CLI_FAILED, "the settings of %s could not be written", folder->path);
    }
    const int code = cli_write_file(path, text);
    free(text);
    return code;
}

// ---- runs ---------------------------------------------------------------------------

static int drive_point(point *p, const drive_options *how, json_t **result) {
    char path[CLI_PATH];
    run_folder folder;
    *result = drive_result(p->folder);
    if (*result != NULL) {
        return CLI_OK;
    }
    const bool begun = cli_join(path, p->folder, "experiment.toml") && cli_is_file(path);
    int code =
        begun ? folder_continue(&folder, p->folder) : folder_begin(&folder, p->folder, true);
    if (code == CLI_OK) {
        code = drive_run(&p->setup, &folder, !begun, how, result);
        folder_abandon(&folder); // of a run that has begun nothing goes
    }
    return code;
}

static json_t *coordinates_json(const experiment *grid, const experiment *setup) {
    json_t *object = json_object();
    for (int64_t i = 0; i < grid->axes; i++) {
        const char *name = grid->axis[i].name;
        experiment_table table;
        for (int64_t t = 0; experiment_get_table(setup, t, &table); t++) {
            const size_t length = strlen(table.name);
            const bool is_its = strncmp(name, table.name, length) == 0 && name[length] == '.';
            pes_field_place place;
            if (is_its && pes_field_locate(table.fields, table.options, name + length + 1,
                                           &place) == PES_OK) {
                json_object_set_new(object, name,
                                    experiment_value_json(&place.field, place.options));
            }
        }
    }
    return object;
}

static json_t *row_json(const experiment *grid, const point *p, const json_t *result,
                        int code) {
    static const char *const copied[] = {"objective",   "objective_error", "first_objective",
                                         "inner_steps", "updates",         "seconds"};
    json_t *row = json_object();
    json_object_set_new(row, "name", json_string(p->name));
    json_object_set_new(row, "status", json_string(code == CLI_OK ? "finished" : "failed"));
    if (p->setup.variant_name != NULL) {
        json_object_set_new(row, "variant", json_string(p->setup.variant_name));
    }
    json_object_set_new(row, "coordinates", coordinates_json(grid, &p->setup));
    for (size_t i = 0; result != NULL && i < sizeof copied / sizeof *copied; i++) {
        json_object_set(row, copied[i], json_object_get(result, copied[i]));
    }
    if (code != CLI_OK) {
        json_object_set_new(row, "message", json_string(cli_last_sentence()));
    }
    return row;
}

// One run of the grid: a new row for the summary, or CLI_INTERRUPTED.
static int run_point(const experiment *grid, int64_t index, const char *folder,
                     const drive_options *how, json_t *rows) {
    point p;
    int code = open_point(&p, grid, index, folder);
    if (code != CLI_OK) {
        return code;
    }
    char label[EXPERIMENT_NAME + 64];
    snprintf(label, sizeof label, "[%lld/%lld %s] ", (long long)(index + 1),
             (long long)experiment_runs(grid), p.name);
    const drive_options inner = {
        .data = how->data, .label = label, .resume = folder, .quiet = how->quiet};
    json_t *result = NULL;
    code = drive_point(&p, &inner, &result);
    if (code != CLI_INTERRUPTED) {
        json_array_append_new(rows, row_json(grid, &p, result, code));
    }
    json_decref(result);
    experiment_free(&p.setup);
    return code;
}

static int write_summary(json_t *summary, const char *folder) {
    char path[CLI_PATH];
    return cli_join(path, folder, "sweep.json")
               ? cli_write_json(path, summary)
               : cli_fail(CLI_FAILED, "the path is too long: %s", folder);
}

int campaign_run(const experiment *grid, const run_folder *folder, const drive_options *how,
                 json_t **summary) {
    json_t *rows = json_array();
    int64_t failed = 0;
    *summary = NULL;
    for (int64_t i = 0; i < experiment_runs(grid); i++) {
        int code = run_point(grid, i, folder->path, how, rows);
        if (code != CLI_INTERRUPTED && stop_wanted() && i + 1 < experiment_runs(grid)) {
            code = cli_fail(CLI_INTERRUPTED,
                            "interrupted after run %lld; continue with: pes resume %s",
                            (long long)(i + 1), folder->path);
        }
        if (code == CLI_INTERRUPTED) {
            json_decref(rows);
            return code;
        }
        failed += code != CLI_OK;
    }
    *summary = json_object();
    json_object_set_new(*summary, "version", json_string(pes_version()));
    json_object_set_new(*summary, "status", json_string(failed > 0 ? "failed" : "finished"));
    json_object_set_new(*summary, "failed", json_integer(failed));
    json_object_set_new(*summary, "runs", rows);
    const int code = write_summary(*summary, folder->path);
    if (code == CLI_OK && failed > 0) {
        return cli_fail(CLI_FAILED,
                        "%lld of %lld runs failed; 'pes resume %s' tries them again",
                        (long long)failed, (long long)experiment_runs(grid), folder->path);
    }
    return code;
}

// ---- the summary --------------------------------------------------------------------

json_t *campaign_result(const experiment *grid, const char *folder) {
    char path[CLI_PATH];
    for (int64_t i = 0; i < experiment_runs(grid); i++) {
        point p;
        if (open_point(&p, grid, i, folder) != CLI_OK) {
            return NULL;
        }
        experiment_free(&p.setup);
        if (!cli_join(path, p.folder, "result.json") || !cli_is_file(path)) {
            return NULL;
        }
    }
    json_t *summary =
        cli_join(path, folder, "sweep.json") ? json_load_file(path, 0, NULL) : NULL;
    const char *status = json_string_value(json_object_get(summary, "status"));
    if (status == NULL || strcmp(status, "finished") != 0) {
        json_decref(summary);
        return NULL;
    }
    return summary;
}

static const char *short_number(const json_t *row, const char *key, char out[CLI_NUMBER_SIZE]) {
    const json_t *value = json_object_get(row, key);
    return json_is_number(value) ? cli_short(json_number_value(value), out) : "-";
}

static void print_summary(const json_t *summary) {
    const json_t *rows = json_object_get(summary, "runs");
    int width = 3;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const char *name = json_string_value(json_object_get(json_array_get(rows, i), "name"));
        const int length = name != NULL ? (int)strlen(name) : 0;
        width = length > width ? length : width;
    }
    printf("%-*s  %-8s  %12s  %14s  %12s\n", width, "run", "status", "objective",
           "standard error", "at the start");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        char a[CLI_NUMBER_SIZE], b[CLI_NUMBER_SIZE], c[CLI_NUMBER_SIZE];
        const char *name = json_string_value(json_object_get(row, "name"));
        const char *status = json_string_value(json_object_get(row, "status"));
        printf("%-*s  %-8s  %12s  %14s  %12s\n", width, name != NULL ? name : "",
               status != NULL ? status : "", short_number(row, "objective", a),
               short_number(row, "objective_error", b),
               short_number(row, "first_objective", c));
    }
}

int campaign_finish(int code, json_t *end, const char *folder, bool quiet, bool json) {
    int printed = CLI_OK;
    if (end == NULL) {
        return code;
    }
    if (json) {
        printed = cli_json_print(end, true);
    } else {
        if (!quiet && json_object_get(end, "runs") != NULL) {
            print_summary(end);
        } else if (!quiet) {
            drive_print_result(end, folder);
        }
        json_decref(end);
        printed = cli_flush();
    }
    return code != CLI_OK ? code : printed;
}
