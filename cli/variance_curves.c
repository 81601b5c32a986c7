// Which points of the grid are one curve, and what to call it: as runs are grouped and
// labelled, but with the truncation, which is the other axis, left out.

#include <stdlib.h>
#include <string.h>

#include "cli/variance.h"

// The point without what varies along a curve.
static bool describe(runs_run *run) {
    const int64_t truncation = run->setup.estimator.truncation;
    run->setup.estimator.truncation = 1;
    run->key = experiment_fingerprint(&run->setup);
    run->settings = experiment_json(&run->setup);
    json_object_del(json_object_get(run->settings, "run"), "seed");
    run->setup.estimator.truncation = truncation;
    return run->key != NULL && run->settings != NULL;
}

static int take_point(const experiment *grid, int64_t index, runs_run *out) {
    char name[EXPERIMENT_NAME];
    const int code = experiment_point(grid, index, &out->setup, name);
    if (code != CLI_OK) {
        out->setup.type = NULL;
        return code;
    }
    if (out->setup.run.seed != grid->run.seed && experiment_is_sweep(grid)) {
        return cli_fail(CLI_USAGE,
                        "%s: a sweep over run.seed has no place here; repetitions "
                        "take seeds of their own",
                        grid->path);
    }
    out->folder = strdup(name);
    return out->folder != NULL && describe(out)
               ? CLI_OK
               : cli_fail(CLI_FAILED, "there is no memory left");
}

int variance_curves(const experiment *grid, runs *out) {
    const int64_t count = experiment_runs(grid);
    *out = (runs){.run = calloc((size_t)count, sizeof *out->run)};
    int code = out->run != NULL ? CLI_OK : cli_fail(CLI_FAILED, "there is no memory left");
    while (code == CLI_OK && out->count < count) {
        code = take_point(grid, out->count, &out->run[out->count]);
        out->count++;
    }
    code = code == CLI_OK ? runs_make_groups(out) : code;
    if (code != CLI_OK) {
        runs_free(out);
    }
    return code;
}
