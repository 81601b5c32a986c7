// Writing the checkpoints of one run, so that an interruption at any moment leaves a good one.
//
// The layout is safetensors: 8 bytes of header length, a JSON header, the tensors, which begin
// on 64 bytes. The metadata holds the texts and, under "crc32c", 8 hexadecimal digits: the
// CRC-32C of the whole file while these digits are still "00000000". A checkpoint is written to
// checkpoint.partial, synced and renamed, and the directory is synced. Reading:
// pes/checkpoint.h.

#ifndef PES_RECORD_CHECKPOINTS_H
#define PES_RECORD_CHECKPOINTS_H

#include <stddef.h>
#include <stdint.h>

#include "pes/checkpoint.h"
#include "pes/status.h"

// One text of the metadata. Keys differ from each other and from "crc32c".
typedef pes_text pes_checkpoint_entry;

// One tensor whose rows in memory are not all stored: its shape[0] and bytes count those that
// are, one after the other.
typedef struct pes_checkpoint_pick {
    int64_t tensor;      // its index, of rank 2; -1: none
    int64_t rows;        // in memory
    const uint8_t *omit; // rows, 1: not stored
} pes_checkpoint_pick;

// What a checkpoint holds; nothing of it is owned or copied. tensor[i].bytes must be what the
// dtype (F32, F64, I64, I32, U32, U64, U8) and the shape say. Names are unique.
typedef struct pes_checkpoint_content {
    const pes_checkpoint_entry *text;
    int64_t num_texts;
    const pes_tensor *tensor;
    int64_t num_tensors;
    const pes_checkpoint_pick *pick; // NULL: all tensors are stored whole
} pes_checkpoint_content;

// The checkpoints in one directory, and the buffer for the header of the next one.
typedef struct pes_checkpoints pes_checkpoints;

// Look at the checkpoints in `directory`, which exists. `header_bytes` is room for the header:
// allow 2 x the texts' lengths, and 128 + 2 x the name's length for each text and tensor; 64
// KiB is plenty for a run. Nothing is written or removed yet. PES_E_FILE, PES_E_MEMORY; then
// *out is NULL.
pes_status pes_checkpoints_open(pes_checkpoints **out, const char *directory,
                                int64_t header_bytes);

// NULL is allowed.
void pes_checkpoints_close(pes_checkpoints *checkpoints);

// Bytes that pes_checkpoints_open() allocates.
uint64_t pes_checkpoints_memory(int64_t header_bytes);

// Write checkpoint-<update, 12 digits>.safetensors and then remove every other but the one
// before it: older ones, and newer ones, which a resumed run has passed over. Allocates
// nothing. PES_E_FILE: nothing new is left in the directory, and nothing has been removed.
pes_status pes_checkpoints_write(pes_checkpoints *checkpoints, int64_t update,
                                 const pes_checkpoint_content *content);

// Path of the newest checkpoint in the directory, or with `skip` = 1, 2, .. of the ones before
// it. PES_OK with an empty path if there is none. PES_E_FILE, PES_E_ARGUMENT (capacity).
pes_status pes_checkpoints_find(const char *directory, int64_t skip, char *path,
                                size_t capacity);

// Open the newest checkpoint in the directory that can be read: a damaged one is passed over
// for the one before it. PES_OK with *out NULL if there is none; PES_E_FILE, PES_E_FORMAT,
// PES_E_MEMORY if there are some and none can be read.
pes_status pes_checkpoints_newest(const char *directory, pes_checkpoint **out);

// Copy the tensor named as `own` to where `own->data` points. PES_E_FORMAT if it is not there,
// or is of another type or shape.
pes_status pes_checkpoint_take(const pes_checkpoint *checkpoint, const pes_tensor *own);

#endif // PES_RECORD_CHECKPOINTS_H
