// pes list: names and one sentence each.

#include <string.h>

#include "cli/catalog.h"
#include "cli/commands.h"

typedef struct list_options {
    bool json;
} list_options;

static const char *kind_name(int64_t index) {
    const catalog_kind *kind = catalog_get(index);
    return kind != NULL ? kind->name : NULL;
}

static void print_kind(const catalog_kind *kind) {
    catalog_item item;
    int width = 0;
    for (int64_t i = 0; (item = kind->get(i)).name != NULL; i++) {
        const int length = (int)strlen(item.name);
        width = length > width ? length : width;
    }
    for (int64_t i = 0; (item = kind->get(i)).name != NULL; i++) {
        printf("  %-*s  %s%s%s\n", width, item.name, item.summary != NULL ? item.summary : "",
               item.needs != NULL ? "; needs " : "", item.needs != NULL ? item.needs : "");
    }
}

static json_t *kind_json(const catalog_kind *kind) {
    json_t *array = json_array();
    catalog_item item;
    for (int64_t i = 0; (item = kind->get(i)).name != NULL; i++) {
        json_t *object = json_object();
        json_object_set_new(object, "name", json_string(item.name));
        json_object_set_new(object, "summary",
                            json_string(item.summary != NULL ? item.summary : ""));
        if (item.needs != NULL) {
            json_object_set_new(object, "needs", json_string(item.needs));
        }
        json_array_append_new(array, object);
    }
    return array;
}

static int run(const cli_call *call) {
    const list_options *options = call->options;
    const char *wanted = call->count > 0 ? call->argument[0] : NULL;
    json_t *all = json_object();
    int printed = 0;
    for (int64_t i = 0; catalog_get(i) != NULL; i++) {
        const catalog_kind *kind = catalog_get(i);
        if (wanted != NULL && strcmp(wanted, kind->name) != 0) {
            continue;
        }
        if (options->json) {
            json_object_set_new(all, kind->name, kind_json(kind));
        } else {
            printf("%s%s\n", printed > 0 ? "\n" : "", kind->name);
            print_kind(kind);
        }
        printed++;
    }
    if (printed > 0 && options->json) {
        return cli_json_print(all, true);
    }
    json_decref(all);
    if (printed > 0) {
        return cli_flush();
    }
    const char *nearest = cli_nearest(wanted, kind_name);
    return cli_fail(CLI_USAGE, "there is no list of '%s'; %s%s%s", wanted,
                    nearest != NULL ? "did you mean '" : "the lists are ",
                    nearest != NULL ? nearest
                                    : "problems, methods, optimizers, transforms, shapings, "
                                      "searches, datasets",
                    nearest != NULL ? "'?" : "");
}

static const cli_flag flags[] = {
    CLI_FLAG("json", list_options, json, SWITCH, NULL, "print JSON"),
};

static const cli_example examples[] = {
    {"pes list methods", "the estimators, with a sentence on each"},
    {NULL, NULL},
};

const cli_command cli_list = {
    .name = "list",
    .summary =
        "List problems, methods, optimizers, transforms, shapings, searches or data sets.",
    .arguments = "[KIND]",
    .most = 1,
    .argument_kind = CLI_WORD,
    .word = kind_name,
    .details =
        "KIND is problems, methods, optimizers, transforms, shapings, searches or datasets; "
        "without it, all of them.",
    .example = examples,
    CLI_FLAGS(flags, list_options),
    .run = run,
};
