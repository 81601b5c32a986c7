// Data sets: IDX files are read and never trusted, sums are SHA-256, and what is wrong with a
// file is said with its name.

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "problems/data/datasets.h"
#include "problems/data/idx.h"
#include "problems/data/sha256.h"
#include "support/check.h"
#include "support/problem.h"
#include "support/scratch.h"

// link: -lz

// ---- sums -----------------------------------------------------------------------------------

// FIPS 180-4's examples, the empty text, and a million times "a".
static void sha256_has_the_published_values(void **unused) {
    (void)unused;
    static const struct {
        const char *text;
        int64_t times;
        const char *sum;
    } known[] = {
        {"", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        pes_sha256 sum;
        char text[PES_SHA256_TEXT];
        pes_sha256_begin(&sum);
        for (int64_t t = 0; t < known[i].times; t++) {
            pes_sha256_add(&sum, known[i].text, strlen(known[i].text));
        }
        pes_sha256_end(&sum, text);
        assert_string_equal(text, known[i].sum);
    }
}

// ---- files ----------------------------------------------------------------------------------

typedef struct bytes {
    size_t count;
    uint8_t data[4096];
} bytes;

static void put_word(bytes *out, uint32_t word) {
    for (int shift = 24; shift >= 0; shift -= 8) {
        out->data[out->count++] = (uint8_t)(word >> shift);
    }
}

static bytes images_file(uint32_t count, uint32_t rows, uint32_t columns, size_t body) {
    bytes out = {.count = 0};
    put_word(&out, 2051);
    put_word(&out, count);
    put_word(&out, rows);
    put_word(&out, columns);
    for (size_t i = 0; i < body; i++) {
        out.data[out.count++] = (uint8_t)(37 * i);
    }
    return out;
}

static bytes labels_file(uint32_t count, size_t body) {
    bytes out = {.count = 0};
    put_word(&out, 2049);
    put_word(&out, count);
    for (size_t i = 0; i < body; i++) {
        out.data[out.count++] = (uint8_t)(i % 10);
    }
    return out;
}

static const char *plain(const scratch *folder, const char *name, const bytes *content) {
    const char *path = scratch_path(folder, name);
    scratch_write(path, content->data, content->count);
    return path;
}

static const char *packed(const scratch *folder, const char *name, const bytes *content) {
    const char *path = scratch_path(folder, name);
    gzFile file = gzopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(gzwrite(file, content->data, (unsigned)content->count),
                     (int)content->count);
    assert_int_equal(gzclose(file), Z_OK);
    return path;
}

static void files_are_read_packed_and_plain(void **unused) {
    (void)unused;
    scratch folder;
    scratch_open(&folder);
    const bytes images = images_file(5, 3, 4, 60), labels = labels_file(12, 12);
    for (int i = 0; i < 2; i++) {
        pes_idx idx;
        CHECK_OK(pes_idx_read_images(&idx, i == 0 ? plain(&folder, "i", &images)
                                                  : packed(&folder, "i.gz", &images)));
        assert_int_equal(idx.count, 5);
        assert_int_equal(idx.rows, 3);
        assert_int_equal(idx.columns, 4);
        CHECK_SAME(images.data + 16, idx.data, 60);
        free(idx.data);
        CHECK_OK(pes_idx_read_labels(
            &idx, i == 0 ? plain(&folder, "l", &labels) : packed(&folder, "l.gz", &labels),
            10));
        assert_int_equal(idx.count, 12);
        CHECK_SAME(labels.data + 8, idx.data, 12);
        free(idx.data);
    }
    scratch_close(&folder);
}

static void written_files_are_read_back(void **unused) {
    (void)unused;
    scratch folder;
    scratch_open(&folder);
    uint8_t data[24] = {1, 2, 3, 9, 200, 255};
    const pes_idx images = {.count = 2, .rows = 3, .columns = 4, .data = data};
    const pes_idx labels = {.count = 4, .rows = 1, .columns = 1, .data = data};
    const char *path = scratch_path(&folder, "x");
    pes_idx idx;
    CHECK_OK(pes_idx_write_images(&images, path));
    CHECK_OK(pes_idx_read_images(&idx, path));
    CHECK_SAME(idx.data, data, 24);
    free(idx.data);
    CHECK_OK(pes_idx_write_labels(&labels, path));
    CHECK_OK(pes_idx_read_labels(&idx, path, 10));
    CHECK_SAME(idx.data, data, 4);
    free(idx.data);
    CHECK_FAILS(PES_E_FILE, "nowhere", pes_idx_write_labels(&labels, "/nowhere/at/all"));
    scratch_close(&folder);
}

static void bad_image(const scratch *folder, const bytes *content, const char *words) {
    pes_idx idx = {.data = (uint8_t *)&idx};
    CHECK_FAILS(PES_E_FORMAT, words, pes_idx_read_images(&idx, plain(folder, "bad", content)));
    assert_null(idx.data);
    CHECK_FAILS(PES_E_FORMAT, "bad.gz",
                pes_idx_read_images(&idx, packed(folder, "bad.gz", content)));
    assert_null(idx.data);
}

static void bad_files_are_refused(void **unused) {
    (void)unused;
    scratch folder;
    scratch_open(&folder);
    bytes file = images_file(5, 3, 4, 59);
    bad_image(&folder, &file, "ends too early");
    file = images_file(5, 3, 4, 61);
    bad_image(&folder, &file, "longer than its header");
    file.count = 15;
    bad_image(&folder, &file, "ends too early");
    file.count = 0;
    bad_image(&folder, &file, "ends too early");
    file = labels_file(60, 60);
    bad_image(&folder, &file, "begins with 2049");
    static const uint32_t size[][3] = {{0, 3, 4},
                                       {5, 0, 4},
                                       {5, 3, 0},
                                       {0xffffffff, 3, 4},
                                       {5, 0x80000000, 4},
                                       {5, 3, 5000},
                                       {10000000, 4096, 4096}};
    for (size_t i = 0; i < sizeof size / sizeof *size; i++) {
        file = images_file(size[i][0], size[i][1], size[i][2], 60);
        bad_image(&folder, &file, "out of bounds");
    }
    file = images_file(10, 4000, 4000, 60); // claims 160 MB: refused without holding them
    bad_image(&folder, &file, "ends too early");
    scratch_close(&folder);
}

static void bad_labels_are_refused(void **unused) {
    (void)unused;
    scratch folder;
    scratch_open(&folder);
    bytes file = labels_file(12, 12);
    file.data[8 + 7] = 10;
    pes_idx idx;
    CHECK_FAILS(PES_E_FORMAT, "label 7 of",
                pes_idx_read_labels(&idx, plain(&folder, "bad", &file), 10));
    assert_null(idx.data);
    scratch_close(&folder);
}

// A packed file that is cut anywhere, or has one byte changed in its body, is not taken.
static void damaged_packed_files_are_refused(void **unused) {
    (void)unused;
    scratch folder;
    scratch_open(&folder);
    const bytes images = images_file(20, 8, 8, 1280);
    const char *path = packed(&folder, "whole.gz", &images);
    size_t count;
    unsigned char *file = scratch_read(path, &count);
    pes_idx idx;
    for (size_t cut = 1; cut < count; cut += 3) {
        const char *shorter = scratch_path(&folder, "cut.gz");
        scratch_write(shorter, file, cut);
        CHECK_FAILS(PES_E_FORMAT, "cut.gz", pes_idx_read_images(&idx, shorter));
    }
    for (size_t at = 20; at < count; at += 5) {
        const char *changed = scratch_path(&folder, "changed.gz");
        file[at] ^= 0x10;
        scratch_write(changed, file, count);
        CHECK_FAILS(PES_E_FORMAT, "changed.gz", pes_idx_read_images(&idx, changed));
        file[at] ^= 0x10;
    }
    free(file);
    CHECK_FAILS(PES_E_FILE, "missing", pes_idx_read_images(&idx, "/nonexistent/missing"));
    scratch_close(&folder);
}

// ---- sets -----------------------------------------------------------------------------------

// 24 images of 2 x 2 in the place of MNIST's.
static void make_small_mnist(const scratch *folder) {
    char command[600];
    (void)snprintf(command, sizeof command, "mkdir -p '%s/mnist'", folder->path);
    assert_int_equal(system(command), 0);
    const bytes images = images_file(24, 2, 2, 96), labels = labels_file(24, 24);
    (void)packed(folder, "mnist/train-images-idx3-ubyte.gz", &images);
    (void)plain(folder, "mnist/train-labels-idx1-ubyte", &labels);
}

static void sets_are_located(void **unused) {
    (void)unused;
    scratch folder;
    scratch_open(&folder);
    make_small_mnist(&folder);
    char path[PES_TEXT_SIZE];
    const pes_data_folders data = {.count = 2, .folder = {"/nonexistent", folder.path}};
    CHECK_OK(pes_dataset_locate("mnist", &data, path));
    assert_non_null(strstr(path, folder.path));
    CHECK_FAILS(PES_E_FILE, "/nonexistent, ", pes_dataset_locate("fashion_mnist", &data, path));
    CHECK_FAILS(PES_E_FILE, "data folder", pes_dataset_locate("mnist", NULL, path));
    CHECK_FAILS(PES_E_FILE, "unpack https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
                pes_dataset_locate("cifar10", &data, path));
    CHECK_FAILS(PES_E_ARGUMENT, "in memory", pes_dataset_locate("digits", &data, path));
    CHECK_FAILS(PES_E_ARGUMENT, "no data set", pes_dataset_locate("imagenet", &data, path));
    scratch_close(&folder);
}

typedef struct reports {
    int count, bad;
} reports;

static void count_report(void *user, const char *file, pes_status status, const char *message) {
    reports *seen = user;
    assert_non_null(strstr(file, "ubyte"));
    assert_true(strlen(message) > 0);
    seen->count++;
    seen->bad += status != PES_OK;
}

static void other_bytes_are_noticed(void **unused) {
    (void)unused;
    scratch folder;
    scratch_open(&folder);
    make_small_mnist(&folder);
    char path[600];
    reports seen = {0};
    (void)snprintf(path, sizeof path, "%s/mnist", folder.path);
    CHECK_FAILS(PES_E_FORMAT, "train-images-idx3-ubyte.gz has",
                pes_dataset_verify("mnist", path, count_report, &seen));
    assert_int_equal(seen.count, 4);
    assert_int_equal(seen.bad, 4);
    CHECK_FAILS(PES_E_FILE, "neither", pes_dataset_verify("mnist", folder.path, NULL, NULL));
    CHECK_FAILS(PES_E_ARGUMENT, "in memory", pes_dataset_verify("digits", path, NULL, NULL));
    CHECK_FAILS(PES_E_ARGUMENT, "fetched", pes_dataset_generate("mnist", 1, path));
    scratch_close(&folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_has_the_published_values),
        cmocka_unit_test(files_are_read_packed_and_plain),
        cmocka_unit_test(written_files_are_read_back),
        cmocka_unit_test(bad_files_are_refused),
        cmocka_unit_test(bad_labels_are_refused),
        cmocka_unit_test(damaged_packed_files_are_refused),
        cmocka_unit_test(sets_are_located),
        cmocka_unit_test(other_bytes_are_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
