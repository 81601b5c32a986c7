// Tables of text: what is read, what is refused with its row and column, and the yachts where
// the environment variable PES_DATA says where they are.

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "problems/data/table.h"
#include "support/check.h"
#include "support/scratch.h"

static pes_status parse(pes_table *out, const char *text) {
    return pes_table_parse(out, "x.csv", text, (int64_t)strlen(text));
}

static void all_separators_give_the_same_table(void **unused) {
    (void)unused;
    static const double expected[6] = {0.0, 0.53, -5.0, 123456789012345.0, 0.1, -0.25};
    static const char *const text[] = {
        "0.0 0.530 -5\n123456789012345 .1 -.25\n",
        "\n0.0  0.530 -5.0 \n \n  +123456789012345. 0.1 -0.250", // no last newline
        "0 0.53 -5\r\n123456789012345 0.10000000000000 -0.25\r\n\r\n",
        "0,0.53,-5\n123456789012345,1e-1,-2.5E-1\n",
        "0;0.53;-5e+00\n 123456789012345 ;\t0.1;-0.25\n",
        "0\t53e-2\t-5\n123456789012345\t0.1\t-0.25\n",
        "\xef\xbb\xbf\"0\",\"0.53\",-5\r\n\"123456789012345\" ,0.1, \"-0.25\"\r\n",
        "a,b,c\n0,0.53,-5\n123456789012345,0.1,-0.25\n",
        "a,b,c\r0,0.53,-5\r\r123456789012345,0.1,-0.25\r",
    };
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        pes_table table;
        CHECK_OK(parse(&table, text[i]));
        assert_int_equal(table.rows, 2);
        assert_int_equal(table.columns, 3);
        CHECK_SAME(expected, table.value, 6);
        pes_table_release(&table);
        assert_null(table.value);
    }
}

static void headers_give_names(void **unused) {
    (void)unused;
    pes_table table;
    CHECK_OK(parse(&table, "length; \"wide, \"\"here\"\"\" ;2nd year;\n1;2;3;4\n"));
    assert_string_equal(table.name[0], "length");
    assert_string_equal(table.name[1], "wide, \"here\"");
    assert_string_equal(table.name[2], "2nd year");
    assert_string_equal(table.name[3], "");
    assert_int_equal(table.rows, 1);
    pes_table_release(&table);
    CHECK_OK(parse(&table, "\"a;\tb\",c\n1,2\n")); // separators in quotes separate nothing
    assert_string_equal(table.name[0], "a;?b");
    assert_int_equal(table.columns, 2);
    pes_table_release(&table);
    CHECK_OK(parse(&table, "\"2019\",\"2020\"\n1,2\n")); // numbers in quotes are names here
    assert_string_equal(table.name[1], "2020");
    pes_table_release(&table);
    CHECK_OK(parse(&table, "1,2\n3,4\n"));
    assert_null(table.name);
    assert_int_equal(table.rows, 2);
    pes_table_release(&table);
    CHECK_OK(parse(&table, "a\x1b[2J,b\n1,2\n")); // nothing that a terminal obeys
    assert_string_equal(table.name[0], "a?[2J");
    pes_table_release(&table);
}

// Digits beyond what a double holds are rounded to the nearest.
static void numbers_are_the_nearest_doubles(void **unused) {
    (void)unused;
    static const struct {
        const char *text;
        double value;
    } known[] = {
        {"0.1000000000000000055511151231257827,1\n", 0.1},
        {"9007199254740993,1\n", 9007199254740992.0},
        {"1.7976931348623157e308,1\n", 1.7976931348623157e308},
        {"4.9406564584124654e-324,1\n", 4.9406564584124654e-324},
        {"123456789.123456789e-20,1\n", 123456789.123456789e-20},
        {"-0,1\n", -0.0},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        pes_table table;
        CHECK_OK(parse(&table, known[i].text));
        CHECK_SAME(&known[i].value, table.value, 1);
        pes_table_release(&table);
    }
}

// A host whose language has decimal commas reads the same.
static void the_locale_does_not_matter(void **unused) {
    (void)unused;
    static const char *const comma[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE.utf8", "de_DE"};
    const char *found = NULL;
    for (size_t i = 0; i < sizeof comma / sizeof *comma && found == NULL; i++) {
        found = setlocale(LC_NUMERIC, comma[i]);
    }
    if (found == NULL) {
        skip();
    }
    pes_table table;
    const pes_status status = parse(&table, "1.5,-2.25e1\n");
    (void)setlocale(LC_NUMERIC, "C");
    CHECK_OK(status);
    assert_true(table.value[0] == 1.5 && table.value[1] == -22.5);
    pes_table_release(&table);
}

static void other_tables_are_refused(void **unused) {
    (void)unused;
    static const struct {
        const char *text, *words;
    } wrong[] = {
        {"", "x.csv has no rows"},
        {" \n\r\n", "x.csv has no rows"},
        {"a,b\n", "x.csv has a header, but no rows"},
        {"1 2\n3\n", "x.csv: row 2 (line 2) has 1 columns where the first line has 2"},
        {"1 2\n\n3 4 5\n", "row 2 (line 3) has 3 columns"},
        {"a,b\n1,2\n3,4,\n", "row 2 (line 3), column 3 is ''"},
        {"1 nan\n", "row 1 (line 1), column 2 is 'nan', which is not a finite number"},
        {"a;b\n1;2\n\ninf;2\n", "row 2 (line 4), column 1 (a) is 'inf', which is not a finite"},
        {"1,NA\n2,3\n", "row 1 (line 1), column 2 is 'NA', which is not a finite number"},
        {"1,2\n,3\n", "row 2 (line 2), column 1 is '', which is not a finite number"},
        {"1,2\n1e999,3\n", "column 1 is '1e999', which is not a finite number"},
        {"x,1\n2,3\n", "column 1 is 'x', which is not a number; if the line is a header"},
        {"a,b\n1,red\n", "column 2 (b) is 'red', which is not a number; write categories"},
        {"1 0x3\n", "column 2 is '0x3'"},
        {"1;1,5\n", "column 2 is '1,5'"},
        {"1 1.2.3\n", "column 2 is '1.2.3'"},
        {"1 1e\n", "column 2 is '1e'"},
        {"1 1e+\n", "column 2 is '1e+'"},
        {"1 +\n", "column 2 is '+'"},
        {"1 -.e3\n", "column 2 is '-.e3'"},
        {"1 1111111111111111111111111111111x\n", "is '111111111111111111111111'"},
        {"1,2\n\"3,4\n", "line 2, column 1 begins with a quote that nothing closes"},
        {"1,2\n\"3\"4,5\n", "line 2, column 1 goes on behind its closing quote"},
        {"1,2\n\x1b[2J,5\n", "column 1 is '?[2J'"},
        {"\xff\xfe"
         "1,2\n3,4\n",
         "x.csv is text in UTF-16; save it as UTF-8"},
        {"\xfe\xff"
         "1,2\n3,4\n",
         "x.csv is text in UTF-16; save it as UTF-8"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        pes_table table;
        CHECK_FAILS(PES_E_FORMAT, wrong[i].words, parse(&table, wrong[i].text));
        assert_null(table.value);
        assert_null(table.name);
    }
}

static void bytes_of_zero_and_long_lines_are_refused(void **unused) {
    (void)unused;
    static char wide[2 * PES_TABLE_COLUMNS + 8], text[] = "1,2\n3,\0004\n",
                                                 end[] = "1,2\n3,4\0005\n";
    pes_table table;
    CHECK_FAILS(PES_E_FORMAT, "row 2 (line 2), column 2 is '4?5'",
                pes_table_parse(&table, "x.csv", end, sizeof end - 1));
    CHECK_FAILS(PES_E_FORMAT, "row 2 (line 2), column 2 is '?4'",
                pes_table_parse(&table, "x.csv", text, sizeof text - 1));
    for (int64_t i = 0; i <= PES_TABLE_COLUMNS; i++) {
        memcpy(wide + 2 * i, i < PES_TABLE_COLUMNS ? "1," : "1\n", 2);
    }
    CHECK_FAILS(PES_E_FORMAT, "has 65537 columns", parse(&table, wide));
    assert_null(table.value);
}

// Numbers of NumPy's (x - x[:4].mean(0)) / x[:4].std(0).
static void columns_come_to_one_scale(void **unused) {
    (void)unused;
    static const double expected[10] = {-1.3416407864998738, 0.0, -0.4472135954999579, 0.0,
                                        0.4472135954999579,  0.0, 1.3416407864998738,  0.0,
                                        4.0249223594996213,  0.0};
    pes_table table;
    pes_table_scale scale[2];
    CHECK_OK(parse(&table, "1 0.1\n2 0.1\n3 0.1\n4 0.1\n7 5\n"));
    pes_table_standardise(&table, 4, scale);
    for (int i = 0; i < 10; i++) {
        CHECK_NEAR(expected[i], table.value[i], 1e-15);
    }
    CHECK_NEAR(2.5, scale[0].mean, 1e-15);
    CHECK_NEAR(1.1180339887498949, scale[0].deviation, 1e-15);
    CHECK_NEAR(0.1, scale[1].mean, 1e-15);
    assert_true(isinf(scale[1].deviation));
    pes_table_release(&table);
}

// The same numbers in other units are the same numbers, even where their squares are no
// doubles.
static void units_do_not_matter(void **unused) {
    (void)unused;
    static const double expected[5] = {-1.3416407864998738, -0.4472135954999579,
                                       0.4472135954999579, 1.3416407864998738,
                                       4.0249223594996213};
    static const char *const text[] = {
        "1e200\n2e200\n3e200\n4e200\n7e200\n",
        "1e308\n1.1e308\n1.2e308\n1.3e308\n1.6e308\n",
        "1e-200\n2e-200\n3e-200\n4e-200\n7e-200\n",
        "5e-324\n10e-324\n15e-324\n20e-324\n35e-324\n",
    };
    static const double last[] = {4e200, 1.3e308, 4e-200, 0.0}; // of the rows for training
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        pes_table table;
        CHECK_OK(parse(&table, text[i]));
        pes_table_scale scale;
        pes_table_standardise(&table, 4, &scale);
        const double back = scale.mean + scale.deviation * expected[3];
        CHECK_NEAR(last[i] > 0.0, last[i] > 0.0 ? back / last[i] : 0.0, 1e-13);
        for (int r = 0; r < 5; r++) {
            CHECK_NEAR(expected[r], table.value[r], 1e-13);
        }
        pes_table_release(&table);
    }
}

static void other_bytes_than_the_published_are_refused(void **unused) {
    (void)unused;
    scratch folder;
    scratch_open(&folder);
    const pes_data_folders data = {.count = 1, .folder = {folder.path}};
    const pes_dataset *set = pes_dataset_find("yacht");
    pes_table table;
    CHECK_FAILS(PES_E_FILE, "pes data fetch yacht", pes_table_load(&table, set, &data, 0));
    char command[600];
    (void)snprintf(command, sizeof command, "mkdir -p '%s/yacht'", folder.path);
    assert_int_equal(system(command), 0);
    scratch_write(scratch_path(&folder, "yacht/yacht_hydrodynamics.data"), "1 2\n", 4);
    CHECK_FAILS(PES_E_FORMAT, "has 4 bytes where 11487 were published",
                pes_table_load(&table, set, &data, 0));
    assert_null(table.value);
    scratch_close(&folder);
}

static void files_are_found_by_path_or_folder(void **unused) {
    (void)unused;
    scratch folder;
    char sum[PES_SHA256_TEXT];
    scratch_open(&folder);
    const pes_data_folders data = {.count = 2, .folder = {"/nonexistent", folder.path}};
    const char *path = scratch_path(&folder, "mine.csv");
    pes_table table;
    scratch_write(path, "1,2\n", 4);
    CHECK_OK(pes_table_read(&table, path, NULL, sum));
    assert_string_equal(sum,
                        "52186c933993da4082b3cdc7c40bb4bf735b391ff54a2ef78c037dda6c38a680");
    pes_table_release(&table);
    CHECK_OK(pes_table_read(&table, "mine.csv", &data, sum));
    pes_table_release(&table);
    CHECK_FAILS(PES_E_FILE, "there is no table other.csv",
                pes_table_read(&table, "other.csv", &data, sum));
    CHECK_FAILS(PES_E_FILE, "there is no table /nonexistent/mine.csv",
                pes_table_read(&table, "/nonexistent/mine.csv", &data, sum));
    CHECK_FAILS(PES_E_FILE, "is not a file, which could be read again",
                pes_table_read(&table, folder.path, NULL, sum));
    const char *pipe = scratch_path(&folder, "pipe.csv"); // nobody will ever write into it
    assert_int_equal(mkfifo(pipe, 0600), 0);
    CHECK_FAILS(PES_E_FILE, "is not a file, which could be read again",
                pes_table_read(&table, pipe, NULL, sum));
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
    CHECK_OK(pes_table_load(&table, set, &data, 0));
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
        cmocka_unit_test(all_separators_give_the_same_table),
        cmocka_unit_test(headers_give_names),
        cmocka_unit_test(numbers_are_the_nearest_doubles),
        cmocka_unit_test(the_locale_does_not_matter),
        cmocka_unit_test(other_tables_are_refused),
        cmocka_unit_test(bytes_of_zero_and_long_lines_are_refused),
        cmocka_unit_test(columns_come_to_one_scale),
        cmocka_unit_test(units_do_not_matter),
        cmocka_unit_test(other_bytes_than_the_published_are_refused),
        cmocka_unit_test(files_are_found_by_path_or_folder),
        cmocka_unit_test(the_yachts_have_their_ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
