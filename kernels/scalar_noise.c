// Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011) and the normals made of it (Box and Muller
// 1958): the definition. Words 0 and 1 of a block give normals 0 and 1, words 2 and 3 give
// normals 2 and 3:
//
//     u = (floor(w / 2^9) + 1/2) / 2^23                  for either word of the two
//     normal_0, normal_1 = sqrt(-2 log u_0) (cos, sin)(2 pi u_1)

#include "kernels/scalar.h"

#include "kernels/constants.h"

#include <math.h>

static void cipher(const uint32_t key[2], const uint32_t counter[4], uint32_t out[4]) {
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];

    for (int round = 0; round < PHILOX_ROUNDS; round++) {
        uint64_t product_0 = (uint64_t)philox_multiplier_0 * c0;
        uint64_t product_1 = (uint64_t)philox_multiplier_1 * c2;

        c0 = (uint32_t)(product_1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)product_1;
        c2 = (uint32_t)(product_0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)product_0;

        k0 += philox_weyl_0;
        k1 += philox_weyl_1;
    }
    out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}

void pes_scalar_philox(const uint32_t key[2], const uint32_t counter[4], int word,
                       int64_t blocks, uint32_t *out) {
    uint32_t moving[4] = {counter[0], counter[1], counter[2], counter[3]};
    for (int64_t i = 0; i < blocks; i++) {
        cipher(key, moving, out + 4 * i);
        moving[word]++;
    }
}

static void box_muller(uint32_t word_0, uint32_t word_1, float out[2]) {
    // midpoints of 2^23 equal cells of (0, 1): never 0, never 1, exact in float
    float u = ((float)(word_0 >> 9) + 0.5f) * 0x1p-23f;
    float radius = sqrtf(-2.0f * pes_scalar_log_of(u));

    // u_1 = (quadrant + v) / 4 with |v| < 1/2, both exact: an eighth of a turn has been added
    // to the word, so its top two bits are the quadrant (modulo 4)
    uint32_t turned = word_1 + 0x20000000u;
    int32_t within = (int32_t)(turned >> 9 & 0x1fffffu) - 0x100000;
    float v = ((float)within + 0.5f) * 0x1p-21f;

    float square = v * v;
    float s = fmaf(sin_3, square, sin_2);
    s = fmaf(s, square, sin_1);
    s = fmaf(s, square, sin_0);
    s *= v;
    float c = fmaf(cos_4, square, cos_3);
    c = fmaf(c, square, cos_2);
    c = fmaf(c, square, cos_1);
    c = fmaf(c, square, 1.0f);

    // a quarter turn swaps them; signs by quadrant
    bool swap = (turned & 0x40000000u) != 0;
    float cosine = swap ? s : c, sine = swap ? c : s;
    cosine = ((turned + 0x40000000u) & 0x80000000u) != 0 ? -cosine : cosine;
    sine = (turned & 0x80000000u) != 0 ? -sine : sine;
    out[0] = radius * cosine;
    out[1] = radius * sine;
}

void pes_scalar_normal(const uint32_t key[2], const uint32_t counter[4], int word,
                       int64_t blocks, float *out) {
    uint32_t moving[4] = {counter[0], counter[1], counter[2], counter[3]};
    for (int64_t i = 0; i < blocks; i++) {
        uint32_t bits[4];
        cipher(key, moving, bits);
        box_muller(bits[0], bits[1], out + 4 * i);
        box_muller(bits[2], bits[3], out + 4 * i + 2);
        moving[word]++;
    }
}
