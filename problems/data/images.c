// Loading images: from IDX files, or drawn.

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "problems/data/datasets.h"
#include "problems/data/digits.h"
#include "problems/data/idx.h"
#include "problems/problem.h"

void pes_images_release(pes_images *images) {
    free(images->pixel);
    free(images->label);
    *images = (pes_images){.training = 0};
}

// Integer sums, one division, one root: the same on every machine.
static void measure(pes_images *images) {
    const int64_t count = images->training * images->pixels;
    int64_t sum = 0, squares = 0;
    for (int64_t i = 0; i < count; i++) {
        sum += images->pixel[i];
        squares += images->pixel[i] * images->pixel[i];
    }
    const double mean = (double)sum / (double)count;
    const double variance = (double)squares / (double)count - mean * mean;
    images->mean = mean / 255.0;
    images->deviation = variance > 0.0 ? sqrt(variance) / 255.0 : 1.0;
}

static pes_status draw(pes_images *out, const pes_image_request *request) {
    const int64_t side = request->side;
    out->training = request->training > 0 ? request->training : request->set->training;
    out->validation = request->validation > 0 ? request->validation : request->set->validation;
    out->pixels = side * side;
    const int64_t count = out->training + out->validation;
    out->pixel = malloc((size_t)(count * out->pixels));
    out->label = malloc((size_t)count);
    PES_PROBLEM_REQUIRE(out->pixel != NULL && out->label != NULL, PES_E_MEMORY,
                        "no memory for %lld images", (long long)count);
    pes_digits_draw(request->seed, PES_DIGITS_TRAINING, out->training, side, out->pixel,
                    out->label);
    pes_digits_draw(request->seed, PES_DIGITS_VALIDATION, out->validation, side,
                    out->pixel + out->training * out->pixels, out->label + out->training);
    return PES_OK;
}

// How many of `there` images are used: as many as asked for, or all.
static pes_status choose(int64_t *used, int64_t asked, int64_t there, const char *what,
                         const char *path) {
    PES_PROBLEM_REQUIRE(asked <= there && there > 0, PES_E_ARGUMENT,
                        "%s_images is %lld, but %s has only %lld; ask for fewer", what,
                        (long long)asked, path, (long long)there);
    *used = asked > 0 ? asked : there;
    return PES_OK;
}

// Keep the first training and the first validation images; move the latter behind the former.
static pes_status keep(pes_images *out, const pes_image_request *request, int64_t count,
                       const char *path) {
    const int64_t last = count / 6, first = count - last;
    PES_PROBLEM_TRY(choose(&out->training, request->training, first, "training", path));
    PES_PROBLEM_TRY(choose(&out->validation, request->validation, last, "validation", path));
    memmove(out->pixel + out->training * out->pixels, out->pixel + first * out->pixels,
            (size_t)(out->validation * out->pixels));
    memmove(out->label + out->training, out->label + first, (size_t)out->validation);
    // Shrinking may fail only by keeping the larger block.
    void *less = realloc(out->pixel, (size_t)((out->training + out->validation) * out->pixels));
    out->pixel = less != NULL ? less : out->pixel;
    return PES_OK;
}

static pes_status read(pes_images *out, const pes_image_request *request) {
    const pes_dataset *set = request->set;
    char folder[PES_TEXT_SIZE], images_path[PES_DATASET_PATH], labels_path[PES_DATASET_PATH];
    PES_PROBLEM_TRY(pes_dataset_locate(set->info.name, request->folders, folder));
    PES_PROBLEM_TRY(
        pes_dataset_file_path(&set->file[PES_DATASET_TRAIN_IMAGES], folder, images_path));
    PES_PROBLEM_TRY(
        pes_dataset_file_path(&set->file[PES_DATASET_TRAIN_LABELS], folder, labels_path));
    pes_idx images, labels;
    PES_PROBLEM_TRY(pes_idx_read_images(&images, images_path));
    out->pixel = images.data;
    PES_PROBLEM_TRY(pes_idx_read_labels(&labels, labels_path, PES_DATASET_CLASSES));
    out->label = labels.data;
    PES_PROBLEM_REQUIRE(labels.count == images.count, PES_E_FORMAT,
                        "%s has %lld images but %s %lld labels; fetch both again", images_path,
                        (long long)images.count, labels_path, (long long)labels.count);
    out->pixels = images.rows * images.columns;
    return keep(out, request, images.count, images_path);
}

// The sizes of a published set, which the table knows, without its images.
static pes_status outline(pes_images *out, const pes_image_request *request) {
    enum { LABELS_HEADER = 8, IMAGES_HEADER = 16 }; // bytes of an IDX file
    const pes_dataset *set = request->set;
    const int64_t count = set->file[PES_DATASET_TRAIN_LABELS].plain_bytes - LABELS_HEADER;
    const int64_t last = count / 6;
    out->pixels = (set->file[PES_DATASET_TRAIN_IMAGES].plain_bytes - IMAGES_HEADER) / count;
    PES_PROBLEM_TRY(
        choose(&out->training, request->training, count - last, "training", set->info.name));
    return choose(&out->validation, request->validation, last, "validation", set->info.name);
}

static pes_status load(pes_images *out, const pes_image_request *request) {
    if (request->set->file == NULL) {
        return draw(out, request);
    }
    const bool sizes_only = request->folders != NULL && request->folders->sizes_only;
    return sizes_only ? outline(out, request) : read(out, request);
}

pes_status pes_images_load(pes_images *out, const pes_image_request *request) {
    *out = (pes_images){.mean = request->set->mean, .deviation = request->set->deviation};
    const pes_status status = load(out, request);
    if (status != PES_OK) {
        pes_images_release(out);
    } else if (!(out->deviation > 0.0)) {
        measure(out);
    }
    return status;
}
