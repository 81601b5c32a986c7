// The outer loop. Read pes_trainer_step() first: it names what happens in one update.

#include "train/trainer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/sized.h"
#include "base/status.h"

// The settings that two option structs would otherwise hold twice are the run's.
static pes_status estimator_options(const pes_trainer_parts *parts,
                                    const pes_trainer_options *run,
                                    pes_estimator_options *out) {
    *out = pes_estimator_options_default();
    if (parts->estimator != NULL) {
        PES_TRY(pes_read_sized(out, sizeof *out, parts->estimator, parts->estimator->size,
                               "estimator options"));
    }
    out->size = (uint32_t)sizeof *out;
    out->seed = run->seed;
    out->threads = run->threads;
    return PES_OK;
}

static pes_evaluator_options evaluator_options(const pes_estimator_options *estimator,
                                               const pes_trainer_options *run) {
    pes_evaluator_options options = pes_evaluator_options_default();
    options.episodes = run->evaluation_episodes;
    options.steps = run->evaluation_steps > 0 ? run->evaluation_steps : estimator->horizon;
    const bool is_same = strcmp(run->evaluation_objective, "same") == 0;
    options.objective = is_same ? estimator->objective : run->evaluation_objective;
    options.seed = run->seed;
    options.threads = run->threads;
    return options;
}

static pes_status read_options(pes_trainer_options *run, const pes_trainer_parts *parts) {
    *run = pes_trainer_options_default();
    if (parts->options != NULL) {
        PES_TRY(
            pes_read_sized(run, sizeof *run, parts->options, parts->options->size, "options"));
    }
    return pes_fields_check(pes_trainer_fields(), run);
}

static pes_status build_evaluator(pes_trainer *t, const pes_estimator_options *estimator) {
    if (t->options.evaluate_every == 0) {
        return PES_OK;
    }
    const pes_evaluator_options options = evaluator_options(estimator, &t->options);
    PES_REQUIRE(options.steps > 0, PES_E_ARGUMENT,
                "evaluations need an end: set evaluation_steps, since there is no horizon");
    PES_TRY(pes_evaluator_create(&t->evaluator, &t->system, &options));
    t->objectives = calloc((size_t)options.episodes, sizeof *t->objectives);
    PES_REQUIRE(t->objectives != NULL, PES_E_MEMORY, "out of memory for evaluations");
    return PES_OK;
}

static pes_status build_optimizer(pes_trainer *t, const pes_optimizer_options *given) {
    const pes_optimizer_options options = pes_optimizer_options_default();
    return pes_optimizer_create(&t->optimizer, given != NULL ? given : &options,
                                t->system.num_params);
}

static pes_status build(pes_trainer *t, const pes_trainer_parts *parts) {
    PES_TRY(read_options(&t->options, parts));
    PES_TRY(pes_read_sized(&t->system, sizeof t->system, parts->system, parts->system->size,
                           "system"));
    pes_estimator_options estimator;
    PES_TRY(estimator_options(parts, &t->options, &estimator));
    PES_TRY(pes_estimator_create(&t->estimator, &t->system, &estimator));
    PES_TRY(build_optimizer(t, parts->optimizer));
    PES_TRY(build_evaluator(t, &estimator));

    const size_t bytes = (size_t)t->system.num_params * sizeof *t->theta;
    t->theta = malloc(bytes);
    t->grad = calloc(1, bytes);
    PES_REQUIRE(t->theta != NULL && t->grad != NULL, PES_E_MEMORY,
                "out of memory for %lld parameters", (long long)t->system.num_params);
    memcpy(t->theta, parts->theta, bytes);
    if (pes_optimizer_average(t->optimizer) != NULL) {
        t->averaged = malloc(bytes);
        PES_REQUIRE(t->averaged != NULL, PES_E_MEMORY,
                    "out of memory for the average of %lld parameters",
                    (long long)t->system.num_params);
        memcpy(t->averaged, parts->theta, bytes);
    }
    t->progress = (pes_progress){
        .updates = t->options.updates,
        .objective = (double)NAN,
        .objective_error = (double)NAN,
        .first_objective = (double)NAN,
        .averaged_objective = (double)NAN,
        .averaged_objective_error = (double)NAN,
    };
    t->stored_update = -1;
    t->since = pes_clock_monotonic();
    t->checkpointed = t->since;
    return parts->directory != NULL
               ? pes_trainer_open_record(t, parts->directory, parts->fingerprint)
               : PES_OK;
}

pes_status pes_trainer_create(pes_trainer **out, const pes_trainer_parts *parts) {
    *out = NULL;
    pes_trainer *t = calloc(1, sizeof *t);
    PES_REQUIRE(t != NULL, PES_E_MEMORY, "out of memory for a trainer");
    const pes_status status = build(t, parts);
    if (status != PES_OK) {
        pes_trainer_destroy(t);
        return status;
    }
    *out = t;
    return PES_OK;
}

void pes_trainer_destroy(pes_trainer *trainer) {
    if (trainer == NULL) {
        return;
    }
    pes_trainer_close_record(trainer);
    pes_evaluator_destroy(trainer->evaluator);
    pes_optimizer_destroy(trainer->optimizer);
    pes_estimator_destroy(trainer->estimator);
    free(trainer->objectives);
    free(trainer->theta);
    free(trainer->grad);
    free(trainer->averaged);
    free(trainer);
}

static bool averages(const pes_optimizer_options *options) {
    pes_optimizer_options known = pes_optimizer_options_default();
    if (options == NULL) {
        return false;
    }
    const pes_status status =
        pes_read_sized(&known, sizeof known, options, options->size, "pes_optimizer_options");
    return status == PES_OK && strcmp(known.average, "none") != 0;
}

uint64_t pes_trainer_memory(const pes_trainer_parts *parts) {
    pes_trainer_options run;
    pes_estimator_options estimator;
    if (read_options(&run, parts) != PES_OK ||
        estimator_options(parts, &run, &estimator) != PES_OK) {
        return 0;
    }
    const uint64_t held = pes_estimator_memory(parts->system, &estimator);
    const pes_evaluator_options evaluator = evaluator_options(&estimator, &run);
    const uint64_t judged =
        run.evaluate_every > 0 ? pes_evaluator_memory(parts->system, &evaluator) : 0;
    if (held == 0 || (run.evaluate_every > 0 && judged == 0)) {
        return 0;
    }
    // theta, gradient, and an optimizer's usual two moments; the average and its copy in floats
    uint64_t each = 4 * sizeof(float);
    if (averages(parts->optimizer)) {
        each += sizeof(double) + sizeof(float);
    }
    return held + judged + each * (uint64_t)parts->system->num_params +
           pes_trainer_record_memory();
}

pes_progress pes_trainer_progress(const pes_trainer *trainer) {
    pes_progress progress = trainer->progress;
    progress.seconds = pes_trainer_seconds(trainer);
    return progress;
}

const float *pes_trainer_theta_average(const pes_trainer *trainer) {
    return trainer->averaged;
}

const float *pes_trainer_theta(const pes_trainer *trainer) {
    return trainer->theta;
}

const void *pes_trainer_common(const pes_trainer *trainer) {
    return pes_estimator_common(trainer->estimator);
}

double pes_trainer_seconds(const pes_trainer *trainer) {
    return pes_clock_monotonic() - trainer->since;
}

// The optimizer's average in floats, which is what systems take.
void pes_trainer_copy_average(pes_trainer *trainer) {
    const double *average = pes_optimizer_average(trainer->optimizer);
    for (int64_t i = 0; average != NULL && i < trainer->system.num_params; i++) {
        trainer->averaged[i] = (float)average[i];
    }
}

static bool finished(const pes_trainer *t) {
    return t->progress.update >= t->options.updates ||
           (t->options.inner_steps > 0 && t->progress.inner_steps >= t->options.inner_steps);
}

// Mean and standard error of the true objective at some parameters.
static pes_status judge(pes_trainer *t, const float *theta, double *mean, double *error) {
    const int64_t n = t->options.evaluation_episodes;
    pes_evaluator_set_common(t->evaluator, pes_trainer_common(t));
    PES_TRY(pes_evaluator_run(t->evaluator, theta, t->objectives, NULL));
    double sum = 0.0, squares = 0.0;
    for (int64_t i = 0; i < n; i++) {
        sum += t->objectives[i];
    }
    *mean = sum / (double)n;
    for (int64_t i = 0; i < n; i++) {
        squares += (t->objectives[i] - *mean) * (t->objectives[i] - *mean);
    }
    *error = n > 1 ? sqrt(squares / (double)(n - 1) / (double)n) : (double)NAN;
    return PES_OK;
}

// Theta's average first, so that the episodes written down are theta's own.
static pes_status evaluate(pes_trainer *t) {
    pes_progress *p = &t->progress;
    if (t->averaged != NULL) {
        PES_TRY(judge(t, t->averaged, &p->averaged_objective, &p->averaged_objective_error));
    }
    PES_TRY(judge(t, t->theta, &p->objective, &p->objective_error));
    if (p->update == 0) {
        p->first_objective = p->objective;
    }
    return pes_trainer_log_evaluation(t);
}

// Once, before the first update: the files, and the evaluation that all others are held
// against.
static pes_status begin(pes_trainer *t) {
    if (t->started) {
        return PES_OK;
    }
    PES_TRY(pes_trainer_start_record(t));
    t->started = true;
    return t->evaluator != NULL ? evaluate(t) : PES_OK;
}

static bool due(int64_t update, int64_t every) {
    return every > 0 && update % every == 0;
}

static pes_status keep(pes_trainer *t) {
    const double waited = pes_clock_monotonic() - t->checkpointed;
    const bool by_time =
        t->options.checkpoint_seconds > 0.0 && waited >= t->options.checkpoint_seconds;
    const bool wanted =
        by_time || due(t->progress.update, t->options.checkpoint_every) || finished(t);
    return wanted ? pes_trainer_checkpoint(t) : PES_OK;
}

pes_status pes_trainer_step(pes_trainer *trainer) {
    pes_trainer *t = trainer;
    pes_progress *p = &t->progress;
    PES_TRY(begin(t));
    PES_TRY(pes_estimator_step(t->estimator, t->theta, t->grad, &p->last)); // estimate
    PES_TRY(pes_optimizer_apply(t->optimizer, t->grad, t->theta));          // optimize
    pes_trainer_copy_average(t);
    p->update++;
    p->inner_steps += p->last.inner_steps;
    p->resets += p->last.resets;
    p->dropped += p->last.dropped;

    if (due(p->update, t->options.log_every) || finished(t)) { // record
        PES_TRY(pes_trainer_log_update(t));
    }
    if (t->evaluator != NULL && (due(p->update, t->options.evaluate_every) || finished(t))) {
        PES_TRY(evaluate(t));
    }
    return keep(t);
}

pes_status pes_trainer_run(pes_trainer *trainer,
                           bool (*watch)(void *user, const pes_progress *progress),
                           void *user) {
    pes_trainer *t = trainer;
    t->progress.interrupted = false;
    PES_TRY(begin(t));
    for (;;) {
        const pes_progress now = pes_trainer_progress(t);
        if (watch != NULL && watch(user, &now)) {
            t->progress.interrupted = !finished(t);
            return pes_trainer_checkpoint(t);
        }
        if (finished(t)) {
            return PES_OK;
        }
        PES_TRY(pes_trainer_step(t));
    }
}
