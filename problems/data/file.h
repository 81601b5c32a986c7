// Whole files in memory, packed with gzip or not.

#ifndef PES_PROBLEMS_DATA_FILE_H
#define PES_PROBLEMS_DATA_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "pes/status.h"

enum { PES_DATA_MOST = 1 << 30 }; // bytes, unpacked

// Is there a file of that name that can be read?
bool pes_data_exists(const char *path);

// Read all of a file, unpacking it if it is packed; to be freed. A zero follows the last byte.
// A file of more than `most` bytes is refused, whatever it unpacks to. PES_E_FILE, PES_E_FORMAT
// (damaged, too long), PES_E_MEMORY; then *bytes is NULL.
pes_status pes_data_read(const char *path, int64_t most, uint8_t **bytes, int64_t *count);

#endif // PES_PROBLEMS_DATA_FILE_H
