// Tables in memory: room for them, where they come from, and bringing columns to one scale.

#include "problems/data/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "problems/data/file.h"
#include "problems/problem.h"

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
    free(table->name);
    *table = (pes_table){.rows = 0};
}

pes_status pes_table_refuse(const char *path, int64_t row, int64_t line, int64_t column,
                            const char *name, const char *shown, const char *reason) {
    char place[40] = "";
    if (line > 0) {
        (void)snprintf(place, sizeof place, " (line %lld)", (long long)line);
    }
    return pes_fail(PES_E_FORMAT, "%s: row %lld%s, column %lld%s%s%s is '%s', %s", path,
                    (long long)row, place, (long long)column, name != NULL ? " (" : "",
                    name != NULL ? name : "", name != NULL ? ")" : "", shown, reason);
}

// ---- where from -----------------------------------------------------------------------------

// Where the file is: as it is named, or in one of the folders.
static pes_status locate(const char *path, const pes_data_folders *folders,
                         char found[PES_DATASET_PATH]) {
    (void)snprintf(found, PES_DATASET_PATH, "%s", path);
    PES_PROBLEM_REQUIRE(path[0] != '\0', PES_E_ARGUMENT,
                        "no table is named; set table to the path of a CSV or NPY file");
    if (pes_data_exists(found)) {
        return PES_OK;
    }
    for (int64_t i = 0; path[0] != '/' && folders != NULL && i < folders->count; i++) {
        const int length = snprintf(found, PES_DATASET_PATH, "%s/%s", folders->folder[i], path);
        if (length > 0 && length < PES_DATASET_PATH && pes_data_exists(found)) {
            return PES_OK;
        }
    }
    struct stat status;
    PES_PROBLEM_REQUIRE(stat(path, &status) != 0 || S_ISREG(status.st_mode), PES_E_FILE,
                        "%s is not a file, which could be read again when the run is resumed; "
                        "set table to the path of a CSV or NPY file",
                        path);
    return pes_fail(PES_E_FILE,
                    "there is no table %s, neither from here nor in a data folder; name it by "
                    "its whole path",
                    path);
}

pes_status pes_table_read(pes_table *out, const char *path, const pes_data_folders *folders,
                          char sum[PES_SHA256_TEXT]) {
    char found[PES_DATASET_PATH];
    uint8_t *bytes;
    int64_t count;
    pes_sha256 hash;
    *out = (pes_table){.rows = 0};
    PES_PROBLEM_TRY(locate(path, folders, found));
    PES_PROBLEM_TRY(pes_data_read(found, PES_DATA_MOST, &bytes, &count));
    pes_sha256_begin(&hash);
    pes_sha256_add(&hash, bytes, (size_t)count);
    pes_sha256_end(&hash, sum);
    const bool is_npy = count >= 6 && memcmp(bytes, "\x93NUMPY", 6) == 0;
    const pes_status status = is_npy ? pes_table_parse_npy(out, path, bytes, count)
                                     : pes_table_parse(out, path, (const char *)bytes, count);
    free(bytes);
    return status;
}

pes_status pes_table_load(pes_table *out, const pes_dataset *set,
                          const pes_data_folders *folders, int64_t file) {
    const pes_dataset_file *published = &set->file[file];
    uint8_t *text;
    *out = (pes_table){.rows = 0};
    PES_PROBLEM_TRY(pes_dataset_read_file(set, folders, file, &text));
    pes_status status =
        pes_table_parse(out, published->name, (const char *)text, published->plain_bytes);
    free(text);
    if (status == PES_OK && out->columns != set->columns) {
        status = pes_fail(PES_E_FORMAT, "%s has %lld columns, not %lld; fetch it again",
                          published->name, (long long)out->columns, (long long)set->columns);
        pes_table_release(out);
    }
    return status;
}

// ---- scale ----------------------------------------------------------------------------------

// Rounded sums would give a constant column a tiny deviation.
static bool is_constant(const double *column, int64_t rows, int64_t stride) {
    for (int64_t r = 1; r < rows; r++) {
        if (column[r * stride] != column[0]) {
            return false;
        }
    }
    return true;
}

// Brings a column whose squares would leave the range of doubles near 1, where its place on its
// own scale is the same; returns what it was divided by.
static double tame(double *column, const pes_table *table, int64_t rows) {
    double most = 0.0;
    for (int64_t r = 0; r < rows; r++) {
        most = fmax(most, fabs(column[r * table->columns]));
    }
    if (most == 0.0 || (most >= 1e-100 && most <= 1e150)) {
        return 1.0;
    }
    for (int64_t r = 0; r < table->rows; r++) {
        column[r * table->columns] /= most;
    }
    return most;
}

void pes_table_standardise(pes_table *table, int64_t rows, pes_table_scale *scale) {
    const double count = (double)rows;
    for (int64_t c = 0; c < table->columns; c++) {
        double *column = table->value + c, mean = 0.0, variance = 0.0;
        const bool constant = is_constant(column, rows, table->columns);
        const double unit = tame(column, table, rows);
        for (int64_t r = 0; r < rows; r++) {
            mean += column[r * table->columns] / count;
        }
        for (int64_t r = 0; r < rows; r++) {
            const double x = column[r * table->columns] - mean;
            variance += x * x / count;
        }
        const double deviation = sqrt(variance);
        for (int64_t r = 0; r < table->rows; r++) {
            double *x = &column[r * table->columns];
            *x = constant ? 0.0 : (*x - mean) / deviation;
        }
        if (scale != NULL) {
            scale[c] = (pes_table_scale){
                .mean = unit * mean,
                .deviation = constant ? (double)INFINITY : unit * deviation,
            };
        }
    }
}
