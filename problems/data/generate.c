// Writing a drawn data set in the form of MNIST: four plain IDX files.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "problems/data/datasets.h"
#include "problems/data/digits.h"
#include "problems/data/idx.h"
#include "problems/problem.h"

enum { SIDE = 28, TRAINING = 60000, TEST = 10000 };

static pes_status write_part(uint64_t seed, pes_digits_part part, int64_t count,
                             const char *folder, const char *prefix) {
    pes_idx images = {.count = count, .rows = SIDE, .columns = SIDE};
    pes_idx labels = {.count = count, .rows = 1, .columns = 1};
    char path[PES_DATASET_PATH];
    images.data = malloc((size_t)(count * SIDE * SIDE));
    labels.data = malloc((size_t)count);
    pes_status status = PES_OK;
    if (images.data == NULL || labels.data == NULL) {
        status = pes_fail(PES_E_MEMORY, "no memory to draw %lld digits", (long long)count);
    } else {
        pes_digits_draw(seed, part, count, SIDE, images.data, labels.data);
        (void)snprintf(path, sizeof path, "%s/%s-images-idx3-ubyte", folder, prefix);
        status = pes_idx_write_images(&images, path);
    }
    if (status == PES_OK) {
        (void)snprintf(path, sizeof path, "%s/%s-labels-idx1-ubyte", folder, prefix);
        status = pes_idx_write_labels(&labels, path);
    }
    free(images.data);
    free(labels.data);
    return status;
}

pes_status pes_dataset_generate(const char *name, uint64_t seed, const char *folder) {
    const pes_dataset *set = pes_dataset_find(name);
    PES_PROBLEM_REQUIRE(set != NULL, PES_E_ARGUMENT, "there is no data set %s",
                        name != NULL ? name : "NULL");
    PES_PROBLEM_REQUIRE(
        set->file == NULL, PES_E_ARGUMENT,
        "the data set %s is not drawn by this library; its files must be fetched", name);
    PES_PROBLEM_REQUIRE(folder != NULL && strlen(folder) < PES_TEXT_SIZE, PES_E_ARGUMENT,
                        "the folder's name is missing or longer than %d bytes",
                        PES_TEXT_SIZE - 1);
    PES_PROBLEM_TRY(write_part(seed, PES_DIGITS_TRAINING, TRAINING, folder, "train"));
    return write_part(seed, PES_DIGITS_TEST, TEST, folder, "t10k");
}
