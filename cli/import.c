// pes import: what pes export has written of a learned optimizer or a policy, as the start of a
// run.

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "pes/checkpoint.h"
#include "pes/lopt.h"
#include "problems/problems.h"

typedef struct import_options {
    bool json;
} import_options;

// The file's own path, as a TOML or JSON text.
static void print_start_file(const char *path) {
    json_t *text = json_string(path);
    char *quoted = json_dumps(text, JSON_ENCODE_ANY);
    printf("start_file = %s\n", quoted != NULL ? quoted : "\"\"");
    free(quoted);
    json_decref(text);
}

// Can it be written into an experiment?
static int check_path(const char *path) {
    json_t *text = json_string(path); // NULL: no UTF-8
    const bool is_text = text != NULL;
    json_decref(text);
    if (!is_text) {
        return cli_fail(CLI_USAGE,
                        "the path of the file is no UTF-8, which an experiment has "
                        "to be; rename it");
    }
    if (strlen(path) >= PES_TEXT_SIZE) {
        return cli_fail(CLI_USAGE,
                        "%s: start_file has room for %d bytes; copy the file to where its path "
                        "is shorter",
                        path, PES_TEXT_SIZE - 1);
    }
    return CLI_OK;
}

// ---- learned optimizers -----------------------------------------------------------------

static void print_hidden(const pes_int_list *hidden) {
    for (int64_t i = 0; i < hidden->count; i++) {
        printf("%s%" PRId64, i > 0 ? ", " : "", hidden->value[i]);
    }
}

static int print_optimizer(const pes_learned *learned, const char *path) {
    const pes_int_list hidden = pes_learned_hidden(learned);
    printf("# %" PRId64
           " parameters\n[problem]\nname = \"learned_optimizer\"\noptimizer = \"%s\"\n",
           pes_learned_num_params(learned), pes_learned_architecture(learned));
    if (hidden.count > 0) {
        fputs("optimizer_hidden = [", stdout);
        print_hidden(&hidden);
        fputs("]\n", stdout);
    }
    print_start_file(path);
    return cli_flush();
}

static int print_optimizer_json(const pes_learned *learned, const char *path) {
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

static int import_optimizer(const char *given, const char *path, bool json) {
    pes_learned *learned;
    if (pes_learned_load(&learned, given) != PES_OK) {
        return cli_fail(CLI_USAGE, "%s", pes_last_error());
    }
    const int code = (json ? print_optimizer_json : print_optimizer)(learned, path);
    pes_learned_destroy(learned);
    return code;
}

// ---- policies ---------------------------------------------------------------------------

static int print_policy(const pes_policy_settings *said, const char *path) {
    printf("# %" PRId64 " parameters", said->num_params);
    if (said->seen > 0.0) {
        printf(", statistics of %.0f observations", said->seen);
    }
    fputs("\n[problem]\n", stdout);
    for (int64_t i = 0; i < said->count; i++) {
        printf("%s = %s\n", said->name[i], said->value[i]);
    }
    print_start_file(path);
    return cli_flush();
}

static int print_policy_json(const pes_policy_settings *said, const char *path) {
    json_t *out = json_object();
    for (int64_t i = 0; i < said->count; i++) {
        json_object_set_new(out, said->name[i],
                            json_loads(said->value[i], JSON_DECODE_ANY, NULL));
    }
    json_object_set_new(out, "parameters", json_integer(said->num_params));
    json_object_set_new(out, "observations", cli_json_real(said->seen));
    json_object_set_new(out, "start_file", json_string(path));
    return cli_json_print(out, true);
}

static int import_policy(const char *given, const char *path, bool json) {
    pes_policy_settings said;
    return pes_policy_file_settings(&said, given) == PES_OK
               ? (json ? print_policy_json : print_policy)(&said, path)
               : cli_fail(CLI_USAGE, "%s", pes_last_error());
}

// ---- the command ------------------------------------------------------------------------

// Which of the two it is, its format says; what says nothing is taken for an optimizer.
static bool is_policy(const char *path) {
    static const char begin[] = "pes policy";
    pes_checkpoint *file;
    if (pes_checkpoint_open(&file, path) != PES_OK) {
        return false;
    }
    const char *said = pes_checkpoint_text(file, "format");
    const bool found = said != NULL && strncmp(said, begin, sizeof begin - 1) == 0;
    pes_checkpoint_close(file);
    return found;
}

static int run(const cli_call *call) {
    const import_options *options = call->options;
    const char *given = call->argument[0];
    char whole[PES_TEXT_SIZE];
    const char *path = cli_make_absolute(given, whole) ? whole : given;
    const int code = check_path(path);
    if (code != CLI_OK) {
        return code;
    }
    return (is_policy(given) ? import_policy : import_optimizer)(given, path, options->json);
}

static const cli_flag flags[] = {
    CLI_FLAG("json", import_options, json, SWITCH, NULL, "print JSON"),
};

static const cli_example examples[] = {
    {"pes import runs/lopt/export/optimizer.safetensors",
     "the lines that begin where it ended"},
    {"pes run general.toml --set problem.start_file=optimizer.safetensors",
     "an experiment of the same architecture, from there"},
    {"pes import runs/cheetah/export/policy.safetensors", "the same of a policy"},
    {NULL, NULL},
};

const cli_command cli_import = {
    .name = "import",
    .summary = "Say how an exported optimizer or policy becomes the start of a run.",
    .arguments = "FILE",
    .least = 1,
    .most = 1,
    .argument_kind = CLI_FILE,
    .details =
        "FILE is a learned optimizer or a policy that 'pes export --format safetensors' has "
        "written. Its parameters are read and checked, and the lines of a [problem] table are "
        "printed under which a run begins with them: the architecture, or the policy with the "
        "statistics of its observations, and problem.start_file.",
    .example = examples,
    CLI_FLAGS(flags, import_options),
    .run = run,
};
