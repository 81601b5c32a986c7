// Tables of numbers: rows of columns separated by blanks.

#ifndef PES_PROBLEMS_DATA_TABLE_H
#define PES_PROBLEMS_DATA_TABLE_H

#include "problems/data/datasets.h"

typedef struct pes_table {
    int64_t rows, columns;
    double *value; // rows x columns, all finite; owned
} pes_table;

// Room for a table. PES_E_MEMORY; then nothing is owned.
pes_status pes_table_allocate(pes_table *out, int64_t rows, int64_t columns);
void pes_table_release(pes_table *table);

// Read `bytes` of text as a table of `columns`. Columns are separated by one or more blanks or
// tabs, rows by newlines; lines without a number are skipped. A number is a sign or none,
// digits, and a point with digits or none, of at most 15 digits, so that its double is the
// nearest one whatever the C library and the locale. PES_E_FORMAT with the row and the column,
// counted from 1; PES_E_MEMORY. Then nothing is owned.
pes_status pes_table_parse(pes_table *out, const char *text, int64_t bytes, int64_t columns);

// The only file of a set of kind PES_DATASET_TABLE, whose bytes must be the published ones.
// PES_E_FILE, PES_E_FORMAT, PES_E_MEMORY; then nothing is owned.
pes_status pes_table_load(pes_table *out, const pes_dataset *set,
                          const pes_data_folders *folders);

#endif // PES_PROBLEMS_DATA_TABLE_H
