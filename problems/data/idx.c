#include "problems/data/idx.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "problems/problem.h"

enum { MAGIC_LABELS = 2049, MAGIC_IMAGES = 2051 };
enum { MOST_COUNT = 10000000, MOST_SIDE = 4096, MOST_BYTES = 1 << 30, FIRST_CHUNK = 1 << 20 };

static uint32_t big_endian(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static pes_status cut_short(gzFile file, const char *path) {
    int code = Z_OK;
    const char *text = gzerror(file, &code);
    if (code != Z_OK && code != Z_BUF_ERROR && code != Z_ERRNO) {
        return pes_fail(PES_E_FORMAT, "%s is damaged (%s); fetch it again", path, text);
    }
    return pes_fail(PES_E_FORMAT, "%s ends too early; fetch it again", path);
}

// Fill the header's numbers. `words` is 2 for labels, 4 for images.
static pes_status read_header(pes_idx *out, gzFile file, const char *path, uint32_t magic,
                              int words) {
    uint8_t header[16];
    const unsigned bytes = 4 * (unsigned)words;
    if (gzread(file, header, bytes) != (int)bytes) {
        return cut_short(file, path);
    }
    const uint32_t seen = big_endian(header);
    PES_PROBLEM_REQUIRE(seen == magic, PES_E_FORMAT,
                        "%s begins with %lu where an IDX file of %s begins with %lu; is it the "
                        "right file?",
                        path, (unsigned long)seen, magic == MAGIC_IMAGES ? "images" : "labels",
                        (unsigned long)magic);
    out->count = big_endian(header + 4);
    out->rows = words == 4 ? big_endian(header + 8) : 1;
    out->columns = words == 4 ? big_endian(header + 12) : 1;
    const bool sane = out->count >= 1 && out->count <= MOST_COUNT && out->rows >= 1 &&
                      out->rows <= MOST_SIDE && out->columns >= 1 &&
                      out->columns <= MOST_SIDE &&
                      out->count * out->rows * out->columns <= MOST_BYTES;
    PES_PROBLEM_REQUIRE(sane, PES_E_FORMAT,
                        "%s claims %lld items of %lld x %lld, which is out of bounds; fetch it "
                        "again",
                        path, (long long)out->count, (long long)out->rows,
                        (long long)out->columns);
    return PES_OK;
}

// A header may claim much and hold little: memory grows with what has been read.
static pes_status read_body(pes_idx *out, gzFile file, const char *path) {
    const int64_t total = out->count * out->rows * out->columns;
    int64_t have = 0, room = 0;
    while (have < total) {
        room = room == 0 ? FIRST_CHUNK : 2 * room;
        room = room < total ? room : total;
        uint8_t *data = realloc(out->data, (size_t)room);
        PES_PROBLEM_REQUIRE(data != NULL, PES_E_MEMORY, "no memory for %lld bytes of %s",
                            (long long)room, path);
        out->data = data;
        if (gzread(file, data + have, (unsigned)(room - have)) != (int)(room - have)) {
            return cut_short(file, path);
        }
        have = room;
    }
    uint8_t extra;
    PES_PROBLEM_REQUIRE(gzread(file, &extra, 1) <= 0, PES_E_FORMAT,
                        "%s is longer than its header says; fetch it again", path);
    return gzeof(file) ? PES_OK : cut_short(file, path);
}

static pes_status read_file(pes_idx *out, const char *path, uint32_t magic, int words) {
    *out = (pes_idx){.count = 0};
    errno = 0;
    gzFile file = gzopen(path, "rb");
    PES_PROBLEM_REQUIRE(file != NULL, PES_E_FILE, "%s cannot be opened: %s", path,
                        errno != 0 ? strerror(errno) : "no memory");
    (void)gzbuffer(file, 1 << 17);
    pes_status status = read_header(out, file, path, magic, words);
    if (status == PES_OK) {
        status = read_body(out, file, path);
    }
    // The sum at the end of a packed file is checked when its end is read; closing tells.
    if (gzclose_r(file) != Z_OK && status == PES_OK) {
        status = pes_fail(PES_E_FORMAT, "%s ends too early; fetch it again", path);
    }
    if (status != PES_OK) {
        free(out->data);
        *out = (pes_idx){.count = 0};
    }
    return status;
}

pes_status pes_idx_read_images(pes_idx *out, const char *path) {
    return read_file(out, path, MAGIC_IMAGES, 4);
}

pes_status pes_idx_read_labels(pes_idx *out, const char *path, int classes) {
    PES_PROBLEM_TRY(read_file(out, path, MAGIC_LABELS, 2));
    for (int64_t i = 0; i < out->count; i++) {
        const int label = out->data[i];
        if (label >= classes) {
            free(out->data);
            *out = (pes_idx){.count = 0};
            return pes_fail(PES_E_FORMAT,
                            "label %lld of %s is %d, but there are only %d classes",
                            (long long)i, path, label, classes);
        }
    }
    return PES_OK;
}

static pes_status read_pair(const char *images_path, const char *labels_path,
                            pes_image_block *out) {
    pes_idx images, labels;
    PES_PROBLEM_TRY(pes_idx_read_images(&images, images_path));
    out->pixel = images.data;
    PES_PROBLEM_TRY(pes_idx_read_labels(&labels, labels_path, PES_DATASET_CLASSES));
    out->label = labels.data;
    PES_PROBLEM_REQUIRE(labels.count == images.count, PES_E_FORMAT,
                        "%s has %lld images but %s %lld labels; fetch both again", images_path,
                        (long long)images.count, labels_path, (long long)labels.count);
    out->count = images.count;
    out->pixels = images.rows * images.columns;
    return PES_OK;
}

pes_status pes_idx_read_set(const pes_dataset *set, const char *folder, bool test,
                            pes_image_block *out) {
    char images[PES_DATASET_PATH], labels[PES_DATASET_PATH];
    const int first = test ? PES_DATASET_TEST_IMAGES : PES_DATASET_TRAIN_IMAGES;
    *out = (pes_image_block){.count = 0};
    PES_PROBLEM_TRY(pes_dataset_file_path(&set->file[first], folder, images));
    PES_PROBLEM_TRY(pes_dataset_file_path(&set->file[first + 1], folder, labels));
    const pes_status status = read_pair(images, labels, out);
    if (status != PES_OK) {
        pes_image_block_release(out);
    }
    return status;
}

static void put_big_endian(uint8_t *p, int64_t value) {
    for (int i = 0; i < 4; i++) {
        p[i] = (uint8_t)(value >> (24 - 8 * i));
    }
}

static pes_status write_file(const pes_idx *idx, const char *path, uint32_t magic,
                             size_t words) {
    uint8_t header[16];
    put_big_endian(header, magic);
    put_big_endian(header + 4, idx->count);
    put_big_endian(header + 8, idx->rows);
    put_big_endian(header + 12, idx->columns);
    FILE *file = fopen(path, "wb");
    PES_PROBLEM_REQUIRE(file != NULL, PES_E_FILE, "%s cannot be written: %s", path,
                        strerror(errno));
    const size_t bytes = (size_t)(idx->count * idx->rows * idx->columns);
    bool good = fwrite(header, 4, words, file) == words;
    good = good && fwrite(idx->data, 1, bytes, file) == bytes;
    good = fclose(file) == 0 && good;
    PES_PROBLEM_REQUIRE(good, PES_E_FILE, "%s cannot be written whole: %s", path,
                        strerror(errno));
    return PES_OK;
}

pes_status pes_idx_write_images(const pes_idx *images, const char *path) {
    return write_file(images, path, MAGIC_IMAGES, 4);
}

pes_status pes_idx_write_labels(const pes_idx *labels, const char *path) {
    return write_file(labels, path, MAGIC_LABELS, 2);
}
