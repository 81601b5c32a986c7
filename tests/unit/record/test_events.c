// Event files, read back by a parser that knows only TFRecord and protocol buffers.

#include "record/events.h"

#include <stdlib.h>

#include "base/crc32c.h"
#include "support/check.h"
#include "support/scratch.h"

typedef struct scalar {
    char tag[80];
    float value;
} scalar;

typedef struct event {
    double wall_time;
    int64_t step;
    char version[32];
    int64_t count; // of scalars
    scalar scalar[40];
} event;

// ---- an independent reader ----------------------------------------------------------

static uint64_t little_endian(const unsigned char *p, int bytes) {
    uint64_t value = 0;
    for (int i = bytes - 1; i >= 0; i--) {
        value = value << 8 | p[i];
    }
    return value;
}

static uint64_t varint(const unsigned char **p) {
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
        const unsigned char byte = *(*p)++;
        value |= (uint64_t)(byte & 127u) << shift;
        if (byte < 128) {
            return value;
        }
    }
}

static void check_masked(const unsigned char *data, size_t bytes, const unsigned char *at) {
    const uint32_t crc = (uint32_t)little_endian(at, 4) - 0xa282ead8u;
    assert_int_equal(crc << 15 | crc >> 17, pes_crc32c_portable(0, data, bytes));
}

static void read_value(scalar *out, const unsigned char *p, const unsigned char *end) {
    while (p < end) {
        const uint64_t key = varint(&p);
        if (key == (1 << 3 | 2)) {
            const uint64_t length = varint(&p);
            assert_true(length < sizeof out->tag);
            memcpy(out->tag, p, length);
            out->tag[length] = '\0';
            p += length;
        } else {
            assert_int_equal(key, 2 << 3 | 5);
            memcpy(&out->value, p, 4);
            p += 4;
        }
    }
    assert_ptr_equal(p, end);
}

static void read_summary(event *out, const unsigned char *p, const unsigned char *end) {
    while (p < end) {
        assert_int_equal(varint(&p), 1 << 3 | 2);
        const uint64_t length = varint(&p);
        read_value(&out->scalar[out->count++], p, p + length);
        p += length;
    }
    assert_ptr_equal(p, end);
}

static void read_event(event *out, const unsigned char *p, const unsigned char *end) {
    memset(out, 0, sizeof *out);
    while (p < end) {
        const uint64_t key = varint(&p);
        if (key == (1 << 3 | 1)) {
            memcpy(&out->wall_time, p, 8);
            p += 8;
        } else if (key == (2 << 3 | 0)) {
            out->step = (int64_t)varint(&p);
        } else {
            const uint64_t length = varint(&p);
            if (key == (3 << 3 | 2)) {
                memcpy(out->version, p, length);
            } else {
                assert_int_equal(key, 5 << 3 | 2);
                read_summary(out, p, p + length);
            }
            p += length;
        }
    }
    assert_ptr_equal(p, end);
}

static int64_t read_file(const char *path, event *out, int64_t capacity) {
    size_t bytes;
    unsigned char *const file = scratch_read(path, &bytes);
    const unsigned char *p = file, *const end = file + bytes;
    int64_t count = 0;
    while (p < end) {
        assert_true(end - p >= 16 && count < capacity);
        const uint64_t length = little_endian(p, 8);
        check_masked(p, 8, p + 8);
        assert_true(length <= (uint64_t)(end - p) - 16);
        check_masked(p + 12, length, p + 12 + length);
        read_event(&out[count++], p + 12, p + 12 + length);
        p += 16 + length;
    }
    free(file);
    return count;
}

// ---- claims -------------------------------------------------------------------------

static void put_event(pes_events *events, int64_t step, double loss) {
    pes_events_begin(events, step);
    pes_events_scalar(events, "train/loss", loss);
    pes_events_scalar(events, "train/gradient_norm", 2.0 * loss);
    CHECK_OK(pes_events_end(events));
}

static void scalars_are_read_back(void **state) {
    (void)state;
    scratch folder;
    scratch_open(&folder);
    pes_events *events;
    CHECK_OK(pes_events_create(&events, folder.path));
    assert_string_equal(pes_events_name(events), "");
    CHECK_OK(pes_events_start(events, NULL, 99));
    put_event(events, 0, 0.25);
    put_event(events, INT64_C(1) << 40, -1e30);
    CHECK_OK(pes_events_sync(events));

    event read[4];
    assert_int_equal(read_file(scratch_path(&folder, pes_events_name(events)), read, 4), 3);
    assert_string_equal(read[0].version, "brain.Event:2");
    assert_true(read[0].wall_time > 1.5e9);
    assert_int_equal(read[1].step, 0);
    assert_int_equal(read[1].count, 2);
    assert_string_equal(read[1].scalar[0].tag, "train/loss");
    assert_true(read[1].scalar[0].value == 0.25f);
    assert_string_equal(read[1].scalar[1].tag, "train/gradient_norm");
    assert_true(read[1].scalar[1].value == 0.5f);
    assert_true(read[2].step == INT64_C(1) << 40);
    assert_true(read[2].scalar[0].value == -1e30f);
    pes_events_destroy(events);
    scratch_close(&folder);
}

static void a_resumed_run_continues_its_file(void **state) {
    (void)state;
    scratch folder;
    scratch_open(&folder);
    pes_events *events;
    CHECK_OK(pes_events_create(&events, folder.path));
    CHECK_OK(pes_events_start(events, "", 0));
    put_event(events, 1, 1.0);
    char name[PES_EVENTS_NAME_SIZE];
    strcpy(name, pes_events_name(events));
    const int64_t size = pes_events_size(events);
    put_event(events, 2, 2.0);
    pes_events_destroy(events);

    CHECK_OK(pes_events_create(&events, folder.path));
    CHECK_OK(pes_events_start(events, name, size));
    put_event(events, 22, 2.0);
    assert_string_equal(pes_events_name(events), name);
    event read[4];
    assert_int_equal(read_file(scratch_path(&folder, name), read, 4), 3);
    assert_int_equal(read[1].step, 1);
    assert_int_equal(read[2].step, 22);
    CHECK_FAILS(PES_E_FORMAT, "continues it from byte", pes_events_start(events, name, 9999));
    CHECK_FAILS(PES_E_FORMAT, "no name of an event file",
                pes_events_start(events, "../tfevents", 0));
    pes_events_destroy(events);
    scratch_close(&folder);
}

static void the_largest_event_fits(void **state) {
    (void)state;
    scratch folder;
    scratch_open(&folder);
    pes_events *events;
    CHECK_OK(pes_events_create(&events, folder.path));
    CHECK_OK(pes_events_start(events, NULL, 0));
    char tag[66];
    memset(tag, 'x', 64);
    tag[64] = '\0';
    pes_events_begin(events, INT64_MAX);
    for (int i = 0; i < 32; i++) {
        pes_events_scalar(events, tag, 1.0);
    }
    CHECK_OK(pes_events_end(events));
    event read[2];
    assert_int_equal(read_file(scratch_path(&folder, pes_events_name(events)), read, 2), 2);
    assert_int_equal(read[1].count, 32);
    assert_string_equal(read[1].scalar[31].tag, tag);

    pes_events_begin(events, 1);
    strcpy(tag + 64, "x");
    pes_events_scalar(events, tag, 1.0);
    CHECK_FAILS(PES_E_ARGUMENT, "at most 32 scalars with tags of at most 64 bytes",
                pes_events_end(events));
    pes_events_destroy(events);
    scratch_close(&folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalars_are_read_back),
        cmocka_unit_test(a_resumed_run_continues_its_file),
        cmocka_unit_test(the_largest_event_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
