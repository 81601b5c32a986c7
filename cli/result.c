#include "cli/result.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "pes/bench.h"

// ---- the machine --------------------------------------------------------------------

// The rest of the first line of `path` that begins with `key`, after blanks, tabs and a colon.
static bool find_line(const char *path, const char *key, char *out, size_t capacity) {
    FILE *file = fopen(path, "r");
    char line[512];
    bool found = false;
    while (file != NULL && !found && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, key, strlen(key)) == 0) {
            const char *text = line + strlen(key);
            text += strspn(text, " \t:");
            snprintf(out, capacity, "%.*s", (int)strcspn(text, "\n"), text);
            found = true;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return found;
}

json_t *result_machine(int64_t threads) {
    char processor[256] = "unknown";
    find_line("/proc/cpuinfo", "model name", processor, sizeof processor);
    json_t *machine = json_object();
    json_object_set_new(machine, "processor", json_string(processor));
    json_object_set_new(machine, "processors", json_integer(cli_processors()));
    json_object_set_new(machine, "threads", json_integer(cli_threads(threads)));
    json_object_set_new(machine, "kernels", json_string(pes_bench_kernels()));
    return machine;
}

void result_reset_memory(void) {
    FILE *file = fopen("/proc/self/clear_refs", "w");
    if (file != NULL) {
        fputs("5\n", file); // resets the high-water mark
        fclose(file);
    }
}

double result_peak_memory(void) {
    char text[64];
    if (find_line("/proc/self/status", "VmHWM", text, sizeof text)) {
        return 1024.0 * strtod(text, NULL);
    }
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? 1024.0 * (double)usage.ru_maxrss : 0.0;
}

// ---- the run ------------------------------------------------------------------------

static json_t *theta_json(const float *theta, int64_t count) {
    json_t *array = json_array();
    for (int64_t i = 0; i < count; i++) {
        json_array_append_new(array, cli_json_real((double)theta[i]));
    }
    return array;
}

static json_t *names_json(const experiment *setup, int64_t count) {
    json_t *array = json_array();
    for (int64_t i = 0; i < count; i++) {
        char room[PES_NAME_SIZE];
        const char *name = setup->type->param_name(setup->problem, i, room);
        json_array_append_new(array, name != NULL ? json_string(name) : json_null());
    }
    return array;
}

const char *result_shaping_bias(const experiment *setup) {
    const char *name = setup->estimator.shaping;
    for (int64_t i = 1; pes_shaping_get(i) != NULL; i++) {
        if (strcmp(pes_shaping_get(i)->name, name) == 0) {
            return pes_shaping_get(i)->bias;
        }
    }
    return NULL;
}

// What the result of anything begins with.
static json_t *begin_result(const experiment *setup, int64_t params) {
    json_t *result = json_object();
    json_object_set_new(result, "version", json_string(pes_version()));
    json_object_set_new(result, "status", json_string("finished"));
    json_object_set_new(result, "problem", json_string(setup->type->name));
    json_object_set_new(result, "method", json_string(experiment_method(setup)));
    if (setup->variant_name != NULL) {
        json_object_set_new(result, "variant", json_string(setup->variant_name));
    }
    json_object_set_new(result, "settings", experiment_json(setup));
    json_object_set_new(result, "parameters", names_json(setup, params));
    return result;
}

static void add_cost(json_t *result, const experiment *setup, double seconds) {
    json_object_set_new(result, "seconds", cli_json_real(seconds));
    json_object_set_new(result, "peak_memory", json_integer((json_int_t)result_peak_memory()));
    json_object_set_new(result, "machine", result_machine(setup->run.threads));
}

json_t *result_json(const experiment *setup, const pes_problem *problem,
                    const pes_progress *progress, const float *theta, const float *average) {
    const int64_t count = pes_problem_system(problem)->num_params;
    json_t *result = begin_result(setup, count);
    if (result_shaping_bias(setup) != NULL) {
        json_object_set_new(result, "shaping_bias", json_string(result_shaping_bias(setup)));
    }
    json_object_set_new(result, "start", theta_json(pes_problem_theta(problem), count));
    json_object_set_new(result, "theta", theta_json(theta, count));
    json_object_set_new(result, "first_objective", cli_json_real(progress->first_objective));
    json_object_set_new(result, "objective", cli_json_real(progress->objective));
    json_object_set_new(result, "objective_error", cli_json_real(progress->objective_error));
    if (average != NULL) {
        json_object_set_new(result, "theta_average", theta_json(average, count));
        json_object_set_new(result, "averaged_objective",
                            cli_json_real(progress->averaged_objective));
        json_object_set_new(result, "averaged_objective_error",
                            cli_json_real(progress->averaged_objective_error));
    }
    json_object_set_new(result, "updates", json_integer(progress->update));
    json_object_set_new(result, "inner_steps", json_integer(progress->inner_steps));
    json_object_set_new(result, "resets", json_integer(progress->resets));
    json_object_set_new(result, "dropped", json_integer(progress->dropped));
    add_cost(result, setup, progress->seconds);
    return result;
}

json_t *result_search_json(const experiment *setup, const pes_problem *problem,
                           const pes_search_progress *progress, const float *theta) {
    const int64_t count = pes_problem_system(problem)->num_params;
    json_t *result = begin_result(setup, count);
    json_object_set_new(result, "theta", theta_json(theta, count));
    json_object_set_new(result, "objective", cli_json_real(progress->objective));
    json_object_set_new(result, "objective_error", cli_json_real(progress->objective_error));
    json_object_set_new(result, "search_objective", cli_json_real(progress->best_objective));
    json_object_set_new(result, "best_point", json_integer(progress->best));
    json_object_set_new(result, "points", json_integer(progress->finished));
    json_object_set_new(result, "whole", json_integer(progress->whole));
    json_object_set_new(result, "diverged", json_integer(progress->diverged));
    json_object_set_new(result, "updates", json_integer(progress->finished));
    json_object_set_new(result, "inner_steps", json_integer(progress->inner_steps));
    add_cost(result, setup, progress->seconds);
    return result;
}
