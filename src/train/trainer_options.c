// The run's settings: the table that everything which prints or reads them walks.

#include <string.h>

#include "base/fields.h"
#include "pes/trainer.h"
#include "unroll/unroll.h"

static void set_default(void *options) {
    const pes_trainer_options start = pes_trainer_options_default();
    memcpy(options, &start, sizeof start);
}

#define FIELD(member, kind, ...) PES_FIELD(pes_trainer_options, member, kind, __VA_ARGS__)
#define MOST                     9e15 // integers that a double holds exactly

static const char *objective_name(int64_t index) {
    return index == 0 ? "same" : index > 0 ? pes_objective_name(index - 1) : NULL;
}

static const pes_field fields[] = {
    FIELD(updates, INT, .maximum = MOST, .unit = "updates",
          .summary = "outer updates in the whole run"),
    FIELD(inner_steps, INT, .maximum = MOST, .unit = "inner steps",
          .summary = "stop once this many are taken for estimates; 0: no such limit"),
    FIELD(seed, SEED, .unit = "",
          .summary = "the run is a pure function of this, the settings and the version"),
    FIELD(log_every, INT, .minimum = 1, .maximum = MOST, .unit = "updates",
          .summary = "updates per row of log.jsonl"),
    FIELD(evaluate_every, INT, .maximum = MOST, .unit = "updates",
          .summary =
              "updates per evaluation of the true objective, and at both ends; 0: never"),
    FIELD(evaluation_episodes, INT, .minimum = 1, .maximum = 1e6, .unit = "episodes",
          .summary = "whole episodes per evaluation"),
    FIELD(evaluation_steps, INT, .maximum = 4294967296.0, .unit = "inner steps",
          .summary = "inner steps of an evaluation's episodes; 0: the horizon"),
    FIELD(checkpoint_every, INT, .maximum = MOST, .unit = "updates",
          .summary = "updates per checkpoint; 0: by time only"),
    FIELD(checkpoint_seconds, REAL, .maximum = 1e9, .unit = "seconds",
          .summary = "seconds per checkpoint; 0: by updates only"),
    FIELD(events, BOOL, .unit = "", .summary = "write TensorBoard events"),
    FIELD(threads, INT, .maximum = 1024, .unit = "threads",
          .summary = "worker threads; 0: one per processor; no result depends on it"),
    FIELD(evaluation_objective, CHOICE, .unit = "", .choice = objective_name,
          .summary = "what evaluations report: the same as the estimator minimizes, or another "
                     "objective"),
};

const pes_field_table *pes_trainer_fields(void) {
    static const pes_field_table table =
        PES_FIELD_TABLE("run", pes_trainer_options, fields, set_default);
    return &table;
}
