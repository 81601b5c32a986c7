// A sitting of a run that estimates gradients.

#include <stdio.h>

#include "cli/result.h"
#include "cli/sitting.h"
#include "cli/stop.h"

static pes_status create(sitting *s) {
    const pes_trainer_parts parts = {
        .system = pes_problem_system(s->problem),
        .theta = pes_problem_theta(s->problem),
        .estimator = &s->setup->estimator,
        .optimizer = &s->setup->optimizer,
        .options = &s->setup->run,
        .directory = s->folder,
        .fingerprint = s->fingerprint,
    };
    return pes_trainer_create(&s->trainer, &parts);
}

static pes_status resume(sitting *s) {
    return pes_trainer_resume(s->trainer);
}

static void warn_of_bias(const sitting *s) {
    const char *bias = result_shaping_bias(s->setup);
    if (bias != NULL && !s->how->quiet) {
        fprintf(stderr, "%sshaping = \"%s\" biases the estimates: it %s\n", s->how->label,
                s->setup->estimator.shaping, bias);
    }
}

static bool watch(void *user, const pes_progress *now) {
    sitting *s = user;
    progress_report(&s->line, now);
    return stop_wanted();
}

static pes_status run(sitting *s) {
    warn_of_bias(s);
    s->line = progress_begin(s->how->label, s->how->quiet, s->setup->run.inner_steps);
    const pes_status status = pes_trainer_run(s->trainer, watch, s);
    progress_end(&s->line);
    return status;
}

static bool interrupted(const sitting *s, char where[64]) {
    const pes_progress now = pes_trainer_progress(s->trainer);
    snprintf(where, 64, "update %lld", (long long)now.update);
    return now.interrupted;
}

static json_t *result(const sitting *s) {
    const pes_progress now = pes_trainer_progress(s->trainer);
    return result_json(s->setup, s->problem, &now, pes_trainer_theta(s->trainer),
                       pes_trainer_theta_average(s->trainer));
}

const sitting_engine sitting_trainer = {
    .create = create,
    .resume = resume,
    .run = run,
    .interrupted = interrupted,
    .result = result,
};
