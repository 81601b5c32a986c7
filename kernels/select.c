// Which table runs here. The only file of this room that asks for the processor.

#include "kernels/kernels.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)

static bool has_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool has_avx512(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

const pes_kernels *const *pes_kernels_available(void) {
    static const pes_kernels *const tables[3][4] = {
        {&pes_kernels_scalar},
        {&pes_kernels_scalar, &pes_kernels_avx2},
        {&pes_kernels_scalar, &pes_kernels_avx2, &pes_kernels_avx512},
    };
    __builtin_cpu_init();
    return tables[!has_avx2() ? 0 : !has_avx512() ? 1 : 2];
}

#else

const pes_kernels *const *pes_kernels_available(void) {
    static const pes_kernels *const tables[] = {&pes_kernels_scalar, NULL};
    return tables;
}

#endif

const pes_kernels *pes_kernels_select(void) {
    const char *wanted = getenv("PES_KERNELS");
    const pes_kernels *best = &pes_kernels_scalar;
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        best = *k;
        if (wanted != NULL && strcmp(wanted, best->name) == 0) {
            break;
        }
    }
    return best;
}
