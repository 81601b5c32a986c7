/// @file trainer.h
/// The outer loop: estimate, optimize, record; interrupted and resumed without losing a bit.

#ifndef PES_TRAINER_H
#define PES_TRAINER_H

#include <stdbool.h>
#include <stdint.h>

#include "pes/estimator.h"
#include "pes/optimizer.h"
#include "pes/status.h"
#include "pes/system.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pes_trainer_options {
    uint32_t size;               // sizeof(pes_trainer_options)
    int64_t updates;             // outer updates in the whole run; >= 0
    int64_t inner_steps;         // stop once so many are taken for estimates; 0: no such limit
    uint64_t seed;               // of the estimator, the evaluations and the system
    int64_t log_every;           // updates per row of log.jsonl; >= 1
    int64_t evaluate_every;      // updates per evaluation, and at both ends; 0: never
    int64_t evaluation_episodes; // whole episodes per evaluation
    int64_t evaluation_steps;    // inner steps of each; 0: the horizon
    int64_t checkpoint_every;    // updates per checkpoint; 0: by time only
    double checkpoint_seconds;   // seconds per checkpoint; 0: by updates only
    bool events;                 // write TensorBoard events
    int64_t threads;             // 0: one per processor
    const char *evaluation_objective; // "same" as the estimator's, "sum", "mean", "final"
} pes_trainer_options;

static inline pes_trainer_options pes_trainer_options_default(void) {
    pes_trainer_options options;
    options.size = (uint32_t)sizeof options;
    options.updates = 1000;
    options.inner_steps = 0;
    options.seed = 1;
    options.log_every = 1;
    options.evaluate_every = 0;
    options.evaluation_episodes = 4;
    options.evaluation_steps = 0;
    options.checkpoint_every = 0;
    options.checkpoint_seconds = 600.0;
    options.events = true;
    options.threads = 0;
    options.evaluation_objective = "same";
    return options;
}

/// The fields of pes_trainer_options; table name "run".
PES_API const pes_field_table *pes_trainer_fields(void);

/// Where a run stands.
typedef struct pes_progress {
    int64_t update;            // updates done
    int64_t updates;           // of the whole run
    int64_t inner_steps;       // taken for estimates, evaluations not counted
    double seconds;            // wall time of the run, earlier sittings included
    pes_estimate_info last;    // the last update
    double objective;          // mean of the last evaluation; NaN before the first
    double objective_error;    // its standard error
    double first_objective;    // mean of the first evaluation
    int64_t resets;            // particles restarted, whole run
    int64_t dropped;           // particles dropped, whole run
    bool interrupted;          // pes_trainer_run() stopped because the callback asked for it
    double averaged_objective; // as objective, at the average of theta; NaN without one
    double averaged_objective_error; // its standard error
} pes_progress;

/// Opaque.
typedef struct pes_trainer pes_trainer;

/// What a trainer is made of; everything is copied but what `system->user` points to. The
/// estimator's seed and threads are taken from `options`.
typedef struct pes_trainer_parts {
    const pes_system *system;
    const float *theta;                     // num_params, the start
    const pes_estimator_options *estimator; // NULL: the defaults
    const pes_optimizer_options *optimizer; // NULL: the defaults
    const pes_trainer_options *options;     // NULL: the defaults
    const char *directory; // for log, evaluations, checkpoints, events; exists; NULL: none
    const char
        *fingerprint; // text stored in checkpoints that a resumed run must repeat; or NULL
} pes_trainer_parts;

/// Build a trainer at its start; nothing is written yet. On failure *out is NULL.
PES_API pes_status pes_trainer_create(pes_trainer **out, const pes_trainer_parts *parts);

/// NULL is allowed.
PES_API void pes_trainer_destroy(pes_trainer *trainer);

/// Continue from the newest checkpoint in the directory that can be read, and cut the log files
/// back to it. A damaged newest checkpoint is passed over for the one before it. Without any
/// checkpoint the run starts at its start. PES_E_FORMAT if a checkpoint belongs to other
/// settings.
PES_API pes_status pes_trainer_resume(pes_trainer *trainer);

/// One update, with whatever log row, evaluation and checkpoint falls due.
PES_API pes_status pes_trainer_step(pes_trainer *trainer);

/// Update until the end. `watch`, where not NULL, is called after every update (and at the
/// start); when it returns true a checkpoint is written and the run stops with PES_OK and
/// progress.interrupted.
PES_API pes_status pes_trainer_run(pes_trainer *trainer,
                                   bool (*watch)(void *user, const pes_progress *progress),
                                   void *user);

/// Write a checkpoint now, if the run has a directory.
PES_API pes_status pes_trainer_checkpoint(pes_trainer *trainer);

PES_API pes_progress pes_trainer_progress(const pes_trainer *trainer);

/// Current parameters, num_params; valid while the trainer lives.
PES_API const float *pes_trainer_theta(const pes_trainer *trainer);

/// The average of theta over the updates, num_params, as the optimizer's setting `average`
/// says; valid until the next update. Theta itself before the first update; NULL without
/// averaging.
PES_API const float *pes_trainer_theta_average(const pes_trainer *trainer);

/// What the system's particles have learned in common so far, common_bytes; valid until the
/// next update. NULL: the system has nothing of the kind.
PES_API const void *pes_trainer_common(const pes_trainer *trainer);

/// Bytes that the trainer, its estimator and its evaluator allocate; 0 if a size overflows.
PES_API uint64_t pes_trainer_memory(const pes_trainer_parts *parts);

#ifdef __cplusplus
}
#endif

#endif // PES_TRAINER_H
