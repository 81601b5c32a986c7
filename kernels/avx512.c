// AVX-512, sixteen floats at a time. Compiled for that instruction set; nothing here may run
// before pes_kernels_available() has seen the processor.

#include "kernels/avx512_vector.h"

#include "kernels/wide_elementwise.h"
#include "kernels/wide_noise.h"
#include "kernels/wide_softmax.h"
#include "kernels/wide_table.h"
#include "kernels/wide_tile.h"

// Thirty-two registers: up to 27 for C, up to four for B, and what is left for A.
TILES_12(1)
TILES_12(2)
TILES_9(3)
TILES_6(4)

enum { MAX_VECTORS = 4, MAX_PANELS = 1 };
static const tile_set tile_sets[MAX_VECTORS] = {
    {12, tiles_1}, {12, tiles_2}, {9, tiles_3}, {6, tiles_4}};

#include "kernels/wide_gemm.h"

const pes_kernels pes_kernels_avx512 = WIDE_TABLE("avx512");
