// pes advise: better settings for a run, measured where it stands.

#include "cli/advise.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/catalog.h"
#include "cli/commands.h"
#include "cli/stop.h"
#include "cli/theta.h"

typedef struct advise_options {
    int64_t inner_steps;
    cli_texts set;
    const char *data;
    int64_t threads;
    bool quiet;
    bool json;
} advise_options;

static const cli_flag flags[] = {
    CLI_FLAG("inner-steps", advise_options, inner_steps, INT, "COUNT",
             "inner steps to spend on all measurements together", .minimum = 1),
    CLI_FLAG("set", advise_options, set, LIST, "T.K=V",
             "set a setting, as in estimator.sigma=0.1; may be repeated"),
    CLI_FLAG("data", advise_options, data, FOLDER, "DIR", "folder of data sets"),
    CLI_FLAG("threads", advise_options, threads, INT, "COUNT",
             "worker threads; 0: one per processor"),
    CLI_FLAG("quiet", advise_options, quiet, SWITCH, NULL, "no progress lines", .letter = 'q'),
    CLI_FLAG("json", advise_options, json, SWITCH, NULL, "print everything found as JSON"),
};

static void set_default(void *options) {
    *(advise_options *)options = (advise_options){.inner_steps = 2000000};
}

enum {
    ENDLESS_UPDATES = 20
}; // looked at where there is neither a horizon nor evaluation_steps

// ---- what may be asked ----------------------------------------------------------------

static int check(const experiment *setup) {
    const pes_estimator_options *e = &setup->estimator;
    if (experiment_is_search(setup)) {
        return cli_fail(CLI_USAGE,
                        "%s: a search estimates no gradient that advise could improve; --set "
                        "search.method=none has it look at [estimator]",
                        setup->path);
    }
    if (!catalog_method(e->method)->perturbs) {
        return cli_fail(CLI_USAGE,
                        "%s: %s does not perturb, and methods that do are what advise knows "
                        "about; set estimator.method = \"pes\"",
                        setup->path, e->method);
    }
    if (strcmp(e->lengths, "fixed") != 0) {
        return cli_fail(CLI_USAGE,
                        "%s: advise looks at episodes of one length; add --set "
                        "estimator.lengths=fixed to have it look at the longest",
                        setup->path);
    }
    return CLI_OK;
}

// Where the run stands: a folder's last theta, else the start.
static int find_theta(const char *argument, const pes_problem *problem, float *theta,
                      const char **where) {
    const int64_t params = pes_problem_system(problem)->num_params;
    const int code = cli_is_folder(argument) ? theta_of_run(argument, params, theta) : CLI_GO;
    *where = code == CLI_OK ? "where the run stands" : "at the start";
    if (code == CLI_GO) {
        memcpy(theta, pes_problem_theta(problem), (size_t)params * sizeof *theta);
        return CLI_OK;
    }
    return code;
}

// ---- the study ------------------------------------------------------------------------

static void print_head(const advise_study *study, const char *where) {
    const pes_estimator_options *e = &study->setup->estimator;
    char part[64] = "";
    if (e->horizon > study->steps) {
        snprintf(part, sizeof part, "of episodes of %" PRId64 " the first", e->horizon);
    }
    printf("%s, %s: %s, N = %" PRId64 ", K = %" PRId64 ", sigma = %.3g; %s %" PRId64
           " inner steps\n\n",
           study->setup->type->name, where, e->method, e->particles, e->truncation, e->sigma,
           part[0] != '\0'              ? part
           : study->steps == e->horizon ? "episodes of"
                                        : "of an episode that does not end the first",
           study->steps);
}

static int carry_out(advise_study *study, const advise_options *options, const char *where) {
    int code = advise_measure(study);
    if (code == CLI_INTERRUPTED) {
        return cli_fail(code, "interrupted after %" PRId64 " measurements", study->count);
    }
    if (code != CLI_OK) {
        return code;
    }
    const advise_suggestion suggestion = advise_decide(study);
    if (options->json) {
        return advise_print_json(study, &suggestion);
    }
    print_head(study, where);
    return advise_print(study, &suggestion);
}

// An endless episode is looked at for as long as evaluations do, and one that is longer than
// the whole run for as long as that.
static int64_t choose_steps(const experiment *setup) {
    const pes_estimator_options *e = &setup->estimator;
    const int64_t given = setup->run.evaluation_steps, updates = setup->run.updates;
    const int64_t endless = given > 0 ? given : ENDLESS_UPDATES * e->truncation;
    if (e->horizon == 0) {
        return endless;
    }
    return updates > 0 && updates < e->horizon / e->truncation ? updates * e->truncation
                                                               : e->horizon;
}

static int study_setup(experiment *setup, const char *argument, const advise_options *options) {
    pes_problem *problem = NULL;
    int code = experiment_open(setup, options->data, &problem);
    if (code != CLI_OK) {
        return code;
    }
    advise_study study = {
        .setup = setup,
        .problem = problem,
        .inner_steps = options->inner_steps,
        .threads = cli_threads(options->threads),
        .quiet = options->quiet,
        .steps = choose_steps(setup),
    };
    const size_t params = (size_t)pes_problem_system(problem)->num_params;
    float *theta = calloc(params, sizeof *theta);
    const char *where = "";
    study.theta = theta;
    code = theta != NULL ? find_theta(argument, problem, theta, &where)
                         : cli_fail(CLI_FAILED, "there is no memory left");
    code = code == CLI_OK ? carry_out(&study, options, where) : code;
    advise_free(&study);
    free(theta);
    pes_problem_close(problem);
    return code;
}

// Of a sweep, its first run.
static int run(const cli_call *call) {
    const advise_options *options = call->options;
    experiment grid, setup;
    char name[EXPERIMENT_NAME];
    int code = experiment_load(&grid, call->argument[0], &options->set);
    if (code != CLI_OK) {
        return code;
    }
    if (cli_is_folder(call->argument[0]) && experiment_is_sweep(&grid)) {
        experiment_free(&grid);
        return cli_fail(CLI_USAGE, "%s holds a sweep: name the folder of one of its runs",
                        call->argument[0]);
    }
    stop_watch();
    code = experiment_point(&grid, 0, &setup, name);
    if (code == CLI_OK) {
        code = check(&setup);
        code = code == CLI_OK ? study_setup(&setup, call->argument[0], options) : code;
        experiment_free(&setup);
    }
    experiment_free(&grid);
    return code;
}

static const cli_example examples[] = {
    {"pes advise runs/demo/pes-20-seed1", "where the run stands now"},
    {"pes advise x.toml --inner-steps 20000000", "at the start, measured more closely"},
    {NULL, NULL},
};

const cli_command cli_advise = {
    .name = "advise",
    .summary = "Suggest the method, N, K and sigma for a run, from measurements.",
    .arguments = "DIR|FILE.toml",
    .least = 1,
    .most = 1,
    .argument_kind = CLI_FILE,
    .details =
        "At the theta that a run has come to (its result or its newest checkpoint), or at a "
        "file's start, estimates summed over an episode are repeated with the run's own "
        "settings, with pes, nres and gpes (a noise interval between), with a quarter and four "
        "times the truncation, and for the best of these with a third and three times the "
        "sigma. Of each, noise is the variance of one pair's estimate, signal the squared "
        "length of the gradient; their ratio for a million inner steps compares them at equal "
        "cost. Standard errors are printed with both.\n\n"
        "A change is suggested where it is worth it by more than two standard errors: a "
        "quarter less noise for another method, half for a longer truncation, which makes "
        "updates rarer; one and a half times the ratio for another sigma. Another sigma has "
        "another smoothed objective, so it is suggested only where the gradient is seen to "
        "change by less than half of its length. Another N is suggested where an "
        "episode's noise is more than four times its signal: the one with both equal, since "
        "fewer particles need a smaller learning rate; and where it is less than a sixteenth: "
        "four times that one, since signals shrink near an optimum. Learning rates are not "
        "measured.\n\n"
        "Where the run has sharing = all, the part of the noise that all particles share, and "
        "that no N averages, is measured, too.\n\n"
        "Episodes begin together and losses count as they are, whatever the run's starts, "
        "shaping and sigma_schedule. Of an episode without a horizon the first "
        "evaluation_steps, or else 20 updates, are looked at, of one that is longer than the "
        "run what the run sees of it. Of a file's sweep the first run is taken.",
    .example = examples,
    CLI_FLAGS(flags, advise_options),
    .set_default = set_default,
    .run = run,
};
