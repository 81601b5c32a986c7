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

// The words of the next GROUPS x BLOCKS counters, which begin with `now`: words 0 and 2 of each
// block alternate in `even`, 1 and 3 in `odd`. A round is a chain of three instructions, and
// two groups at once fill its waits.
static inline void cipher(const schedule *keys, wvec now[4], int word, ivec even[GROUPS],
                          ivec odd[GROUPS]) {
    const wvec multiplier_0 = w_set1(philox_multiplier_0);
    const wvec multiplier_1 = w_set1(philox_multiplier_1);
    wvec c[GROUPS][4];
    for (int g = 0; g < GROUPS; g++) {
        memcpy(c[g], now, sizeof c[g]);
        now[word] = w_add(now[word], w_set1(BLOCKS));
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

// A float's bits below 2^23 behind the exponent of 1 make a number in 1..2, from which the rest
// is subtracted without rounding: (floor(w / 2^9) + 1/2) / 2^23, and the place within a quarter
// turn, -1/2..1/2.
static inline vec unit_of(ivec words) {
    const ivec bits = i_or(i_shift_right(words, 9), i_set1(one_bits));
    return v_sub(v_of_bits(bits), v_set1(1.0f - 0x1p-24f));
}

static inline vec place_of(ivec turned) {
    const ivec within = i_and(i_shift_right(turned, 7), i_set1(0x7ffffcu));
    return v_sub(v_of_bits(i_or(within, i_set1(one_bits))), v_set1(1.5f - 0x1p-22f));
}

static inline void store_normals(ivec even, ivec odd, float *out) {
    const vec u = unit_of(even);
    const vec radius = v_sqrt(log_inside(u, log_exponent(u), -2.0f));

    const ivec turned = i_add(odd, i_set1(0x20000000u));
    const vec v = place_of(turned);
    const vec square = v_mul(v, v);
    vec s = v_fma(v_set1(sin_3), square, v_set1(sin_2));
    s = v_fma(s, square, v_set1(sin_1));
    s = v_fma(s, square, v_set1(sin_0));
    s = v_mul(s, v);
    vec c = v_fma(v_set1(cos_4), square, v_set1(cos_3));
    c = v_fma(c, square, v_set1(cos_2));
    c = v_fma(c, square, v_set1(cos_1));
    c = v_fma(c, square, v_set1(1.0f));

    // a quarter turn swaps them; signs by quadrant
    const ivec quarter = i_shift_left(turned, 1), sign_bit = i_set1(0x80000000u);
    const vmask swap = v_top_bits(quarter);
    const ivec minus_c = i_and(i_xor(turned, quarter), sign_bit);
    const ivec minus_s = i_and(turned, sign_bit);
    const ivec cosine = i_xor(i_of_bits(v_select(swap, s, c)), minus_c);
    const ivec sine = i_xor(i_of_bits(v_select(swap, c, s)), minus_s);
    v_store_alternating(out, v_mul(radius, v_of_bits(cosine)), v_mul(radius, v_of_bits(sine)));
}

// Piece by piece: first all of its words, then what becomes of them. The first is bound by the
// number of instructions, the other by how long they take one after the other, and a processor
// does not look far enough ahead to fill the waits of one with the other. `word` is known to
// the compiler: what the other words alone decide in the first rounds it computes once for all
// blocks.
static inline __attribute__((always_inline)) void
fill(const uint32_t key[2], const uint32_t counter[4], int word, int64_t blocks, float *out,
     void (*store)(ivec even, ivec odd, float *out)) {
    enum { STRIDE = GROUPS * BLOCKS, PIECE = 8 * STRIDE };
    schedule keys;
    schedule_keys(key, &keys);
    wvec now[4];
    for (int j = 0; j < 4; j++) {
        now[j] = w_set1(counter[j]);
    }
    now[word] = w_add(now[word], w_iota());
    for (int64_t left = blocks; left > 0; left -= PIECE) {
        ivec even[PIECE / BLOCKS], odd[PIECE / BLOCKS];
        const int64_t here = left < PIECE ? left : PIECE, whole = here / BLOCKS;
        for (int64_t i = 0; i < here; i += STRIDE) {
            cipher(&keys, now, word, even + i / BLOCKS, odd + i / BLOCKS);
        }
        for (int64_t i = 0; i < whole; i++, out += 4 * BLOCKS) {
            store(even[i], odd[i], out);
        }
        if (here % BLOCKS > 0) {
            float last[4 * BLOCKS];
            store(even[whole], odd[whole], last);
            memcpy(out, last, (size_t)(4 * (here % BLOCKS)) * sizeof *out);
        }
    }
}

static void philox(const uint32_t key[2], const uint32_t counter[4], int word, int64_t blocks,
                   uint32_t *out) {
    if (word == 0) {
        fill(key, counter, 0, blocks, (float *)out, store_words);
    } else {
        fill(key, counter, 2, blocks, (float *)out, store_words);
    }
}

static void normal(const uint32_t key[2], const uint32_t counter[4], int word, int64_t blocks,
                   float *out) {
    if (word == 0) {
        fill(key, counter, 0, blocks, out, store_normals);
    } else {
        fill(key, counter, 2, blocks, out, store_normals);
    }
}

#endif // PES_KERNELS_WIDE_NOISE_H
