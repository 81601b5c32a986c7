// The end of a rung: who goes on, who ends, and which point is the best so far.
//
// A point's score is the mean of its losses over the inner steps of the rung, or the last loss
// where that is the objective: what halving is usually given, the loss that was last seen, with
// less of its noise. The objective itself, of whole episodes, decides which point is the best.

#include <math.h>
#include <string.h>

#include "base/status.h"
#include "search/search.h"

static bool is_finite(double x) {
    return x - x == 0.0;
}

// ---- what a slot is worth -----------------------------------------------------------

static double value_of(const pes_search *s, int64_t row) {
    if (!is_finite(s->sum[row]) || s->objective == PES_OBJECTIVE_SUM) {
        return s->sum[row];
    }
    return s->objective == PES_OBJECTIVE_FINAL ? s->last[row]
                                               : s->sum[row] / (double)s->plan.horizon;
}

// NaN before all of its episodes are at their end. The episodes' own go into `objectives`.
static double objective_of(pes_search *s, int64_t slot) {
    const int64_t episodes = s->options.episodes;
    double sum = 0.0;
    for (int64_t e = 0; e < episodes; e++) {
        const int64_t row = slot * episodes + e;
        if (s->open[row] && s->clock[row] < s->plan.horizon) {
            return (double)NAN;
        }
        s->objectives[e] = value_of(s, row);
        sum += s->objectives[e];
    }
    return sum / (double)episodes;
}

static double score_of(pes_search *s, int64_t slot, int64_t begin) {
    const int64_t episodes = s->options.episodes;
    double sum = 0.0;
    for (int64_t row = slot * episodes; row < (slot + 1) * episodes; row++) {
        const int64_t taken = s->clock[row] - begin;
        if (taken > 0) {
            const bool is_last = s->objective == PES_OBJECTIVE_FINAL;
            s->judged[row] = is_last ? s->last[row] : s->fresh[row] / (double)taken;
        }
        sum += is_finite(s->sum[row]) ? s->judged[row] : (double)NAN;
    }
    return sum / (double)episodes;
}

static bool has_diverged(const pes_search *s, int64_t slot) {
    const int64_t episodes = s->options.episodes;
    for (int64_t row = slot * episodes; row < (slot + 1) * episodes; row++) {
        if (!is_finite(s->sum[row])) {
            return true;
        }
    }
    return false;
}

// ---- the best point -----------------------------------------------------------------

// Mean of `objectives` and its standard error.
static void summarize(pes_search *s, int64_t count) {
    double sum = 0.0, squares = 0.0;
    for (int64_t i = 0; i < count; i++) {
        sum += s->objectives[i];
    }
    const double mean = sum / (double)count;
    for (int64_t i = 0; i < count; i++) {
        squares += (s->objectives[i] - mean) * (s->objectives[i] - mean);
    }
    s->measures.objective = mean;
    s->measures.objective_error =
        count > 1 ? sqrt(squares / (double)(count - 1) / (double)count) : (double)NAN;
}

// The search's own objective of the best of many is lower than the truth where losses are
// noisy; episodes that took no part in the choice are not deceived.
static pes_status evaluate_best(pes_search *s, int64_t steps) {
    int64_t episodes = 0;
    if (s->evaluator != NULL) {
        episodes = s->run.evaluation_episodes;
        PES_TRY(pes_evaluator_run(s->evaluator, s->best, s->objectives, NULL));
        summarize(s, episodes);
    }
    return pes_search_log_best(s, steps, episodes);
}

static pes_status take_best(pes_search *s, const pes_search_end *end) {
    const int64_t n = s->system.num_params;
    const float *theta = s->theta + end->slot * s->options.episodes * n;
    memcpy(s->best, theta, (size_t)n * sizeof *theta);
    s->counters.best = s->point[end->slot];
    s->measures.best_objective = end->objective;
    summarize(s, s->options.episodes);
    return evaluate_best(s, end->steps);
}

pes_status pes_search_close(pes_search *search) {
    return search->counters.best >= 0 ? evaluate_best(search, search->counters.settled)
                                      : PES_OK;
}

// ---- ends ---------------------------------------------------------------------------

static pes_status end_point(pes_search *s, int64_t slot, int64_t steps) {
    const int64_t episodes = s->options.episodes;
    pes_search_end end = {.slot = slot, .steps = steps, .objective = objective_of(s, slot)};
    for (int64_t row = slot * episodes; row < (slot + 1) * episodes; row++) {
        end.taken = s->clock[row] > end.taken ? s->clock[row] : end.taken;
    }
    s->counters.finished++;
    s->counters.whole += is_finite(end.objective);
    s->counters.diverged += has_diverged(s, slot);
    PES_TRY(pes_search_log_point(s, &end));
    const bool better = s->counters.best < 0 || end.objective < s->measures.best_objective;
    return is_finite(end.objective) && better ? take_best(s, &end) : PES_OK;
}

// All points have come to their end: as if they had been advanced one after another, each one's
// steps count before it is known.
static pes_status end_all(pes_search *s) {
    int64_t steps = s->counters.settled;
    for (int64_t slot = 0; slot < s->counters.slots; slot++) {
        steps += pes_search_rung_steps(s, slot);
        PES_TRY(end_point(s, slot, steps));
    }
    s->counters.settled = steps;
    s->counters.slots = 0;
    s->counters.rung = 0;
    const bool is_last = s->counters.bracket == s->plan.smallest;
    s->counters.bracket = is_last ? s->plan.largest : s->counters.bracket - 1;
    return PES_OK;
}

// ---- survivors ----------------------------------------------------------------------

// Is slot `a` to go on before slot `b`? Lower scores first, what is not finite last, then lower
// numbers.
static bool precedes(const pes_search *s, int64_t a, int64_t b) {
    const double x = s->score[a], y = s->score[b];
    if (is_finite(x) != is_finite(y)) {
        return is_finite(x);
    }
    return is_finite(x) && x != y ? x < y : a < b;
}

// Shell's sort; returns how many scores are finite.
static int64_t sort_slots(pes_search *s) {
    const int64_t count = s->counters.slots;
    int64_t gap = 1, finite = 0;
    for (int64_t i = 0; i < count; i++) {
        s->order[i] = i;
        finite += is_finite(s->score[i]);
    }
    while (gap < count / 3) {
        gap = 3 * gap + 1;
    }
    for (; gap > 0; gap /= 3) {
        for (int64_t i = gap; i < count; i++) {
            const int64_t slot = s->order[i];
            int64_t j = i;
            for (; j >= gap && precedes(s, slot, s->order[j - gap]); j -= gap) {
                s->order[j] = s->order[j - gap];
            }
            s->order[j] = slot;
        }
    }
    return finite;
}

static void move_rows(pes_search *s, int64_t from, int64_t to) {
    const int64_t rows = s->options.episodes, n = s->system.num_params;
    const int64_t bytes = s->system.state_bytes, a = from * rows, b = to * rows;
    s->point[to] = s->point[from];
    memmove(s->theta + b * n, s->theta + a * n, (size_t)(rows * n) * sizeof *s->theta);
    memmove(s->state + b * bytes, s->state + a * bytes, (size_t)(rows * bytes));
    for (int64_t e = 0; e < rows; e++) {
        s->stream[b + e] = s->stream[a + e];
        s->clock[b + e] = s->clock[a + e];
        s->open[b + e] = s->open[a + e];
        s->sum[b + e] = s->sum[a + e];
        s->last[b + e] = s->last[a + e];
        s->judged[b + e] = s->judged[a + e];
        s->fresh[b + e] = 0.0;
    }
}

// `order` becomes 1 for a slot that goes on, else 0.
static void mark(pes_search *s, int64_t kept) {
    for (int64_t i = 0; i < kept; i++) {
        s->score[s->order[i]] = -INFINITY; // its score has done its work
    }
    for (int64_t slot = 0; slot < s->counters.slots; slot++) {
        s->order[slot] = s->score[slot] == -INFINITY;
    }
}

static pes_status eliminate(pes_search *s) {
    const int64_t finite = sort_slots(s),
                  wanted = pes_search_survivors(&s->plan, s->counters.slots);
    const int64_t kept = wanted < finite ? wanted : finite > 0 ? finite : 1;
    mark(s, kept);
    s->counters.settled += pes_search_steps_in_flight(s);
    int64_t to = 0;
    for (int64_t slot = 0; slot < s->counters.slots; slot++) {
        if (s->order[slot] == 0) {
            PES_TRY(end_point(s, slot, s->counters.settled));
        }
    }
    for (int64_t slot = 0; slot < s->counters.slots; slot++) {
        if (s->order[slot] == 1) {
            move_rows(s, slot, to++);
        }
    }
    s->counters.slots = to;
    s->counters.rung++;
    return PES_OK;
}

pes_status pes_search_settle(pes_search *search) {
    pes_search *s = search;
    const pes_search_counters *c = &s->counters;
    const int64_t begin =
        c->rung > 0 ? pes_search_rung_end(&s->plan, c->bracket, c->rung - 1) : 0;
    if (c->rung == c->bracket) {
        return end_all(s);
    }
    for (int64_t slot = 0; slot < c->slots; slot++) {
        s->score[slot] = score_of(s, slot, begin);
    }
    return eliminate(s);
}
