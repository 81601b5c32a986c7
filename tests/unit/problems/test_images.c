// Image sets: which image comes into which part, and what is refused.

#include <stdio.h>
#include <stdlib.h>

#include "problems/data/idx.h"
#include "problems/data/images.h"
#include "support/check.h"
#include "support/scratch.h"

static void make_folder(const scratch *folder, const char *name) {
    char command[600];
    (void)snprintf(command, sizeof command, "mkdir -p '%s/%s'", folder->path, name);
    assert_int_equal(system(command), 0);
}

// Byte i of all images is 37 i; the label of image i is i mod 10.
static void write_images(const scratch *folder, const char *part, int64_t count,
                         int64_t columns) {
    static uint8_t data[256];
    char name[64];
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)(37 * i);
    }
    const pes_idx images = {.count = count, .rows = 2, .columns = columns, .data = data};
    (void)snprintf(name, sizeof name, "mnist/%s-images-idx3-ubyte", part);
    CHECK_OK(pes_idx_write_images(&images, scratch_path(folder, name)));
}

static void write_labels(const scratch *folder, const char *part, int64_t count) {
    static uint8_t data[256];
    char name[64];
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)(i % 10);
    }
    const pes_idx labels = {.count = count, .rows = 1, .columns = 1, .data = data};
    (void)snprintf(name, sizeof name, "mnist/%s-labels-idx1-ubyte", part);
    CHECK_OK(pes_idx_write_labels(&labels, scratch_path(folder, name)));
}

// 24 images of 2 x 2 in the place of MNIST's 60,000.
static void make_small_mnist(const scratch *folder) {
    make_folder(folder, "mnist");
    write_images(folder, "train", 24, 2);
    write_labels(folder, "train", 24);
}

// Validation images are the last sixth, training images come first; limits take the first ones.
static void sets_are_split_and_limited(void **unused) {
    (void)unused;
    scratch folder;
    scratch_open(&folder);
    make_small_mnist(&folder);
    const pes_data_folders data = {.count = 2, .folder = {"/nonexistent", folder.path}};
    pes_image_request request = {.set = pes_dataset_find("mnist"), .folders = &data};
    pes_images images;
    CHECK_OK(pes_images_load(&images, &request));
    assert_int_equal(images.count[PES_PART_TRAINING], 20);
    assert_int_equal(images.count[PES_PART_VALIDATION], 4);
    assert_int_equal(images.pixels, 4);
    CHECK_NEAR(0.13066, images.mean[0], 0.0);
    for (int i = 0; i < 96; i++) {
        assert_int_equal(images.pixel[i], (uint8_t)(37 * i));
    }
    pes_images_release(&images);
    request.count[PES_PART_TRAINING] = 7;
    request.count[PES_PART_VALIDATION] = 3;
    CHECK_OK(pes_images_load(&images, &request));
    for (int i = 0; i < 40; i++) {
        const int image = i < 28 ? i / 4 : 20 + (i - 28) / 4;
        assert_int_equal(images.label[i / 4], image % 10);
        assert_int_equal(images.pixel[i], (uint8_t)(37 * (4 * image + i % 4)));
    }
    pes_images_release(&images);
    request.count[PES_PART_TRAINING] = 21;
    CHECK_FAILS(PES_E_ARGUMENT, "has only 20", pes_images_load(&images, &request));
    assert_null(images.pixel);
    write_labels(&folder, "train", 23);
    CHECK_FAILS(PES_E_FORMAT, "23 labels", pes_images_load(&images, &request));
    scratch_close(&folder);
}

// Test images of MNIST are in files of their own, which are read when they are wanted.
static void test_images_are_read_where_wanted(void **unused) {
    (void)unused;
    scratch folder;
    scratch_open(&folder);
    make_small_mnist(&folder);
    const pes_data_folders data = {.count = 1, .folder = {folder.path}};
    pes_image_request request = {.set = pes_dataset_find("mnist"), .folders = &data};
    pes_images images;
    CHECK_OK(pes_images_load(&images, &request));
    assert_int_equal(images.count[PES_PART_TEST], 0);
    pes_images_release(&images);
    request.with_test = true;
    CHECK_FAILS(PES_E_FILE, "t10k-images-idx3-ubyte", pes_images_load(&images, &request));
    write_images(&folder, "t10k", 6, 2);
    write_labels(&folder, "t10k", 6);
    request.count[PES_PART_TRAINING] = 5;
    request.count[PES_PART_TEST] = 3;
    CHECK_OK(pes_images_load(&images, &request));
    assert_int_equal(images.count[PES_PART_TEST], 3);
    for (int i = 0; i < 12; i++) {
        assert_int_equal(images.pixel[9 * 4 + i], (uint8_t)(37 * i));
        assert_int_equal(images.label[9 + i / 4], i / 4);
    }
    pes_images_release(&images);
    request.count[PES_PART_TEST] = 7;
    CHECK_FAILS(PES_E_ARGUMENT, "test_images is 7", pes_images_load(&images, &request));
    request.count[PES_PART_TEST] = 0;
    write_images(&folder, "t10k", 6, 3);
    CHECK_FAILS(PES_E_FORMAT, "6 pixels", pes_images_load(&images, &request));
    assert_null(images.pixel);
    scratch_close(&folder);
}

enum { RECORD = 3073, RECORDS = 4, BATCHES = 5 };

// Five files of four records; the first two pixels of image n are n and its label.
static void make_small_cifar10(const scratch *folder) {
    static uint8_t file[RECORDS * RECORD];
    char name[64];
    make_folder(folder, "cifar-10-batches-bin");
    for (int b = 0; b < BATCHES; b++) {
        for (int i = 0; i < RECORDS; i++) {
            const int n = RECORDS * b + i;
            uint8_t *record = file + i * RECORD;
            memset(record, 0, RECORD);
            record[0] = (uint8_t)(n % 10);
            record[1] = (uint8_t)n;
            record[2] = (uint8_t)(n % 10);
        }
        (void)snprintf(name, sizeof name, "cifar-10-batches-bin/data_batch_%d.bin", b + 1);
        scratch_write(scratch_path(folder, name), file, sizeof file);
    }
}

// Which image is at `at`? Its label has come along.
static int number_of(const pes_images *images, int64_t at) {
    const uint8_t *pixel = images->pixel + at * images->pixels;
    assert_int_equal(pixel[1], images->label[at]);
    return pixel[0];
}

// Without test files, test images are held out of the training images; the validation images
// stay the same, and no image is in two parts.
static void test_images_are_held_out(void **unused) {
    (void)unused;
    scratch folder;
    scratch_open(&folder);
    make_small_cifar10(&folder);
    const pes_data_folders data = {.count = 1, .folder = {folder.path}};
    pes_image_request request = {.set = pes_dataset_find("cifar10"), .folders = &data};
    pes_images images;
    for (int held = 0; held <= 15; held += 5) {
        request.count[PES_PART_TEST] = held;
        CHECK_OK(pes_images_load(&images, &request));
        assert_int_equal(images.count[PES_PART_TRAINING], 16 - held);
        assert_int_equal(images.count[PES_PART_VALIDATION], 4);
        assert_int_equal(images.count[PES_PART_TEST], held);
        assert_int_equal(images.pixels, 3072);
        assert_int_equal(images.channels, 3);
        for (int i = 0; i < 20; i++) {
            const int expected = i < 16 - held ? i : i < 20 - held ? i + held : i - 4;
            assert_int_equal(number_of(&images, i), expected);
        }
        pes_images_release(&images);
    }
    request.count[PES_PART_TRAINING] = 2;
    request.count[PES_PART_VALIDATION] = 1;
    request.count[PES_PART_TEST] = 3;
    CHECK_OK(pes_images_load(&images, &request));
    static const int expected[6] = {0, 1, 16, 13, 14, 15};
    for (int i = 0; i < 6; i++) {
        assert_int_equal(number_of(&images, i), expected[i]);
    }
    pes_images_release(&images);
    request.count[PES_PART_TRAINING] = 14;
    CHECK_FAILS(PES_E_ARGUMENT, "has only 13", pes_images_load(&images, &request));
    request.count[PES_PART_TEST] = 16;
    CHECK_FAILS(PES_E_ARGUMENT, "held out of the 16", pes_images_load(&images, &request));
    scratch_close(&folder);
}

// Each channel of CIFAR-10's images becomes smaller for itself, and is measured anew; images of
// another form are not squares.
static void images_are_made_smaller(void **unused) {
    (void)unused;
    enum { TO = 8, PLANE = TO * TO };
    scratch folder;
    scratch_open(&folder);
    make_small_cifar10(&folder);
    const pes_data_folders data = {.count = 1, .folder = {folder.path}};
    pes_image_request request = {
        .set = pes_dataset_find("cifar10"), .folders = &data, .shrink = TO};
    pes_images images;
    CHECK_OK(pes_images_load(&images, &request));
    assert_int_equal(images.pixels, 3 * PLANE);
    double mean = 0.0;
    for (int64_t i = 0; i < 20; i++) { // the first two pixels of 16 in a byte, see above
        const uint8_t *pixel = images.pixel + i * images.pixels;
        assert_int_equal(pixel[0], (i + i % 10 + 8) / 16);
        mean += i < 16 ? pixel[0] / 255.0 / (16.0 * PLANE) : 0.0;
        for (int p = 1; p < 3 * PLANE; p++) {
            assert_int_equal(pixel[p], 0);
        }
    }
    CHECK_NEAR(mean, images.mean[0], 1e-12);
    assert_true(images.deviation[0] > 0.0 && images.deviation[0] < 0.1);
    assert_true(images.mean[1] == 0.0 && images.deviation[1] == 1.0);
    pes_images_release(&images);
    request.shrink = 33;
    CHECK_FAILS(PES_E_ARGUMENT, "input_size is 33, but the images have 1024 pixels",
                pes_images_load(&images, &request));
    assert_null(images.pixel);
    make_small_mnist(&folder);
    write_images(&folder, "train", 24, 3);
    request.set = pes_dataset_find("mnist");
    request.shrink = 2;
    CHECK_FAILS(PES_E_ARGUMENT, "have 6 pixels; only squares",
                pes_images_load(&images, &request));
    request.folders = &(pes_data_folders){.sizes_only = true};
    CHECK_OK(pes_images_load(&images, &request));
    assert_int_equal(images.pixels, 4);
    pes_images_release(&images);
    scratch_close(&folder);
}

static void bad_records_are_refused(void **unused) {
    (void)unused;
    scratch folder;
    scratch_open(&folder);
    make_small_cifar10(&folder);
    const pes_data_folders data = {.count = 1, .folder = {folder.path}};
    const pes_image_request request = {.set = pes_dataset_find("cifar10"), .folders = &data};
    const char *third = scratch_path(&folder, "cifar-10-batches-bin/data_batch_3.bin");
    static uint8_t record[RECORD + 1] = {10};
    pes_images images;
    scratch_write(third, record, RECORD);
    CHECK_FAILS(PES_E_FORMAT, "is 10, but there are only 10 classes",
                pes_images_load(&images, &request));
    scratch_write(third, record, RECORD + 1);
    CHECK_FAILS(PES_E_FORMAT, "no records of 3073", pes_images_load(&images, &request));
    scratch_write(third, record, 0);
    CHECK_FAILS(PES_E_FORMAT, "data_batch_3.bin has 0 bytes",
                pes_images_load(&images, &request));
    assert_null(images.pixel);
    scratch_close(&folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_are_split_and_limited),
        cmocka_unit_test(test_images_are_read_where_wanted),
        cmocka_unit_test(test_images_are_held_out),
        cmocka_unit_test(images_are_made_smaller),
        cmocka_unit_test(bad_records_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
