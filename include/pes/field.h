/// @file field.h
/// Settings, written down once.
///
/// Every option struct of the library has a table of fields: name, type, range, unit and one
/// sentence. Validation, TOML files, `pes info`, Python keywords and the reference page all
/// walk the same table. Defaults are what the struct's `_default()` function put there.

#ifndef PES_FIELD_H
#define PES_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pes/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { PES_TEXT_SIZE = 256, PES_LIST_SIZE = 16 };

/// A list of integers inside an option struct.
typedef struct pes_int_list {
    int64_t count; // 0..PES_LIST_SIZE
    int64_t value[PES_LIST_SIZE];
} pes_int_list;

/// A list of numbers inside an option struct.
typedef struct pes_real_list {
    int64_t count; // 0..PES_LIST_SIZE
    double value[PES_LIST_SIZE];
} pes_real_list;

typedef enum pes_field_type {
    PES_FIELD_INT,       // int64_t
    PES_FIELD_REAL,      // double
    PES_FIELD_BOOL,      // bool
    PES_FIELD_SEED,      // uint64_t
    PES_FIELD_CHOICE,    // const char *, one of `choice`; points to static text
    PES_FIELD_TEXT,      // char[PES_TEXT_SIZE]
    PES_FIELD_INT_LIST,  // pes_int_list; the range holds for each element
    PES_FIELD_REAL_LIST, // pes_real_list; likewise
    PES_FIELD_ROWS,      // struct { int64_t count; row row[capacity]; }: a list of tables
} pes_field_type;

typedef struct pes_field_table pes_field_table;

/// One setting.
typedef struct pes_field {
    const char *name;
    pes_field_type type;
    size_t offset;                        // of the member in its option struct
    double minimum;                       // numbers: smallest value allowed
    double maximum;                       // numbers: largest value allowed
    bool above_minimum;                   // numbers: the minimum itself is not allowed
    const char *unit;                     // "inner steps", ...; "" for pure numbers; "path": of
                                          // a file
    const char *summary;                  // one sentence
    const char *(*choice)(int64_t index); // choices: the allowed names, NULL past the last
    const pes_field_table *rows;          // lists of tables: the settings of each of them
    int64_t capacity;                     // lists of tables: the most that there may be
} pes_field;

/// The settings of one option struct, or of one row in a list of tables. A row's alignment is
/// at most that of int64_t.
struct pes_field_table {
    const char *name; // TOML table it belongs to: "estimator", "optimizer", "run", "problem",
                      // of rows "problem.tune"
    const pes_field *field;
    int64_t count;
    size_t struct_size;
    void (*set_default)(void *options); // writes the defaults, `size` included
};

/// A setting's value on its way in or out.
typedef struct pes_value {
    pes_field_type type;
    int64_t integer;  // INT
    uint64_t seed;    // SEED
    double real;      // REAL
    bool boolean;     // BOOL
    const char *text; // CHOICE, TEXT; not owned
    pes_int_list integers;
    pes_real_list reals;
    int64_t count;    // ROWS
    const void *rows; // ROWS: count structs, not owned; NULL on the way in: defaults
    const pes_field_table *table; // ROWS on the way out: the settings of each
} pes_value;

/// Where a setting lies: its field, whose name is the whole path that led to it, the table that
/// has it, and the struct that its offset counts in.
typedef struct pes_field_place {
    pes_field field;
    const pes_field_table *table;
    void *options;
} pes_field_place;

/// The field of that name, or NULL.
PES_API const pes_field *pes_field_find(const pes_field_table *table, const char *name);

/// The name in the table that is nearest to `name` by edit distance, or NULL if none is near.
PES_API const char *pes_field_nearest(const pes_field_table *table, const char *name);

/// Where the setting `name` lies: "sigma", or "tune.0.start" in a row of a list of tables, rows
/// counted from 0. PES_E_ARGUMENT with a sentence that names what is not there and, where one
/// is near, the known name. `name` must live as long as `out`.
PES_API pes_status pes_field_locate(const pes_field_table *table, void *options,
                                    const char *name, pes_field_place *out);

/// Write one setting, named as in pes_field_locate(), into its struct. An integer is taken for
/// a real, a non-negative integer for a seed, a number for a list of one. A list of tables
/// takes the rows of `value`, or so many rows of defaults. PES_E_ARGUMENT with a sentence that
/// names the field, what is allowed and, for a misspelt name or choice, the nearest known one;
/// then the struct is unchanged.
PES_API pes_status pes_field_set(const pes_field_table *table, void *options, const char *name,
                                 const pes_value *value);

/// Read one setting from its struct.
PES_API pes_value pes_field_get(const pes_field *field, const void *options);

/// What is allowed, in words: "an integer from 1 to 100", "one of pes, nres". Writes at most
/// `capacity` bytes with the final zero and returns `out`.
PES_API char *pes_field_range(const pes_field *field, char *out, size_t capacity);

/// Row number `index` of a list of tables.
PES_API const void *pes_value_row(const pes_value *value, int64_t index);

/// Check every field of a struct, and of the rows in it, against its range. PES_E_ARGUMENT as
/// pes_field_set().
PES_API pes_status pes_fields_check(const pes_field_table *table, const void *options);

#ifdef __cplusplus
}
#endif

#endif // PES_FIELD_H
