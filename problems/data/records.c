#include "problems/data/records.h"

#include <stdlib.h>
#include <string.h>

#include "problems/data/file.h"
#include "problems/problem.h"

static pes_status grow(pes_image_block *out, int64_t count) {
    void *pixel = realloc(out->pixel, (size_t)(count * out->pixels));
    out->pixel = pixel != NULL ? pixel : out->pixel;
    void *label = realloc(out->label, (size_t)count);
    out->label = label != NULL ? label : out->label;
    PES_PROBLEM_REQUIRE(pixel != NULL && label != NULL, PES_E_MEMORY,
                        "no memory for %lld images", (long long)count);
    return PES_OK;
}

static pes_status take_records(pes_image_block *out, const char *path, const uint8_t *bytes,
                               int64_t count) {
    const int64_t record = out->pixels + 1, more = count / record;
    PES_PROBLEM_REQUIRE(more > 0 && count % record == 0, PES_E_FORMAT,
                        "%s has %lld bytes, which are no records of %lld; fetch it again", path,
                        (long long)count, (long long)record);
    PES_PROBLEM_TRY(grow(out, out->count + more));
    for (int64_t i = 0; i < more; i++) {
        const uint8_t *from = bytes + i * record;
        PES_PROBLEM_REQUIRE(from[0] < PES_DATASET_CLASSES, PES_E_FORMAT,
                            "label %lld of %s is %d, but there are only %d classes",
                            (long long)i, path, from[0], PES_DATASET_CLASSES);
        out->label[out->count + i] = from[0];
        memcpy(out->pixel + (out->count + i) * out->pixels, from + 1, (size_t)out->pixels);
    }
    out->count += more;
    return PES_OK;
}

static pes_status add_file(pes_image_block *out, const pes_dataset_file *file,
                           const char *folder) {
    char path[PES_DATASET_PATH];
    uint8_t *bytes;
    int64_t count;
    PES_PROBLEM_TRY(pes_dataset_file_path(file, folder, path));
    PES_PROBLEM_TRY(pes_data_read(path, PES_DATA_MOST, &bytes, &count));
    const pes_status status = take_records(out, path, bytes, count);
    free(bytes);
    return status;
}

pes_status pes_records_read_set(const pes_dataset *set, const char *folder, bool test,
                                pes_image_block *out) {
    (void)test; // there is no such file
    *out = (pes_image_block){.pixels = set->pixels};
    for (int64_t i = 0; i < set->num_files; i++) {
        const pes_status status = add_file(out, &set->file[i], folder);
        if (status != PES_OK) {
            pes_image_block_release(out);
            return status;
        }
    }
    return PES_OK;
}
