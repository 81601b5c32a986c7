#include "cli/drive.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/result.h"
#include "cli/sitting.h"

static const sitting_engine *engine(const sitting *s) {
    return experiment_is_search(s->setup) ? &sitting_search : &sitting_trainer;
}

static void close_sitting(sitting *s) {
    pes_trainer_destroy(s->trainer);
    pes_search_destroy(s->search);
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
    const pes_status status = engine(s)->create(s);
    return status == PES_OK ? CLI_OK : cli_fail_status(status, s->setup->path);
}

int drive_check(experiment *setup, const drive_options *how) {
    sitting s = {.setup = setup, .how = how};
    const int code = open_sitting(&s);
    close_sitting(&s);
    return code;
}

// ---- files --------------------------------------------------------------------------

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
    const bool is_search = json_object_get(result, "points") != NULL;
    printf("%s: %.0f %s, %s inner steps, %s\n", folder,
           number(result, is_search ? "points" : "updates"), is_search ? "points" : "updates",
           cli_count(number(result, "inner_steps"), a),
           cli_seconds(number(result, "seconds"), b));
    if (is_search) {
        printf("  %.0f took whole episodes, %.0f had a loss that was not finite\n",
               number(result, "whole"), number(result, "diverged"));
    }
    if (number(result, "best_point") < 0.0) {
        puts(
            "  nothing was found: theta is the middle of the box; let it exclude what "
            "diverges");
    }
    if (!isnan(number(result, "objective"))) {
        printf("  objective %s", cli_short(number(result, "objective"), a));
        if (!isnan(number(result, "objective_error"))) {
            printf(" (standard error %s)", cli_short(number(result, "objective_error"), b));
        }
        if (!is_search) {
            printf(", at the start %s", cli_short(number(result, "first_objective"), c));
        }
        putchar('\n');
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

// ---- the run ------------------------------------------------------------------------

// The settings of a run that diverged are the settings; others can go on where they stopped.
static int report_failure(const sitting *s, pes_status status) {
    const char *folder = s->how->resume != NULL ? s->how->resume : s->folder;
    const bool hopeless = status == PES_E_DIVERGED;
    return cli_fail(CLI_FAILED, "%s: %s%s%s", s->folder, pes_last_error(),
                    hopeless ? "" : "; continue with: pes resume ", hopeless ? "" : folder);
}

static int report_interruption(const sitting *s, const char *where) {
    const char *folder = s->how->resume != NULL ? s->how->resume : s->folder;
    return cli_fail(CLI_INTERRUPTED, "interrupted at %s; continue with: pes resume %s%s%s",
                    where, folder, s->how->data != NULL ? " --data " : "",
                    s->how->data != NULL ? s->how->data : "");
}

static int go(sitting *s, json_t **result) {
    char where[64];
    const pes_status status = engine(s)->run(s);
    if (status != PES_OK) {
        return report_failure(s, status);
    }
    if (engine(s)->interrupted(s, where)) {
        return report_interruption(s, where);
    }
    *result = engine(s)->result(s);
    return write_result(*result, s->folder);
}

// Up to the point from which it goes on.
static int prepare(sitting *s, run_folder *folder, bool fresh) {
    int code = open_sitting(s);
    if (code != CLI_OK || fresh) {
        return code == CLI_OK ? write_experiment(s->setup, s->folder) : code;
    }
    if (!folder_has_checkpoint(folder)) {
        folder_clear_events(folder);
    }
    const pes_status status = engine(s)->resume(s);
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
