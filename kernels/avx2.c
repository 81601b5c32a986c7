// AVX2 and FMA, eight floats at a time. Compiled for that instruction set; nothing here may run
// before pes_kernels_available() has seen the processor.

#include "kernels/avx2_vector.h"

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

// Sixteen registers: twelve for C, and what is left for A and B.
TILES_12(1)
TILES_6(2)
TILES_4(3)

enum { MAX_VECTORS = 3, PANEL_FLOATS = 6400 };
static const tile_set tile_sets[MAX_VECTORS] = {
    {12, tiles_1, NULL}, {6, tiles_2, NULL}, {4, tiles_3, NULL}};

#include "kernels/wide_gemm.h"

// Registers for a tile of 4 rows by three vectors, three vectors of the input and a weight.
enum { SHARED_HEIGHTS = 3 };
#include "kernels/wide_shared.h"
static shared_tile *const shared_tiles[SHARED_HEIGHTS][SHARED_VECTORS + 1] = {
    SHARED_ROW(1), SHARED_ROW(2), SHARED_ROW(4)};

const pes_kernels pes_kernels_avx2 = WIDE_TABLE("avx2");
