#include "cli/drive.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/progress.h"
#include "cli/result.h"
#include "cli/stop.h"

// Everything that one sitting of a run holds.
typedef struct sitting {
    experiment *setup;
    const drive_options *how;
    const char *folder; // NULL: writes nowhere
    pes_problem *problem;
    pes_trainer *trainer;
    char *fingerprint;
    progress line;
} sitting;

static void close_sitting(sitting *s) {
    pes_trainer_destroy(s->trainer);
    pes_problem_close(s->problem);
    free(s->fingerprint);
}

static int open_sitting(sitting *s) {
    int code = experiment_open(s->setup, s->how->data, &s->problem);
    if (code != CLI_OK) {
        return code;
    }
    s->fingerprint = experiment_fingerprint(s->setup);
    if (s->fingerprint == NULL) {
        return cli_fail(CLI_FAILED, "there is no memory left");
    }
    const pes_trainer_parts parts = {
        .system = pes_problem_system(s->problem),
        .theta = pes_problem_theta(s->problem),
        .estimator = &s->setup->estimator,
        .optimizer = &s->setup->optimizer,
        .options = &s->setup->run,
        .directory = s->folder,
        .fingerprint = s->fingerprint,
    };
    const pes_status status = pes_trainer_create(&s->trainer, &parts);
    return status == PES_OK ? CLI_OK : cli_fail_status(status, s->setup->path);
}

int drive_check(experiment *setup, const drive_options *how) {
    sitting s = {.setup = setup, .how = how};
    const int code = open_sitting(&s);
    close_sitting(&s);
    return code;
}

// ---- files
// -----------------------------------------------------------------------------------

static int write_experiment(const experiment *setup, const char *folder) {
    char path[CLI_PATH];
    char *text = experiment_text(setup);
    if (text == NULL || !cli_join(path, folder, "experiment.toml")) {
        free(text);
        return cli_fail(CLI_FAILED, "the settings of %s could not be written", folder);
    }
    const int code = cli_write_file(path, text);
    free(text);
    return code;
}

static int write_result(json_t *result, const char *folder) {
    char path[CLI_PATH];
    return cli_join(path, folder, "result.json")
               ? cli_write_json(path, result)
               : cli_fail(CLI_FAILED, "the path is too long: %s", folder);
}

json_t *drive_result(const char *folder) {
    char path[CLI_PATH];
    return cli_join(path, folder, "result.json") ? json_load_file(path, 0, NULL) : NULL;
}

static double number(const json_t *result, const char *key) {
    const json_t *value = json_object_get(result, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

void drive_print_result(const json_t *result, const char *folder) {
    char a[CLI_NUMBER_SIZE], b[CLI_NUMBER_SIZE], c[CLI_NUMBER_SIZE];
    const double updates = number(result, "updates");
    printf("%s: %.0f updates, %s inner steps, %s\n", folder, updates,
           cli_count(number(result, "inner_steps"), a),
           cli_seconds(number(result, "seconds"), b));
    if (!isnan(number(result, "objective"))) {
        printf("  objective %s", cli_short(number(result, "objective"), a));
        if (!isnan(number(result, "objective_error"))) {
            printf(" (standard error %s)", cli_short(number(result, "objective_error"), b));
        }
        printf(", at the start %s\n", cli_short(number(result, "first_objective"), c));
    }
    if (!isnan(number(result, "averaged_objective"))) {
        printf("  at the average of theta %s",
               cli_short(number(result, "averaged_objective"), a));
        if (!isnan(number(result, "averaged_objective_error"))) {
            printf(" (standard error %s)",
                   cli_short(number(result, "averaged_objective_error"), b));
        }
        putchar('\n');
    }
    const json_t *names = json_object_get(result, "parameters");
    const json_t *theta = json_object_get(result, "theta");
    for (size_t i = 0; i < json_array_size(theta) && json_array_size(theta) <= 8; i++) {
        const char *name = json_string_value(json_array_get(names, i));
        printf("%s%s %s%s", i == 0 ? "  theta: " : ", ", name != NULL ? name : "",
               cli_short(json_number_value(json_array_get(theta, i)), a),
               i + 1 == json_array_size(theta) ? "\n" : "");
    }
}

// ---- the run
// ---------------------------------------------------------------------------------

static bool watch(void *user, const pes_progress *now) {
    sitting *s = user;
    progress_report(&s->line, now);
    return stop_wanted();
}

// The settings of a run that diverged are the settings; others can go on where they stopped.
static int report_failure(const sitting *s, pes_status status) {
    const char *folder = s->how->resume != NULL ? s->how->resume : s->folder;
    const bool hopeless = status == PES_E_DIVERGED;
    return cli_fail(CLI_FAILED, "%s: %s%s%s", s->folder, pes_last_error(),
                    hopeless ? "" : "; continue with: pes resume ", hopeless ? "" : folder);
}

static int report_interruption(const sitting *s, const pes_progress *now) {
    const char *folder = s->how->resume != NULL ? s->how->resume : s->folder;
    return cli_fail(CLI_INTERRUPTED,
                    "interrupted at update %lld; continue with: pes resume %s%s%s",
                    (long long)now->update, folder, s->how->data != NULL ? " --data " : "",
                    s->how->data != NULL ? s->how->data : "");
}

static void warn_of_bias(const sitting *s) {
    const char *bias = result_shaping_bias(s->setup);
    if (bias != NULL && !s->how->quiet) {
        fprintf(stderr, "%sshaping = \"%s\" biases the estimates: it %s\n", s->how->label,
                s->setup->estimator.shaping, bias);
    }
}

static int go(sitting *s, json_t **result) {
    warn_of_bias(s);
    s->line = progress_begin(s->how->label, s->how->quiet, s->setup->run.inner_steps);
    const pes_status status = pes_trainer_run(s->trainer, watch, s);
    progress_end(&s->line);
    const pes_progress now = pes_trainer_progress(s->trainer);
    if (status != PES_OK) {
        return report_failure(s, status);
    }
    if (now.interrupted) {
        return report_interruption(s, &now);
    }
    *result = result_json(s->setup, s->problem, &now, pes_trainer_theta(s->trainer),
                          pes_trainer_theta_average(s->trainer));
    return write_result(*result, s->folder);
}

// Up to the point from which the trainer goes on.
static int prepare(sitting *s, run_folder *folder, bool fresh) {
    int code = open_sitting(s);
    if (code != CLI_OK || fresh) {
        return code == CLI_OK ? write_experiment(s->setup, s->folder) : code;
    }
    if (!folder_has_checkpoint(folder)) {
        folder_clear_events(folder);
    }
    const pes_status status = pes_trainer_resume(s->trainer);
    return status == PES_OK ? CLI_OK : cli_fail_status(status, s->folder);
}

int drive_run(experiment *setup, run_folder *folder, bool fresh, const drive_options *how,
              json_t **result) {
    sitting s = {.setup = setup, .how = how, .folder = folder->path};
    *result = NULL;
    result_reset_memory();
    int code = prepare(&s, folder, fresh);
    if (code == CLI_OK) {
        code = go(&s, result);
    }
    close_sitting(&s);
    return code;
}
