/// @file checkpoint.h
/// Reading the checkpoints that a trainer writes: the safetensors layout, with a CRC-32C; and
/// composing such files of other tensors.
///
/// A checkpoint holds theta, the optimizer's memory, and the particles' states, xi and
/// counters. Any safetensors reader opens it; this one trusts nothing in it: every offset, size
/// and count is checked before use.

#ifndef PES_CHECKPOINT_H
#define PES_CHECKPOINT_H

#include <stdint.h>

#include "pes/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Opaque: one checkpoint file, verified.
typedef struct pes_checkpoint pes_checkpoint;

/// One tensor of it; `data` belongs to the checkpoint.
typedef struct pes_tensor {
    const char *name;
    const char *dtype; // "F32", "F64", "I64", "U8", ...
    int64_t rank;      // dimensions, 0..4
    int64_t shape[4];
    const void *data; // little-endian, row-major
    int64_t bytes;
} pes_tensor;

/// Read and verify a file. PES_E_FILE, PES_E_FORMAT, PES_E_MEMORY; then *out is NULL.
PES_API pes_status pes_checkpoint_open(pes_checkpoint **out, const char *path);

/// NULL is allowed.
PES_API void pes_checkpoint_close(pes_checkpoint *checkpoint);

/// Tensor number `index` into *out; PES_E_ARGUMENT past the last.
PES_API pes_status pes_checkpoint_tensor(const pes_checkpoint *checkpoint, int64_t index,
                                         pes_tensor *out);

/// The tensor of that name into *out; PES_E_FORMAT if there is none.
PES_API pes_status pes_checkpoint_find(const pes_checkpoint *checkpoint, const char *name,
                                       pes_tensor *out);

/// The metadata's text under `key`, or NULL.
PES_API const char *pes_checkpoint_text(const pes_checkpoint *checkpoint, const char *key);

/// One text of a file's metadata.
typedef struct pes_text {
    const char *key;  // unique, and not "crc32c"
    const char *text; // UTF-8
} pes_text;

/// All bytes of a file with these texts and tensors that pes_checkpoint_open() and every
/// safetensors reader accept, in *out, to be freed with free(). `bytes` of a tensor must be
/// what its dtype and shape say; names differ. PES_E_ARGUMENT, PES_E_MEMORY; then *out is NULL.
PES_API pes_status pes_checkpoint_pack(void **out, int64_t *bytes, int64_t num_texts,
                                       const pes_text *text, int64_t num_tensors,
                                       const pes_tensor *tensor);

#ifdef __cplusplus
}
#endif

#endif // PES_CHECKPOINT_H
