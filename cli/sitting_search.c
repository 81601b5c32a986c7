// A sitting of a search: random search, a grid, successive halving, Hyperband.

#include <math.h>
#include <stdlib.h>

#include "cli/result.h"
#include "cli/search_parts.h"
#include "cli/sitting.h"
#include "cli/stop.h"

static pes_status create(sitting *s) {
    search_parts parts;
    pes_status status = search_parts_make(&parts, s->setup, s->problem);
    if (status == PES_OK) {
        parts.parts.directory = s->folder;
        parts.parts.fingerprint = s->fingerprint;
        status = pes_search_create(&s->search, &parts.parts);
    }
    search_parts_free(&parts);
    return status;
}

static pes_status resume(sitting *s) {
    return pes_search_resume(s->search);
}

// A line of progress counts points as it counts updates.
static bool watch(void *user, const pes_search_progress *now) {
    sitting *s = user;
    const pes_progress line = {
        .update = now->finished,
        .updates = now->points,
        .inner_steps = now->inner_steps,
        .objective = now->objective,
        .last = {.loss = (double)NAN},
    };
    progress_report(&s->line, &line);
    return stop_wanted();
}

static pes_status run(sitting *s) {
    const pes_search_progress now = pes_search_get_progress(s->search);
    s->line = progress_begin(s->how->label, s->how->quiet, now.most_inner_steps);
    s->line.unit = "point";
    const pes_status status = pes_search_run(s->search, watch, s);
    progress_end(&s->line);
    return status;
}

static bool interrupted(const sitting *s, char where[64]) {
    const pes_search_progress now = pes_search_get_progress(s->search);
    snprintf(where, 64, "point %lld", (long long)now.finished);
    return now.interrupted;
}

static json_t *result(const sitting *s) {
    const pes_search_progress now = pes_search_get_progress(s->search);
    return result_search_json(s->setup, s->problem, &now, pes_search_best(s->search));
}

const sitting_engine sitting_search = {
    .create = create,
    .resume = resume,
    .run = run,
    .interrupted = interrupted,
    .result = result,
};
