// What `pes advise` has found, for people and for programs.

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "cli/advise.h"

// ---- for people -----------------------------------------------------------------------

// Two digits, or all of a large number.
static char *show_error(double error, char out[CLI_NUMBER_SIZE]) {
    snprintf(out, CLI_NUMBER_SIZE, error < 99.5 ? "%.2g" : "%.0f", error);
    return out;
}

static void print_candidate(const advise_study *study, const advise_candidate *c) {
    const pes_estimator_options *e = &c->estimator;
    const variance_value own = study->candidate[0].noise;
    char interval[CLI_NUMBER_SIZE] = "";
    if (e->noise_interval > 0) {
        snprintf(interval, sizeof interval, "%" PRId64, e->noise_interval);
    }
    printf("%-13s %6" PRId64 " %6s %9.3g", e->method, e->truncation, interval, e->sigma);
    if (c->refused) {
        printf("  %s\n", c->reason);
        return;
    }
    const variance_value ratio = advise_ratio(study, c, c->noise);
    char value[CLI_NUMBER_SIZE], error[CLI_NUMBER_SIZE];
    printf(" %9.3g +- %-7.2g %9s +- %s%s\n", c->noise.value / own.value,
           c->noise.error / own.value, cli_short(ratio.value, value),
           show_error(ratio.error, error), c->unbiased ? "" : "  biased");
}

// The settings that differ, as words for the command line.
static void print_changes(const advise_study *study, const pes_estimator_options *to) {
    const pes_estimator_options *from = &study->setup->estimator;
    if (strcmp(to->method, from->method) != 0) {
        printf(" --set estimator.method=%s", to->method);
    }
    if (to->truncation != from->truncation) {
        printf(" --set estimator.truncation=%" PRId64, to->truncation);
    }
    if (to->noise_interval != from->noise_interval) {
        printf(" --set estimator.noise_interval=%" PRId64, to->noise_interval);
    }
    if (strcmp(to->sharing, from->sharing) != 0) {
        printf(" --set estimator.sharing=%s", to->sharing);
    }
    if (to->sigma != from->sigma) {
        printf(" --set estimator.sigma=%.3g", to->sigma);
    }
    if (to->particles != from->particles) {
        printf(" --set estimator.particles=%" PRId64, to->particles);
    }
}

static void print_gain(const advise_study *study, const advise_suggestion *suggestion) {
    const variance_value gain = suggestion->gain;
    if (gain.value == 1.0 && !(gain.error > 0.0)) { // another N alone
        printf("Expected: the same signal-to-noise ratio for the same inner steps");
    } else if (study->candidate[0].unbiased) {
        printf(
            "Expected: %.3g +- %.2g times the signal-to-noise ratio for the same inner steps",
            gain.value, gain.error);
    } else {
        const variance_value noise = advise_quotient((variance_value){1.0, 0.0}, gain);
        printf(
            "Expected: no bias, and %.3g +- %.2g times the variance for the same inner steps",
            noise.value, noise.error);
    }
    if (!isnan(suggestion->signal_to_noise) && !isnan(suggestion->before)) {
        printf("; of one episode's gradient %.2g instead of %.2g", suggestion->signal_to_noise,
               suggestion->before);
    }
    printf(".\n");
}

int advise_print(const advise_study *study, const advise_suggestion *suggestion) {
    printf("%-13s %6s %6s %9s %20s  %s\n", "method", "K", "R", "sigma", "noise, to the run's",
           "SNR per 10^6 steps");
    for (int64_t i = 0; i < study->count; i++) {
        print_candidate(study, &study->candidate[i]);
    }
    putchar('\n');
    for (int64_t i = 0; i < suggestion->reasons; i++) {
        printf("%s.\n", suggestion->reason[i]);
    }
    if (!suggestion->changed) {
        printf("Suggestion: leave method, K, sigma and N as they are.\n");
        return cli_flush();
    }
    printf("Suggestion:");
    print_changes(study, &suggestion->estimator);
    printf("\n");
    print_gain(study, suggestion);
    return cli_flush();
}

// ---- for programs ---------------------------------------------------------------------

static json_t *value_json(variance_value value) {
    json_t *out = json_object();
    json_object_set_new(out, "value", cli_json_real(value.value));
    json_object_set_new(out, "error", cli_json_real(value.error));
    return out;
}

static json_t *settings_of(const pes_estimator_options *e) {
    json_t *out = json_object();
    json_object_set_new(out, "method", json_string(e->method));
    json_object_set_new(out, "truncation", json_integer(e->truncation));
    json_object_set_new(out, "noise_interval", json_integer(e->noise_interval));
    json_object_set_new(out, "sharing", json_string(e->sharing));
    json_object_set_new(out, "sigma", cli_json_real(e->sigma));
    json_object_set_new(out, "particles", json_integer(e->particles));
    return out;
}

static json_t *candidate_json(const advise_study *study, const advise_candidate *c) {
    json_t *out = settings_of(&c->estimator);
    json_object_set_new(out, "unbiased", json_boolean(c->unbiased));
    json_object_set_new(out, "repetitions", json_integer(c->repetitions));
    json_object_set_new(out, "refused", c->refused ? json_string(c->reason) : json_null());
    if (!c->refused) {
        json_object_set_new(out, "signal", value_json(c->signal));
        json_object_set_new(out, "noise", value_json(c->noise));
        json_object_set_new(out, "distance", value_json(c->distance));
        json_object_set_new(out, "dropped", json_integer(c->dropped));
        json_object_set_new(out, "signal_to_noise_per_million",
                            value_json(advise_ratio(study, c, c->noise)));
    }
    return out;
}

int advise_print_json(const advise_study *study, const advise_suggestion *suggestion) {
    json_t *out = json_object(), *candidates = json_array(), *reasons = json_array();
    for (int64_t i = 0; i < study->count; i++) {
        json_array_append_new(candidates, candidate_json(study, &study->candidate[i]));
    }
    for (int64_t i = 0; i < suggestion->reasons; i++) {
        json_array_append_new(reasons, json_string(suggestion->reason[i]));
    }
    json_object_set_new(out, "problem", json_string(study->setup->type->name));
    json_object_set_new(out, "steps", json_integer(study->steps));
    json_object_set_new(out, "now", settings_of(&study->setup->estimator));
    json_object_set_new(out, "suggestion", settings_of(&suggestion->estimator));
    json_object_set_new(out, "changed", json_boolean(suggestion->changed));
    json_object_set_new(out, "shared_noise",
                        study->shared ? value_json(study->shared_noise) : json_null());
    json_object_set_new(out, "gain", value_json(suggestion->gain));
    json_object_set_new(out, "signal_visible", json_boolean(suggestion->visible));
    json_object_set_new(out, "signal_to_noise", cli_json_real(suggestion->signal_to_noise));
    json_object_set_new(out, "signal_to_noise_now", cli_json_real(suggestion->before));
    json_object_set_new(out, "reasons", reasons);
    json_object_set_new(out, "candidates", candidates);
    return cli_json_print(out, true);
}
