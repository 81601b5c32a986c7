// pes run: an experiment from its start.

#include <string.h>

#include "cli/campaign.h"
#include "cli/commands.h"
#include "cli/stop.h"

typedef struct run_options {
    const char *out;
    cli_texts set;
    int64_t threads; // 0: the file's
    bool force;
    bool quiet;
    const char *data;
    bool json;
} run_options;

// In a folder that is ours: what an older run left goes, the new one begins.
static int run_in(experiment *setup, run_folder *folder, const drive_options *how,
                  json_t **end) {
    int code = folder_clear(folder);
    if (code != CLI_OK || !experiment_is_sweep(setup)) {
        return code == CLI_OK ? drive_run(setup, folder, true, how, end) : code;
    }
    code = campaign_begin(setup, folder);
    return code == CLI_OK ? campaign_run(setup, folder, how, end) : code;
}

// Settings that cannot run leave an older run, and the disk, as they were. A single run in a
// new folder needs no trial: it fails before it writes.
static int check(experiment *setup, run_folder *folder, const drive_options *how) {
    int code = CLI_OK;
    if (experiment_is_sweep(setup)) {
        code = campaign_check(setup, how);
    } else if (folder->occupied) {
        code = drive_check(setup, how);
    }
    return code;
}

static int run_experiment(experiment *setup, const run_options *options) {
    char path[CLI_PATH];
    const drive_options how = {.data = options->data, .label = "", .quiet = options->quiet};
    if (options->out != NULL) {
        snprintf(path, sizeof path, "%.*s", CLI_PATH - 1, options->out);
    } else {
        snprintf(path, sizeof path, "runs/%s", setup->stem);
    }
    run_folder folder;
    int code = folder_begin(&folder, path, options->force);
    if (code != CLI_OK) {
        return code;
    }
    json_t *end = NULL;
    code = check(setup, &folder, &how);
    if (code == CLI_OK) {
        code = run_in(setup, &folder, &how, &end);
    }
    folder_abandon(&folder); // of a run that has begun nothing goes
    return campaign_finish(code, end, path, options->quiet, options->json);
}

static int run(const cli_call *call) {
    const run_options *options = call->options;
    experiment setup;
    int code = experiment_load(&setup, call->argument[0], &options->set);
    if (code != CLI_OK) {
        return code;
    }
    stop_watch();
    if (options->threads > 0) {
        setup.run.threads = options->threads;
    }
    code = run_experiment(&setup, options);
    experiment_free(&setup);
    return code;
}

static const cli_flag flags[] = {
    CLI_FLAG("out", run_options, out, FOLDER, "DIR",
             "folder of the run (default runs/ and the file's name)", .letter = 'o'),
    CLI_FLAG("set", run_options, set, LIST, "T.K=V",
             "set a setting, as in estimator.sigma=0.1, in a list of tables as in "
             "problem.tune.0.start=0.1; may be repeated"),
    CLI_FLAG("threads", run_options, threads, INT, "N",
             "worker threads; 0: what the file says, which is one per processor by itself"),
    CLI_FLAG("force", run_options, force, SWITCH, NULL,
             "replace the run that is in the folder; other files stay"),
    CLI_FLAG("quiet", run_options, quiet, SWITCH, NULL, "print nothing but errors",
             .letter = 'q'),
    CLI_FLAG("data", run_options, data, FOLDER, "DIR",
             "look for data sets here first, then in $PES_DATA and the user's cache"),
    CLI_FLAG("json", run_options, json, SWITCH, NULL, "print the result as JSON"),
};

static const cli_example examples[] = {
    {"pes run experiments/demo.toml", "runs it into runs/demo"},
    {"pes run experiments/demo.toml --out /tmp/short --set run.updates=100",
     "a shorter run in another folder"},
    {"pes run experiments/demo.toml --set 'sweep.run.seed=[1, 2, 3, 4]'",
     "the same with four seeds"},
    {NULL, NULL},
};

const cli_command cli_run = {
    .name = "run",
    .summary = "Run an experiment from its start, or every run of its sweep.",
    .arguments = "FILE",
    .least = 1,
    .most = 1,
    .argument_kind = CLI_FILE,
    .details =
        "FILE is a TOML file with the tables [problem], [estimator], [optimizer] and [run], or "
        "[search] instead of an optimizer; "
        "'pes info problem', 'pes info estimator' and so on list what they may hold. [sweep] "
        "spans a grid of runs: \"estimator.truncation\" = [10, 100] and \"run.seed\" = [1, 2] "
        "are four runs, each in a folder of its own inside DIR, one after the other; a run "
        "that fails does not keep the others from running. Each [[variant]] table has a name "
        "and settings of its own, \"estimator.sigma\" = 0.3, and is run over the whole "
        "grid.\n\n"
        "DIR receives experiment.toml (every setting), log.jsonl, evaluations.jsonl, "
        "TensorBoard events, the last two checkpoints and at the end result.json (a sweep: "
        "sweep.json). Interrupted by Ctrl-C or SIGTERM, the run writes a checkpoint and "
        "exits with 130; 'pes resume DIR' continues it with the same bits.\n\n"
        "--set fixes a setting that the file sweeps over, and --set 'sweep.T.K=[...]' "
        "replaces or adds an axis; both take the place of what variants say, and "
        "--set 'sweep.variant=[\"NAME\"]' chooses among these. Values are TOML; a bare word is "
        "taken for a text.",
    .example = examples,
    CLI_FLAGS(flags, run_options),
    .run = run,
};
