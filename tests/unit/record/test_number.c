// Numbers as text: they read back as the same bits, are no longer than needed, and do not
// follow the host's locale.

#include "record/number.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/check.h"
#include "support/scratch.h"

static uint64_t next(uint64_t *x) {
    *x ^= *x << 13;
    *x ^= *x >> 7;
    *x ^= *x << 17;
    return *x;
}

static void doubles_read_back(void **state) {
    (void)state;
    uint64_t x = 88172645463325252u;
    for (int i = 0; i < 200000; i++) {
        const uint64_t bits = next(&x);
        double value;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value)) {
            continue;
        }
        char text[PES_NUMBER_SIZE];
        const size_t length = pes_number_real(value, text);
        assert_int_equal(length, strlen(text));
        const double back = strtod(text, NULL);
        CHECK_SAME(&back, &value, 1);
    }
}

static void floats_read_back(void **state) {
    (void)state;
    uint64_t x = 88172645463325252u;
    for (int i = 0; i < 200000; i++) {
        const uint32_t bits = (uint32_t)next(&x);
        float value;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value)) {
            continue;
        }
        char text[PES_NUMBER_SIZE];
        const size_t length = pes_number_float(value, text);
        assert_int_equal(length, strlen(text));
        const float back = strtof(text, NULL);
        CHECK_SAME(&back, &value, 1);
    }
}

static void check_text(double value, const char *expected) {
    char text[PES_NUMBER_SIZE];
    pes_number_real(value, text);
    assert_string_equal(text, expected);
}

static void they_are_short(void **state) {
    (void)state;
    check_text(0.1, "0.1");
    check_text(1.0, "1");
    check_text(-0.0, "-0");
    check_text(1e300, "1e+300");
    check_text(0.1 + 0.2, "0.30000000000000004");
    check_text(DBL_MAX, "1.7976931348623157e+308");
    check_text(-DBL_MIN, "-2.2250738585072014e-308");
    char text[PES_NUMBER_SIZE];
    pes_number_float(0.1f, text);
    assert_string_equal(text, "0.1");
    pes_number_float(16777216.0f, text);
    assert_string_equal(text, "16777216");
}

static void what_json_lacks_is_null(void **state) {
    (void)state;
    check_text((double)NAN, "null");
    check_text(-(double)INFINITY, "null");
    char text[PES_NUMBER_SIZE];
    const size_t length = pes_number_float(INFINITY, text);
    assert_int_equal(length, 4);
    assert_string_equal(text, "null");
}

// A locale with a decimal comma: one of the host's, or one made by localedef, where there is
// one.
static bool use_a_comma(const scratch *folder) {
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (setlocale(LC_ALL, names[i]) != NULL) {
            return true;
        }
    }
    char command[640];
    snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8 2>/dev/null",
             folder->path);
    return system(command) == 0 && setenv("LOCPATH", folder->path, 1) == 0 &&
           setlocale(LC_ALL, "de_DE.UTF-8") != NULL;
}

static void a_comma_in_the_locale_stays_there(void **state) {
    (void)state;
    scratch folder;
    scratch_open(&folder);
    const bool found = use_a_comma(&folder);
    if (found) {
        char text[32];
        snprintf(text, sizeof text, "%g", 0.5);
        assert_string_equal(text, "0,5"); // or nothing is tested here
        check_text(-1234.5678, "-1234.5678");
        check_text(0.1 + 0.2, "0.30000000000000004");
        pes_number_float(0.1f, text);
        assert_string_equal(text, "0.1");
    }
    setlocale(LC_ALL, "C");
    scratch_close(&folder);
    if (!found) {
        skip();
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doubles_read_back),
        cmocka_unit_test(floats_read_back),
        cmocka_unit_test(they_are_short),
        cmocka_unit_test(what_json_lacks_is_null),
        cmocka_unit_test(a_comma_in_the_locale_stays_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
