// pes info: everything about one name.

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/catalog.h"
#include "cli/commands.h"
#include "cli/experiment.h"
#include "cli/forecast.h"
#include "cli/settings.h"

typedef struct info_options {
    const char *data;
    bool json;
} info_options;

// ---- problems -----------------------------------------------------------------------

static json_t *param_names(const pes_problem_type *type, const void *options) {
    json_t *array = json_array();
    const int64_t count = type->num_params(options);
    const char *name = NULL;
    char room[PES_NAME_SIZE];
    for (int64_t i = 0; i < count && (name = type->param_name(options, i, room)) != NULL; i++) {
        json_array_append_new(array, json_string(name));
    }
    return array;
}

enum { MOST_PARAMS = 32 };

// ", a search goes from -13.8 to 2.3", unless [search] says otherwise.
static void print_search_range(const pes_problem_type *type, const void *options,
                               int64_t index) {
    double low, high;
    char from[CLI_NUMBER_SIZE], to[CLI_NUMBER_SIZE];
    if (type->search_range != NULL && type->search_range(options, index, &low, &high)) {
        printf(" (a search goes from %s to %s)", cli_short(low, from), cli_short(high, to));
    }
}

static void print_params(const pes_problem_type *type, const void *options) {
    const int64_t count = type->num_params(options);
    printf("\n%" PRId64 " parameter%s with the settings below", count, count == 1 ? "" : "s");
    for (int64_t i = 0; i < count && i < MOST_PARAMS; i++) {
        char room[PES_NAME_SIZE];
        const char *name = type->param_name(options, i, room);
        printf("%s%s", i == 0 ? ": " : ", ", name != NULL ? name : "");
        print_search_range(type, options, i);
    }
    printf("%s\n\n", count > MOST_PARAMS ? ", ..." : "");
}

static int print_problem(const char *name, bool json) {
    const pes_problem_type *type = pes_problem_type_find(name);
    void *options = calloc(1, type->fields->struct_size);
    if (options == NULL) {
        return cli_fail(CLI_FAILED, "there is no memory left");
    }
    type->fields->set_default(options);
    int code = CLI_OK;
    if (json) {
        json_t *object = json_object();
        json_object_set_new(object, "kind", json_string("problem"));
        json_object_set_new(object, "name", json_string(type->name));
        json_object_set_new(object, "summary", json_string(type->summary));
        json_object_set_new(object, "parameters", param_names(type, options));
        json_object_set_new(object, "settings", settings_json(type->fields));
        code = cli_json_print(object, true);
    } else {
        printf("%s: %s\n", type->name, type->summary);
        print_params(type, options);
        settings_print(type->fields);
        code = cli_flush();
    }
    free(options);
    return code;
}

// ---- the others ---------------------------------------------------------------------

static int print_method(const catalog_item *item, bool json) {
    const char *needs = item->needs;
    const pes_method_info *info = catalog_method(item->name);
    if (json) {
        json_t *object = json_object();
        json_object_set_new(object, "kind", json_string("method"));
        json_object_set_new(object, "name", json_string(info->name));
        json_object_set_new(object, "title", json_string(info->title));
        json_object_set_new(object, "source", json_string(info->source));
        json_object_set_new(object, "summary", json_string(info->summary));
        json_object_set_new(object, "unbiased", json_boolean(info->unbiased));
        json_object_set_new(object, "target", json_string(info->target));
        json_object_set_new(object, "perturbs", json_boolean(info->perturbs));
        json_object_set_new(object, "needs", needs != NULL ? json_string(needs) : json_null());
        json_object_set_new(object, "settings", settings_json(pes_estimator_fields()));
        return cli_json_print(object, true);
    }
    printf("%s: %s\n  %s\n  %s\n  estimates the gradient of %s%s\n", info->name, info->title,
           info->summary, info->source, info->target,
           info->unbiased ? ", summed over an episode" : ": biased towards short horizons");
    if (needs != NULL) {
        printf("  needs a system with %s\n", needs);
    }
    puts(info->perturbs ? ""
                        : "  does not perturb: particles are independent trajectories at "
                          "theta, averaged\n");
    settings_print(pes_estimator_fields());
    return cli_flush();
}

static int print_table(const pes_field_table *table, const char *kind, const catalog_item *item,
                       bool json) {
    if (json) {
        json_t *object = json_object();
        json_object_set_new(object, "kind", json_string(kind));
        json_object_set_new(object, "name",
                            json_string(item != NULL ? item->name : table->name));
        if (item != NULL && item->summary != NULL) {
            json_object_set_new(object, "summary", json_string(item->summary));
        }
        json_object_set_new(object, "settings", settings_json(table));
        return cli_json_print(object, true);
    }
    if (item != NULL) {
        printf("%s: %s\n\n", item->name, item->summary != NULL ? item->summary : "");
    }
    settings_print(table);
    return cli_flush();
}

static int print_shaping(const char *name, bool json) {
    const pes_shaping_info *info = pes_shaping_get(0);
    for (int64_t i = 0; info != NULL && strcmp(info->name, name) != 0; i++) {
        info = pes_shaping_get(i + 1);
    }
    if (info == NULL) {
        return cli_fail(CLI_FAILED, "there is no shaping '%s'", name);
    }
    if (json) {
        json_t *object = json_object();
        json_object_set_new(object, "kind", json_string("shaping"));
        json_object_set_new(object, "name", json_string(info->name));
        json_object_set_new(object, "summary", json_string(info->summary));
        json_object_set_new(object, "bias", json_string(info->bias));
        return cli_json_print(object, true);
    }
    printf("%s (shaping of losses): %s\n  bias: %s\n", info->name, info->summary, info->bias);
    return cli_flush();
}

static int print_search(const char *name, bool json) {
    const pes_search_info *info = pes_search_get(0);
    for (int64_t i = 0; info != NULL && strcmp(info->name, name) != 0; i++) {
        info = pes_search_get(i + 1);
    }
    if (info == NULL) {
        return cli_fail(CLI_FAILED, "there is no search '%s'", name);
    }
    if (json) {
        json_t *object = json_object();
        json_object_set_new(object, "kind", json_string("search"));
        json_object_set_new(object, "name", json_string(info->name));
        json_object_set_new(object, "title", json_string(info->title));
        json_object_set_new(object, "source", json_string(info->source));
        json_object_set_new(object, "summary", json_string(info->summary));
        json_object_set_new(object, "settings", settings_json(pes_search_fields()));
        return cli_json_print(object, true);
    }
    printf("%s: %s\n  %s\n", info->name, info->title, info->summary);
    printf(info->source[0] != '\0' ? "  %s\n\n" : "%s\n", info->source);
    settings_print(pes_search_fields());
    return cli_flush();
}

static int print_item(const catalog_kind *kind, const catalog_item *item, bool json) {
    if (json) {
        json_t *object = json_object();
        json_object_set_new(object, "kind", json_string(kind->one));
        json_object_set_new(object, "name", json_string(item->name));
        json_object_set_new(object, "summary", json_string(item->summary));
        return cli_json_print(object, true);
    }
    printf("%s (%s): %s\n", item->name, kind->one, item->summary);
    return cli_flush();
}

static int print_problem_table(bool json) {
    if (json) {
        json_t *object = json_object();
        for (int64_t i = 0; pes_problem_type_get(i) != NULL; i++) {
            const pes_problem_type *type = pes_problem_type_get(i);
            json_object_set_new(object, type->name, settings_json(type->fields));
        }
        return cli_json_print(object, true);
    }
    puts("[problem]\n  name = one of these, and the settings that 'pes info NAME' lists\n");
    for (int64_t i = 0; pes_problem_type_get(i) != NULL; i++) {
        printf("  %s: %s\n", pes_problem_type_get(i)->name, pes_problem_type_get(i)->summary);
    }
    return cli_flush();
}

// ---- the command --------------------------------------------------------------------

static bool is_experiment(const char *name) {
    const char *dot = strrchr(name, '.');
    return cli_is_folder(name) || (dot != NULL && strcmp(dot, ".toml") == 0);
}

static int unknown_name(const char *name) {
    const char *nearest = cli_nearest(name, catalog_name);
    if (nearest != NULL) {
        return cli_fail(CLI_USAGE, "nothing is called '%s'; did you mean '%s'?", name, nearest);
    }
    return cli_fail(CLI_USAGE,
                    "nothing is called '%s'; 'pes list' shows every name, and an experiment's "
                    "file ends in .toml",
                    name);
}

static int run(const cli_call *call) {
    const info_options *options = call->options;
    const char *name = call->argument[0];
    catalog_item item;
    if (strcmp(name, "problem") == 0) {
        return print_problem_table(options->json);
    }
    if (strcmp(name, "estimator") == 0) {
        return print_table(pes_estimator_fields(), "table", NULL, options->json);
    }
    if (strcmp(name, "optimizer") == 0) {
        return print_table(pes_optimizer_fields(), "table", NULL, options->json);
    }
    if (strcmp(name, "search") == 0) {
        return print_table(pes_search_fields(), "table", NULL, options->json);
    }
    if (strcmp(name, "run") == 0) {
        return print_table(pes_trainer_fields(), "table", NULL, options->json);
    }
    const catalog_kind *kind = catalog_find(name, &item);
    if (kind == NULL) {
        return is_experiment(name) ? forecast_print(name, options->data, options->json)
                                   : unknown_name(name);
    }
    if (strcmp(kind->one, "problem") == 0) {
        return print_problem(name, options->json);
    }
    if (strcmp(kind->one, "method") == 0) {
        return print_method(&item, options->json);
    }
    if (strcmp(kind->one, "optimizer") == 0) {
        return print_table(pes_optimizer_fields(), kind->one, &item, options->json);
    }
    if (strcmp(kind->one, "shaping") == 0) {
        return print_shaping(name, options->json);
    }
    if (strcmp(kind->one, "search") == 0) {
        return print_search(name, options->json);
    }
    return print_item(kind, &item, options->json);
}

static const cli_flag flags[] = {
    CLI_FLAG("data", info_options, data, FOLDER, "DIR",
             "for an experiment: look for data sets here first"),
    CLI_FLAG("json", info_options, json, SWITCH, NULL, "print JSON"),
};

static const cli_example examples[] = {
    {"pes info estimator", "every setting of the table [estimator]"},
    {"pes info mlp_training", "the problem and its settings"},
    {"pes info experiments/demo.toml", "memory and inner steps, before it runs"},
    {NULL, NULL},
};

const cli_command cli_info = {
    .name = "info",
    .summary = "Explain a name, or forecast what an experiment needs.",
    .arguments = "NAME",
    .least = 1,
    .most = 1,
    .argument_kind = CLI_WORD,
    .word = catalog_name,
    .details =
        "NAME is a problem, a method, an optimizer, a transform, a shaping, a search, a data "
        "set, a table of experiment files (problem, estimator, optimizer, search, run), or an "
        "experiment: a TOML file or the folder of a run. Of an experiment it prints the number "
        "of "
        "parameters, the memory at the peak in bytes, the inner steps, and what data sets "
        "are missing.",
    .example = examples,
    CLI_FLAGS(flags, info_options),
    .run = run,
};
