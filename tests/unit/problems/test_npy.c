// NPY files: every type in every order of bytes, and what is refused: nothing in a file is
// trusted.

#include <stdio.h>
#include <stdlib.h>

#include "problems/data/table.h"
#include "support/check.h"

// A file under construction.
typedef struct file {
    int64_t count;
    uint8_t byte[4096];
} file;

static void put(file *out, const void *bytes, int64_t count) {
    memcpy(out->byte + out->count, bytes, (size_t)count);
    out->count += count;
}

// Magic, version and header, whose length is what `length` says, or its own if that is < 0.
static file begin(int version, const char *header, int64_t length) {
    file out = {.count = 0};
    const int64_t own = (int64_t)strlen(header), said = length < 0 ? own : length;
    put(&out, "\x93NUMPY", 6);
    out.byte[out.count++] = (uint8_t)version;
    out.byte[out.count++] = 0;
    for (int i = 0; i < (version == 1 ? 2 : 4); i++) {
        out.byte[out.count++] = (uint8_t)(said >> (8 * i));
    }
    put(&out, header, own);
    return out;
}

// An element of the type, from an integer that it holds.
static void put_element(file *out, char order, char kind, int bytes, int value) {
    const float single = (float)value;
    const double real = value;
    uint64_t bits = (uint64_t)(int64_t)value;
    if (kind == 'f' && bytes == 4) {
        uint32_t word;
        memcpy(&word, &single, 4);
        bits = word;
    } else if (kind == 'f') {
        memcpy(&bits, &real, 8);
    }
    for (int i = 0; i < bytes; i++) {
        out->byte[out->count++] = (uint8_t)(bits >> (8 * (order == '>' ? bytes - 1 - i : i)));
    }
}

static pes_status parse(pes_table *out, const file *from) {
    // of exactly its size, so that a sanitizer sees every byte too far
    uint8_t *bytes = malloc((size_t)from->count + 1);
    assert_non_null(bytes);
    memcpy(bytes, from->byte, (size_t)from->count);
    const pes_status status = pes_table_parse_npy(out, "x.npy", bytes, from->count);
    free(bytes);
    return status;
}

#define PYTHON  "{'descr': '%s', 'fortran_order': False, 'shape': (3, 2), }      \n"
#define COMPACT "{\"shape\":(3L,2L),\"fortran_order\":False,\"descr\":\"%s\"}"

static void all_types_and_versions_are_read(void **unused) {
    (void)unused;
    static const char *const type[] = {"<f4", ">f4", "<f8", ">f8", "|i1", "<i2", ">i2",
                                       "<i4", ">i4", "<i8", ">i8", "|u1", "<u2", ">u2",
                                       "<u4", ">u4", "<u8", ">u8", "|b1"};
    for (size_t i = 0; i < sizeof type / sizeof *type; i++) {
        for (int version = 1; version <= 3; version++) {
            char header[200];
            const char kind = type[i][1];
            (void)snprintf(header, sizeof header, version % 2 == 0 ? PYTHON : COMPACT, type[i]);
            file npy = begin(version, header, -1);
            double expected[6];
            for (int n = 0; n < 6; n++) {
                const int value = kind == 'b' ? n % 2 : kind == 'u' ? 40 * n : 20 * n - 50;
                put_element(&npy, type[i][0], kind, type[i][2] - '0', value);
                expected[n] = value;
            }
            pes_table table;
            CHECK_OK(parse(&table, &npy));
            assert_int_equal(table.rows, 3);
            assert_int_equal(table.columns, 2);
            assert_null(table.name);
            CHECK_SAME(expected, table.value, 6);
            pes_table_release(&table);
        }
    }
}

static void refused(const file *npy, const char *words) {
    pes_table table;
    CHECK_FAILS(PES_E_FORMAT, words, parse(&table, npy));
    assert_null(table.value);
}

static void headers_that_lie_are_refused(void **unused) {
    (void)unused;
    static const struct {
        const char *header, *words;
    } wrong[] = {
        {"", "ends in its header"},
        {"[]", "header that is none"},
        {"{}", "header that is none"},
        {"{'descr': '<f4', 'fortran_order': False}", "header that is none"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2)", "header that is none"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2}", "header that is none"},
        {"{'descr': '<f4', 'fortran_order': 0, 'shape': (1, 2)}", "header that is none"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, -2)}", "header that is none"},
        {"{'descr': '<f4, 'fortran_order': False, 'shape': (1, 2)}", "header that is none"},
        {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1, 2)}",
         "header that is none"},
        {"{'more': 1, 'descr': '<f4', 'fortran_order': False, 'shape': (1, 2)}",
         "header that is none"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,2,3,4,5,6,7,8,9)}",
         "header that is none"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000000000000, 2)}",
         "header that is none"},
        {"{'descr': '<f2', 'fortran_order': False, 'shape': (1, 2)}", "elements of type '<f2'"},
        {"{'descr': '|O', 'fortran_order': False, 'shape': (1, 2)}", "elements of type '|O'"},
        {"{'descr': '<U9', 'fortran_order': False, 'shape': (1, 2)}", "elements of type"},
        {"{'descr': '|i4', 'fortran_order': False, 'shape': (1, 2)}", "elements of type"},
        {"{'descr': 'f8', 'fortran_order': False, 'shape': (1, 2)}", "elements of type 'f8'"},
        {"{'descr': '<f4', 'fortran_order': True, 'shape': (1, 2)}", "in Fortran order"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", "array of 1 dimensions"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': ()}", "array of 0 dimensions"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 1)}", "of 3 dimensions"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (0, 2)}", "0 rows of 2 columns"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 0)}", "2 rows of 0 columns"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 65537)}", "65537 columns"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (999999999999999999, 65536)}",
         "999999999999999999 rows"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2)}",
         "8 bytes of elements where 2 rows of 2 columns make 16"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1)}", "make 4"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        file npy = begin(1, wrong[i].header, -1);
        put_element(&npy, '<', 'f', 4, 1);
        put_element(&npy, '<', 'f', 4, 2);
        refused(&npy, wrong[i].words);
    }
}

// A file that is cut anywhere is not taken, nor is one whose header claims to be longer.
static void files_that_end_early_are_refused(void **unused) {
    (void)unused;
    const char *header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }";
    for (int version = 1; version <= 2; version++) {
        file npy = begin(version, header, -1);
        put_element(&npy, '<', 'f', 4, 1);
        put_element(&npy, '<', 'f', 4, 2);
        pes_table table;
        CHECK_OK(parse(&table, &npy));
        pes_table_release(&table);
        const int64_t whole = npy.count;
        for (npy.count = 6; npy.count < whole; npy.count++) {
            refused(&npy, "x.npy");
        }
    }
    file npy = begin(1, header, 60000);
    refused(&npy, "ends in its header");
    npy = begin(2, header, 0xffffffff);
    refused(&npy, "ends in its header");
    npy = begin(4, header, -1);
    refused(&npy, "of version 4");
    npy = begin(0, header, -1);
    refused(&npy, "of version 0");
}

static void elements_that_are_not_finite_are_named(void **unused) {
    (void)unused;
    file npy = begin(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3)}", -1);
    static const double value[6] = {1.0, 2.0, 3.0, 4.0, 5.0, 0.0};
    put(&npy, value, sizeof value);
    static const uint64_t wrong[] = {0x7ff0000000000000u, 0x7ff8000000000000u};
    for (size_t i = 0; i < 2; i++) { // in the last place but one, little-endian
        for (int b = 0; b < 8; b++) {
            npy.byte[npy.count - 16 + b] = (uint8_t)(wrong[i] >> (8 * b));
        }
        refused(&npy, i == 0 ? "row 2, column 2 is 'inf', which is not a finite number"
                             : "row 2, column 2 is 'nan', which is not a finite number");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_types_and_versions_are_read),
        cmocka_unit_test(headers_that_lie_are_refused),
        cmocka_unit_test(files_that_end_early_are_refused),
        cmocka_unit_test(elements_that_are_not_finite_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
