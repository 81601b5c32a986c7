// The published algorithms once more, as a reader of the papers would write them: one particle
// and one step at a time, double precision, no batches, no threads, nothing shared with the
// library but its noise. pes_estimator_step() must find the same gradients.
//
//     truncated ES, PES    Vicol, Metz, Sohl-Dickstein 2021, algorithms 1 and 2
//     full ES              Salimans et al. 2017, algorithm 1
//     NRES (ES-Single)     Li et al. 2023, algorithm 3
//
// Seen to fail: each of the five conventions of shared mathematics broken in the library, one
// by one (losses after an end counted, xi kept over a reset, the pair restarted with its first
// half, the mean taken over the steps left, one key for two draws).

#include <math.h>
#include <stdlib.h>

#include "noise/noise.h"
#include "pes/estimator.h"
#include "support/check.h"
#include "support/systems.h"

enum { PARAMS = 6, PAIRS = 5, STATE = 16 * PARAMS, UPDATES = 14 };

// ---- the papers ---------------------------------------------------------------------

typedef struct particle {
    unsigned char state[STATE];
    int64_t clock; // inner steps since its episode began
    bool ended;
    double last_loss;
} particle;

typedef struct pair {
    particle half[2];  // plus and minus; only the first with plain sampling
    double xi[PARAMS]; // sum of eps / sigma^2
    float eps[PARAMS];
    double eps_sigma; // that eps was drawn with
    int64_t episode;
} pair;

typedef struct naive {
    const pes_system *system;
    pes_estimator_options options;
    double sigma;
    int halves; // 2 antithetic, 1 plain
    int64_t pairs;
    pair pair[2 * PAIRS];
    particle shared; // of truncated ES
    int64_t shared_episode;
} naive;

static pes_stream stream_of(const naive *n, uint32_t number, int64_t episode) {
    const bool all = strcmp(n->options.sharing, "all") == 0;
    return (pes_stream){n->options.seed, all ? PES_NOISE_SHARED : number, (uint32_t)episode};
}

static void begin(const naive *n, particle *p, const float *theta, pes_stream stream) {
    p->clock = 0;
    p->ended = false;
    p->last_loss = 0.0;
    const pes_batch batch = {
        .count = 1, .theta = theta, .state = p->state, .stream = &stream, .clock = &p->clock};
    CHECK_OK(n->system->init(n->system->user, NULL, &batch));
}

// Up to K steps of one particle, until its episode ends; returns their share of the objective.
static double play(const naive *n, particle *p, const float *theta, pes_stream stream) {
    const pes_estimator_options *o = &n->options;
    double sum = 0.0;
    const double before = p->last_loss;
    for (int64_t k = 0; k < o->truncation && !p->ended; k++) {
        int64_t end = 0;
        pes_batch batch = {.count = 1,
                           .steps = 1,
                           .theta = theta,
                           .state = p->state,
                           .stream = &stream,
                           .clock = &p->clock,
                           .loss = &p->last_loss,
                           .ended = &end};
        CHECK_OK(n->system->unroll(n->system->user, NULL, &batch));
        sum += p->last_loss;
        p->clock++;
        p->ended = end == 1 || p->clock == o->horizon;
    }
    if (!isfinite(sum) || strcmp(o->objective, "sum") == 0) {
        return sum;
    }
    if (strcmp(o->objective, "mean") == 0) {
        return sum / (double)(o->horizon > 0 ? o->horizon : o->truncation);
    }
    return p->last_loss - before;
}

static void draw(const naive *n, pair *q, int64_t number, int64_t interval) {
    float z[PARAMS + 4];
    pes_noise_perturbation(&pes_kernels_scalar, n->options.seed, number, q->episode, interval,
                           PARAMS, z);
    for (int d = 0; d < PARAMS; d++) {
        q->eps[d] = (float)n->sigma * z[d];
    }
    q->eps_sigma = n->sigma;
}

static void credit(pair *q) {
    for (int d = 0; d < PARAMS; d++) {
        q->xi[d] += (double)q->eps[d] / (q->eps_sigma * q->eps_sigma);
    }
}

static void perturbed(const pair *q, int half, const float *theta, float *out) {
    for (int d = 0; d < PARAMS; d++) {
        out[d] = half == 0 ? theta[d] + q->eps[d] : theta[d] - q->eps[d];
    }
}

static void forget(pair *q) {
    memset(q->xi, 0, sizeof q->xi);
}

static bool both_ended(const naive *n, const pair *q) {
    return q->half[0].ended && (n->halves == 1 || q->half[1].ended);
}

// Adds xi (L+ - L-) / 2, or xi L. Returns 0 for a pair that is left out, and ends its episode.
static int add(const naive *n, pair *q, const double loss[2], double *grad) {
    const double difference = n->halves == 2 ? 0.5 * (loss[0] - loss[1]) : loss[0];
    if (!isfinite(difference)) {
        q->half[0].ended = q->half[1].ended = true;
        return 0;
    }
    for (int d = 0; d < PARAMS; d++) {
        grad[d] += q->xi[d] * difference;
    }
    return 1;
}

// PES draws once per truncation, NRES and full ES (where K = T) once per episode.
static void persistent_update(naive *n, bool once_per_episode, const float *theta,
                              double *grad) {
    int kept = 0;
    for (int64_t i = 0; i < n->pairs; i++) {
        pair *q = &n->pair[i];
        const bool fresh = both_ended(n, q);
        if (fresh) {
            q->episode++;
            forget(q);
        }
        if (fresh || !once_per_episode) {
            const int64_t first = fresh ? 0 : q->half[0].clock;
            const int64_t second = fresh || n->halves == 1 ? 0 : q->half[1].clock;
            draw(n, q, i, (first > second ? first : second) / n->options.truncation);
            credit(q);
        }
        double loss[2] = {0.0, 0.0};
        const pes_stream stream = stream_of(n, (uint32_t)i, q->episode);
        for (int h = 0; h < n->halves; h++) {
            float row[PARAMS];
            perturbed(q, h, theta, row);
            if (fresh) {
                begin(n, &q->half[h], row, stream);
            }
            loss[h] = play(n, &q->half[h], row, stream);
        }
        kept += add(n, q, loss, grad);
    }
    for (int d = 0; d < PARAMS; d++) {
        grad[d] /= kept > 0 ? kept : 1;
    }
}

static void truncated_update(naive *n, const float *theta, double *grad) {
    particle *s = &n->shared;
    if (s->ended) {
        n->shared_episode++;
        begin(n, s, theta, stream_of(n, PES_NOISE_GUIDE, n->shared_episode));
    }
    int kept = 0;
    for (int64_t i = 0; i < n->pairs; i++) {
        pair *q = &n->pair[i];
        q->episode = n->shared_episode;
        forget(q);
        draw(n, q, i, s->clock / n->options.truncation);
        credit(q);
        double loss[2] = {0.0, 0.0};
        for (int h = 0; h < n->halves; h++) {
            float row[PARAMS];
            perturbed(q, h, theta, row);
            q->half[h] = *s;
            loss[h] = play(n, &q->half[h], row, stream_of(n, (uint32_t)i, q->episode));
        }
        kept += add(n, q, loss, grad);
    }
    if (!isfinite(play(n, s, theta, stream_of(n, PES_NOISE_GUIDE, n->shared_episode)))) {
        s->ended = true;
    }
    for (int d = 0; d < PARAMS; d++) {
        grad[d] /= kept > 0 ? kept : 1;
    }
}

static void naive_update(naive *n, const float *theta, double *grad) {
    memset(grad, 0, PARAMS * sizeof *grad);
    if (strcmp(n->options.method, "truncated_es") == 0) {
        truncated_update(n, theta, grad);
    } else {
        persistent_update(n, strcmp(n->options.method, "pes") != 0, theta, grad);
    }
}

static void naive_start(naive *n, const pes_system *system,
                        const pes_estimator_options *options) {
    *n = (naive){.system = system, .options = *options, .sigma = options->sigma};
    n->halves = options->antithetic ? 2 : 1;
    n->pairs = options->particles / n->halves;
    n->shared.ended = true;
    n->shared_episode = -1;
    for (int64_t i = 0; i < n->pairs; i++) {
        n->pair[i].episode = -1;
        n->pair[i].half[0].ended = n->pair[i].half[1].ended = true;
    }
}

// ---- the comparison -----------------------------------------------------------------

// Every update of a run at a theta that moves, with sigma changed in the middle. xi is kept in
// single precision by the library, so the gradients agree to some parts in 10^6 of their norm.
static void compare(const pes_system *system, const pes_estimator_options *options) {
    naive *n = malloc(sizeof *n);
    assert_non_null(n);
    naive_start(n, system, options);
    pes_estimator *estimator = NULL;
    CHECK_OK(pes_estimator_create(&estimator, system, options));
    float theta[PARAMS] = {0.1f, -0.2f, 0.3f, 0.05f, -0.4f, 0.2f};
    for (int u = 0; u < UPDATES; u++) {
        if (u == 4) {
            n->sigma = 0.07;
            CHECK_OK(pes_estimator_set_sigma(estimator, 0.07));
        }
        float grad[PARAMS];
        double expected[PARAMS], norm = 0.0;
        CHECK_OK(pes_estimator_step(estimator, theta, grad, NULL));
        naive_update(n, theta, expected);
        for (int d = 0; d < PARAMS; d++) {
            norm += expected[d] * expected[d];
        }
        for (int d = 0; d < PARAMS; d++) {
            CHECK_NEAR(expected[d], (double)grad[d], 2e-6 * sqrt(norm));
            theta[d] -= 1e-3f * grad[d] / (1.0f + (float)sqrt(norm));
        }
    }
    pes_estimator_destroy(estimator);
    free(n);
}

typedef struct length {
    int64_t horizon;
    int64_t truncation;
} length;

// T a multiple of K and not, T = K, K = 1, and no horizon.
static const length lengths[] = {{8, 2}, {10, 3}, {5, 5}, {4, 1}, {0, 3}};
static const char *const methods[] = {"pes", "nres", "truncated_es", "full_es"};
static const char *const objectives[] = {"sum", "mean", "final"};

static void compare_everywhere(const test_recipe *recipe) {
    test_recipe own = *recipe;
    const pes_system system = test_system(&own);
    for (int c = 0; c < 4 * 5 * 3 * 4; c++) {
        const length l = lengths[c / 4 % 5];
        pes_estimator_options options = pes_estimator_options_default();
        options.method = methods[c % 4];
        options.horizon = l.horizon;
        options.truncation = l.truncation;
        options.objective = objectives[c / 20 % 3];
        options.antithetic = c / 60 % 2 == 0;
        options.sharing = c / 120 % 2 == 0 ? "pair" : "all";
        options.particles = 2 * PAIRS;
        options.sigma = 0.2;
        options.max_dropped = 1.0;
        options.seed = 1000 + (uint64_t)c;
        options.threads = 1;
        if (c % 4 == 3) {
            options.horizon = l.horizon > 0 ? l.horizon : 6;
            options.truncation = options.horizon;
        }
        compare(&system, &options);
    }
}

static test_recipe history(void) {
    test_recipe recipe = test_recipe_default(TEST_HISTORY, PARAMS);
    recipe.noise = 0.05;
    recipe.start_anywhere = true;
    return recipe;
}

static void methods_agree_with_the_papers(void **state) {
    (void)state;
    const test_recipe recipe = history();
    compare_everywhere(&recipe);
}

static void episodes_that_end_by_their_stream_agree(void **state) {
    (void)state;
    test_recipe recipe = history();
    recipe.end_drawn = 7;
    compare_everywhere(&recipe);
}

static void halves_that_end_at_different_times_agree(void **state) {
    (void)state;
    test_recipe recipe = history();
    recipe.end_above = 0.9;
    compare_everywhere(&recipe);
}

static void pairs_that_are_dropped_agree(void **state) {
    (void)state;
    test_recipe recipe = history();
    recipe.bad_modulus = 3;
    recipe.bad_clock = 2;
    compare_everywhere(&recipe);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(methods_agree_with_the_papers),
        cmocka_unit_test(episodes_that_end_by_their_stream_agree),
        cmocka_unit_test(halves_that_end_at_different_times_agree),
        cmocka_unit_test(pairs_that_are_dropped_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
