// Composing a checkpoint's header; layout.h says what it looks like.

#ifndef PES_RECORD_HEADER_H
#define PES_RECORD_HEADER_H

#include <stddef.h>
#include <stdint.h>

#include "pes/status.h"
#include "record/checkpoints.h"

typedef struct pes_header {
    char *text; // the file's first `bytes` bytes: length, JSON, padding
    int64_t bytes;
    int64_t crc_at;     // byte of `text` at which the CRC's digits stand, now zeros
    int64_t data_bytes; // of all tensors
} pes_header;

// Compose it in `buffer`, which header->text then points to. PES_E_ARGUMENT with a sentence if
// the content breaks one of its rules or the buffer is too small.
pes_status pes_header_compose(pes_header *header, const pes_checkpoint_content *content,
                              char *buffer, int64_t capacity);

// The index of the tensor that comes after tensor number `previous` in the file, -1 to begin;
// -1 after the last. Wider elements come first.
int64_t pes_header_next(const pes_checkpoint_content *content, int64_t previous);

#endif // PES_RECORD_HEADER_H
