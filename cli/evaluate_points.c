// The points that `pes evaluate` looks at.

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/drive.h"
#include "cli/evaluate.h"
#include "cli/runs.h"
#include "cli/theta.h"

static int no_memory(void) {
    return cli_fail(CLI_FAILED, "there is no memory left");
}

// A further point, all zero; NULL without memory.
static evaluate_point *add(evaluate_study *study, const char *label) {
    evaluate_point *point = &study->point[study->points];
    point->update = (double)NAN;
    point->theta = calloc((size_t)study->params, sizeof *point->theta);
    if (point->theta == NULL) {
        return NULL;
    }
    snprintf(point->label, sizeof point->label, "%s", label);
    study->points++;
    return point;
}

void evaluate_free(evaluate_study *study) {
    for (int64_t i = 0; i < study->points; i++) {
        free(study->point[i].theta);
    }
    study->points = 0;
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

static int take_row(evaluate_study *study, const char *label, const runs_rows *rows,
                    int64_t row) {
    evaluate_point *point = add(study, label);
    if (point == NULL) {
        return no_memory();
    }
    point->update = rows->row[row].update;
    memcpy(point->theta, rows->theta + row * study->params,
           (size_t)study->params * sizeof *point->theta);
    return CLI_OK;
}

static int take_end(evaluate_study *study) {
    evaluate_point *point = add(study, "end");
    if (point == NULL) {
        return no_memory();
    }
    json_t *result = drive_result(study->folder);
    if (result != NULL) {
        point->update = json_number_value(json_object_get(result, "updates"));
        json_decref(result);
    }
    const int code = theta_of_run(study->folder, study->params, point->theta);
    return code == CLI_GO
               ? cli_fail(CLI_USAGE,
                          "%s has neither a result nor a checkpoint; pes resume %s goes on",
                          study->folder, study->folder)
               : code;
}

static int take_best(evaluate_study *study, const runs_rows *rows) {
    const int64_t row = best_row(rows, study->params);
    const size_t bytes = (size_t)study->params * sizeof(float);
    const bool is_end = row >= 0 && memcmp(rows->theta + row * study->params,
                                           study->point[0].theta, bytes) == 0;
    return row < 0 || is_end ? CLI_OK : take_row(study, "best", rows, row);
}

static int take_average(evaluate_study *study) {
    evaluate_point *point = add(study, "average");
    if (point == NULL) {
        return no_memory();
    }
    const int code = theta_average_of_result(study->folder, study->params, point->theta);
    if (code == CLI_GO) { // it has none
        free(point->theta);
        study->points--;
    }
    return code == CLI_GO ? CLI_OK : code;
}

// What the run began with: its first evaluation knows; without one, the problem.
static int take_start(evaluate_study *study, const runs_rows *rows, const float *start) {
    if (rows->count > 0 && rows->params == study->params && rows->row[0].update == 0.0) {
        return take_row(study, "start", rows, 0);
    }
    evaluate_point *point = add(study, "start");
    if (point == NULL) {
        return no_memory();
    }
    point->update = 0.0;
    memcpy(point->theta, start, (size_t)study->params * sizeof *start);
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

static int take_given(evaluate_study *study, const char *text) {
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text || equals - text >= EVALUATE_LABEL) {
        return wrong_list(text, study->params);
    }
    char label[EVALUATE_LABEL];
    snprintf(label, sizeof label, "%.*s", (int)(equals - text), text);
    for (int64_t i = 0; i < study->points; i++) {
        if (strcmp(study->point[i].label, label) == 0) {
            return cli_fail(CLI_USAGE, "--theta %s: there is a point '%s' already", text,
                            label);
        }
    }
    evaluate_point *point = add(study, label);
    if (point == NULL) {
        return no_memory();
    }
    if (!cli_is_folder(equals + 1)) {
        return read_numbers(text, equals + 1, study->params, point->theta);
    }
    const int code = theta_of_run(equals + 1, study->params, point->theta);
    return code == CLI_GO
               ? cli_fail(CLI_USAGE, "--theta %s: %s has no theta yet", text, equals + 1)
               : code;
}

int evaluate_find_points(evaluate_study *study, const float *start, const cli_texts *theta) {
    runs_rows rows;
    int code = runs_read_rows(&rows, study->folder, "evaluations.jsonl", "objective");
    code = code == CLI_OK ? take_end(study) : code;
    code = code == CLI_OK ? take_best(study, &rows) : code;
    code = code == CLI_OK ? take_average(study) : code;
    for (int64_t i = 0; code == CLI_OK && i < theta->count; i++) {
        code = take_given(study, theta->text[i]);
    }
    code = code == CLI_OK ? take_start(study, &rows, start) : code;
    runs_free_rows(&rows);
    return code;
}
