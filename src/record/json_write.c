// Appending to a buffer of fixed size; what does not fit is left out and noticed.

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "record/json.h"

void pes_json_put(pes_json_writer *out, const char *text, size_t bytes) {
    if (out->full || bytes > out->capacity - out->used) {
        out->full = true;
        return;
    }
    memcpy(out->text + out->used, text, bytes);
    out->used += bytes;
}

void pes_json_put_raw(pes_json_writer *out, const char *text) {
    pes_json_put(out, text, strlen(text));
}

void pes_json_put_int(pes_json_writer *out, int64_t value) {
    char text[24];
    const int length = snprintf(text, sizeof text, "%" PRId64, value);
    pes_json_put(out, text, (size_t)length);
}

// Returns how many bytes of the text it took.
static size_t put_character(pes_json_writer *out, const char *text, size_t left) {
    const unsigned char c = (unsigned char)*text;
    if (c == '"' || c == '\\') {
        const char escaped[2] = {'\\', (char)c};
        pes_json_put(out, escaped, 2);
        return 1;
    }
    if (c < 0x20) {
        char escaped[8];
        snprintf(escaped, sizeof escaped, "\\u%04x", (unsigned)c);
        pes_json_put(out, escaped, 6);
        return 1;
    }
    const size_t length = pes_json_utf8_length(text, left);
    if (length == 0) {
        out->bad_text = true;
        pes_json_put(out, "?", 1);
        return 1;
    }
    pes_json_put(out, text, length);
    return length;
}

void pes_json_put_text(pes_json_writer *out, const char *text) {
    const size_t bytes = strlen(text);
    pes_json_put(out, "\"", 1);
    for (size_t i = 0; i < bytes;) {
        i += put_character(out, text + i, bytes - i);
    }
    pes_json_put(out, "\"", 1);
}
