// A trainer from the inside: shared by the files of this room that drive it and record it.

#ifndef PES_TRAIN_TRAINER_H
#define PES_TRAIN_TRAINER_H

#include "pes/evaluator.h"
#include "pes/trainer.h"
#include "record/checkpoints.h"
#include "record/events.h"
#include "record/log.h"

struct pes_trainer {
    pes_system system;
    pes_trainer_options options;
    pes_estimator *estimator;
    pes_optimizer *optimizer;
    pes_evaluator *evaluator; // NULL: no evaluations
    float *theta;             // num_params
    float *grad;              // num_params
    float *averaged;          // num_params, the optimizer's average of theta; NULL: none
    double *objectives;       // evaluation_episodes

    pes_progress progress;
    double since;          // clock when this sitting began, less the seconds of earlier ones
    double checkpointed;   // clock at the last checkpoint
    int64_t stored_update; // update of the last checkpoint; -1: none

    // NULL without a directory
    char *directory;
    char *fingerprint;
    pes_log *log;
    pes_log *evaluations;
    pes_events *events;
    pes_checkpoints *checkpoints;
    bool started; // the files are open
};

// Allocate the writers of a directory. On failure pes_trainer_destroy() takes apart what is
// there.
pes_status pes_trainer_open_record(pes_trainer *trainer, const char *directory,
                                   const char *fingerprint);
void pes_trainer_close_record(pes_trainer *trainer);
uint64_t pes_trainer_record_memory(void);

// Begin the files of a run that has no past.
pes_status pes_trainer_start_record(pes_trainer *trainer);

// One row each of log.jsonl and evaluations.jsonl, and the events that belong to it.
pes_status pes_trainer_log_update(pes_trainer *trainer);
pes_status pes_trainer_log_evaluation(pes_trainer *trainer);

// After an update, or a checkpoint read: the optimizer's average of theta into `averaged`.
void pes_trainer_copy_average(pes_trainer *trainer);

// Seconds of the whole run, earlier sittings included.
double pes_trainer_seconds(const pes_trainer *trainer);

#endif // PES_TRAIN_TRAINER_H
