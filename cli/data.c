// pes data: where data sets are, whether they are right, and how to get them.

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/experiment.h"
#include "cli/fetch.h"

typedef struct data_options {
    const char *data;
    uint64_t seed;
    bool json;
} data_options;

static const char *dataset_name(int64_t index) {
    const pes_dataset_info *info = pes_dataset_get(index);
    return info != NULL ? info->name : NULL;
}

static const pes_dataset_info *find_dataset(const char *name) {
    for (int64_t i = 0; pes_dataset_get(i) != NULL; i++) {
        if (strcmp(pes_dataset_get(i)->name, name) == 0) {
            return pes_dataset_get(i);
        }
    }
    const char *nearest = cli_nearest(name, dataset_name);
    cli_fail(CLI_USAGE, "data: there is no data set '%s'; %s%s%s", name,
             nearest != NULL ? "did you mean '" : "",
             nearest != NULL ? nearest : "'pes data list' shows them",
             nearest != NULL ? "'?" : "");
    return NULL;
}

// Where new files go: --data, or else the user's cache; NULL after a sentence.
static const char *target(const data_options *options, const experiment_folders *folders) {
    if (options->data != NULL) {
        return options->data;
    }
    if (folders->cache[0] == '\0') {
        cli_fail(CLI_USAGE, "data: there is no home directory; name a folder with --data");
        return NULL;
    }
    return folders->cache;
}

// ---- list ---------------------------------------------------------------------------

static int list_all(const data_options *options, const pes_dataset_info *unused) {
    (void)unused;
    experiment_folders folders;
    experiment_find_folders(&folders, options->data);
    json_t *rows = json_array();
    for (int64_t i = 0; pes_dataset_get(i) != NULL; i++) {
        const pes_dataset_info *info = pes_dataset_get(i);
        char path[PES_TEXT_SIZE] = "";
        const bool found = info->folder != NULL &&
                           pes_dataset_locate(info->name, &folders.list, path) == PES_OK;
        const char *place = info->folder == NULL ? "built in" : found ? path : "not here";
        if (!options->json) {
            printf("%-14s %s\n%-14s %s\n", info->name, info->summary, "", place);
        }
        json_t *row = json_object();
        json_object_set_new(row, "name", json_string(info->name));
        json_object_set_new(row, "summary", json_string(info->summary));
        json_object_set_new(row, "built_in", json_boolean(info->folder == NULL));
        json_object_set_new(row, "path", found ? json_string(path) : json_null());
        json_object_set_new(row, "url",
                            info->url != NULL ? json_string(info->url) : json_null());
        json_array_append_new(rows, row);
    }
    if (options->json) {
        return cli_json_print(rows, true);
    }
    json_decref(rows);
    return cli_flush();
}

// ---- verify -------------------------------------------------------------------------

static void report_file(void *user, const char *file, pes_status status, const char *message) {
    json_t *rows = user;
    if (rows == NULL) {
        printf("%-28s %s\n", file, status == PES_OK ? "good" : message);
        return;
    }
    json_t *row = json_object();
    json_object_set_new(row, "file", json_string(file));
    json_object_set_new(row, "good", json_boolean(status == PES_OK));
    json_object_set_new(row, "message",
                        json_string(status != PES_OK && message != NULL ? message : ""));
    json_array_append_new(rows, row);
}

static int verify(const data_options *options, const pes_dataset_info *info) {
    experiment_folders folders;
    char path[PES_TEXT_SIZE];
    if (info->folder == NULL) {
        printf("%s is built in; there are no files to verify\n", info->name);
        return cli_flush();
    }
    experiment_find_folders(&folders, options->data);
    if (pes_dataset_locate(info->name, &folders.list, path) != PES_OK) {
        return cli_fail_status(PES_E_FILE, "data");
    }
    json_t *rows = options->json ? json_array() : NULL;
    const pes_status status = pes_dataset_verify(info->name, path, report_file, rows);
    const int printed = rows != NULL ? cli_json_print(rows, true) : cli_flush();
    if (status != PES_OK) {
        cli_fail_status(status, "data");
        return CLI_FAILED;
    }
    return printed;
}

// ---- new files ----------------------------------------------------------------------

// Builds in "FOLDER.partial", then renames: a data set is there whole or not at all.
typedef struct workplace {
    char path[CLI_PATH];    // where the set is going to be
    char partial[CLI_PATH]; // where it is made
} workplace;

static int open_workplace(workplace *out, const char *folder, const char *name) {
    if (!cli_join(out->path, folder, name) ||
        snprintf(out->partial, CLI_PATH, "%s.partial", out->path) >= CLI_PATH) {
        return cli_fail(CLI_USAGE, "data: the path is too long: %s", folder);
    }
    if (cli_is_folder(out->path)) {
        return cli_fail(CLI_USAGE,
                        "data: %s exists already; 'pes data verify' checks it, and to make it "
                        "again remove it first",
                        out->path);
    }
    return cli_make_folders(out->partial);
}

static int close_workplace(const workplace *place) {
    if (rename(place->partial, place->path) != 0) {
        return cli_fail(CLI_FAILED, "data: %s could not be renamed to %s: %s", place->partial,
                        place->path, strerror(errno));
    }
    printf("%s\n", place->path);
    return cli_flush();
}

static int fetch_all(const pes_dataset_info *info, const char *folder) {
    for (int64_t i = 0; info->file(i) != NULL; i++) {
        char url[CLI_PATH], path[CLI_PATH];
        if (snprintf(url, sizeof url, "%s%s", info->url, info->file(i)) >= CLI_PATH ||
            !cli_join(path, folder, info->file(i))) {
            return cli_fail(CLI_USAGE, "data: the path is too long: %s", folder);
        }
        fprintf(stderr, "pes: downloading %s\n", url);
        const int code = fetch_file(url, path);
        if (code != CLI_OK) {
            return code;
        }
    }
    return CLI_OK;
}

// What a failed attempt left, so that the next one begins anew.
static void remove_partial(const pes_dataset_info *info, const workplace *place) {
    for (int64_t i = 0; info->file(i) != NULL; i++) {
        char path[CLI_PATH];
        if (cli_join(path, place->partial, info->file(i))) {
            unlink(path);
        }
    }
    rmdir(place->partial);
}

static int fetch(const data_options *options, const pes_dataset_info *info) {
    experiment_folders folders;
    workplace place;
    if (info->archive != NULL) {
        return cli_fail(CLI_USAGE,
                        "data: %s is published as one archive; unpack %s in the data folder, "
                        "and 'pes data verify %s' checks it",
                        info->name, info->archive, info->name);
    }
    if (info->url == NULL || info->file == NULL) {
        return cli_fail(CLI_USAGE, "data: %s cannot be fetched%s", info->name,
                        info->folder == NULL ? ": it is built in" : "");
    }
    experiment_find_folders(&folders, options->data);
    const char *folder = target(options, &folders);
    if (folder == NULL) {
        return CLI_USAGE;
    }
    int code = open_workplace(&place, folder, info->folder);
    if (code != CLI_OK) {
        return code;
    }
    code = fetch_all(info, place.partial);
    if (code == CLI_OK && pes_dataset_verify(info->name, place.partial, NULL, NULL) != PES_OK) {
        code = cli_fail(CLI_FAILED, "data: what was downloaded is not %s: %s", info->name,
                        pes_last_error());
    }
    if (code != CLI_OK) {
        remove_partial(info, &place);
        return code;
    }
    return close_workplace(&place);
}

static int generate(const data_options *options, const pes_dataset_info *info) {
    experiment_folders folders;
    workplace place;
    if (info->folder != NULL) {
        return cli_fail(CLI_USAGE, "data: %s is not generated; 'pes data fetch %s' gets it",
                        info->name, info->name);
    }
    experiment_find_folders(&folders, options->data);
    const char *folder = target(options, &folders);
    if (folder == NULL) {
        return CLI_USAGE;
    }
    const int code = open_workplace(&place, folder, info->name);
    if (code != CLI_OK) {
        return code;
    }
    const pes_status status = pes_dataset_generate(info->name, options->seed, place.partial);
    if (status != PES_OK) {
        cli_fail_status(status, "data");
        rmdir(place.partial);
        return CLI_FAILED;
    }
    return close_workplace(&place);
}

// ---- the command --------------------------------------------------------------------

typedef struct action {
    const char *name;
    bool wants_name;
    int (*run)(const data_options *options, const pes_dataset_info *info);
} action;

static const action actions[] = {
    {"list", false, list_all},
    {"verify", true, verify},
    {"fetch", true, fetch},
    {"generate", true, generate},
};
enum { ACTIONS = sizeof actions / sizeof *actions };

// Actions, then data sets: whatever may stand on the command line.
static const char *word(int64_t index) {
    return index < ACTIONS ? actions[index].name : dataset_name(index - ACTIONS);
}

static int run(const cli_call *call) {
    const action *chosen = NULL;
    for (int i = 0; i < ACTIONS; i++) {
        if (strcmp(actions[i].name, call->argument[0]) == 0) {
            chosen = &actions[i];
        }
    }
    if (chosen == NULL) {
        return cli_fail(CLI_USAGE, "data: '%s' is not one of list, verify, fetch, generate",
                        call->argument[0]);
    }
    if (!chosen->wants_name) {
        return chosen->run(call->options, NULL);
    }
    if (call->count < 2) {
        return cli_fail(CLI_USAGE, "data: missing NAME; usage: pes data %s NAME", chosen->name);
    }
    const pes_dataset_info *info = find_dataset(call->argument[1]);
    return info != NULL ? chosen->run(call->options, info) : CLI_USAGE;
}

static void set_default(void *options) {
    *(data_options *)options = (data_options){.seed = 1};
}

static const cli_flag flags[] = {
    CLI_FLAG("data", data_options, data, FOLDER, "DIR",
             "the folder of all data sets; else $PES_DATA and the user's cache"),
    CLI_FLAG("seed", data_options, seed, SEED, "SEED", "generate: what to draw from"),
    CLI_FLAG("json", data_options, json, SWITCH, NULL, "list, verify: print JSON"),
};

static const cli_example examples[] = {
    {"pes data fetch mnist", "downloads it into the cache and checks every byte"},
    {"pes data verify mnist", "checks the files that an experiment would read"},
    {"pes data generate digits --data /tmp/data", "writes the built-in digits as IDX files"},
    {NULL, NULL},
};

const cli_command cli_data = {
    .name = "data",
    .summary = "List, verify, fetch or generate data sets.",
    .arguments = "ACTION [NAME]",
    .least = 1,
    .most = 2,
    .argument_kind = CLI_WORD,
    .word = word,
    .details =
        "ACTION is list, verify, fetch or generate. Data sets are looked for in the "
        "folder named by --data, then in the one that the environment variable PES_DATA "
        "names, then in pes below $XDG_CACHE_HOME or ~/.cache. verify compares every "
        "file with its published SHA-256 and exits with 1 if one differs. fetch needs "
        "the program curl and writes into --data or the cache; files come into place "
        "only after they were verified.",
    .example = examples,
    CLI_FLAGS(flags, data_options),
    .set_default = set_default,
    .run = run,
};
