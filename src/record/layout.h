// What a checkpoint's header may say, shared by the writer and the reader, and the reader's
// judgement of it.
//
//     8 bytes   length of the header, little-endian
//     header    {"__metadata__":{"crc32c":"00000000",key:text,...},
//                name:{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},...} and spaces
//     data      the tensors in the header's order, without gaps; offsets count from here
//
// The data begins on 64 bytes and wider elements come first, so that every element is aligned.

#ifndef PES_RECORD_LAYOUT_H
#define PES_RECORD_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pes/checkpoint.h"

enum {
    PES_LAYOUT_PREFIX = 8,       // bytes before the header
    PES_LAYOUT_ALIGNMENT = 64,   // bytes; where the data begins
    PES_LAYOUT_TENSORS = 1024,   // most tensors
    PES_LAYOUT_TEXTS = 1024,     // most texts, the CRC included
    PES_LAYOUT_HEADER = 1 << 24, // most bytes of a header
    PES_LAYOUT_DIGITS = 8,       // of the CRC
};

// Bytes of one element of that type; 0 if it is unknown.
int64_t pes_layout_width(const char *dtype);

// Bytes that the tensor's dtype and shape call for; -1 if they are impossible.
int64_t pes_layout_bytes(const pes_tensor *tensor);

// A header taken apart. Texts point into it.
typedef struct pes_layout {
    int64_t num_tensors;
    int64_t num_texts;
    bool has_metadata; // there was such an object, with texts or without
    int64_t crc_at;    // byte of the header at which the CRC's digits stand
    char crc[PES_LAYOUT_DIGITS + 1];
    int64_t offset[PES_LAYOUT_TENSORS];    // bytes from the beginning of the data
    pes_tensor tensor[PES_LAYOUT_TENSORS]; // data is NULL
    const char *key[PES_LAYOUT_TEXTS];
    const char *text[PES_LAYOUT_TEXTS];
} pes_layout;

// Take apart `header`, which is overwritten and must outlive the layout, of a file with
// `data_bytes` bytes after it. PES_E_FORMAT with a sentence that does not name the file.
pes_status pes_layout_read(pes_layout *layout, char *header, int64_t header_bytes,
                           int64_t data_bytes);

#endif // PES_RECORD_LAYOUT_H
