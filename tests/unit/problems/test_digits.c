// The drawn digits are the same bytes everywhere, as many of each digit as of any other, and
// legible.

#include <stdio.h>
#include <stdlib.h>

#include "problems/data/digits.h"
#include "problems/data/idx.h"
#include "problems/data/images.h"
#include "problems/data/sha256.h"
#include "support/check.h"
#include "support/scratch.h"

enum { COUNT = 1000, SIDE = 14 };

static uint8_t pixel[2][COUNT * 28 * 28], label[2][COUNT];

static void sum_of(const uint8_t *data, size_t bytes, char text[PES_SHA256_TEXT]) {
    pes_sha256 sum;
    pes_sha256_begin(&sum);
    pes_sha256_add(&sum, data, bytes);
    pes_sha256_end(&sum, text);
}

// Change these only together with the drawing: results with the drawn digits change with them.
static void the_bytes_are_the_same_everywhere(void **unused) {
    (void)unused;
    static const struct {
        int64_t side;
        const char *sum;
    } golden[] = {
        {14, "62dd20785e26ac1cc5faa0e5de9d419a547b54e8f9ef9ccf49e34ef8b4ea1ad3"},
        {28, "e3e78aab81de593520a182845149821ae3f49f751697c71840e530672d480e76"},
    };
    for (int i = 0; i < 2; i++) {
        char text[PES_SHA256_TEXT];
        pes_digits_draw(1, PES_DIGITS_TRAINING, COUNT, golden[i].side, pixel[0], label[0]);
        sum_of(pixel[0], (size_t)(COUNT * golden[i].side * golden[i].side), text);
        assert_string_equal(text, golden[i].sum);
    }
}

static void digits_take_turns(void **unused) {
    (void)unused;
    pes_digits_draw(7, PES_DIGITS_VALIDATION, COUNT, SIDE, pixel[0], label[0]);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(label[0][i], i % 10);
    }
}

// How many of the first COUNT images of two draws are equal.
static int equal_images(uint64_t seed_a, pes_digits_part a, uint64_t seed_b,
                        pes_digits_part b) {
    pes_digits_draw(seed_a, a, COUNT, SIDE, pixel[0], label[0]);
    pes_digits_draw(seed_b, b, COUNT, SIDE, pixel[1], label[1]);
    int equal = 0;
    for (size_t i = 0; i < COUNT; i++) {
        const size_t at = i * SIDE * SIDE;
        equal += memcmp(pixel[0] + at, pixel[1] + at, SIDE * SIDE) == 0;
    }
    return equal;
}

static void parts_and_seeds_share_no_image(void **unused) {
    (void)unused;
    assert_int_equal(equal_images(1, PES_DIGITS_TRAINING, 1, PES_DIGITS_TRAINING), COUNT);
    assert_int_equal(equal_images(1, PES_DIGITS_TRAINING, 1, PES_DIGITS_VALIDATION), 0);
    assert_int_equal(equal_images(1, PES_DIGITS_TRAINING, 2, PES_DIGITS_TRAINING), 0);
    assert_int_equal(equal_images(1, PES_DIGITS_TEST, 1, PES_DIGITS_VALIDATION), 0);
}

// An image does not depend on how many are drawn.
static void long_draws_begin_with_short_ones(void **unused) {
    (void)unused;
    pes_digits_draw(1, PES_DIGITS_TRAINING, COUNT, SIDE, pixel[0], label[0]);
    pes_digits_draw(1, PES_DIGITS_TRAINING, 10, SIDE, pixel[1], label[1]);
    CHECK_SAME(pixel[0], pixel[1], 10 * SIDE * SIDE);
}

// The nearest of ten mean images is the right one far more often than one time in ten.
static void images_look_like_their_digits(void **unused) {
    (void)unused;
    double mean[10][SIDE * SIDE] = {{0}};
    pes_digits_draw(1, PES_DIGITS_TRAINING, COUNT, SIDE, pixel[0], label[0]);
    pes_digits_draw(1, PES_DIGITS_VALIDATION, COUNT, SIDE, pixel[1], label[1]);
    for (int i = 0; i < COUNT; i++) {
        for (int p = 0; p < SIDE * SIDE; p++) {
            mean[label[0][i]][p] += (double)pixel[0][i * SIDE * SIDE + p] / (COUNT / 10.0);
        }
    }
    int right = 0;
    for (int i = 0; i < COUNT; i++) {
        double least = 1e300;
        int nearest = -1;
        for (int digit = 0; digit < 10; digit++) {
            double distance = 0.0;
            for (int p = 0; p < SIDE * SIDE; p++) {
                const double miss = mean[digit][p] - (double)pixel[1][i * SIDE * SIDE + p];
                distance += miss * miss;
            }
            nearest = distance < least ? digit : nearest;
            least = distance < least ? distance : least;
        }
        right += nearest == label[1][i];
    }
    assert_true(right > 500);
    assert_true(right < 900); // and yet they are not trivial
}

static void any_side_may_be_drawn(void **unused) {
    (void)unused;
    static uint8_t guarded[2 + PES_DIGITS_MOST_SIDE * PES_DIGITS_MOST_SIDE];
    for (int side = PES_DIGITS_LEAST_SIDE; side <= PES_DIGITS_MOST_SIDE; side++) {
        uint8_t digit;
        int ink = 0;
        guarded[0] = guarded[1 + side * side] = 0xa7;
        pes_digits_draw(3, PES_DIGITS_TEST, 1, side, guarded + 1, &digit);
        assert_int_equal(guarded[0], 0xa7);
        assert_int_equal(guarded[1 + side * side], 0xa7);
        for (int p = 0; p < side * side; p++) {
            ink += guarded[1 + p] > 100;
        }
        assert_true(ink > side / 2 && ink < side * side / 2);
    }
}

static void drawn_sets_measure_their_own_mean(void **unused) {
    (void)unused;
    const pes_image_request request = {
        .set = pes_dataset_find("digits"), .count = {100, 50}, .side = 14, .seed = 1};
    pes_images images;
    CHECK_OK(pes_images_load(&images, &request));
    assert_int_equal(images.count[PES_PART_TRAINING], 100);
    assert_int_equal(images.count[PES_PART_VALIDATION], 50);
    double sum = 0.0, squares = 0.0;
    for (int i = 0; i < 100 * 196; i++) {
        sum += images.pixel[i] / 255.0 / 19600.0;
        squares += images.pixel[i] / 255.0 * images.pixel[i] / 255.0 / 19600.0;
    }
    CHECK_NEAR(sum, images.mean[0], 1e-9);
    CHECK_NEAR(squares - sum * sum, images.deviation[0] * images.deviation[0], 1e-9);
    pes_images_release(&images);
}

static void generated_files_look_like_mnist(void **unused) {
    (void)unused;
    scratch folder;
    scratch_open(&folder);
    CHECK_OK(pes_dataset_generate("digits", 1, folder.path));
    pes_idx idx;
    CHECK_OK(pes_idx_read_images(&idx, scratch_path(&folder, "train-images-idx3-ubyte")));
    assert_int_equal(idx.count, 60000);
    assert_int_equal(idx.rows, 28);
    pes_digits_draw(1, PES_DIGITS_TRAINING, COUNT, 28, pixel[0], label[0]);
    CHECK_SAME(idx.data, pixel[0], COUNT * 28 * 28);
    free(idx.data);
    CHECK_OK(pes_idx_read_labels(&idx, scratch_path(&folder, "t10k-labels-idx1-ubyte"), 10));
    assert_int_equal(idx.count, 10000);
    free(idx.data);
    scratch_close(&folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bytes_are_the_same_everywhere),
        cmocka_unit_test(digits_take_turns),
        cmocka_unit_test(parts_and_seeds_share_no_image),
        cmocka_unit_test(long_draws_begin_with_short_ones),
        cmocka_unit_test(images_look_like_their_digits),
        cmocka_unit_test(any_side_may_be_drawn),
        cmocka_unit_test(drawn_sets_measure_their_own_mean),
        cmocka_unit_test(generated_files_look_like_mnist),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
