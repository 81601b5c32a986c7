// The variants of a sweep: [[variant]] tables, each a name and settings of its own.
//
//     [[variant]]
//     name = "truncated ES"
//     "estimator.method" = "truncated_es"
//     "estimator.sigma" = 1.0
//
// Every variant is run over the whole grid of [sweep]. A --set has the last word over both, and
// --set 'sweep.variant=["truncated ES"]' chooses variants, in this order.

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cli/experiment.h"

enum { NAME_SIZE = 60 };

static int no_memory(void) {
    return cli_fail(CLI_FAILED, "there is no memory left");
}

// ---- reading --------------------------------------------------------------------------

// Letters that a label and a line of TOML can show.
static bool is_name(const toml_entry *entry) {
    if (entry->kind != TOML_VALUE || entry->value.type != PES_FIELD_TEXT) {
        return false;
    }
    const char *text = entry->value.text;
    const char *letter = text;
    while (*letter != '\0' && !iscntrl((unsigned char)*letter)) {
        letter++;
    }
    return letter > text && *letter == '\0' && letter - text <= NAME_SIZE;
}

static int take_name(experiment *grid, const toml_entry *entry) {
    const experiment_source *file = &grid->source[0];
    if (!is_name(entry)) {
        return experiment_complain(file, entry->value_line, entry->value_column,
                                   "the name of a variant must be a text of 1 to %d characters",
                                   NAME_SIZE);
    }
    for (int64_t i = 0; i < grid->variants - 1; i++) {
        if (strcmp(grid->variant[i].name, entry->value.text) == 0) {
            return experiment_complain(file, entry->value_line, entry->value_column,
                                       "there are two variants '%s'; rename one of them",
                                       entry->value.text);
        }
    }
    grid->variant[grid->variants - 1].name = entry->value.text;
    return CLI_OK;
}

// Does [sweep] go over the setting? An axis from a --set has the last word.
static int check_axes(const experiment *grid, const toml_entry *entry) {
    for (int64_t i = 0; i < grid->axes; i++) {
        if (grid->axis[i].source == 0 && strcmp(grid->axis[i].name, entry->key) == 0) {
            return experiment_complain(&grid->source[0], entry->line, entry->column,
                                       "[sweep] goes over %s as well; keep one of the two",
                                       entry->key);
        }
    }
    return CLI_OK;
}

static int check_setting(const experiment *grid, const toml_entry *entry) {
    const experiment_source *file = &grid->source[0];
    char table[64];
    const char *key = NULL;
    if (!experiment_split_name(entry->key, table, &key)) {
        return experiment_complain(file, entry->line, entry->column,
                                   "a setting of a variant is named after its table, as in "
                                   "\"estimator.sigma\", not '%s'",
                                   entry->key);
    }
    if (strcmp(entry->key, "problem.name") == 0) {
        return experiment_complain(file, entry->line, entry->column,
                                   "a sweep stays with one problem; write one file for each");
    }
    const int code = experiment_try(grid, file, entry->key, entry);
    return code == CLI_OK ? check_axes(grid, entry) : code;
}

static int add_setting(experiment *grid, const toml_entry *entry) {
    experiment_variant *variant = &grid->variant[grid->variants - 1];
    const int code = check_setting(grid, entry);
    if (code != CLI_OK) {
        return code;
    }
    const size_t count = (size_t)variant->count + 1;
    const toml_entry **longer = realloc(variant->setting, count * sizeof(const toml_entry *));
    if (longer == NULL) {
        return no_memory();
    }
    variant->setting = longer;
    variant->setting[variant->count++] = entry;
    return CLI_OK;
}

static int add_variant(experiment *grid) {
    const size_t count = (size_t)grid->variants + 1;
    experiment_variant *longer = realloc(grid->variant, count * sizeof *longer);
    if (longer == NULL) {
        return no_memory();
    }
    grid->variant = longer;
    grid->variant[grid->variants++] = (experiment_variant){.name = NULL};
    return CLI_OK;
}

// The table that begins with `first`: its lines are those of its number, wherever they stand.
static int read_table(experiment *grid, const toml_entry *first) {
    const toml_document *document = grid->source[0].document;
    int code = add_variant(grid);
    for (int64_t i = 0; code == CLI_OK && i < document->count; i++) {
        const toml_entry *entry = &document->entry[i];
        if (strcmp(entry->table, "variant") != 0 || entry->element != first->element ||
            entry->kind == TOML_TABLE) {
            continue;
        }
        code =
            strcmp(entry->key, "name") == 0 ? take_name(grid, entry) : add_setting(grid, entry);
    }
    if (code == CLI_OK && grid->variant[grid->variants - 1].name == NULL) {
        code = experiment_complain(&grid->source[0], first->line, first->column,
                                   "this [[variant]] needs a name");
    }
    return code;
}

// ---- what --set says ------------------------------------------------------------------

static bool is_overruled(const experiment *grid, const char *name) {
    bool found = false;
    for (int64_t s = 1; s < grid->sources; s++) {
        found = found || experiment_sets(&grid->source[s], name);
    }
    for (int64_t i = 0; i < grid->axes; i++) {
        found = found || (grid->axis[i].source > 0 && strcmp(grid->axis[i].name, name) == 0);
    }
    return found;
}

static void drop_overruled(const experiment *grid, experiment_variant *variant) {
    int64_t kept = 0;
    for (int64_t i = 0; i < variant->count; i++) {
        if (!is_overruled(grid, variant->setting[i]->key)) {
            variant->setting[kept++] = variant->setting[i];
        }
    }
    variant->count = kept;
}

// Moves the variant that the entry names to place number `chosen`.
static int choose(experiment *grid, const experiment_source *source, const toml_entry *entry,
                  int64_t chosen) {
    const bool is_text = entry->kind == TOML_VALUE && entry->value.type == PES_FIELD_TEXT;
    for (int64_t i = 0; is_text && i < grid->variants; i++) {
        if (strcmp(grid->variant[i].name, entry->value.text) != 0) {
            continue;
        }
        if (i < chosen) {
            return experiment_complain(source, entry->value_line, entry->value_column,
                                       "the variant '%s' is chosen twice", entry->value.text);
        }
        const experiment_variant found = grid->variant[i];
        memmove(&grid->variant[chosen + 1], &grid->variant[chosen],
                (size_t)(i - chosen) * sizeof found);
        grid->variant[chosen] = found;
        return CLI_OK;
    }
    return experiment_complain(source, entry->value_line, entry->value_column,
                               is_text ? "there is no [[variant]] named '%s'"
                                       : "sweep.variant must be a list of variants' names%s",
                               is_text ? entry->value.text : "");
}

// The last source that chooses variants decides; the others go.
static int choose_variants(experiment *grid) {
    const experiment_source *last = NULL;
    int64_t chosen = 0;
    int code = CLI_OK;
    for (int64_t s = 0; code == CLI_OK && s < grid->sources; s++) {
        const experiment_source *source = &grid->source[s];
        for (int64_t i = 0; code == CLI_OK && i < source->document->count; i++) {
            const toml_entry *entry = &source->document->entry[i];
            if (strcmp(entry->table, "sweep") == 0 && strcmp(entry->key, "variant") == 0) {
                chosen = source == last ? chosen : 0;
                last = source;
                code = choose(grid, source, entry, chosen++);
            }
        }
    }
    for (int64_t i = chosen; code == CLI_OK && chosen > 0 && i < grid->variants; i++) {
        free(grid->variant[i].setting);
    }
    grid->variants = code == CLI_OK && chosen > 0 ? chosen : grid->variants;
    return code;
}

// ---- the whole ------------------------------------------------------------------------

// The settings of a variant as a text; to be freed, NULL without memory.
static char *describe(const experiment *grid, int64_t index) {
    experiment run;
    char name[EXPERIMENT_NAME];
    const int64_t each = experiment_runs(grid) / grid->variants;
    if (experiment_point(grid, index * each, &run, name) != CLI_OK) {
        return NULL;
    }
    run.variant_name = NULL;
    char *text = experiment_text(&run);
    experiment_free(&run);
    return text;
}

// Two variants that agree in everything would pass for more seeds of one.
static int check_different(const experiment *grid) {
    int code = CLI_OK;
    char **text = calloc((size_t)grid->variants + 1, sizeof *text);
    for (int64_t i = 0; code == CLI_OK && i < grid->variants; i++) {
        if (text == NULL || (text[i] = describe(grid, i)) == NULL) {
            code = no_memory();
        }
        for (int64_t j = 0; code == CLI_OK && j < i; j++) {
            if (strcmp(text[i], text[j]) == 0) {
                code = cli_fail(CLI_USAGE,
                                "%s: the variants '%s' and '%s' have the same settings; remove "
                                "one, or choose with --set 'sweep.variant=[\"%s\"]'",
                                grid->path, grid->variant[j].name, grid->variant[i].name,
                                grid->variant[j].name);
            }
        }
    }
    for (int64_t i = 0; text != NULL && i < grid->variants; i++) {
        free(text[i]);
    }
    free(text);
    return code;
}

int experiment_read_variants(experiment *grid) {
    const toml_document *document = grid->source[0].document;
    int code = CLI_OK;
    for (int64_t i = 0; code == CLI_OK && i < document->count; i++) {
        const toml_entry *entry = &document->entry[i];
        if (strcmp(entry->table, "variant") == 0 && entry->kind == TOML_TABLE &&
            entry->element >= 0) {
            code = read_table(grid, entry);
        }
    }
    code = code == CLI_OK ? choose_variants(grid) : code;
    for (int64_t i = 0; code == CLI_OK && i < grid->variants; i++) {
        drop_overruled(grid, &grid->variant[i]);
    }
    if (code == CLI_OK && experiment_runs(grid) > EXPERIMENT_RUNS) {
        code = cli_fail(CLI_USAGE, "%s: the sweep spans more than %d runs; split it",
                        grid->path, EXPERIMENT_RUNS);
    }
    return code == CLI_OK ? check_different(grid) : code;
}

int experiment_read_variant_name(experiment *setup, const experiment_source *source,
                                 const toml_entry *entry) {
    if (entry->kind == TOML_TABLE) {
        return CLI_OK;
    }
    if (source->set != NULL || strcmp(entry->key, "name") != 0 || !is_name(entry)) {
        return experiment_complain(
            source, entry->line, entry->column,
            "[variant] is for the name of a run in a sweep; write "
            "[[variant]] for each of several, and choose among them with "
            "--set 'sweep.variant=[\"NAME\"]'");
    }
    setup->variant_name = entry->value.text;
    return CLI_OK;
}

int experiment_apply_variant(const experiment *grid, int64_t index, experiment *out) {
    const experiment_variant *variant = &grid->variant[index];
    int code = CLI_OK;
    out->variant_name = variant->name;
    for (int64_t i = 0; code == CLI_OK && i < variant->count; i++) {
        char table[64];
        const char *key = NULL;
        experiment_split_name(variant->setting[i]->key, table, &key);
        code = experiment_set(out, &grid->source[0], table, key, variant->setting[i]);
    }
    return code;
}

void experiment_free_variants(experiment *setup) {
    for (int64_t i = 0; i < setup->variants; i++) {
        free(setup->variant[i].setting);
    }
    free(setup->variant);
}
