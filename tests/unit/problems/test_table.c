// Tables: what is read of a text, what is refused with its row and column, and the yachts where
// the environment variable PES_DATA says where they are.

#include <stdio.h>
#include <stdlib.h>

#include "problems/data/table.h"
#include "support/check.h"
#include "support/scratch.h"

static pes_status parse(pes_table *out, const char *text, int64_t columns) {
    return pes_table_parse(out, text, (int64_t)strlen(text), columns);
}

static void blanks_and_empty_lines_do_not_matter(void **unused) {
    (void)unused;
    static const double expected[6] = {0.0, 0.53, -5.0, 123456789012345.0, 0.1, -0.25};
    static const char *const text[] = {
        "0.0 0.530 -5\n123456789012345 .1 -.25\n",
        "\n0.0  0.530\t-5.0 \n \n  +123456789012345. 0.1 -0.250", // no last newline
        "0 0.53 -5\r\n123456789012345 0.10000000000000 -0.25\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        pes_table table;
        CHECK_OK(parse(&table, text[i], 3));
        assert_int_equal(table.rows, 2);
        assert_int_equal(table.columns, 3);
        CHECK_SAME(expected, table.value, 6);
        pes_table_release(&table);
        assert_null(table.value);
    }
    pes_table table;
    CHECK_OK(parse(&table, " \n", 3));
    assert_int_equal(table.rows, 0);
    pes_table_release(&table);
}

static void other_tables_are_refused(void **unused) {
    (void)unused;
    static const struct {
        const char *text, *words;
    } wrong[] = {
        {"1 2\n3\n", "row 2 of the table has 1 columns, not 2"},
        {"1 2\n\n3 4 5\n", "row 2 of the table has 3 columns, not 2"},
        {"1 nan\n", "row 1, column 2 of the table is 'nan'"},
        {"1 2\ninf 2\n", "row 2, column 1 of the table is 'inf'"},
        {"1 1e3\n", "column 2 of the table is '1e3'"},
        {"1 0x3\n", "column 2 of the table is '0x3'"},
        {"1 1,5\n", "column 2 of the table is '1,5'"},
        {"1 1.2.3\n", "column 2 of the table is '1.2.3'"},
        {"1 -\n", "column 2 of the table is '-'"},
        {". 1\n", "column 1 of the table is '.'"},
        {"1 1234567890123456\n", "at most 15 digits"},
        {"1 1111111111111111111111111111111\n", "is '111111111111111111111111'"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        pes_table table;
        CHECK_FAILS(PES_E_FORMAT, wrong[i].words, parse(&table, wrong[i].text, 2));
        assert_null(table.value);
    }
}

static void other_bytes_than_the_published_are_refused(void **unused) {
    (void)unused;
    scratch folder;
    scratch_open(&folder);
    const pes_data_folders data = {.count = 1, .folder = {folder.path}};
    const pes_dataset *set = pes_dataset_find("yacht");
    pes_table table;
    CHECK_FAILS(PES_E_FILE, "pes data fetch yacht", pes_table_load(&table, set, &data));
    char command[600];
    (void)snprintf(command, sizeof command, "mkdir -p '%s/yacht'", folder.path);
    assert_int_equal(system(command), 0);
    scratch_write(scratch_path(&folder, "yacht/yacht_hydrodynamics.data"), "1 2\n", 4);
    CHECK_FAILS(PES_E_FORMAT, "has 4 bytes where 11487 were published",
                pes_table_load(&table, set, &data));
    assert_null(table.value);
    scratch_close(&folder);
}

static void the_yachts_have_their_ranges(void **unused) {
    (void)unused;
    static const double least[7] = {-5.0, 0.53, 4.34, 2.81, 2.73, 0.125, 0.01};
    static const double most[7] = {0.0, 0.6, 5.14, 5.35, 3.64, 0.45, 62.42};
    const pes_data_folders data = {.count = 1, .folder = {getenv("PES_DATA")}};
    char path[PES_TEXT_SIZE];
    if (data.folder[0] == NULL || pes_dataset_locate("yacht", &data, path) != PES_OK) {
        skip();
    }
    const pes_dataset *set = pes_dataset_find("yacht");
    pes_table table;
    CHECK_OK(pes_table_load(&table, set, &data));
    assert_int_equal(table.rows, set->rows);
    assert_int_equal(table.columns, 7);
    for (int c = 0; c < 7; c++) {
        double low = table.value[c], high = low;
        for (int64_t r = 0; r < table.rows; r++) {
            const double x = table.value[7 * r + c];
            low = x < low ? x : low;
            high = x > high ? x : high;
        }
        assert_true(low == least[c] && high == most[c]);
    }
    pes_table_release(&table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blanks_and_empty_lines_do_not_matter),
        cmocka_unit_test(other_tables_are_refused),
        cmocka_unit_test(other_bytes_than_the_published_are_refused),
        cmocka_unit_test(the_yachts_have_their_ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
