// A checkpoint, read with suspicion. The header is copied and taken apart in memory (layout.h).
// Then every byte is read once, for the CRC; a disk that fails does so here, as an error. The
// tensors, which may be as large as the run's memory, are mapped rather than copied.

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "base/status.h"
#include "pes/checkpoint.h"
#include "record/file.h"
#include "record/layout.h"

enum { CHUNK = 1 << 18 }; // bytes read at a time for the CRC

struct pes_checkpoint {
    pes_layout layout;
    char *header; // header_bytes, taken apart
    int64_t header_bytes;
    int64_t file_bytes;
    void *map; // file_bytes, or MAP_FAILED
    unsigned char chunk[CHUNK];
};

static pes_status read_at(int file, void *into, int64_t bytes, int64_t offset) {
    const int64_t done = pes_file_read(file, into, bytes, offset);
    PES_REQUIRE(done >= 0, PES_E_FILE, "reading failed: %s", strerror(errno));
    PES_REQUIRE(done == bytes, PES_E_FORMAT, "it ends at byte %lld, too early",
                (long long)(offset + done));
    return PES_OK;
}

static pes_status read_prefix(pes_checkpoint *c, int file) {
    struct stat status;
    PES_REQUIRE(fstat(file, &status) == 0, PES_E_FILE, "%s", strerror(errno));
    PES_REQUIRE(S_ISREG(status.st_mode), PES_E_FILE, "it is not a regular file");
    c->file_bytes = (int64_t)status.st_size;
    unsigned char prefix[PES_LAYOUT_PREFIX];
    PES_TRY(read_at(file, prefix, sizeof prefix, 0));
    uint64_t length = 0;
    for (int i = PES_LAYOUT_PREFIX - 1; i >= 0; i--) {
        length = length << 8 | prefix[i];
    }
    PES_REQUIRE(length <= PES_LAYOUT_HEADER, PES_E_FORMAT,
                "its header claims %" PRIu64 " bytes; at most %d are allowed", length,
                PES_LAYOUT_HEADER);
    c->header_bytes = (int64_t)length;
    PES_REQUIRE(c->header_bytes <= c->file_bytes - PES_LAYOUT_PREFIX, PES_E_FORMAT,
                "its header claims %lld bytes, but the file has %lld",
                (long long)c->header_bytes, (long long)c->file_bytes);
    PES_REQUIRE((c->header_bytes + PES_LAYOUT_PREFIX) % PES_LAYOUT_ALIGNMENT == 0, PES_E_FORMAT,
                "its data does not begin on a multiple of %d bytes", PES_LAYOUT_ALIGNMENT);
    return PES_OK;
}

// Over the whole file, the CRC's own digits taken as zeros.
static pes_status check_crc(pes_checkpoint *c, int file) {
    const int64_t digits = PES_LAYOUT_PREFIX + c->layout.crc_at;
    uint32_t crc = 0;
    for (int64_t at = 0; at < c->file_bytes; at += CHUNK) {
        const int64_t bytes = c->file_bytes - at < CHUNK ? c->file_bytes - at : CHUNK;
        PES_TRY(read_at(file, c->chunk, bytes, at));
        for (int64_t i = digits; i < digits + PES_LAYOUT_DIGITS; i++) {
            if (i >= at && i < at + bytes) {
                c->chunk[i - at] = '0';
            }
        }
        crc = pes_crc32c(crc, c->chunk, (size_t)bytes);
    }
    char text[PES_LAYOUT_DIGITS + 1];
    snprintf(text, sizeof text, "%08" PRIx32, crc);
    PES_REQUIRE(strcmp(text, c->layout.crc) == 0, PES_E_FORMAT,
                "it is damaged: its CRC-32C is %s, but it was written with %s", text,
                c->layout.crc);
    return PES_OK;
}

static pes_status map_data(pes_checkpoint *c, int file) {
    c->map = mmap(NULL, (size_t)c->file_bytes, PROT_READ, MAP_PRIVATE, file, 0);
    PES_REQUIRE(c->map != MAP_FAILED, PES_E_MEMORY, "%lld bytes could not be mapped: %s",
                (long long)c->file_bytes, strerror(errno));
    const unsigned char *data =
        (const unsigned char *)c->map + PES_LAYOUT_PREFIX + c->header_bytes;
    for (int64_t i = 0; i < c->layout.num_tensors; i++) {
        c->layout.tensor[i].data = data + c->layout.offset[i];
    }
    return PES_OK;
}

static pes_status read_all(pes_checkpoint *c, int file) {
    PES_TRY(read_prefix(c, file));
    c->header = malloc((size_t)c->header_bytes + 1);
    PES_REQUIRE(c->header != NULL, PES_E_MEMORY, "its header needs %lld bytes of memory",
                (long long)c->header_bytes);
    PES_TRY(read_at(file, c->header, c->header_bytes, PES_LAYOUT_PREFIX));
    PES_TRY(pes_layout_read(&c->layout, c->header, c->header_bytes,
                            c->file_bytes - PES_LAYOUT_PREFIX - c->header_bytes));
    PES_TRY(check_crc(c, file));
    return map_data(c, file);
}

pes_status pes_checkpoint_open(pes_checkpoint **out, const char *path) {
    *out = NULL;
    pes_checkpoint *c = malloc(sizeof *c);
    PES_REQUIRE(c != NULL, PES_E_MEMORY, "no memory for reading %s", path);
    c->header = NULL;
    c->map = MAP_FAILED;
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        free(c);
        return pes_fail(PES_E_FILE, "cannot open %s: %s", path, strerror(errno));
    }
    const pes_status status = read_all(c, file);
    close(file); // a mapping does not need it
    if (status != PES_OK) {
        pes_checkpoint_close(c);
        return pes_fail(status, "%s cannot be used: %s", path, pes_last_error());
    }
    *out = c;
    return PES_OK;
}

void pes_checkpoint_close(pes_checkpoint *checkpoint) {
    if (checkpoint == NULL) {
        return;
    }
    if (checkpoint->map != MAP_FAILED) {
        munmap(checkpoint->map, (size_t)checkpoint->file_bytes);
    }
    free(checkpoint->header);
    free(checkpoint);
}

pes_status pes_checkpoint_tensor(const pes_checkpoint *checkpoint, int64_t index,
                                 pes_tensor *out) {
    PES_REQUIRE(index >= 0 && index < checkpoint->layout.num_tensors, PES_E_ARGUMENT,
                "tensor %lld does not exist; the checkpoint has %lld", (long long)index,
                (long long)checkpoint->layout.num_tensors);
    *out = checkpoint->layout.tensor[index];
    return PES_OK;
}

pes_status pes_checkpoint_find(const pes_checkpoint *checkpoint, const char *name,
                               pes_tensor *out) {
    for (int64_t i = 0; i < checkpoint->layout.num_tensors; i++) {
        if (strcmp(checkpoint->layout.tensor[i].name, name) == 0) {
            *out = checkpoint->layout.tensor[i];
            return PES_OK;
        }
    }
    return pes_fail(PES_E_FORMAT, "the checkpoint has no tensor '%s'", name);
}

const char *pes_checkpoint_text(const pes_checkpoint *checkpoint, const char *key) {
    for (int64_t i = 0; i < checkpoint->layout.num_texts; i++) {
        if (strcmp(checkpoint->layout.key[i], key) == 0) {
            return checkpoint->layout.text[i];
        }
    }
    return NULL;
}
