// Files and folders: read whole, write whole or not at all.

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

bool cli_join(char out[CLI_PATH], const char *folder, const char *name) {
    const size_t length = strlen(folder);
    const char *slash = length > 0 && folder[length - 1] == '/' ? "" : "/";
    const int written = snprintf(out, CLI_PATH, "%s%s%s", folder, slash, name);
    return written > 0 && written < CLI_PATH;
}

bool cli_is_file(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

bool cli_is_folder(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

enum { PIPE_MOST = 1 << 26 }; // bytes out of what is no file, and may never end

// Reads until the end into a buffer that doubles; false with errno set.
static bool read_all(FILE *file, char **text, size_t *length) {
    struct stat status;
    const bool is_pipe = fstat(fileno(file), &status) == 0 && !S_ISREG(status.st_mode);
    size_t capacity = 4096;
    *length = 0;
    *text = malloc(capacity);
    while (*text != NULL) {
        *length += fread(*text + *length, 1, capacity - *length - 1, file);
        if (*length + 1 < capacity) {
            (*text)[*length] = '\0';
            return !ferror(file);
        }
        if (is_pipe && *length > PIPE_MOST) {
            errno = EFBIG;
            return false;
        }
        capacity *= 2;
        char *larger = realloc(*text, capacity);
        if (larger == NULL) {
            free(*text);
        }
        *text = larger;
    }
    errno = ENOMEM;
    return false;
}

char *cli_read_file(const char *path, size_t *length) {
    size_t unused;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return NULL;
    }
    char *text = NULL;
    const bool whole = read_all(file, &text, length != NULL ? length : &unused);
    const int reason = errno;
    fclose(file);
    if (!whole) {
        free(text);
        errno = reason;
        return NULL;
    }
    return text;
}

// Everything on the disk, or errno says why not.
static bool write_synced(const char *path, const char *text, size_t left) {
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (file < 0) {
        return false;
    }
    while (left > 0) {
        const ssize_t written = write(file, text, left);
        if (written < 0 && errno != EINTR) {
            break;
        }
        if (written > 0) {
            text += written;
            left -= (size_t)written;
        }
    }
    const bool synced = left == 0 && fsync(file) == 0;
    const int reason = errno;
    const bool closed = close(file) == 0;
    if (!synced) {
        errno = reason;
    }
    return synced && closed;
}

// The rename is on the disk when its folder is.
static void sync_folder_of(const char *path) {
    char folder[CLI_PATH];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash != NULL) {
        slash[slash == folder] = '\0';
    }
    const int handle = open(slash != NULL ? folder : ".", O_RDONLY);
    if (handle >= 0) {
        fsync(handle);
        close(handle);
    }
}

int cli_write_bytes(const char *path, const char *bytes, size_t size) {
    char temporary[CLI_PATH];
    if (snprintf(temporary, sizeof temporary, "%s.tmp", path) >= CLI_PATH) {
        return cli_fail(CLI_FAILED, "the path is too long: %s", path);
    }
    if (!write_synced(temporary, bytes, size) || rename(temporary, path) != 0) {
        const int reason = errno;
        unlink(temporary);
        return cli_fail(CLI_FAILED, "%s could not be written: %s", path, strerror(reason));
    }
    sync_folder_of(path);
    return CLI_OK;
}

int cli_write_file(const char *path, const char *text) {
    return cli_write_bytes(path, text, strlen(text));
}

int cli_write_json(const char *path, json_t *value) {
    char *text = cli_json_text(json_incref(value), true);
    const size_t length = text != NULL ? strlen(text) : 0;
    char *line = realloc(text, length + 2);
    if (line == NULL || text == NULL) {
        free(line != NULL ? line : text);
        return cli_fail(CLI_FAILED, "%s could not be written: there is no memory left", path);
    }
    line[length] = '\n';
    line[length + 1] = '\0';
    const int code = cli_write_file(path, line);
    free(line);
    return code;
}

int cli_make_folders(const char *path) {
    char folder[CLI_PATH];
    if (snprintf(folder, sizeof folder, "%s", path) >= CLI_PATH) {
        return cli_fail(CLI_FAILED, "the path is too long: %s", path);
    }
    for (char *end = folder + 1; folder[0] != '\0'; end++) {
        const char kept = *end;
        if (kept != '/' && kept != '\0') {
            continue;
        }
        *end = '\0';
        const int reason = mkdir(folder, 0777) != 0 ? errno : 0;
        if (reason != 0 && !cli_is_folder(folder)) {
            return cli_fail(CLI_FAILED, "the folder %s could not be made: %s", folder,
                            reason == EEXIST ? "there is a file of that name"
                                             : strerror(reason));
        }
        if (kept == '\0') {
            break;
        }
        *end = kept;
    }
    return CLI_OK;
}
