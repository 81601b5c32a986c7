#include "problems/data/optdigits.h"

#include <math.h>
#include <stdlib.h>

#include "problems/data/file.h"
#include "problems/data/table.h"
#include "problems/problem.h"

enum { MOST = 16 }; // ink of a pixel

static pes_status convert(const pes_table *table, const char *path, pes_image_block *out) {
    for (int64_t i = 0; i < table->rows * table->columns; i++) {
        const double x = table->value[i];
        const int64_t row = i / table->columns, column = i % table->columns;
        const bool label = column == out->pixels;
        PES_PROBLEM_REQUIRE(
            x >= 0.0 && x <= (label ? PES_DATASET_CLASSES - 1 : MOST) && x == floor(x),
            PES_E_FORMAT, "%s: row %lld, column %lld is %g, which is no %s; fetch it again",
            path, (long long)row + 1, (long long)column + 1, x,
            label ? "label from 0 to 9" : "pixel from 0 to 16");
        *(label ? &out->label[row] : &out->pixel[row * out->pixels + column]) = (uint8_t)x;
    }
    return PES_OK;
}

static pes_status fill(const pes_dataset *set, const pes_table *table, const char *path,
                       pes_image_block *out) {
    PES_PROBLEM_REQUIRE(table->columns == set->pixels + 1, PES_E_FORMAT,
                        "%s has %lld columns, not %lld; fetch it again", path,
                        (long long)table->columns, (long long)set->pixels + 1);
    *out = (pes_image_block){.count = table->rows, .pixels = set->pixels};
    out->pixel = malloc((size_t)(out->count * out->pixels));
    out->label = malloc((size_t)out->count);
    PES_PROBLEM_REQUIRE(out->pixel != NULL && out->label != NULL, PES_E_MEMORY,
                        "no memory for %lld images", (long long)out->count);
    return convert(table, path, out);
}

pes_status pes_optdigits_read_set(const pes_dataset *set, const char *folder, bool test,
                                  pes_image_block *out) {
    char path[PES_DATASET_PATH];
    uint8_t *text;
    int64_t count;
    pes_table table;
    *out = (pes_image_block){.count = 0};
    PES_PROBLEM_TRY(pes_dataset_file_path(
        &set->file[test ? PES_OPTDIGITS_TEST : PES_OPTDIGITS_TRAINING], folder, path));
    PES_PROBLEM_TRY(pes_data_read(path, PES_DATA_MOST, &text, &count));
    pes_status status = pes_table_parse(&table, path, (const char *)text, count);
    free(text);
    if (status == PES_OK) {
        status = fill(set, &table, path, out);
        pes_table_release(&table);
    }
    if (status != PES_OK) {
        pes_image_block_release(out);
    }
    return status;
}
