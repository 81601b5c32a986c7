// A search from the inside: shared by the files of this room.
//
// Slots hold the points in flight, slot after slot in the order of their numbers; a slot has a
// row for each of its episodes. After a rung the survivors move together at the front.

#ifndef PES_SEARCH_SEARCH_H
#define PES_SEARCH_SEARCH_H

#include "base/arena.h"
#include "base/pool.h"
#include "pes/evaluator.h"
#include "pes/search.h"
#include "record/checkpoints.h"
#include "record/log.h"
#include "search/plan.h"
#include "unroll/unroll.h"

// Everything that counts, as a checkpoint stores it.
typedef struct pes_search_counters {
    int64_t begun;    // points
    int64_t slots;    // points in flight
    int64_t bracket;  // s of the cohort in flight, or of the next one
    int64_t rung;     // of the cohort in flight
    int64_t finished; // points
    int64_t whole;    // points with a finite objective of whole episodes
    int64_t diverged; // points
    int64_t settled;  // inner steps of all rungs that are over
    int64_t best;     // number of the best point; -1: none
    int64_t steps;    // calls of pes_search_step() that did something
    int64_t done;     // 1: the last row is written
    int64_t log_size; // bytes; filled for a checkpoint
    int64_t evaluations_size;
} pes_search_counters;
enum { PES_SEARCH_COUNTERS = sizeof(pes_search_counters) / sizeof(int64_t) };

typedef struct pes_search_measures {
    double seconds;        // filled for a checkpoint
    double best_objective; // as the search saw it; NaN: none
    double objective;      // of the best point, evaluated or the same
    double objective_error;
} pes_search_measures;
enum { PES_SEARCH_MEASURES = sizeof(pes_search_measures) / sizeof(double) };

// What one thread needs for a batch of rows.
typedef struct pes_search_scratch {
    void *worker;
    double *loss;   // batch x PES_SEARCH_SLICE
    int64_t *ended; // batch
} pes_search_scratch;

enum { PES_SEARCH_SLICE = 50 }; // inner steps of a call of pes_search_step(), at most

struct pes_search {
    pes_system system;
    pes_search_options options;
    pes_trainer_options run;
    pes_objective objective;
    bool is_grid;
    pes_search_plan plan;
    int64_t most_slots; // points in flight, at most
    int64_t batch;      // rows per task, at most
    pes_pool *pool;
    pes_evaluator *evaluator; // NULL: the search's own objective is all there is

    void *memory;
    double *low, *high;          // num_params
    float *best;                 // num_params
    pes_search_scratch *scratch; // threads
    int64_t *point;              // most_slots, their numbers
    double *score;               // most_slots, of the last rung
    int64_t *order;              // most_slots, slots from the best to the worst
    float *theta;                // rows x num_params
    unsigned char *state;        // rows x state_bytes
    unsigned char *snapshot;     // rows x snapshot_bytes
    pes_stream *stream;          // rows
    pes_ask_action *action;      // rows
    int64_t *clock;              // rows, inner steps taken
    int64_t *steps;              // rows, to take in this call
    uint8_t *open;               // rows, 1: the episode has not ended and its losses are finite
    double *sum;                 // rows, of all losses, in the order of time
    double *fresh;               // rows, of the losses of this rung
    double *last;                // rows, last loss
    double *judged;     // rows, mean of a rung's losses, or the last: the last rung that
                        // the row took a step in
    double *objectives; // max(episodes, evaluation_episodes), for means and errors

    pes_search_counters counters;
    pes_search_measures measures;
    bool interrupted;
    double since;          // clock when this sitting began, less the seconds of earlier ones
    double checkpointed;   // clock at the last checkpoint
    int64_t stored;        // counters.steps of the last checkpoint; -1: none
    int64_t stored_points; // counters.finished of it

    // NULL without a directory
    char *directory;
    char *fingerprint;
    pes_log *log;
    pes_log *evaluations;
    pes_checkpoints *checkpoints;
    bool started; // the files are open
};

// ---- describe.c: what is to be done -------------------------------------------------

// Fill the system, the options and the plan. PES_E_ARGUMENT.
pes_status pes_search_describe(pes_search *search, const pes_search_parts *parts);

// ---- box.c: where points lie --------------------------------------------------------

// Fill low, high, and best with the middle. PES_E_ARGUMENT.
pes_status pes_search_fill_box(pes_search *search, const double *low, const double *high);
pes_status pes_search_count_grid(const pes_search *search, int64_t *points);

// ---- advance.c: rows ----------------------------------------------------------------

// Begin `points` points in the slots.
void pes_search_begin_cohort(pes_search *search, int64_t points);

// Advance every open row by up to PES_SEARCH_SLICE steps, not beyond the rung's end; *more:
// some row has steps left there.
pes_status pes_search_advance(pes_search *search, bool *more);

// Inner steps that the rows of a slot have taken in this rung, and those of all slots.
int64_t pes_search_rung_steps(const pes_search *search, int64_t slot);
int64_t pes_search_steps_in_flight(const pes_search *search);

// ---- rung.c: the end of a rung ------------------------------------------------------

// The worst end, the others go on; after the last rung all end.
pes_status pes_search_settle(pes_search *search);

// Log the best point once more: the last word of a search.
pes_status pes_search_close(pes_search *search);

// ---- record.c: files ----------------------------------------------------------------

// One point that has an end. `steps`: inner steps of the search by then.
typedef struct pes_search_end {
    int64_t slot;
    int64_t steps;
    int64_t taken;    // inner steps of its longest episode
    double objective; // NaN where it did not come to its end
} pes_search_end;

pes_status pes_search_open_record(pes_search *search, const char *directory,
                                  const char *fingerprint);
void pes_search_close_record(pes_search *search);
uint64_t pes_search_record_memory(void);
pes_status pes_search_start_record(pes_search *search);
pes_status pes_search_log_point(pes_search *search, const pes_search_end *end);

// The best point: `episodes` objectives of its evaluation, 0: none.
pes_status pes_search_log_best(pes_search *search, int64_t steps, int64_t episodes);

double pes_search_seconds(const pes_search *search);

#endif // PES_SEARCH_SEARCH_H
