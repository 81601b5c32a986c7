// A folder of a test's own, and whole files in and out of it.

#ifndef PES_TESTS_SUPPORT_SCRATCH_H
#define PES_TESTS_SUPPORT_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct scratch {
    char path[512]; // of the folder
} scratch;

// Make a folder below $TMPDIR or /tmp; the program ends if it cannot be made.
void scratch_open(scratch *folder);

// Remove it with all that is in it.
void scratch_close(scratch *folder);

// Path of a file in it, valid until the fourth call after this one.
const char *scratch_path(const scratch *folder, const char *name);

// Names of the files in it, in order, each followed by a space, to `out`, `capacity` bytes.
const char *scratch_list(const scratch *folder, char *out, size_t capacity);

bool scratch_exists(const char *path);

// A whole file, with a zero after it; to be freed. The program ends if it cannot be read.
unsigned char *scratch_read(const char *path, size_t *bytes);

// Make a file of these bytes, or replace it; the program ends if that fails.
void scratch_write(const char *path, const void *data, size_t bytes);

#endif // PES_TESTS_SUPPORT_SCRATCH_H
