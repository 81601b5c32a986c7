// The best objective so far: what a run would hand over if it ended now.
//
//     best(x) = the lowest objective of all evaluations up to x inner steps, or x seconds
//
// A search's evaluations are those of its best points, an estimator's those of theta on its
// way, so that both are told in the same terms.

#include <math.h>
#include <stdlib.h>

#include "cli/runs.h"

static double place_of(const runs_row *row, runs_axis axis) {
    return axis == RUNS_SECONDS ? row->seconds : row->inner_steps;
}

static double lower(double a, double b) {
    return isfinite(b) && !(a <= b) ? b : a;
}

double runs_best_at(const runs_run *run, runs_axis axis, double at) {
    const runs_rows *rows = &run->evaluations;
    double best = NAN;
    for (int64_t i = 0; i < rows->count && place_of(&rows->row[i], axis) <= at; i++) {
        best = lower(best, rows->row[i].value);
    }
    return best;
}

static int compare_reals(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Every place at which some run was evaluated, in order, each once; -1: no memory.
static int64_t find_places(const runs_group *group, runs_axis axis, double **out) {
    size_t capacity = 1;
    for (int64_t r = 0; r < group->count; r++) {
        capacity += (size_t)group->run[r]->evaluations.count;
    }
    *out = malloc(capacity * sizeof **out);
    int64_t count = 0, kept = 0;
    for (int64_t r = 0; *out != NULL && r < group->count; r++) {
        const runs_rows *rows = &group->run[r]->evaluations;
        for (int64_t i = 0; i < rows->count; i++) {
            (*out)[count++] = place_of(&rows->row[i], axis);
        }
    }
    if (*out == NULL) {
        return -1;
    }
    qsort(*out, (size_t)count, sizeof **out, compare_reals);
    for (int64_t i = 0; i < count; i++) {
        if (kept == 0 || (*out)[i] != (*out)[kept - 1]) {
            (*out)[kept++] = (*out)[i];
        }
    }
    return kept;
}

// The runs' bests at one place; `at` is where each run's rows go on, `best` what they were.
static runs_range range_at(const runs_group *group, runs_axis axis, double place, int64_t *at,
                           double *best) {
    for (int64_t r = 0; r < group->count; r++) {
        const runs_rows *rows = &group->run[r]->evaluations;
        while (at[r] < rows->count && place_of(&rows->row[at[r]], axis) <= place) {
            best[r] = lower(best[r], rows->row[at[r]++].value);
        }
    }
    return runs_range_of(group->count, best);
}

int64_t runs_group_best(const runs_group *group, runs_axis axis, runs_best **out) {
    double *place = NULL;
    const int64_t places = find_places(group, axis, &place);
    int64_t *at = calloc((size_t)group->count, sizeof *at);
    double *best = calloc((size_t)group->count, sizeof *best);
    *out = malloc(((size_t)(places > 0 ? places : 0) + 1) * sizeof **out);
    const bool good = places >= 0 && at != NULL && best != NULL && *out != NULL;
    int64_t count = 0;
    for (int64_t r = 0; good && r < group->count; r++) {
        best[r] = NAN;
    }
    for (int64_t i = 0; good && i < places; i++) {
        const runs_range value = range_at(group, axis, place[i], at, best);
        if (!isnan(value.mean)) { // every run has one
            (*out)[count++] = (runs_best){.at = place[i], .value = value};
        }
    }
    free(best);
    free(at);
    free(place);
    if (!good) {
        free(*out);
        *out = NULL;
    }
    return good ? count : -1;
}
