// Are the files of a data set what was published? And reading those that are.

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "problems/data/datasets.h"
#include "problems/data/sha256.h"
#include "problems/problem.h"

static pes_status sum_file(const char *path, int64_t *bytes, char text[PES_SHA256_TEXT]) {
    FILE *file = fopen(path, "rb");
    PES_PROBLEM_REQUIRE(file != NULL, PES_E_FILE, "%s cannot be opened: %s", path,
                        strerror(errno));
    pes_sha256 sum;
    pes_sha256_begin(&sum);
    unsigned char buffer[16384];
    size_t count;
    while ((count = fread(buffer, 1, sizeof buffer, file)) > 0) {
        pes_sha256_add(&sum, buffer, count);
    }
    const bool failed = ferror(file) != 0;
    fclose(file);
    PES_PROBLEM_REQUIRE(!failed, PES_E_FILE, "%s cannot be read", path);
    *bytes = (int64_t)sum.bytes;
    pes_sha256_end(&sum, text);
    return PES_OK;
}

pes_status pes_dataset_check_file(const pes_dataset_file *file, const char *folder) {
    char path[PES_DATASET_PATH], sum[PES_SHA256_TEXT];
    PES_PROBLEM_TRY(pes_dataset_file_path(file, folder, path));
    const bool packed = strcmp(path + strlen(path) - 3, ".gz") == 0;
    const int64_t expected = packed ? file->packed_bytes : file->plain_bytes;
    const char *published = packed ? file->packed_sha256 : file->plain_sha256;
    int64_t bytes;
    PES_PROBLEM_TRY(sum_file(path, &bytes, sum));
    PES_PROBLEM_REQUIRE(bytes == expected, PES_E_FORMAT,
                        "%s has %lld bytes where %lld were published; fetch it again", path,
                        (long long)bytes, (long long)expected);
    PES_PROBLEM_REQUIRE(strcmp(sum, published) == 0, PES_E_FORMAT,
                        "%s has the SHA-256 sum %s where %s was published; fetch it again",
                        path, sum, published);
    return PES_OK;
}

pes_status pes_dataset_verify(const char *name, const char *folder,
                              void (*report)(void *user, const char *file, pes_status status,
                                             const char *message),
                              void *user) {
    const pes_dataset *set = pes_dataset_find(name);
    PES_PROBLEM_REQUIRE(set != NULL, PES_E_ARGUMENT, "there is no data set %s",
                        name != NULL ? name : "NULL");
    PES_PROBLEM_REQUIRE(set->file != NULL, PES_E_ARGUMENT,
                        "the data set %s is drawn in memory and has no published files", name);
    PES_PROBLEM_REQUIRE(folder != NULL, PES_E_ARGUMENT, "no folder to verify %s in", name);
    pes_status result = PES_OK;
    char first[512] = "";
    for (int64_t i = 0; i < set->num_files; i++) {
        const pes_status status = pes_dataset_check_file(&set->file[i], folder);
        const char *message = status == PES_OK ? "as published" : pes_last_error();
        if (status != PES_OK && result == PES_OK) {
            result = status;
            (void)snprintf(first, sizeof first, "%s", message);
        }
        if (report != NULL) {
            report(user, set->file[i].name, status, message);
        }
    }
    return result == PES_OK ? PES_OK : pes_fail(result, "%s", first);
}

static pes_status read_whole(const char *path, int64_t count, uint8_t *bytes) {
    FILE *file = fopen(path, "rb");
    PES_PROBLEM_REQUIRE(file != NULL, PES_E_FILE, "%s cannot be opened: %s", path,
                        strerror(errno));
    const bool whole = fread(bytes, 1, (size_t)count, file) == (size_t)count;
    fclose(file);
    PES_PROBLEM_REQUIRE(whole, PES_E_FILE, "%s cannot be read whole; fetch it again", path);
    return PES_OK;
}

pes_status pes_dataset_read_file(const pes_dataset *set, const pes_data_folders *folders,
                                 int64_t file, uint8_t **bytes) {
    char folder[PES_TEXT_SIZE], path[PES_DATASET_PATH];
    const int64_t count = set->file[file].plain_bytes;
    *bytes = NULL;
    PES_PROBLEM_TRY(pes_dataset_locate(set->info.name, folders, folder));
    PES_PROBLEM_TRY(pes_dataset_check_file(&set->file[file], folder));
    PES_PROBLEM_TRY(pes_dataset_file_path(&set->file[file], folder, path));
    uint8_t *room = malloc((size_t)count);
    PES_PROBLEM_REQUIRE(room != NULL, PES_E_MEMORY, "no memory for the %lld bytes of %s",
                        (long long)count, path);
    const pes_status status = read_whole(path, count, room);
    if (status != PES_OK) {
        free(room);
        return status;
    }
    *bytes = room;
    return PES_OK;
}
