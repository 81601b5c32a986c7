// Spans of units that one call of a kernel can perturb together.

#include "perturb/few.h"

#include <string.h>

#include "base/many.h"
#include "noise/noise.h"

static bool fresh(const pes_population *p, int64_t unit, int64_t interval) {
    return p->drawn[unit] != interval;
}

// Is a perturbation of another unit drawn, credited and scaled as this one's is?
static bool joins(const pes_population *p, int64_t unit, int64_t other, int64_t interval) {
    const bool now = fresh(p, unit, interval);
    return p->episode[other] == p->episode[unit] &&
           pes_population_interval(p, other) == interval && fresh(p, other, interval) == now &&
           (now || p->drawn_sigma[other] == p->drawn_sigma[unit]);
}

// The same for all units up to `last` at once, which are level: their clocks are equal.
static bool all_join(const pes_population *p, int64_t first, int64_t last, int64_t interval) {
    const int64_t count = last - first;
    return pes_alike(p->episode + first, count, sizeof *p->episode) &&
           pes_alike(p->drawn + first, count, sizeof *p->drawn) &&
           (fresh(p, first, interval) ||
            pes_alike(p->drawn_sigma + first, count, sizeof *p->drawn_sigma));
}

// Four normals for each of many units cost one pass where they share episode and interval.
// Returns the first unit that does not. Units that wait are on their own.
static int64_t end_of_span(const pes_population *p, int64_t first, int64_t last,
                           int64_t interval, bool level) {
    if (level && all_join(p, first, last, interval)) {
        return last;
    }
    int64_t end = first + 1;
    while (p->warming == 0 && end < last && joins(p, first, end, interval)) {
        end++;
    }
    return end;
}

static void copy_theta(const pes_population *p, const float *theta, float *rows) {
    for (int64_t i = 0; i < p->signs; i++) {
        memcpy(rows + i * p->num_params, theta, (size_t)p->num_params * sizeof *theta);
    }
}

// The perturbation in use becomes the one of this interval.
static void note_draw(pes_population *p, int64_t first, int64_t last, int64_t interval) {
    const int64_t n = p->num_params;
    int64_t *drawn = p->drawn;
    double *drawn_sigma = p->drawn_sigma;
    const double sigma = p->sigma;
    if (p->parted) {
        memcpy(p->past + first * n, p->xi + first * n,
               (size_t)((last - first) * n) * sizeof *p->xi);
    }
    for (int64_t u = first; u < last; u++) {
        drawn[u] = interval;
        drawn_sigma[u] = sigma;
    }
}

static void perturb_span(pes_population *p, const pes_kernels *kernels, const float *theta,
                         int64_t first, int64_t last, int64_t interval, float *normals,
                         float *rows) {
    const int64_t n = p->num_params;
    const bool now = fresh(p, first, interval);
    pes_noise_perturbations(kernels, p->seed, first, last - first, p->episode[first], interval,
                            pes_kernels_few_normals(n), normals);
    if (now) {
        note_draw(p, first, last, interval);
    }
    kernels->few_perturb(n, &(pes_kernels_few){
                                .units = last - first,
                                .signs = p->signs,
                                .sigma = (float)p->drawn_sigma[first],
                                .credit = now ? 1.0 / (p->sigma * p->sigma) : 0.0,
                                .theta = theta,
                                .normal = normals,
                                .rows = rows,
                                .xi = p->xi + first * n,
                                .past = p->past_square + first,
                                .drawn = p->drawn_square + first,
                            });
}

void pes_population_perturb_few(pes_population *population, const pes_kernels *kernels,
                                const float *theta, int64_t first, int64_t last, bool level,
                                float *normals, float *theta_rows) {
    pes_population *p = population;
    for (int64_t u = first, end; u < last; u = end) {
        float *rows = theta_rows + (u - first) * p->signs * p->num_params;
        if (pes_population_waits(p, u)) {
            copy_theta(p, theta, rows);
            end = u + 1;
            continue;
        }
        const int64_t interval = pes_population_interval(p, u);
        end = end_of_span(p, u, last, interval, level);
        perturb_span(p, kernels, theta, u, end, interval, normals, rows);
    }
}
