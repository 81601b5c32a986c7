// How far the estimates of a method are from the gradient, and why: `pes variance`.
//
// At one theta, R independent estimates g_r, each summed over the updates of one episode, are
// compared with a reference gradient G. With h_r = g_r - G and S = sum of h_r,
//
//     squared error   1/R sum |h_r|^2
//     squared bias    (|S|^2 - sum |h_r|^2) / (R (R - 1)),  the mean of <h_r, h_s> over r != s
//     variance        squared error - squared bias
//
// all over |G|^2. The second one is an unbiased estimate of |E g - G|^2, which scatters around
// 0 where there is no bias, so it may be negative. Standard errors: of the mean for the first,
// of the jackknife over repetitions for the others.

#ifndef PES_CLI_VARIANCE_H
#define PES_CLI_VARIANCE_H

#include "cli/runs.h"

// What a point is compared with.
typedef struct variance_reference {
    const char *name; // "exact", "full_es"
    double *gradient; // num_params; NULL: there is none
    double error;     // its own expected squared error over |G|^2; 0: none; NaN: not known
} variance_reference;

enum { VARIANCE_EXACT, VARIANCE_FULL_ES, VARIANCE_REFERENCES };

// A number and its standard error.
typedef struct variance_value {
    double value;
    double error;
} variance_value;

typedef struct variance_result {
    variance_value squared_error;
    variance_value squared_bias;
    variance_value variance;
} variance_result;

// One grid point: the experiment, its open problem, and what is asked of it.
typedef struct variance_point {
    const experiment *setup;
    const pes_problem *problem;
    int64_t repetitions;         // R
    int64_t reference_particles; // of the references that are means
    int64_t threads;             // >= 1
    const float *theta;          // of the estimates; NULL: the problem's start
    int64_t updates;             // that an estimate sums; 0: those of one episode
    int64_t *dropped;            // becomes the number of particles left out; NULL: not asked
} variance_point;

// Both references of a point; `gradient` is to be freed. CLI_OK; or another code after one
// sentence, and nothing to free.
int variance_make_references(const variance_point *point,
                             variance_reference out[VARIANCE_REFERENCES]);

// The gradient (num_params) of one episode of that stream at the point's theta, by its system's
// adjoints.
pes_status variance_backpropagate(const variance_point *point, pes_stream stream,
                                  double *gradient);

// What the references depend on, as a text to be freed; NULL without memory.
char *variance_reference_key(const variance_point *point);

// All repetitions of one point: out is repetitions x num_params. CLI_GO if the method refuses
// these settings or loses its particles, with the reason in `reason`; CLI_INTERRUPTED without a
// word; or another code after one sentence.
enum { VARIANCE_REASON = 512 };
int variance_estimate(const variance_point *point, double *out, char reason[VARIANCE_REASON]);

// Repetitions against one reference; `work` has room for 2 (num_params + repetitions) numbers.
variance_result variance_compare(int64_t repetitions, int64_t num_params,
                                 const double *estimate, const variance_reference *reference,
                                 double *work);

// Repetitions by themselves: signal, an unbiased estimate of |E g|^2, and the variance of one
// repetition, E |g - E g|^2; `work` as above.
typedef struct variance_moments {
    variance_value signal;
    variance_value variance;
} variance_moments;
variance_moments variance_describe(int64_t repetitions, int64_t num_params,
                                   const double *estimate, double *work);

// The curves that the grid's points belong to: points that differ in their truncation only. The
// points are the runs of `out`, free it with runs_free(). CLI_OK, or another code after one
// sentence and nothing to free.
int variance_curves(const experiment *grid, runs *out);

// ---- rows -----------------------------------------------------------------------------

// A row of the table as JSON. `label` names the curve; `reason` NULL: there are results, and
// otherwise nothing is read of `reference` and `result`.
json_t *variance_row(const variance_point *point, const char *label,
                     const variance_reference *reference, const variance_result *result,
                     const char *reason);

// The rows of a finished table, and what was asked.
int variance_read(const char *path, json_t **rows); // array; CLI_OK or another code

// The table for people, on stdout.
int variance_print(const json_t *rows);

// Its picture. CLI_OK, or another code after one sentence.
int variance_draw(const char *picture, const char *problem, const json_t *rows);

#endif // PES_CLI_VARIANCE_H
