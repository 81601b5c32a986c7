// The reader of learned optimizers, on whatever bytes: it never reads outside them, and what it
// takes is an optimizer, with finite parameters, whose file comes back and which can train.
//
// A file whose CRC-32C is wrong is refused before anything else is looked at, so bytes that
// begin like a header are made into a file first: length, spaces, CRC. Others are read as they
// are.
//
//     clang -fsanitize=fuzzer,address,undefined      (make check-fuzz)

#define _GNU_SOURCE // memfd_create

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "pes/lopt.h"
#include "record/layout.h"

enum { MOST = 1 << 18 }; // bytes of a file
enum { ROWS = 3, COLUMNS = 2 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int fine, const char *what) {
    if (!fine) {
        fprintf(stderr, "not true: %s\n", what);
        abort();
    }
}

// ---- files ----------------------------------------------------------------------------------

// A file in memory, with a path.
typedef struct room {
    int file;
    char path[32];
} room;

static void open_room(room *out) {
    out->file = memfd_create("optimizer", 0);
    require(out->file >= 0, "there is memory for a file");
    snprintf(out->path, sizeof out->path, "/proc/self/fd/%d", out->file);
}

static void fill(const room *to, const void *bytes, size_t size) {
    require(ftruncate(to->file, 0) == 0 && pwrite(to->file, bytes, size, 0) == (ssize_t)size,
            "the file is written");
}

// Bytes of the JSON object that `data` begins with; all of them if it has no end.
static size_t object_bytes(const uint8_t *data, size_t size) {
    int depth = 0, quoted = 0;
    for (size_t i = 0; i < size; i++) {
        if (quoted && data[i] == '\\') {
            i++;
        } else if (data[i] == '"') {
            quoted = !quoted;
        } else if (!quoted && (data[i] == '{' || data[i] == '}')) {
            depth += data[i] == '{' ? 1 : -1;
            if (depth == 0) {
                return i + 1;
            }
        }
    }
    return size;
}

// Puts the CRC of the whole file where the header has room for one.
static void sign(uint8_t *file, size_t size, size_t header_bytes) {
    static pes_layout layout;
    static char header[MOST];
    memcpy(header, file + PES_LAYOUT_PREFIX, header_bytes);
    const size_t begin = PES_LAYOUT_PREFIX + header_bytes;
    if (pes_layout_read(&layout, header, (int64_t)header_bytes, (int64_t)(size - begin)) ==
        PES_OK) {
        uint8_t *digits = file + PES_LAYOUT_PREFIX + layout.crc_at;
        char text[PES_LAYOUT_DIGITS + 1];
        memset(digits, '0', PES_LAYOUT_DIGITS);
        snprintf(text, sizeof text, "%08x", (unsigned)pes_crc32c(0, file, size));
        memcpy(digits, text, PES_LAYOUT_DIGITS);
    }
}

// A file of a header and what follows it; its size.
static size_t make_file(const uint8_t *data, size_t size, uint8_t *out) {
    const size_t object = object_bytes(data, size);
    const size_t begin = (PES_LAYOUT_PREFIX + object + PES_LAYOUT_ALIGNMENT - 1) /
                         PES_LAYOUT_ALIGNMENT * PES_LAYOUT_ALIGNMENT;
    const size_t header_bytes = begin - PES_LAYOUT_PREFIX;
    for (int i = 0; i < PES_LAYOUT_PREFIX; i++) {
        out[i] = (uint8_t)(header_bytes >> 8 * i & 255);
    }
    memset(out + PES_LAYOUT_PREFIX, ' ', header_bytes);
    memcpy(out + PES_LAYOUT_PREFIX, data, object);
    memcpy(out + begin, data + object, size - object);
    sign(out, begin + size - object, header_bytes);
    return begin + size - object;
}

// ---- what is taken --------------------------------------------------------------------------

static void check_training(pes_learned *learned) {
    const int64_t floats = pes_learned_memory(learned, ROWS, COLUMNS);
    float *memory = calloc((size_t)floats + 1, sizeof *memory);
    float weights[ROWS * COLUMNS] = {0.1f, -0.2f}, gradient[ROWS * COLUMNS] = {1.0f, 0.5f};
    require(memory != NULL && floats >= 0, "there is memory for a tensor");
    const pes_learned_tensor tensor = {ROWS, COLUMNS, weights, gradient, memory};
    for (int64_t step = 0; step < 2; step++) {
        require(pes_learned_update(learned, step, 1, &tensor) == PES_OK, "a step is taken");
    }
    require(memory[floats] == 0.0f, "in the memory that was asked for");
    free(memory);
}

static void check_taken(pes_learned *learned, const room *second) {
    const int64_t params = pes_learned_num_params(learned);
    const float *theta = pes_learned_theta(learned);
    for (int64_t i = 0; i < params; i++) {
        require(isfinite(theta[i]), "parameters are finite");
    }
    pes_learned *again;
    require(pes_learned_save(learned, second->path) == PES_OK, "it can be saved");
    require(pes_learned_load(&again, second->path) == PES_OK, "and loaded again");
    require(pes_learned_num_params(again) == params &&
                memcmp(theta, pes_learned_theta(again), (size_t)params * sizeof *theta) == 0 &&
                strcmp(pes_learned_architecture(again), pes_learned_architecture(learned)) == 0,
            "and is the same");
    pes_learned_destroy(again);
    check_training(learned);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t made[MOST];
    static room first, second;
    if (first.path[0] == '\0') {
        open_room(&first);
        open_room(&second);
    }
    if (size > MOST / 2) {
        return 0;
    }
    if (size > 0 && data[0] == '{') {
        const size_t bytes = make_file(data, size, made);
        fill(&first, made, bytes);
    } else {
        fill(&first, data, size);
    }
    pes_learned *learned;
    const pes_status status = pes_learned_load(&learned, first.path);
    require((status == PES_OK) == (learned != NULL), "an optimizer, or none and a reason");
    require(status == PES_OK || pes_last_error()[0] != '\0', "which is a sentence");
    if (status == PES_OK) {
        check_taken(learned, &second);
    }
    pes_learned_destroy(learned);
    return 0;
}
