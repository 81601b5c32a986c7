#define _XOPEN_SOURCE 700 // for nftw, which is not in POSIX proper
#include "support/scratch.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void stop_unless(bool fine, const char *path) {
    if (!fine) {
        perror(path);
        exit(1);
    }
}

void scratch_open(scratch *folder) {
    const char *parent = getenv("TMPDIR");
    snprintf(folder->path, sizeof folder->path, "%s/pes-test-XXXXXX",
             parent != NULL ? parent : "/tmp");
    stop_unless(mkdtemp(folder->path) != NULL, folder->path);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *at) {
    (void)status, (void)kind, (void)at;
    return remove(path);
}

void scratch_close(scratch *folder) {
    nftw(folder->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *scratch_path(const scratch *folder, const char *name) {
    static char path[4][1024];
    static unsigned next;
    char *out = path[next++ % 4];
    snprintf(out, sizeof path[0], "%s/%s", folder->path, name);
    return out;
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

const char *scratch_list(const scratch *folder, char *out, size_t capacity) {
    char *name[256];
    size_t count = 0;
    DIR *directory = opendir(folder->path);
    stop_unless(directory != NULL, folder->path);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] != '.' && count < sizeof name / sizeof *name) {
            name[count] = strdup(entry->d_name);
            stop_unless(name[count++] != NULL, folder->path);
        }
    }
    closedir(directory);
    qsort(name, count, sizeof *name, by_name);
    out[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        const size_t used = strlen(out);
        snprintf(out + used, capacity - used, "%s ", name[i]);
        free(name[i]);
    }
    return out;
}

bool scratch_exists(const char *path) {
    return access(path, F_OK) == 0;
}

unsigned char *scratch_read(const char *path, size_t *bytes) {
    FILE *file = fopen(path, "rb");
    stop_unless(file != NULL && fseek(file, 0, SEEK_END) == 0, path);
    const long size = ftell(file);
    rewind(file);
    unsigned char *data = malloc((size_t)size + 1);
    stop_unless(data != NULL && fread(data, 1, (size_t)size, file) == (size_t)size, path);
    fclose(file);
    data[size] = 0;
    *bytes = (size_t)size;
    return data;
}

void scratch_write(const char *path, const void *data, size_t bytes) {
    FILE *file = fopen(path, "wb");
    stop_unless(file != NULL, path);
    stop_unless(fwrite(data, 1, bytes, file) == bytes, path);
    stop_unless(fclose(file) == 0, path);
}
