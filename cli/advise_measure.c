// Candidates of `pes advise`, one after the other: the run's own settings, then other methods
// and truncations at its sigma, then other sigmas for the best of them.

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/advise.h"
#include "cli/catalog.h"
#include "cli/stop.h"

enum {
    MOST_REPETITIONS = 256,
    MOST_NUMBERS = 2000000,  // repetitions x num_params
    STEP = 4,                // factor between truncations
    WHOLE_PARTS = 10,        // truncations of an episode where the run knows only whole ones
    SHARED_PORTIONS = 4,     // of the budget, to tell shared from own randomness
    SHARED_REPETITIONS = 16, // at least, for that
};
static const double sigma_step = 3.0;

int64_t advise_signs(const advise_study *study) {
    return study->setup->estimator.antithetic ? 2 : 1;
}

static double cost_of_unit(const advise_study *study) {
    return (double)(study->steps * advise_signs(study));
}

void advise_free(advise_study *study) {
    for (int64_t i = 0; i < study->count; i++) {
        free(study->candidate[i].estimate);
    }
    study->count = 0;
}

// ---- one candidate --------------------------------------------------------------------

static bool shares(const advise_study *study) {
    return strcmp(study->setup->estimator.sharing, "all") == 0;
}

static int64_t count_portions(const advise_study *study) {
    return ADVISE_CANDIDATES + (shares(study) ? SHARED_PORTIONS : 0);
}

// Units that a portion of the budget pays for.
static int64_t affordable(const advise_study *study) {
    return (int64_t)((double)study->inner_steps / (double)count_portions(study) /
                     cost_of_unit(study));
}

// `units` units in all, `each` of them or more in a repetition. Many repetitions of few units
// tell the variance best; the budget and memory limit them.
static void share_out(const advise_study *study, advise_candidate *c, int64_t units,
                      int64_t each) {
    const int64_t params = pes_problem_system(study->problem)->num_params;
    const int64_t memory = MOST_NUMBERS / params > ADVISE_LEAST_REPETITIONS
                               ? MOST_NUMBERS / params
                               : ADVISE_LEAST_REPETITIONS;
    const int64_t most = memory < MOST_REPETITIONS ? memory : MOST_REPETITIONS;
    c->repetitions = units / each < most ? units / each : most;
    c->estimator.particles = units / c->repetitions * advise_signs(study);
}

static int check_budget(const advise_study *study) {
    if (affordable(study) >= ADVISE_LEAST_REPETITIONS) {
        return CLI_OK;
    }
    const double least =
        cost_of_unit(study) * ADVISE_LEAST_REPETITIONS * (double)count_portions(study);
    return cli_fail(CLI_USAGE,
                    "episodes of %" PRId64
                    " inner steps are too long for --inner-steps "
                    "%" PRId64 "; give at least %.0f",
                    study->steps, study->inner_steps, least);
}

static void announce(const advise_study *study, const advise_candidate *c) {
    if (!study->quiet) {
        const pes_estimator_options *e = &c->estimator;
        const bool terminal = isatty(STDERR_FILENO) == 1;
        fprintf(stderr, "%smeasuring %s, K = %" PRId64 ", sigma = %.3g, sharing = %s%s",
                terminal ? "\r" : "", e->method, e->truncation, e->sigma, e->sharing,
                terminal ? "\033[K" : "\n");
        fflush(stderr);
    }
}

// Repetitions of the candidate into its estimate; `noise` becomes the variance of one of them.
// Equal numbers give equal randomness.
static int estimate(const advise_study *study, advise_candidate *c, int64_t number,
                    double *work) {
    experiment setup = *study->setup; // what it points to stays the study's
    setup.estimator = c->estimator;
    setup.run.seed = cli_seed(setup.run.seed, CLI_SEED_ADVICE, number);
    const variance_point point = {
        .setup = &setup,
        .problem = study->problem,
        .repetitions = c->repetitions,
        .threads = study->threads,
        .theta = study->theta,
        .updates = (study->steps + c->estimator.truncation - 1) / c->estimator.truncation,
        .dropped = &c->dropped,
    };
    const int code = variance_estimate(&point, c->estimate, c->reason);
    if (code != CLI_OK) {
        c->refused = code == CLI_GO;
        return code == CLI_GO ? CLI_OK : code;
    }
    const int64_t params = pes_problem_system(study->problem)->num_params;
    const variance_moments found = variance_describe(c->repetitions, params, c->estimate, work);
    c->signal = found.signal;
    c->noise = found.variance;
    return CLI_OK;
}

static double *make_work(const advise_study *study, int64_t repetitions) {
    const int64_t params = pes_problem_system(study->problem)->num_params;
    return calloc((size_t)(2 * (params + repetitions)), sizeof(double));
}

// The caller frees the candidate's estimate.
static int measure(const advise_study *study, advise_candidate *c, int64_t number) {
    const size_t params = (size_t)pes_problem_system(study->problem)->num_params;
    announce(study, c);
    double *work = make_work(study, c->repetitions);
    c->estimate = calloc((size_t)c->repetitions * params, sizeof *c->estimate);
    const int code = c->estimate != NULL && work != NULL
                         ? estimate(study, c, number, work)
                         : cli_fail(CLI_FAILED, "there is no memory left");
    free(work);
    return code;
}

static int add(advise_study *study, const pes_estimator_options *estimator, int64_t number) {
    advise_candidate *c = &study->candidate[study->count];
    *c = (advise_candidate){.estimator = *estimator,
                            .unbiased = catalog_method(estimator->method)->unbiased};
    share_out(study, c, affordable(study), 1);
    const int code = stop_wanted() ? CLI_INTERRUPTED : measure(study, c, number);
    const double units = (double)(c->estimator.particles / advise_signs(study));
    c->noise = (variance_value){units * c->noise.value, units * c->noise.error};
    study->count++;
    return code;
}

// ---- methods and truncations ----------------------------------------------------------

static bool is_measured(const advise_study *study, const pes_estimator_options *e) {
    for (int64_t i = 0; i < study->count; i++) {
        const pes_estimator_options *other = &study->candidate[i].estimator;
        if (strcmp(other->method, e->method) == 0 && other->truncation == e->truncation &&
            other->noise_interval == e->noise_interval && other->sigma == e->sigma) {
            return true;
        }
    }
    return false;
}

static int try(advise_study *study, const char *method, int64_t truncation, int64_t interval) {
    pes_estimator_options e = study->candidate[0].estimator;
    e.method = method;
    e.truncation = truncation;
    e.noise_interval = interval;
    const bool between = interval == 0 || (interval > truncation && interval < study->steps);
    const bool sensible = truncation >= 1 && truncation <= study->steps && between;
    return sensible && !is_measured(study, &e) ? add(study, &e, study->count) : CLI_OK;
}

// Between new noise with every truncation and one for the episode.
static int64_t middle_interval(const advise_study *study, int64_t truncation) {
    const double parts = (double)study->steps / (double)truncation;
    return truncation * (int64_t)round(sqrt(parts));
}

static int measure_methods(advise_study *study) {
    const int64_t given = study->candidate[0].estimator.truncation;
    const int64_t part = study->steps / WHOLE_PARTS > 0 ? study->steps / WHOLE_PARTS : 1;
    const int64_t truncation = given < study->steps ? given : part;
    const struct {
        const char *method;
        int64_t truncation;
        int64_t interval;
    } row[] = {
        {"pes", truncation, 0},
        {"nres", truncation, 0},
        {"gpes", truncation, middle_interval(study, truncation)},
        {"pes", truncation / STEP, 0},
        {"pes", truncation * STEP, 0},
    };
    int code = CLI_OK;
    for (size_t i = 0; code == CLI_OK && i < sizeof row / sizeof *row; i++) {
        code = try(study, row[i].method, row[i].truncation, row[i].interval);
    }
    return code;
}

static int measure_own(advise_study *study) {
    pes_estimator_options own = study->setup->estimator;
    own.starts = "lockstep";
    own.shaping = "none";
    own.sigma_schedule = "constant";
    own.sharing = "pair";
    own.max_dropped = 1.0; // they are counted and told
    int code = check_budget(study);
    code = code == CLI_OK ? add(study, &own, 0) : code;
    const advise_candidate *c = &study->candidate[0];
    if (code == CLI_OK && c->refused) {
        return cli_fail(CLI_USAGE, "%s: %s", study->setup->path, c->reason);
    }
    if (code == CLI_OK && !(c->noise.value > 0.0)) {
        return cli_fail(CLI_FAILED,
                        "%s: losses do not depend on theta here, or were never finite: there "
                        "is no gradient to estimate; start at another theta",
                        study->setup->path);
    }
    return code;
}

// ---- shared randomness ----------------------------------------------------------------

// Of one repetition with n units that share, the variance is W + (V - W)/n. It tells most about
// W with as many units as the run has.
static int measure_shared(advise_study *study) {
    const int64_t units = SHARED_PORTIONS * affordable(study);
    const int64_t run = study->setup->estimator.particles / advise_signs(study);
    const int64_t limit = units / SHARED_REPETITIONS;
    const int64_t each = run < limit ? run : limit;
    if (!shares(study) || each < 2) {
        return CLI_OK;
    }
    const advise_candidate *own = &study->candidate[0];
    advise_candidate c = {.estimator = own->estimator};
    c.estimator.sharing = "all";
    share_out(study, &c, units, each);
    const int code = stop_wanted() ? CLI_INTERRUPTED : measure(study, &c, ADVISE_CANDIDATES);
    free(c.estimate);
    if (code == CLI_OK && !c.refused) {
        const double n = (double)(c.estimator.particles / advise_signs(study));
        const double scale = 1.0 / (n - 1.0);
        study->shared = true;
        study->shared_noise = (variance_value){
            .value = fmax(scale * (n * c.noise.value - own->noise.value), 0.0),
            .error = scale * hypot(n * c.noise.error, own->noise.error),
        };
    }
    return code;
}

// ---- sigmas ---------------------------------------------------------------------------

// With the randomness of the best candidate, so that their difference is seen clearly.
static int measure_sigmas(advise_study *study) {
    const pes_estimator_options best = study->best->estimator;
    const double sigma[] = {best.sigma / sigma_step, best.sigma * sigma_step};
    int code = CLI_OK;
    for (int i = 0; code == CLI_OK && i < 2; i++) {
        pes_estimator_options e = best;
        e.sigma = sigma[i];
        code = add(study, &e, study->best - study->candidate);
    }
    return code;
}

// How far every candidate's gradient is from that of the best one. Repetitions are independent
// of each other, so products of different ones are free of bias here, too.
static int measure_distances(advise_study *study) {
    const int64_t params = pes_problem_system(study->problem)->num_params;
    const int64_t repetitions = study->best->repetitions; // all have the same
    double *difference = calloc((size_t)(repetitions * params), sizeof *difference);
    double *work = make_work(study, repetitions);
    const bool good = difference != NULL && work != NULL;
    for (int64_t i = 0; good && i < study->count; i++) {
        advise_candidate *c = &study->candidate[i];
        for (int64_t j = 0; !c->refused && j < repetitions * params; j++) {
            difference[j] = c->estimate[j] - study->best->estimate[j];
        }
        if (!c->refused && c != study->best) {
            c->distance = variance_describe(repetitions, params, difference, work).signal;
        }
    }
    free(difference);
    free(work);
    return good ? CLI_OK : cli_fail(CLI_FAILED, "there is no memory left");
}

int advise_measure(advise_study *study) {
    int code = measure_own(study);
    code = code == CLI_OK ? measure_methods(study) : code;
    code = code == CLI_OK ? measure_shared(study) : code;
    study->best = advise_best(study);
    code = code == CLI_OK ? measure_sigmas(study) : code;
    code = code == CLI_OK ? measure_distances(study) : code;
    if (!study->quiet && isatty(STDERR_FILENO) == 1) {
        fputs("\r\033[K", stderr);
    }
    return code;
}
