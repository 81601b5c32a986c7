// Tables of numbers, and reading them: text with separators (CSV and its kin), or NumPy's NPY.

#ifndef PES_PROBLEMS_DATA_TABLE_H
#define PES_PROBLEMS_DATA_TABLE_H

#include "problems/data/datasets.h"
#include "problems/data/sha256.h"

enum { PES_TABLE_COLUMNS = 65536, PES_TABLE_CELLS = 1 << 27 }; // at most

typedef struct pes_table {
    int64_t rows, columns;
    double *value;     // rows x columns, all finite; owned
    const char **name; // columns names, owned in one piece with their text; NULL: none
} pes_table;

// Room for a table without names. PES_E_MEMORY; then nothing is owned.
pes_status pes_table_allocate(pes_table *out, int64_t rows, int64_t columns);
void pes_table_release(pes_table *table);

// Read `bytes` of text (text_table.c says what is understood), or of an NPY file: an array of
// two dimensions in C order. `path` is for sentences. PES_E_FORMAT with the row and the column,
// counted from 1; PES_E_MEMORY. Then nothing is owned.
pes_status pes_table_parse(pes_table *out, const char *path, const char *text, int64_t bytes);
pes_status pes_table_parse_npy(pes_table *out, const char *path, const uint8_t *data,
                               int64_t bytes);

// The sentence of a cell that is not finite: column `column` (from 1), in row `row` (from 1)
// and, in a text, line `line` (0: none).
pes_status pes_table_refuse(const char *path, int64_t row, int64_t line, int64_t column,
                            const char *name, const char *shown, const char *reason);

// A user's file in either form, packed or not, which its first bytes tell; `sum` receives its
// SHA-256. A path that is not absolute is looked for as it is, then in the folders (NULL:
// none). PES_E_FILE, PES_E_FORMAT, PES_E_MEMORY; then nothing is owned.
pes_status pes_table_read(pes_table *out, const char *path, const pes_data_folders *folders,
                          char sum[PES_SHA256_TEXT]);

// File number `file` of a set that is a text table of set->columns columns, whose bytes must be
// the published ones. PES_E_FILE, PES_E_FORMAT, PES_E_MEMORY; then nothing is owned.
pes_status pes_table_load(pes_table *out, const pes_dataset *set,
                          const pes_data_folders *folders, int64_t file);

// How a column was standardised: x became (x - mean) / deviation.
typedef struct pes_table_scale {
    double mean;
    double deviation; // infinite for a column that became zeros
} pes_table_scale;

// Give every column the mean 0 and the variance 1 over the first `rows` rows (their squares are
// divided by `rows`). A column that is constant in them becomes zeros in all. What is too far
// from them for a double becomes infinite. scale: columns, or NULL.
void pes_table_standardise(pes_table *table, int64_t rows, pes_table_scale *scale);

#endif // PES_PROBLEMS_DATA_TABLE_H
