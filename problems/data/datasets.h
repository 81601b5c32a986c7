// The data sets: where their files are, what must be in them, and how the images are loaded.

#ifndef PES_PROBLEMS_DATA_DATASETS_H
#define PES_PROBLEMS_DATA_DATASETS_H

#include <stddef.h>
#include <stdint.h>

#include "problems/problems.h"

enum { PES_DATASET_CLASSES = 10 };

// What is published of one file, packed with gzip and unpacked.
typedef struct pes_dataset_file {
    const char *name;          // unpacked; packed it has ".gz" after it
    int64_t packed_bytes;      // 0 if it is published unpacked only
    const char *packed_sha256; // NULL likewise
    int64_t plain_bytes;
    const char *plain_sha256;
} pes_dataset_file;

// The files of an image set, and those of a text.
enum {
    PES_DATASET_TRAIN_IMAGES,
    PES_DATASET_TRAIN_LABELS,
    PES_DATASET_TEST_IMAGES,
    PES_DATASET_TEST_LABELS,
    PES_DATASET_IMAGE_FILES
};
enum {
    PES_DATASET_TRAIN_TEXT,
    PES_DATASET_VALID_TEXT,
    PES_DATASET_TEST_TEXT,
    PES_DATASET_TEXT_FILES
};

// What a set holds, and so which reader serves it.
typedef enum pes_dataset_kind {
    PES_DATASET_IMAGES,
    PES_DATASET_TEXT,
    PES_DATASET_TABLE
} pes_dataset_kind;

// A row of the table. A generated set has no folder and no files.
typedef struct pes_dataset {
    pes_dataset_info info;
    pes_dataset_kind kind;
    double mean;                  // images: of pixel / 255 over the training file; 0: measure
    double deviation;             // images: standard deviation, likewise
    int64_t training, validation; // images used by default
    int64_t rows, columns;        // tables
    int64_t num_files;            // 0: generated
    const pes_dataset_file *file; // num_files; NULL: generated
} pes_dataset;

// The row of that name, or NULL; and row number `index`, NULL past the last. The image sets are
// the first rows.
const pes_dataset *pes_dataset_find(const char *name);
const pes_dataset *pes_dataset_row(int64_t index);

enum { PES_DATASET_PATH = PES_TEXT_SIZE + 64 };

// The file as it is there, packed or not, into `path`. PES_E_FILE if it is in neither form.
pes_status pes_dataset_file_path(const pes_dataset_file *file, const char *folder,
                                 char path[PES_DATASET_PATH]);

// Is the file in the folder what was published? PES_E_FILE (missing), PES_E_FORMAT (other
// bytes).
pes_status pes_dataset_check_file(const pes_dataset_file *file, const char *folder);

// All bytes of a set's file that is published unpacked, which must be the published ones;
// file->plain_bytes of them, to be freed. PES_E_FILE, PES_E_FORMAT, PES_E_MEMORY; then *bytes
// is NULL.
pes_status pes_dataset_read_file(const pes_dataset *set, const pes_data_folders *folders,
                                 int64_t file, uint8_t **bytes);

// What is wanted of a set.
typedef struct pes_image_request {
    const pes_dataset *set;
    const pes_data_folders *folders; // NULL: none
    int64_t training;                // images; 0: the set's default
    int64_t validation;              // images; 0: the set's default
    int64_t side;                    // of generated images, pixels
    uint64_t seed;                   // of generated images
} pes_image_request;

// Images in memory, the training images first. The validation images of a file are from its
// last sixth (the last 10,000 of 60,000), the training images from the rest.
typedef struct pes_images {
    int64_t training;   // images
    int64_t validation; // images
    int64_t pixels;     // of one image
    double mean;        // of pixel / 255
    double deviation;   // standard deviation, > 0
    uint8_t *pixel;     // (training + validation) x pixels, owned; NULL: sizes only
    uint8_t *label;     // training + validation, owned; below PES_DATASET_CLASSES
} pes_images;

// PES_E_ARGUMENT (more images than there are), PES_E_FILE, PES_E_FORMAT, PES_E_MEMORY; then
// nothing is owned.
pes_status pes_images_load(pes_images *out, const pes_image_request *request);
void pes_images_release(pes_images *images);

#endif // PES_PROBLEMS_DATA_DATASETS_H
