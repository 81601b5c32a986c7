// The text files of Optdigits (Alpaydin and Kaynak 1998): rows of pixels from 0 to 16, then the
// label, separated by commas.

#ifndef PES_PROBLEMS_DATA_OPTDIGITS_H
#define PES_PROBLEMS_DATA_OPTDIGITS_H

#include "problems/data/datasets.h"

enum { PES_OPTDIGITS_TRAINING, PES_OPTDIGITS_TEST, PES_OPTDIGITS_FILES };

// The `read_images` of a set (datasets.h) with these two files.
pes_status pes_optdigits_read_set(const pes_dataset *set, const char *folder, bool test,
                                  pes_image_block *out);

#endif // PES_PROBLEMS_DATA_OPTDIGITS_H
