// pes selftest: is each estimator unbiased, and does each system keep its promises?

#include "cli/selftest.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/experiment.h"
#include "pes/selftest.h"

// ---- counting -------------------------------------------------------------------------

void selftest_count(selftest_tally *tally, bool passed) {
    tally->checks++;
    tally->failed += passed ? 0 : 1;
}

void selftest_skip(selftest_tally *tally, const char *method, const char *system) {
    tally->skipped++;
    if (tally->options->verbose || tally->options->method.count > 0) {
        fprintf(stderr, "%s on %s: not tested: %s\n", method, system, pes_last_error());
    }
}

bool selftest_wants(const selftest_options *options, const char *method) {
    bool named = options->method.count == 0;
    for (int64_t i = 0; i < options->method.count; i++) {
        named = named || strcmp(options->method.text[i], method) == 0;
    }
    return named;
}

// ---- systems --------------------------------------------------------------------------

static int print_system_json(const char *check, const char *system, const char *message) {
    json_t *row = json_object();
    json_object_set_new(row, "check", json_string(check));
    json_object_set_new(row, "system", json_string(system));
    static const char *const absent[] = {"method",   "horizon",  "truncation",     "episode",
                                         "expected", "estimate", "standard_error", "z"};
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) {
        json_object_set_new(row, absent[i], json_null());
    }
    json_object_set_new(row, "message", json_string(message));
    json_object_set_new(row, "passed", json_boolean(message[0] == '\0'));
    return cli_json_print(row, false);
}

// What a system is held to as a whole.
typedef struct system_test {
    const char *check; // "promises"
    const char *title; // what a success says
    pes_status (*test)(const pes_system *system, const float *theta, int64_t steps,
                       uint64_t seed);
} system_test;

static const system_test promises = {"promises", "keeps the promises of a system",
                                     pes_selftest_system};
static const system_test derivatives = {"derivatives", "has the right derivatives",
                                        pes_selftest_derivatives};

static int test_one(const system_test *what, const pes_problem_type *type,
                    const pes_problem *problem, selftest_tally *tally) {
    const int64_t steps = 6;
    const uint64_t seed = 1;
    const pes_status status =
        what->test(pes_problem_system(problem), pes_problem_theta(problem), steps, seed);
    const char *message = status == PES_OK ? "" : pes_last_error();
    selftest_count(tally, status == PES_OK);
    if (tally->options->json) {
        return print_system_json(what->check, type->name, message);
    }
    printf("%-12s %s: %s%s%s\n", type->name, what->title, status == PES_OK ? "ok" : "FAILED",
           status == PES_OK ? "" : ": ", message);
    return CLI_OK;
}

static int test_system(const pes_problem_type *type, const pes_problem *problem,
                       selftest_tally *tally) {
    const pes_system *system = pes_problem_system(problem);
    const bool derived = system->unroll_tangents != NULL || system->unroll_adjoints != NULL;
    const int code = test_one(&promises, type, problem, tally);
    return code == CLI_OK && derived ? test_one(&derivatives, type, problem, tally) : code;
}

// Where the data set of a problem is not at hand, one that needs no files serves as well.
static pes_status use_generated_data(const pes_problem_type *type, void *options) {
    const pes_dataset_info *data = NULL;
    for (int64_t i = 0; (data = pes_dataset_get(i)) != NULL && data->folder != NULL;) {
        i++;
    }
    if (data == NULL || pes_field_find(type->fields, "dataset") == NULL) {
        return PES_E_FILE;
    }
    const pes_value value = {.type = PES_FIELD_TEXT, .text = data->name};
    return pes_field_set(type->fields, options, "dataset", &value);
}

// ---- a problem by its name ------------------------------------------------------------

// Three updates, the last one cut short.
enum { SHORT_HORIZON = 12, SHORT_TRUNCATION = 5 };

static int prove_problem(const pes_problem_type *type, const pes_problem *problem,
                         selftest_tally *tally) {
    pes_estimator_options estimator = pes_estimator_options_default();
    const int64_t natural = pes_problem_horizon(problem);
    estimator.horizon = natural > 0 && natural < SHORT_HORIZON ? natural : SHORT_HORIZON;
    estimator.truncation = SHORT_TRUNCATION < natural || natural == 0 ? SHORT_TRUNCATION : 1;
    const double params = (double)pes_problem_system(problem)->num_params;
    estimator.sigma = fmin(0.1, 0.3 / sqrt(params)); // a perturbation's length is about 0.3
    const proof_setup setup = {
        .name = type->name,
        .system = pes_problem_system(problem),
        .theta = pes_problem_theta(problem),
        .estimator = &estimator,
        .flops = pes_problem_flops(problem),
    };
    return selftest_proof(&setup, tally);
}

static pes_status open_problem(const pes_problem_type *type, void *options,
                               const selftest_options *how, pes_problem **out) {
    experiment_folders folders;
    experiment_find_folders(&folders, how->data);
    const pes_status status = type->create(out, options, &folders.list);
    if (status == PES_E_FILE && use_generated_data(type, options) == PES_OK) {
        return type->create(out, options, &folders.list);
    }
    return status;
}

// What the data of every episode have in common may be next to nothing, and so the gradient;
// one set of data has a gradient of its own.
static int test_methods(const pes_problem_type *type, void *options, const pes_problem *problem,
                        selftest_tally *tally) {
    const pes_value no = {.type = PES_FIELD_BOOL, .boolean = false};
    int code = selftest_estimators(type, options, problem, tally);
    if (code != CLI_OK || pes_field_find(type->fields, "fresh") == NULL) {
        return code == CLI_OK ? prove_problem(type, problem, tally) : code;
    }
    pes_problem *same = NULL;
    pes_status status = pes_field_set(type->fields, options, "fresh", &no);
    status = status == PES_OK ? open_problem(type, options, tally->options, &same) : status;
    code = status == PES_OK ? prove_problem(type, same, tally)
                            : cli_fail_status(status, type->name);
    pes_problem_close(same);
    return code;
}

static int test_open(const pes_problem_type *type, void *options, selftest_tally *tally) {
    pes_problem *problem = NULL;
    const pes_status status = open_problem(type, options, tally->options, &problem);
    if (status == PES_E_FILE) {
        fprintf(stderr, "%s: not tested: %s\n", type->name, pes_last_error());
        tally->skipped++;
        return CLI_OK;
    }
    if (status != PES_OK) {
        return cli_fail_status(status, type->name);
    }
    int code = test_system(type, problem, tally);
    const bool is_long = type->needs != NULL; // the steps of an engine are
    if (code == CLI_OK && !(is_long && tally->options->quick)) {
        code = test_methods(type, options, problem, tally);
    }
    pes_problem_close(problem);
    return code;
}

static int test_problem(const pes_problem_type *type, selftest_tally *tally) {
    void *options = calloc(1, type->fields->struct_size);
    if (options == NULL) {
        return cli_fail(CLI_FAILED, "there is no memory left");
    }
    type->fields->set_default(options);
    const int code = test_open(type, options, tally);
    free(options);
    return code;
}

static const char *problem_name(int64_t index) {
    const pes_problem_type *type = pes_problem_type_get(index);
    return type != NULL ? type->name : NULL;
}

static int test_problems(const char *name, selftest_tally *tally) {
    int code = CLI_OK;
    for (int64_t i = 0; code == CLI_OK && pes_problem_type_get(i) != NULL; i++) {
        const pes_problem_type *type = pes_problem_type_get(i);
        if (name == NULL || strcmp(name, type->name) == 0) {
            code = test_problem(type, tally);
        }
    }
    return code;
}

// ---- an experiment --------------------------------------------------------------------

static int test_setup(experiment *setup, selftest_tally *tally) {
    pes_problem *problem = NULL;
    int code = experiment_open(setup, tally->options->data, &problem);
    if (code != CLI_OK) {
        return code;
    }
    setup->estimator.seed = setup->run.seed;
    const proof_setup proof = {
        .name = setup->type->name,
        .system = pes_problem_system(problem),
        .theta = pes_problem_theta(problem),
        .estimator = &setup->estimator,
        .flops = pes_problem_flops(problem),
        .exact = true,
    };
    code = selftest_proof(&proof, tally);
    code = code == CLI_OK ? test_system(setup->type, problem, tally) : code;
    pes_problem_close(problem);
    return code;
}

// Of a sweep, its first run.
static int test_file(const char *path, selftest_tally *tally) {
    experiment grid, setup;
    char name[EXPERIMENT_NAME];
    int code = experiment_load(&grid, path, &tally->options->set);
    if (code != CLI_OK) {
        return code;
    }
    code = experiment_point(&grid, 0, &setup, name);
    if (code == CLI_OK) {
        code = test_setup(&setup, tally);
        experiment_free(&setup);
    }
    experiment_free(&grid);
    return code;
}

// ---- the command ----------------------------------------------------------------------

static const char *method_name(int64_t index) {
    const pes_method_info *method = pes_method_get(index);
    return method != NULL ? method->name : NULL;
}

static int unknown(const char *what, const char *name, const char *(*known)(int64_t index)) {
    const char *nearest = cli_nearest(name, known);
    return cli_fail(CLI_USAGE, "there is no %s '%s'; %s%s%s", what, name,
                    nearest != NULL ? "did you mean '" : "'pes list' names them",
                    nearest != NULL ? nearest : "", nearest != NULL ? "'?" : "");
}

// What ends in .toml, has a folder in front, or is there, is a file.
static bool is_file(const char *name) {
    const size_t length = strlen(name);
    return strchr(name, '/') != NULL || cli_is_file(name) ||
           (length > 5 && strcmp(name + length - 5, ".toml") == 0);
}

static int check(const char *name, const selftest_options *options) {
    for (int64_t i = 0; i < options->method.count; i++) {
        const char *method = options->method.text[i];
        bool known = false;
        for (int64_t m = 0; method_name(m) != NULL; m++) {
            known = known || strcmp(method_name(m), method) == 0;
        }
        if (!known) {
            return unknown("method", method, method_name);
        }
    }
    if (options->samples > 0 && options->samples < SELFTEST_RUNS) {
        return cli_fail(CLI_USAGE, "--samples must be 0, or at least %d, not %" PRId64,
                        SELFTEST_RUNS, options->samples);
    }
    const bool file = name != NULL && is_file(name);
    if (name != NULL && !file && pes_problem_type_find(name) == NULL) {
        return unknown("problem", name, problem_name);
    }
    if (!file && options->set.count > 0) {
        return cli_fail(CLI_USAGE, "--set changes the settings of a file; name one");
    }
    return CLI_OK;
}

static int finish(const selftest_tally *tally) {
    char skipped[64] = "";
    if (tally->skipped > 0) {
        snprintf(skipped, sizeof skipped, ", %" PRId64 " not tested", tally->skipped);
    }
    fflush(stdout); // the rows come before their sum
    fprintf(stderr, "%" PRId64 " check%s, %" PRId64 " failed%s\n", tally->checks,
            tally->checks == 1 ? "" : "s", tally->failed, skipped);
    const int code = cli_flush();
    return code == CLI_OK && tally->failed > 0 ? CLI_FAILED : code;
}

static int run(const cli_call *call) {
    const selftest_options *options = call->options;
    selftest_tally tally = {.options = options};
    const char *name = call->count > 0 ? call->argument[0] : NULL;
    int code = check(name, options);
    if (code == CLI_OK) {
        code = name != NULL && is_file(name) ? test_file(name, &tally)
                                             : test_problems(name, &tally);
    }
    return code == CLI_OK ? finish(&tally) : code;
}

static const cli_flag flags[] = {
    CLI_FLAG("json", selftest_options, json, SWITCH, NULL, "print one JSON object a check"),
    CLI_FLAG("verbose", selftest_options, verbose, SWITCH, NULL,
             "print every number that was compared, and why a method is not tested",
             .letter = 'v'),
    CLI_FLAG("quick", selftest_options, quick, SWITCH, NULL,
             "a tenth of the particles, and differences along the gradient only, of MuJoCo's "
             "problems none: seconds rather than minutes"),
    CLI_FLAG("method", selftest_options, method, LIST, "NAME",
             "test this method only; may be repeated"),
    CLI_FLAG("samples", selftest_options, samples, INT, "COUNT",
             "pairs of particles, or particles with plain sampling, that are compared with as "
             "many differences; 0: 4096, fewer where episodes are long",
             .minimum = 0),
    CLI_FLAG("set", selftest_options, set, LIST, "T.K=V",
             "set a setting of the file, as in estimator.sigma=0.1; may be repeated"),
    CLI_FLAG("threads", selftest_options, threads, INT, "COUNT",
             "threads; 0: one per processor"),
    CLI_FLAG("data", selftest_options, data, FOLDER, "DIR", "folder of the data sets"),
};

static const cli_example examples[] = {
    {"pes selftest", "every method on every problem, every system's promises"},
    {"pes selftest regression2d", "one problem"},
    {"pes selftest x.toml --method pes --samples 100000", "an experiment's own settings"},
    {"pes selftest --json", "one JSON object a check"},
    {NULL, NULL},
};

const cli_command cli_selftest = {
    .name = "selftest",
    .summary = "Check that estimators are unbiased and that systems keep their promises.",
    .arguments = "[NAME|FILE.toml]",
    .least = 0,
    .most = 1,
    .argument_kind = CLI_WORD,
    .word = problem_name,
    .details =
        "On problems whose gradient is known, every method's estimates are summed over the "
        "updates of one episode (the first, the second and the fifth) and averaged over 64 "
        "independent repetitions. A check passes if the mean is within 4 standard errors of "
        "the expectation, which for truncated ES is the biased one. With other seeds, a "
        "correct estimator would fail one check in 6000.\n\n"
        "On every problem, estimates are compared with central differences of the objective "
        "that the method itself smooths, along the gradient and along random directions, in "
        "first and later episodes. A method is called biased where a difference exceeds 5 "
        "standard errors; a correct one would be, with other seeds, in one comparison of "
        "200000, which over all methods and problems is one run of the self-test in 500. "
        "Otherwise it is unbiased, and the smallest bias that would have shown is said, as a "
        "share of the gradient; where that is more than the gradient itself, the verdict is "
        "unclear: chaotic and noisy systems need many samples. Problems are run for 12 steps "
        "in updates of 5 (long runs take a file); those that read new data in every episode "
        "read the same, which leaves a gradient to be seen.\n\n"
        "FILE.toml (or the folder of a run) does the same with its own horizon, truncation, "
        "sigma and sampling, for a sweep those of its first run, at the problem's start. Other "
        "methods than the file's get these settings without what only the file's method "
        "takes, and K = T where they know no other.\n\n"
        "Then every system is held to the promises of pes/system.h: equal inputs give equal "
        "bits, alone and in a batch; copied states continue alike; particles do not affect "
        "each other. Where a system has derivatives, they are held against differences of its "
        "losses and against each other.\n\n"
        "Seeds are fixed: the same version gives the same verdicts every time. Exit code 1 if "
        "a check fails, or if a method that says that it is unbiased is found biased.",
    .example = examples,
    CLI_FLAGS(flags, selftest_options),
    .run = run,
};
