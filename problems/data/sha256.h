// SHA-256 (FIPS 180-4), to check downloaded files against their published sums.

#ifndef PES_PROBLEMS_DATA_SHA256_H
#define PES_PROBLEMS_DATA_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { PES_SHA256_TEXT = 65 }; // 64 hexadecimal digits and the final zero

typedef struct pes_sha256 {
    uint32_t hash[8];
    uint64_t bytes; // taken so far
    uint8_t block[64];
} pes_sha256;

void pes_sha256_begin(pes_sha256 *sum);
void pes_sha256_add(pes_sha256 *sum, const void *data, size_t bytes);
void pes_sha256_end(pes_sha256 *sum, char text[PES_SHA256_TEXT]);

#endif // PES_PROBLEMS_DATA_SHA256_H
