// From rows of particles to calls of the system, and from losses back to one number per row.
//
// A row says what to do with its state and how many steps to take. Neighbouring rows with the
// same orders become one batch of the system's callbacks.

#ifndef PES_UNROLL_UNROLL_H
#define PES_UNROLL_UNROLL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "pes/estimator.h"
#include "pes/system.h"

// Is this a system that can be worked with? PES_E_ARGUMENT.
pes_status pes_unroll_check_system(const pes_system *system);

// Open one worker for batches of up to `max_count` rows; NULL where the system has none. On
// failure *worker is NULL and there is nothing to close.
pes_status pes_unroll_open_worker(const pes_system *system, int64_t max_count, void **worker);

// PES_E_SYSTEM with the callback's name before its own sentence.
pes_status pes_unroll_failed(const pes_system *system, const char *callback, pes_status status);

// Consecutive rows. Everything but `state`, `loss` and `ended` is read only.
typedef struct pes_rows {
    int64_t count;
    bool level;                   // all have the same steps and action
    const float *theta;           // count x num_params
    unsigned char *state;         // count x state_bytes
    const unsigned char *shared;  // state_bytes, what PES_ASK_COPY copies
    const pes_stream *stream;     // count
    const int64_t *clock;         // count
    const int64_t *steps;         // count, at most `width`
    const pes_ask_action *action; // count
    int64_t width;                // elements of a row of `loss`
    double *loss;                 // count x width
    int64_t *ended;               // count, as in pes_batch
    const void *common;           // as in pes_batch
} pes_rows;

// Restart and copy where ordered. Calls init.
pes_status pes_unroll_prepare(const pes_system *system, void *worker, const pes_rows *rows);

// What takes the steps of one batch, whose first row is number `first` of the rows.
typedef pes_status (*pes_unroll_call)(void *argument, const pes_batch *batch, int64_t first);

// Take the steps by `call`, one batch for neighbours that take equally many. Fills `loss` and
// `ended`. A row without steps ends at 0.
pes_status pes_unroll_each(const pes_system *system, const pes_rows *rows, pes_unroll_call call,
                           void *argument);

// Take the steps. Calls unroll; fills `loss` and `ended`. A row without steps ends at 0.
pes_status pes_unroll_advance(const pes_system *system, void *worker, const pes_rows *rows);

typedef enum pes_objective {
    PES_OBJECTIVE_SUM,
    PES_OBJECTIVE_MEAN,
    PES_OBJECTIVE_FINAL
} pes_objective;

// "sum", "mean", "final"; NULL past the last. And back; -1 if there is none of that name.
const char *pes_objective_name(int64_t index);
int64_t pes_objective_find(const char *name);

// What the steps of one update add to a row's objective (docs/math.md, equation 5):
//     sum    L_1 + ... + L_n        mean    the same / scale
//     final  L_n - previous         so that an episode's updates telescope to its last loss
// The sum runs in the order of time. `previous` is the row's last loss, zero at its start, and
// is kept up to date.
double pes_unroll_credit(pes_objective objective, double scale, int64_t steps,
                         const double *loss, double *previous);

// The sums of rows first, for many at once: of steps[i] losses from loss + i * width on, in the
// order of time. Then the same from a row's sum.
void pes_unroll_sums(int64_t count, const int64_t *steps, int64_t width, const double *loss,
                     double *sum);

// The same for `count` rows of `steps` steps each: their sums become credits.
void pes_unroll_credits(pes_objective objective, double scale, int64_t count, int64_t steps,
                        int64_t width, const double *loss, double *credit, double *previous);

static inline double pes_unroll_credit_sum(pes_objective objective, double scale, double sum,
                                           int64_t steps, const double *loss,
                                           double *previous) {
    if (steps == 0) {
        return 0.0;
    }
    // a sum that is not finite shows every bad step, whatever the objective
    if (objective == PES_OBJECTIVE_FINAL && sum - sum == 0.0) {
        sum = loss[steps - 1] - *previous;
    }
    *previous = loss[steps - 1];
    return objective == PES_OBJECTIVE_MEAN ? sum / scale : sum;
}

#endif // PES_UNROLL_UNROLL_H
