// Loading images: from the files of a set, or drawn.

#include "problems/data/images.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "problems/data/digits.h"
#include "problems/data/shrink.h"
#include "problems/problem.h"

void pes_images_release(pes_images *images) {
    free(images->pixel);
    free(images->label);
    *images = (pes_images){.channels = 0};
}

void pes_image_block_release(pes_image_block *block) {
    free(block->pixel);
    free(block->label);
    *block = (pes_image_block){.count = 0};
}

static int64_t total(const int64_t count[PES_PARTS]) {
    return count[PES_PART_TRAINING] + count[PES_PART_VALIDATION] + count[PES_PART_TEST];
}

// Room for all parts; what is there stays.
static pes_status resize(pes_images *out) {
    const int64_t count = total(out->count);
    void *pixel = realloc(out->pixel, (size_t)(count * out->pixels));
    out->pixel = pixel != NULL ? pixel : out->pixel;
    void *label = realloc(out->label, (size_t)count);
    out->label = label != NULL ? label : out->label;
    PES_PROBLEM_REQUIRE(pixel != NULL && label != NULL, PES_E_MEMORY,
                        "no memory for %lld images", (long long)count);
    return PES_OK;
}

// One channel of the training images. Integer sums, one division, one root: the same on every
// machine.
static void measure(pes_images *images, int64_t channel) {
    const int64_t plane = images->pixels / images->channels;
    const int64_t count = images->count[PES_PART_TRAINING] * plane;
    int64_t sum = 0, squares = 0;
    for (int64_t i = 0; i < count; i++) {
        const int64_t image = i / plane, pixel = channel * plane + i % plane;
        const int64_t value = images->pixel[image * images->pixels + pixel];
        sum += value;
        squares += value * value;
    }
    const double mean = (double)sum / (double)count;
    const double variance = (double)squares / (double)count - mean * mean;
    images->mean[channel] = mean / 255.0;
    images->deviation[channel] = variance > 0.0 ? sqrt(variance) / 255.0 : 1.0;
}

// Squares of `pixels` in each channel become squares of to^2.
static pes_status shrink(pes_images *images, int64_t to) {
    const int64_t plane = images->pixels / images->channels;
    int64_t from = 1;
    while (from * from < plane) {
        from++;
    }
    PES_PROBLEM_REQUIRE(from * from == plane && to <= from, PES_E_ARGUMENT,
                        "input_size is %lld, but the images have %lld pixels; only squares can "
                        "be averaged, to fewer rows and columns",
                        (long long)to, (long long)plane);
    if (images->pixel != NULL) {
        pes_shrink(total(images->count) * images->channels, from, to, images->pixel);
    }
    images->pixels = images->channels * to * to;
    return images->pixel != NULL ? resize(images) : PES_OK;
}

// ---- drawn images ---------------------------------------------------------------------------

static pes_status draw(pes_images *out, const pes_image_request *request) {
    static const pes_digits_part part[PES_PARTS] = {PES_DIGITS_TRAINING, PES_DIGITS_VALIDATION,
                                                    PES_DIGITS_TEST};
    for (int p = 0; p < PES_PARTS; p++) {
        const bool wanted = p != PES_PART_TEST || request->with_test;
        const int64_t asked = request->count[p];
        out->count[p] = !wanted ? 0 : asked > 0 ? asked : request->set->count[p];
    }
    out->pixels = request->side * request->side;
    const int64_t count = total(out->count);
    out->pixel = malloc((size_t)(count * out->pixels));
    out->label = malloc((size_t)count);
    PES_PROBLEM_REQUIRE(out->pixel != NULL && out->label != NULL, PES_E_MEMORY,
                        "no memory for %lld images", (long long)count);
    int64_t first = 0;
    for (int p = 0; p < PES_PARTS; first += out->count[p++]) {
        pes_digits_draw(request->seed, part[p], out->count[p], request->side,
                        out->pixel + first * out->pixels, out->label + first);
    }
    return PES_OK;
}

// ---- images of files ------------------------------------------------------------------------

// Are test images held out of the training files?
static bool holds_out(const pes_dataset *set) {
    return set->count[PES_PART_TEST] == 0;
}

static pes_status choose(int64_t *used, const pes_image_request *request, pes_part part,
                         int64_t there) {
    const int64_t asked = request->count[part];
    PES_PROBLEM_REQUIRE(asked <= there && there > 0, PES_E_ARGUMENT,
                        "%s_images is %lld, but %s has only %lld of them; ask for fewer",
                        pes_part_name[part], (long long)asked, request->set->info.name,
                        (long long)there);
    *used = asked > 0 ? asked : there;
    return PES_OK;
}

// Divide `count` images of the training files: training images before `*held`, test images
// from there, validation images from `*last`.
static pes_status divide(pes_images *out, const pes_image_request *request, int64_t count,
                         int64_t *held, int64_t *last) {
    const pes_dataset *set = request->set;
    const int64_t validation = set->count[PES_PART_VALIDATION];
    const int64_t share = (set->count[PES_PART_TRAINING] + validation) / validation;
    *last = count - count / share;
    PES_PROBLEM_TRY(
        choose(&out->count[PES_PART_VALIDATION], request, PES_PART_VALIDATION, count - *last));
    if (holds_out(set)) {
        out->count[PES_PART_TEST] = request->count[PES_PART_TEST];
        PES_PROBLEM_REQUIRE(out->count[PES_PART_TEST] < *last, PES_E_ARGUMENT,
                            "test_images is %lld, but they are held out of the %lld training "
                            "images of %s; ask for fewer",
                            (long long)out->count[PES_PART_TEST], (long long)*last,
                            set->info.name);
    }
    *held = *last - out->count[PES_PART_TEST];
    return choose(&out->count[PES_PART_TRAINING], request, PES_PART_TRAINING, *held);
}

// Move `count` images; they do not become fewer.
static void move(const pes_images *images, int64_t to, int64_t from, int64_t count) {
    const int64_t n = images->pixels;
    memmove(images->pixel + to * n, images->pixel + from * n, (size_t)(count * n));
    memmove(images->label + to, images->label + from, (size_t)count);
}

// Put the parts one behind the other: training, validation, and what is held out.
static pes_status arrange(pes_images *out, int64_t held, int64_t last) {
    const int64_t training = out->count[PES_PART_TRAINING], test = out->count[PES_PART_TEST];
    const int64_t validation = out->count[PES_PART_VALIDATION];
    const size_t image = (size_t)out->pixels, bytes = (size_t)test * (image + 1);
    uint8_t *aside = malloc(bytes + 1);
    PES_PROBLEM_REQUIRE(aside != NULL, PES_E_MEMORY, "no memory for %zu bytes of images",
                        bytes);
    memcpy(aside, out->pixel + (size_t)held * image, (size_t)test * image);
    memcpy(aside + (size_t)test * image, out->label + held, (size_t)test);
    move(out, training, last, validation);
    memcpy(out->pixel + (size_t)(training + validation) * image, aside, (size_t)test * image);
    memcpy(out->label + training + validation, aside + (size_t)test * image, (size_t)test);
    free(aside);
    return PES_OK;
}

static pes_status append_tests(pes_images *out, const pes_image_request *request,
                               const char *folder) {
    const pes_dataset *set = request->set;
    pes_image_block tests;
    PES_PROBLEM_TRY(set->read_images(set, folder, true, &tests));
    pes_status status = choose(&out->count[PES_PART_TEST], request, PES_PART_TEST, tests.count);
    if (status == PES_OK && tests.pixels != out->pixels) {
        status = pes_fail(PES_E_FORMAT,
                          "the test images of %s have %lld pixels and the training images "
                          "%lld; fetch both again",
                          folder, (long long)tests.pixels, (long long)out->pixels);
    }
    status = status == PES_OK ? resize(out) : status;
    if (status == PES_OK) {
        const int64_t count = out->count[PES_PART_TEST], first = total(out->count) - count;
        memcpy(out->pixel + first * out->pixels, tests.pixel, (size_t)(count * out->pixels));
        memcpy(out->label + first, tests.label, (size_t)count);
    }
    pes_image_block_release(&tests);
    return status;
}

static pes_status read(pes_images *out, const pes_image_request *request) {
    const pes_dataset *set = request->set;
    char folder[PES_TEXT_SIZE];
    pes_image_block all;
    int64_t held, last;
    PES_PROBLEM_TRY(pes_dataset_locate(set->info.name, request->folders, folder));
    PES_PROBLEM_TRY(set->read_images(set, folder, false, &all));
    out->pixels = all.pixels;
    out->pixel = all.pixel;
    out->label = all.label;
    PES_PROBLEM_TRY(divide(out, request, all.count, &held, &last));
    PES_PROBLEM_TRY(arrange(out, held, last));
    PES_PROBLEM_TRY(resize(out));
    return !holds_out(set) && request->with_test ? append_tests(out, request, folder) : PES_OK;
}

// The sizes of a published set, which the table knows, without its images.
static pes_status outline(pes_images *out, const pes_image_request *request) {
    const pes_dataset *set = request->set;
    int64_t held, last;
    out->pixels = set->pixels;
    PES_PROBLEM_TRY(divide(out, request,
                           set->count[PES_PART_TRAINING] + set->count[PES_PART_VALIDATION],
                           &held, &last));
    return !holds_out(set) && request->with_test
               ? choose(&out->count[PES_PART_TEST], request, PES_PART_TEST,
                        set->count[PES_PART_TEST])
               : PES_OK;
}

static pes_status load(pes_images *out, const pes_image_request *request) {
    if (request->set->file == NULL) {
        return draw(out, request);
    }
    const bool sizes_only = request->folders != NULL && request->folders->sizes_only;
    return sizes_only ? outline(out, request) : read(out, request);
}

pes_status pes_images_load(pes_images *out, const pes_image_request *request) {
    const pes_dataset *set = request->set;
    *out = (pes_images){.channels = set->channels > 1 ? set->channels : 1};
    memcpy(out->mean, set->mean, sizeof out->mean);
    memcpy(out->deviation, set->deviation, sizeof out->deviation);
    pes_status status = load(out, request);
    if (status == PES_OK && request->shrink > 0) {
        status = shrink(out, request->shrink);
    }
    if (status != PES_OK) {
        pes_images_release(out);
        return status;
    }
    const bool published = out->deviation[0] > 0.0 && request->shrink == 0;
    for (int64_t c = 0; c < out->channels && !published && out->pixel != NULL; c++) {
        measure(out, c);
    }
    return PES_OK;
}
