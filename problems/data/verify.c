// Are the files of a data set what was published? And reading those that are.

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "problems/data/datasets.h"
#include "problems/data/file.h"
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

static pes_status compare(const char *path, int64_t bytes, const char *sum, int64_t expected,
                          const char *published) {
    PES_PROBLEM_REQUIRE(bytes == expected, PES_E_FORMAT,
                        "%s has %lld bytes where %lld were published; fetch it again", path,
                        (long long)bytes, (long long)expected);
    PES_PROBLEM_REQUIRE(strcmp(sum, published) == 0, PES_E_FORMAT,
                        "%s has the SHA-256 sum %s where %s was published; fetch it again",
                        path, sum, published);
    return PES_OK;
}

static pes_status compare_content(const pes_dataset_file *file, const char *path,
                                  const uint8_t *bytes, int64_t count) {
    pes_sha256 sum;
    char text[PES_SHA256_TEXT];
    pes_sha256_begin(&sum);
    pes_sha256_add(&sum, bytes, (size_t)count);
    pes_sha256_end(&sum, text);
    return compare(path, count, text, file->plain_bytes, file->plain_sha256);
}

// The content of a file, unpacked, if it is what was published.
static pes_status read_content(const pes_dataset_file *file, const char *path,
                               uint8_t **bytes) {
    int64_t count;
    PES_PROBLEM_TRY(pes_data_read(path, PES_DATA_MOST, bytes, &count));
    const pes_status status = compare_content(file, path, *bytes, count);
    if (status != PES_OK) {
        free(*bytes);
        *bytes = NULL;
    }
    return status;
}

pes_status pes_dataset_check_file(const pes_dataset_file *file, const char *folder) {
    char path[PES_DATASET_PATH], sum[PES_SHA256_TEXT];
    PES_PROBLEM_TRY(pes_dataset_file_path(file, folder, path));
    const bool packed = strcmp(path + strlen(path) - 3, ".gz") == 0;
    if (packed && file->packed_sha256 == NULL) { // whoever packed it
        uint8_t *content;
        PES_PROBLEM_TRY(read_content(file, path, &content));
        free(content);
        return PES_OK;
    }
    int64_t bytes;
    PES_PROBLEM_TRY(sum_file(path, &bytes, sum));
    return compare(path, bytes, sum, packed ? file->packed_bytes : file->plain_bytes,
                   packed ? file->packed_sha256 : file->plain_sha256);
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

pes_status pes_dataset_read_file(const pes_dataset *set, const pes_data_folders *folders,
                                 int64_t file, uint8_t **bytes) {
    char folder[PES_TEXT_SIZE], path[PES_DATASET_PATH];
    *bytes = NULL;
    PES_PROBLEM_TRY(pes_dataset_locate(set->info.name, folders, folder));
    PES_PROBLEM_TRY(pes_dataset_file_path(&set->file[file], folder, path));
    return read_content(&set->file[file], path, bytes);
}
