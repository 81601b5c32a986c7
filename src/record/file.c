#include "record/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/status.h"

enum { PIECE = 1 << 30 }; // bytes; Linux takes at most 2^31 - 4096 at once

int64_t pes_file_read(int file, void *into, int64_t bytes, int64_t offset) {
    int64_t done = 0;
    while (done < bytes) {
        const size_t piece = (size_t)(bytes - done < PIECE ? bytes - done : PIECE);
        const ssize_t got =
            pread(file, (unsigned char *)into + done, piece, (off_t)(offset + done));
        if (got < 0 && errno != EINTR) {
            return -1;
        }
        if (got == 0) {
            break;
        }
        done += got > 0 ? got : 0;
    }
    return done;
}

int64_t pes_file_write(int file, const void *from, int64_t bytes, int64_t offset) {
    int64_t done = 0;
    while (done < bytes) {
        const size_t piece = (size_t)(bytes - done < PIECE ? bytes - done : PIECE);
        const ssize_t put =
            pwrite(file, (const unsigned char *)from + done, piece, (off_t)(offset + done));
        if (put == 0) {
            errno = ENOSPC; // what a device that takes nothing would say, if it said anything
        }
        if (put == 0 || (put < 0 && errno != EINTR)) {
            break;
        }
        done += put > 0 ? put : 0;
    }
    return done;
}

pes_status pes_file_join(const char *directory, const char *name, char *out) {
    const int length = snprintf(out, PES_FILE_PATH_SIZE, "%s/%s", directory, name);
    PES_REQUIRE(length >= 0 && length < PES_FILE_PATH_SIZE, PES_E_ARGUMENT,
                "a path has at most %d bytes; '%.64s...' is too long", PES_FILE_PATH_SIZE - 1,
                directory);
    return PES_OK;
}

static pes_status cut(pes_file_journal *journal, int64_t offset) {
    struct stat status;
    PES_REQUIRE(fstat(journal->file, &status) == 0, PES_E_FILE, "cannot look at %s: %s",
                journal->path, strerror(errno));
    PES_REQUIRE((int64_t)status.st_size >= offset, PES_E_FORMAT,
                "%s has %lld bytes, but the checkpoint continues it from byte %lld; restore "
                "the file, or begin a new run elsewhere",
                journal->path, (long long)status.st_size, (long long)offset);
    PES_REQUIRE(ftruncate(journal->file, (off_t)offset) == 0, PES_E_FILE, "cannot cut %s: %s",
                journal->path, strerror(errno));
    journal->size = offset;
    return PES_OK;
}

pes_status pes_file_start(pes_file_journal *journal, int64_t offset) {
    PES_REQUIRE(offset >= 0, PES_E_ARGUMENT, "%s cannot begin at byte %lld", journal->path,
                (long long)offset);
    pes_file_stop(journal);
    journal->file = open(journal->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    PES_REQUIRE(journal->file >= 0, PES_E_FILE, "cannot open %s for writing: %s", journal->path,
                strerror(errno));
    const pes_status status = cut(journal, offset);
    if (status != PES_OK) {
        pes_file_stop(journal);
    }
    return status;
}

pes_status pes_file_append(pes_file_journal *journal, const void *record, int64_t bytes) {
    PES_REQUIRE(journal->file >= 0, PES_E_CALL_ORDER, "%s has not been started", journal->path);
    const int64_t done = pes_file_write(journal->file, record, bytes, journal->size);
    if (done < bytes) {
        const int error = errno;
        // half a record is worse than none; if even that fails, the next one covers it
        const int cut_back = ftruncate(journal->file, (off_t)journal->size);
        return pes_fail(PES_E_FILE, "%lld bytes could not be appended to %s%s: %s",
                        (long long)bytes, journal->path,
                        cut_back == 0 ? "" : ", whose last record is incomplete",
                        strerror(error));
    }
    journal->size += bytes;
    return PES_OK;
}

pes_status pes_file_sync(pes_file_journal *journal) {
    PES_REQUIRE(journal->file < 0 || fsync(journal->file) == 0, PES_E_FILE,
                "%s could not be written to the disk: %s", journal->path, strerror(errno));
    return PES_OK;
}

void pes_file_stop(pes_file_journal *journal) {
    if (journal->file >= 0) {
        close(journal->file);
    }
    journal->file = -1;
    journal->size = 0;
}
