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
//
// Twelve of them belong to a row or to a column of the tensor. Their mean squares need no pass
// over the tensor, and their share of the network's first layer is found once for a row and
// once for a column: the kernels see the other sixteen.

#ifndef PES_PROBLEMS_LOPT_FACTORED_FEATURES_H
#define PES_PROBLEMS_LOPT_FACTORED_FEATURES_H

#include "problems/lopt/network.h"

enum {
    PES_LOPT_MOMENTA = 3,
    PES_LOPT_FACTORS = PES_KERNELS_FACTORS,
    PES_LOPT_DECAYS = PES_LOPT_MOMENTA + 1 + PES_LOPT_FACTORS, // in this order
    PES_LOPT_MOMENTS = PES_KERNELS_FACTORED_MOMENTS,           // m, s
    PES_LOPT_FACTORED = 28,                                    // features
    PES_LOPT_OF_SIDES = PES_LOPT_FACTORED - PES_KERNELS_FACTORED,
    PES_LOPT_BLOCK = PES_KERNELS_FACTORED_ROWS, // rows and columns that are taken at a time
};

// What an update of all running means needs: v <- keep v + add x.
typedef struct pes_lopt_decays {
    const float *keep, *add; // PES_LOPT_DECAYS
} pes_lopt_decays;

// Floats of memory for v of a tensor: three for each row and column of a matrix, or for each
// number of a vector.
int64_t pes_lopt_factored_extra(int64_t rows, int64_t columns);

// The rows of a tensor, or its columns. A vector's row has neither v nor features.
typedef struct pes_lopt_side {
    int64_t count;                  // rows or columns
    float *v[PES_LOPT_FACTORS];     // count
    float scale[PES_LOPT_FACTORS];  // what divides v in a
    int64_t features;               // that belong to it
    int feature[PES_LOPT_OF_SIDES]; // their numbers: those that are v, then those that are
                                    // roots
} pes_lopt_side;

// The features of a tensor at a step.
typedef struct pes_lopt_features {
    const pes_kernels *kernels;
    const pes_lopt_tensor *tensor;
    pes_lopt_side rows, columns;
    double mean_square[PES_LOPT_FACTORED];
    float *scratch;      // pes_lopt_factored_scratch()
    int64_t row, column; // whose block's the factors are that lie there; -1: nobody's
} pes_lopt_features;

int64_t pes_lopt_factored_scratch(const pes_lopt_network *network);

// The running means of a tensor take a step, and all of `out` is filled.
void pes_lopt_factored_update(const pes_kernels *kernels, const pes_lopt_decays *decays,
                              const pes_lopt_tensor *tensor, float *scratch,
                              pes_lopt_features *out);

// The network that reads the features; `theta` its numbers, of which the first layer's are
// those of the features as they are, not normalized.
typedef struct pes_lopt_reader {
    const pes_lopt_network *network;
    const float *theta;
    const float *first_bias; // of the first layer, the time's share included
    float size, growth;      // of the step
} pes_lopt_reader;

// All weights take the step that the network says.
void pes_lopt_factored_step(pes_lopt_features *features, const pes_lopt_reader *reader);

#endif // PES_PROBLEMS_LOPT_FACTORED_FEATURES_H
