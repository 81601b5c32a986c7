// The grid of a sweep: its axes, its points, and their names.

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cli/experiment.h"

// ---- axes ---------------------------------------------------------------------------

bool experiment_split_name(const char *name, char table[64], const char **key) {
    const char *dot = strchr(name, '.');
    if (dot == NULL || dot == name || dot[1] == '\0' || dot - name >= 64) {
        return false;
    }
    memcpy(table, name, (size_t)(dot - name));
    table[dot - name] = '\0';
    *key = dot + 1;
    return true;
}

static bool same_value(const pes_value *a, const pes_value *b) {
    const bool numbers = (a->type == PES_FIELD_INT || a->type == PES_FIELD_REAL) &&
                         (b->type == PES_FIELD_INT || b->type == PES_FIELD_REAL);
    if (numbers) {
        const double x = a->type == PES_FIELD_INT ? (double)a->integer : a->real;
        const double y = b->type == PES_FIELD_INT ? (double)b->integer : b->real;
        return x == y && (a->type != b->type || a->integer == b->integer);
    }
    if (a->type != b->type) {
        return false;
    }
    if (a->type == PES_FIELD_TEXT) {
        return strcmp(a->text, b->text) == 0;
    }
    return a->boolean == b->boolean &&
           memcmp(&a->integers, &b->integers, sizeof a->integers) == 0 &&
           memcmp(&a->reals, &b->reals, sizeof a->reals) == 0;
}

int experiment_try(const experiment *grid, const experiment_source *source, const char *name,
                   const toml_entry *entry) {
    char table[64];
    const char *key = NULL;
    experiment_split_name(name, table, &key);
    experiment trial = *grid;
    const size_t size = grid->type->fields->struct_size;
    trial.problem = malloc(size);
    if (trial.problem == NULL) {
        return cli_fail(CLI_FAILED, "there is no memory left");
    }
    memcpy(trial.problem, grid->problem, size);
    const int code = experiment_set(&trial, source, table, key, entry);
    free(trial.problem);
    return code;
}

static int check_axis_entry(const experiment *grid, const experiment_source *source,
                            const toml_entry *entry) {
    char table[64];
    const char *key = NULL;
    if (!experiment_split_name(entry->key, table, &key)) {
        return experiment_complain(source, entry->line, entry->column,
                                   "an axis is named after its table and setting, as in "
                                   "\"estimator.truncation\", not '%s'",
                                   entry->key);
    }
    if (strcmp(entry->key, "problem.name") == 0) {
        return experiment_complain(source, entry->line, entry->column,
                                   "a sweep stays with one problem; write one file for each");
    }
    if (entry->kind == TOML_EMPTY) {
        return experiment_complain(source, entry->value_line, entry->value_column,
                                   "the axis \"%s\" is empty; give it at least one value",
                                   entry->key);
    }
    if (entry->element < 0) {
        return experiment_complain(source, entry->value_line, entry->value_column,
                                   "the axis \"%s\" must be a list of values in brackets",
                                   entry->key);
    }
    return experiment_try(grid, source, entry->key, entry);
}

// The axis of that name, a new one, or NULL when there are too many.
static experiment_axis *find_axis(experiment *grid, const char *name, int64_t source) {
    for (int64_t i = 0; i < grid->axes; i++) {
        if (strcmp(grid->axis[i].name, name) == 0) {
            if (grid->axis[i].source != source) {
                grid->axis[i].source = source; // a --set replaces the file's axis
                grid->axis[i].count = 0;
            }
            return &grid->axis[i];
        }
    }
    if (grid->axes == EXPERIMENT_AXES) {
        return NULL;
    }
    grid->axis[grid->axes] = (experiment_axis){.name = name, .source = source};
    return &grid->axis[grid->axes++];
}

static int add_value(experiment *grid, int64_t number, const toml_entry *entry) {
    const experiment_source *source = &grid->source[number];
    experiment_axis *axis = find_axis(grid, entry->key, number);
    if (axis == NULL) {
        return experiment_complain(source, entry->line, entry->column,
                                   "a sweep has at most %d axes", EXPERIMENT_AXES);
    }
    for (int64_t i = 0; i < axis->count; i++) {
        if (same_value(&axis->value[i]->value, &entry->value)) {
            return experiment_complain(source, entry->value_line, entry->value_column,
                                       "the axis \"%s\" has this value twice", axis->name);
        }
    }
    const size_t count = (size_t)axis->count + 1;
    const toml_entry **value = realloc(axis->value, count * sizeof(const toml_entry *));
    if (value == NULL) {
        return cli_fail(CLI_FAILED, "there is no memory left");
    }
    axis->value = value;
    axis->value[axis->count++] = entry;
    return CLI_OK;
}

bool experiment_sets(const experiment_source *set, const char *name) {
    for (int64_t i = 0; i < set->document->count; i++) {
        const toml_entry *entry = &set->document->entry[i];
        char given[CLI_PATH];
        const int length = snprintf(given, sizeof given, "%s.%s", entry->table, entry->key);
        const bool same =
            entry->kind != TOML_TABLE && strncmp(name, given, (size_t)length) == 0;
        if (same && (name[length] == '\0' || name[length] == '.')) {
            return true;
        }
    }
    return false;
}

// A setting given by --set is fixed: its axis, if the file has one, goes.
static void drop_fixed_axes(experiment *grid) {
    for (int64_t s = 1; s < grid->sources; s++) {
        for (int64_t i = 0; i < grid->axes; i++) {
            if (grid->axis[i].source < s &&
                experiment_sets(&grid->source[s], grid->axis[i].name)) {
                free(grid->axis[i].value);
                memmove(&grid->axis[i], &grid->axis[i + 1],
                        (size_t)(grid->axes - i - 1) * sizeof *grid->axis);
                grid->axes--;
                break;
            }
        }
    }
}

int experiment_read_sweep(experiment *grid) {
    int code = CLI_OK;
    for (int64_t s = 0; code == CLI_OK && s < grid->sources; s++) {
        const toml_document *document = grid->source[s].document;
        for (int64_t i = 0; code == CLI_OK && i < document->count; i++) {
            const toml_entry *entry = &document->entry[i];
            if (strcmp(entry->table, "sweep") != 0 || entry->kind == TOML_TABLE ||
                strcmp(entry->key, "variant") == 0) {
                continue;
            }
            code = check_axis_entry(grid, &grid->source[s], entry);
            if (code == CLI_OK) {
                code = add_value(grid, s, entry);
            }
        }
    }
    if (code == CLI_OK) {
        drop_fixed_axes(grid);
    }
    return code;
}

// ---- points -------------------------------------------------------------------------

bool experiment_is_sweep(const experiment *setup) {
    return setup->axes > 0 || setup->variants > 0;
}

int64_t experiment_runs(const experiment *grid) {
    int64_t runs = grid->variants > 0 ? grid->variants : 1;
    for (int64_t i = 0; i < grid->axes && runs <= EXPERIMENT_RUNS; i++) {
        runs *= grid->axis[i].count;
    }
    return runs;
}

// The value's number on each axis; the last axis runs fastest. Returns the variant's number.
static int64_t coordinates(const experiment *grid, int64_t index,
                           int64_t out[EXPERIMENT_AXES]) {
    for (int64_t i = grid->axes - 1; i >= 0; i--) {
        out[i] = index % grid->axis[i].count;
        index /= grid->axis[i].count;
    }
    return index;
}

// A value as part of a folder's name; texts and truncations speak for themselves, other numbers
// follow the setting's name: pes-10-seed1.
static void append_coordinate(char name[EXPERIMENT_NAME], const experiment_axis *axis,
                              const toml_entry *entry) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        return;
    }
    const bool is_text = entry->value.type == PES_FIELD_TEXT;
    if (!is_text && strcmp(axis->name, "estimator.truncation") != 0) {
        fputs(strchr(axis->name, '.') + 1, out);
    }
    if (is_text) {
        fputs(entry->value.text, out);
    } else {
        experiment_print_value(out, &entry->value);
    }
    if (fclose(out) == 0) {
        const size_t used = strlen(name);
        snprintf(name + used, EXPERIMENT_NAME - used, "%s%.60s", used > 0 ? "-" : "", text);
    }
    free(text);
}

// Letters that every file system and shell takes as they are.
static bool is_safe(char letter) {
    return isalnum((unsigned char)letter) || strchr("-_.+", letter) != NULL;
}

static void make_safe(char *name) {
    for (char *letter = name; *letter != '\0'; letter++) {
        const bool is_first_mark = letter == name && (*letter == '-' || *letter == '.');
        if (is_first_mark || !is_safe(*letter)) {
            *letter = '_';
        }
    }
}

// A variant's name is words: what lies between them becomes one mark.
static void begin_name(char name[EXPERIMENT_NAME], const char *variant) {
    size_t used = 0;
    for (const char *letter = variant; *letter != '\0' && used + 1 < EXPERIMENT_NAME;
         letter++) {
        if (is_safe(*letter) || used == 0 || is_safe(letter[-1])) {
            name[used++] = is_safe(*letter) ? *letter : '_';
        }
    }
    name[used] = '\0';
}

static void name_point(const experiment *grid, int64_t index, char name[EXPERIMENT_NAME]) {
    int64_t at[EXPERIMENT_AXES];
    const int64_t variant = coordinates(grid, index, at);
    begin_name(name, grid->variants > 0 ? grid->variant[variant].name : "");
    for (int64_t i = 0; i < grid->axes; i++) {
        append_coordinate(name, &grid->axis[i], grid->axis[i].value[at[i]]);
    }
    make_safe(name);
}

// Different values may have the same safe name; then the later ones get their number.
static void name_uniquely(const experiment *grid, int64_t index, char name[EXPERIMENT_NAME]) {
    name_point(grid, index, name);
    for (int64_t i = 0; i < index; i++) {
        char other[EXPERIMENT_NAME];
        name_point(grid, i, other);
        if (strcmp(name, other) == 0) {
            snprintf(name + strlen(name), EXPERIMENT_NAME - strlen(name), "_%lld",
                     (long long)index);
            return;
        }
    }
}

int experiment_point(const experiment *grid, int64_t index, experiment *out,
                     char name[EXPERIMENT_NAME]) {
    const size_t size = grid->type->fields->struct_size;
    *out = *grid;
    out->axes = 0;
    out->variants = 0;
    out->variant = NULL;
    out->sources = 0;
    out->problem = malloc(size);
    if (out->problem == NULL) {
        return cli_fail(CLI_FAILED, "there is no memory left");
    }
    memcpy(out->problem, grid->problem, size);
    int64_t at[EXPERIMENT_AXES];
    const int64_t variant = coordinates(grid, index, at);
    int code = grid->variants > 0 ? experiment_apply_variant(grid, variant, out) : CLI_OK;
    for (int64_t i = 0; code == CLI_OK && i < grid->axes; i++) {
        const experiment_axis *axis = &grid->axis[i];
        char table[64];
        const char *key = NULL;
        experiment_split_name(axis->name, table, &key);
        code = experiment_set(out, &grid->source[axis->source], table, key, axis->value[at[i]]);
    }
    name_uniquely(grid, index, name);
    if (code != CLI_OK) {
        experiment_free(out);
    }
    return code;
}
