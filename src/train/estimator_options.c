// The estimator's settings: the table that everything which prints or reads them walks.

#include <string.h>

#include "base/decay.h"
#include "base/fields.h"
#include "estimate/method.h"
#include "estimate/shaping.h"
#include "perturb/population.h"
#include "pes/estimator.h"
#include "unroll/unroll.h"

static const char *method_name(int64_t index) {
    const pes_method_info *info = pes_method_get(index);
    return info != NULL ? info->name : NULL;
}

static const char *sharing_name(int64_t index) {
    static const char *const name[] = {"pair", "all", NULL};
    return index < 2 ? name[index] : NULL;
}

static const char *shaping_name(int64_t index) {
    const pes_shaping_info *info = pes_shaping_get(index);
    return info != NULL ? info->name : NULL;
}

static const char *starts_name(int64_t index) {
    static const char *const name[] = {"lockstep", "staggered", NULL};
    return index < 2 ? name[index] : NULL;
}

static void set_default(void *options) {
    const pes_estimator_options start = pes_estimator_options_default();
    memcpy(options, &start, sizeof start);
}

#define FIELD(member, kind, ...) PES_FIELD(pes_estimator_options, member, kind, __VA_ARGS__)

static const pes_field fields[] = {
    FIELD(method, CHOICE, .unit = "", .choice = method_name,
          .summary = "how gradients are estimated"),
    FIELD(particles, INT, .minimum = 1, .maximum = 1e9, .unit = "particles",
          .summary = "N, both signs counted; even with antithetic sampling"),
    FIELD(truncation, INT, .minimum = 1, .maximum = 4294967296.0, .unit = "inner steps",
          .summary = "K, inner steps per update"),
    FIELD(horizon, INT, .minimum = 0, .maximum = 4294967296.0, .unit = "inner steps",
          .summary = "T, inner steps per episode; 0: only the system ends one"),
    FIELD(sigma, REAL, .minimum = PES_SIGMA_LEAST, .maximum = 1e10, .unit = "",
          .summary = "standard deviation of the perturbations"),
    FIELD(antithetic, BOOL, .unit = "",
          .summary = "perturb in pairs of opposite sign that share their randomness"),
    FIELD(sharing, CHOICE, .unit = "", .choice = sharing_name,
          .summary = "who shares the system's randomness: the two halves of a pair, or all "
                     "particles"),
    FIELD(objective, CHOICE, .unit = "", .choice = pes_objective_name,
          .summary = "what is minimized: the sum of an episode's losses, their mean, or the "
                     "last one"),
    FIELD(max_dropped, REAL, .unit = "", .minimum = 0, .maximum = 1,
          .summary = "share of the particles whose losses may be not finite in one update "
                     "before the run stops"),
    FIELD(seed, SEED, .unit = "",
          .summary = "the estimates are a pure function of this and theta; a "
                     "trainer sets it from the run's"),
    FIELD(threads, INT, .minimum = 0, .maximum = 1024, .unit = "threads",
          .summary = "0: one per processor; a trainer sets it from the run's"),
    FIELD(starts, CHOICE, .unit = "", .choice = starts_name,
          .summary =
              "where first episodes begin to count: all at their start, or spread evenly "
              "over the horizon"),
    FIELD(lengths, CHOICE, .unit = "", .choice = pes_lengths_name,
          .summary = "how long episodes last: all as long as the horizon, or each drawn from "
                     "shortest to the horizon"),
    FIELD(shortest, INT, .minimum = 0, .maximum = 4294967296.0, .unit = "inner steps",
          .summary = "uniform, log_uniform: inner steps of the shortest episode; 0: the "
                     "truncation"),
    FIELD(sigma_schedule, CHOICE, .unit = "", .choice = pes_decay_name,
          .summary = "how sigma falls from the first update on"),
    FIELD(sigma_updates, INT, .minimum = 1, .maximum = 1e15, .unit = "updates",
          .summary = "step, exponential: updates per factor; cosine: updates to the end; "
                     "drop: updates before it"),
    FIELD(sigma_factor, REAL, .above_minimum = true, .maximum = 1, .unit = "",
          .summary = "step, exponential, drop: factor; cosine: share of sigma at the end"),
    FIELD(shaping, CHOICE, .unit = "", .choice = shaping_name,
          .summary = "what an update's losses become before they are credited; 'pes info' and "
                     "the name say which bias that causes"),
    FIELD(shaping_limit, REAL, .above_minimum = true, .maximum = 1e300, .unit = "",
          .summary = "clipped: largest difference of the two losses of a pair, in their unit"),
    FIELD(noise_interval, INT, .minimum = 0, .maximum = 4294967296.0, .unit = "inner steps",
          .summary = "gpes: R, inner steps per perturbation, a multiple of truncation; 0 for "
                     "other methods"),
};

const pes_field_table *pes_estimator_fields(void) {
    static const pes_field_table table =
        PES_FIELD_TABLE("estimator", pes_estimator_options, fields, set_default);
    return &table;
}
