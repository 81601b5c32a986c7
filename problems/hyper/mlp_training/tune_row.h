// The settings of one table [[problem.tune]]: a hyperparameter that theta holds.

#ifndef PES_PROBLEMS_MLP_TUNE_ROW_H
#define PES_PROBLEMS_MLP_TUNE_ROW_H

#include "problems/problem.h"

enum { PES_MLP_TUNES = 20 }; // every hyperparameter, for weights and for biases

typedef struct pes_mlp_tune_row {
    const char *name;           // of hyper.c; NULL: not given
    const char *per;            // "all", "layer", "tensor": what has a value of its own
    const char *only;           // "all", "weights", "biases": what is tuned
    const char *schedule;       // a name of schedule.c
    int64_t knots;              // of "piecewise"; otherwise 0
    const char *transform;      // a name of transform.c, or "default"
    pes_real_list bounds;       // low and high, natural units; empty: the hyperparameter's own
    pes_real_list start;        // natural units; empty: the setting of that name
    pes_real_list start_range;  // low and high: a start at random between them
    pes_real_list search_range; // low and high of a search; empty: the hyperparameter's own
} pes_mlp_tune_row;

typedef struct pes_mlp_tune_list {
    int64_t count;
    pes_mlp_tune_row row[PES_MLP_TUNES];
} pes_mlp_tune_list;

extern const pes_field_table pes_mlp_tune_row_fields;

#endif // PES_PROBLEMS_MLP_TUNE_ROW_H
