// Going on from a checkpoint: which one, and its tensors back to where they came from.

#include <stdbool.h>
#include <string.h>

#include "base/status.h"
#include "record/checkpoints.h"
#include "record/file.h"

pes_status pes_checkpoints_newest(const char *directory, pes_checkpoint **out) {
    pes_status damaged = PES_OK;
    *out = NULL;
    for (int64_t skip = 0;; skip++) {
        char path[PES_FILE_PATH_SIZE];
        PES_TRY(pes_checkpoints_find(directory, skip, path, sizeof path));
        if (path[0] == '\0') {
            return damaged; // the last one's sentence still stands
        }
        const pes_status status = pes_checkpoint_open(out, path);
        if (status == PES_OK) {
            return PES_OK;
        }
        damaged = status;
    }
}

pes_status pes_checkpoint_take(const pes_checkpoint *checkpoint, const pes_tensor *own) {
    pes_tensor stored;
    PES_TRY(pes_checkpoint_find(checkpoint, own->name, &stored));
    bool same = stored.rank == own->rank && strcmp(stored.dtype, own->dtype) == 0 &&
                stored.bytes == own->bytes;
    for (int64_t i = 0; same && i < own->rank; i++) {
        same = stored.shape[i] == own->shape[i];
    }
    PES_REQUIRE(same, PES_E_FORMAT,
                "the checkpoint's '%s' has another shape than these settings need; resume with "
                "the settings it was written under",
                own->name);
    memcpy((void *)(uintptr_t)own->data, stored.data, (size_t)stored.bytes);
    return PES_OK;
}
