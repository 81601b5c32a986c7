// Philox and Box-Muller, WIDTH / 2 blocks at a time: see scalar_noise.c for the formulas.
//
// A block's four words live in four vectors of 64-bit lanes, one block a lane, so that the 32 x
// 32 -> 64 bit multiplication needs no shuffles. Only the low half of a lane counts: the upper
// may hold rubbish, which the multiplication ignores.

#ifndef PES_KERNELS_WIDE_NOISE_H
#define PES_KERNELS_WIDE_NOISE_H

#include "kernels/wide_math.h"

#include <string.h>

enum { BLOCKS = WIDTH / 2 };

// The words of BLOCKS counters: words 0 and 2 of each block alternate in `even`, 1 and 3 in
// `odd`.
static inline void cipher(const uint32_t key[2], const wvec counter[4], ivec *even, ivec *odd) {
    const wvec multiplier_0 = w_set1(philox_multiplier_0);
    const wvec multiplier_1 = w_set1(philox_multiplier_1);
    wvec c[4] = {counter[0], counter[1], counter[2], counter[3]};
    uint32_t k0 = key[0], k1 = key[1];

    for (int round = 0; round < PHILOX_ROUNDS; round++) {
        const wvec product_0 = w_mul_low(multiplier_0, c[0]);
        const wvec product_1 = w_mul_low(multiplier_1, c[2]);
        c[0] = w_xor3(w_high(product_1), c[1], w_set1(k0));
        c[1] = product_1;
        c[2] = w_xor3(w_high(product_0), c[3], w_set1(k1));
        c[3] = product_0;
        k0 += philox_weyl_0;
        k1 += philox_weyl_1;
    }
    *even = w_pair(c[0], c[2]);
    *odd = w_pair(c[1], c[3]);
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
    wvec now[4], step[4]; // only `word` moves, but all four are treated alike
    for (int j = 0; j < 4; j++) {
        const wvec offset = w_mul_low(w_set1(j == word), w_iota());
        now[j] = w_add(w_set1(counter[j]), offset);
        step[j] = w_set1(j == word ? BLOCKS : 0);
    }
    ivec even, odd;
    int64_t i = 0;
    for (; i + BLOCKS <= blocks; i += BLOCKS) {
        cipher(key, now, &even, &odd);
        store(even, odd, out + 4 * i);
        for (int j = 0; j < 4; j++) {
            now[j] = w_add(now[j], step[j]);
        }
    }
    if (i < blocks) {
        float last[4 * BLOCKS];
        cipher(key, now, &even, &odd);
        store(even, odd, last);
        memcpy(out + 4 * i, last, (size_t)(4 * (blocks - i)) * sizeof *out);
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
