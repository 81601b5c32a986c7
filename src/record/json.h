// The small part of JSON that this room writes (log rows, checkpoint headers) and reads back
// (checkpoint headers, which are hostile until shown otherwise).

#ifndef PES_RECORD_JSON_H
#define PES_RECORD_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// ---- writing: texts appended to a buffer of fixed size --------------------------------------

typedef struct pes_json_writer {
    char *text; // not zero-terminated
    size_t capacity;
    size_t used;
    bool full;     // something did not fit and was left out
    bool bad_text; // a text was not UTF-8; the bytes became question marks
} pes_json_writer;

void pes_json_put(pes_json_writer *out, const char *text, size_t bytes);
void pes_json_put_raw(pes_json_writer *out, const char *text);  // as it is
void pes_json_put_text(pes_json_writer *out, const char *text); // quoted and escaped
void pes_json_put_int(pes_json_writer *out, int64_t value);

// ---- reading: one token after another, each of which must be what is asked for ------

typedef struct pes_json_reader {
    char *text; // `size` bytes, overwritten by the strings read
    size_t size;
    size_t at;
} pes_json_reader;

// Take that character, white space before it skipped; false if something else is next.
bool pes_json_take(pes_json_reader *in, char c);

// Take a string. Returns it zero-terminated, its escapes resolved, in place; NULL if there is
// none, or if it is not UTF-8 or holds a zero.
char *pes_json_take_text(pes_json_reader *in);

// Take an integer from 0 to 2^63 - 1, written with digits only.
bool pes_json_take_int(pes_json_reader *in, int64_t *value);

// Nothing but white space left?
bool pes_json_at_end(pes_json_reader *in);

// Length in bytes of the UTF-8 character at p, of which `left` bytes may be read; 0: not UTF-8.
size_t pes_json_utf8_length(const char *p, size_t left);

#endif // PES_RECORD_JSON_H
