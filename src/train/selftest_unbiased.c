// Is a method unbiased on a system? Its estimates, summed over an episode, have the mean g; the
// objective that it smooths has the derivative dF along v. The proof measures both and compares
//
//     z = (v . g - dF) / sqrt(error of v . g ^2 + error of dF ^2 + rounding^2)
//
// along the gradient itself, where there is most to see, and along random directions.
// (docs/math.md, equations 4, 7, 18 and 19)

#include "pes/selftest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/sized.h"
#include "base/status.h"
#include "noise/noise.h"
#include "train/estimator.h"
#include "train/unbiased.h"

enum {
    FEWEST_RUNS = 64,  // from whose spread the standard error is taken
    FEWEST_PAIRS = 64, // likewise, of differences in one direction
    FEWEST_PILOTS = 16,
    MOST_SAMPLES = 1 << 28,
    MOST_EPISODES = 1000,
};

// Parameters are floats: neither side can be trusted beyond this share of the gradient.
static const double rounding = 2e-6;

// The bias that `needed` speaks of.
static const double a_tenth = 0.1;

// ---- setting up -----------------------------------------------------------------------------

static pes_status check_options(const pes_unbiased_options *o) {
    PES_REQUIRE(o->samples >= FEWEST_RUNS && o->samples <= MOST_SAMPLES, PES_E_ARGUMENT,
                "samples must be from %d to %d, not %lld", FEWEST_RUNS, MOST_SAMPLES,
                (long long)o->samples);
    PES_REQUIRE(o->episodes >= 1 && o->episodes <= MOST_EPISODES, PES_E_ARGUMENT,
                "episodes must be from 1 to %d, not %lld", MOST_EPISODES,
                (long long)o->episodes);
    PES_REQUIRE(o->directions >= 1 && o->directions <= PES_UNBIASED_DIRECTIONS, PES_E_ARGUMENT,
                "directions must be from 1 to %d, not %lld", PES_UNBIASED_DIRECTIONS,
                (long long)o->directions);
    PES_REQUIRE(o->steps >= 1 && o->steps <= PES_NOISE_MOST_STEPS / 2, PES_E_ARGUMENT,
                "steps must be from 1 to %lld, not %lld", (long long)PES_NOISE_MOST_STEPS / 2,
                (long long)o->steps);
    PES_REQUIRE(isfinite(o->threshold) && o->threshold > 0.0, PES_E_ARGUMENT,
                "threshold must be a positive number of standard errors, not %g", o->threshold);
    return PES_OK;
}

// The estimator's options as it resolves them, or what is wrong with them.
static pes_status check_estimator(pes_proof *p, const pes_estimator_options *given) {
    p->estimator = pes_estimator_options_default();
    PES_TRY(
        pes_read_sized(&p->estimator, sizeof p->estimator, given, given->size, "estimator"));
    p->estimator.threads = 1;
    p->estimator.max_dropped = 1.0; // they are counted, and leave the verdict open
    pes_estimator *estimator = NULL;
    PES_TRY(pes_estimator_create(&estimator, &p->system, &p->estimator));
    p->estimator = *pes_estimator_get_options(estimator);
    p->method = estimator->method;
    p->smoothed = (pes_smoothed){
        .system = &p->system,
        .kernels = estimator->kernels,
        .objective = estimator->objective,
        .mean_scale = estimator->mean_scale,
        .sigma = p->estimator.sigma,
        .decay = estimator->decay,
        .decay_updates = p->estimator.sigma_updates,
        .decay_factor = p->estimator.sigma_factor,
        .lengths = estimator->population.lengths,
        .shortest = estimator->population.shortest,
        .interval = estimator->population.interval,
        .slice = p->estimator.truncation,
    };
    p->parted = estimator->population.guided && !estimator->population.tethered;
    const bool still = estimator->population.still;
    const bool mixed = estimator->decay != NULL && estimator->population.warmup > 0;
    pes_estimator_destroy(estimator);
    PES_REQUIRE(!still, PES_E_ARGUMENT,
                "%s perturbs nothing, so there is no smoothed objective to compare it with",
                p->estimator.method);
    PES_REQUIRE(!mixed, PES_E_ARGUMENT,
                "staggered starts mix episodes of different sigma; set sigma_schedule = "
                "\"constant\" or starts = \"lockstep\" to compare estimates");
    return PES_OK;
}

static int64_t ceiling(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

// How often, how long, and in how many directions.
static void plan(pes_proof *p) {
    const pes_estimator_options *e = &p->estimator;
    const int64_t signs = e->antithetic ? 2 : 1;
    if (p->alone) {
        p->estimator.particles = signs;
    }
    const int64_t runs = ceiling(p->options.samples, e->particles / signs);
    p->runs = runs < FEWEST_RUNS ? FEWEST_RUNS : runs;
    p->pilots = p->runs / 16 > FEWEST_PILOTS ? p->runs / 16 : FEWEST_PILOTS;
    p->updates = ceiling(e->horizon > 0 ? e->horizon : p->options.steps, e->truncation);
    const bool comparable = e->horizon > 0 && p->smoothed.decay == NULL; // later episodes
    p->windows = comparable && p->options.episodes > 1 ? 2 : 1;
    p->directions = p->options.directions < p->system.num_params ? p->options.directions
                                                                 : p->system.num_params;
    const int64_t pairs = ceiling(p->options.samples, p->directions);
    p->pairs = pairs < FEWEST_PAIRS ? FEWEST_PAIRS : pairs;
    p->smoothed.steps = e->horizon > 0 ? e->horizon : p->updates * e->truncation;
    const int64_t hint = p->system.batch_hint > 1 ? p->system.batch_hint / 2 : 64;
    p->smoothed.batch = hint < p->pairs ? hint : p->pairs;
    p->smoothed.seed = pes_proof_seed(p, PES_PROOF_DIFFERENCE, 0);
}

static int64_t difference_tasks(const pes_proof *p) {
    return p->directions * ceiling(p->pairs, p->smoothed.batch);
}

static void lay_out(pes_proof *p, pes_arena *arena) {
    const int64_t n = p->system.num_params, tasks = p->runs + difference_tasks(p);
    pes_smoothed_layout(&p->smoothed, p->threads, arena);
    p->direction = pes_arena_take(arena, p->directions * n, sizeof *p->direction);
    p->sample = pes_arena_take(arena, p->windows * p->directions * p->runs, sizeof *p->sample);
    p->difference = pes_arena_take(arena, p->directions * p->pairs, sizeof *p->difference);
    p->total = pes_arena_take(arena, p->threads * n, sizeof *p->total);
    p->grad = pes_arena_take(arena, p->threads * n, sizeof *p->grad);
    p->pilot = pes_arena_take(arena, p->pilots * n, sizeof *p->pilot);
    p->taken = pes_arena_take(arena, tasks, sizeof *p->taken);
    p->dropped = pes_arena_take(arena, tasks, sizeof *p->dropped);
    p->uneven = pes_arena_take(arena, p->runs, sizeof *p->uneven);
}

static pes_status reserve(pes_proof *p) {
    plan(p);
    pes_arena arena = {0};
    lay_out(p, &arena);
    p->memory = arena.overflow ? NULL : aligned_alloc(PES_ARENA_ALIGNMENT, arena.used);
    if (p->memory == NULL) {
        p->smoothed.scratch = NULL;
        return pes_fail(PES_E_MEMORY,
                        "out of memory for a proof with %lld samples; ask for "
                        "fewer",
                        (long long)p->options.samples);
    }
    memset(p->memory, 0, arena.used);
    arena = (pes_arena){.base = p->memory};
    lay_out(p, &arena);
    return pes_smoothed_open(&p->smoothed, p->threads);
}

static void release(pes_proof *p) {
    if (p->memory != NULL) {
        pes_smoothed_close(&p->smoothed, p->threads);
    }
    free(p->memory);
    p->memory = NULL;
}

// ---- directions -----------------------------------------------------------------------------

static double dot(int64_t n, const double *a, const double *b) {
    double sum = 0.0;
    for (int64_t i = 0; i < n; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

// Take the part along the directions before out of direction d and make its length 1; false
// if nothing is left.
static bool straighten(const pes_proof *p, int64_t d) {
    const int64_t n = p->system.num_params;
    double *v = p->direction + d * n;
    const double before = dot(n, v, v);
    for (int64_t e = 0; e < d; e++) {
        const double along = dot(n, v, p->direction + e * n);
        for (int64_t i = 0; i < n; i++) {
            v[i] -= along * p->direction[e * n + i];
        }
    }
    const double left = dot(n, v, v);
    if (!(isfinite(left) && left > 1e-6 * before)) {
        return false;
    }
    for (int64_t i = 0; i < n; i++) {
        v[i] /= sqrt(left);
    }
    return true;
}

static void draw_direction(const pes_proof *p, int64_t d, int64_t attempt, float *scratch) {
    const int64_t n = p->system.num_params;
    const pes_stream stream = {.seed = p->options.seed, .particle = (uint32_t)d};
    pes_noise_normal(&stream, PES_NOISE_USES - 1, (uint32_t)attempt, n, scratch);
    for (int64_t i = 0; i < n; i++) {
        p->direction[d * n + i] = (double)scratch[i];
    }
}

// Direction 0 is the pilots' mean; where they found nothing it is random as the others are.
static pes_status choose_directions(pes_proof *p) {
    const int64_t n = p->system.num_params;
    PES_TRY(pes_pool_for(p->pool, p->pilots, pes_proof_pilot, p));
    for (int64_t pilot = 0; pilot < p->pilots; pilot++) {
        for (int64_t i = 0; i < n; i++) {
            p->direction[i] += p->pilot[pilot * n + i];
        }
    }
    for (int64_t d = 0; d < p->directions; d++) {
        bool good = d == 0 && straighten(p, d);
        for (int64_t attempt = 0; !good; attempt++) {
            draw_direction(p, d, attempt, p->grad);
            good = straighten(p, d);
        }
    }
    return PES_OK;
}

// ---- measuring ------------------------------------------------------------------------------

static pes_status differences(void *proof, int64_t task, int64_t thread) {
    const pes_proof *p = proof;
    const int64_t batch = p->smoothed.batch, blocks = ceiling(p->pairs, batch);
    const int64_t d = task / blocks, first = task % blocks * batch;
    const int64_t count = first + batch < p->pairs ? batch : p->pairs - first;
    double *difference = p->difference + d * p->pairs + first;
    PES_TRY(pes_smoothed_differences(&p->smoothed, thread, p->theta, d,
                                     p->direction + d * p->system.num_params, first, count,
                                     difference, &p->taken[p->runs + task]));
    for (int64_t i = 0; i < count; i++) {
        p->dropped[p->runs + task] += isfinite(difference[i]) ? 0 : 2;
    }
    return PES_OK;
}

// Both sides. Where the system turns out to end episodes, once more with runs of one unit.
static pes_status measure(pes_proof *p) {
    PES_TRY(reserve(p));
    PES_TRY(choose_directions(p));
    PES_TRY(pes_pool_for(p->pool, p->runs, pes_proof_run, p));
    bool uneven = false;
    for (int64_t run = 0; run < p->runs; run++) {
        uneven = uneven || p->uneven[run];
    }
    if (uneven) {
        PES_REQUIRE(!p->parted, PES_E_ARGUMENT,
                    "the trajectory and the particles of %s end their episodes at different "
                    "times, so there is no sum over an episode to compare",
                    p->estimator.method);
        release(p);
        p->alone = true;
        return measure(p);
    }
    return pes_pool_for(p->pool, difference_tasks(p), differences, p);
}

// Mean of the finite values, and its standard error.
static void average(int64_t count, const double *value, double *mean, double *error) {
    double sum = 0.0, square = 0.0, kept = 0.0;
    for (int64_t i = 0; i < count; i++) {
        sum += isfinite(value[i]) ? value[i] : 0.0;
        kept += isfinite(value[i]) ? 1.0 : 0.0;
    }
    *mean = sum / kept;
    for (int64_t i = 0; i < count; i++) {
        const double miss = isfinite(value[i]) ? value[i] - *mean : 0.0;
        square += miss * miss;
    }
    *error = sqrt(square / (kept - 1.0) / kept);
}

// ---- judging --------------------------------------------------------------------------------

static void fill_row(const pes_proof *p, int64_t window, int64_t d, pes_unbiased_row *row) {
    *row = (pes_unbiased_row){.episode = window + 1, .direction = d};
    average(p->runs, p->sample + (window * p->directions + d) * p->runs, &row->estimate,
            &row->estimate_error);
    average(p->pairs, p->difference + d * p->pairs, &row->expected, &row->expected_error);
}

static void compare(const pes_proof *p, double gradient, pes_unbiased_row *row) {
    const double floor = rounding * gradient;
    const double error = sqrt(row->estimate_error * row->estimate_error +
                              row->expected_error * row->expected_error + floor * floor);
    const double miss = row->estimate - row->expected;
    row->z = error > 0.0 ? miss / error : 0.0;
    row->bias = miss / gradient;
    row->visible = p->options.threshold * error / gradient;
}

static void judge(const pes_proof *p, pes_unbiased_result *r) {
    for (int64_t window = 0; window < p->windows; window++) {
        for (int64_t d = 0; d < p->directions; d++) {
            fill_row(p, window, d, &r->row[r->rows++]);
        }
    }
    double square = 0.0;
    for (int64_t d = 0; d < p->directions; d++) {
        square += r->row[d].expected * r->row[d].expected;
    }
    r->gradient = sqrt(square);
    for (int64_t i = 0; i < r->rows; i++) {
        pes_unbiased_row *row = &r->row[i];
        compare(p, r->gradient, row);
        if (i == 0 || fabs(row->z) > fabs(r->z)) {
            r->z = row->z;
            r->bias = row->bias;
        }
        r->visible = i == 0 || !(row->visible <= r->visible) ? row->visible : r->visible;
    }
    const double share = r->visible / a_tenth;
    r->needed = (double)p->options.samples * share * share;
    const bool clear = r->dropped == 0 && isfinite(r->z) && r->visible <= 1.0;
    const bool apart = fabs(r->z) > p->options.threshold;
    r->verdict = r->dropped == 0 && apart ? PES_VERDICT_BIASED
                 : clear                  ? PES_VERDICT_UNBIASED
                                          : PES_VERDICT_UNCLEAR;
}

static pes_unbiased_result conclude(const pes_proof *p) {
    pes_unbiased_result r = {
        .runs = p->runs, .particles = p->estimator.particles, .pairs = p->pairs};
    for (int64_t i = 0; i < p->runs + difference_tasks(p); i++) {
        r.inner_steps += p->taken[i];
        r.dropped += p->dropped[i];
    }
    judge(p, &r);
    return r;
}

static pes_status prove(pes_proof *p, const pes_system *system,
                        const pes_estimator_options *estimator,
                        const pes_unbiased_options *options) {
    p->options = pes_unbiased_options_default();
    PES_TRY(pes_read_sized(&p->system, sizeof p->system, system, system->size, "system"));
    PES_TRY(pes_read_sized(&p->options, sizeof p->options, options, options->size, "options"));
    PES_TRY(pes_unroll_check_system(&p->system));
    PES_REQUIRE(p->system.unroll != NULL, PES_E_ARGUMENT,
                "system '%s' has no callbacks, so nothing can be compared", p->system.name);
    p->system.common_bytes = p->system.num_gathered = 0; // nothing is learned meanwhile:
    p->system.common_begin = NULL;                       // one objective to compare with
    p->system.gather = NULL;
    p->system.absorb = NULL;
    PES_TRY(check_options(&p->options));
    PES_TRY(check_estimator(p, estimator));
    p->threads = pes_pool_resolve(p->options.threads);
    PES_TRY(pes_pool_create(&p->pool, p->threads));
    return measure(p);
}

pes_status pes_selftest_unbiased(const pes_system *system, const float *theta,
                                 const pes_estimator_options *estimator,
                                 const pes_unbiased_options *options,
                                 pes_unbiased_result *result) {
    pes_proof proof = {.theta = theta};
    const pes_status status = prove(&proof, system, estimator, options);
    if (status == PES_OK) {
        *result = conclude(&proof);
    }
    release(&proof);
    pes_pool_destroy(proof.pool);
    return status;
}
