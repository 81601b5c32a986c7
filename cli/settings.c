#include "cli/settings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/experiment.h"

// The default options of a table, to be freed; NULL without memory.
static void *default_options(const pes_field_table *table) {
    void *options = calloc(1, table->struct_size);
    if (options != NULL) {
        table->set_default(options);
    }
    return options;
}

static const char *unit(const pes_field *field) {
    return field->unit != NULL ? field->unit : "";
}

static void print_setting(const pes_field *field, const void *options) {
    char range[1024];
    const pes_value value = pes_field_get(field, options);
    if (field->type == PES_FIELD_CHOICE && value.text == NULL) {
        printf("  %s, to be given", field->name);
    } else {
        printf("  %s = ", field->name);
        experiment_print_value(stdout, &value);
    }
    printf("\n      %s.\n      %s%s%s\n", field->summary,
           pes_field_range(field, range, sizeof range), unit(field)[0] != '\0' ? ", in " : "",
           unit(field));
}

static void print_table(const pes_field_table *table, const char *open, const char *close) {
    void *options = default_options(table);
    printf("%s%s%s\n", open, table->name, close);
    for (int64_t i = 0; options != NULL && i < table->count; i++) {
        if (experiment_elsewhere(table->name, table->field[i].name) == NULL) {
            print_setting(&table->field[i], options);
        }
    }
    free(options);
}

void settings_print(const pes_field_table *table) {
    print_table(table, "[", "]");
    for (int64_t i = 0; i < table->count; i++) {
        if (table->field[i].type == PES_FIELD_ROWS) {
            print_table(table->field[i].rows, "\n[[", "]]");
        }
    }
}

static bool has_range(const pes_field *field) {
    return field->type == PES_FIELD_INT || field->type == PES_FIELD_REAL ||
           field->type == PES_FIELD_INT_LIST || field->type == PES_FIELD_REAL_LIST;
}

// An integer's bound is an integer where JSON's integers reach.
static json_t *bound_json(const pes_field *field, double bound) {
    const bool whole = field->type == PES_FIELD_INT || field->type == PES_FIELD_INT_LIST;
    return whole && fabs(bound) < 9e18 ? json_integer((json_int_t)bound) : cli_json_real(bound);
}

static json_t *choices_json(const pes_field *field) {
    json_t *array = json_array();
    for (int64_t i = 0; field->choice(i) != NULL; i++) {
        json_array_append_new(array, json_string(field->choice(i)));
    }
    return array;
}

static json_t *setting_json(const pes_field *field, const void *options) {
    static const char *const type[] = {
        [PES_FIELD_INT] = "integer",
        [PES_FIELD_REAL] = "number",
        [PES_FIELD_BOOL] = "boolean",
        [PES_FIELD_SEED] = "seed",
        [PES_FIELD_CHOICE] = "choice",
        [PES_FIELD_TEXT] = "text",
        [PES_FIELD_INT_LIST] = "list of integers",
        [PES_FIELD_REAL_LIST] = "list of numbers",
        [PES_FIELD_ROWS] = "list of tables",
    };
    char range[1024];
    json_t *object = json_object();
    json_object_set_new(object, "name", json_string(field->name));
    json_object_set_new(object, "type", json_string(type[field->type]));
    json_object_set_new(object, "default", experiment_value_json(field, options));
    json_object_set_new(object, "unit", json_string(unit(field)));
    json_object_set_new(object, "summary", json_string(field->summary));
    json_object_set_new(object, "range",
                        json_string(pes_field_range(field, range, sizeof range)));
    if (has_range(field)) {
        json_object_set_new(object, "minimum", bound_json(field, field->minimum));
        json_object_set_new(object, "maximum", bound_json(field, field->maximum));
        json_object_set_new(object, "above_minimum", json_boolean(field->above_minimum));
    }
    if (field->type == PES_FIELD_CHOICE) {
        json_object_set_new(object, "choices", choices_json(field));
    }
    if (field->type == PES_FIELD_ROWS) {
        json_object_set_new(object, "settings", settings_json(field->rows));
    }
    return object;
}

json_t *settings_json(const pes_field_table *table) {
    json_t *array = json_array();
    void *options = default_options(table);
    for (int64_t i = 0; options != NULL && i < table->count; i++) {
        if (experiment_elsewhere(table->name, table->field[i].name) == NULL) {
            json_array_append_new(array, setting_json(&table->field[i], options));
        }
    }
    free(options);
    return array;
}
