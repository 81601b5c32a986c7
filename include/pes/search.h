/// @file search.h
/// What gradients of unrolled computation are compared with: random search, a grid, successive
/// halving and Hyperband, over the parameters of any system.
///
/// A *point* is one theta. It is judged by whole episodes of its own, T inner steps each, as an
/// evaluation is; the search keeps the point with the lowest objective. Points are advanced
/// together on all threads, and every inner step is counted. All points lie in a box, low <=
/// theta <= high in each parameter.
///
///   random              uniform in the box (Bergstra and Bengio 2012)
///   grid                every combination of equally spaced values, the box's corners included
///   successive_halving  many points begin; after each rung those that look best go on, one of
///                       eta of them, from the state that they have reached (Jamieson and
///                       Talwalkar 2016)
///   hyperband           successive halving for each trade between many points and much time
///                       for each (Li, Jamieson, DeSalvo, Rostamizadeh, Talwalkar 2018)

#ifndef PES_SEARCH_H
#define PES_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "pes/estimator.h"
#include "pes/field.h"
#include "pes/status.h"
#include "pes/system.h"
#include "pes/trainer.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pes_search_options {
    uint32_t size;      // sizeof(pes_search_options)
    const char *method; // "none", "random", "grid", "successive_halving", "hyperband"
    int64_t points;     // random: points; successive_halving: of the first rung; 0: as many
                        // as inner_steps allows, or eta^s for one survivor
    pes_real_list low;  // theta; one value for all parameters or one for each; empty: the
    pes_real_list high; // problem's range
    pes_int_list grid_points; // grid: values on each axis, one for all or one for each
    int64_t episodes;         // whole episodes per point, each with its own stream; >= 1
    int64_t eta;              // one of so many points survives a rung; >= 2
    int64_t min_steps;        // inner steps of the shortest rung, at least; 0: horizon / 81
    int64_t cohort;           // random and grid: points that are advanced together; >= 1
} pes_search_options;

static inline pes_search_options pes_search_options_default(void) {
    pes_search_options options;
    options.size = (uint32_t)sizeof options;
    options.method = "none";
    options.points = 0;
    options.low.count = 0;
    options.high.count = 0;
    options.grid_points.count = 0;
    for (int i = 0; i < PES_LIST_SIZE; i++) {
        options.low.value[i] = 0.0;
        options.high.value[i] = 0.0;
        options.grid_points.value[i] = 0;
    }
    options.episodes = 1;
    options.eta = 3;
    options.min_steps = 0;
    options.cohort = 32;
    return options;
}

/// The fields of pes_search_options; table name "search".
PES_API const pes_field_table *pes_search_fields(void);

/// What is known of a kind of search.
typedef struct pes_search_info {
    const char *name;    // "hyperband"
    const char *title;   // "Hyperband"
    const char *source;  // the paper
    const char *summary; // one sentence
} pes_search_info;

/// Kind number `index`, "none" left out; NULL past the last.
PES_API const pes_search_info *pes_search_get(int64_t index);

/// Opaque. A search belongs to one thread at a time.
typedef struct pes_search pes_search;

/// What a search is made of; everything is copied but what `system->user` points to.
typedef struct pes_search_parts {
    const pes_system *system;
    const pes_search_options *options; // method is not "none"
    const double *low;  // num_params, the box where the options do not give it; NULL: none
    const double *high; // likewise
    const pes_estimator_options *estimator; // horizon and objective of it, nothing else
    const pes_trainer_options
        *run;                // seed, threads, inner_steps, log_every, evaluation_* and
                             // checkpoint_* of it, in points for updates; with evaluate_every >
                             // 0 the best point is evaluated whenever there is a new one
    const char *directory;   // for log, evaluations, checkpoints; exists; NULL: none
    const char *fingerprint; // text that a resumed search must repeat; or NULL
} pes_search_parts;

/// Where a search stands.
typedef struct pes_search_progress {
    int64_t finished;         // points with an end: whole episodes, or stopped before
    int64_t points;           // of the whole search; 0: as many as inner_steps allows
    int64_t inner_steps;      // taken for the points, evaluations not counted
    int64_t most_inner_steps; // of the whole search, at most
    int64_t whole;            // points that took their whole episodes
    int64_t diverged;         // points with a loss that was not finite, whole search
    double seconds;           // wall time, earlier sittings included
    int64_t best;             // number of the best point, from 0; -1: none yet
    double best_objective;    // of it, as the search saw it; NaN before the first
    double objective;         // of it, evaluated, or else the same; NaN before the first
    double objective_error;   // its standard error; NaN of one episode
    bool done;                // nothing is left to do
    bool interrupted;         // pes_search_run() stopped because the callback asked for it
} pes_search_progress;

/// Build a search at its start; nothing is written yet, and everything that it will ever use is
/// allocated. PES_E_ARGUMENT with a sentence that says what to change (settings that the method
/// does not use, a box without an inside, a grid that is too large, a budget too small for the
/// first points), PES_E_MEMORY, PES_E_THREAD, PES_E_SYSTEM; then *out is NULL.
PES_API pes_status pes_search_create(pes_search **out, const pes_search_parts *parts);

/// NULL is allowed.
PES_API void pes_search_destroy(pes_search *search);

/// Bytes that pes_search_create() would allocate; 0 if a size overflows or a part is wrong.
PES_API uint64_t pes_search_memory(const pes_search_parts *parts);

/// Continue from the newest checkpoint in the directory that can be read, as
/// pes_trainer_resume() does; the points in flight go on from their states, bit for bit.
PES_API pes_status pes_search_resume(pes_search *search);

/// Advance the points in flight by some inner steps, or begin the next ones, with whatever row,
/// evaluation and checkpoint falls due. Does nothing once the search is done.
PES_API pes_status pes_search_step(pes_search *search);

/// Search until the end. `watch`, where not NULL, is called after every step (and at the
/// start); when it returns true a checkpoint is written and the search stops with PES_OK and
/// progress.interrupted.
PES_API pes_status pes_search_run(pes_search *search,
                                  bool (*watch)(void *user,
                                                const pes_search_progress *progress),
                                  void *user);

/// Write a checkpoint now, if the search has a directory.
PES_API pes_status pes_search_checkpoint(pes_search *search);

PES_API pes_search_progress pes_search_get_progress(const pes_search *search);

/// The best point so far, num_params; the middle of the box before the first. Valid while the
/// search lives.
PES_API const float *pes_search_best(const pes_search *search);

/// Theta number `index` of the search, num_params, from 0; of a grid, the last axis runs
/// fastest. A pure function of the options and the seed.
PES_API void pes_search_point(const pes_search *search, int64_t index, float *theta);

#ifdef __cplusplus
}
#endif

#endif // PES_SEARCH_H
