// TOML 1.0 as a flat list of settings, with the place of each one.
//
// Keys in a list of tables, [[variant]], have the number of their table, and dotted names where
// tables lie inside it. A list of tables inside a table, [[problem.tune]], is a value of so
// many rows, and their settings follow it with dotted names: "tune.0.name".
//
// toml.cpp walks the document that toml++ parsed; nothing of C++ passes this header.

#ifndef PES_CLI_TOML_H
#define PES_CLI_TOML_H

#include <stddef.h>
#include <stdint.h>

#include "pes/field.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum toml_kind {
    TOML_TABLE, // a table's header: only `table` and the place mean something
    TOML_VALUE, // `value` holds it
    TOML_OTHER, // a value that no setting takes; `what` says which: "a date"
    TOML_EMPTY, // an empty list in the table whose lists are spread
} toml_kind;

typedef struct toml_entry {
    toml_kind kind;
    const char *table;    // "" for keys above all tables
    const char *key;      // "" for a header
    pes_value value;      // INT, REAL, BOOL, TEXT, INT_LIST, REAL_LIST, ROWS
    const char *what;     // TOML_OTHER: "a date", "a table", "a list of texts"
    int64_t element;      // number of its table in a list of tables; or of the value in its
                          // list, in the table whose lists are spread; else -1
    int64_t line;         // of the key or header, from 1
    int64_t column;       // likewise
    int64_t value_line;   // of the value
    int64_t value_column; // likewise
} toml_entry;

typedef struct toml_document {
    int64_t count;
    toml_entry *entry; // in the order of the text
    char error[256];   // not empty: the text is not TOML; the sentence, without the place
    int64_t error_line;
    int64_t error_column;
    void *memory; // toml.cpp's
} toml_document;

// Parses `text`. In the table named `spread` (may be NULL) every list becomes one entry for
// each element. NULL without memory; look at `error` before using the rest.
toml_document *toml_parse(const char *text, size_t length, const char *spread);

// NULL is allowed.
void toml_free(toml_document *document);

#ifdef __cplusplus
}
#endif

#endif // PES_CLI_TOML_H
