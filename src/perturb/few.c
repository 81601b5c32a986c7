// One loop over units for each number of parameters, so that the compiler knows it; the same
// operations in the same order as where there are many (population.c, kernels/scalar.c).

#include "perturb/few.h"

#include <string.h>

#include "noise/noise.h"

// Units first..last - 1 share episode and noise interval.
typedef struct span {
    const pes_population *population;
    const float *theta; // num_params
    int64_t first;
    int64_t last;
    int64_t interval;
    const float *normals; // units of the span x PES_KERNELS_FEW
    float *rows;          // units of the span x signs x num_params, out
} span;

// The perturbation in use becomes the one of this interval.
static inline void draw(const pes_population *p, int64_t unit, const float *normals,
                        double credit, int64_t n) {
    const float *xi = p->xi + unit * n;
    p->past_square[unit] = pes_kernels_few_squares(n, xi);
    p->drawn_square[unit] = pes_kernels_few_squares(n, normals) * credit;
    if (p->parted) {
        memcpy(p->past + unit * n, xi, (size_t)n * sizeof *xi);
    }
}

// Local pointers, since the compiler cannot know that nothing here writes to the population.
static inline void apply(const span *s, int64_t n) {
    const pes_population *p = s->population;
    const int64_t signs = p->signs;
    const double sigma = p->sigma, credit = 1.0 / (sigma * sigma);
    const bool warming = p->warming > 0;
    const float *theta = s->theta, *normals = s->normals;
    float *rows = s->rows, *xi = p->xi + s->first * n;
    int64_t *drawn = p->drawn;
    double *drawn_sigma = p->drawn_sigma;
    for (int64_t u = s->first; u < s->last; u++) {
        if (warming && pes_population_waits(p, u)) {
            memcpy(rows, theta, (size_t)n * sizeof *theta);
            memcpy(rows + (signs - 1) * n, theta, (size_t)n * sizeof *theta);
        } else {
            const bool fresh = drawn[u] != s->interval;
            if (fresh) {
                draw(p, u, normals, credit, n);
                drawn[u] = s->interval;
                drawn_sigma[u] = sigma;
            }
            pes_kernels_few_perturb(n, (float)drawn_sigma[u], fresh ? credit : 0.0, theta,
                                    normals, rows, signs == 2 ? rows + n : NULL, xi);
        }
        normals += PES_KERNELS_FEW;
        rows += signs * n;
        xi += n;
    }
}

static void apply_1(const span *s) {
    apply(s, 1);
}

static void apply_2(const span *s) {
    apply(s, 2);
}

static void apply_3(const span *s) {
    apply(s, 3);
}

static void apply_4(const span *s) {
    apply(s, 4);
}

static void (*const applies[PES_KERNELS_FEW])(const span *) = {apply_1, apply_2, apply_3,
                                                               apply_4};

// Four normals for each of many units cost one pass where they share episode and interval.
// Returns the first unit that does not.
static int64_t end_of_span(const pes_population *p, int64_t first, int64_t last,
                           int64_t interval) {
    const int64_t *episode = p->episode;
    const uint64_t length = p->interval > 0 ? (uint64_t)p->interval : UINT64_MAX;
    const int64_t begin = interval * p->interval;
    int64_t end = first + 1;
    while (end < last && episode[end] == episode[first] &&
           (uint64_t)(pes_population_clock(p, end) - begin) < length) {
        end++;
    }
    return end;
}

void pes_population_perturb_few(pes_population *population, const pes_kernels *kernels,
                                const float *theta, int64_t first, int64_t last, float *normals,
                                float *theta_rows) {
    const pes_population *p = population;
    for (int64_t u = first; u < last;) {
        const int64_t interval = pes_population_interval(p, u);
        const span part = {
            .population = p,
            .theta = theta,
            .first = u,
            .last = end_of_span(p, u, last, interval),
            .interval = interval,
            .normals = normals,
            .rows = theta_rows + (u - first) * p->signs * p->num_params,
        };
        pes_noise_perturbations(kernels, p->seed, u, part.last - u, p->episode[u], interval,
                                normals);
        applies[p->num_params - 1](&part);
        u = part.last;
    }
}
