#include "record/log.h"

#include <math.h>
#include <stdlib.h>

#include "base/crc32c.h"
#include "base/status.h"
#include "record/file.h"
#include "record/json.h"
#include "record/number.h"

struct pes_log {
    pes_file_journal journal;
    pes_json_writer row; // the one being built, in `buffer`
    char buffer[];       // row.capacity
};

uint64_t pes_log_memory(int64_t capacity) {
    return capacity < 0 ? 0 : sizeof(pes_log) + (uint64_t)capacity;
}

pes_status pes_log_create(pes_log **out, const char *directory, const char *name,
                          int64_t capacity) {
    *out = NULL;
    PES_REQUIRE(capacity >= 3 && capacity <= INT64_C(1) << 40, PES_E_ARGUMENT,
                "a log row has 3 to 2^40 bytes, not %lld", (long long)capacity);
    pes_log *log = malloc((size_t)pes_log_memory(capacity));
    PES_REQUIRE(log != NULL, PES_E_MEMORY, "no memory for log rows of %lld bytes",
                (long long)capacity);
    log->journal.file = -1;
    log->journal.size = 0;
    log->row = (pes_json_writer){.text = log->buffer, .capacity = (size_t)capacity};
    const pes_status status = pes_file_join(directory, name, log->journal.path);
    if (status != PES_OK) {
        free(log);
        return status;
    }
    *out = log;
    return PES_OK;
}

void pes_log_destroy(pes_log *log) {
    if (log != NULL) {
        pes_file_stop(&log->journal);
        free(log);
    }
}

pes_status pes_log_start(pes_log *log, int64_t offset) {
    return pes_file_start(&log->journal, offset);
}

int64_t pes_log_size(const pes_log *log) {
    return log->journal.size;
}

pes_status pes_log_sync(pes_log *log) {
    return pes_file_sync(&log->journal);
}

// ---- a row --------------------------------------------------------------------------

void pes_log_begin(pes_log *log) {
    log->row.used = 0;
    log->row.full = false;
    pes_json_put_raw(&log->row, "{");
}

static void put_key(pes_log *log, const char *key) {
    pes_json_put_raw(&log->row, log->row.used > 1 ? ",\"" : "\"");
    pes_json_put_raw(&log->row, key);
    pes_json_put_raw(&log->row, "\":");
}

static void put_real(pes_log *log, double value) {
    char text[PES_NUMBER_SIZE];
    pes_json_put(&log->row, text, pes_number_real(value, text));
}

static void put_float(pes_log *log, float value) {
    char text[PES_NUMBER_SIZE];
    pes_json_put(&log->row, text, pes_number_float(value, text));
}

void pes_log_int(pes_log *log, const char *key, int64_t value) {
    put_key(log, key);
    pes_json_put_int(&log->row, value);
}

void pes_log_bool(pes_log *log, const char *key, bool value) {
    put_key(log, key);
    pes_json_put_raw(&log->row, value ? "true" : "false");
}

void pes_log_real(pes_log *log, const char *key, double value) {
    put_key(log, key);
    put_real(log, value);
}

void pes_log_reals(pes_log *log, const char *key, const double *value, int64_t count) {
    put_key(log, key);
    pes_json_put_raw(&log->row, "[");
    for (int64_t i = 0; i < count; i++) {
        pes_json_put_raw(&log->row, i > 0 ? "," : "");
        put_real(log, value[i]);
    }
    pes_json_put_raw(&log->row, "]");
}

void pes_log_floats(pes_log *log, const char *key, const float *value, int64_t count) {
    put_key(log, key);
    pes_json_put_raw(&log->row, "[");
    for (int64_t i = 0; i < count; i++) {
        pes_json_put_raw(&log->row, i > 0 ? "," : "");
        put_float(log, value[i]);
    }
    pes_json_put_raw(&log->row, "]");
}

void pes_log_text(pes_log *log, const char *key, const char *value) {
    put_key(log, key);
    pes_json_put_text(&log->row, value);
}

void pes_log_theta(pes_log *log, const float *theta, int64_t count) {
    if (count <= PES_LOG_PRINTED) {
        pes_log_floats(log, "theta", theta, count);
        return;
    }
    double squares = 0.0;
    for (int64_t i = 0; i < count; i++) {
        squares += (double)theta[i] * (double)theta[i];
    }
    pes_log_real(log, "theta_norm", sqrt(squares));
    pes_log_int(log, "theta_crc32c",
                (int64_t)pes_crc32c(0, theta, (size_t)count * sizeof *theta));
}

pes_status pes_log_end(pes_log *log) {
    pes_json_put_raw(&log->row, "}\n");
    PES_REQUIRE(!log->row.full, PES_E_ARGUMENT, "a row of %s has more than %lld bytes",
                log->journal.path, (long long)log->row.capacity);
    return pes_file_append(&log->journal, log->row.text, (int64_t)log->row.used);
}
