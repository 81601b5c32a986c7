#include "problems/data/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "problems/problem.h"

enum { FIRST_CHUNK = 1 << 16 };

bool pes_data_exists(const char *path) {
    struct stat status;
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode)) {
        return false; // opening a pipe would wait for somebody to write into it
    }
    FILE *file = fopen(path, "rb");
    if (file != NULL) {
        fclose(file);
    }
    return file != NULL;
}

static pes_status damaged(gzFile file, const char *path) {
    int code = Z_OK;
    const char *text = gzerror(file, &code);
    return pes_fail(PES_E_FORMAT, "%s cannot be read (%s); fetch it again", path,
                    code == Z_ERRNO ? strerror(errno) : text);
}

// A packed file may hold more than it seems to: memory grows with what has been read.
static pes_status read_all(gzFile file, const char *path, int64_t most, uint8_t **bytes,
                           int64_t *count) {
    int64_t room = FIRST_CHUNK, have = 0;
    for (;; room *= 2) {
        uint8_t *larger = realloc(*bytes, (size_t)room + 1);
        PES_PROBLEM_REQUIRE(larger != NULL, PES_E_MEMORY, "no memory for %lld bytes of %s",
                            (long long)room, path);
        *bytes = larger;
        const int got = gzread(file, larger + have, (unsigned)(room - have));
        if (got < 0) {
            return damaged(file, path);
        }
        have += got;
        PES_PROBLEM_REQUIRE(have <= most, PES_E_FORMAT,
                            "%s has more than %lld bytes; divide it, or leave out what is not "
                            "needed",
                            path, (long long)most);
        if (have < room) {
            break;
        }
    }
    (*bytes)[have] = 0;
    *count = have;
    return PES_OK;
}

pes_status pes_data_read(const char *path, int64_t most, uint8_t **bytes, int64_t *count) {
    *bytes = NULL;
    *count = 0;
    errno = 0;
    gzFile file = gzopen(path, "rb");
    PES_PROBLEM_REQUIRE(file != NULL, PES_E_FILE, "%s cannot be opened: %s", path,
                        errno != 0 ? strerror(errno) : "no memory");
    (void)gzbuffer(file, 1 << 17);
    pes_status status = read_all(file, path, most, bytes, count);
    // A packed file that ends too early is noticed here.
    if (gzclose_r(file) != Z_OK && status == PES_OK) {
        status = pes_fail(PES_E_FORMAT, "%s ends too early; fetch it again", path);
    }
    if (status != PES_OK) {
        free(*bytes);
        *bytes = NULL;
        *count = 0;
    }
    return status;
}
