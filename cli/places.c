// Where data sets and runs lie.

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/experiment.h"

// ---- data ---------------------------------------------------------------------------

static void find_cache(char out[CLI_PATH]) {
    const char *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    out[0] = '\0';
    if (cache != NULL && cache[0] == '/') {
        cli_join(out, cache, "pes");
    } else if (home != NULL && home[0] != '\0') {
        cli_join(out, home, ".cache/pes");
    }
}

void experiment_find_folders(experiment_folders *out, const char *data) {
    *out = (experiment_folders){.list.count = 0};
    find_cache(out->cache);
    const char *const places[] = {data, getenv("PES_DATA"), out->cache};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (places[i] != NULL && places[i][0] != '\0') {
            out->list.folder[out->list.count++] = places[i];
        }
    }
}

bool cli_make_absolute(const char *path, char out[PES_TEXT_SIZE]) {
    char here[CLI_PATH] = "", whole[CLI_PATH];
    if (path[0] == '/') {
        return snprintf(out, PES_TEXT_SIZE, "%s", path) < PES_TEXT_SIZE;
    }
    return getcwd(here, sizeof here) != NULL && cli_join(whole, here, path) &&
           snprintf(out, PES_TEXT_SIZE, "%s", whole) < PES_TEXT_SIZE;
}

bool experiment_is_path(const pes_field *field) {
    return field->type == PES_FIELD_TEXT && field->unit != NULL &&
           strcmp(field->unit, "path") == 0;
}

bool experiment_find_file(const experiment_source *source, const char *name,
                          char out[PES_TEXT_SIZE]) {
    char folder[CLI_PATH], beside[CLI_PATH];
    const char *slash = source->set == NULL ? strrchr(source->path, '/') : NULL;
    const int length = slash != NULL ? (int)(slash - source->path) : 0;
    if (name[0] == '\0' || name[0] == '/') {
        return false;
    }
    snprintf(folder, sizeof folder, "%.*s", length, source->path);
    if (slash != NULL && cli_join(beside, folder, name) && cli_is_file(beside)) {
        return cli_make_absolute(beside, out);
    }
    return cli_is_file(name) && cli_make_absolute(name, out);
}

int experiment_check_steps(const experiment *setup, const pes_problem *problem,
                           const char *setting, int64_t steps) {
    const int64_t horizon = pes_problem_horizon(problem);
    if (!pes_problem_needs_horizon(problem) || steps == horizon) {
        return CLI_OK;
    }
    return cli_fail(CLI_USAGE,
                    "%s: with these settings %s judges its episodes after %lld inner steps "
                    "(problem.horizon), but %s is %lld; make them equal",
                    setup->path, setup->type->name, (long long)horizon, setting,
                    (long long)steps);
}

static int check_horizon(const experiment *setup, const pes_problem *problem) {
    const int64_t evaluated = setup->run.evaluation_steps;
    int code =
        experiment_check_steps(setup, problem, "estimator.horizon", setup->estimator.horizon);
    if (code == CLI_OK && evaluated > 0) {
        code = experiment_check_steps(setup, problem, "run.evaluation_steps", evaluated);
    }
    if (code == CLI_OK && pes_problem_needs_horizon(problem) &&
        strcmp(setup->estimator.lengths, "fixed") != 0) {
        code = cli_fail(CLI_USAGE,
                        "%s: with these settings %s judges its episodes at their end, which "
                        "needs estimator.lengths = \"fixed\"",
                        setup->path, setup->type->name);
    }
    return code;
}

// What was created, if it can be unrolled as the settings say.
static int opened(experiment *setup, pes_status status, pes_problem **problem) {
    if (status != PES_OK) {
        return cli_fail_status(status, setup->path);
    }
    pes_problem_start(*problem, setup->type, setup->problem, setup->run.seed);
    if (setup->type->pin != NULL) {
        setup->type->pin(*problem, setup->problem);
    }
    if (!setup->horizon_given) {
        setup->estimator.horizon = pes_problem_horizon(*problem);
        setup->horizon_given = true;
    }
    const int code = check_horizon(setup, *problem);
    if (code != CLI_OK) {
        pes_problem_close(*problem);
        *problem = NULL;
    }
    return code;
}

int experiment_open_borrowing(experiment *setup, const char *data, const pes_problem *lender,
                              pes_problem **out) {
    experiment_folders folders;
    experiment_find_folders(&folders, data);
    folders.list.lender = lender;
    const pes_status status = setup->type->create(out, setup->problem, &folders.list);
    return opened(setup, status, out);
}

int experiment_open(experiment *setup, const char *data, pes_problem **out) {
    return experiment_open_borrowing(setup, data, NULL, out);
}

int experiment_open_sizes(experiment *setup, const char *data, pes_problem **out,
                          char missing[EXPERIMENT_MISSING]) {
    experiment_folders folders;
    experiment_find_folders(&folders, data);
    missing[0] = '\0';
    pes_status status = setup->type->create(out, setup->problem, &folders.list);
    if (status == PES_E_FILE) {
        snprintf(missing, EXPERIMENT_MISSING, "%s", pes_last_error());
        folders.list.sizes_only = true;
        status = setup->type->create(out, setup->problem, &folders.list);
    }
    return opened(setup, status, out);
}

// ---- runs ---------------------------------------------------------------------------

static bool is_run(const char *folder) {
    char path[CLI_PATH];
    return cli_join(path, folder, "experiment.toml") && cli_is_file(path);
}

static bool add_run(experiment_list *list, const char *folder) {
    const size_t count = (size_t)list->count + 1;
    char **longer = realloc(list->folder, count * sizeof *longer);
    if (longer == NULL) {
        return false;
    }
    list->folder = longer;
    list->folder[list->count] = strdup(folder);
    return list->folder[list->count++] != NULL;
}

// The grid's order, and only what has been begun.
static bool add_sweep(experiment_list *list, const experiment *grid, const char *folder) {
    bool good = true;
    for (int64_t i = 0; good && i < experiment_runs(grid); i++) {
        experiment point;
        char name[EXPERIMENT_NAME];
        char path[CLI_PATH];
        if (experiment_point(grid, i, &point, name) != CLI_OK) {
            return false;
        }
        experiment_free(&point);
        if (cli_join(path, folder, name) && is_run(path)) {
            good = add_run(list, path);
        }
    }
    return good;
}

static int compare_paths(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// A folder of runs that is none itself: its runs by name.
static bool add_inside(experiment_list *list, const char *folder) {
    const int64_t first = list->count;
    bool good = true;
    DIR *entries = opendir(folder);
    for (struct dirent *entry; good && entries != NULL && (entry = readdir(entries)) != NULL;) {
        char path[CLI_PATH];
        if (entry->d_name[0] != '.' && cli_join(path, folder, entry->d_name) && is_run(path)) {
            good = add_run(list, path);
        }
    }
    if (entries != NULL) {
        closedir(entries);
    }
    if (list->count > first) {
        qsort(list->folder + first, (size_t)(list->count - first), sizeof *list->folder,
              compare_paths);
    }
    return good;
}

static int add_folder(experiment_list *list, const char *folder) {
    const int64_t before = list->count;
    bool good = true;
    if (!cli_is_folder(folder)) {
        return cli_fail(CLI_USAGE, "%s is not a folder; name the folder of a run or a sweep",
                        folder);
    }
    if (is_run(folder)) {
        experiment setup;
        const int code = experiment_load(&setup, folder, NULL);
        if (code != CLI_OK) {
            return code;
        }
        good = experiment_is_sweep(&setup) ? add_sweep(list, &setup, folder)
                                           : add_run(list, folder);
        experiment_free(&setup);
    } else {
        good = add_inside(list, folder);
    }
    if (!good) {
        return cli_fail(CLI_FAILED, "there is no memory left");
    }
    return list->count > before
               ? CLI_OK
               : cli_fail(CLI_USAGE, "%s holds no run; 'pes run FILE --out %s' makes one",
                          folder, folder);
}

// One run is one seed, however often and by whatever names its folder was given. False without
// memory.
static bool drop_repeated(experiment_list *list) {
    struct stat *seen = calloc((size_t)list->count + 1, sizeof *seen);
    int64_t kept = 0;
    for (int64_t i = 0; seen != NULL && i < list->count; i++) {
        const bool known = stat(list->folder[i], &seen[kept]) == 0;
        int64_t k = known ? 0 : kept;
        while (k < kept &&
               (seen[k].st_dev != seen[kept].st_dev || seen[k].st_ino != seen[kept].st_ino)) {
            k++;
        }
        if (k < kept) {
            free(list->folder[i]);
        } else {
            list->folder[kept++] = list->folder[i];
        }
    }
    list->count = seen != NULL ? kept : list->count;
    free(seen);
    return seen != NULL;
}

int experiment_find_runs(experiment_list *out, int64_t count, const char *const *folder) {
    *out = (experiment_list){.count = 0};
    for (int64_t i = 0; i < count; i++) {
        const int code = add_folder(out, folder[i]);
        if (code != CLI_OK) {
            experiment_list_free(out);
            return code;
        }
    }
    if (!drop_repeated(out)) {
        experiment_list_free(out);
        return cli_fail(CLI_FAILED, "there is no memory left");
    }
    return CLI_OK;
}

void experiment_list_free(experiment_list *list) {
    for (int64_t i = 0; i < list->count; i++) {
        free(list->folder[i]);
    }
    free(list->folder);
    *list = (experiment_list){.count = 0};
}
