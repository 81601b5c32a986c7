#include "problems/control/policy_start.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "problems/control/policy_file.h"

static bool same_list(const pes_int_list *a, const pes_int_list *b) {
    return a->count == b->count &&
           memcmp(a->value, b->value, (size_t)a->count * sizeof *a->value) == 0;
}

static pes_status check(const pes_policy *own, const pes_policy *theirs) {
    const pes_policy_options *a = &own->options, *b = &theirs->options;
    PES_PROBLEM_REQUIRE(
        own->num_observed == theirs->num_observed && own->num_actions == theirs->num_actions,
        PES_E_ARGUMENT,
        "the policy in %s goes from %lld observed numbers to %lld actions, but this "
        "environment has %lld and %lld",
        a->start_file, (long long)theirs->num_observed, (long long)theirs->num_actions,
        (long long)own->num_observed, (long long)own->num_actions);
    PES_PROBLEM_REQUIRE(strcmp(a->kind, b->kind) == 0 && same_list(&a->hidden, &b->hidden) &&
                            own->num_params == theirs->num_params &&
                            strcmp(a->action_bounds, b->action_bounds) == 0 &&
                            a->normalize == b->normalize,
                        PES_E_ARGUMENT,
                        "the policy in %s is another one than the settings say; set policy, "
                        "hidden, bias, action_bounds and normalize to what 'pes import' says "
                        "of it",
                        a->start_file);
    return PES_OK;
}

static pes_status check_sum(pes_control *control, const pes_policy_file *file) {
    const pes_policy_options *options = &control->policy.options;
    pes_sha256 hash;
    pes_sha256_begin(&hash);
    pes_sha256_add(&hash, file->theta, (size_t)file->policy.num_params * sizeof *file->theta);
    pes_sha256_add(&hash, file->common,
                   (size_t)pes_normalize_common(&file->normalize) * sizeof *file->common);
    pes_sha256_end(&hash, control->start_sum);
    PES_PROBLEM_REQUIRE(options->start_sha256[0] == '\0' ||
                            strcmp(options->start_sha256, control->start_sum) == 0,
                        PES_E_FORMAT,
                        "the policy in %s has the SHA-256 sum %s, but start_sha256 says %s: "
                        "its content has changed; restore it, or begin a new run",
                        options->start_file, control->start_sum, options->start_sha256);
    return PES_OK;
}

static pes_status take(pes_control *control, const pes_policy_file *file, float *theta) {
    PES_PROBLEM_TRY(check(&control->policy, &file->policy));
    PES_PROBLEM_TRY(check_sum(control, file));
    memcpy(theta, file->theta, (size_t)file->policy.num_params * sizeof *theta);
    if (control->normalize.numbers > 0) {
        memcpy(control->common, file->common,
               (size_t)pes_normalize_common(&control->normalize) * sizeof *file->common);
    }
    return PES_OK;
}

pes_status pes_policy_start(pes_control *control, float *theta) {
    pes_policy_file file;
    if (control->normalize.numbers > 0) {
        pes_normalize_begin(&control->normalize, control->common);
    }
    pes_policy_init(&control->policy, theta);
    if (control->policy.options.start_file[0] == '\0') {
        return PES_OK;
    }
    PES_PROBLEM_TRY(pes_policy_file_read(&file, control->policy.options.start_file));
    const pes_status status = take(control, &file, theta);
    pes_policy_file_free(&file);
    return status;
}

void pes_policy_pin(const pes_problem *problem, pes_policy_options *options) {
    const pes_control *control = problem->user;
    if (options->start_file[0] != '\0') {
        memcpy(options->start_sha256, control->start_sum, sizeof control->start_sum);
    }
}

// ---- in words -------------------------------------------------------------------------------

static void say(pes_policy_settings *out, const char *name, const char *quote,
                const char *value) {
    (void)snprintf(out->name[out->count], PES_NAME_SIZE, "%s", name);
    (void)snprintf(out->value[out->count], PES_SETTING_SIZE, "%s%s%s", quote, value, quote);
    out->count++;
}

static void say_list(pes_policy_settings *out, const char *name, const pes_int_list *list) {
    char text[PES_SETTING_SIZE];
    int used = snprintf(text, sizeof text, "[");
    for (int64_t i = 0; i < list->count; i++) {
        used += snprintf(text + used, sizeof text - (size_t)used, "%s%" PRId64,
                         i > 0 ? ", " : "", list->value[i]);
    }
    (void)snprintf(text + used, sizeof text - (size_t)used, "]");
    say(out, name, "", text);
}

static const char *truth(bool value) {
    return value ? "true" : "false";
}

pes_status pes_policy_file_settings(pes_policy_settings *out, const char *path) {
    pes_policy_file file;
    *out = (pes_policy_settings){.count = 0};
    PES_PROBLEM_TRY(pes_policy_file_read(&file, path));
    const pes_policy_options *options = &file.policy.options;
    char clip[40];
    (void)snprintf(clip, sizeof clip, "%.17g", options->normalize_clip);
    out->num_params = file.policy.num_params;
    out->seen = file.normalize.numbers > 0 ? file.common[0] : 0.0;
    say(out, "name", "\"", file.problem);
    say(out, "policy", "\"", options->kind);
    say_list(out, "hidden", &options->hidden);
    say(out, "bias", "", truth(options->bias));
    say(out, "action_bounds", "\"", options->action_bounds);
    say(out, "normalize", "", truth(options->normalize));
    say(out, "normalize_clip", "", clip);
    pes_policy_file_free(&file);
    return PES_OK;
}
