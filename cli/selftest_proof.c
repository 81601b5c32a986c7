// Every method that a system can serve against the objective that the method itself smooths:
// pes_selftest_unbiased(), one method after the other.
//
// A method that needs other settings gets the nearest that it takes: whole episodes where it
// knows no others, a noise interval where it asks for one. A verdict of "biased" fails where
// the method says of itself that it is not; that truncated ES is biased is as it should be.

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/selftest.h"
#include "pes/selftest.h"

// As many samples as show a bias of a tenth on smooth systems; more while they leave the
// verdict unclear, as long as a method takes no more inner steps and no more arithmetic than
// this; and never too few to show a bias as large as the gradient.
typedef struct proof_effort {
    int64_t first;
    int64_t fewest;
    double inner_steps;
    double flops;
    int64_t directions; // the first of which is that of the gradient
} proof_effort;

static const proof_effort whole_effort = {4096, 256, 4e7, 1e12, 3};
static const proof_effort quick_effort = {512, 64, 1e6, 1e11, 1};
enum { MORE = 8 }; // times the samples, while the verdict is unclear

typedef struct proof_case {
    const proof_setup *setup;
    const pes_method_info *method;
    pes_estimator_options estimator;
    pes_unbiased_options options;
    double affordable; // samples
    bool claims;       // that its estimates are unbiased, as they are used here
} proof_case;

static const char *const verdict_word[] = {
    [PES_VERDICT_UNBIASED] = "unbiased",
    [PES_VERDICT_BIASED] = "biased",
    [PES_VERDICT_UNCLEAR] = "unclear",
};

// ---- settings -------------------------------------------------------------------------

static bool is_possible(const proof_case *c) {
    return pes_estimator_memory(c->setup->system, &c->estimator) > 0;
}

static bool is_own(const proof_case *c) {
    return c->setup->exact && strcmp(c->setup->estimator->method, c->method->name) == 0;
}

// The settings as given, then without what belongs to the method that they were meant for,
// with a noise interval, and with whole episodes.
static bool adapt(proof_case *c) {
    pes_estimator_options *e = &c->estimator;
    if (is_own(c)) {
        return is_possible(c);
    }
    e->noise_interval = 0;
    e->starts = "lockstep";
    e->shaping = "none";
    const int64_t truncation = e->truncation;
    const int64_t interval[] = {0, 2 * truncation, e->horizon, 0};
    for (int i = 0; i < 4; i++) {
        e->noise_interval = interval[i];
        e->truncation = i < 3 || e->horizon == 0 ? truncation : e->horizon;
        if (is_possible(c)) {
            return true;
        }
    }
    return false;
}

// Samples that the effort allows. Estimators and differences take as many of an episode, the
// estimators those of later ones, too.
static double affordable(const proof_case *c, const proof_effort *effort) {
    const double horizon =
        (double)(c->estimator.horizon > 0 ? c->estimator.horizon : c->options.steps);
    const double flops = c->setup->flops > 1.0 ? c->setup->flops : 1.0;
    const double steps = fmin(effort->inner_steps, effort->flops / flops);
    return steps / (2.0 * horizon * (double)(c->options.episodes + 1));
}

// Unbiasedness does not depend on the number of particles; runs are many rather than large.
static void take_samples(proof_case *c, int64_t samples) {
    const int64_t signs = c->estimator.antithetic ? 2 : 1;
    const int64_t share = samples / SELFTEST_RUNS * signs,
                  given = c->setup->estimator->particles;
    c->options.samples = samples;
    c->estimator.particles = given < share ? given : share > signs ? share : signs;
}

// A method that smooths a part of its target only is near the smoothed objective, not at it.
static bool claims(const proof_case *c) {
    const bool smooths_a_part = c->method->perturbs && c->method->adjoints;
    return c->method->unbiased && !smooths_a_part && strcmp(c->estimator.shaping, "none") == 0;
}

static bool prepare(proof_case *c, const selftest_options *options) {
    c->estimator = *c->setup->estimator;
    c->estimator.method = c->method->name;
    c->options = pes_unbiased_options_default();
    c->options.threads = options->threads;
    if (!adapt(c)) {
        return false;
    }
    const proof_effort *effort = options->quick ? &quick_effort : &whole_effort;
    c->options.directions = effort->directions;
    c->affordable = affordable(c, effort);
    const double first = fmin(c->affordable, (double)effort->first);
    take_samples(c, options->samples > 0 ? options->samples
                                         : (int64_t)fmax(first, (double)effort->fewest));
    c->claims = claims(c);
    return true;
}

// ---- reporting ------------------------------------------------------------------------

static bool passes(const proof_case *c, const pes_unbiased_result *r) {
    return !(c->claims && r->verdict == PES_VERDICT_BIASED);
}

static int print_row_json(const proof_case *c, const pes_unbiased_result *r,
                          const pes_unbiased_row *row) {
    json_t *out = json_object();
    json_object_set_new(out, "check", json_string("differences"));
    json_object_set_new(out, "system", json_string(c->setup->name));
    json_object_set_new(out, "method", json_string(c->method->name));
    json_object_set_new(out, "horizon", json_integer(c->estimator.horizon));
    json_object_set_new(out, "truncation", json_integer(c->estimator.truncation));
    json_object_set_new(out, "antithetic", json_boolean(c->estimator.antithetic));
    json_object_set_new(out, "sigma", cli_json_real(c->estimator.sigma));
    json_object_set_new(out, "episode", json_integer(row->episode));
    json_object_set_new(out, "direction", json_integer(row->direction));
    json_object_set_new(out, "expected", cli_json_real(row->expected));
    json_object_set_new(out, "expected_error", cli_json_real(row->expected_error));
    json_object_set_new(out, "estimate", cli_json_real(row->estimate));
    json_object_set_new(out, "standard_error", cli_json_real(row->estimate_error));
    json_object_set_new(out, "z", cli_json_real(row->z));
    json_object_set_new(out, "bias", cli_json_real(row->bias));
    json_object_set_new(out, "visible", cli_json_real(row->visible));
    json_object_set_new(out, "verdict", json_string(verdict_word[r->verdict]));
    json_object_set_new(out, "samples", json_integer(c->options.samples));
    json_object_set_new(out, "needed", cli_json_real(r->needed));
    json_object_set_new(out, "inner_steps", json_integer(r->inner_steps));
    json_object_set_new(out, "dropped", json_integer(r->dropped));
    const bool fails = c->claims && !(fabs(row->z) <= c->options.threshold);
    json_object_set_new(out, "passed", json_boolean(passes(c, r) || !fails));
    return cli_json_print(out, false);
}

static void print_row(const pes_unbiased_row *row) {
    printf("%26s episode %s, direction %" PRId64
           ": expected %11.4g +- %-9.2g estimate "
           "%11.4g +- %-9.2g z %6.2f\n",
           "", row->episode == 1 ? "1 " : "2+", row->direction, row->expected,
           row->expected_error, row->estimate, row->estimate_error, row->z);
}

// No gradient, and no noise in it either: a bias has no size to be compared with, and more
// samples are more of the same.
static bool is_flat(const pes_unbiased_result *r) {
    return r->dropped == 0 && isnan(r->visible);
}

// What was found, in a few words.
static void describe(const proof_case *c, const pes_unbiased_result *r, char *out,
                     size_t size) {
    char count[CLI_NUMBER_SIZE];
    if (r->verdict == PES_VERDICT_BIASED) {
        snprintf(out, size, "biased by %.3g %%, z = %.1f%s%s", 100.0 * r->bias, r->z,
                 passes(c, r) ? "; it estimates " : "", passes(c, r) ? c->method->target : "");
    } else if (r->verdict == PES_VERDICT_UNBIASED) {
        snprintf(out, size, "unbiased, |z| up to %.2f; %.2g %% would have shown", fabs(r->z),
                 100.0 * r->visible);
    } else if (r->dropped > 0) {
        snprintf(out, size, "unclear: %s losses were not finite",
                 cli_count((double)r->dropped, count));
    } else if (is_flat(r)) {
        snprintf(out, size, "unclear: losses of %" PRId64 " steps do not depend on theta here",
                 c->estimator.horizon);
    } else {
        snprintf(out, size,
                 "unclear: a bias below %.3g %% would not have shown; %s samples "
                 "would show 10 %%",
                 100.0 * r->visible, cli_count(r->needed, count));
    }
}

static int report(const proof_case *c, const pes_unbiased_result *r,
                  const selftest_options *options) {
    int code = CLI_OK;
    for (int64_t i = 0; options->json && code == CLI_OK && i < r->rows; i++) {
        code = print_row_json(c, r, &r->row[i]);
    }
    if (options->json) {
        return code;
    }
    char words[256];
    describe(c, r, words, sizeof words);
    printf("%-12s %-13s T = %" PRId64 ", K = %" PRId64 ": %s%s\n", c->setup->name,
           c->method->name, c->estimator.horizon, c->estimator.truncation,
           passes(c, r) ? "" : "FAILED: ", words);
    for (int64_t i = 0; (options->verbose || !passes(c, r)) && i < r->rows; i++) {
        print_row(&r->row[i]);
    }
    return CLI_OK;
}

// ---- the methods ----------------------------------------------------------------------

// On a terminal, what takes so long.
static void announce(const proof_case *c, bool begin) {
    if (isatty(STDERR_FILENO) == 1) {
        if (begin) {
            fprintf(stderr, "\r%s: %s\033[K", c->setup->name, c->method->name);
        } else {
            fputs("\r\033[K", stderr);
        }
        fflush(stderr);
    }
}

// Again with more samples, where these were chosen here and have shown nothing.
static pes_status prove(proof_case *c, bool chosen, pes_unbiased_result *result) {
    for (;;) {
        const pes_status status = pes_selftest_unbiased(c->setup->system, c->setup->theta,
                                                        &c->estimator, &c->options, result);
        const int64_t more = MORE * c->options.samples;
        if (status != PES_OK || !chosen || result->verdict != PES_VERDICT_UNCLEAR ||
            result->dropped > 0 || is_flat(result) || (double)more > c->affordable) {
            return status;
        }
        take_samples(c, more);
    }
}

static int test_method(proof_case *c, selftest_tally *tally) {
    pes_unbiased_result result;
    announce(c, true);
    const pes_status status = prove(c, tally->options->samples == 0, &result);
    announce(c, false);
    if (status == PES_E_ARGUMENT) {
        selftest_skip(tally, c->method->name, c->setup->name);
        return CLI_OK;
    }
    if (status != PES_OK) {
        return cli_fail_status(status, c->method->name);
    }
    selftest_count(tally, passes(c, &result));
    return report(c, &result, tally->options);
}

int selftest_proof(const proof_setup *setup, selftest_tally *tally) {
    int code = CLI_OK;
    proof_case c = {.setup = setup};
    for (int64_t m = 0; code == CLI_OK && pes_method_get(m) != NULL; m++) {
        c.method = pes_method_get(m);
        if (!selftest_wants(tally->options, c.method->name)) {
            continue;
        }
        if (prepare(&c, tally->options)) {
            code = test_method(&c, tally);
        } else {
            selftest_skip(tally, c.method->name, setup->name);
        }
    }
    return code;
}
