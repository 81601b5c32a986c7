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

// The words of GROUPS vectors of counters, of which the first is `now` and each is `gap` after
// the one before it; `now` moves on behind the last. A round is a chain of three instructions,
// and two groups at once fill its waits.
static inline void cipher(const schedule *keys, wvec now[4], int word, wvec gap,
                          wvec c[GROUPS][4]) {
    const wvec multiplier_0 = w_set1(philox_multiplier_0);
    const wvec multiplier_1 = w_set1(philox_multiplier_1);
    for (int g = 0; g < GROUPS; g++) {
        memcpy(c[g], now, sizeof c[g]);
        now[word] = w_add(now[word], gap);
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

static inline void box_muller(ivec even, ivec odd, vec *x, vec *y) {
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
    *x = v_mul(radius, v_of_bits(cosine));
    *y = v_mul(radius, v_of_bits(sine));
}

static inline void store_normals(ivec even, ivec odd, float *out) {
    vec x, y;
    box_muller(even, odd, &x, &y);
    v_store_alternating(out, x, y);
}

static inline void store_firsts(ivec even, ivec odd, float *out) {
    vec x, y;
    box_muller(even, odd, &x, &y);
    v_store(out, x);
}

// A piece: so many words are made before anything is made of them. The first is bound by the
// number of instructions, the other by how long they take one after the other, and a processor
// does not look far enough ahead to fill the waits of one with the other.
enum { STRIDE = GROUPS * BLOCKS, PIECE = 8 * STRIDE };
typedef struct piece {
    ivec even[PIECE / BLOCKS], odd[PIECE / BLOCKS];
} piece;

// The words of `blocks` blocks: 0 and 2 of each alternate in `even`, 1 and 3 in `odd`. Where
// not all are wanted but 0 and 1, those of two neighbours alternate. `word` and `all` are known
// to the compiler, which computes once for all blocks what the other words alone decide in the
// first rounds.
static inline __attribute__((always_inline)) void
make_words(const schedule *keys, wvec now[4], int word, bool all, int64_t blocks, piece *out) {
    _Static_assert(GROUPS == 2, "one has the even blocks, one the odd");
    const wvec gap = w_set1(all ? BLOCKS : 1), rest = w_set1(all ? 0 : STRIDE - GROUPS);
    ivec *even = out->even, *odd = out->odd;
    for (int64_t i = 0; i < blocks; i += STRIDE) {
        wvec c[GROUPS][4];
        cipher(keys, now, word, gap, c);
        now[word] = w_add(now[word], rest);
        *even++ = w_pair(c[0][0], all ? c[0][2] : c[1][0]);
        *odd++ = w_pair(c[0][1], all ? c[0][3] : c[1][1]);
        if (all) {
            *even++ = w_pair(c[1][0], c[1][2]);
            *odd++ = w_pair(c[1][1], c[1][3]);
        }
    }
}

// The first `each` of a block's four numbers, of all blocks. The last few go by way of the
// stack.
static inline __attribute__((always_inline)) void
fill(const uint32_t key[2], const uint32_t counter[4], int word, int64_t blocks, int64_t each,
     float *out, void (*store)(ivec even, ivec odd, float *out)) {
    const bool all = each == 4;
    const int64_t per_vector = all ? BLOCKS : STRIDE, floats = each * per_vector;
    schedule keys;
    schedule_keys(key, &keys);
    wvec now[4];
    for (int j = 0; j < 4; j++) {
        now[j] = w_set1(counter[j]);
    }
    now[word] = w_add(now[word], all ? w_iota() : w_add(w_iota(), w_iota()));
    for (int64_t left = blocks; left > 0; left -= PIECE) {
        piece words;
        const int64_t here = left < PIECE ? left : PIECE, whole = here / per_vector;
        make_words(&keys, now, word, all, here, &words);
        for (int64_t i = 0; i < whole; i++, out += floats) {
            store(words.even[i], words.odd[i], out);
        }
        if (here % per_vector > 0) {
            float last[4 * BLOCKS];
            store(words.even[whole], words.odd[whole], last);
            memcpy(out, last, (size_t)(each * (here % per_vector)) * sizeof *out);
        }
    }
}

static void philox(const uint32_t key[2], const uint32_t counter[4], int word, int64_t blocks,
                   uint32_t *out) {
    if (word == 0) {
        fill(key, counter, 0, blocks, 4, (float *)out, store_words);
    } else {
        fill(key, counter, 2, blocks, 4, (float *)out, store_words);
    }
}

static void normal(const uint32_t key[2], const uint32_t counter[4], int word, int64_t blocks,
                   float *out) {
    if (word == 0) {
        fill(key, counter, 0, blocks, 4, out, store_normals);
    } else {
        fill(key, counter, 2, blocks, 4, out, store_normals);
    }
}

static void few_normals(const uint32_t key[2], const uint32_t counter[4], int64_t blocks,
                        int64_t each, float *out) {
    if (each == 1) {
        fill(key, counter, 2, blocks, 1, out, store_firsts);
    } else if (each == 2) {
        fill(key, counter, 2, blocks, 2, out, store_normals);
    } else {
        normal(key, counter, 2, blocks, out);
    }
}

#endif // PES_KERNELS_WIDE_NOISE_H
