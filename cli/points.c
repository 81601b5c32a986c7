// Finding the points of a run in its folder.

#include "cli/points.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/drive.h"
#include "cli/runs.h"
#include "cli/theta.h"

static int no_memory(void) {
    return cli_fail(CLI_FAILED, "there is no memory left");
}

// A further point, all zero; NULL without memory.
static run_point *add(run_points *points, const char *label) {
    run_point *point = &points->point[points->count];
    point->update = (double)NAN;
    point->theta = calloc((size_t)points->params, sizeof *point->theta);
    if (point->theta == NULL) {
        return NULL;
    }
    snprintf(point->label, sizeof point->label, "%s", label);
    points->count++;
    return point;
}

void points_free(run_points *points) {
    for (int64_t i = 0; i < points->count; i++) {
        free(points->point[i].theta);
    }
    free(points->begun);
    free(points->learned);
    points->count = 0;
    points->begun = points->learned = NULL;
}

bool points_same(const run_points *points, int64_t i, int64_t k) {
    const size_t bytes = (size_t)points->params * sizeof(float);
    return memcmp(points->point[i].theta, points->point[k].theta, bytes) == 0;
}

int64_t points_index(const run_points *points, const char *label) {
    char known[POINTS_MOST * (POINTS_LABEL + 2)] = "";
    for (int64_t i = 0; i < points->count; i++) {
        const size_t used = strlen(known);
        if (strcmp(points->point[i].label, label) == 0) {
            return i;
        }
        snprintf(known + used, sizeof known - used, "%s%s", i > 0 ? ", " : "",
                 points->point[i].label);
    }
    cli_fail(CLI_USAGE, "--point %s: %s has no such point; those it has are %s", label,
             points->folder, known);
    return -1;
}

void points_drop(run_points *points, int64_t index) {
    free(points->point[index].theta);
    points->count--;
    memmove(&points->point[index], &points->point[index + 1],
            (size_t)(points->count - index) * sizeof *points->point);
}

// ---- of the run -----------------------------------------------------------------------

// The row with the lowest objective; -1 if the file has no theta of this length.
static int64_t best_row(const runs_rows *rows, int64_t params) {
    int64_t best = -1;
    for (int64_t i = 0; rows->params == params && i < rows->count; i++) {
        const double value = rows->row[i].value;
        if (isfinite(value) && (best < 0 || value < rows->row[best].value)) {
            best = i;
        }
    }
    return best;
}

static int take_row(run_points *points, const char *label, const runs_rows *rows, int64_t row) {
    run_point *point = add(points, label);
    if (point == NULL) {
        return no_memory();
    }
    point->update = rows->row[row].update;
    memcpy(point->theta, rows->theta + row * points->params,
           (size_t)points->params * sizeof *point->theta);
    return CLI_OK;
}

static int take_end(run_points *points) {
    run_point *point = add(points, "end");
    if (point == NULL) {
        return no_memory();
    }
    json_t *result = drive_result(points->folder);
    if (result != NULL) {
        point->update = json_number_value(json_object_get(result, "updates"));
        json_decref(result);
    }
    const int code = theta_of_run(points->folder, points->params, point->theta);
    return code == CLI_GO
               ? cli_fail(CLI_USAGE,
                          "%s has neither a result nor a checkpoint; pes resume %s goes on",
                          points->folder, points->folder)
               : code;
}

static int take_best(run_points *points, const runs_rows *rows) {
    const int64_t row = best_row(rows, points->params);
    return row < 0 ? CLI_OK : take_row(points, "best", rows, row);
}

static int take_average(run_points *points) {
    run_point *point = add(points, "average");
    if (point == NULL) {
        return no_memory();
    }
    const int code = theta_average_of_result(points->folder, points->params, point->theta);
    if (code == CLI_GO) { // it has none
        points_drop(points, points->count - 1);
    }
    return code == CLI_GO ? CLI_OK : code;
}

// What the run began with: its first evaluation knows; without one, the problem.
static int take_start(run_points *points, const runs_rows *rows, const float *start) {
    if (rows->count > 0 && rows->params == points->params && rows->row[0].update == 0.0) {
        return take_row(points, "start", rows, 0);
    }
    run_point *point = add(points, "start");
    if (point == NULL) {
        return no_memory();
    }
    point->update = 0.0;
    memcpy(point->theta, start, (size_t)points->params * sizeof *start);
    return CLI_OK;
}

// ---- of the user ----------------------------------------------------------------------

static int wrong_list(const char *text, int64_t params) {
    return cli_fail(CLI_USAGE,
                    "--theta %s: write NAME=DIR, or NAME= and %lld number%s with commas "
                    "between them",
                    text, (long long)params, params == 1 ? "" : "s");
}

static int read_numbers(const char *text, const char *at, int64_t params, float *theta) {
    for (int64_t p = 0; p < params; p++) {
        char *end = NULL;
        theta[p] = strtof(at, &end);
        const char expected = p + 1 < params ? ',' : '\0';
        if (end == at || *end != expected || !isfinite(theta[p])) {
            return wrong_list(text, params);
        }
        at = end + 1;
    }
    return CLI_OK;
}

// Has the run in that folder anything to do with this one?
static int check_rival(const char *folder, const experiment *setup,
                       const pes_problem *problem) {
    experiment rival;
    int code = experiment_load(&rival, folder, NULL);
    if (code != CLI_OK) {
        return code;
    }
    if (rival.type != setup->type) {
        code = cli_fail(CLI_USAGE, "%s is a run of %s, not of %s; name a run of one problem",
                        folder, rival.type->name, setup->type->name);
    } else if (pes_problem_system(problem)->common_bytes > 0) {
        code = cli_fail(CLI_USAGE,
                        "the particles of %s have learned something in common of their own, as "
                        "the mean of their observations, which theta is nothing without; "
                        "evaluate it by itself",
                        folder);
    }
    experiment_free(&rival);
    return code;
}

static int take_given(run_points *points, const experiment *setup, const pes_problem *problem,
                      const char *text) {
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text || equals - text >= POINTS_LABEL) {
        return wrong_list(text, points->params);
    }
    char label[POINTS_LABEL];
    snprintf(label, sizeof label, "%.*s", (int)(equals - text), text);
    for (int64_t i = 0; i < points->count; i++) {
        if (strcmp(points->point[i].label, label) == 0) {
            return cli_fail(CLI_USAGE, "--theta %s: there is a point '%s' already", text,
                            label);
        }
    }
    run_point *point = add(points, label);
    if (point == NULL) {
        return no_memory();
    }
    if (!cli_is_folder(equals + 1)) {
        return read_numbers(text, equals + 1, points->params, point->theta);
    }
    int code = check_rival(equals + 1, setup, problem);
    code = code == CLI_OK ? theta_of_run(equals + 1, points->params, point->theta) : code;
    return code == CLI_GO
               ? cli_fail(CLI_USAGE, "--theta %s: %s has no theta yet", text, equals + 1)
               : code;
}

// ---- what particles learned in common -------------------------------------------------

// NULL where there is nothing of the kind. False without memory.
static bool copy_common(const pes_problem *problem, void **out) {
    const size_t bytes = (size_t)pes_problem_system(problem)->common_bytes;
    *out = bytes > 0 ? malloc(bytes) : NULL;
    if (*out != NULL) {
        memcpy(*out, pes_problem_common(problem), bytes);
    }
    return bytes == 0 || *out != NULL;
}

int points_prepare(run_points *points, int64_t index, pes_problem *problem) {
    const int64_t bytes = pes_problem_system(problem)->common_bytes;
    const void *common = index + 1 < points->count ? points->learned : points->begun;
    if (bytes > 0 && common == NULL) { // the first time
        const int code = theta_common_of_run(points->folder, problem);
        return code != CLI_OK                           ? code
               : copy_common(problem, &points->learned) ? CLI_OK
                                                        : no_memory();
    }
    const pes_status status = pes_problem_set_common(problem, common, bytes);
    return status == PES_OK ? CLI_OK : cli_fail_status(status, points->folder);
}

// ---- all ------------------------------------------------------------------------------

int points_find(run_points *out, const char *folder, const experiment *setup,
                const pes_problem *problem, const cli_texts *given) {
    const pes_system *system = pes_problem_system(problem);
    *out = (run_points){.folder = folder, .params = system->num_params};
    runs_rows rows;
    if (!copy_common(problem, &out->begun)) {
        return no_memory();
    }
    int code = runs_read_rows(&rows, folder, "evaluations.jsonl", "objective");
    code = code == CLI_OK ? take_end(out) : code;
    if (system->common_bytes == 0) { // what belongs to an earlier theta is gone
        code = code == CLI_OK ? take_best(out, &rows) : code;
        code = code == CLI_OK ? take_average(out) : code;
    }
    for (int64_t i = 0; code == CLI_OK && i < given->count; i++) {
        code = take_given(out, setup, problem, given->text[i]);
    }
    code = code == CLI_OK ? take_start(out, &rows, pes_problem_theta(problem)) : code;
    runs_free_rows(&rows);
    return code;
}
