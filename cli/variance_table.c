// The table of `pes variance`: rows as JSON, read back, and printed for people.

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/variance.h"

// ---- rows -----------------------------------------------------------------------------

static void put_value(json_t *out, const char *name, const variance_value *value) {
    char error[64];
    snprintf(error, sizeof error, "%s_se", name);
    json_object_set_new(out, name, cli_json_real(value->value));
    json_object_set_new(out, error, cli_json_real(value->error));
}

static json_t *comparison(const variance_reference *reference, const variance_result *result) {
    json_t *out = json_object();
    put_value(out, "squared_error", &result->squared_error);
    put_value(out, "squared_bias", &result->squared_bias);
    put_value(out, "variance", &result->variance);
    json_object_set_new(out, "reference_error", cli_json_real(reference->error));
    return out;
}

json_t *variance_row(const variance_point *point, const char *label,
                     const variance_reference *reference, const variance_result *result,
                     const char *reason) {
    const pes_estimator_options *o = &point->setup->estimator;
    json_t *row = json_object();
    json_object_set_new(row, "curve", json_string(label));
    json_object_set_new(row, "method", json_string(o->method));
    json_object_set_new(row, "truncation", json_integer(o->truncation));
    json_object_set_new(row, "unrolls",
                        json_integer((o->horizon + o->truncation - 1) / o->truncation));
    json_object_set_new(row, "particles", json_integer(o->particles));
    json_object_set_new(row, "repetitions", json_integer(point->repetitions));
    if (reason != NULL) {
        json_object_set_new(row, "refused", json_string(reason));
    }
    for (int i = 0; reason == NULL && i < VARIANCE_REFERENCES; i++) {
        if (reference[i].gradient != NULL) {
            json_object_set_new(row, reference[i].name, comparison(&reference[i], &result[i]));
        }
    }
    return row;
}

int variance_read(const char *path, json_t **rows) {
    char *text = cli_read_file(path, NULL);
    if (text == NULL) {
        return cli_fail(CLI_FAILED, "%s could not be read: %s", path, strerror(errno));
    }
    *rows = json_array();
    int64_t line = 1;
    bool good = true;
    for (char *at = text; good && *at != '\0'; line++) {
        const size_t length = strcspn(at, "\n");
        json_t *row = json_loadb(at, length, 0, NULL);
        good = json_is_object(row);
        if (good && line > 1) {
            json_array_append(*rows, row);
        }
        json_decref(row);
        at += length + (at[length] == '\n');
    }
    free(text);
    if (good) {
        return CLI_OK;
    }
    json_decref(*rows);
    return cli_fail(CLI_USAGE,
                    "%s:%lld: this is no row of a table of variances; remove the file", path,
                    (long long)(line - 1));
}

// ---- the table ------------------------------------------------------------------------

enum { CELL = RUNS_LABEL, COLUMNS = 6 };

static void cell_value(char out[CELL], const json_t *comparison, const char *name) {
    char error[64], value[CLI_NUMBER_SIZE], deviation[CLI_NUMBER_SIZE];
    snprintf(error, sizeof error, "%s_se", name);
    const json_t *number = json_object_get(comparison, name);
    if (!json_is_number(number)) {
        snprintf(out, CELL, "-");
        return;
    }
    snprintf(value, sizeof value, "%.3g", json_number_value(number));
    snprintf(deviation, sizeof deviation, "%.1g",
             json_number_value(json_object_get(comparison, error)));
    snprintf(out, CELL, "%s (%s)", value, deviation);
}

static void print_row(const json_t *row, char cell[COLUMNS][CELL]) {
    static const char *const names[] = {"squared_error", "squared_bias", "variance"};
    const json_t *exact = json_object_get(row, "exact");
    const json_t *es = json_object_get(row, "full_es");
    snprintf(cell[0], CELL, "%s", json_string_value(json_object_get(row, "curve")));
    snprintf(cell[1], CELL, "%lld",
             (long long)json_integer_value(json_object_get(row, "truncation")));
    for (int i = 0; i < 3; i++) {
        cell_value(cell[2 + i], exact != NULL ? exact : es, names[i]);
    }
    cell_value(cell[5], exact != NULL ? es : NULL, names[0]);
}

static void print_lines(char (*cell)[COLUMNS][CELL], size_t lines) {
    int width[COLUMNS] = {0};
    for (size_t i = 0; i < lines; i++) {
        for (int c = 0; c < COLUMNS; c++) {
            const int length = (int)strlen(cell[i][c]);
            width[c] = length > width[c] ? length : width[c];
        }
    }
    for (size_t i = 0; i < lines; i++) {
        for (int c = 0; c < COLUMNS; c++) {
            printf("%s%*s", c > 0 ? "  " : "", c == 0 ? -width[c] : width[c], cell[i][c]);
        }
        putchar('\n');
    }
}

// The references' own errors, which the columns cannot go below.
static void print_references(const json_t *rows) {
    static const char *const names[] = {"exact", "full_es"};
    for (size_t i = 0; i < 2; i++) {
        double most = 0.0;
        bool any = false;
        for (size_t r = 0; r < json_array_size(rows); r++) {
            const json_t *own = json_object_get(
                json_object_get(json_array_get(rows, r), names[i]), "reference_error");
            any = any || own != NULL;
            most = json_is_number(own) && json_number_value(own) > most ? json_number_value(own)
                                                                        : most;
        }
        if (any) {
            printf("reference %s: expected squared error of its own %s%.2g\n", names[i],
                   most > 0.0 ? "up to " : "", most);
        }
    }
}

static void print_refusals(const json_t *rows) {
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        const char *reason = json_string_value(json_object_get(row, "refused"));
        if (reason != NULL) {
            printf("left out: %s, K = %lld: %s\n",
                   json_string_value(json_object_get(row, "curve")),
                   (long long)json_integer_value(json_object_get(row, "truncation")), reason);
        }
    }
}

int variance_print(const json_t *rows) {
    static const char *const head[COLUMNS] = {"curve",        "K",        "squared error",
                                              "squared bias", "variance", "to full ES"};
    const size_t count = json_array_size(rows);
    char(*cell)[COLUMNS][CELL] = calloc(count + 1, sizeof *cell);
    if (cell == NULL) {
        return cli_fail(CLI_FAILED, "there is no memory left");
    }
    for (int c = 0; c < COLUMNS; c++) {
        snprintf(cell[0][c], CELL, "%s", head[c]);
    }
    for (size_t i = 0; i < count; i++) {
        print_row(json_array_get(rows, i), cell[i + 1]);
    }
    print_lines(cell, count + 1);
    free(cell);
    print_refusals(rows);
    printf("\nover the squared norm of the reference; in parentheses one standard error\n");
    print_references(rows);
    return cli_flush();
}
