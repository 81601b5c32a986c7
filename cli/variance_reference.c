// The gradients that `pes variance` compares with.
//
// exact: the problem's own formula, of the smoothed objective, if it has one and the objective
// is a sum or a mean; else backpropagation through the whole episode, if the system has
// adjoints: the gradient of the unsmoothed objective, exact where the episode has no randomness
// and a mean over trajectories elsewhere. full_es: the mean of full-ES estimates of many
// particles, as published comparisons use it.
//
// Means are taken over portions as large as the experiment's particles, so that a reference
// needs no more memory than a point.

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/variance.h"

static double square(int64_t n, const double *a) {
    double sum = 0.0;
    for (int64_t i = 0; i < n; i++) {
        sum += a[i] * a[i];
    }
    return sum;
}

// ---- means of one-update estimates ----------------------------------------------------

// A method whose K is T, and how many particles it is to use.
typedef struct mean_plan {
    const char *method;
    int64_t particles; // in all
    int64_t portion;   // at once
} mean_plan;

static pes_estimator_options plain_options(const variance_point *point, const char *method) {
    const pes_estimator_options *given = &point->setup->estimator;
    pes_estimator_options options = pes_estimator_options_default();
    options.method = method;
    options.truncation = given->horizon;
    options.horizon = given->horizon;
    options.sigma = given->sigma;
    options.antithetic = given->antithetic;
    options.sharing = given->sharing;
    options.objective = given->objective;
    options.max_dropped = given->max_dropped;
    options.threads = point->threads;
    return options;
}

// One portion's estimate into `grad`, and its variance.
static pes_status portion(const variance_point *point, const char *method, int64_t particles,
                          int64_t number, float *grad, double *variance) {
    const pes_system *system = pes_problem_system(point->problem);
    pes_estimator_options options = plain_options(point, method);
    options.particles = particles;
    options.seed = cli_seed(point->setup->run.seed, CLI_SEED_REFERENCE, number);
    pes_estimator *estimator = NULL;
    pes_estimate_info info;
    pes_status status = pes_estimator_create(&estimator, system, &options);
    if (status == PES_OK) {
        status = pes_estimator_step(estimator, pes_problem_theta(point->problem), grad, &info);
        *variance = info.gradient_norm * info.gradient_norm / info.signal_to_noise;
    }
    pes_estimator_destroy(estimator);
    return status;
}

// The mean over all portions, weighted by their particles, and its expected squared error over
// its square.
static pes_status mean(const variance_point *point, const mean_plan *plan, float *grad,
                       variance_reference *out) {
    const int64_t n = pes_problem_system(point->problem)->num_params;
    double error = 0.0;
    int64_t number = 0;
    for (int64_t done = 0; done < plan->particles; number++) {
        const int64_t left = plan->particles - done;
        const int64_t now = left < plan->portion ? left : plan->portion;
        const double weight = (double)now / (double)plan->particles;
        double variance = 0.0;
        const pes_status status = portion(point, plan->method, now, number, grad, &variance);
        if (status != PES_OK) {
            return status;
        }
        for (int64_t p = 0; p < n; p++) {
            out->gradient[p] += weight * (double)grad[p];
        }
        error += weight * weight * variance;
        done += now;
    }
    out->error = error / square(n, out->gradient);
    return PES_OK;
}

// ---- the references -------------------------------------------------------------------

static bool has_formula(const variance_point *point) {
    const experiment *setup = point->setup;
    return setup->type->exact_gradient != NULL &&
           strcmp(setup->estimator.objective, "final") != 0;
}

static void formula(const variance_point *point, variance_reference *out) {
    const experiment *setup = point->setup;
    const pes_estimator_options *o = &setup->estimator;
    setup->type->exact_gradient(setup->problem, pes_problem_theta(point->problem), o->horizon,
                                0, o->sigma, out->gradient);
    const double scale = strcmp(o->objective, "mean") == 0 ? 1.0 / (double)o->horizon : 1.0;
    for (int64_t p = 0; p < pes_problem_system(point->problem)->num_params; p++) {
        out->gradient[p] *= scale;
    }
}

static pes_stream trajectory(const variance_point *point, int64_t number) {
    return (pes_stream){.seed = cli_seed(point->setup->run.seed, CLI_SEED_REFERENCE, 0),
                        .particle = (uint32_t)number};
}

// The mean of `count` trajectories, and its expected squared error; `one` is room for one.
static pes_status mean_trajectory(const variance_point *point, int64_t count, double *one,
                                  variance_reference *out) {
    const int64_t n = pes_problem_system(point->problem)->num_params;
    double squares = 0.0;
    for (int64_t i = 0; i < count; i++) {
        const pes_status status = variance_backpropagate(point, trajectory(point, i), one);
        if (status != PES_OK) {
            return status;
        }
        for (int64_t p = 0; p < n; p++) {
            out->gradient[p] += one[p] / (double)count;
        }
        squares += square(n, one);
    }
    const double size = square(n, out->gradient);
    out->error = (squares / (double)count - size) / ((double)(count - 1) * size);
    return PES_OK;
}

// Two trajectories of different randomness that agree to the bit: there is none.
static pes_status backpropagate(const variance_point *point, variance_reference *out) {
    const int64_t n = pes_problem_system(point->problem)->num_params;
    double *other = calloc((size_t)n, sizeof *other);
    pes_status status = other != NULL ? PES_OK : pes_fail(PES_E_MEMORY, "no memory is left");
    if (status == PES_OK) {
        status = variance_backpropagate(point, trajectory(point, 0), out->gradient);
    }
    if (status == PES_OK) {
        status = variance_backpropagate(point, trajectory(point, 1), other);
    }
    const size_t bytes = (size_t)n * sizeof *other;
    if (status == PES_OK && memcmp(out->gradient, other, bytes) != 0) {
        const int64_t count = point->reference_particles > 2 ? point->reference_particles : 2;
        memset(out->gradient, 0, bytes);
        status = mean_trajectory(point, count, other, out);
    }
    free(other);
    return status;
}

static pes_status full_es(const variance_point *point, float *grad, variance_reference *out) {
    const pes_estimator_options *o = &point->setup->estimator;
    const int64_t pairs = o->antithetic ? 2 : 1;
    const mean_plan plan = {
        .method = "full_es",
        .particles = (point->reference_particles + pairs - 1) / pairs * pairs,
        .portion = o->particles > 100 ? o->particles / pairs * pairs : 100,
    };
    return mean(point, &plan, grad, out);
}

static pes_status make(const variance_point *point, float *grad,
                       variance_reference out[VARIANCE_REFERENCES]) {
    pes_status status = PES_OK;
    if (has_formula(point)) {
        formula(point, &out[VARIANCE_EXACT]);
    } else if (pes_problem_system(point->problem)->unroll_adjoints != NULL) {
        status = backpropagate(point, &out[VARIANCE_EXACT]);
    } else {
        free(out[VARIANCE_EXACT].gradient);
        out[VARIANCE_EXACT].gradient = NULL;
    }
    if (status == PES_OK && point->reference_particles > 0) {
        status = full_es(point, grad, &out[VARIANCE_FULL_ES]);
    } else {
        free(out[VARIANCE_FULL_ES].gradient);
        out[VARIANCE_FULL_ES].gradient = NULL;
    }
    return status;
}

static int check(const variance_point *point, const variance_reference *out) {
    const int64_t n = pes_problem_system(point->problem)->num_params;
    for (int i = 0; i < VARIANCE_REFERENCES; i++) {
        const double size = out[i].gradient != NULL ? square(n, out[i].gradient) : 1.0;
        if (!isfinite(size) || size == 0.0) {
            return cli_fail(CLI_FAILED,
                            "the %s gradient at the start is %s: errors have no scale there; "
                            "start at another theta",
                            i == VARIANCE_EXACT ? "exact" : "full-ES",
                            size == 0.0 ? "zero" : "not finite");
        }
    }
    if (out[VARIANCE_EXACT].gradient != NULL || out[VARIANCE_FULL_ES].gradient != NULL) {
        return CLI_OK;
    }
    return cli_fail(CLI_USAGE,
                    "problem '%s' offers no exact gradient to compare with; let "
                    "--reference-particles be more than 0",
                    point->setup->type->name);
}

int variance_make_references(const variance_point *point,
                             variance_reference out[VARIANCE_REFERENCES]) {
    const size_t n = (size_t)pes_problem_system(point->problem)->num_params;
    out[VARIANCE_EXACT] = (variance_reference){.name = "exact"};
    out[VARIANCE_FULL_ES] = (variance_reference){.name = "full_es"};
    float *grad = calloc(n, sizeof *grad);
    bool good = grad != NULL;
    for (int i = 0; i < VARIANCE_REFERENCES; i++) {
        out[i].gradient = calloc(n, sizeof *out[i].gradient);
        good = good && out[i].gradient != NULL;
    }
    int code = CLI_OK;
    if (!good) {
        code = cli_fail(CLI_FAILED, "there is no memory left");
    } else {
        const pes_status status = make(point, grad, out);
        code = status == PES_OK ? check(point, out) : cli_fail_status(status, "reference");
    }
    free(grad);
    for (int i = 0; code != CLI_OK && i < VARIANCE_REFERENCES; i++) {
        free(out[i].gradient);
        out[i].gradient = NULL;
    }
    return code;
}

char *variance_reference_key(const variance_point *point) {
    experiment same = *point->setup;
    const uint64_t seed = same.run.seed;
    same.run = pes_trainer_options_default();
    same.run.seed = seed; // not printed, and the same for all points
    same.optimizer = pes_optimizer_options_default();
    same.estimator = plain_options(point, "full_es");
    same.estimator.particles = point->setup->estimator.particles;
    return experiment_fingerprint(&same);
}
