// Reading an experiment: a file and the --set texts, through the field tables.

#include "cli/experiment.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char *const table_name[] = {"problem", "estimator", "optimizer", "search", "run"};
enum { TABLES = sizeof table_name / sizeof *table_name };

static const char *any_table(int64_t index) {
    static const char *const other[] = {"sweep", "variant"};
    return index < TABLES       ? table_name[index]
           : index < TABLES + 2 ? other[index - TABLES]
                                : NULL;
}

bool experiment_get_table(const experiment *setup, int64_t index, experiment_table *out) {
    const experiment_table table[TABLES] = {
        {table_name[0], setup->type->fields, setup->problem},
        {table_name[1], pes_estimator_fields(), (void *)&setup->estimator},
        {table_name[2], pes_optimizer_fields(), (void *)&setup->optimizer},
        {table_name[3], pes_search_fields(), (void *)&setup->search},
        {table_name[4], pes_trainer_fields(), (void *)&setup->run},
    };
    if (index < 0 || index >= TABLES) {
        return false;
    }
    *out = table[index];
    return true;
}

bool experiment_is_search(const experiment *setup) {
    return strcmp(setup->search.method, "none") != 0;
}

const char *experiment_method(const experiment *setup) {
    return experiment_is_search(setup) ? setup->search.method : setup->estimator.method;
}

const char *experiment_elsewhere(const char *table, const char *key) {
    static const char *const runs[] = {"seed", "threads"};
    for (size_t i = 0; strcmp(table, "estimator") == 0 && i < 2; i++) {
        if (strcmp(key, runs[i]) == 0) {
            return "run";
        }
    }
    return NULL;
}

int experiment_complain(const experiment_source *source, int64_t line, int64_t column,
                        const char *format, ...) {
    char sentence[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    if (source->set != NULL) {
        const int first_line = (int)strcspn(source->set, "\r\n");
        return cli_fail(CLI_USAGE, "--set %.*s: %s", first_line, source->set, sentence);
    }
    return cli_fail(CLI_USAGE, "%s:%lld:%lld: %s", source->path, (long long)line,
                    (long long)column, sentence);
}

// ---- settings -----------------------------------------------------------------------

static bool find_table(const experiment *setup, const char *name, experiment_table *out) {
    for (int64_t i = 0; experiment_get_table(setup, i, out); i++) {
        if (strcmp(out->name, name) == 0) {
            return true;
        }
    }
    return false;
}

static int unknown_setting(const experiment *setup, const experiment_source *source,
                           const experiment_table *table, const char *key,
                           const toml_entry *entry) {
    const char *nearest = pes_field_nearest(table->fields, key);
    const bool is_problem = table->options == setup->problem;
    const char *page = is_problem ? setup->type->name : table->name;
    char guess[128] = "";
    if (nearest != NULL) {
        snprintf(guess, sizeof guess, "did you mean '%s'? ", nearest);
    }
    return experiment_complain(source, entry->line, entry->column,
                               "[%s] has no setting '%s'%s%s; %s'pes info %s' lists them",
                               table->name, key, is_problem ? " for " : "",
                               is_problem ? page : "", guess, page);
}

int experiment_set(experiment *setup, const experiment_source *source, const char *table,
                   const char *key, const toml_entry *entry) {
    experiment_table place;
    if (!find_table(setup, table, &place)) {
        const char *nearest = cli_nearest(table, any_table);
        return experiment_complain(
            source, entry->line, entry->column, "there is no table [%s]; %s%s%s", table,
            nearest != NULL ? "did you mean [" : "the tables are ",
            nearest != NULL ? nearest
                            : "problem, estimator, optimizer, search, run, sweep, variant",
            nearest != NULL ? "]?" : "");
    }
    const char *elsewhere = experiment_elsewhere(table, key);
    if (elsewhere != NULL) {
        return experiment_complain(source, entry->line, entry->column,
                                   "'%s' belongs into [%s], not into [%s]", key, elsewhere,
                                   table);
    }
    pes_field_place found;
    if (strchr(key, '.') == NULL && pes_field_find(place.fields, key) == NULL) {
        return unknown_setting(setup, source, &place, key, entry);
    }
    if (pes_field_locate(place.fields, place.options, key, &found) != PES_OK) {
        return experiment_complain(source, entry->line, entry->column, "%s", pes_last_error());
    }
    if (entry->kind != TOML_VALUE) {
        char range[320];
        return experiment_complain(
            source, entry->value_line, entry->value_column, "%s must be %s, not %s", key,
            pes_field_range(&found.field, range, sizeof range), entry->what);
    }
    pes_value value = entry->value;
    char whole[PES_TEXT_SIZE];
    if (experiment_is_path(&found.field) && value.type == PES_FIELD_TEXT &&
        experiment_find_file(source, value.text, whole)) {
        value.text = whole;
    }
    if (pes_field_set(place.fields, place.options, key, &value) != PES_OK) {
        return experiment_complain(source, entry->value_line, entry->value_column, "%s",
                                   pes_last_error());
    }
    setup->horizon_given = setup->horizon_given ||
                           (place.options == &setup->estimator && strcmp(key, "horizon") == 0);
    return CLI_OK;
}

// ---- the problem's name -------------------------------------------------------------

static const char *problem_name(int64_t index) {
    const pes_problem_type *type = pes_problem_type_get(index);
    return type != NULL ? type->name : NULL;
}

static bool is_problem_name(const toml_entry *entry) {
    return strcmp(entry->table, "problem") == 0 && strcmp(entry->key, "name") == 0;
}

static int find_problem(experiment *setup, const experiment_source *source,
                        const toml_entry *entry) {
    if (entry->kind != TOML_VALUE || entry->value.type != PES_FIELD_TEXT) {
        return experiment_complain(source, entry->value_line, entry->value_column,
                                   "name must be a text; 'pes list problems' lists them");
    }
    setup->type = pes_problem_type_find(entry->value.text);
    if (setup->type == NULL) {
        const char *nearest = cli_nearest(entry->value.text, problem_name);
        return experiment_complain(source, entry->value_line, entry->value_column,
                                   "there is no problem '%s'; %s%s%s", entry->value.text,
                                   nearest != NULL ? "did you mean '" : "",
                                   nearest != NULL ? nearest : "'pes list problems' lists them",
                                   nearest != NULL ? "'?" : "");
    }
    return CLI_OK;
}

// The last source that names the problem decides; its options begin as the defaults.
static int choose_problem(experiment *setup) {
    for (int64_t s = 0; s < setup->sources; s++) {
        const experiment_source *source = &setup->source[s];
        for (int64_t i = 0; i < source->document->count; i++) {
            const toml_entry *entry = &source->document->entry[i];
            if (is_problem_name(entry) && find_problem(setup, source, entry) != CLI_OK) {
                return CLI_USAGE;
            }
        }
    }
    if (setup->type == NULL) {
        return cli_fail(CLI_USAGE, "%s: [problem] needs a name; 'pes list problems' lists them",
                        setup->path);
    }
    setup->problem = calloc(1, setup->type->fields->struct_size);
    if (setup->problem == NULL) {
        return cli_fail(CLI_FAILED, "there is no memory left");
    }
    setup->type->fields->set_default(setup->problem);
    return CLI_OK;
}

// ---- sources ------------------------------------------------------------------------

static int read_file(experiment *setup) {
    size_t length = 0;
    char *text = cli_read_file(setup->path, &length);
    if (text == NULL) {
        return cli_fail(CLI_USAGE, "%s could not be read: %s", setup->path, strerror(errno));
    }
    toml_document *document = toml_parse(text, length, "sweep");
    free(text);
    if (document == NULL) {
        return cli_fail(CLI_FAILED, "there is no memory left");
    }
    setup->source[setup->sources++] =
        (experiment_source){.path = setup->path, .document = document};
    if (document->error[0] != '\0') {
        return experiment_complain(&setup->source[0], document->error_line,
                                   document->error_column, "this is not TOML: %s",
                                   document->error);
    }
    return CLI_OK;
}

// A value that is not TOML but looks like a word is taken for a text: --set optimizer.name=sgd.
static toml_document *parse_value(const char *table, const char *key, const char *value) {
    static const char form[] = "[%.*s]\n\"%.*s\" = %s%s%s\n";
    const int table_length = (int)strcspn(table, ".");
    const int key_length = (int)strcspn(key, "=");
    const size_t capacity = strlen(table) + strlen(value) + sizeof form;
    const size_t word = strspn(value,
                               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "0123456789_-./~+");
    char *text = malloc(capacity);
    toml_document *document = NULL;
    for (int quoted = 0; text != NULL && quoted < 2; quoted++) {
        const char *quote = quoted ? "\"" : "";
        snprintf(text, capacity, form, table_length, table, key_length, key, quote, value,
                 quote);
        toml_free(document);
        document = toml_parse(text, strlen(text), "sweep");
        const bool is_word = value[0] != '\0' && value[word] == '\0';
        if (document == NULL || document->error[0] == '\0' || !is_word) {
            break;
        }
    }
    free(text);
    return document;
}

static int read_set(experiment *setup, const char *set) {
    experiment_source source = {.path = setup->path, .set = set};
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    const char *dot = strchr(set, '.');
    const char *equals = strchr(set, '=');
    if (equals == NULL || dot == NULL || dot > equals || dot == set || dot + 1 == equals ||
        strspn(set, letters) != (size_t)(equals - set)) {
        return experiment_complain(&source, 0, 0,
                                   "write it as table.key=value, as in estimator.sigma=0.1");
    }
    toml_document *document = parse_value(set, dot + 1, equals + 1);
    if (document == NULL) {
        return cli_fail(CLI_FAILED, "there is no memory left");
    }
    source.document = document;
    setup->source[setup->sources++] = source;
    if (document->error[0] != '\0') {
        return experiment_complain(&source, 0, 0, "the value is not TOML: %s", document->error);
    }
    for (int64_t i = 0; i < document->count; i++) {
        if (document->entry[i].kind == TOML_TABLE && i > 0) {
            return experiment_complain(&source, 0, 0, "one --set sets one value");
        }
    }
    return CLI_OK;
}

static int read_sources(experiment *setup, const cli_texts *set) {
    int code = read_file(setup);
    for (int64_t i = 0; code == CLI_OK && set != NULL && i < set->count; i++) {
        code = read_set(setup, set->text[i]);
    }
    return code;
}

static int apply_entry(experiment *setup, const experiment_source *source,
                       const toml_entry *entry) {
    if (entry->table[0] == '\0') {
        return experiment_complain(source, entry->line, entry->column,
                                   "'%s' stands outside every table; put it below [problem], "
                                   "[estimator], [optimizer], [search], [run] or [sweep]",
                                   entry->key);
    }
    experiment_table table;
    const bool is_variant = strcmp(entry->table, "variant") == 0;
    if (is_variant && entry->element < 0) {
        return experiment_read_variant_name(setup, source, entry);
    }
    if (entry->element >= 0 && find_table(setup, entry->table, &table)) {
        return experiment_complain(source, entry->line, entry->column,
                                   "[[%s]] would be one of several; write [%s]", entry->table,
                                   entry->table);
    }
    if (is_variant || strcmp(entry->table, "sweep") == 0 || is_problem_name(entry)) {
        return CLI_OK; // read when these settings are
    }
    if (entry->kind == TOML_TABLE && find_table(setup, entry->table, &table)) {
        return CLI_OK;
    }
    return experiment_set(setup, source, entry->table, entry->key, entry);
}

static int read_settings(experiment *setup) {
    int code = choose_problem(setup);
    for (int64_t s = 0; code == CLI_OK && s < setup->sources; s++) {
        const experiment_source *source = &setup->source[s];
        for (int64_t i = 0; code == CLI_OK && i < source->document->count; i++) {
            code = apply_entry(setup, source, &source->document->entry[i]);
        }
    }
    code = code == CLI_OK ? experiment_read_sweep(setup) : code;
    return code == CLI_OK ? experiment_read_variants(setup) : code;
}

// ---- the whole ----------------------------------------------------------------------

static bool set_path(experiment *setup, const char *path) {
    if (cli_is_folder(path)) {
        if (!cli_join(setup->path, path, "experiment.toml")) {
            return false;
        }
    } else if (snprintf(setup->path, CLI_PATH, "%s", path) >= CLI_PATH) {
        return false;
    }
    const char *slash = strrchr(setup->path, '/');
    snprintf(setup->stem, sizeof setup->stem, "%.*s", EXPERIMENT_NAME - 1,
             slash != NULL ? slash + 1 : setup->path);
    char *dot = strrchr(setup->stem, '.');
    if (dot != NULL && dot != setup->stem) {
        *dot = '\0';
    }
    return true;
}

int experiment_load(experiment *out, const char *path, const cli_texts *set) {
    *out = (experiment){.estimator = pes_estimator_options_default(),
                        .optimizer = pes_optimizer_options_default(),
                        .search = pes_search_options_default(),
                        .run = pes_trainer_options_default()};
    if (!set_path(out, path)) {
        return cli_fail(CLI_USAGE, "the path is too long: %s", path);
    }
    int code = read_sources(out, set);
    if (code == CLI_OK) {
        code = read_settings(out);
    }
    if (code != CLI_OK) {
        experiment_free(out);
    }
    return code;
}

int experiment_load_run(experiment *out, const char *folder) {
    if (!cli_is_folder(folder)) {
        return cli_fail(CLI_USAGE, "%s is not a folder; name the folder of a run", folder);
    }
    const int code = experiment_load(out, folder, NULL);
    if (code == CLI_OK && experiment_is_sweep(out)) {
        experiment_free(out);
        return cli_fail(CLI_USAGE, "%s holds a sweep: name the folder of one of its runs",
                        folder);
    }
    return code;
}

void experiment_free(experiment *setup) {
    for (int64_t i = 0; i < setup->axes; i++) {
        free(setup->axis[i].value);
    }
    experiment_free_variants(setup);
    for (int64_t i = 0; i < setup->sources; i++) {
        toml_free((toml_document *)setup->source[i].document);
    }
    free(setup->problem);
    *setup = (experiment){.path = ""};
}
