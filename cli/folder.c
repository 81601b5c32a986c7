#include "cli/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

// Every name that a run or a sweep writes, the temporary ones included; the lock is apart.
static const char *const run_files[] = {
    "experiment.toml",          "experiment.toml.tmp", "log.jsonl",       "evaluations.jsonl",
    "events.out.tfevents.*",    "result.json",         "result.json.tmp", "sweep.json",
    "checkpoint-*.safetensors", "checkpoint.partial",  "sweep.json.tmp",
};
enum { RUN_FILES = sizeof run_files / sizeof *run_files };

static bool is_run_file(const char *name) {
    for (int i = 0; i < RUN_FILES; i++) {
        if (fnmatch(run_files[i], name, 0) == 0) {
            return true;
        }
    }
    return false;
}

// ---- looking ------------------------------------------------------------------------

typedef struct content {
    bool anything; // besides a lock
    bool run;      // files of a run
} content;

// A lock, or the first file of a run that was killed before it had begun.
static bool is_nothing(const char *name) {
    static const char *const names[] = {".", "..", "lock", "experiment.toml.tmp"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static content look(const char *path) {
    content found = {false, false};
    DIR *entries = opendir(path);
    for (struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;) {
        const char *name = entry->d_name;
        if (is_nothing(name)) {
            continue;
        }
        found.anything = true;
        found.run = found.run || is_run_file(name);
    }
    if (entries != NULL) {
        closedir(entries);
    }
    return found;
}

bool folder_has_checkpoint(const run_folder *folder) {
    bool found = false;
    DIR *entries = opendir(folder->path);
    for (struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;) {
        found = found || fnmatch("checkpoint-*.safetensors", entry->d_name, 0) == 0;
    }
    if (entries != NULL) {
        closedir(entries);
    }
    return found;
}

// ---- locking ------------------------------------------------------------------------

static int take_lock(run_folder *folder) {
    char path[CLI_PATH];
    if (!cli_join(path, folder->path, "lock")) {
        return cli_fail(CLI_USAGE, "the path is too long: %s", folder->path);
    }
    folder->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (folder->lock < 0) {
        return cli_fail(CLI_FAILED, "%s could not be written: %s", path, strerror(errno));
    }
    // A file system without locks is no reason to refuse the work.
    if (flock(folder->lock, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        close(folder->lock);
        folder->lock = -1;
        return cli_fail(CLI_FAILED,
                        "%s is in use by another pes; wait for it, or choose another folder",
                        folder->path);
    }
    return CLI_OK;
}

static int refuse(const char *path, bool is_run) {
    if (is_run) {
        return cli_fail(CLI_USAGE,
                        "%s holds a run already; continue it with 'pes resume %s', replace it "
                        "with --force, or choose another --out",
                        path, path);
    }
    return cli_fail(CLI_USAGE,
                    "%s is not empty; choose another --out, or let --force add a run to what "
                    "is there",
                    path);
}

int folder_begin(run_folder *out, const char *path, bool force) {
    *out = (run_folder){.lock = -1};
    if (snprintf(out->path, sizeof out->path, "%s", path) >= CLI_PATH) {
        return cli_fail(CLI_USAGE, "the path is too long: %s", path);
    }
    const content found = look(path);
    if (found.anything && !force) {
        return refuse(path, found.run);
    }
    out->created = !cli_is_folder(path);
    out->occupied = found.anything;
    int code = cli_make_folders(path);
    if (code == CLI_OK) {
        code = take_lock(out);
    }
    return code;
}

int folder_continue(run_folder *out, const char *path) {
    *out = (run_folder){.lock = -1};
    if (!cli_is_folder(path)) {
        return cli_fail(CLI_USAGE, "%s is not a folder; name the folder of a run", path);
    }
    snprintf(out->path, sizeof out->path, "%.*s", CLI_PATH - 1, path);
    return take_lock(out);
}

void folder_end(run_folder *folder) {
    if (folder->lock >= 0) {
        close(folder->lock);
        folder->lock = -1;
    }
}

void folder_abandon(run_folder *folder) {
    char path[CLI_PATH];
    if (folder->lock >= 0 && !folder->occupied && cli_join(path, folder->path, "lock") &&
        !look(folder->path).anything) {
        unlink(path);
    }
    folder_end(folder);
    if (folder->created) {
        rmdir(folder->path); // stays if something is in it
    }
}

// ---- clearing -----------------------------------------------------------------------

// Removes what `wanted` says; false with errno set if something of it stayed.
static bool remove_files(const char *folder, bool (*wanted)(const char *name)) {
    bool good = true;
    DIR *entries = opendir(folder);
    for (struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;) {
        char path[CLI_PATH];
        if (wanted(entry->d_name) && cli_join(path, folder, entry->d_name)) {
            good = (unlink(path) == 0 || errno == ENOENT) && good;
        }
    }
    if (entries != NULL) {
        closedir(entries);
    }
    return good;
}

static bool is_run_file_or_lock(const char *name) {
    return is_run_file(name) || strcmp(name, "lock") == 0;
}

// A run of a sweep, as pes left it: nobody else writes both files.
static bool is_run_inside(const char *folder) {
    char lock[CLI_PATH], experiment[CLI_PATH];
    return cli_join(lock, folder, "lock") && cli_is_file(lock) &&
           cli_join(experiment, folder, "experiment.toml") && cli_is_file(experiment);
}

static bool remove_runs_inside(const char *folder) {
    bool good = true;
    DIR *entries = opendir(folder);
    for (struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;) {
        char path[CLI_PATH];
        if (entry->d_name[0] != '.' && cli_join(path, folder, entry->d_name) &&
            is_run_inside(path)) {
            good = remove_files(path, is_run_file_or_lock) && good;
            rmdir(path); // stays if something else is in it
        }
    }
    if (entries != NULL) {
        closedir(entries);
    }
    return good;
}

int folder_clear(const run_folder *folder) {
    if (!remove_files(folder->path, is_run_file) || !remove_runs_inside(folder->path)) {
        return cli_fail(CLI_FAILED, "the old run in %s could not be removed: %s", folder->path,
                        strerror(errno));
    }
    return CLI_OK;
}

static bool is_events_file(const char *name) {
    return fnmatch("events.out.tfevents.*", name, 0) == 0;
}

void folder_clear_events(const run_folder *folder) {
    remove_files(folder->path, is_events_file);
}
