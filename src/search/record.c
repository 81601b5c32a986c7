// What a search leaves on disk: a row for every point that has come to its end (or every
// log_every-th), a row for every new best point, and checkpoints from which it goes on with the
// points in flight.

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/status.h"
#include "search/search.h"

enum { ROW_BYTES = 16384, HEADER_BYTES = 65536, TENSORS = 11 };

static char *copy_text(const char *text) {
    const size_t bytes = strlen(text) + 1;
    char *copy = malloc(bytes);
    return copy != NULL ? memcpy(copy, text, bytes) : NULL;
}

pes_status pes_search_open_record(pes_search *search, const char *directory,
                                  const char *fingerprint) {
    pes_search *s = search;
    s->directory = copy_text(directory);
    s->fingerprint = copy_text(fingerprint != NULL ? fingerprint : "");
    PES_REQUIRE(s->directory != NULL && s->fingerprint != NULL, PES_E_MEMORY,
                "out of memory for the record of a search");
    const int64_t header = HEADER_BYTES + 2 * (int64_t)strlen(s->fingerprint);
    PES_TRY(pes_log_create(&s->log, directory, "log.jsonl", ROW_BYTES));
    PES_TRY(pes_log_create(&s->evaluations, directory, "evaluations.jsonl",
                           ROW_BYTES + 26 * s->run.evaluation_episodes));
    return pes_checkpoints_open(&s->checkpoints, directory, header);
}

void pes_search_close_record(pes_search *search) {
    pes_log_destroy(search->log);
    pes_log_destroy(search->evaluations);
    pes_checkpoints_close(search->checkpoints);
    free(search->directory);
    free(search->fingerprint);
}

uint64_t pes_search_record_memory(void) {
    return 2 * pes_log_memory(ROW_BYTES) + pes_checkpoints_memory(HEADER_BYTES);
}

pes_status pes_search_start_record(pes_search *search) {
    if (search->directory == NULL) {
        return PES_OK;
    }
    PES_TRY(pes_log_start(search->log, 0));
    return pes_log_start(search->evaluations, 0);
}

// ---- rows ---------------------------------------------------------------------------

pes_status pes_search_log_point(pes_search *search, const pes_search_end *end) {
    const pes_search *s = search;
    const int64_t n = s->system.num_params;
    if (s->directory == NULL || s->counters.finished % s->run.log_every != 0) {
        return PES_OK;
    }
    pes_log_begin(s->log);
    pes_log_int(s->log, "update", s->counters.finished);
    pes_log_int(s->log, "inner_steps", end->steps);
    pes_log_real(s->log, "loss", end->objective);
    pes_log_int(s->log, "point", s->point[end->slot]);
    pes_log_int(s->log, "bracket", s->counters.bracket);
    pes_log_int(s->log, "rung", s->counters.rung);
    pes_log_int(s->log, "steps", end->taken);
    pes_log_theta(s->log, s->theta + end->slot * s->options.episodes * n, n);
    pes_log_real(s->log, "seconds", pes_search_seconds(s));
    return pes_log_end(s->log);
}

pes_status pes_search_log_best(pes_search *search, int64_t steps, int64_t episodes) {
    const pes_search *s = search;
    if (s->directory == NULL) {
        return PES_OK;
    }
    pes_log_begin(s->evaluations);
    pes_log_int(s->evaluations, "update", s->counters.finished);
    pes_log_int(s->evaluations, "inner_steps", steps);
    pes_log_real(s->evaluations, "objective", s->measures.objective);
    pes_log_real(s->evaluations, "standard_error", s->measures.objective_error);
    if (episodes > 0) {
        pes_log_reals(s->evaluations, "episodes", s->objectives, episodes);
    }
    pes_log_real(s->evaluations, "search_objective", s->measures.best_objective);
    pes_log_int(s->evaluations, "point", s->counters.best);
    pes_log_theta(s->evaluations, s->best, s->system.num_params);
    pes_log_real(s->evaluations, "seconds", pes_search_seconds(s));
    return pes_log_end(s->evaluations);
}

// ---- checkpoints --------------------------------------------------------------------

static int64_t list_search(pes_search *s, pes_tensor *tensor) {
    const int64_t n = s->system.num_params;
    tensor[0] = (pes_tensor){"theta", "F32", 1, {n}, s->best, 4 * n};
    tensor[1] = (pes_tensor){"search.counters",     "I64",        1,
                             {PES_SEARCH_COUNTERS}, &s->counters, (int64_t)sizeof s->counters};
    tensor[2] = (pes_tensor){"search.measures",     "F64",        1,
                             {PES_SEARCH_MEASURES}, &s->measures, (int64_t)sizeof s->measures};
    return 3;
}

// The points in flight, if there are any; their thetas follow from their numbers.
static int64_t list_points(pes_search *s, pes_tensor *tensor) {
    const int64_t slots = s->counters.slots, rows = slots * s->options.episodes;
    const bool snapshots = s->system.snapshot != NULL;
    const int64_t bytes = snapshots ? s->system.snapshot_bytes : s->system.state_bytes;
    int64_t count = 0;
    if (slots == 0) {
        return 0;
    }
    tensor[count++] = (pes_tensor){"points.number", "I64", 1, {slots}, s->point, 8 * slots};
    tensor[count++] = (pes_tensor){"points.clock", "I64", 1, {rows}, s->clock, 8 * rows};
    tensor[count++] = (pes_tensor){"points.open", "U8", 1, {rows}, s->open, rows};
    tensor[count++] = (pes_tensor){"points.sum", "F64", 1, {rows}, s->sum, 8 * rows};
    tensor[count++] = (pes_tensor){"points.rung_sum", "F64", 1, {rows}, s->fresh, 8 * rows};
    tensor[count++] = (pes_tensor){"points.last_loss", "F64", 1, {rows}, s->last, 8 * rows};
    tensor[count++] = (pes_tensor){"points.score", "F64", 1, {rows}, s->judged, 8 * rows};
    if (bytes > 0) {
        unsigned char *data = snapshots ? s->snapshot : s->state;
        tensor[count++] =
            (pes_tensor){"points.state", "U8", 2, {rows, bytes}, data, rows * bytes};
    }
    return count;
}

static pes_status take_snapshots(pes_search *s) {
    const int64_t rows = s->counters.slots * s->options.episodes;
    for (int64_t row = 0; s->system.snapshot != NULL && row < rows; row++) {
        PES_TRY(s->system.snapshot(s->system.user, s->state + row * s->system.state_bytes,
                                   s->snapshot + row * s->system.snapshot_bytes));
    }
    return PES_OK;
}

pes_status pes_search_checkpoint(pes_search *search) {
    pes_search *s = search;
    if (s->directory == NULL || s->stored == s->counters.steps) {
        return PES_OK;
    }
    PES_TRY(pes_log_sync(s->log));
    PES_TRY(pes_log_sync(s->evaluations));
    PES_TRY(take_snapshots(s));
    s->counters.log_size = pes_log_size(s->log);
    s->counters.evaluations_size = pes_log_size(s->evaluations);
    s->measures.seconds = pes_search_seconds(s);
    pes_tensor tensor[TENSORS];
    const int64_t own = list_search(s, tensor);
    const pes_checkpoint_entry text[] = {
        {"program", "libpes"},
        {"version", pes_version()},
        {"system", s->system.name},
        {"fingerprint", s->fingerprint},
    };
    const pes_checkpoint_content content = {
        .text = text,
        .num_texts = (int64_t)(sizeof text / sizeof *text),
        .tensor = tensor,
        .num_tensors = own + list_points(s, tensor + own),
    };
    PES_TRY(pes_checkpoints_write(s->checkpoints, s->counters.steps, &content));
    s->stored = s->counters.steps;
    s->stored_points = s->counters.finished;
    s->checkpointed = pes_clock_monotonic();
    return PES_OK;
}

// ---- going on -----------------------------------------------------------------------

// Counters that index memory or decide what is done next.
static bool is_possible(const pes_search *s, const pes_search_counters *c) {
    const int64_t *number = (const int64_t *)c;
    for (size_t i = 0; i < PES_SEARCH_COUNTERS; i++) {
        if (number[i] < (&number[i] == &c->best ? -1 : 0) || number[i] > INT64_MAX / 4) {
            return false;
        }
    }
    return c->slots <= s->most_slots && c->bracket >= s->plan.smallest &&
           c->bracket <= s->plan.largest && c->rung <= c->bracket && c->best < c->begun &&
           c->finished <= c->begun && c->begun <= INT64_C(1) << 31;
}

static bool are_points_possible(const pes_search *s) {
    const int64_t episodes = s->options.episodes;
    for (int64_t slot = 0; slot < s->counters.slots; slot++) {
        if (s->point[slot] < 0 || s->point[slot] >= s->counters.begun) {
            return false;
        }
    }
    for (int64_t row = 0; row < s->counters.slots * episodes; row++) {
        if (s->clock[row] < 0 || s->clock[row] > s->plan.horizon || s->open[row] > 1) {
            return false;
        }
    }
    return true;
}

static pes_status place_points(pes_search *s) {
    const int64_t episodes = s->options.episodes, n = s->system.num_params;
    PES_REQUIRE(are_points_possible(s), PES_E_FORMAT,
                "the checkpoint holds points that no search can reach");
    for (int64_t row = 0; row < s->counters.slots * episodes; row++) {
        const int64_t point = s->point[row / episodes];
        s->stream[row] = (pes_stream){
            .seed = s->run.seed,
            .particle = (uint32_t)point,
            .episode = (uint32_t)(row % episodes),
        };
        s->action[row] = PES_ASK_CONTINUE;
        pes_search_point(s, point, s->theta + row * n);
        if (s->system.restore != NULL) {
            PES_TRY(s->system.restore(s->system.user, s->state + row * s->system.state_bytes,
                                      s->snapshot + row * s->system.snapshot_bytes));
        }
    }
    return PES_OK;
}

static pes_status load(pes_search *s, const pes_checkpoint *checkpoint) {
    const char *fingerprint = pes_checkpoint_text(checkpoint, "fingerprint");
    PES_REQUIRE(fingerprint != NULL && strcmp(fingerprint, s->fingerprint) == 0, PES_E_FORMAT,
                "the checkpoints in %s were written under other settings; restore them, or "
                "begin a new run elsewhere",
                s->directory);
    pes_tensor tensor[TENSORS];
    int64_t count = list_search(s, tensor);
    for (int64_t i = 0; i < count; i++) {
        PES_TRY(pes_checkpoint_take(checkpoint, &tensor[i]));
    }
    PES_REQUIRE(is_possible(s, &s->counters), PES_E_FORMAT,
                "the checkpoint holds counters that no search can reach");
    count = list_points(s, tensor);
    for (int64_t i = 0; i < count; i++) {
        PES_TRY(pes_checkpoint_take(checkpoint, &tensor[i]));
    }
    PES_TRY(place_points(s));
    PES_TRY(pes_log_start(s->log, s->counters.log_size));
    PES_TRY(pes_log_start(s->evaluations, s->counters.evaluations_size));
    s->since = pes_clock_monotonic() - s->measures.seconds;
    s->checkpointed = pes_clock_monotonic();
    s->stored = s->counters.steps;
    s->stored_points = s->counters.finished;
    s->started = true;
    return PES_OK;
}

pes_status pes_search_resume(pes_search *search) {
    PES_REQUIRE(search->directory != NULL, PES_E_CALL_ORDER,
                "a search without a directory has nothing to resume from");
    pes_checkpoint *checkpoint = NULL;
    PES_TRY(pes_checkpoints_newest(search->directory, &checkpoint));
    const pes_status status = checkpoint != NULL ? load(search, checkpoint) : PES_OK;
    pes_checkpoint_close(checkpoint);
    return status;
}
