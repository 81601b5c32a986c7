// Reading NumPy's NPY files (NEP 1; versions 1 to 3): six bytes of magic, two of version, the
// length of a header in two or four bytes (little-endian), the header, which is a dictionary
// literal of Python,
//
//     {'descr': '<f8', 'fortran_order': False, 'shape': (308, 7), }
//
// and the elements in the machine form that descr names. Nothing in a file is trusted.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "problems/data/table.h"
#include "problems/problem.h"

enum { MAGIC = 6, TYPE = 16, KEY = 24, SHAPE = 8, HEADER_MOST = 65536 };

// What a header says.
typedef struct npy {
    char type[TYPE]; // "<f8"
    bool column_order;
    int64_t dimensions; // -1: not said
    int64_t shape[SHAPE];
} npy;

// ---- the header -----------------------------------------------------------------------------

// A header, and how far it has been read. Whatever is wrong with it is one sentence.
typedef struct reader {
    const char *at, *end;
} reader;

static void skip_blanks(reader *text) {
    while (text->at < text->end && strchr(" \t\r\n", *text->at) != NULL && *text->at != '\0') {
        text->at++;
    }
}

// Is this the next character? Then it is taken.
static bool take(reader *text, char c) {
    skip_blanks(text);
    const bool there = text->at < text->end && *text->at == c;
    text->at += there ? 1 : 0;
    return there;
}

static bool take_word(reader *text, const char *word) {
    const size_t length = strlen(word);
    skip_blanks(text);
    const bool there =
        (size_t)(text->end - text->at) >= length && memcmp(text->at, word, length) == 0;
    text->at += there ? length : 0;
    return there;
}

static bool take_string(reader *text, char *out, int64_t room) {
    skip_blanks(text);
    const char quote = text->at < text->end ? *text->at : '\0';
    if (quote != '\'' && quote != '"') {
        return false;
    }
    int64_t used = 0;
    for (text->at++; text->at < text->end && *text->at != quote; text->at++) {
        if (used + 1 >= room || *text->at < ' ' || *text->at == '\\') {
            return false;
        }
        out[used++] = *text->at;
    }
    out[used] = '\0';
    return take(text, quote);
}

// A size of at most 18 digits, which an int64_t holds.
static bool take_size(reader *text, int64_t *out) {
    skip_blanks(text);
    int64_t count = 0;
    *out = 0;
    for (; text->at < text->end && *text->at >= '0' && *text->at <= '9'; text->at++, count++) {
        if (count == 18) {
            return false;
        }
        *out = 10 * *out + (*text->at - '0');
    }
    (void)take(text, 'L'); // written by Python 2
    return count > 0;
}

static bool take_shape(reader *text, npy *out) {
    if (!take(text, '(')) {
        return false;
    }
    for (out->dimensions = 0; !take(text, ')');) {
        if (out->dimensions == SHAPE || !take_size(text, &out->shape[out->dimensions++]) ||
            (!take(text, ',') && (text->at >= text->end || *text->at != ')'))) {
            return false;
        }
    }
    return true;
}

static bool take_order(reader *text, npy *out) {
    out->column_order = take_word(text, "True");
    return out->column_order || take_word(text, "False");
}

static bool take_type(reader *text, npy *out) {
    return take_string(text, out->type, TYPE);
}

static bool take_entry(reader *text, npy *out) {
    static const struct {
        const char *key;
        bool (*take_value)(reader *text, npy *out);
    } known[] = {{"descr", take_type}, {"fortran_order", take_order}, {"shape", take_shape}};
    char key[KEY];
    if (!take_string(text, key, KEY) || !take(text, ':')) {
        return false;
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(key, known[i].key) == 0) {
            return known[i].take_value(text, out);
        }
    }
    return false;
}

static bool take_header(reader *text, npy *out) {
    *out = (npy){.dimensions = -1};
    if (!take(text, '{')) {
        return false;
    }
    while (!take(text, '}')) {
        if (!take_entry(text, out)) {
            return false;
        }
        skip_blanks(text);
        if (!take(text, ',') && (text->at >= text->end || *text->at != '}')) {
            return false;
        }
    }
    return out->type[0] != '\0' && out->dimensions >= 0;
}

// ---- elements -------------------------------------------------------------------------------

static double from_float(uint64_t bits) {
    const uint32_t word = (uint32_t)bits;
    float value;
    memcpy(&value, &word, sizeof value);
    return (double)value;
}

static double from_double(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static double from_unsigned(uint64_t bits) {
    return (double)bits;
}

static double from_i1(uint64_t bits) {
    return (double)(int8_t)bits;
}

static double from_i2(uint64_t bits) {
    return (double)(int16_t)bits;
}

static double from_i4(uint64_t bits) {
    return (double)(int32_t)bits;
}

static double from_i8(uint64_t bits) {
    return (double)(int64_t)bits;
}

typedef struct element {
    const char *name; // of the type, without the order of its bytes
    int64_t bytes;
    double (*value)(uint64_t bits);
} element;

static const element elements[] = {
    {"f4", 4, from_float},    {"f8", 8, from_double},   {"i1", 1, from_i1},
    {"i2", 2, from_i2},       {"i4", 4, from_i4},       {"i8", 8, from_i8},
    {"u1", 1, from_unsigned}, {"u2", 2, from_unsigned}, {"u4", 4, from_unsigned},
    {"u8", 8, from_unsigned}, {"b1", 1, from_unsigned},
};

static const element *find_element(const char *type) {
    const bool ordered = type[0] == '<' || type[0] == '>' || type[0] == '|';
    for (size_t i = 0; ordered && i < sizeof elements / sizeof *elements; i++) {
        const bool one = type[0] != '|' || elements[i].bytes == 1;
        if (one && strcmp(type + 1, elements[i].name) == 0) {
            return &elements[i];
        }
    }
    return NULL;
}

static uint64_t read_bits(const uint8_t *from, int64_t bytes, bool big_endian) {
    uint64_t bits = 0;
    for (int64_t i = 0; i < bytes; i++) {
        bits |= (uint64_t)from[big_endian ? bytes - 1 - i : i] << (8 * i);
    }
    return bits;
}

static pes_status fill(const pes_table *out, const char *path, const npy *header,
                       const element *type, const uint8_t *data) {
    for (int64_t i = 0; i < out->rows * out->columns; i++) {
        const double value =
            type->value(read_bits(data + i * type->bytes, type->bytes, header->type[0] == '>'));
        if (!isfinite(value)) {
            char shown[TYPE];
            (void)snprintf(shown, sizeof shown, "%g", value);
            return pes_table_refuse(path, i / out->columns + 1, 0, i % out->columns + 1, NULL,
                                    shown,
                                    "which is not a finite number; fill it in, or leave the "
                                    "row out");
        }
        out->value[i] = value;
    }
    return PES_OK;
}

// ---- the file -------------------------------------------------------------------------------

// Where the header is, and where the elements begin.
static pes_status find_header(reader *text, const uint8_t **data, const char *path,
                              const uint8_t *bytes, int64_t count) {
    const int version = count > MAGIC ? bytes[MAGIC] : 0;
    const int64_t wide = version == 1 ? 2 : 4, begin = MAGIC + 2 + wide;
    PES_PROBLEM_REQUIRE(version >= 1 && version <= 3, PES_E_FORMAT,
                        "%s is an NPY file of version %d; versions 1 to 3 are read", path,
                        version);
    const int64_t length =
        count >= begin ? (int64_t)read_bits(bytes + MAGIC + 2, wide, false) : 0;
    PES_PROBLEM_REQUIRE(length > 0 && length <= HEADER_MOST && length <= count - begin,
                        PES_E_FORMAT, "%s ends in its header; save the array again", path);
    text->at = (const char *)bytes + begin;
    text->end = text->at + length;
    *data = bytes + begin + length;
    return PES_OK;
}

static pes_status check(const char *path, const npy *header, const element *type,
                        int64_t bytes) {
    PES_PROBLEM_REQUIRE(type != NULL, PES_E_FORMAT,
                        "%s holds elements of type '%s'; save it as float64, for instance with "
                        "array.astype('<f8')",
                        path, header->type);
    PES_PROBLEM_REQUIRE(header->dimensions == 2, PES_E_FORMAT,
                        "%s holds an array of %lld dimensions; a table has two, rows and "
                        "columns",
                        path, (long long)header->dimensions);
    PES_PROBLEM_REQUIRE(!header->column_order, PES_E_FORMAT,
                        "%s is in Fortran order; save numpy.ascontiguousarray(array)", path);
    const int64_t rows = header->shape[0], columns = header->shape[1];
    PES_PROBLEM_REQUIRE(rows > 0 && columns > 0 && columns <= PES_TABLE_COLUMNS &&
                            rows <= PES_TABLE_CELLS / columns,
                        PES_E_FORMAT,
                        "%s says that it has %lld rows of %lld columns; a table may have at "
                        "most %d columns and %d cells, and must have one",
                        path, (long long)rows, (long long)columns, PES_TABLE_COLUMNS,
                        PES_TABLE_CELLS);
    PES_PROBLEM_REQUIRE(bytes == rows * columns * type->bytes, PES_E_FORMAT,
                        "%s holds %lld bytes of elements where %lld rows of %lld columns make "
                        "%lld; save the array again",
                        path, (long long)bytes, (long long)rows, (long long)columns,
                        (long long)(rows * columns * type->bytes));
    return PES_OK;
}

pes_status pes_table_parse_npy(pes_table *out, const char *path, const uint8_t *bytes,
                               int64_t count) {
    reader text;
    const uint8_t *data = bytes;
    npy header;
    *out = (pes_table){.rows = 0};
    PES_PROBLEM_TRY(find_header(&text, &data, path, bytes, count));
    PES_PROBLEM_REQUIRE(take_header(&text, &header), PES_E_FORMAT,
                        "%s has a header that is none of an array of numbers; save it with "
                        "numpy.save",
                        path);
    const element *type = find_element(header.type);
    PES_PROBLEM_TRY(check(path, &header, type, bytes + count - data));
    PES_PROBLEM_TRY(pes_table_allocate(out, header.shape[0], header.shape[1]));
    const pes_status status = fill(out, path, &header, type, data);
    if (status != PES_OK) {
        pes_table_release(out);
    }
    return status;
}
