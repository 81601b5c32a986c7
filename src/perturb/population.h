// The particles: who they are, what has been done to them, and what each has to do next.
//
// A *unit* is what draws one perturbation: an antithetic pair, or a single particle with plain
// sampling. Unit u owns the rows u * signs .. u * signs + signs - 1; antithetic halves are
// neighbours. Some methods have one more row, the guide, which follows theta itself. Particles
// tethered to it restart every update from its state.
//
//     eps = sigma z,    theta+- = theta +- eps,    xi = sum of eps / sigma^2 since the episode
//     began
//
// (docs/math.md, equations 2 and 3). xi becomes zero when the unit's state is reset, and only
// then.

#ifndef PES_PERTURB_POPULATION_H
#define PES_PERTURB_POPULATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "kernels/kernels.h"
#include "perturb/lengths.h"
#include "pes/estimator.h"

// The smallest sigma that can be set; schedules do not go below it either.
#define PES_SIGMA_LEAST 1e-15

typedef struct pes_population {
    // constant
    int64_t units;
    int64_t signs; // rows per unit: 2 antithetic, 1 plain
    int64_t num_params;
    int64_t truncation;  // K
    int64_t horizon;     // T, the longest episode; 0: endless
    pes_lengths lengths; // draws an episode's length; NULL: all have the horizon's
    int64_t shortest;    // of those drawn, inner steps
    int64_t interval;    // R, inner steps per perturbation; 0: one per episode
    bool still;          // no perturbations: every row has theta itself
    bool guided;         // there is a guide
    bool tethered;       // every update starts from the guide's state
    bool parted;         // `past` is kept beside xi
    bool share_all;      // one stream for all particles rather than one per unit
    uint64_t seed;
    int64_t warmup; // rounds before the first update that stagger the starts; 0: lockstep

    // lasting: what a checkpoint stores
    double sigma;         // standard deviation for the next draw
    float *xi;            // units x num_params
    float *past;          // the same without the perturbation in use; NULL if not parted
    double *drawn_sigma;  // units, of the perturbation in use
    double *drawn_square; // units, |eps / sigma^2|^2 of the perturbation in use
    double *past_square;  // units, |xi|^2 before it was drawn
    int64_t *drawn;       // units, noise interval of the perturbation in use; -1: none yet
    int64_t *episode;     // units + guide, episodes begun, from 0; -1 before the first
    int64_t *clock;       // rows, inner steps taken in the episode
    uint8_t *ended;       // rows, 1: this row's episode is over
    int64_t warming;      // rounds of the warm-up still to come
    int64_t warmed; // inner steps taken in those that have been, until an update counts them

    // follows from the episode's number
    int64_t *length; // units + guide, inner steps of the episode; 0: endless

    // orders for one update; stream and source are written when an episode begins
    int64_t guide_clock;    // the guide's clock at the start of this update, which units copy
    pes_stream *stream;     // rows
    int64_t *steps;         // rows, inner steps to take; after the update: those taken
    pes_ask_action *action; // rows
    int64_t *source;        // rows, row whose state to copy, or -1
} pes_population;

// Rows of states: the perturbed ones and the guide.
int64_t pes_population_rows(const pes_population *population);

// Point the arrays into the arena. The constant part must be set.
void pes_population_layout(pes_population *population, pes_arena *arena);

// Rounds of the warm-up for staggered starts: those of the unit that starts last. Unit u starts
// at inner step K floor(u J / units) of its first episode, J = ceil(T / K).
int64_t pes_population_rounds(const pes_population *population);

// Every row is at its end, so that the first round or update begins an episode everywhere.
void pes_population_start(pes_population *population);

// After the lasting arrays were read: what follows from them.
void pes_population_recall(pes_population *population);

// Inner steps of the episode that a row is in; 0: endless. A shift, since a division by 1 or 2
// that the compiler does not know costs as much as ten steps of a small system.
static inline int64_t pes_population_length(const pes_population *population, int64_t row) {
    return population->length[row >> (population->signs - 1)];
}

// Do the lasting arrays hold values that a run can reach? They may come from a file.
// PES_E_FORMAT.
pes_status pes_population_check(const pes_population *population);

// The guide's part of an update; before any unit's. Does nothing without a guide.
pes_status pes_population_order_guide(pes_population *population);

// Units first..last - 1: begin new episodes where they are due, and write stream, steps, action
// and source of their rows. Units do not affect each other. *level says whether all their rows
// have the same orders, clock and length of the episode, as particles that began together do
// until one ends early; then the work on them needs no second look at each.
pes_status pes_population_order(pes_population *population, int64_t first, int64_t last,
                                bool *level);

// Then perturb: draw where a noise interval begins, credit xi, and write the rows' parameters
// to `theta_rows`, (last - first) * signs x num_params. `normals` is scratch for
// pes_population_scratch() floats; `level` is what their orders said.
void pes_population_perturb(pes_population *population, const pes_kernels *kernels,
                            const float *theta, int64_t first, int64_t last, bool level,
                            float *normals, float *theta_rows);

// Floats of scratch for `units` units at a time.
int64_t pes_population_scratch(int64_t num_params, int64_t units);

// Is this a round of the warm-up in which the unit does not take part yet? It takes part in the
// last ones, as many as bring it to its start.
bool pes_population_waits(const pes_population *population, int64_t unit);

// Are all rows of a unit at their end?
static inline bool pes_population_over(const pes_population *population, int64_t unit) {
    const uint8_t *ended = population->ended + unit * population->signs;
    return ended[0] && ended[population->signs - 1];
}

// A unit's clock is that of the half that still runs.
static inline int64_t pes_population_clock(const pes_population *population, int64_t unit) {
    const int64_t *clock = population->clock + unit * population->signs;
    const int64_t other = clock[population->signs - 1];
    return clock[0] > other ? clock[0] : other;
}

// The noise interval that a unit is in.
static inline int64_t pes_population_interval(const pes_population *population, int64_t unit) {
    const int64_t interval = population->interval;
    return interval > 0 ? pes_population_clock(population, unit) / interval : 0;
}

#endif // PES_PERTURB_POPULATION_H
