// One JSON object per line: log.jsonl and evaluations.jsonl.
//
//     pes_log_begin(log);
//     pes_log_int(log, "update", 12);
//     pes_log_real(log, "loss", 0.25);
//     PES_TRY(pes_log_end(log));            {"update":12,"loss":0.25}
//
// Numbers are printed in the shortest form that reads back as the same bits, whatever the
// locale. JSON has no NaN and no infinity: both become null. A row is written with one write,
// so that who reads along sees whole lines. Its file's length goes into checkpoints; a resumed
// run cuts the file back to it.

#ifndef PES_RECORD_LOG_H
#define PES_RECORD_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "pes/status.h"

typedef struct pes_log pes_log;

// Allocate a log for the file `directory`/`name`, which is not touched yet. Rows have room for
// `capacity` bytes; allow 14 per float and 26 per double. PES_E_MEMORY, PES_E_ARGUMENT; then
// *out is NULL.
pes_status pes_log_create(pes_log **out, const char *directory, const char *name,
                          int64_t capacity);

// Closes the file. NULL is allowed.
void pes_log_destroy(pes_log *log);

// Bytes that pes_log_create() allocates.
uint64_t pes_log_memory(int64_t capacity);

// Open the file, create it if there is none, and cut it to its first `offset` bytes: 0 to begin
// a run. May be called again. PES_E_FILE; PES_E_FORMAT if the file is shorter than that.
pes_status pes_log_start(pes_log *log, int64_t offset);

// A row: begin, any fields in order, end. Keys are plain ASCII without quotes. A row that does
// not fit is reported by the end.
void pes_log_begin(pes_log *log);
void pes_log_int(pes_log *log, const char *key, int64_t value);
void pes_log_bool(pes_log *log, const char *key, bool value);
void pes_log_real(pes_log *log, const char *key, double value);
void pes_log_reals(pes_log *log, const char *key, const double *value, int64_t count);
void pes_log_floats(pes_log *log, const char *key, const float *value, int64_t count);
void pes_log_text(pes_log *log, const char *key, const char *value); // UTF-8

// Parameters: "theta", or where there are more than PES_LOG_PRINTED of them "theta_norm" and
// "theta_crc32c".
enum { PES_LOG_PRINTED = 64 };
void pes_log_theta(pes_log *log, const float *theta, int64_t count);

// Write the row. PES_E_CALL_ORDER before pes_log_start(), PES_E_ARGUMENT if the row was too
// long, PES_E_FILE; then the file ends with the row before.
pes_status pes_log_end(pes_log *log);

// Bytes of whole rows in the file; 0 before pes_log_start().
int64_t pes_log_size(const pes_log *log);

// Wait until all rows are on the disk: before the size is put into a checkpoint. PES_E_FILE.
pes_status pes_log_sync(pes_log *log);

#endif // PES_RECORD_LOG_H
