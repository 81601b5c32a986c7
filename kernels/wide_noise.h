// Philox and Box-Muller, WIDTH / 2 blocks at a time: see scalar_noise.c for the formulas.
//
// A block's four words live in four vectors of 64-bit lanes, one block a lane, so that the 32 x
// 32 -> 64 bit multiplication needs no shuffles. Only the low half of a lane counts: the upper
// may hold rubbish, which the multiplication ignores.

#ifndef PES_KERNELS_WIDE_NOISE_H
#define PES_KERNELS_WIDE_NOISE_H

#include "kernels/wide_math.h"

#include <stdbool.h>
#include <string.h>

enum { BLOCKS = WIDTH / 2, GROUPS = 2 };

// The round keys, once for many blocks. A vector in memory is cheaper than a broadcast in the
// loop.
typedef struct schedule {
    wvec key_0[PHILOX_ROUNDS], key_1[PHILOX_ROUNDS];
} schedule;

static inline void schedule_keys(const uint32_t key[2], schedule *keys) {
    for (uint32_t round = 0; round < PHILOX_ROUNDS; round++) {
        keys->key_0[round] = w_set1(key[0] + round * philox_weyl_0);
        keys->key_1[round] = w_set1(key[1] + round * philox_weyl_1);
    }
}

// The words of GROUPS x BLOCKS counters: words 0 and 2 of each block alternate in `even`, 1 and
// 3 in `odd`. A round is a chain of three instructions, and two groups at once fill its waits.
static inline void cipher(const schedule *keys, wvec counter[GROUPS][4], ivec even[GROUPS],
                          ivec odd[GROUPS]) {
    const wvec multiplier_0 = w_set1(philox_multiplier_0);
    const wvec multiplier_1 = w_set1(philox_multiplier_1);
    wvec c[GROUPS][4];
    for (int g = 0; g < GROUPS; g++) {
        for (int j = 0; j < 4; j++) {
            c[g][j] = counter[g][j];
        }
    }

    for (int round = 0; round < PHILOX_ROUNDS; round++) {
        for (int g = 0; g < GROUPS; g++) {
            const wvec product_0 = w_mul_low(multiplier_0, c[g][0]);
            const wvec product_1 = w_mul_low(multiplier_1, c[g][2]);
            c[g][0] = w_xor3(w_high(product_1), c[g][1], keys->key_0[round]);
            c[g][1] = product_1;
            c[g][2] = w_xor3(w_high(product_0), c[g][3], keys->key_1[round]);
            c[g][3] = product_0;
        }
    }
    for (int g = 0; g < GROUPS; g++) {
        even[g] = w_pair(c[g][0], c[g][2]);
        odd[g] = w_pair(c[g][1], c[g][3]);
    }
}

static inline void store_words(ivec even, ivec odd, float *out) {
    v_store_alternating(out, v_of_bits(even), v_of_bits(odd));
}

static inline void store_normals(ivec even, ivec odd, float *out) {
    const vec half = v_set1(0.5f);
    const vec cell = v_of_int(i_shift_right(even, 9));
    const vec u = v_mul(v_add(cell, half), v_set1(0x1p-23f));
    const vec logarithm = log_inside(u, v_set1(0.0f));
    const vec radius = v_sqrt(v_mul(v_set1(-2.0f), logarithm));

    const ivec turned = i_add(odd, i_set1(0x20000000u));
    const ivec within =
        i_add(i_and(i_shift_right(turned, 9), i_set1(0x1fffffu)), i_set1((uint32_t)-0x100000));
    const vec v = v_mul(v_add(v_of_int(within), half), v_set1(0x1p-21f));
    const vec square = v_mul(v, v);
    vec s = v_fma(v_set1(sin_3), square, v_set1(sin_2));
    s = v_fma(s, square, v_set1(sin_1));
    s = v_fma(s, square, v_set1(sin_0));
    s = v_mul(s, v);
    vec c = v_fma(v_set1(cos_4), square, v_set1(cos_3));
    c = v_fma(c, square, v_set1(cos_2));
    c = v_fma(c, square, v_set1(cos_1));
    c = v_fma(c, square, v_set1(1.0f));

    const ivec sign_bit = i_set1(0x80000000u), quarter = i_set1(0x40000000u);
    const vmask swap = i_any(turned, quarter);
    const ivec cosine =
        i_xor(i_of_bits(v_select(swap, s, c)), i_and(i_add(turned, quarter), sign_bit));
    const ivec sine = i_xor(i_of_bits(v_select(swap, c, s)), i_and(turned, sign_bit));
    v_store_alternating(out, v_mul(radius, v_of_bits(cosine)), v_mul(radius, v_of_bits(sine)));
}

// Whole groups straight to `out`, the last few blocks by way of the stack.
static inline __attribute__((always_inline)) void
fill(const uint32_t key[2], const uint32_t counter[4], int word, int64_t blocks, float *out,
     void (*store)(ivec even, ivec odd, float *out)) {
    enum { STRIDE = GROUPS * BLOCKS };
    schedule keys;
    schedule_keys(key, &keys);
    wvec now[GROUPS][4], step[4]; // only `word` moves, but all four are treated alike
    for (int j = 0; j < 4; j++) {
        for (int g = 0; g < GROUPS; g++) {
            const wvec block = w_add(w_iota(), w_set1((uint32_t)(g * BLOCKS)));
            now[g][j] = w_add(w_set1(counter[j]), w_mul_low(w_set1(j == word), block));
        }
        step[j] = w_set1(j == word ? STRIDE : 0);
    }
    for (int64_t i = 0; i < blocks; i += STRIDE) {
        ivec even[GROUPS], odd[GROUPS];
        float last[4 * STRIDE];
        const bool whole = i + STRIDE <= blocks;
        float *to = whole ? out + 4 * i : last;
        cipher(&keys, now, even, odd);
        for (int g = 0; g < GROUPS; g++) {
            store(even[g], odd[g], to + 4 * g * BLOCKS);
        }
        for (int g = 0; g < GROUPS; g++) {
            for (int j = 0; j < 4; j++) {
                now[g][j] = w_add(now[g][j], step[j]);
            }
        }
        if (!whole) {
            memcpy(out + 4 * i, last, (size_t)(4 * (blocks - i)) * sizeof *out);
        }
    }
}

static void philox(const uint32_t key[2], const uint32_t counter[4], int word, int64_t blocks,
                   uint32_t *out) {
    fill(key, counter, word, blocks, (float *)out, store_words);
}

static void normal(const uint32_t key[2], const uint32_t counter[4], int word, int64_t blocks,
                   float *out) {
    fill(key, counter, word, blocks, out, store_normals);
}

#endif // PES_KERNELS_WIDE_NOISE_H
