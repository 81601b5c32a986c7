// pes resume: a run or a sweep, from wherever it stopped.

#include <string.h>

#include "cli/campaign.h"
#include "cli/commands.h"
#include "cli/stop.h"

typedef struct resume_options {
    int64_t threads; // 0: the run's
    bool quiet;
    const char *data;
    bool json;
} resume_options;

static int resume_in(experiment *setup, run_folder *folder, const drive_options *how,
                     json_t **end) {
    const bool sweep = experiment_is_sweep(setup);
    *end = sweep ? campaign_result(setup, folder->path) : drive_result(folder->path);
    if (*end != NULL) {
        fprintf(stderr, "pes: %s is finished already\n", folder->path);
        return CLI_OK;
    }
    return sweep ? campaign_run(setup, folder, how, end)
                 : drive_run(setup, folder, false, how, end);
}

static int resume_locked(experiment *setup, const char *path, const resume_options *options) {
    const drive_options how = {.data = options->data, .label = "", .quiet = options->quiet};
    run_folder folder;
    json_t *end = NULL;
    int code = folder_continue(&folder, path);
    if (code != CLI_OK) {
        return code;
    }
    code = resume_in(setup, &folder, &how, &end);
    folder_end(&folder);
    return campaign_finish(code, end, path, options->quiet, options->json);
}

static int run(const cli_call *call) {
    const resume_options *options = call->options;
    const char *folder = call->argument[0];
    char path[CLI_PATH];
    experiment setup;
    if (!cli_is_folder(folder)) {
        return cli_fail(CLI_USAGE, "%s is not a folder; name the folder of a run", folder);
    }
    if (!cli_join(path, folder, "experiment.toml") || !cli_is_file(path)) {
        return cli_fail(CLI_USAGE,
                        "%s holds no run to continue: there is no experiment.toml; begin one "
                        "with 'pes run FILE --out %s'",
                        folder, folder);
    }
    int code = experiment_load(&setup, folder, NULL);
    if (code != CLI_OK) {
        return code;
    }
    stop_watch();
    if (options->threads > 0) {
        setup.run.threads = options->threads;
    }
    code = resume_locked(&setup, folder, options);
    experiment_free(&setup);
    return code;
}

static const cli_flag flags[] = {
    CLI_FLAG("threads", resume_options, threads, INT, "N",
             "worker threads; 0: as before; the bits do not depend on it"),
    CLI_FLAG("quiet", resume_options, quiet, SWITCH, NULL, "print nothing but errors",
             .letter = 'q'),
    CLI_FLAG("data", resume_options, data, FOLDER, "DIR",
             "look for data sets here first, then in $PES_DATA and the user's cache"),
    CLI_FLAG("json", resume_options, json, SWITCH, NULL, "print the result as JSON"),
};

static const cli_example examples[] = {
    {"pes resume runs/demo", "goes on where it stopped"},
    {NULL, NULL},
};

const cli_command cli_resume = {
    .name = "resume",
    .summary = "Continue a run or a sweep after any interruption.",
    .arguments = "DIR",
    .least = 1,
    .most = 1,
    .argument_kind = CLI_FOLDER,
    .details =
        "The run goes on from its newest checkpoint that can be read, or from its start if "
        "there is none, and ends with the same bits as if it had never stopped, on any number "
        "of threads. What was logged after that checkpoint is logged again. In a sweep, runs "
        "with a result stay, the one that was interrupted goes on, the others follow.\n\n"
        "To make a run longer, raise updates (of a search: inner_steps, or random search's "
        "points) in DIR/experiment.toml and remove DIR/result.json.",
    .example = examples,
    CLI_FLAGS(flags, resume_options),
    .run = run,
};
