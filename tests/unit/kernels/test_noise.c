// Philox gives the published answers, all tables give the same bits, and the normals are
// normal.

#include "fence.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void philox_gives_the_published_answers(void **state) {
    (void)state;
    FILE *file = fopen(PES_SOURCE_DIR "/tests/unit/kernels/philox_known_answers.txt", "r");
    assert_non_null(file);
    char line[200];
    int answers = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        uint32_t w[10];
        int words = 0, used = 0;
        for (char *at = line; words < 10 && sscanf(at, "%8" SCNx32 "%n", &w[words], &used) == 1;
             at += used) {
            words++;
        }
        if (words != 10) {
            continue; // a comment
        }
        answers++;
        for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
            uint32_t out[4];
            (*k)->philox(w + 4, w, 0, 1, out);
            assert_memory_equal(out, w + 6, sizeof out);
        }
    }
    fclose(file);
    assert_int_equal(answers, 3);
}

static void blocks_differ_in_one_word_and_wrap(void **state) {
    (void)state;
    enum { BLOCKS = 41 };
    const uint32_t key[2] = {0xdeadbeef, 7};
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        for (int word = 0; word < 4; word += 2) {
            uint32_t counter[4] = {1, 2, 3, 4}, many[4 * BLOCKS], one[4];
            counter[word] = UINT32_MAX - 9;
            (*k)->philox(key, counter, word, BLOCKS, many);
            for (int i = 0; i < BLOCKS; i++, counter[word]++) {
                pes_kernels_scalar.philox(key, counter, word, 1, one);
                assert_memory_equal(many + 4 * i, one, sizeof one);
            }
        }
    }
}

static void every_table_agrees_with_scalar(void **state) {
    (void)state;
    const uint32_t key[2] = {12345, 0x9abcdef0};
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        for (int l = 0; l < FENCE_LENGTHS; l++) {
            for (fence_side side = FENCE_END; side < FENCE_SIDES; side++) {
                int64_t blocks = fence_lengths[l];
                uint32_t counter[4] = {UINT32_MAX - 3, 5, UINT32_MAX, 17};
                size_t bytes = (size_t)blocks * 4 * sizeof(float);
                fence mine = fence_open(bytes, side), theirs = fence_open(bytes, side);
                int word = l % 2 * 2;
                (*k)->philox(key, counter, word, blocks, (uint32_t *)mine.data);
                pes_kernels_scalar.philox(key, counter, word, blocks, (uint32_t *)theirs.data);
                assert_memory_equal(mine.data, theirs.data, bytes);
                (*k)->normal(key, counter, word, blocks, (float *)mine.data);
                pes_kernels_scalar.normal(key, counter, word, blocks, (float *)theirs.data);
                assert_memory_equal(mine.data, theirs.data, bytes);
                assert_true(fence_intact(&mine));
                fence_close(&mine);
                fence_close(&theirs);
            }
        }
    }
}

static void many_normals_agree_with_scalar(void **state) {
    (void)state;
    enum { BLOCKS = 1 << 19 };
    static float mine[4 * BLOCKS], theirs[4 * BLOCKS];
    const uint32_t key[2] = {99, 1}, counter[4] = {0};
    pes_kernels_scalar.normal(key, counter, 2, BLOCKS, theirs);
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        (*k)->normal(key, counter, 2, BLOCKS, mine);
        assert_memory_equal(mine, theirs, sizeof mine);
    }
}

// Each normal within 4e-7 of the same formula in double: sqrt(-2 log u) <= 5.77.
static void normals_are_box_and_muller(void **state) {
    (void)state;
    enum { BLOCKS = 1 << 16 };
    static uint32_t word[4 * BLOCKS];
    static float normal[4 * BLOCKS];
    const uint32_t key[2] = {3, 4}, counter[4] = {0};
    pes_kernels_scalar.philox(key, counter, 0, BLOCKS, word);
    pes_kernels_scalar.normal(key, counter, 0, BLOCKS, normal);
    const double two_pi = 6.283185307179586477;
    for (int i = 0; i < 4 * BLOCKS; i += 2) {
        double u = ((word[i] >> 9) + 0.5) * 0x1p-23, v = ((word[i + 1] >> 9) + 0.5) * 0x1p-23;
        double radius = sqrt(-2.0 * log(u));
        assert_true(fabs((double)normal[i] - radius * cos(two_pi * v)) < 4e-7 * (1 + radius));
        assert_true(fabs((double)normal[i + 1] - radius * sin(two_pi * v)) <
                    4e-7 * (1 + radius));
    }
}

enum { SAMPLE = 1 << 20 };

static const float *sample(void) {
    static float x[SAMPLE];
    pes_kernels_select()->normal((uint32_t[]){5, 0}, (uint32_t[]){0, 0, 0, 0}, 0, SAMPLE / 4,
                                 x);
    return x;
}

// Five standard errors of each sample moment: a false alarm in 4e-7 seeds, and the seed is
// fixed.
static void normals_have_the_moments_of_a_normal(void **state) {
    (void)state;
    const float *x = sample();
    double moment[5] = {0};
    for (int i = 0; i < SAMPLE; i++) {
        double power = 1;
        for (int j = 1; j <= 4; j++) {
            power *= (double)x[i];
            moment[j] += power / SAMPLE;
        }
    }
    assert_true(fabs(moment[1]) < 5 * sqrt(1.0 / SAMPLE));
    assert_true(fabs(moment[2] - 1) < 5 * sqrt(2.0 / SAMPLE));
    assert_true(fabs(moment[3]) < 5 * sqrt(15.0 / SAMPLE));
    assert_true(fabs(moment[4] - 3) < 5 * sqrt(96.0 / SAMPLE));
}

// Neighbours of a block share a radius or a cipher call, and must not correlate.
static void neighbours_are_uncorrelated(void **state) {
    (void)state;
    const float *x = sample();
    for (int lag = 1; lag <= 8; lag++) {
        double plain = 0, squares = 0;
        for (int i = 0; i + lag < SAMPLE; i++) {
            double a = (double)x[i], b = (double)x[i + lag];
            plain += a * b / SAMPLE;
            squares += (a * a - 1) * (b * b - 1) / SAMPLE;
        }
        assert_true(fabs(plain) < 5 * sqrt(1.0 / SAMPLE));
        assert_true(fabs(squares) < 5 * sqrt(4.0 / SAMPLE));
    }
}

static int ascending(const void *x, const void *y) {
    float a = *(const float *)x, b = *(const float *)y;
    return (a > b) - (a < b);
}

// Kolmogorov-Smirnov: sqrt(n) D exceeds 2.3 once in 20,000 seeds, and the seed is fixed.
static void normals_have_the_distribution_of_a_normal(void **state) {
    (void)state;
    static float x[SAMPLE];
    memcpy(x, sample(), sizeof x);
    qsort(x, SAMPLE, sizeof *x, ascending);
    double worst = 0;
    for (int i = 0; i < SAMPLE; i++) {
        double cdf = 0.5 * erfc(-(double)x[i] / sqrt(2.0));
        worst = fmax(worst, fmax(cdf - (double)i / SAMPLE, (i + 1.0) / SAMPLE - cdf));
    }
    assert_true(sqrt((double)SAMPLE) * worst < 2.3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_the_published_answers),
        cmocka_unit_test(blocks_differ_in_one_word_and_wrap),
        cmocka_unit_test(every_table_agrees_with_scalar),
        cmocka_unit_test(many_normals_agree_with_scalar),
        cmocka_unit_test(normals_are_box_and_muller),
        cmocka_unit_test(normals_have_the_moments_of_a_normal),
        cmocka_unit_test(neighbours_are_uncorrelated),
        cmocka_unit_test(normals_have_the_distribution_of_a_normal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
