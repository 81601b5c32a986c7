// A table for tests, as a CSV file.

#ifndef PES_TESTS_SUPPORT_TABLE_FILE_H
#define PES_TESTS_SUPPORT_TABLE_FILE_H

#include <stdint.h>

#include "support/scratch.h"

// Write `rows` rows below the header "id,wave,same,y" and return the path, as scratch_path():
// id is the row's number from 0, wave a polynomial of it, same is 0.1, and y is `scale` times
// id (mod `classes`, where that is not 0).
const char *test_table(const scratch *folder, const char *name, int64_t rows, double scale,
                       int64_t classes);

#endif // PES_TESTS_SUPPORT_TABLE_FILE_H
