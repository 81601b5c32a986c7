// What the files of the ridge regression share: its options, and the two quadratic functions
// that are left of the table.

#ifndef PES_PROBLEMS_HYPER_RIDGE_H
#define PES_PROBLEMS_HYPER_RIDGE_H

#include <stdint.h>

#include "kernels/kernels.h"
#include "problems/problem.h"

enum { PES_RIDGE_FEATURES = 16 };

typedef struct pes_ridge_options {
    uint32_t size;
    const char *table;     // generated or yacht
    int64_t rows;          // generated: of the table
    int64_t features;      // generated: columns beside the target, at most PES_RIDGE_FEATURES
    uint64_t table_seed;   // generated: what it is drawn from
    double training_share; // of the rows, in (0, 1)
    uint64_t split_seed;   // of which rows are for training
    double learning_rate;  // of the inner SGD
    double start;          // the initial theta
} pes_ridge_options;

// Half a sum of squares over some rows X, y of the table, |X w - y|^2 / 2, as a function of w:
//     w' gram w / 2 - cross' w + square / 2
typedef struct pes_ridge_squares {
    int64_t rows;
    double gram[PES_RIDGE_FEATURES][PES_RIDGE_FEATURES]; // X' X, features x features
    double cross[PES_RIDGE_FEATURES];                    // X' y, features
    double square;                                       // y' y
} pes_ridge_squares;

typedef struct pes_ridge {
    pes_ridge_options options;
    const pes_kernels *kernels;
    int64_t features;        // F, columns of X
    pes_ridge_squares inner; // over the rows for training
    pes_ridge_squares outer; // over the others
} pes_ridge;

// Fill features, inner and outer from options, data.c. With data->sizes_only the sizes alone.
// PES_E_ARGUMENT (a part of the split is empty), PES_E_FILE, PES_E_FORMAT, PES_E_MEMORY.
pes_status pes_ridge_read(pes_ridge *ridge, const pes_data_folders *data);
const char *pes_ridge_table_name(int64_t index); // NULL past the last
int64_t pes_ridge_features(const pes_ridge_options *options);

// The system, unroll.c. A state is w, features doubles; one step of the tape is w before the
// step and the slope of the outer loss after it, 2 x features doubles.
pes_status pes_ridge_init(void *user, void *worker, const pes_batch *batch);
pes_status pes_ridge_unroll(void *user, void *worker, const pes_batch *batch);
pes_status pes_ridge_tangents(void *user, void *worker, const pes_batch *batch,
                              const pes_tangents *tangents);
pes_status pes_ridge_adjoints(void *user, void *worker, const pes_batch *batch,
                              const pes_adjoints *adjoints);

// What SGD tends to, optimum.c: the outer loss at w = (X'X + exp(theta) I)^-1 X'y; `w` has room
// for features. And the theta in [-PES_RIDGE_RANGE, PES_RIDGE_RANGE] where that is least, to
// about 1e-7; an end of the interval if the regularisation that is best is none or all.
enum { PES_RIDGE_RANGE = 15 };
double pes_ridge_settled(const pes_ridge *ridge, double theta, double *w);
double pes_ridge_optimum(const pes_ridge *ridge);

#endif // PES_PROBLEMS_HYPER_RIDGE_H
