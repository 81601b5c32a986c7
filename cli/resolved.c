// An experiment on its way out: as TOML with every setting written, and as JSON.

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/experiment.h"

// ---- TOML ---------------------------------------------------------------------------

static void print_text(FILE *out, const char *text) {
    fputc('"', out);
    for (; text != NULL && *text != '\0'; text++) {
        const unsigned char letter = (unsigned char)*text;
        if (letter == '"' || letter == '\\') {
            fprintf(out, "\\%c", letter);
        } else if (letter < 0x20 || letter == 0x7f) {
            fprintf(out, "\\u%04X", letter);
        } else {
            fputc(letter, out);
        }
    }
    fputc('"', out);
}

static void print_real(FILE *out, double x) {
    char number[CLI_NUMBER_SIZE];
    cli_real(x, number);
    fprintf(out, "%s%s", number, strpbrk(number, ".en") == NULL ? ".0" : "");
}

static void print_integers(FILE *out, const pes_int_list *list) {
    for (int64_t i = 0; i < list->count; i++) {
        fprintf(out, "%s%" PRId64, i > 0 ? ", " : "", list->value[i]);
    }
}

static void print_reals(FILE *out, const pes_real_list *list) {
    for (int64_t i = 0; i < list->count; i++) {
        fputs(i > 0 ? ", " : "", out);
        print_real(out, list->value[i]);
    }
}

// The settings of one row on one line.
static void print_row(FILE *out, const pes_field_table *table, const void *row) {
    const char *comma = "";
    fputc('{', out);
    for (int64_t i = 0; i < table->count; i++) {
        const pes_value value = pes_field_get(&table->field[i], row);
        fprintf(out, "%s%s = ", comma, table->field[i].name);
        experiment_print_value(out, &value);
        comma = ", ";
    }
    fputc('}', out);
}

void experiment_print_value(FILE *out, const pes_value *value) {
    switch (value->type) {
    case PES_FIELD_INT:
        fprintf(out, "%" PRId64, value->integer);
        break;
    case PES_FIELD_REAL:
        print_real(out, value->real);
        break;
    case PES_FIELD_BOOL:
        fputs(value->boolean ? "true" : "false", out);
        break;
    case PES_FIELD_SEED:
        fprintf(out, "%" PRIu64, value->seed);
        break;
    case PES_FIELD_CHOICE:
    case PES_FIELD_TEXT:
        print_text(out, value->text);
        break;
    case PES_FIELD_INT_LIST:
    case PES_FIELD_REAL_LIST:
        fputc('[', out);
        if (value->type == PES_FIELD_INT_LIST) {
            print_integers(out, &value->integers);
        } else {
            print_reals(out, &value->reals);
        }
        fputc(']', out);
        break;
    case PES_FIELD_ROWS:
        fputc('[', out);
        for (int64_t i = 0; i < value->count; i++) {
            fputs(i > 0 ? ", " : "", out);
            print_row(out, value->table, pes_value_row(value, i));
        }
        fputc(']', out);
        break;
    }
}

// May a setting differ between two sittings of one run? A search's points may where they are
// only its end; elsewhere they decide what comes first.
static bool may_change(const experiment *setup, const char *table, const char *name) {
    static const char *const free_names[][2] = {
        {"run", "threads"},   {"run", "updates"},          {"run", "inner_steps"},
        {"run", "events"},    {"run", "checkpoint_every"}, {"run", "checkpoint_seconds"},
        {"search", "cohort"}, {"search", "points"},
    };
    const bool is_random = strcmp(setup->search.method, "random") == 0;
    for (size_t i = 0; i < sizeof free_names / sizeof *free_names; i++) {
        if (strcmp(table, free_names[i][0]) == 0 && strcmp(name, free_names[i][1]) == 0) {
            return strcmp(name, "points") != 0 || is_random;
        }
    }
    return false;
}

static char *value_text(const pes_field *field, const void *options) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out != NULL) {
        const pes_value value = pes_field_get(field, options);
        experiment_print_value(out, &value);
        fclose(out);
    }
    return text;
}

static bool is_default(const pes_field *field, const pes_field_table *table,
                       const void *options) {
    void *defaults = calloc(1, table->struct_size);
    bool same = false;
    if (defaults != NULL) {
        table->set_default(defaults);
        char *usual = value_text(field, defaults), *here = value_text(field, options);
        same = usual != NULL && here != NULL && strcmp(usual, here) == 0;
        free(usual);
        free(here);
    }
    free(defaults);
    return same;
}

// A fingerprint names what departs from the defaults only, so that a setting that a later
// version adds does not part a run from its checkpoints. experiment.toml names everything:
// where a later version has another default, the run keeps the old one and is refused, not
// changed.
static bool is_printed(const experiment *setup, const experiment_table *table,
                       const pes_field *field, bool fingerprint) {
    const bool is_horizon =
        table->options == &setup->estimator && strcmp(field->name, "horizon") == 0;
    if (experiment_elsewhere(table->name, field->name) != NULL ||
        (is_horizon && !setup->horizon_given)) {
        return false;
    }
    // A file may be moved between two sittings; its sum is a setting, too.
    return !fingerprint ||
           (!experiment_is_path(field) && !may_change(setup, table->name, field->name) &&
            !is_default(field, table->fields, table->options));
}

static void print_setting(FILE *out, const pes_field *field, const void *options) {
    const pes_value value = pes_field_get(field, options);
    fprintf(out, "%s = ", field->name);
    experiment_print_value(out, &value);
    fputc('\n', out);
}

// A list of tables, each below a header of its own; they end the table that they are in.
static void print_rows(FILE *out, const pes_value *list, bool fingerprint) {
    const pes_field_table *table = list->table;
    for (int64_t i = 0; i < list->count; i++) {
        const void *row = pes_value_row(list, i);
        fprintf(out, "\n[[%s]]\n", table->name);
        for (int64_t j = 0; j < table->count; j++) {
            if (!fingerprint || !is_default(&table->field[j], table, row)) {
                print_setting(out, &table->field[j], row);
            }
        }
    }
}

static bool has_rows(const pes_field *field, const void *options) {
    return field->type == PES_FIELD_ROWS && pes_field_get(field, options).count > 0;
}

static void print_table(FILE *out, const experiment *setup, const experiment_table *table,
                        bool fingerprint) {
    const pes_field_table *fields = table->fields;
    for (int64_t i = 0; i < fields->count; i++) {
        const pes_field *field = &fields->field[i];
        if (!has_rows(field, table->options) && is_printed(setup, table, field, fingerprint)) {
            print_setting(out, field, table->options);
        }
    }
    for (int64_t i = 0; i < fields->count; i++) {
        if (has_rows(&fields->field[i], table->options)) {
            const pes_value list = pes_field_get(&fields->field[i], table->options);
            print_rows(out, &list, fingerprint);
        }
    }
}

static void print_settings(FILE *out, const experiment *setup, bool fingerprint) {
    experiment_table table;
    for (int64_t t = 0; experiment_get_table(setup, t, &table); t++) {
        const bool is_idle = table.options == &setup->search && !experiment_is_search(setup);
        if (fingerprint && is_idle) {
            continue; // what an unused table says parts no run from its checkpoints
        }
        fprintf(out, "%s[%s]\n", t > 0 ? "\n" : "", table.name);
        if (table.options == setup->problem) {
            fprintf(out, "name = \"%s\"\n", setup->type->name);
        }
        print_table(out, setup, &table, fingerprint);
    }
}

static void print_sweep(FILE *out, const experiment *setup) {
    for (int64_t i = 0; i < setup->axes; i++) {
        const experiment_axis *axis = &setup->axis[i];
        fprintf(out, "%s\"%s\" = [", i == 0 ? "\n[sweep]\n" : "", axis->name);
        for (int64_t j = 0; j < axis->count; j++) {
            fputs(j > 0 ? ", " : "", out);
            experiment_print_value(out, &axis->value[j]->value);
        }
        fputs("]\n", out);
    }
}

static void print_variants(FILE *out, const experiment *setup) {
    for (int64_t i = 0; i < setup->variants; i++) {
        const experiment_variant *variant = &setup->variant[i];
        fputs("\n[[variant]]\nname = ", out);
        print_text(out, variant->name);
        fputc('\n', out);
        for (int64_t j = 0; j < variant->count; j++) {
            fprintf(out, "\"%s\" = ", variant->setting[j]->key);
            experiment_print_value(out, &variant->setting[j]->value);
            fputc('\n', out);
        }
    }
    if (setup->variant_name != NULL) {
        fputs("\n[variant]\nname = ", out);
        print_text(out, setup->variant_name);
        fputc('\n', out);
    }
}

static char *print_all(const experiment *setup, bool fingerprint) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        return NULL;
    }
    if (!fingerprint) {
        fprintf(out, "# Every setting of this run, as pes %s resolved them.\n\n",
                pes_version());
    }
    print_settings(out, setup, fingerprint);
    if (!fingerprint) {
        print_sweep(out, setup);
        print_variants(out, setup);
    }
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

char *experiment_text(const experiment *setup) {
    return print_all(setup, false);
}

char *experiment_fingerprint(const experiment *setup) {
    return print_all(setup, true);
}

// ---- JSON ---------------------------------------------------------------------------

static json_t *integers_json(const pes_int_list *list) {
    json_t *array = json_array();
    for (int64_t i = 0; i < list->count; i++) {
        json_array_append_new(array, json_integer(list->value[i]));
    }
    return array;
}

static json_t *reals_json(const pes_real_list *list) {
    json_t *array = json_array();
    for (int64_t i = 0; i < list->count; i++) {
        json_array_append_new(array, cli_json_real(list->value[i]));
    }
    return array;
}

static json_t *rows_json(const pes_value *list) {
    json_t *array = json_array();
    for (int64_t i = 0; i < list->count; i++) {
        json_t *object = json_object();
        for (int64_t j = 0; j < list->table->count; j++) {
            const pes_field *field = &list->table->field[j];
            json_object_set_new(object, field->name,
                                experiment_value_json(field, pes_value_row(list, i)));
        }
        json_array_append_new(array, object);
    }
    return array;
}

json_t *experiment_value_json(const pes_field *field, const void *options) {
    const pes_value value = pes_field_get(field, options);
    switch (value.type) {
    case PES_FIELD_INT:
        return json_integer(value.integer);
    case PES_FIELD_REAL:
        return cli_json_real(value.real);
    case PES_FIELD_BOOL:
        return json_boolean(value.boolean);
    case PES_FIELD_SEED:
        return json_integer((json_int_t)value.seed); // TOML's integers end at 2^63 - 1
    case PES_FIELD_CHOICE:
    case PES_FIELD_TEXT:
        return value.text != NULL ? json_string(value.text) : json_null();
    case PES_FIELD_INT_LIST:
        return integers_json(&value.integers);
    case PES_FIELD_REAL_LIST:
        return reals_json(&value.reals);
    case PES_FIELD_ROWS:
        return rows_json(&value);
    }
    return json_null();
}

json_t *experiment_json(const experiment *setup) {
    json_t *all = json_object();
    experiment_table table;
    for (int64_t t = 0; experiment_get_table(setup, t, &table); t++) {
        json_t *object = json_object();
        if (table.options == setup->problem) {
            json_object_set_new(object, "name", json_string(setup->type->name));
        }
        for (int64_t i = 0; i < table.fields->count; i++) {
            const pes_field *field = &table.fields->field[i];
            if (experiment_elsewhere(table.name, field->name) == NULL) {
                json_object_set_new(object, field->name,
                                    experiment_value_json(field, table.options));
            }
        }
        json_object_set_new(all, table.name, object);
    }
    return all;
}
