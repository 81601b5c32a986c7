// The readers of tables, on whatever bytes: they never read outside them, and a table that is
// taken has a shape within its bounds, names of its own, and finite numbers only.
//
//     clang -fsanitize=fuzzer,address,undefined      (make check-fuzz)

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "problems/data/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int fine, const char *what) {
    if (!fine) {
        fprintf(stderr, "not true: %s\n", what);
        abort();
    }
}

static void check_taken(pes_table *table) {
    require(table->rows > 0 && table->columns > 0, "there are rows and columns");
    require(table->columns <= PES_TABLE_COLUMNS, "columns are within bounds");
    require(table->rows <= PES_TABLE_CELLS / table->columns, "cells are within bounds");
    for (int64_t i = 0; i < table->rows * table->columns; i++) {
        require(isfinite(table->value[i]), "numbers are finite");
    }
    for (int64_t c = 0; table->name != NULL && c < table->columns; c++) {
        for (const char *p = table->name[c]; *p != '\0'; p++) {
            require((unsigned char)*p >= ' ' && *p != 127, "names are fit for a terminal");
        }
    }
    pes_table_standardise(table, (table->rows + 1) / 2, NULL);
    pes_table_release(table);
}

// Both readers see the bytes in memory of exactly their size, as sanitizers like it.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t *bytes = malloc(size + (size == 0));
    pes_table table;
    if (bytes == NULL) {
        return 0;
    }
    memcpy(bytes, data, size);
    if (pes_table_parse(&table, "x", (const char *)bytes, (int64_t)size) == PES_OK) {
        check_taken(&table);
    }
    const int is_npy = size >= 6 && memcmp(bytes, "\x93NUMPY", 6) == 0;
    if (is_npy && pes_table_parse_npy(&table, "x", bytes, (int64_t)size) == PES_OK) {
        check_taken(&table);
    }
    free(bytes);
    return 0;
}
