// Reading and writing whole pieces of files, whatever the system cuts them into.

#ifndef PES_RECORD_FILE_H
#define PES_RECORD_FILE_H

#include <stdint.h>

#include "pes/status.h"

enum { PES_FILE_PATH_SIZE = 4096 }; // bytes of a path, the final zero included

// Bytes read at `offset`, fewer at the end of the file; -1 with errno after a failure.
int64_t pes_file_read(int file, void *into, int64_t bytes, int64_t offset);

// Bytes written at `offset`; fewer than `bytes` with errno after a failure.
int64_t pes_file_write(int file, const void *from, int64_t bytes, int64_t offset);

// `directory`/`name` to `out`, PES_FILE_PATH_SIZE bytes. PES_E_ARGUMENT if it is too long.
pes_status pes_file_join(const char *directory, const char *name, char *out);

// A file that grows by whole records.
typedef struct pes_file_journal {
    int file;     // descriptor; -1 before the start
    int64_t size; // bytes of whole records
    char path[PES_FILE_PATH_SIZE];
} pes_file_journal;

// Open journal->path for writing, create it if there is none, and cut it to `offset` bytes.
// PES_E_FILE; PES_E_FORMAT if it is shorter than that.
pes_status pes_file_start(pes_file_journal *journal, int64_t offset);

// Append a record, or leave the file as it was. PES_E_CALL_ORDER before the start, PES_E_FILE.
pes_status pes_file_append(pes_file_journal *journal, const void *record, int64_t bytes);

// Wait until the file is on the disk. PES_E_FILE.
pes_status pes_file_sync(pes_file_journal *journal);

// Close it, if it is open.
void pes_file_stop(pes_file_journal *journal);

#endif // PES_RECORD_FILE_H
