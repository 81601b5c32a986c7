// Images in memory: from the files of a data set, or drawn.

#ifndef PES_PROBLEMS_DATA_IMAGES_H
#define PES_PROBLEMS_DATA_IMAGES_H

#include "problems/data/datasets.h"

// What is wanted of a set.
typedef struct pes_image_request {
    const pes_dataset *set;
    const pes_data_folders *folders; // NULL: none
    int64_t count[PES_PARTS];        // images of each part; 0: the set's default
    bool with_test;                  // test images that have a file of their own are wanted
    int64_t side;                    // of generated images, pixels
    int64_t shrink;                  // rows and columns to which images are averaged, at most
                                     // PES_SHRINK_MOST; 0: as they are
    uint64_t seed;                   // of generated images
} pes_image_request;

// Images in memory, part behind part. Of the training files the last images are for
// validation, in the share that the set's defaults have (the last 10,000 of 60,000); before
// them lie test images where there is no file of these, and the training images are the first.
typedef struct pes_images {
    int64_t count[PES_PARTS];          // images
    int64_t pixels;                    // of one image
    int64_t channels;                  // 1..PES_DATASET_CHANNELS planes, one behind the other
    double mean[PES_DATASET_CHANNELS]; // of pixel / 255, for each channel
    double deviation[PES_DATASET_CHANNELS]; // standard deviation, > 0, likewise
    uint8_t *pixel;                         // (sum of count) x pixels, owned; NULL: sizes only
    uint8_t *label;                         // sum of count, owned; below PES_DATASET_CLASSES
} pes_images;

// The mean and the deviation of images that were drawn or made smaller are measured on the
// training images. PES_E_ARGUMENT (more images or larger ones than there are), PES_E_FILE,
// PES_E_FORMAT, PES_E_MEMORY; then nothing is owned.
pes_status pes_images_load(pes_images *out, const pes_image_request *request);
void pes_images_release(pes_images *images);

#endif // PES_PROBLEMS_DATA_IMAGES_H
