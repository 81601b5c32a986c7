// Reading tables from text, as spreadsheets and programs write them.
//
// Rows are lines, which end in \n, \r\n or, in a text without any \n, \r; empty ones are
// skipped. Columns are separated by semicolons, or else commas, or else tabs, whichever the
// first line has, or else by blanks. A cell may stand in double quotes, where a doubled quote
// means one. A number is digits with or without sign, point and exponent: 1, -0.5, 3e-7. The
// first line is a header if it has names and no numbers.
//
// Two passes over the text: the first counts the rows.

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "problems/data/table.h"
#include "problems/problem.h"

enum { LONGEST_NUMBER = 128, SHOWN = 25 };

// A text, and how far it has been read.
typedef struct reader {
    const char *path;
    const char *at, *end;
    int64_t line;   // number of the line last taken, from 1
    int64_t row;    // number of the row last taken, from 1; the header is none
    char separator; // '\0': blanks
    char newline;   // what ends a line
} reader;

// A line of the text, and how far it has been read.
typedef struct line {
    const char *at, *end;
    int64_t cells; // taken so far
    bool open;     // a cell must follow: the line's first, or after a separator
} line;

typedef struct cell {
    const char *at;
    int64_t length;
    bool quoted;
} cell;

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

// ---- lines and cells ------------------------------------------------------------------------

// The next line that is not empty; false at the end of the text.
static bool next_line(reader *text, line *out) {
    while (text->at < text->end) {
        const char *end = memchr(text->at, text->newline, (size_t)(text->end - text->at));
        *out = (line){.at = text->at, .end = end != NULL ? end : text->end, .open = true};
        text->at = end != NULL ? end + 1 : text->end;
        text->line++;
        for (const char *c = out->at; c < out->end; c++) {
            if (!is_blank(*c)) {
                return true;
            }
        }
    }
    return false;
}

static void skip_blanks(const reader *text, line *from) {
    while (from->at < from->end && is_blank(*from->at) && *from->at != text->separator) {
        from->at++;
    }
}

static bool is_separator(const reader *text, char c) {
    return text->separator == '\0' ? is_blank(c) : c == text->separator;
}

// From the quote on to the one that closes it.
static pes_status take_quoted(const reader *text, line *from, cell *out) {
    out->at = ++from->at;
    out->quoted = true;
    for (; from->at < from->end; from->at++) {
        const bool quote = *from->at == '"';
        const bool doubled = quote && from->at + 1 < from->end && from->at[1] == '"';
        if (quote && !doubled) {
            out->length = from->at++ - out->at;
            return PES_OK;
        }
        from->at += doubled ? 1 : 0;
    }
    return pes_fail(PES_E_FORMAT,
                    "%s: line %lld, column %lld begins with a quote that nothing closes on "
                    "this line",
                    text->path, (long long)text->line, (long long)from->cells);
}

static pes_status take_cell(const reader *text, line *from, cell *out) {
    *out = (cell){.at = from->at};
    from->cells++;
    if (from->at < from->end && *from->at == '"') {
        PES_PROBLEM_TRY(take_quoted(text, from, out));
    } else {
        while (from->at < from->end && !is_separator(text, *from->at)) {
            from->at++;
        }
        const char *last = from->at;
        while (last > out->at && is_blank(last[-1])) {
            last--;
        }
        out->length = last - out->at;
    }
    skip_blanks(text, from);
    const bool more = from->at < from->end;
    PES_PROBLEM_REQUIRE(!more || text->separator == '\0' || is_separator(text, *from->at),
                        PES_E_FORMAT,
                        "%s: line %lld, column %lld goes on behind its closing quote",
                        text->path, (long long)text->line, (long long)from->cells);
    from->open = more;
    from->at += more && text->separator != '\0' ? 1 : 0;
    return PES_OK;
}

// The next cell of the line; *found is false at its end.
static pes_status next_cell(const reader *text, line *from, cell *out, bool *found) {
    skip_blanks(text, from);
    *found = from->open && (text->separator != '\0' || from->at < from->end);
    return *found ? take_cell(text, from, out) : PES_OK;
}

// What separates the columns of this line: the first of these that stands outside of quotes.
static char find_separator(const line *first) {
    static const char candidate[] = {';', ',', '\t'};
    for (size_t i = 0; i < sizeof candidate; i++) {
        bool inside = false;
        for (const char *c = first->at; c < first->end; c++) {
            inside ^= *c == '"';
            if (*c == candidate[i] && !inside) {
                return candidate[i];
            }
        }
    }
    return '\0';
}

// ---- numbers --------------------------------------------------------------------------------

static int64_t digits(const char *text, int64_t at) {
    int64_t count = 0;
    while (text[at + count] >= '0' && text[at + count] <= '9') {
        count++;
    }
    return count;
}

// The place of the point in a number; 0 where `text` is no number. At its end if it has none.
static bool is_number(const char *text, int64_t *point) {
    int64_t at = text[0] == '-' || text[0] == '+' ? 1 : 0;
    int64_t count = digits(text, at);
    at += count;
    *point = at;
    if (text[at] == '.') {
        const int64_t more = digits(text, at + 1);
        count += more;
        at += 1 + more;
    }
    if (count > 0 && (text[at] == 'e' || text[at] == 'E')) {
        at += text[at + 1] == '-' || text[at + 1] == '+' ? 2 : 1;
        const int64_t exponent = digits(text, at);
        count = exponent > 0 ? count : 0;
        at += exponent;
    }
    return count > 0 && text[at] == '\0';
}

// strtod wants the point of the host's locale, which is not ours to change.
static bool read_number(const cell *from, double *value) {
    char text[LONGEST_NUMBER], local[LONGEST_NUMBER + 8];
    int64_t point;
    if (from->length <= 0 || from->length >= LONGEST_NUMBER ||
        memchr(from->at, '\0', (size_t)from->length) != NULL) {
        return false;
    }
    memcpy(text, from->at, (size_t)from->length);
    text[from->length] = '\0';
    if (!is_number(text, &point)) {
        return false;
    }
    const bool has_point = text[point] == '.';
    (void)snprintf(local, sizeof local, "%.*s%.4s%s", (int)point, text,
                   has_point ? localeconv()->decimal_point : "",
                   text + point + (has_point ? 1 : 0));
    *value = strtod(local, NULL);
    return true;
}

// What programs write where there is no number, or none that can be written down.
static bool is_missing(const cell *from) {
    static const char *const word[] = {"",         "na",   "n/a",  "nan", "null",
                                       "none",     "?",    "-",    "inf", "-inf",
                                       "infinity", "+inf", "-nan", ".",   "#n/a"};
    char text[16] = "";
    if (from->quoted || from->length >= (int64_t)sizeof text) {
        return false;
    }
    for (int64_t i = 0; i < from->length; i++) {
        const char c = from->at[i];
        text[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    for (size_t i = 0; i < sizeof word / sizeof *word; i++) {
        if (strcmp(text, word[i]) == 0) {
            return true;
        }
    }
    return false;
}

// ---- names ----------------------------------------------------------------------------------

// A name without the doubling of quotes, and without what a terminal would take for orders.
static int64_t copy_text(const cell *from, char *out, int64_t room) {
    int64_t used = 0;
    for (int64_t i = 0; i < from->length && used + 1 < room; i++) {
        const char c = from->at[i];
        out[used++] = (unsigned char)c < ' ' || c == 127 ? '?' : c;
        i += from->quoted && c == '"' ? 1 : 0;
    }
    out[used] = '\0';
    return used + 1;
}

// The columns of the first line, and whether it is a header. A line of both names and numbers
// is taken for a row, in which the names are found fault with.
static pes_status look_at(const reader *text, line first, int64_t *columns, bool *header) {
    cell word;
    bool found;
    int64_t names = 0, numbers = 0;
    *columns = 0;
    PES_PROBLEM_TRY(next_cell(text, &first, &word, &found));
    while (found) {
        double number;
        const bool is_name =
            word.quoted || (!read_number(&word, &number) && !is_missing(&word));
        names += is_name;
        numbers += !is_name && word.length > 0;
        ++*columns;
        PES_PROBLEM_TRY(next_cell(text, &first, &word, &found));
    }
    *header = names > 0 && numbers == 0;
    PES_PROBLEM_REQUIRE(*columns <= PES_TABLE_COLUMNS, PES_E_FORMAT,
                        "%s has %lld columns; a table may have at most %d", text->path,
                        (long long)*columns, PES_TABLE_COLUMNS);
    return PES_OK;
}

// Pointers first, then their text.
static pes_status keep_names(pes_table *out, const reader *text, line header) {
    const size_t pointers = (size_t)out->columns * sizeof *out->name;
    const int64_t room = header.end - header.at + out->columns;
    out->name = calloc(1, pointers + (size_t)room);
    PES_PROBLEM_REQUIRE(out->name != NULL, PES_E_MEMORY, "no memory for the names of columns");
    char *to = (char *)out->name + pointers;
    for (int64_t c = 0; c < out->columns; c++) {
        cell word;
        bool found;
        PES_PROBLEM_TRY(next_cell(text, &header, &word, &found));
        out->name[c] = to;
        to += copy_text(&word, to, word.length + 1);
    }
    return PES_OK;
}

// ---- rows -----------------------------------------------------------------------------------

static pes_status fault(const pes_table *out, const reader *text, int64_t column,
                        const cell *word, bool too_large) {
    char shown[SHOWN];
    (void)copy_text(word, shown, SHOWN);
    return pes_table_refuse(
        text->path, text->row, text->line, column,
        out->name != NULL && column <= out->columns ? out->name[column - 1] : NULL, shown,
        too_large || is_missing(word)
            ? "which is not a finite number; fill it in, or leave the row out"
        : text->row == 1 && out->name == NULL
            ? "which is not a number; if the line is a header, put its numbers in quotes"
            : "which is not a number; write categories as numbers");
}

static pes_status parse_row(const pes_table *out, const reader *text, line from,
                            double *value) {
    cell word;
    bool found;
    int64_t count = 0;
    PES_PROBLEM_TRY(next_cell(text, &from, &word, &found));
    for (; found; count++) {
        double number = 0.0;
        if (!read_number(&word, &number) || !isfinite(number)) {
            return fault(out, text, count + 1, &word, !isfinite(number));
        }
        if (count < out->columns) {
            value[count] = number;
        }
        PES_PROBLEM_TRY(next_cell(text, &from, &word, &found));
    }
    PES_PROBLEM_REQUIRE(count == out->columns, PES_E_FORMAT,
                        "%s: row %lld (line %lld) has %lld columns where the first line has "
                        "%lld",
                        text->path, (long long)text->row, (long long)text->line,
                        (long long)count, (long long)out->columns);
    return PES_OK;
}

static pes_status parse_rows(pes_table *out, reader *text, bool header) {
    line next;
    if (header) {
        (void)next_line(text, &next);
        PES_PROBLEM_TRY(keep_names(out, text, next));
    }
    while (next_line(text, &next)) {
        text->row++;
        PES_PROBLEM_TRY(
            parse_row(out, text, next, out->value + (text->row - 1) * out->columns));
    }
    return PES_OK;
}

static int64_t count_lines(reader text) {
    line next;
    int64_t count = 0;
    while (next_line(&text, &next)) {
        count++;
    }
    return count;
}

pes_status pes_table_parse(pes_table *out, const char *path, const char *text, int64_t bytes) {
    const bool marked = bytes >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;
    const bool wide =
        bytes >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0);
    reader all = {.path = path, .at = text + (marked ? 3 : 0), .end = text + bytes};
    all.newline = memchr(text, '\n', (size_t)bytes) != NULL ? '\n' : '\r';
    reader ahead = all;
    line first;
    int64_t columns;
    bool header;
    *out = (pes_table){.rows = 0};
    PES_PROBLEM_REQUIRE(!wide, PES_E_FORMAT, "%s is text in UTF-16; save it as UTF-8", path);
    PES_PROBLEM_REQUIRE(next_line(&ahead, &first), PES_E_FORMAT, "%s has no rows", path);
    all.separator = ahead.separator = find_separator(&first);
    PES_PROBLEM_TRY(look_at(&ahead, first, &columns, &header));
    const int64_t rows = count_lines(all) - (header ? 1 : 0);
    PES_PROBLEM_REQUIRE(rows > 0, PES_E_FORMAT, "%s has a header, but no rows", path);
    PES_PROBLEM_REQUIRE(rows <= PES_TABLE_CELLS / columns, PES_E_FORMAT,
                        "%s has %lld rows of %lld columns; a table may have at most %d cells",
                        path, (long long)rows, (long long)columns, PES_TABLE_CELLS);
    PES_PROBLEM_TRY(pes_table_allocate(out, rows, columns));
    const pes_status status = parse_rows(out, &all, header);
    if (status != PES_OK) {
        pes_table_release(out);
    }
    return status;
}
