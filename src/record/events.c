// A TFRecord is the length (8 bytes), its masked CRC-32C (4), the data, its masked CRC-32C (4),
// all little-endian. The mask keeps a CRC of data that holds CRCs from being trivial:
//
//     masked = rotate_right(crc, 15) + 0xa282ead8
//
// Protocol buffers: a field is a key, number << 3 | wire type, and a value. Of
//
//     Event   { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary
//     = 5; } Summary { repeated Value value = 1; } Value   { string tag = 1; float simple_value
//     = 2; }

#include "record/events.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crc32c.h"
#include "base/status.h"
#include "record/file.h"

enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 }; // wire types
enum {
    SCALARS = 32,
    TAG_SIZE = 64,
    // key and length of a Value and of its tag, the tag, key and bits of the number
    VALUE_SIZE = 2 + 2 + TAG_SIZE + 5,
    SUMMARY_SIZE = SCALARS * VALUE_SIZE,
    RECORD_SIZE = SUMMARY_SIZE + 64,
};

// Bytes being put together. Capacities above are such that they always fit.
typedef struct message {
    unsigned char byte[RECORD_SIZE];
    size_t used;
} message;

struct pes_events {
    pes_file_journal journal;
    int64_t step;
    int64_t scalars; // given since the begin, refused ones included
    bool refused;    // one of them
    message summary;
    message event;
    message record;
    char directory[PES_FILE_PATH_SIZE];
    char name[PES_EVENTS_NAME_SIZE];
};

// ---- protocol buffers ---------------------------------------------------------------

static void put_bytes(message *out, const void *bytes, size_t count) {
    memcpy(out->byte + out->used, bytes, count);
    out->used += count;
}

static void put_little_endian(message *out, uint64_t value, int count) {
    for (int i = 0; i < count; i++) {
        out->byte[out->used++] = (unsigned char)(value >> (8 * i) & 255u);
    }
}

static void put_varint(message *out, uint64_t value) {
    for (; value >= 128; value >>= 7) {
        out->byte[out->used++] = (unsigned char)(value | 128u);
    }
    out->byte[out->used++] = (unsigned char)value;
}

static void put_key(message *out, unsigned field, unsigned wire_type) {
    put_varint(out, field << 3 | wire_type);
}

static void put_int(message *out, unsigned field, int64_t value) {
    put_key(out, field, VARINT);
    put_varint(out, (uint64_t)value);
}

static void put_double(message *out, unsigned field, double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_key(out, field, FIXED64);
    put_little_endian(out, bits, 8);
}

static void put_float(message *out, unsigned field, float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_key(out, field, FIXED32);
    put_little_endian(out, bits, 4);
}

static void put_text(message *out, unsigned field, const void *text, size_t bytes) {
    put_key(out, field, BYTES);
    put_varint(out, bytes);
    put_bytes(out, text, bytes);
}

// ---- records ------------------------------------------------------------------------

static uint32_t masked(const void *data, size_t bytes) {
    const uint32_t crc = pes_crc32c(0, data, bytes);
    return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

static pes_status write_record(pes_events *events) {
    message *record = &events->record;
    record->used = 0;
    put_little_endian(record, events->event.used, 8);
    put_little_endian(record, masked(record->byte, 8), 4);
    put_bytes(record, events->event.byte, events->event.used);
    put_little_endian(record, masked(events->event.byte, events->event.used), 4);
    return pes_file_append(&events->journal, record->byte, (int64_t)record->used);
}

static pes_status write_version(pes_events *events) {
    static const char version[] = "brain.Event:2";
    events->event.used = 0;
    put_double(&events->event, 1, pes_clock_wall());
    put_text(&events->event, 3, version, sizeof version - 1);
    return write_record(events);
}

// ---- the object ---------------------------------------------------------------------

uint64_t pes_events_memory(void) {
    return sizeof(pes_events);
}

pes_status pes_events_create(pes_events **out, const char *directory) {
    *out = NULL;
    PES_REQUIRE(strlen(directory) < PES_FILE_PATH_SIZE - PES_EVENTS_NAME_SIZE, PES_E_ARGUMENT,
                "the path %.64s... is too long", directory);
    pes_events *events = calloc(1, sizeof *events);
    PES_REQUIRE(events != NULL, PES_E_MEMORY, "no memory for an event file");
    events->journal.file = -1;
    memcpy(events->directory, directory, strlen(directory) + 1);
    *out = events;
    return PES_OK;
}

void pes_events_destroy(pes_events *events) {
    if (events != NULL) {
        pes_file_stop(&events->journal);
        free(events);
    }
}

// TensorBoard wants ten digits of seconds; the host is for people.
static void put_new_name(char name[PES_EVENTS_NAME_SIZE]) {
    char host[64] = "";
    if (gethostname(host, sizeof host - 1) != 0 || host[0] == '\0' ||
        strchr(host, '/') != NULL) {
        memcpy(host, "localhost", 10);
    }
    snprintf(name, PES_EVENTS_NAME_SIZE, "events.out.tfevents.%010" PRId64 ".%s",
             (int64_t)pes_clock_wall(), host);
}

static bool is_name(const char *name) {
    return strlen(name) < PES_EVENTS_NAME_SIZE && strchr(name, '/') == NULL &&
           strstr(name, "tfevents") != NULL;
}

pes_status pes_events_start(pes_events *events, const char *name, int64_t offset) {
    const bool is_new = name == NULL || name[0] == '\0';
    PES_REQUIRE(is_new || is_name(name), PES_E_FORMAT, "'%.128s' is no name of an event file",
                name);
    if (is_new) {
        put_new_name(events->name);
    } else if (name != events->name) {
        snprintf(events->name, sizeof events->name, "%s", name);
    }
    PES_TRY(pes_file_join(events->directory, events->name, events->journal.path));
    PES_TRY(pes_file_start(&events->journal, is_new ? 0 : offset));
    return events->journal.size == 0 ? write_version(events) : PES_OK;
}

void pes_events_begin(pes_events *events, int64_t step) {
    events->step = step;
    events->scalars = 0;
    events->refused = false;
    events->summary.used = 0;
}

void pes_events_scalar(pes_events *events, const char *tag, double value) {
    const size_t length = strlen(tag);
    if (events->scalars++ >= SCALARS || length > TAG_SIZE) {
        events->refused = true;
        return;
    }
    const size_t tag_field = 2 + length, number_field = 5; // keys and lengths take one byte
    put_key(&events->summary, 1, BYTES);
    put_varint(&events->summary, tag_field + number_field);
    put_text(&events->summary, 1, tag, length);
    put_float(&events->summary, 2, (float)value);
}

pes_status pes_events_end(pes_events *events) {
    PES_REQUIRE(!events->refused, PES_E_ARGUMENT,
                "an event has at most %d scalars with tags of at most %d bytes", SCALARS,
                TAG_SIZE);
    events->event.used = 0;
    put_double(&events->event, 1, pes_clock_wall());
    put_int(&events->event, 2, events->step);
    put_text(&events->event, 5, events->summary.byte, events->summary.used);
    return write_record(events);
}

const char *pes_events_name(const pes_events *events) {
    return events->name;
}

int64_t pes_events_size(const pes_events *events) {
    return events->journal.size;
}

pes_status pes_events_sync(pes_events *events) {
    return pes_file_sync(&events->journal);
}
