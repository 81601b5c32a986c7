#include "record/checkpoints.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "base/status.h"
#include "record/file.h"
#include "record/header.h"
#include "record/layout.h"

enum {
    LISTED = 16,     // checkpoints of a directory that are looked after
    KEPT = 2,        // of them, after a new one
    NAME_SIZE = 64,  // of a file's name
    CHUNK = 1 << 20, // bytes summed and written while they are in the cache
};
static const char prefix[] = "checkpoint-", suffix[] = ".safetensors";
static const char partial[] = "checkpoint.partial";
static const int64_t last_update = INT64_C(999999999999); // 12 digits

struct pes_checkpoints {
    int directory;          // descriptor
    int64_t update[LISTED]; // newest first
    int64_t count;          // of them
    int64_t header_bytes;   // of the buffer
    char path[PES_FILE_PATH_SIZE];
    char buffer[]; // header_bytes
};

// ---- names --------------------------------------------------------------------------

static void put_name(int64_t update, char name[NAME_SIZE]) {
    snprintf(name, NAME_SIZE, "%s%012" PRId64 "%s", prefix, update, suffix);
}

// The update in a checkpoint's name; -1 for any other name.
static int64_t parse_name(const char *name) {
    int64_t update = 0;
    if (strncmp(name, prefix, sizeof prefix - 1) != 0) {
        return -1;
    }
    const char *digit = name + sizeof prefix - 1;
    for (int i = 0; i < 12; i++, digit++) {
        if (*digit < '0' || *digit > '9') {
            return -1;
        }
        update = 10 * update + (*digit - '0');
    }
    return strcmp(digit, suffix) == 0 ? update : -1;
}

// Into a list of the newest, which stays sorted and forgets the oldest when it is full.
static int64_t insert(int64_t list[LISTED], int64_t count, int64_t update) {
    int64_t at = 0;
    while (at < count && list[at] > update) {
        at++;
    }
    if (at == LISTED || (at < count && list[at] == update)) {
        return count;
    }
    const int64_t moved = (count < LISTED ? count : LISTED - 1) - at;
    memmove(list + at + 1, list + at, (size_t)moved * sizeof *list);
    list[at] = update;
    return at + moved + 1;
}

static pes_status list_directory(const char *path, int64_t list[LISTED], int64_t *count) {
    *count = 0;
    DIR *directory = opendir(path);
    PES_REQUIRE(directory != NULL, PES_E_FILE, "cannot open the directory %s: %s", path,
                strerror(errno));
    errno = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL; errno = 0) {
        const int64_t update = parse_name(entry->d_name);
        if (update >= 0) {
            *count = insert(list, *count, update);
        }
    }
    const int error = errno;
    closedir(directory);
    PES_REQUIRE(error == 0, PES_E_FILE, "cannot list the directory %s: %s", path,
                strerror(error));
    return PES_OK;
}

pes_status pes_checkpoints_find(const char *directory, int64_t skip, char *path,
                                size_t capacity) {
    int64_t list[LISTED], count;
    PES_REQUIRE(capacity > 0 && skip >= 0, PES_E_ARGUMENT,
                "there is no room for a path, or skip is negative");
    path[0] = '\0';
    PES_TRY(list_directory(directory, list, &count));
    if (skip >= count) {
        return PES_OK;
    }
    char name[NAME_SIZE];
    put_name(list[skip], name);
    if ((size_t)snprintf(path, capacity, "%s/%s", directory, name) >= capacity) {
        path[0] = '\0';
        return pes_fail(PES_E_ARGUMENT, "the path of a checkpoint in %s is longer than %zu",
                        directory, capacity - 1);
    }
    return PES_OK;
}

// ---- the object ---------------------------------------------------------------------

uint64_t pes_checkpoints_memory(int64_t header_bytes) {
    return header_bytes < 0 ? 0 : sizeof(pes_checkpoints) + (uint64_t)header_bytes;
}

pes_status pes_checkpoints_open(pes_checkpoints **out, const char *directory,
                                int64_t header_bytes) {
    *out = NULL;
    PES_REQUIRE(header_bytes > 0 && header_bytes <= PES_LAYOUT_HEADER, PES_E_ARGUMENT,
                "a checkpoint's header has 1 to %d bytes, not %lld", PES_LAYOUT_HEADER,
                (long long)header_bytes);
    PES_REQUIRE(strlen(directory) < PES_FILE_PATH_SIZE, PES_E_ARGUMENT,
                "the path %.64s... is too long", directory);
    pes_checkpoints *c = malloc((size_t)pes_checkpoints_memory(header_bytes));
    PES_REQUIRE(c != NULL, PES_E_MEMORY, "no memory for a checkpoint's header");
    c->directory = -1;
    c->header_bytes = header_bytes;
    memcpy(c->path, directory, strlen(directory) + 1);

    pes_status status = list_directory(directory, c->update, &c->count);
    if (status == PES_OK) {
        c->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        status = c->directory >= 0 ? PES_OK
                                   : pes_fail(PES_E_FILE, "cannot open the directory %s: %s",
                                              directory, strerror(errno));
    }
    if (status != PES_OK) {
        free(c);
        return status;
    }
    *out = c;
    return PES_OK;
}

void pes_checkpoints_close(pes_checkpoints *checkpoints) {
    if (checkpoints != NULL) {
        close(checkpoints->directory);
        free(checkpoints);
    }
}

// ---- writing ------------------------------------------------------------------------

// A file being written: how far, and the CRC so far.
typedef struct stream {
    int file;
    int64_t at;
    uint32_t crc;
} stream;

// 0, or what errno said.
static int put(stream *out, const void *from, int64_t bytes) {
    for (int64_t done = 0; done < bytes; done += CHUNK) {
        const unsigned char *piece = (const unsigned char *)from + done;
        const int64_t size = bytes - done < CHUNK ? bytes - done : CHUNK;
        out->crc = pes_crc32c(out->crc, piece, (size_t)size);
        const int64_t written = pes_file_write(out->file, piece, size, out->at);
        out->at += written;
        if (written < size) {
            return errno;
        }
    }
    return 0;
}

// The rows that are not left out, neighbours together.
static int put_picked(stream *out, const pes_tensor *tensor, const pes_checkpoint_pick *pick) {
    const int64_t row_bytes = tensor->shape[1] * pes_layout_width(tensor->dtype);
    const unsigned char *data = tensor->data;
    int error = 0;
    for (int64_t row = 0; error == 0 && row < pick->rows;) {
        int64_t end = row;
        while (end < pick->rows && !pick->omit[end]) {
            end++;
        }
        error = put(out, data + row * row_bytes, (end - row) * row_bytes);
        row = end + 1;
    }
    return error;
}

static int put_tensor(stream *out, const pes_checkpoint_content *content, int64_t index) {
    const pes_tensor *tensor = &content->tensor[index];
    return content->pick != NULL && content->pick->tensor == index
               ? put_picked(out, tensor, content->pick)
               : put(out, tensor->data, tensor->bytes);
}

static int put_all(stream *out, const pes_header *header,
                   const pes_checkpoint_content *content) {
    int error = put(out, header->text, header->bytes);
    for (int64_t i = pes_header_next(content, -1); error == 0 && i >= 0;
         i = pes_header_next(content, i)) {
        error = put_tensor(out, content, i);
    }
    if (error != 0) {
        return error;
    }
    char digits[PES_LAYOUT_DIGITS + 1];
    snprintf(digits, sizeof digits, "%08" PRIx32, out->crc);
    if (pes_file_write(out->file, digits, PES_LAYOUT_DIGITS, header->crc_at) <
        PES_LAYOUT_DIGITS) {
        return errno;
    }
    return fsync(out->file) == 0 ? 0 : errno;
}

// A complete file under its temporary name, or none.
static pes_status write_partial(const pes_checkpoints *c, const char *name,
                                const pes_header *header,
                                const pes_checkpoint_content *content) {
    stream out = {
        .file = openat(c->directory, partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)};
    PES_REQUIRE(out.file >= 0, PES_E_FILE, "cannot create %s/%s: %s", c->path, partial,
                strerror(errno));
    int error = put_all(&out, header, content);
    if (close(out.file) != 0 && error == 0) {
        error = errno;
    }
    if (error == 0) {
        return PES_OK;
    }
    unlinkat(c->directory, partial, 0);
    const int64_t bytes = header->bytes + header->data_bytes;
    return pes_fail(PES_E_FILE,
                    "%s/%s needs %lld bytes, of which %lld could not be written: %s; the "
                    "checkpoints before it are kept",
                    c->path, name, (long long)bytes, (long long)(bytes - out.at),
                    strerror(error));
}

static pes_status rename_partial(const pes_checkpoints *c, const char *name) {
    if (renameat(c->directory, partial, c->directory, name) != 0) {
        const int error = errno;
        unlinkat(c->directory, partial, 0);
        return pes_fail(PES_E_FILE, "cannot rename %s to %s in %s: %s", partial, name, c->path,
                        strerror(error));
    }
    // some file systems cannot sync a directory and say so; they have no need to
    PES_REQUIRE(fsync(c->directory) == 0 || errno == EINVAL || errno == ENOTSUP, PES_E_FILE,
                "the directory %s could not be written to the disk: %s", c->path,
                strerror(errno));
    return PES_OK;
}

// All but `update` and the one before it. What cannot be removed is tried again next time.
static void remove_others(pes_checkpoints *c, int64_t update) {
    int64_t kept = 0, left = 0;
    for (int64_t i = 0; i < c->count; i++) {
        char name[NAME_SIZE];
        put_name(c->update[i], name);
        const bool keep = c->update[i] <= update && kept < KEPT;
        kept += keep;
        if (keep || (unlinkat(c->directory, name, 0) != 0 && errno != ENOENT)) {
            c->update[left++] = c->update[i];
        }
    }
    c->count = left;
}

pes_status pes_checkpoints_write(pes_checkpoints *checkpoints, int64_t update,
                                 const pes_checkpoint_content *content) {
    pes_checkpoints *c = checkpoints;
    PES_REQUIRE(update >= 0 && update <= last_update, PES_E_ARGUMENT,
                "a checkpoint's update has at most 12 digits, not %lld", (long long)update);
    pes_header header;
    char name[NAME_SIZE];
    put_name(update, name);
    PES_TRY(pes_header_compose(&header, content, c->buffer, c->header_bytes));
    PES_TRY(write_partial(c, name, &header, content));
    PES_TRY(rename_partial(c, name));
    c->count -= c->count == LISTED; // the oldest makes room
    c->count = insert(c->update, c->count, update);
    remove_others(c, update);
    return PES_OK;
}
