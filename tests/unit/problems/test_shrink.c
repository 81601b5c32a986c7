// Images made smaller: each byte is the mean of what it covers.

#include <math.h>
#include <stdlib.h>

#include "pes/noise.h"
#include "problems/data/shrink.h"
#include "support/check.h"

enum { SIDE = 32, PLANES = 3 };

static void fill(uint8_t *plane, int64_t count) {
    static uint32_t word[PLANES * SIDE * SIDE];
    const pes_stream stream = {.seed = 1};
    pes_noise_bits(&stream, 0, 0, count, word);
    for (int64_t i = 0; i < count; i++) {
        plane[i] = (uint8_t)(word[i] >> 24);
    }
}

// The mean over the square [c, c + 1) x [r, r + 1) of the new raster, in units of its bytes,
// from the parts of old bytes that lie in it.
static double expected(const uint8_t *plane, int from, int to, int r, int c) {
    const double ratio = (double)from / to;
    double sum = 0.0;
    for (int i = 0; i < from; i++) {
        const double height = fmin(i + 1, (r + 1) * ratio) - fmax(i, r * ratio);
        for (int j = 0; j < from; j++) {
            const double width = fmin(j + 1, (c + 1) * ratio) - fmax(j, c * ratio);
            sum += height > 0.0 && width > 0.0 ? height * width * plane[i * from + j] : 0.0;
        }
    }
    return sum / (ratio * ratio);
}

static void bytes_are_means_of_their_squares(void **unused) {
    (void)unused;
    static uint8_t old[PLANES * SIDE * SIDE], now[PLANES * SIDE * SIDE];
    static const int size[][2] = {{28, 8}, {32, 8}, {14, 8}, {9, 7}, {32, 31}, {5, 1}, {8, 8}};
    for (size_t k = 0; k < sizeof size / sizeof *size; k++) {
        const int from = size[k][0], to = size[k][1];
        fill(old, PLANES * from * from);
        memcpy(now, old, sizeof now);
        pes_shrink(PLANES, from, to, now);
        for (int i = 0; i < PLANES * to * to; i++) {
            const int p = i / (to * to), r = i / to % to, c = i % to;
            CHECK_NEAR(expected(old + p * from * from, from, to, r, c), now[i], 0.5 + 1e-9);
        }
        if (from == to) {
            CHECK_SAME(old, now, PLANES * from * from);
        }
    }
}

static void even_images_stay_even(void **unused) {
    (void)unused;
    uint8_t plane[28 * 28];
    for (int value = 0; value < 256; value += 51) {
        memset(plane, value, sizeof plane);
        pes_shrink(1, 28, 8, plane);
        for (int i = 0; i < 64; i++) {
            assert_int_equal(plane[i], value);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_means_of_their_squares),
        cmocka_unit_test(even_images_stay_even),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
