// The shapings, each a function and a row of the table at the end. With d = L+ - L- of a pair,
// and the mean, standard deviation and ranks over the n kept particles,
//
//     sign           L+ - L-  becomes  2 sign(d)              plain: L becomes sign(L - mean)
//     centred_rank   L becomes rank / (n - 1) - 1/2, ranks 0..n - 1, ties the mean of theirs
//     standardized   L becomes L / standard deviation
//     clipped        L+ - L-  becomes  max(-c, min(d, c))     plain: L - mean instead of d

#include "estimate/shaping.h"

#include <math.h>
#include <string.h>

static double mean_of(const pes_shaping_work *w) {
    double sum = 0.0;
    for (int64_t i = 0; i < w->units * w->signs; i++) {
        sum += isnan(w->value[i]) ? 0.0 : w->value[i];
    }
    return sum / (double)w->rows;
}

// Every unit's difference (plain sampling: from the mean) becomes f of it.
static void map_differences(const pes_shaping_work *w, double (*f)(double x, double limit)) {
    const double mean = w->signs == 2 ? 0.0 : mean_of(w);
    for (int64_t u = 0; u < w->units; u++) {
        double *value = w->value + u * w->signs;
        if (w->signs == 2) {
            const double half = 0.5 * f(value[0] - value[1], w->limit);
            value[0] = half;
            value[1] = -half;
        } else {
            value[0] = f(value[0] - mean, w->limit);
        }
    }
}

static double sign_of(double x, double limit) {
    (void)limit;
    return x > 0.0 ? 1.0 : (x < 0.0 ? -1.0 : x);
}

static double twice_sign_of(double x, double limit) {
    return 2.0 * sign_of(x, limit);
}

static void sign(const pes_shaping_work *w) {
    map_differences(w, w->signs == 2 ? twice_sign_of : sign_of);
}

static double clip(double x, double limit) {
    const double below = x > limit ? limit : x;
    return below < -limit ? -limit : below;
}

static void clipped(const pes_shaping_work *w) {
    map_differences(w, clip);
}

// Divided by n, as in ARS. Where all particles did the same there is nothing to learn, and to
// divide by.
static void standardized(const pes_shaping_work *w) {
    const double mean = mean_of(w);
    double squares = 0.0;
    for (int64_t i = 0; i < w->units * w->signs; i++) {
        const double off = w->value[i] - mean;
        squares += isnan(off) ? 0.0 : off * off;
    }
    const double deviation = sqrt(squares / (double)w->rows);
    for (int64_t i = 0; i < w->units * w->signs; i++) {
        w->value[i] = deviation > 0.0 ? w->value[i] / deviation : 0.0 * w->value[i];
    }
}

// Let the element at `root` of a heap (the largest value on top) sink to its place.
static void sink(const double *value, int64_t *order, int64_t root, int64_t count) {
    const int64_t element = order[root];
    for (int64_t child = 2 * root + 1; child < count; child = 2 * root + 1) {
        if (child + 1 < count && value[order[child]] < value[order[child + 1]]) {
            child++;
        }
        if (!(value[element] < value[order[child]])) {
            break;
        }
        order[root] = order[child];
        root = child;
    }
    order[root] = element;
}

// Heapsort: qsort() may allocate.
static void sort(const double *value, int64_t *order, int64_t count) {
    for (int64_t root = count / 2 - 1; root >= 0; root--) {
        sink(value, order, root, count);
    }
    for (int64_t end = count - 1; end > 0; end--) {
        const int64_t largest = order[0];
        order[0] = order[end];
        order[end] = largest;
        sink(value, order, 0, end);
    }
}

static void centred_rank(const pes_shaping_work *w) {
    int64_t n = 0;
    for (int64_t i = 0; i < w->units * w->signs; i++) {
        if (!isnan(w->value[i])) {
            w->order[n++] = i;
        }
    }
    sort(w->value, w->order, n);
    for (int64_t first = 0, end = 0; first < n; first = end) {
        const double value = w->value[w->order[first]];
        while (end < n && w->value[w->order[end]] == value) {
            end++;
        }
        const double rank = 0.5 * (double)(first + end - 1);
        for (int64_t i = first; i < end; i++) {
            w->value[w->order[i]] = n > 1 ? rank / (double)(n - 1) - 0.5 : 0.0;
        }
    }
}

static const pes_shaping shapings[] = {
    {.info = {.name = "none", .summary = "losses as they are", .bias = "adds no bias"}},
    {.info = {.name = "sign",
              .summary =
                  "which half of a pair lost more, not by how much (plain: than the mean)",
              .bias = "follows how often a direction loses more rather than how much more, and "
                      "the estimate's length says nothing of the slope"},
     .apply = sign},
    {.info = {.name = "centred_rank",
              .summary = "the rank among the update's particles, from -1/2 to 1/2 (Salimans et "
                         "al. 2017)",
              .bias = "follows ranks within one update rather than losses, and where particles "
                      "are in different parts of their episodes ranks compare those parts"},
     .apply = centred_rank,
     .ranks = true},
    {.info = {.name = "standardized",
              .summary = "divided by the standard deviation over the update's particles (ARS, "
                         "Mania et al. 2018)",
              .bias =
                  "gives each update a scale of its own, so that in the sum over an episode "
                  "small losses weigh as much as large ones"},
     .apply = standardized},
    {.info = {.name = "clipped",
              .summary =
                  "the difference of a pair (plain: from the mean) limited to plus or minus "
                  "shaping_limit",
              .bias = "counts differences beyond shaping_limit as shaping_limit, so that rare "
                      "large losses weigh less than they should"},
     .apply = clipped},
};
enum { SHAPINGS = sizeof shapings / sizeof *shapings };

const pes_shaping_info *pes_shaping_get(int64_t index) {
    return index >= 0 && index < SHAPINGS ? &shapings[index].info : NULL;
}

const pes_shaping *pes_shaping_find(const char *name) {
    for (int64_t i = 0; name != NULL && i < SHAPINGS; i++) {
        if (strcmp(shapings[i].info.name, name) == 0) {
            return &shapings[i];
        }
    }
    return NULL;
}
