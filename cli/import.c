// pes import: a learned optimizer that pes export has written, as the start of a run.

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "pes/lopt.h"

typedef struct import_options {
    bool json;
} import_options;

static void print_hidden(const pes_int_list *hidden) {
    for (int64_t i = 0; i < hidden->count; i++) {
        printf("%s%" PRId64, i > 0 ? ", " : "", hidden->value[i]);
    }
}

static int print_toml(const pes_learned *learned, const char *path) {
    const pes_int_list hidden = pes_learned_hidden(learned);
    printf("# %" PRId64
           " parameters\n[problem]\nname = \"learned_optimizer\"\noptimizer = \"%s\"\n",
           pes_learned_num_params(learned), pes_learned_architecture(learned));
    if (hidden.count > 0) {
        fputs("optimizer_hidden = [", stdout);
        print_hidden(&hidden);
        fputs("]\n", stdout);
    }
    json_t *text = json_string(path);
    char *quoted = text != NULL ? json_dumps(text, JSON_ENCODE_ANY) : NULL;
    printf("start_file = %s\n", quoted != NULL ? quoted : "\"\"");
    free(quoted);
    json_decref(text);
    return cli_flush();
}

static int print_json(const pes_learned *learned, const char *path) {
    const pes_int_list hidden = pes_learned_hidden(learned);
    json_t *out = json_object(), *widths = json_array();
    for (int64_t i = 0; i < hidden.count; i++) {
        json_array_append_new(widths, json_integer(hidden.value[i]));
    }
    json_object_set_new(out, "optimizer", json_string(pes_learned_architecture(learned)));
    json_object_set_new(out, "optimizer_hidden", widths);
    json_object_set_new(out, "parameters", json_integer(pes_learned_num_params(learned)));
    json_object_set_new(out, "start_file", json_string(path));
    return cli_json_print(out, true);
}

static int run(const cli_call *call) {
    const import_options *options = call->options;
    pes_learned *learned;
    const pes_status status = pes_learned_load(&learned, call->argument[0]);
    if (status != PES_OK) {
        return cli_fail(CLI_USAGE, "%s", pes_last_error());
    }
    char whole[PES_TEXT_SIZE];
    const char *path = cli_make_absolute(call->argument[0], whole) ? whole : call->argument[0];
    const int code = options->json ? print_json(learned, path) : print_toml(learned, path);
    pes_learned_destroy(learned);
    return code;
}

static const cli_flag flags[] = {
    CLI_FLAG("json", import_options, json, SWITCH, NULL, "print JSON"),
};

static const cli_example examples[] = {
    {"pes import runs/lopt/export/optimizer.safetensors",
     "the lines that begin where it ended"},
    {"pes run general.toml --set problem.start_file=optimizer.safetensors",
     "an experiment of the same architecture, from there"},
    {NULL, NULL},
};

const cli_command cli_import = {
    .name = "import",
    .summary = "Say how an exported optimizer becomes the start of a run.",
    .arguments = "FILE",
    .least = 1,
    .most = 1,
    .argument_kind = CLI_FILE,
    .details =
        "FILE is a learned optimizer that 'pes export --format safetensors' has written. Its "
        "parameters are read and checked, and the lines of a [problem] table are printed "
        "under which a run begins with them: the architecture and problem.start_file.",
    .example = examples,
    CLI_FLAGS(flags, import_options),
    .run = run,
};
