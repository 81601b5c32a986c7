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
} pes_field_type;

/// One setting.
typedef struct pes_field {
    const char *name;
    pes_field_type type;
    size_t offset;                        // of the member in its option struct
    double minimum;                       // numbers: smallest value allowed
    double maximum;                       // numbers: largest value allowed
    bool above_minimum;                   // numbers: the minimum itself is not allowed
    const char *unit;                     // "inner steps", "updates", ...; "" for pure numbers
    const char *summary;                  // one sentence
    const char *(*choice)(int64_t index); // choices: the allowed names, NULL past the last
} pes_field;

/// The settings of one option struct.
typedef struct pes_field_table {
    const char *name; // TOML table it belongs to: "estimator", "optimizer", "run", "problem"
    const pes_field *field;
    int64_t count;
    size_t struct_size;
    void (*set_default)(void *options); // writes the defaults, `size` included
} pes_field_table;

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
} pes_value;

/// The field of that name, or NULL.
PES_API const pes_field *pes_field_find(const pes_field_table *table, const char *name);

/// The name in the table that is nearest to `name` by edit distance, or NULL if none is near.
PES_API const char *pes_field_nearest(const pes_field_table *table, const char *name);

/// Write one setting into its struct. An integer is taken for a real, a non-negative integer
/// for a seed. PES_E_ARGUMENT with a sentence that names the field, what is allowed and, for a
/// misspelt name or choice, the nearest known one; then the struct is unchanged.
PES_API pes_status pes_field_set(const pes_field_table *table, void *options, const char *name,
                                 const pes_value *value);

/// Read one setting from its struct.
PES_API pes_value pes_field_get(const pes_field *field, const void *options);

/// What is allowed, in words: "an integer from 1 to 100", "one of pes, nres". Writes at most
/// `capacity` bytes with the final zero and returns `out`.
PES_API char *pes_field_range(const pes_field *field, char *out, size_t capacity);

/// Check every field of a struct against its range. PES_E_ARGUMENT as pes_field_set().
PES_API pes_status pes_fields_check(const pes_field_table *table, const void *options);

#ifdef __cplusplus
}
#endif

#endif // PES_FIELD_H
