#include "perturb/population.h"

#include <math.h>
#include <string.h>

#include "base/many.h"
#include "base/status.h"
#include "noise/noise.h"
#include "perturb/few.h"

int64_t pes_population_rows(const pes_population *population) {
    return population->units * population->signs + (population->guided ? 1 : 0);
}

void pes_population_layout(pes_population *population, pes_arena *arena) {
    pes_population *p = population;
    const int64_t rows = pes_population_rows(p);
    if (p->num_params > 0 && p->units > INT64_MAX / p->num_params) {
        arena->overflow = true;
        return;
    }
    p->xi = pes_arena_take(arena, p->units * p->num_params, sizeof *p->xi);
    if (p->parted) {
        p->past = pes_arena_take(arena, p->units * p->num_params, sizeof *p->past);
    }
    p->drawn_sigma = pes_arena_take(arena, p->units, sizeof *p->drawn_sigma);
    p->drawn_square = pes_arena_take(arena, p->units, sizeof *p->drawn_square);
    p->past_square = pes_arena_take(arena, p->units, sizeof *p->past_square);
    p->drawn = pes_arena_take(arena, p->units, sizeof *p->drawn);
    p->episode = pes_arena_take(arena, p->units + 1, sizeof *p->episode);
    p->length = pes_arena_take(arena, p->units + 1, sizeof *p->length);
    p->clock = pes_arena_take(arena, rows, sizeof *p->clock);
    p->ended = pes_arena_take(arena, rows, sizeof *p->ended);
    p->stream = pes_arena_take(arena, rows, sizeof *p->stream);
    p->steps = pes_arena_take(arena, rows, sizeof *p->steps);
    p->action = pes_arena_take(arena, rows, sizeof *p->action);
    p->source = pes_arena_take(arena, rows, sizeof *p->source);
}

// Rounds that bring a unit to its start.
static int64_t rounds_of(const pes_population *p, int64_t unit) {
    const int64_t updates = (p->horizon + p->truncation - 1) / p->truncation;
    return unit * updates / p->units;
}

int64_t pes_population_rounds(const pes_population *population) {
    return rounds_of(population, population->units - 1);
}

bool pes_population_waits(const pes_population *population, int64_t unit) {
    const pes_population *p = population;
    return p->warming > 0 && p->warming > rounds_of(p, unit);
}

void pes_population_start(pes_population *population) {
    pes_population *p = population;
    p->warming = p->warmup;
    for (int64_t u = 0; u < p->units; u++) {
        p->drawn[u] = -1;
        p->episode[u] = -1;
    }
    p->episode[p->units] = -1;
    pes_population_recall(p);
    memset(p->ended, 1, (size_t)pes_population_rows(p) * sizeof *p->ended);
}

static uint32_t number_of(const pes_population *p, int64_t unit) {
    const uint32_t own = unit < p->units ? (uint32_t)unit : PES_NOISE_GUIDE;
    return p->share_all ? PES_NOISE_SHARED : own;
}

// The length of the episode that a unit, or the guide, is in. Tethered units follow the guide.
static int64_t length_of(const pes_population *p, int64_t unit) {
    const int64_t who = p->tethered ? p->units : unit;
    if (p->lengths == NULL || p->episode[who] < 0) {
        return p->horizon;
    }
    const uint64_t bits = pes_noise_length(p->seed, number_of(p, who), p->episode[who]);
    return p->lengths(bits, p->shortest, p->horizon);
}

static pes_stream make_stream(const pes_population *p, int64_t unit, int64_t episode) {
    return (pes_stream){
        .seed = p->seed,
        .particle = number_of(p, unit),
        .episode = (uint32_t)episode,
    };
}

void pes_population_recall(pes_population *population) {
    pes_population *p = population;
    for (int64_t u = 0; u <= p->units; u++) {
        p->length[u] = length_of(p, u);
    }
    for (int64_t row = 0; row < p->units * p->signs; row++) {
        const int64_t unit = row / p->signs;
        p->stream[row] = make_stream(p, unit, p->episode[unit]);
        p->source[row] = -1;
    }
}

static bool is_deviation(double sigma) {
    return isfinite(sigma) && sigma > 0.0;
}

pes_status pes_population_check(const pes_population *population) {
    const pes_population *p = population;
    bool sound =
        is_deviation(p->sigma) && p->warming >= 0 && p->warming <= p->warmup && p->warmed >= 0;
    for (int64_t u = 0; u < p->units; u++) {
        sound = sound && p->drawn[u] >= -1 && p->drawn[u] <= PES_NOISE_MOST_STEPS &&
                (p->drawn[u] == -1 || is_deviation(p->drawn_sigma[u]));
    }
    for (int64_t u = 0; u <= p->units; u++) {
        sound = sound && p->episode[u] >= -1 && p->episode[u] < PES_NOISE_MOST_EPISODES;
    }
    for (int64_t row = 0; row < pes_population_rows(p); row++) {
        const int64_t length = pes_population_length(p, row);
        const int64_t longest = length > 0 ? length : PES_NOISE_MOST_STEPS;
        const bool reached = length > 0 && p->clock[row] == length;
        sound = sound && p->clock[row] >= 0 && p->clock[row] <= longest && p->ended[row] <= 1 &&
                (p->ended[row] == 1 || !reached);
    }
    PES_REQUIRE(sound, PES_E_FORMAT,
                "the checkpoint holds counters of particles that no run can reach");
    return PES_OK;
}

static int64_t steps_left(const pes_population *p, int64_t row) {
    const int64_t length = pes_population_length(p, row);
    const int64_t left = length > 0 ? length - p->clock[row] : p->truncation;
    return left < p->truncation ? left : p->truncation;
}

static pes_status check_episode(int64_t episode) {
    PES_REQUIRE(episode < PES_NOISE_MOST_EPISODES, PES_E_ARGUMENT,
                "a particle has used up its %lld episodes; begin a new run with another seed",
                (long long)PES_NOISE_MOST_EPISODES);
    return PES_OK;
}

static pes_status check_clock(const pes_population *p, int64_t clock) {
    PES_REQUIRE(clock <= PES_NOISE_MOST_STEPS - p->truncation, PES_E_ARGUMENT,
                "an episode may have at most %lld inner steps; set a horizon",
                (long long)PES_NOISE_MOST_STEPS);
    return PES_OK;
}

pes_status pes_population_order_guide(pes_population *population) {
    pes_population *p = population;
    if (!p->guided) {
        return PES_OK;
    }
    const int64_t row = p->units * p->signs;
    p->action[row] = PES_ASK_CONTINUE;
    if (p->ended[row]) {
        PES_TRY(check_episode(++p->episode[p->units]));
        p->length[p->units] = length_of(p, p->units);
        p->clock[row] = 0;
        p->ended[row] = 0;
        p->action[row] = PES_ASK_RESTART;
    }
    PES_TRY(check_clock(p, p->clock[row]));
    p->stream[row] = make_stream(p, p->units, p->episode[p->units]);
    p->steps[row] = steps_left(p, row);
    p->source[row] = -1;
    p->guide_clock = p->clock[row];
    return PES_OK;
}

// A new episode of a unit: its own, or the stretch of the guide's that this update covers.
static pes_status begin(pes_population *p, int64_t unit) {
    const int64_t guide = p->units * p->signs;
    p->episode[unit] = p->tethered ? p->episode[p->units] : p->episode[unit] + 1;
    p->length[unit] = p->tethered ? p->length[p->units] : length_of(p, unit);
    p->drawn[unit] = -1;
    memset(p->xi + unit * p->num_params, 0, (size_t)p->num_params * sizeof *p->xi);
    const pes_stream stream = make_stream(p, unit, p->episode[unit]);
    for (int64_t row = unit * p->signs; row < (unit + 1) * p->signs; row++) {
        p->clock[row] = p->tethered ? p->guide_clock : 0;
        p->ended[row] = 0;
        p->action[row] = p->tethered ? PES_ASK_COPY : PES_ASK_RESTART;
        p->source[row] = p->tethered ? guide : -1;
        p->stream[row] = stream;
    }
    return check_episode(p->episode[unit]);
}

// A unit whose turn in the warm-up has not come.
static void let_wait(pes_population *p, int64_t unit) {
    for (int64_t row = unit * p->signs; row < (unit + 1) * p->signs; row++) {
        p->stream[row] = make_stream(p, unit, 0);
        p->action[row] = PES_ASK_IDLE;
        p->source[row] = -1;
    }
}

// The steps of rows first..last - 1; none where an episode is over, or has not begun. Pointers
// of its own, since the compiler cannot know that nothing here writes to the population.
static pes_status order_steps(pes_population *p, int64_t first, int64_t last) {
    const int64_t *clock = p->clock, *length = p->length;
    const uint8_t *ended = p->ended;
    int64_t *steps = p->steps;
    const int64_t truncation = p->truncation, shift = p->signs - 1;
    int64_t latest = 0;
    for (int64_t row = first; row < last; row++) {
        const int64_t whole = length[row >> shift];
        const int64_t left = whole > 0 ? whole - clock[row] : truncation;
        const int64_t some = left < truncation ? left : truncation;
        steps[row] = ended[row] ? 0 : some;
        latest = clock[row] > latest ? clock[row] : latest;
    }
    return check_clock(p, latest);
}

// The same where all rows have the same clock in episodes of the same length.
static pes_status order_alike(pes_population *p, int64_t first, int64_t last) {
    const int64_t some = steps_left(p, first);
    int64_t *steps = p->steps;
    for (int64_t row = first; row < last; row++) {
        steps[row] = some;
    }
    return check_clock(p, p->clock[first]);
}

// Rows go on or rest, with the stream and the source of the update before.
static void go_on(const pes_population *p, int64_t first, int64_t last, bool none) {
    pes_ask_action *action = p->action;
    const uint8_t *ended = p->ended;
    for (int64_t row = first; row < last; row++) {
        action[row] = PES_ASK_CONTINUE;
    }
    for (int64_t row = first; !none && row < last; row++) {
        action[row] = ended[row] ? PES_ASK_IDLE : PES_ASK_CONTINUE;
    }
}

static pes_status begin_or_wait(pes_population *p, int64_t first, int64_t last) {
    for (int64_t u = first; u < last; u++) {
        if (pes_population_waits(p, u)) {
            let_wait(p, u);
        } else if (p->tethered || pes_population_over(p, u)) {
            PES_TRY(begin(p, u));
        }
    }
    return PES_OK;
}

// Do all rows take the same steps of episodes of the same length, from the same clock?
static bool is_level(const pes_population *p, int64_t first, int64_t last) {
    const int64_t row = first * p->signs, rows = (last - first) * p->signs;
    return p->action[row] != PES_ASK_IDLE &&
           pes_alike(p->action + row, rows, sizeof *p->action) &&
           pes_alike(p->clock + row, rows, sizeof *p->clock) &&
           pes_alike(p->length + first, last - first, sizeof *p->length);
}

pes_status pes_population_order(pes_population *population, int64_t first, int64_t last,
                                bool *level) {
    pes_population *p = population;
    const int64_t row = first * p->signs, end = last * p->signs;
    const bool none = pes_none(p->ended + row, end - row);
    go_on(p, row, end, none);
    if (!none || p->warming > 0 || p->tethered) {
        PES_TRY(begin_or_wait(p, first, last));
    }
    *level = is_level(p, first, last);
    return *level ? order_alike(p, row, end) : order_steps(p, row, end);
}

static void apply(pes_population *p, const pes_kernels *kernels, const float *theta,
                  int64_t unit, const float *normals, float *rows) {
    if (p->still || pes_population_waits(p, unit)) {
        for (int64_t i = 0; i < p->signs; i++) {
            memcpy(rows + i * p->num_params, theta, (size_t)p->num_params * sizeof *theta);
        }
        return;
    }
    const int64_t interval = pes_population_interval(p, unit);
    double credit = 0.0;
    if (interval != p->drawn[unit]) {
        credit = 1.0 / (p->sigma * p->sigma);
        p->past_square[unit] = kernels->squares(p->num_params, p->xi + unit * p->num_params);
        p->drawn_square[unit] = kernels->squares(p->num_params, normals) * credit;
        p->drawn[unit] = interval;
        p->drawn_sigma[unit] = p->sigma;
        if (p->parted) {
            memcpy(p->past + unit * p->num_params, p->xi + unit * p->num_params,
                   (size_t)p->num_params * sizeof *p->past);
        }
    }
    kernels->perturb(p->num_params, (float)p->drawn_sigma[unit], credit, theta, normals, rows,
                     p->signs == 2 ? rows + p->num_params : NULL, p->xi + unit * p->num_params);
}

int64_t pes_population_scratch(int64_t num_params, int64_t units) {
    return num_params <= PES_KERNELS_FEW ? PES_KERNELS_FEW * units : (num_params + 3) / 4 * 4;
}

void pes_population_perturb(pes_population *population, const pes_kernels *kernels,
                            const float *theta, int64_t first, int64_t last, bool level,
                            float *normals, float *theta_rows) {
    pes_population *p = population;
    const int64_t stride = p->signs * p->num_params;
    if (p->still) {
        for (int64_t u = first; u < last; u++) {
            apply(p, kernels, theta, u, normals, theta_rows + (u - first) * stride);
        }
        return;
    }
    if (p->num_params > PES_KERNELS_FEW) {
        for (int64_t u = first; u < last; u++) {
            pes_noise_perturbation(kernels, p->seed, u, p->episode[u],
                                   pes_population_interval(p, u), p->num_params, normals);
            apply(p, kernels, theta, u, normals, theta_rows + (u - first) * stride);
        }
        return;
    }
    pes_population_perturb_few(p, kernels, theta, first, last, level, normals, theta_rows);
}
