// IDX, the format of MNIST's files: big-endian 32-bit words (a magic number, the count, and for
// images rows and columns), then one byte per label or pixel.

#ifndef PES_PROBLEMS_DATA_IDX_H
#define PES_PROBLEMS_DATA_IDX_H

#include <stdint.h>

#include "problems/data/datasets.h"

// Images, or labels with rows = columns = 1.
typedef struct pes_idx {
    int64_t count;   // 1..10 million
    int64_t rows;    // 1..4096
    int64_t columns; // 1..4096
    uint8_t *data;   // count x rows x columns, owned; free() it
} pes_idx;

// Read a file, packed with gzip or not. Nothing in it is trusted. PES_E_FILE, PES_E_FORMAT,
// PES_E_MEMORY; then out->data is NULL.
pes_status pes_idx_read_images(pes_idx *out, const char *path);

// Labels must be below `classes`.
pes_status pes_idx_read_labels(pes_idx *out, const char *path, int classes);

// The `read_images` of a set (datasets.h) with the files PES_DATASET_TRAIN_IMAGES ..
pes_status pes_idx_read_set(const pes_dataset *set, const char *folder, bool test,
                            pes_image_block *out);

// Write plain files.
pes_status pes_idx_write_images(const pes_idx *images, const char *path);
pes_status pes_idx_write_labels(const pes_idx *labels, const char *path);

#endif // PES_PROBLEMS_DATA_IDX_H
