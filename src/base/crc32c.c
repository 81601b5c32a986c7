// The check sum is the remainder of the text, as a polynomial over GF(2), by
//
//     P = x^32 + x^28 + x^27 + x^26 + x^25 + x^23 + x^22 + x^20 + x^19 + x^18 + x^14 + x^13 +
//         x^11 + x^10 + x^9 + x^8 + x^6 + 1
//
// with the bits of every byte, and of the remainder, in reverse: bit 31 is x^0. The register
// begins as all ones and is inverted at the end. Written R(r, A) for register r and text A:
//
//     R(r, A B) = R(r, A) x^(8 |B|) + R(0, B)   (mod P)
//
// The instruction takes 3 cycles but one can begin in each, so three stretches of a long text
// are followed at once and joined by that equation.

#include "base/crc32c.h"

#include <pthread.h>
#include <string.h>

static const uint32_t polynomial = 0x82f63b78u; // P without x^32

// ---- any processor: eight bytes at a time, from tables (Kounavis and Berry 2008) ------------

static pthread_once_t table_once = PTHREAD_ONCE_INIT;
static uint32_t table[8][256]; // table[k][b]: byte b followed by k zero bytes

static void fill_table(void) {
    for (uint32_t b = 0; b < 256; b++) {
        uint32_t r = b;
        for (int bit = 0; bit < 8; bit++) {
            r = (r >> 1) ^ ((r & 1u) != 0 ? polynomial : 0u);
        }
        table[0][b] = r;
    }
    for (uint32_t b = 0; b < 256; b++) {
        for (int k = 1; k < 8; k++) {
            const uint32_t r = table[k - 1][b];
            table[k][b] = (r >> 8) ^ table[0][r & 255u];
        }
    }
}

uint32_t pes_crc32c_portable(uint32_t crc, const void *data, size_t bytes) {
    pthread_once(&table_once, fill_table);
    const unsigned char *p = data;
    uint32_t r = ~crc;
    for (; bytes >= 8; bytes -= 8, p += 8) {
        r ^= (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
        r = table[7][r & 255u] ^ table[6][r >> 8 & 255u] ^ table[5][r >> 16 & 255u] ^
            table[4][r >> 24] ^ table[3][p[4]] ^ table[2][p[5]] ^ table[1][p[6]] ^
            table[0][p[7]];
    }
    for (; bytes > 0; bytes--, p++) {
        r = (r >> 8) ^ table[0][(r ^ *p) & 255u];
    }
    return ~r;
}

// ---- x86-64 with SSE4.2 ---------------------------------------------------------------------

#if defined(__x86_64__) && defined(__GNUC__)

#include <nmmintrin.h>

enum { STRETCH = 8192 };                           // bytes
static const uint32_t one_stretch = 0x28461564u;   // x^(8 STRETCH) mod P
static const uint32_t two_stretches = 0xbf455269u; // x^(16 STRETCH) mod P

// a b mod P.
static uint32_t multiply(uint32_t a, uint32_t b) {
    uint32_t product = 0;
    for (int i = 0; i < 32; i++) {
        product ^= b & (0u - (a >> 31));
        a <<= 1;
        b = (b >> 1) ^ (polynomial & (0u - (b & 1u)));
    }
    return product;
}

static uint64_t load(const unsigned char *p) {
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

__attribute__((target("sse4.2"))) static uint32_t three_stretches(uint32_t r,
                                                                  const unsigned char *p) {
    uint64_t a = r, b = 0, c = 0;
    for (int i = 0; i < STRETCH; i += 8) {
        a = _mm_crc32_u64(a, load(p + i));
        b = _mm_crc32_u64(b, load(p + STRETCH + i));
        c = _mm_crc32_u64(c, load(p + 2 * STRETCH + i));
    }
    return multiply((uint32_t)a, two_stretches) ^ multiply((uint32_t)b, one_stretch) ^
           (uint32_t)c;
}

__attribute__((target("sse4.2"))) static uint32_t crc_sse42(uint32_t crc, const void *data,
                                                            size_t bytes) {
    const unsigned char *p = data;
    uint32_t r = ~crc;
    for (; bytes >= 3 * STRETCH; bytes -= 3 * STRETCH, p += 3 * STRETCH) {
        r = three_stretches(r, p);
    }
    for (; bytes >= 8; bytes -= 8, p += 8) {
        r = (uint32_t)_mm_crc32_u64(r, load(p));
    }
    for (; bytes > 0; bytes--, p++) {
        r = _mm_crc32_u8(r, *p);
    }
    return ~r;
}

uint32_t pes_crc32c(uint32_t crc, const void *data, size_t bytes) {
    return __builtin_cpu_supports("sse4.2") ? crc_sse42(crc, data, bytes)
                                            : pes_crc32c_portable(crc, data, bytes);
}

#else

uint32_t pes_crc32c(uint32_t crc, const void *data, size_t bytes) {
    return pes_crc32c_portable(crc, data, bytes);
}

#endif
