// pes selftest: is each estimator unbiased, and does each system keep its promises?

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/experiment.h"
#include "cli/selftest.h"
#include "pes/selftest.h"

typedef struct selftest_options {
    bool json;
    bool quick;
    int64_t threads;
    const char *data;
} selftest_options;

// What has been counted so far.
typedef struct selftest_tally {
    const selftest_options *options;
    int64_t checks;
    int64_t failed;
    int64_t skipped;
} selftest_tally;

typedef struct unroll_case {
    int64_t horizon;
    int64_t truncation;
} unroll_case;

static const unroll_case unrolls[] = {{4, 2}, {10, 2}, {100, 10}, {10, 3}};
enum { UNROLLS = sizeof unrolls / sizeof *unrolls };

static const oracle_effort whole_effort = {.particles = 2000, .repetitions = 64};
static const oracle_effort quick_effort = {.particles = 200, .repetitions = 64};

// ---- reporting ------------------------------------------------------------------------

static void count(selftest_tally *tally, bool passed) {
    tally->checks++;
    tally->failed += passed ? 0 : 1;
}

static int print_check_json(const oracle_case *setup, const oracle_check *check) {
    json_t *row = json_object();
    json_object_set_new(row, "check", json_string("expectation"));
    json_object_set_new(row, "system", json_string(setup->type->name));
    json_object_set_new(row, "method", json_string(setup->method->name));
    json_object_set_new(row, "horizon", json_integer(setup->horizon));
    json_object_set_new(row, "truncation", json_integer(setup->truncation));
    json_object_set_new(row, "antithetic", json_boolean(setup->antithetic));
    json_object_set_new(row, "sigma", cli_json_real(setup->sigma));
    json_object_set_new(row, "episode", json_integer(check->episode));
    json_object_set_new(row, "parameter", json_integer(check->parameter));
    json_object_set_new(row, "expected", cli_json_real(check->expected));
    json_object_set_new(row, "estimate", cli_json_real(check->estimate));
    json_object_set_new(row, "standard_error", cli_json_real(check->standard_error));
    json_object_set_new(row, "z", cli_json_real(check->z));
    json_object_set_new(row, "separation", cli_json_real(check->separation));
    json_object_set_new(row, "passed", json_boolean(check->passed));
    return cli_json_print(row, false);
}

static int print_check(const oracle_case *setup, const oracle_check *check) {
    printf("%-10s %-13s %5" PRId64 " %5" PRId64 " %-10s %7" PRId64 " %5" PRId64
           " %11.4f %11.4f %9.4f %6.2f  %s\n",
           setup->type->name, setup->method->name, setup->horizon, setup->truncation,
           setup->antithetic ? "antithetic" : "plain", check->episode, check->parameter,
           check->expected, check->estimate, check->standard_error, check->z,
           check->passed ? "ok" : "FAILED");
    return CLI_OK;
}

static void print_head(void) {
    printf("%-10s %-13s %5s %5s %-10s %7s %5s %11s %11s %9s %6s  %s\n", "system", "method", "T",
           "K", "sampling", "episode", "theta", "expected", "estimate", "se", "z", "verdict");
}

// ---- estimators -----------------------------------------------------------------------

// Can the method be run with these horizons? pes_estimator_memory() is 0 where it cannot.
static bool is_possible(const oracle_case *setup) {
    pes_estimator_options options = pes_estimator_options_default();
    options.method = setup->method->name;
    options.truncation = setup->truncation;
    options.horizon = setup->horizon;
    options.noise_interval = setup->noise_interval;
    options.antithetic = setup->antithetic;
    return pes_estimator_memory(setup->system, &options) > 0;
}

// Methods that ask for a noise interval get two truncations; those that only know whole
// episodes take K = T, and each T once.
static bool adapt(oracle_case *setup, int64_t index) {
    setup->horizon = unrolls[index].horizon;
    setup->truncation = unrolls[index].truncation;
    setup->noise_interval = 0;
    if (is_possible(setup)) {
        return true;
    }
    setup->noise_interval = 2 * setup->truncation;
    if (is_possible(setup)) {
        return true;
    }
    setup->noise_interval = 0;
    setup->truncation = setup->horizon;
    for (int64_t i = 0; i < index; i++) {
        if (unrolls[i].horizon == setup->horizon) {
            return false;
        }
    }
    return is_possible(setup);
}

static int test_case(const oracle_case *setup, const oracle_effort *effort,
                     selftest_tally *tally) {
    oracle_check check[ORACLE_EPISODES * ORACLE_PARAMS];
    const pes_status status = oracle_measure(setup, effort, check);
    if (status != PES_OK) {
        return cli_fail_status(status, setup->method->name);
    }
    for (int64_t i = 0; i < ORACLE_EPISODES * setup->system->num_params; i++) {
        const bool json = tally->options->json;
        const int code =
            json ? print_check_json(setup, &check[i]) : print_check(setup, &check[i]);
        if (code != CLI_OK) {
            return code;
        }
        count(tally, check[i].passed);
    }
    return CLI_OK;
}

static int test_method(oracle_case *setup, const oracle_effort *effort, selftest_tally *tally) {
    int64_t cases = 0;
    for (int64_t i = 0; i < UNROLLS; i++) {
        for (int plain = 0; plain < 2; plain++) {
            setup->antithetic = plain == 0;
            if ((setup->antithetic && !setup->method->perturbs) || !adapt(setup, i)) {
                continue;
            }
            const int code = test_case(setup, effort, tally);
            if (code != CLI_OK) {
                return code;
            }
            cases++;
        }
    }
    if (cases == 0) {
        fprintf(stderr, "%s on %s: not tested: %s\n", setup->method->name, setup->type->name,
                pes_last_error());
        tally->skipped++;
    }
    return CLI_OK;
}

// theta is moved away from the problem's start, which may be a special place such as zero.
static int test_estimators(const pes_problem_type *type, const void *options,
                           const pes_problem *problem, selftest_tally *tally) {
    const pes_system *system = pes_problem_system(problem);
    float theta[ORACLE_PARAMS];
    if (type->exact_gradient == NULL || system->num_params > ORACLE_PARAMS) {
        return CLI_OK;
    }
    for (int64_t p = 0; p < system->num_params; p++) {
        theta[p] = pes_problem_theta(problem)[p] + 2.0f - 0.25f * (float)p;
    }
    oracle_effort effort = tally->options->quick ? quick_effort : whole_effort;
    effort.threads = tally->options->threads;
    oracle_case setup = {
        .type = type, .options = options, .system = system, .theta = theta, .sigma = 1.0};
    if (!tally->options->json) {
        print_head();
    }
    for (int64_t m = 0; pes_method_get(m) != NULL; m++) {
        setup.method = pes_method_get(m);
        const int code = test_method(&setup, &effort, tally);
        if (code != CLI_OK) {
            return code;
        }
    }
    return CLI_OK;
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

static int test_system(const system_test *what, const pes_problem_type *type,
                       const pes_problem *problem, selftest_tally *tally) {
    const int64_t steps = 6;
    const uint64_t seed = 1;
    const pes_status status =
        what->test(pes_problem_system(problem), pes_problem_theta(problem), steps, seed);
    const char *message = status == PES_OK ? "" : pes_last_error();
    count(tally, status == PES_OK);
    if (tally->options->json) {
        return print_system_json(what->check, type->name, message);
    }
    printf("%-10s %s: %s%s%s\n", type->name, what->title, status == PES_OK ? "ok" : "FAILED",
           status == PES_OK ? "" : ": ", message);
    return CLI_OK;
}

static bool has_derivatives(const pes_problem *problem) {
    const pes_system *system = pes_problem_system(problem);
    return system->unroll_tangents != NULL || system->unroll_adjoints != NULL;
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

static int test_open(const pes_problem_type *type, void *options, selftest_tally *tally) {
    experiment_folders folders;
    experiment_find_folders(&folders, tally->options->data);
    pes_problem *problem = NULL;
    pes_status status = type->create(&problem, options, &folders.list);
    if (status == PES_E_FILE && use_generated_data(type, options) == PES_OK) {
        status = type->create(&problem, options, &folders.list);
    }
    if (status == PES_E_FILE) {
        fprintf(stderr, "%s: not tested: %s\n", type->name, pes_last_error());
        tally->skipped++;
        return CLI_OK;
    }
    if (status != PES_OK) {
        return cli_fail_status(status, type->name);
    }
    int code = test_estimators(type, options, problem, tally);
    if (code == CLI_OK) {
        code = test_system(&promises, type, problem, tally);
    }
    if (code == CLI_OK && has_derivatives(problem)) {
        code = test_system(&derivatives, type, problem, tally);
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

// ---- the command ----------------------------------------------------------------------

static const char *problem_name(int64_t index) {
    const pes_problem_type *type = pes_problem_type_get(index);
    return type != NULL ? type->name : NULL;
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
    selftest_tally tally = {.options = call->options};
    const char *name = call->count > 0 ? call->argument[0] : NULL;
    if (name != NULL && pes_problem_type_find(name) == NULL) {
        const char *nearest = cli_nearest(name, problem_name);
        return cli_fail(CLI_USAGE, "there is no problem '%s'; %s%s%s", name,
                        nearest != NULL ? "did you mean '" : "'pes list' names them",
                        nearest != NULL ? nearest : "", nearest != NULL ? "'?" : "");
    }
    int code = CLI_OK;
    for (int64_t i = 0; code == CLI_OK && pes_problem_type_get(i) != NULL; i++) {
        const pes_problem_type *type = pes_problem_type_get(i);
        if (name == NULL || strcmp(name, type->name) == 0) {
            code = test_problem(type, &tally);
        }
    }
    return code == CLI_OK ? finish(&tally) : code;
}

static const cli_flag flags[] = {
    CLI_FLAG("json", selftest_options, json, SWITCH, NULL, "print one JSON object a check"),
    CLI_FLAG("quick", selftest_options, quick, SWITCH, NULL,
             "a tenth of the particles: seconds rather than a minute"),
    CLI_FLAG("threads", selftest_options, threads, INT, "COUNT",
             "threads; 0: one per processor"),
    CLI_FLAG("data", selftest_options, data, FOLDER, "DIR", "folder of the data sets"),
};

static const cli_example examples[] = {
    {"pes selftest", "every method against its known expectation, every system's promises"},
    {"pes selftest linear --quick", "one system"},
    {"pes selftest --json", "one JSON object a check"},
    {NULL, NULL},
};

const cli_command cli_selftest = {
    .name = "selftest",
    .summary = "Check that estimators are unbiased and that systems keep their promises.",
    .arguments = "[NAME]",
    .least = 0,
    .most = 1,
    .argument_kind = CLI_WORD,
    .word = problem_name,
    .details =
        "On systems whose gradient is known, every method's estimates are summed over the "
        "updates of one episode (the first, the second and the fifth) and averaged over 64 "
        "independent repetitions. A check passes if the mean is within 4 standard errors of "
        "the expectation, which for truncated ES is the biased one. Seeds are fixed: the same "
        "version gives the same verdict every time. With other seeds, a correct estimator "
        "would fail one check in 6000.\n\n"
        "Then every system is held to the promises of pes/system.h: equal inputs give equal "
        "bits, alone and in a batch; copied states continue alike; particles do not affect "
        "each other. Where a system has derivatives, they are held against differences of its "
        "losses and against each other. NAME restricts all this to one problem. Exit code 1 if "
        "a check fails.",
    .example = examples,
    CLI_FLAGS(flags, selftest_options),
    .run = run,
};
