// CRC-32C: the published check values, and one answer however it is computed and cut.

#include "base/crc32c.h"

#include <stdlib.h>

#include "support/check.h"

// RFC 3720, appendix B.4, and the check value of Williams's catalogue ("123456789").
static void published_values_come_out(void **state) {
    (void)state;
    unsigned char zeros[32] = {0}, ones[32], up[32], down[32];
    memset(ones, 0xff, sizeof ones);
    for (int i = 0; i < 32; i++) {
        up[i] = (unsigned char)i;
        down[i] = (unsigned char)(31 - i);
    }
    uint32_t (*const compute[])(uint32_t, const void *, size_t) = {pes_crc32c,
                                                                   pes_crc32c_portable};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(compute[i](0, zeros, 32), 0x8a9136aau);
        assert_int_equal(compute[i](0, ones, 32), 0x62a8ab43u);
        assert_int_equal(compute[i](0, up, 32), 0x46dd794eu);
        assert_int_equal(compute[i](0, down, 32), 0x113fdb5cu);
        assert_int_equal(compute[i](0, "123456789", 9), 0xe3069283u);
        assert_int_equal(compute[i](0, NULL, 0), 0);
        assert_int_equal(compute[i](0x1234u, NULL, 0), 0x1234u);
    }
}

// Lengths around multiples of the stretches that are followed at once, at odd addresses.
static void the_fast_one_agrees_with_the_table(void **state) {
    (void)state;
    enum { SIZE = 200 * 1024 };
    unsigned char *text = malloc(SIZE);
    assert_non_null(text);
    uint32_t x = 1;
    for (int i = 0; i < SIZE; i++) {
        x = x * 1664525u + 1013904223u;
        text[i] = (unsigned char)(x >> 24);
    }
    const size_t length[] = {1, 7, 8, 9, 63, 24575, 24576, 24577, 24583, 49151, 49152, 150001};
    for (size_t i = 0; i < sizeof length / sizeof *length; i++) {
        for (size_t begin = 0; begin < 9; begin++) {
            const uint32_t start = (uint32_t)(i * 77777777u);
            assert_int_equal(pes_crc32c(start, text + begin, length[i]),
                             pes_crc32c_portable(start, text + begin, length[i]));
        }
    }
    free(text);
}

static void pieces_continue_each_other(void **state) {
    (void)state;
    unsigned char text[300];
    for (int i = 0; i < 300; i++) {
        text[i] = (unsigned char)(i * i);
    }
    const uint32_t whole = pes_crc32c(0, text, sizeof text);
    for (size_t cut = 0; cut <= sizeof text; cut++) {
        const uint32_t first = pes_crc32c(0, text, cut);
        assert_int_equal(pes_crc32c(first, text + cut, sizeof text - cut), whole);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_values_come_out),
        cmocka_unit_test(the_fast_one_agrees_with_the_table),
        cmocka_unit_test(pieces_continue_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
