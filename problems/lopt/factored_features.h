// The features of a weight that the factored optimizer reads, but for the time:
//
//      0       g, the gradient                   13 - 15   v_row
//      1       w, the weight                     16 - 18   v_col
//      2 - 4   m, three momenta                  19 - 21   1 / sqrt(v_row + 1e-8)
//      5       s, a running mean of g^2          22 - 24   1 / sqrt(v_col + 1e-8)
//      6 - 8   m / sqrt(s + 1e-6)                25 - 27   m a_row a_col
//      9       1 / sqrt(s + 1e-6)
//     10 - 12  g a_row a_col
//
// v_row and v_col are running means, with three decays, of the means of g^2 + 1e-30 along the
// longer side of a matrix and along the shorter one: Adafactor's (Shazeer and Stern 2018). In a
// square matrix rows are the shorter side. With root(x) = sqrt(max(x, 1e-9))
//
//     a_row = 1 / root(v_row / (mean(v_row) + 1e-9)),    a_col = 1 / root(v_col)
//
// Of a vector v_row = v_col = v is a running mean of g^2 + 1e-30, and a_row a_col is
// 1 / root(v + 1e-9) beside g and 1 / sqrt(v + 1e-6) beside m.

#ifndef PES_PROBLEMS_LOPT_FACTORED_FEATURES_H
#define PES_PROBLEMS_LOPT_FACTORED_FEATURES_H

#include "problems/lopt/network.h"

enum {
    PES_LOPT_MOMENTA = 3,
    PES_LOPT_FACTORS = 3,
    PES_LOPT_DECAYS = PES_LOPT_MOMENTA + 1 + PES_LOPT_FACTORS, // in this order
    PES_LOPT_MOMENTS = PES_LOPT_MOMENTA + 1,                   // m, s
    PES_LOPT_FACTORED = 28,                                    // features
};

// What an update of all running means needs: v <- keep v + add x.
typedef struct pes_lopt_decays {
    const float *keep, *add; // PES_LOPT_DECAYS
} pes_lopt_decays;

// Floats of memory for v of a tensor: three for each row and column of a matrix, or for each
// number of a vector.
int64_t pes_lopt_factored_extra(int64_t rows, int64_t columns);

// The running means of a tensor take a step.
void pes_lopt_factored_update(const pes_kernels *kernels, const pes_lopt_decays *decays,
                              const pes_lopt_tensor *tensor);

// A part of a row: columns begin .. begin + count - 1 of row `row`.
typedef struct pes_lopt_piece {
    int64_t row, begin, count; // count at most PES_LOPT_LANES
} pes_lopt_piece;

// Features on their way, of one piece after the other.
typedef struct pes_lopt_features {
    const pes_lopt_tensor *tensor;
    double mean_row[PES_LOPT_FACTORS];       // of v along the shorter side
    const float *feature[PES_LOPT_FACTORED]; // count, of the current piece
    float *scratch;                          // pes_lopt_factored_scratch()
} pes_lopt_features;

int64_t pes_lopt_factored_scratch(void);

void pes_lopt_features_begin(pes_lopt_features *features, const pes_lopt_tensor *tensor,
                             float *scratch);

// features->feature of a piece, valid until the next call. Pieces come row by row: what belongs
// to the columns is computed in row 0.
void pes_lopt_features_of(pes_lopt_features *features, const pes_lopt_piece *piece);

#endif // PES_PROBLEMS_LOPT_FACTORED_FEATURES_H
