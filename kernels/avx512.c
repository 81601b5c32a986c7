// AVX-512, sixteen floats at a time. Compiled for that instruction set; nothing here may run
// before pes_kernels_available() has seen the processor.

#include "kernels/avx512_vector.h"

#include "kernels/avx2_few.h"
#include "kernels/avx2_halfway.h"
#include "kernels/wide_double.h"
#include "kernels/wide_elementwise.h"
#include "kernels/wide_factored.h"
#include "kernels/wide_lanes.h"
#include "kernels/wide_noise.h"
#include "kernels/wide_ripple.h"
#include "kernels/wide_ripple_single.h"
#include "kernels/wide_rule.h"
#include "kernels/wide_softmax.h"
#include "kernels/wide_table.h"
#include "kernels/wide_tile.h"

// Thirty-two registers: up to 27 for C, up to four for B, and what is left for A.
TILES_12(1)
TILES_12(2)
TILES_9(3)
TILES_6(4)
TILES_12(1h)
TILES_12(2h)
TILES_9(3h)
TILES_6(4h)

enum { MAX_VECTORS = 4, PANEL_FLOATS = 7168 };
static const tile_set tile_sets[MAX_VECTORS] = {{12, tiles_1, tiles_1h},
                                                {12, tiles_2, tiles_2h},
                                                {9, tiles_3, tiles_3h},
                                                {6, tiles_4, tiles_4h}};

#include "kernels/wide_gemm.h"

// Registers for a tile of 8 rows by three vectors, three vectors of the input and a weight.
enum { SHARED_HEIGHTS = 4 };
#include "kernels/wide_shared.h"
SHARED_TILES(8)
static shared_tile *const shared_tiles[SHARED_HEIGHTS][SHARED_VECTORS + 1] = {
    SHARED_ROW(1), SHARED_ROW(2), SHARED_ROW(4), SHARED_ROW(8)};

const pes_kernels pes_kernels_avx512 = WIDE_TABLE("avx512");
