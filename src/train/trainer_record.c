// What a run leaves on disk: rows, events, checkpoints; and how it goes on from them.

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/status.h"
#include "train/estimator.h"
#include "train/trainer.h"

enum { ROW_BYTES = 16384, HEADER_BYTES = 65536, OWN_TENSORS = 6 };

// The counters of a run, in the order in which a checkpoint stores them.
enum {
    UPDATE,
    INNER_STEPS,
    RESETS,
    DROPPED,
    OPTIMIZER_UPDATES,
    LOG_SIZE,
    EVALUATIONS_SIZE,
    EVENTS_SIZE,
    COUNTERS
};
// And its measures; the last two are those of theta's average, a tensor of their own.
enum { SECONDS, OBJECTIVE, OBJECTIVE_ERROR, FIRST_OBJECTIVE, OWN_MEASURES };
enum { AVERAGED = OWN_MEASURES, AVERAGED_ERROR, MEASURES };

static char *copy_text(const char *text) {
    const size_t bytes = strlen(text) + 1;
    char *copy = malloc(bytes);
    return copy != NULL ? memcpy(copy, text, bytes) : NULL;
}

pes_status pes_trainer_open_record(pes_trainer *trainer, const char *directory,
                                   const char *fingerprint) {
    pes_trainer *t = trainer;
    t->directory = copy_text(directory);
    t->fingerprint = copy_text(fingerprint != NULL ? fingerprint : "");
    PES_REQUIRE(t->directory != NULL && t->fingerprint != NULL, PES_E_MEMORY,
                "out of memory for the record of a run");
    const int64_t header = HEADER_BYTES + 2 * (int64_t)strlen(t->fingerprint);
    PES_TRY(pes_log_create(&t->log, directory, "log.jsonl", ROW_BYTES));
    PES_TRY(pes_log_create(&t->evaluations, directory, "evaluations.jsonl",
                           ROW_BYTES + 26 * t->options.evaluation_episodes));
    PES_TRY(pes_checkpoints_open(&t->checkpoints, directory, header));
    return t->options.events ? pes_events_create(&t->events, directory) : PES_OK;
}

void pes_trainer_close_record(pes_trainer *trainer) {
    pes_log_destroy(trainer->log);
    pes_log_destroy(trainer->evaluations);
    pes_events_destroy(trainer->events);
    pes_checkpoints_close(trainer->checkpoints);
    free(trainer->directory);
    free(trainer->fingerprint);
}

uint64_t pes_trainer_record_memory(void) {
    return 2 * pes_log_memory(ROW_BYTES) + pes_events_memory() +
           pes_checkpoints_memory(HEADER_BYTES);
}

pes_status pes_trainer_start_record(pes_trainer *trainer) {
    pes_trainer *t = trainer;
    if (t->directory == NULL) {
        return PES_OK;
    }
    PES_TRY(pes_log_start(t->log, 0));
    PES_TRY(pes_log_start(t->evaluations, 0));
    return t->events != NULL ? pes_events_start(t->events, NULL, 0) : PES_OK;
}

pes_status pes_trainer_log_update(pes_trainer *trainer) {
    const pes_trainer *t = trainer;
    const pes_progress *p = &t->progress;
    if (t->directory == NULL) {
        return PES_OK;
    }
    pes_log_begin(t->log);
    pes_log_int(t->log, "update", p->update);
    pes_log_int(t->log, "inner_steps", p->inner_steps);
    pes_log_real(t->log, "loss", p->last.loss);
    pes_log_theta(t->log, t->theta, t->system.num_params);
    pes_log_real(t->log, "gradient_norm", p->last.gradient_norm);
    pes_log_real(t->log, "signal_to_noise", p->last.signal_to_noise);
    pes_log_real(t->log, "gradient_variance", p->last.gradient_variance);
    pes_log_real(t->log, "past_share", p->last.past_share);
    pes_log_real(t->log, "sigma", p->last.sigma);
    pes_log_int(t->log, "resets", p->last.resets);
    pes_log_int(t->log, "dropped", p->last.dropped);
    pes_log_real(t->log, "seconds", pes_trainer_seconds(t));
    PES_TRY(pes_log_end(t->log));
    if (t->events == NULL) {
        return PES_OK;
    }
    pes_events_begin(t->events, p->update);
    pes_events_scalar(t->events, "train/loss", p->last.loss);
    pes_events_scalar(t->events, "train/gradient_norm", p->last.gradient_norm);
    pes_events_scalar(t->events, "train/signal_to_noise", p->last.signal_to_noise);
    pes_events_scalar(t->events, "train/gradient_variance", p->last.gradient_variance);
    pes_events_scalar(t->events, "train/past_share", p->last.past_share);
    return pes_events_end(t->events);
}

pes_status pes_trainer_log_evaluation(pes_trainer *trainer) {
    const pes_trainer *t = trainer;
    const pes_progress *p = &t->progress;
    if (t->directory == NULL) {
        return PES_OK;
    }
    pes_log_begin(t->evaluations);
    pes_log_int(t->evaluations, "update", p->update);
    pes_log_int(t->evaluations, "inner_steps", p->inner_steps);
    pes_log_real(t->evaluations, "objective", p->objective);
    pes_log_real(t->evaluations, "standard_error", p->objective_error);
    if (t->averaged != NULL) {
        pes_log_real(t->evaluations, "averaged_objective", p->averaged_objective);
        pes_log_real(t->evaluations, "averaged_standard_error", p->averaged_objective_error);
    }
    pes_log_reals(t->evaluations, "episodes", t->objectives, t->options.evaluation_episodes);
    pes_log_theta(t->evaluations, t->theta, t->system.num_params);
    pes_log_real(t->evaluations, "seconds", pes_trainer_seconds(t));
    PES_TRY(pes_log_end(t->evaluations));
    if (t->events == NULL) {
        return PES_OK;
    }
    pes_events_begin(t->events, p->update);
    pes_events_scalar(t->events, "evaluation/objective", p->objective);
    if (t->averaged != NULL) {
        pes_events_scalar(t->events, "evaluation/averaged_objective", p->averaged_objective);
    }
    return pes_events_end(t->events);
}

static void fill(const pes_trainer *t, int64_t counter[COUNTERS], double measure[MEASURES]) {
    const pes_progress *p = &t->progress;
    counter[UPDATE] = p->update;
    counter[INNER_STEPS] = p->inner_steps;
    counter[RESETS] = p->resets;
    counter[DROPPED] = p->dropped;
    counter[OPTIMIZER_UPDATES] = pes_optimizer_updates(t->optimizer);
    counter[LOG_SIZE] = pes_log_size(t->log);
    counter[EVALUATIONS_SIZE] = pes_log_size(t->evaluations);
    counter[EVENTS_SIZE] = t->events != NULL ? pes_events_size(t->events) : 0;
    measure[SECONDS] = pes_trainer_seconds(t);
    measure[OBJECTIVE] = p->objective;
    measure[OBJECTIVE_ERROR] = p->objective_error;
    measure[FIRST_OBJECTIVE] = p->first_objective;
    measure[AVERAGED] = p->averaged_objective;
    measure[AVERAGED_ERROR] = p->averaged_objective_error;
}

// The trainer's own tensors, around the estimator's. Everything points into the trainer, or to
// `counter` and `measure`.
static int64_t own_tensors(const pes_trainer *t, int64_t *counter, double *measure,
                           pes_tensor *tensor) {
    int64_t floats = 0;
    float *memory = pes_optimizer_memory(t->optimizer, &floats);
    const int64_t n = t->system.num_params;
    int64_t count = 0;
    tensor[count++] = (pes_tensor){"theta", "F32", 1, {n}, t->theta, 4 * n};
    tensor[count++] = (pes_tensor){"run.counters", "I64", 1, {COUNTERS}, counter, 8 * COUNTERS};
    tensor[count++] =
        (pes_tensor){"run.measures", "F64", 1, {OWN_MEASURES}, measure, 8 * OWN_MEASURES};
    if (t->averaged != NULL) {
        double *average = pes_optimizer_average(t->optimizer);
        tensor[count++] = (pes_tensor){"theta_average", "F64", 1, {n}, average, 8 * n};
        tensor[count++] = (pes_tensor){"run.averaged", "F64", 1, {2}, measure + AVERAGED, 16};
    }
    if (floats > 0) {
        tensor[count++] =
            (pes_tensor){"optimizer.memory", "F32", 1, {floats}, memory, 4 * floats};
    }
    return count;
}

pes_status pes_trainer_checkpoint(pes_trainer *trainer) {
    pes_trainer *t = trainer;
    if (t->directory == NULL || t->stored_update == t->progress.update) {
        return PES_OK;
    }
    PES_TRY(pes_log_sync(t->log));
    PES_TRY(pes_log_sync(t->evaluations));
    if (t->events != NULL) {
        PES_TRY(pes_events_sync(t->events));
    }
    int64_t counter[COUNTERS];
    double measure[MEASURES];
    fill(t, counter, measure);
    pes_tensor tensor[OWN_TENSORS + PES_ESTIMATOR_TENSORS];
    const int64_t own = own_tensors(t, counter, measure, tensor);
    int64_t theirs = 0;
    pes_checkpoint_pick pick;
    PES_TRY(pes_estimator_store(t->estimator, tensor + own, &theirs, &pick));
    pick.tensor += pick.tensor >= 0 ? own : 0;
    const pes_checkpoint_entry text[] = {
        {"program", "libpes"},
        {"version", pes_version()},
        {"system", t->system.name},
        {"fingerprint", t->fingerprint},
        {"events", t->events != NULL ? pes_events_name(t->events) : ""},
    };
    const pes_checkpoint_content content = {
        .text = text,
        .num_texts = (int64_t)(sizeof text / sizeof *text),
        .tensor = tensor,
        .num_tensors = own + theirs,
        .pick = &pick,
    };
    PES_TRY(pes_checkpoints_write(t->checkpoints, t->progress.update, &content));
    t->stored_update = t->progress.update;
    t->checkpointed = pes_clock_monotonic();
    return PES_OK;
}

static pes_status continue_files(pes_trainer *t, const pes_checkpoint *checkpoint,
                                 const int64_t counter[COUNTERS]) {
    PES_TRY(pes_log_start(t->log, counter[LOG_SIZE]));
    PES_TRY(pes_log_start(t->evaluations, counter[EVALUATIONS_SIZE]));
    if (t->events == NULL) {
        return PES_OK;
    }
    const char *name = pes_checkpoint_text(checkpoint, "events");
    return pes_events_start(t->events, name, counter[EVENTS_SIZE]);
}

static pes_status load(pes_trainer *t, const pes_checkpoint *checkpoint) {
    const char *fingerprint = pes_checkpoint_text(checkpoint, "fingerprint");
    PES_REQUIRE(fingerprint != NULL && strcmp(fingerprint, t->fingerprint) == 0, PES_E_FORMAT,
                "the checkpoints in %s were written under other settings; restore them, or "
                "begin a new run elsewhere",
                t->directory);
    int64_t counter[COUNTERS];
    double measure[MEASURES];
    pes_tensor tensor[OWN_TENSORS];
    const int64_t count = own_tensors(t, counter, measure, tensor);
    for (int64_t i = 0; i < count; i++) {
        PES_TRY(pes_checkpoint_take(checkpoint, &tensor[i]));
    }
    for (int i = 0; i < COUNTERS; i++) {
        PES_REQUIRE(counter[i] >= 0, PES_E_FORMAT,
                    "the checkpoint holds counters that no run can reach");
    }
    PES_TRY(pes_estimator_load(t->estimator, checkpoint));
    pes_optimizer_set_updates(t->optimizer, counter[OPTIMIZER_UPDATES]);
    pes_progress *p = &t->progress;
    p->update = counter[UPDATE];
    p->inner_steps = counter[INNER_STEPS];
    p->resets = counter[RESETS];
    p->dropped = counter[DROPPED];
    p->objective = measure[OBJECTIVE];
    p->objective_error = measure[OBJECTIVE_ERROR];
    p->first_objective = measure[FIRST_OBJECTIVE];
    if (t->averaged != NULL) {
        p->averaged_objective = measure[AVERAGED];
        p->averaged_objective_error = measure[AVERAGED_ERROR];
    }
    if (p->update > 0) {
        pes_trainer_copy_average(t);
    }
    PES_TRY(continue_files(t, checkpoint, counter));
    t->since = pes_clock_monotonic() - measure[SECONDS];
    t->checkpointed = pes_clock_monotonic();
    t->stored_update = p->update;
    t->started = true;
    return PES_OK;
}

pes_status pes_trainer_resume(pes_trainer *trainer) {
    pes_trainer *t = trainer;
    PES_REQUIRE(t->directory != NULL, PES_E_CALL_ORDER,
                "a trainer without a directory has nothing to resume from");
    pes_checkpoint *checkpoint = NULL;
    PES_TRY(pes_checkpoints_newest(t->directory, &checkpoint));
    const pes_status status = checkpoint != NULL ? load(t, checkpoint) : PES_OK;
    pes_checkpoint_close(checkpoint);
    return status;
}
