// Reading tables of numbers. Two passes over the text: the first counts the rows.

#include "problems/data/table.h"

#include <stdlib.h>

#include "problems/problem.h"

enum { DIGITS = 15, SHOWN = 24 };

pes_status pes_table_allocate(pes_table *out, int64_t rows, int64_t columns) {
    *out = (pes_table){.rows = rows, .columns = columns};
    // one more, so that an empty table has an address, too
    out->value = calloc((size_t)(rows * columns) + 1, sizeof *out->value);
    PES_PROBLEM_REQUIRE(out->value != NULL, PES_E_MEMORY,
                        "no memory for a table of %lld rows and %lld columns", (long long)rows,
                        (long long)columns);
    return PES_OK;
}

void pes_table_release(pes_table *table) {
    free(table->value);
    *table = (pes_table){.rows = 0};
}

// ---- numbers --------------------------------------------------------------------------------

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// One word as a number; false if it is not one. Its digits are an integer below 10^15 and the
// power of ten is at most 10^15: both are exact, and their quotient is rounded once.
static bool read_number(const char *word, int64_t length, double *value) {
    int64_t at = length > 0 && (word[0] == '-' || word[0] == '+') ? 1 : 0;
    int64_t number = 0, digits = 0;
    double scale = 1.0;
    bool point = false;
    for (; at < length; at++) {
        if (word[at] == '.' && !point) {
            point = true;
            continue;
        }
        if (!is_digit(word[at]) || ++digits > DIGITS) {
            return false;
        }
        number = 10 * number + (word[at] - '0');
        scale = point ? 10.0 * scale : scale;
    }
    *value = (word[0] == '-' ? -1.0 : 1.0) * ((double)number / scale);
    return digits > 0;
}

// ---- rows -----------------------------------------------------------------------------------

// A text and how far it has been read.
typedef struct reader {
    const char *at, *end;
} reader;

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

// The next word of this line, of `length` characters; NULL at the line's end.
static const char *next_word(reader *text, int64_t *length) {
    while (text->at < text->end && is_blank(*text->at)) {
        text->at++;
    }
    const char *word = text->at;
    while (text->at < text->end && !is_blank(*text->at) && *text->at != '\n') {
        text->at++;
    }
    *length = text->at - word;
    return *length > 0 ? word : NULL;
}

// Leave the line that was read to its end.
static void next_line(reader *text) {
    text->at += text->at < text->end ? 1 : 0;
}

static int64_t count_rows(reader text) {
    int64_t rows = 0;
    while (text.at < text.end) {
        int64_t words = 0, length;
        while (next_word(&text, &length) != NULL) {
            words++;
        }
        rows += words > 0 ? 1 : 0;
        next_line(&text);
    }
    return rows;
}

// One line into `value`, of `columns`; *found says whether it was a row. `row` counts from 1.
static pes_status parse_line(reader *text, int64_t row, int64_t columns, double *value,
                             bool *found) {
    int64_t count = 0, length;
    for (const char *word; (word = next_word(text, &length)) != NULL; count++) {
        double number;
        PES_PROBLEM_REQUIRE(read_number(word, length, &number), PES_E_FORMAT,
                            "row %lld, column %lld of the table is '%.*s', which is not a "
                            "number of at most %d digits; fetch the table again",
                            (long long)row, (long long)count + 1,
                            (int)(length < SHOWN ? length : SHOWN), word, DIGITS);
        if (count < columns) {
            value[count] = number;
        }
    }
    PES_PROBLEM_REQUIRE(count == 0 || count == columns, PES_E_FORMAT,
                        "row %lld of the table has %lld columns, not %lld; fetch the table "
                        "again",
                        (long long)row, (long long)count, (long long)columns);
    *found = count > 0;
    next_line(text);
    return PES_OK;
}

static pes_status parse_rows(const pes_table *out, reader text) {
    for (int64_t row = 0; row < out->rows;) {
        bool found = false;
        PES_PROBLEM_TRY(
            parse_line(&text, row + 1, out->columns, out->value + row * out->columns, &found));
        row += found ? 1 : 0;
    }
    return PES_OK;
}

pes_status pes_table_parse(pes_table *out, const char *text, int64_t bytes, int64_t columns) {
    const reader all = {.at = text, .end = text + bytes};
    PES_PROBLEM_TRY(pes_table_allocate(out, count_rows(all), columns));
    const pes_status status = parse_rows(out, all);
    if (status != PES_OK) {
        pes_table_release(out);
    }
    return status;
}

pes_status pes_table_load(pes_table *out, const pes_dataset *set,
                          const pes_data_folders *folders) {
    *out = (pes_table){.rows = 0};
    uint8_t *text;
    PES_PROBLEM_TRY(pes_dataset_read_file(set, folders, 0, &text));
    const pes_status status =
        pes_table_parse(out, (const char *)text, set->file[0].plain_bytes, set->columns);
    free(text);
    return status;
}
