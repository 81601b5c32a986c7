// Every method against the expectation that mathematics gives, on the problems that know it:
// four horizons and truncations, antithetic and plain, three episodes.

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/selftest.h"

typedef struct unroll_case {
    int64_t horizon;
    int64_t truncation;
} unroll_case;

static const unroll_case unrolls[] = {{4, 2}, {10, 2}, {100, 10}, {10, 3}};
enum { UNROLLS = sizeof unrolls / sizeof *unrolls };

static const oracle_effort whole_effort = {.particles = 2000, .repetitions = 64};
static const oracle_effort quick_effort = {.particles = 200, .repetitions = 64};

// One method's checks together.
typedef struct oracle_summary {
    int64_t cases;
    int64_t checks;
    int64_t failed;
    double furthest; // largest |z|
} oracle_summary;

// ---- reporting ------------------------------------------------------------------------

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
    printf("%-12s %-13s %5" PRId64 " %5" PRId64 " %-10s %7" PRId64 " %5" PRId64
           " %11.4f %11.4f %9.4f %6.2f  %s\n",
           setup->type->name, setup->method->name, setup->horizon, setup->truncation,
           setup->antithetic ? "antithetic" : "plain", check->episode, check->parameter,
           check->expected, check->estimate, check->standard_error, check->z,
           check->passed ? "ok" : "FAILED");
    return CLI_OK;
}

static void print_head(void) {
    printf("%-12s %-13s %5s %5s %-10s %7s %5s %11s %11s %9s %6s  %s\n", "system", "method", "T",
           "K", "sampling", "episode", "theta", "expected", "estimate", "se", "z", "verdict");
}

static void print_summary(const oracle_case *setup, const oracle_summary *sum) {
    printf("%-12s %-13s has its known expectation: %s (%" PRId64 " of %" PRId64
           " checks, |z| up to %.2f)\n",
           setup->type->name, setup->method->name, sum->failed == 0 ? "ok" : "FAILED",
           sum->checks - sum->failed, sum->checks, sum->furthest);
}

// Every row for programs and for who asks; those that failed for everybody.
static int report(const oracle_case *setup, const oracle_check *check,
                  const selftest_options *options) {
    if (options->json) {
        return print_check_json(setup, check);
    }
    return options->verbose || !check->passed ? print_check(setup, check) : CLI_OK;
}

// ---- methods --------------------------------------------------------------------------

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
                     selftest_tally *tally, oracle_summary *sum) {
    oracle_check check[ORACLE_EPISODES * ORACLE_PARAMS];
    const pes_status status = oracle_measure(setup, effort, check);
    if (status != PES_OK) {
        return cli_fail_status(status, setup->method->name);
    }
    sum->cases++;
    for (int64_t i = 0; i < ORACLE_EPISODES * setup->system->num_params; i++) {
        const int code = report(setup, &check[i], tally->options);
        if (code != CLI_OK) {
            return code;
        }
        selftest_count(tally, check[i].passed);
        sum->checks++;
        sum->failed += check[i].passed ? 0 : 1;
        sum->furthest = fmax(sum->furthest, fabs(check[i].z));
    }
    return CLI_OK;
}

static int test_method(oracle_case *setup, const oracle_effort *effort, selftest_tally *tally) {
    oracle_summary sum = {.cases = 0};
    for (int64_t i = 0; i < UNROLLS; i++) {
        for (int plain = 0; plain < 2; plain++) {
            setup->antithetic = plain == 0;
            if ((setup->antithetic && !setup->method->perturbs) || !adapt(setup, i)) {
                continue;
            }
            const int code = test_case(setup, effort, tally, &sum);
            if (code != CLI_OK) {
                return code;
            }
        }
    }
    if (sum.cases == 0) {
        selftest_skip(tally, setup->method->name, setup->type->name);
    } else if (!tally->options->json) {
        print_summary(setup, &sum);
    }
    return CLI_OK;
}

// theta is moved away from the problem's start, which may be a special place such as zero.
int selftest_estimators(const pes_problem_type *type, const void *options,
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
    // So few particles are done before another thread is awake.
    effort.threads = tally->options->quick ? 1 : tally->options->threads;
    oracle_case setup = {
        .type = type, .options = options, .system = system, .theta = theta, .sigma = 1.0};
    if (tally->options->verbose && !tally->options->json) {
        print_head();
    }
    int code = CLI_OK;
    for (int64_t m = 0; code == CLI_OK && pes_method_get(m) != NULL; m++) {
        setup.method = pes_method_get(m);
        if (selftest_wants(tally->options, setup.method->name)) {
            code = test_method(&setup, &effort, tally);
        }
    }
    return code;
}
