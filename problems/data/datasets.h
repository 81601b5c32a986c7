// The data sets: where their files are, and what must be in them.

#ifndef PES_PROBLEMS_DATA_DATASETS_H
#define PES_PROBLEMS_DATA_DATASETS_H

#include <stddef.h>
#include <stdint.h>

#include "problems/problems.h"

enum { PES_DATASET_CLASSES = 10 };

// What is published of one file, packed with gzip and unpacked. Every file may be there in
// either form; of one that is published unpacked only, the content is checked.
typedef struct pes_dataset_file {
    const char *name;          // unpacked; packed it has ".gz" after it
    int64_t packed_bytes;      // 0 if it is published unpacked only
    const char *packed_sha256; // NULL likewise
    int64_t plain_bytes;
    const char *plain_sha256;
} pes_dataset_file;

// The files of a text; those of an image set in IDX files.
enum {
    PES_DATASET_TRAIN_TEXT,
    PES_DATASET_VALID_TEXT,
    PES_DATASET_TEST_TEXT,
    PES_DATASET_TEXT_FILES
};
enum {
    PES_DATASET_TRAIN_IMAGES,
    PES_DATASET_TRAIN_LABELS,
    PES_DATASET_TEST_IMAGES,
    PES_DATASET_TEST_LABELS,
    PES_DATASET_IMAGE_FILES
};

// What samples are for. Parts of a set share no sample.
typedef enum pes_part {
    PES_PART_TRAINING,
    PES_PART_VALIDATION,
    PES_PART_TEST,
    PES_PARTS
} pes_part;

// "training", "validation", "test"
extern const char *const pes_part_name[PES_PARTS];

// Images as they are in files.
typedef struct pes_image_block {
    int64_t count;
    int64_t pixels; // of one image
    uint8_t *pixel; // count x pixels; free() it
    uint8_t *label; // count, below PES_DATASET_CLASSES; free() it
} pes_image_block;

void pes_image_block_release(pes_image_block *block);

// What a set holds.
typedef enum pes_dataset_kind {
    PES_DATASET_IMAGES,
    PES_DATASET_TEXT,
    PES_DATASET_TABLE
} pes_dataset_kind;

// A row of the table. A generated set has no folder and no files.
enum { PES_DATASET_CHANNELS = 3 };
typedef struct pes_dataset {
    pes_dataset_info info;
    pes_dataset_kind kind;

    int64_t count[PES_PARTS]; // images: of each part by default; no test images: none are
                              // published, and what is asked for is held out of the training
                              // images
    int64_t pixels;           // images: of one; 0: as many as asked for
    int64_t channels;         // images: planes of equal size, one behind the other; 0: one
    double mean[PES_DATASET_CHANNELS];      // images: of pixel / 255 in the training files
    double deviation[PES_DATASET_CHANNELS]; // images: standard deviation; 0: measure both

    // Images: read the training files, or the test files. Other counts and sizes than the
    // table's are taken as they come. PES_E_FILE, PES_E_FORMAT, PES_E_MEMORY; then nothing is
    // owned. NULL: generated.
    pes_status (*read_images)(const struct pes_dataset *set, const char *folder, bool test,
                              pes_image_block *out);

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

// All bytes of a set's file, unpacked, which must be the published ones; file->plain_bytes of
// them, to be freed. PES_E_FILE, PES_E_FORMAT, PES_E_MEMORY; then *bytes
// is NULL.
pes_status pes_dataset_read_file(const pes_dataset *set, const pes_data_folders *folders,
                                 int64_t file, uint8_t **bytes);

#endif // PES_PROBLEMS_DATA_DATASETS_H
