#include "noise/noise.h"

#include <pthread.h>
#include <string.h>

// A system draws through a stream, which has no room for the kernel table.
static const pes_kernels *chosen;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void choose(void) {
    chosen = pes_kernels_select();
}

static const pes_kernels *kernels_once(void) {
    pthread_once(&once, choose);
    return chosen;
}

typedef struct noise_key {
    uint32_t key[2];
    uint32_t counter[4];
} noise_key;

static noise_key make_key(uint64_t seed, uint32_t use, uint32_t particle, uint32_t episode,
                          uint32_t step) {
    return (noise_key){
        .key = {(uint32_t)seed, (uint32_t)(seed >> 32)},
        .counter = {0, step, particle, use << 24 | (episode & 0xffffffu)},
    };
}

static noise_key system_key(const pes_stream *stream, uint32_t use, uint32_t step) {
    return make_key(stream->seed, PES_NOISE_SYSTEM + use % PES_NOISE_USES, stream->particle,
                    stream->episode, step);
}

void pes_noise_bits(const pes_stream *stream, uint32_t use, uint32_t step, int64_t count,
                    uint32_t *out) {
    noise_key k = system_key(stream, use, step);
    const int64_t blocks = count / 4, rest = count % 4;
    kernels_once()->philox(k.key, k.counter, 0, blocks, out);
    if (rest > 0) {
        uint32_t last[4];
        k.counter[0] = (uint32_t)blocks;
        kernels_once()->philox(k.key, k.counter, 0, 1, last);
        memcpy(out + 4 * blocks, last, (size_t)rest * sizeof *out);
    }
}

void pes_noise_uniform(const pes_stream *stream, uint32_t use, uint32_t step, int64_t count,
                       float *out) {
    enum { PIECE = 256 };
    noise_key k = system_key(stream, use, step);
    uint32_t bits[PIECE];
    for (int64_t i = 0; i < count; i += PIECE) {
        const int64_t here = count - i < PIECE ? count - i : PIECE;
        k.counter[0] = (uint32_t)(i / 4);
        kernels_once()->philox(k.key, k.counter, 0, (here + 3) / 4, bits);
        for (int64_t j = 0; j < here; j++) {
            out[i + j] = ((float)(bits[j] >> 9) + 0.5f) * 0x1p-23f;
        }
    }
}

void pes_noise_normal(const pes_stream *stream, uint32_t use, uint32_t step, int64_t count,
                      float *out) {
    noise_key k = system_key(stream, use, step);
    const int64_t blocks = count / 4, rest = count % 4;
    kernels_once()->normal(k.key, k.counter, 0, blocks, out);
    if (rest > 0) {
        float last[4];
        k.counter[0] = (uint32_t)blocks;
        kernels_once()->normal(k.key, k.counter, 0, 1, last);
        memcpy(out + 4 * blocks, last, (size_t)rest * sizeof *out);
    }
}

static int contains(const int32_t *chosen_before, int64_t count, int32_t value) {
    int found = 0;
    for (int64_t i = 0; i < count; i++) {
        found |= chosen_before[i] == value;
    }
    return found;
}

// Floyd: the largest number still possible grows by one each time; a number that was chosen
// before is replaced by that largest one, which cannot have been.
void pes_noise_sample(const pes_stream *stream, uint32_t use, uint32_t step, int64_t count,
                      int64_t range, int32_t *out) {
    enum { PIECE = 256 };
    noise_key k = system_key(stream, use, step);
    uint32_t bits[PIECE];
    for (int64_t i = 0; i < count; i++) {
        if (i % PIECE == 0) {
            const int64_t here = count - i < PIECE ? count - i : PIECE;
            k.counter[0] = (uint32_t)(i / 4);
            kernels_once()->philox(k.key, k.counter, 0, (here + 3) / 4, bits);
        }
        const int64_t largest = range - count + i;
        const int32_t drawn =
            (int32_t)((uint64_t)bits[i % PIECE] * (uint64_t)(largest + 1) >> 32);
        out[i] = contains(out, i, drawn) ? (int32_t)largest : drawn;
    }
}

void pes_noise_perturbation(const pes_kernels *kernels, uint64_t seed, int64_t pair,
                            int64_t episode, int64_t interval, int64_t count, float *out) {
    const noise_key k = make_key(seed, PES_NOISE_PERTURB, (uint32_t)pair, (uint32_t)episode,
                                 (uint32_t)interval);
    kernels->normal(k.key, k.counter, 0, (count + 3) / 4, out);
}

void pes_noise_perturbations(const pes_kernels *kernels, uint64_t seed, int64_t first_pair,
                             int64_t pairs, int64_t episode, int64_t interval, int64_t each,
                             float *out) {
    const noise_key k = make_key(seed, PES_NOISE_PERTURB, (uint32_t)first_pair,
                                 (uint32_t)episode, (uint32_t)interval);
    kernels->few_normals(k.key, k.counter, pairs, each, out);
}

uint64_t pes_noise_length(uint64_t seed, uint32_t particle, int64_t episode) {
    const noise_key k = make_key(seed, PES_NOISE_LENGTH, particle, (uint32_t)episode, 0);
    uint32_t bits[4];
    kernels_once()->philox(k.key, k.counter, 0, 1, bits);
    return (uint64_t)bits[1] << 32 | bits[0];
}

void pes_noise_point(uint64_t seed, uint32_t point, int64_t block, int64_t count, double *out) {
    noise_key k = make_key(seed, PES_NOISE_POINT, point, 0, 0);
    for (int64_t i = 0; i < count; i += 2) {
        uint32_t bits[4];
        k.counter[0] = (uint32_t)(block + i / 2);
        kernels_once()->philox(k.key, k.counter, 0, 1, bits);
        for (int64_t j = i; j < i + 2 && j < count; j++) {
            const uint64_t word = (uint64_t)bits[2 * (j - i) + 1] << 32 | bits[2 * (j - i)];
            out[j] = ((double)(word >> 12) + 0.5) * 0x1p-52;
        }
    }
}
