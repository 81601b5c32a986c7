#include "cli/theta.h"

#include <dirent.h>
#include <string.h>

#include "pes/checkpoint.h"

static int other_number(const char *path) {
    return cli_fail(CLI_USAGE, "%s is of a run with another number of parameters", path);
}

// The list `key` of a result.json. CLI_GO if there is none.
static int read_list(const char *folder, const char *key, int64_t num_params, float *theta) {
    char path[CLI_PATH];
    if (!cli_join(path, folder, "result.json")) {
        return cli_fail(CLI_USAGE, "the path is too long: %s/result.json", folder);
    }
    json_t *result = json_load_file(path, 0, NULL);
    const json_t *list = json_object_get(result, key);
    const bool fits = (int64_t)json_array_size(list) == num_params;
    for (int64_t p = 0; fits && p < num_params; p++) {
        theta[p] = (float)json_number_value(json_array_get(list, (size_t)p));
    }
    const bool found = list != NULL;
    json_decref(result);
    if (!found) {
        return CLI_GO;
    }
    return fits ? CLI_OK : other_number(path);
}

int theta_of_result(const char *folder, int64_t num_params, float *theta) {
    return read_list(folder, "theta", num_params, theta);
}

int theta_average_of_result(const char *folder, int64_t num_params, float *average) {
    return read_list(folder, "theta_average", num_params, average);
}

// The name of a checkpoint, whose digits make names follow each other in time.
static bool is_checkpoint(const char *name) {
    const size_t length = strlen(name);
    static const char before[] = "checkpoint-", after[] = ".safetensors";
    return strncmp(name, before, sizeof before - 1) == 0 && length >= sizeof after &&
           strcmp(name + length - (sizeof after - 1), after) == 0;
}

// The newest checkpoint that is older than `than` (NULL: the newest of all).
static bool find_checkpoint(const char *folder, const char *than, char found[CLI_PATH]) {
    found[0] = '\0';
    DIR *entries = opendir(folder);
    for (struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;) {
        const char *name = entry->d_name;
        if (is_checkpoint(name) && strcmp(name, found) > 0 &&
            (than == NULL || strcmp(name, than) < 0)) {
            snprintf(found, CLI_PATH, "%s", name);
        }
    }
    if (entries != NULL) {
        closedir(entries);
    }
    return found[0] != '\0';
}

// What is read of a checkpoint, CLI_GO if the file cannot be read.
typedef int (*reader)(const char *path, void *what);

// The newest checkpoint that can be read.
static int read_newest(const char *folder, reader read, void *what) {
    char name[CLI_PATH], last[CLI_PATH], path[CLI_PATH];
    int code = CLI_GO;
    bool more = find_checkpoint(folder, NULL, name);
    while (more) {
        code = cli_join(path, folder, name) ? read(path, what) : CLI_GO;
        snprintf(last, sizeof last, "%s", name);
        more = code == CLI_GO && find_checkpoint(folder, last, name);
    }
    return code;
}

typedef struct parameters {
    int64_t count;
    float *theta;
} parameters;

static int read_theta(const char *path, void *what) {
    const int64_t num_params = ((const parameters *)what)->count;
    float *theta = ((const parameters *)what)->theta;
    pes_checkpoint *checkpoint = NULL;
    pes_tensor tensor;
    if (pes_checkpoint_open(&checkpoint, path) != PES_OK) {
        return CLI_GO;
    }
    int code = CLI_GO;
    if (pes_checkpoint_find(checkpoint, "theta", &tensor) == PES_OK) {
        const bool fits = strcmp(tensor.dtype, "F32") == 0 && tensor.rank == 1 &&
                          tensor.shape[0] == num_params;
        if (fits) {
            memcpy(theta, tensor.data, (size_t)num_params * sizeof *theta);
        }
        code = fits ? CLI_OK : other_number(path);
    }
    pes_checkpoint_close(checkpoint);
    return code;
}

int theta_of_run(const char *folder, int64_t num_params, float *theta) {
    const int code = theta_of_result(folder, num_params, theta);
    parameters what = {.count = num_params, .theta = theta};
    return code == CLI_GO ? read_newest(folder, read_theta, &what) : code;
}

static int read_common(const char *path, void *what) {
    pes_problem *problem = what;
    pes_checkpoint *checkpoint = NULL;
    pes_tensor tensor;
    if (pes_checkpoint_open(&checkpoint, path) != PES_OK) {
        return CLI_GO;
    }
    pes_status status = pes_checkpoint_find(checkpoint, "system.common", &tensor);
    if (status == PES_OK) {
        status = pes_problem_set_common(problem, tensor.data, tensor.bytes);
    }
    const int code = status == PES_OK ? CLI_OK : cli_fail_status(status, path);
    pes_checkpoint_close(checkpoint);
    return code;
}

int theta_common_of_run(const char *folder, pes_problem *problem) {
    if (pes_problem_system(problem)->common_bytes == 0) {
        return CLI_OK;
    }
    const int code = read_newest(folder, read_common, problem);
    return code == CLI_GO
               ? cli_fail(CLI_USAGE,
                          "%s has no checkpoint, which would hold what its particles have "
                          "learned in common; run it with run.checkpoint_every",
                          folder)
               : code;
}
