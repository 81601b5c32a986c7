// The binary files of CIFAR-10: records of a label and an image, without a header.

#ifndef PES_PROBLEMS_DATA_RECORDS_H
#define PES_PROBLEMS_DATA_RECORDS_H

#include "problems/data/datasets.h"

// The `read_images` of a set (datasets.h) whose files are all training files, in order: each
// record is one byte of label, then set->pixels bytes.
pes_status pes_records_read_set(const pes_dataset *set, const char *folder, bool test,
                                pes_image_block *out);

#endif // PES_PROBLEMS_DATA_RECORDS_H
