#include "train/smoothed.h"

#include <math.h>
#include <string.h>

#include "noise/noise.h"

void pes_smoothed_layout(pes_smoothed *smoothed, int64_t threads, pes_arena *arena) {
    const pes_system *s = smoothed->system;
    const int64_t pairs = smoothed->batch, rows = 2 * pairs, n = s->num_params;
    smoothed->scratch = pes_arena_take(arena, threads, sizeof *smoothed->scratch);
    for (int64_t i = 0; i < threads; i++) {
        const pes_smoothed_scratch part = {
            .state = pes_arena_take(arena, rows, (size_t)s->state_bytes),
            .theta = pes_arena_take(arena, rows, (size_t)n * sizeof(float)),
            .normals = pes_arena_take(arena, (n + 3) / 4 * 4, sizeof(float)),
            .stream = pes_arena_take(arena, rows, sizeof(pes_stream)),
            .clock = pes_arena_take(arena, rows, sizeof(int64_t)),
            .length = pes_arena_take(arena, rows, sizeof(int64_t)),
            .steps = pes_arena_take(arena, rows, sizeof(int64_t)),
            .action = pes_arena_take(arena, rows, sizeof(pes_ask_action)),
            .loss = pes_arena_take(arena, rows, (size_t)smoothed->slice * sizeof(double)),
            .ended = pes_arena_take(arena, rows, sizeof(int64_t)),
            .previous = pes_arena_take(arena, rows, sizeof(double)),
            .objective = pes_arena_take(arena, rows, sizeof(double)),
            .along = pes_arena_take(arena, pairs, sizeof(double)),
            .step = pes_arena_take(arena, pairs, sizeof(double)),
        };
        if (arena->base != NULL) {
            smoothed->scratch[i] = part;
        }
    }
}

pes_status pes_smoothed_open(pes_smoothed *smoothed, int64_t threads) {
    for (int64_t i = 0; i < threads; i++) {
        PES_TRY(pes_unroll_open_worker(smoothed->system, 2 * smoothed->batch,
                                       &smoothed->scratch[i].worker));
    }
    return PES_OK;
}

void pes_smoothed_close(pes_smoothed *smoothed, int64_t threads) {
    const pes_system *s = smoothed->system;
    for (int64_t i = 0; smoothed->scratch != NULL && i < threads; i++) {
        if (smoothed->scratch[i].worker != NULL) {
            s->worker_close(s->user, smoothed->scratch[i].worker);
        }
    }
}

// Some pairs in one direction.
typedef struct difference_task {
    const pes_smoothed *smoothed;
    pes_smoothed_scratch *scratch;
    const float *theta;
    int64_t number;   // of the direction: the episode in the keys of its draws
    const double *v;  // num_params
    int64_t first;    // pair
    int64_t count;    // pairs
    int64_t interval; // R, never 0
} difference_task;

// The step's length is drawn where no perturbation is: past every direction's episode.
enum { STEP_EPISODE = 1 << 20 };

static const float *draw(const difference_task *d, int64_t pair, int64_t interval) {
    const pes_smoothed *s = d->smoothed;
    pes_noise_perturbation(s->kernels, s->seed, pair, d->number, interval,
                           s->system->num_params, d->scratch->normals);
    return d->scratch->normals;
}

// rho: the length of a vector of three standard normals.
static double draw_length(const difference_task *d, int64_t pair) {
    float z[4];
    pes_noise_perturbation(d->smoothed->kernels, d->smoothed->seed, pair,
                           STEP_EPISODE + d->number, 0, 3, z);
    double square = 0.0;
    for (int i = 0; i < 3; i++) {
        square += (double)z[i] * (double)z[i];
    }
    return sqrt(square);
}

// Deviation of the perturbation that the update at the interval's start draws.
static double sigma_of(const difference_task *d, int64_t interval) {
    const pes_smoothed *s = d->smoothed;
    const int64_t updates = interval * (d->interval / s->slice);
    const double factor =
        s->decay != NULL ? s->decay(updates, s->decay_updates, s->decay_factor) : 1.0;
    return s->sigma * factor;
}

// What the pair's perturbations have along v, and how far it is shifted instead. Noise is a
// function: perturbations are drawn here, and drawn again where they are needed.
static void prepare_pair(const difference_task *d, int64_t i) {
    const pes_smoothed *s = d->smoothed;
    const int64_t n = s->system->num_params;
    const int64_t intervals = (s->steps + d->interval - 1) / d->interval;
    double sum = 0.0, precision = 0.0;
    for (int64_t j = 0; j < intervals; j++) {
        const double sigma = sigma_of(d, j);
        const float *z = draw(d, d->first + i, j);
        double along = 0.0;
        for (int64_t p = 0; p < n; p++) {
            along += d->v[p] * (double)((float)sigma * z[p]);
        }
        sum += along / (sigma * sigma);
        precision += 1.0 / (sigma * sigma);
    }
    d->scratch->along[i] = sum / precision;
    d->scratch->step[i] = draw_length(d, d->first + i) / sqrt(precision);
}

static int64_t episode_length(const difference_task *d, uint32_t particle) {
    const pes_smoothed *s = d->smoothed;
    if (s->lengths == NULL) {
        return s->steps;
    }
    return s->lengths(pes_noise_length(s->seed, particle, d->number), s->shortest, s->steps);
}

static void begin_pair(const difference_task *d, int64_t i) {
    const pes_smoothed_scratch *s = d->scratch;
    const uint32_t particle = PES_NOISE_EVALUATION | (uint32_t)(d->first + i);
    prepare_pair(d, i);
    for (int64_t row = 2 * i; row < 2 * i + 2; row++) {
        s->stream[row] = (pes_stream){
            .seed = d->smoothed->seed, .particle = particle, .episode = (uint32_t)d->number};
        s->length[row] = episode_length(d, particle);
        s->clock[row] = 0;
        s->action[row] = PES_ASK_RESTART;
        s->previous[row] = 0.0;
        s->objective[row] = 0.0;
    }
}

// theta + eps' + h v and theta + eps' - h v, for noise interval `interval`.
static void perturb_pair(const difference_task *d, int64_t i, int64_t interval) {
    const pes_smoothed *s = d->smoothed;
    const int64_t n = s->system->num_params;
    const double along = d->scratch->along[i], step = d->scratch->step[i];
    const float sigma = (float)sigma_of(d, interval);
    const float *z = draw(d, d->first + i, interval);
    float *plus = d->scratch->theta + 2 * i * n, *minus = plus + n;
    for (int64_t p = 0; p < n; p++) {
        const double middle = (double)d->theta[p] + (double)(sigma * z[p]) - along * d->v[p];
        plus[p] = (float)(middle + step * d->v[p]);
        minus[p] = (float)(middle - step * d->v[p]);
    }
}

// After a slice: credit it. A row that has ended has reached its length.
static int64_t settle(const difference_task *d) {
    const pes_smoothed *s = d->smoothed;
    const pes_smoothed_scratch *x = d->scratch;
    int64_t taken = 0;
    for (int64_t row = 0; row < 2 * d->count; row++) {
        const int64_t steps = x->steps[row], end = x->ended[row];
        const int64_t valid = end > 0 && end < steps ? end : steps;
        x->objective[row] += pes_unroll_credit(s->objective, s->mean_scale, valid,
                                               x->loss + row * s->slice, &x->previous[row]);
        x->clock[row] += valid;
        if (end > 0) {
            x->length[row] = x->clock[row];
        }
        taken += valid;
    }
    return taken;
}

static pes_rows rows_of(const difference_task *d) {
    const pes_smoothed_scratch *x = d->scratch;
    return (pes_rows){
        .count = 2 * d->count,
        .theta = x->theta,
        .state = x->state,
        .stream = x->stream,
        .clock = x->clock,
        .steps = x->steps,
        .action = x->action,
        .width = d->smoothed->slice,
        .loss = x->loss,
        .ended = x->ended,
    };
}

// From `clock` to the end of the slice, all rows that still run.
static pes_status advance(const difference_task *d, int64_t clock, int64_t *taken) {
    const pes_smoothed *s = d->smoothed;
    const pes_smoothed_scratch *x = d->scratch;
    const pes_rows rows = rows_of(d);
    for (int64_t i = 0; i < d->count && clock % d->interval == 0; i++) {
        perturb_pair(d, i, clock / d->interval);
    }
    for (int64_t row = 0; row < 2 * d->count; row++) {
        const int64_t left = x->length[row] - x->clock[row];
        x->steps[row] = left < s->slice ? left : s->slice;
    }
    if (clock == 0) {
        PES_TRY(pes_unroll_prepare(s->system, x->worker, &rows));
    }
    PES_TRY(pes_unroll_advance(s->system, x->worker, &rows));
    *taken += settle(d);
    return PES_OK;
}

pes_status pes_smoothed_differences(const pes_smoothed *smoothed, int64_t thread,
                                    const float *theta, int64_t number, const double *v,
                                    int64_t first, int64_t count, double *difference,
                                    int64_t *taken) {
    const difference_task d = {
        .smoothed = smoothed,
        .scratch = &smoothed->scratch[thread],
        .theta = theta,
        .number = number,
        .v = v,
        .first = first,
        .count = count,
        .interval = smoothed->interval > 0 ? smoothed->interval : smoothed->steps,
    };
    *taken = 0;
    for (int64_t i = 0; i < count; i++) {
        begin_pair(&d, i);
    }
    for (int64_t clock = 0; clock < smoothed->steps; clock += smoothed->slice) {
        PES_TRY(advance(&d, clock, taken));
    }
    for (int64_t i = 0; i < count; i++) {
        const double *objective = d.scratch->objective + 2 * i;
        const double slope = (objective[0] - objective[1]) / (2.0 * d.scratch->step[i]);
        difference[i] = isfinite(slope) ? slope : (double)NAN;
    }
    return PES_OK;
}
