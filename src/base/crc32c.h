// CRC-32C (Castagnoli, Braeuer, Herrmann 1993; RFC 3720), the check sum of checkpoints and
// events.

#ifndef PES_BASE_CRC32C_H
#define PES_BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

// The CRC of a text followed by `bytes` more, given the CRC of the text; that of nothing is 0.
// Runs at memory speed where the processor has SSE4.2.
uint32_t pes_crc32c(uint32_t crc, const void *data, size_t bytes);

// The same from a table, on any processor: what the other is tested against.
uint32_t pes_crc32c_portable(uint32_t crc, const void *data, size_t bytes);

#endif // PES_BASE_CRC32C_H
