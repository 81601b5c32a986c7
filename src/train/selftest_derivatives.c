// Are a system's derivatives those of its unroll?
//
// Four particles, each with its own theta, run from the start of an episode. Parameters are
// dealt to at most 32 directions, so that a small derivative is not lost beside a large one.
//
//     unroll_tangents   against differences of the losses of unroll, step by step
//     unroll_adjoints   against the tangents, for any weights w and any direction:
//                       sum w_t dL_t + a_K . ds_K = a_0 . ds_0 + dF/dtheta . dtheta
//
// (or against differences where there are no tangents). Both must advance states and report
// losses and ends as unroll does, to the bit, give the same when an episode is split in two,
// respect its end, and write nothing else.

#include <math.h>
#include <string.h>

#include "base/sized.h"
#include "base/status.h"
#include "pes/selftest.h"
#include "train/derivative_bench.h"
#include "unroll/unroll.h"

enum { PARTICLES = PES_DERIVATIVE_PARTICLES };
enum { DRAW_FIRST_TANGENT = 16, DRAW_LAST_ADJOINT = 17 };

typedef pes_derivative_bench bench;
typedef pes_derivative_group group;

static const double tightest = 1e-10; // relative, of two ways to the same sum
static const double loosest = 1e-5;   // .. where the system computes in single precision

static group everyone(const bench *b) {
    return (group){.count = PARTICLES, .steps = b->steps};
}

static void clear(double *piece, int64_t count) {
    memset(piece, 0, (size_t)count * sizeof *piece);
}

// ---- what unroll and the derivatives say ------------------------------------------------

static pes_status run_unroll(bench *b) {
    const group all = everyone(b);
    PES_TRY(pes_derivative_begin(b, &all, b->theta));
    PES_TRY(pes_derivative_unroll(b, &all, b->theta));
    memcpy(b->loss, b->out, (size_t)(PARTICLES * b->steps) * sizeof *b->loss);
    memcpy(b->ended, b->end, sizeof b->ended);
    memcpy(b->after, b->state, (size_t)(PARTICLES * b->system.state_bytes));
    for (int64_t i = 0; i < PARTICLES; i++) {
        for (int64_t t = 0; t < pes_derivative_valid(b, i); t++) {
            PES_REQUIRE(isfinite(b->loss[i * b->steps + t]), PES_E_SYSTEM,
                        "a loss of system '%s' is not finite near this theta, so its "
                        "derivatives cannot be checked here; take another",
                        b->system.name);
        }
    }
    return PES_OK;
}

static pes_status run_tangents(bench *b) {
    const group all = everyone(b);
    const int64_t rows = PARTICLES * b->directions;
    PES_TRY(pes_derivative_begin(b, &all, b->theta));
    clear(b->state_tangent, rows * b->system.num_reals);
    PES_TRY(pes_derivative_tangents(b, &all));
    memcpy(b->tangent, b->out_tangent, (size_t)(rows * b->steps) * sizeof *b->tangent);
    return PES_OK;
}

static pes_status run_adjoints(bench *b) {
    const group all = everyone(b);
    PES_TRY(pes_derivative_begin(b, &all, b->theta));
    clear(b->state_adjoint, PARTICLES * b->system.num_reals);
    clear(b->out_adjoint, PARTICLES * b->system.num_params);
    PES_TRY(pes_derivative_adjoints(b, &all));
    memcpy(b->gradient, b->out_adjoint,
           (size_t)(PARTICLES * b->system.num_params) * sizeof *b->gradient);
    return PES_OK;
}

// ---- against differences ----------------------------------------------------------------

// The losses of all particles from a new start, `factor` steps of theta along direction j away.
static pes_status run_moved(bench *b, int64_t j, double factor, int64_t slot) {
    const group all = everyone(b);
    const int64_t params = b->system.num_params, losses = PARTICLES * b->steps;
    for (int64_t k = 0; k < PARTICLES * params; k++) {
        const int64_t p = k % params;
        const double move = p % b->directions == j ? factor * b->step[p] : 0.0;
        b->moved[k] = (float)((double)b->theta[k] + move);
    }
    PES_TRY(pes_derivative_begin(b, &all, b->moved));
    PES_TRY(pes_derivative_unroll(b, &all, b->moved));
    memcpy(b->far + slot * losses, b->out, (size_t)losses * sizeof *b->far);
    memcpy(b->far_ended + slot * PARTICLES, b->end, PARTICLES * sizeof *b->far_ended);
    return PES_OK;
}

// Does the particle end everywhere where it ends at theta itself? Otherwise its losses jump.
static bool same_end(const bench *b, int64_t i) {
    bool same = true;
    for (int64_t slot = 0; slot < (int64_t)2 * PES_DIFFERENCE_LEVELS; slot++) {
        same = same && b->far_ended[slot * PARTICLES + i] == b->ended[i];
    }
    return same;
}

// Of particle i along the direction just run: how the losses of steps first .. last - 1, with
// their weights or without, change with the step.
static void differ(const bench *b, int64_t i, int64_t first, int64_t last, bool weighted,
                   double change[PES_DIFFERENCE_LEVELS]) {
    for (int64_t level = 0; level < PES_DIFFERENCE_LEVELS; level++) {
        const double *up = b->far + 2 * level * PARTICLES * b->steps + i * b->steps;
        const double *down = up + PARTICLES * b->steps;
        change[level] = 0.0;
        for (int64_t t = first; t < last; t++) {
            const double weight = weighted ? b->weight[i * b->steps + t] : 1.0;
            change[level] += weight * (up[t] - down[t]);
        }
    }
}

// What was found of one particle along one direction.
typedef struct finding {
    double scale; // largest derivative
    double error; // of the differences
    double off;   // largest distance between the two
} finding;

static void look(finding *f, pes_difference difference, double value) {
    const double off = fabs(difference.value - value);
    f->scale = fmax(f->scale, fmax(fabs(difference.value), fabs(value)));
    f->error = fmax(f->error, difference.error);
    f->off = off <= f->off ? f->off : off; // not-a-number stays
}

static double largest_loss(const bench *b, int64_t i) {
    double largest = 0.0;
    for (int64_t t = 0; t < pes_derivative_valid(b, i); t++) {
        largest = fmax(largest, fabs(b->loss[i * b->steps + t]));
    }
    return largest;
}

// The gradient of particle i times direction j.
static double along(const bench *b, const double *gradient, int64_t i, int64_t j) {
    const int64_t params = b->system.num_params;
    double sum = 0.0;
    for (int64_t p = j; p < params; p += b->directions) {
        sum += gradient[i * params + p] * b->step[p];
    }
    return sum;
}

// The tangents of every step, or the adjoints of all steps together.
static finding find(const bench *b, int64_t i, int64_t j) {
    const int64_t valid = pes_derivative_valid(b, i);
    double change[PES_DIFFERENCE_LEVELS], noise = 0.0;
    finding f = {0};
    if (b->system.unroll_tangents == NULL) {
        differ(b, i, 0, valid, true, change);
        look(&f, pes_difference_extrapolate(change, pes_difference_noise(change)),
             along(b, b->gradient, i, j));
        return f;
    }
    for (int64_t t = 0; t < valid; t++) {
        differ(b, i, t, t + 1, false, change);
        noise = fmax(noise, pes_difference_noise(change));
    }
    for (int64_t t = 0; t < valid; t++) {
        differ(b, i, t, t + 1, false, change);
        look(&f, pes_difference_extrapolate(change, noise),
             b->tangent[(i * b->directions + j) * b->steps + t]);
    }
    return f;
}

static pes_status compare_difference(bench *b, int64_t i, int64_t j) {
    const finding f = find(b, i, j);
    const double rounding = 1e-12 * largest_loss(b, i);
    PES_REQUIRE(f.off <= 20.0 * f.error + 1e-9 * f.scale + rounding, PES_E_SYSTEM,
                "%s of system '%s' is not the derivative of unroll: along parameter %lld%s of "
                "particle %lld it is off by %.3g, of %.3g",
                b->system.unroll_tangents != NULL ? "unroll_tangents" : "unroll_adjoints",
                b->system.name, (long long)j,
                b->directions < b->system.num_params ? " (and others)" : "", (long long)i,
                f.off, f.scale);
    const double relative = f.error <= rounding ? 0.0 : f.error / f.scale;
    b->compared++;
    b->conclusive += relative <= 1e-3;
    b->uncertainty += fmin(relative, loosest);
    return PES_OK;
}

static pes_status compare_differences(bench *b) {
    for (int64_t j = 0; j < b->directions; j++) {
        double factor = 1.0;
        for (int64_t level = 0; level < PES_DIFFERENCE_LEVELS; level++, factor *= 0.5) {
            PES_TRY(run_moved(b, j, factor, 2 * level));
            PES_TRY(run_moved(b, j, -factor, 2 * level + 1));
        }
        for (int64_t i = 0; i < PARTICLES; i++) {
            if (same_end(b, i)) {
                PES_TRY(compare_difference(b, i, j));
            }
        }
    }
    PES_REQUIRE(2 * b->conclusive >= PARTICLES * b->directions, PES_E_SYSTEM,
                "the losses of system '%s' are too rough here to check its derivatives by "
                "differences; take fewer steps, or another theta",
                b->system.name);
    return PES_OK;
}

// ---- against each other -----------------------------------------------------------------

// How well must two ways to the same sum agree?
static double tolerance(const bench *b) {
    return fmax(tightest, b->compared > 0 ? b->uncertainty / (double)b->compared : 0.0);
}

static pes_status compare_product(const bench *b, int64_t i, int64_t j) {
    const int64_t row = i * b->directions + j, reals = b->system.num_reals;
    double forward = 0.0, backward = along(b, b->out_adjoint, i, j), scale = fabs(backward);
    for (int64_t t = 0; t < pes_derivative_valid(b, i); t++) {
        const double term = b->weight[i * b->steps + t] * b->out_tangent[row * b->steps + t];
        forward += term;
        scale += fabs(term);
    }
    for (int64_t d = 0; d < reals; d++) {
        const double last = b->last_adjoint[i * reals + d] * b->state_tangent[row * reals + d];
        const double first =
            b->state_adjoint[i * reals + d] * b->first_tangent[row * reals + d];
        forward += last;
        backward += first;
        scale += fabs(last) + fabs(first);
    }
    PES_REQUIRE(fabs(forward - backward) <= tolerance(b) * scale, PES_E_SYSTEM,
                "unroll_adjoints of system '%s' disagrees with unroll_tangents: for particle "
                "%lld the same sum is %.15g forwards and %.15g backwards",
                b->system.name, (long long)i, forward, backward);
    return PES_OK;
}

// Any weights, any adjoints of the last state (none after an end), any directions of the first.
static pes_status compare_products(bench *b) {
    const group all = everyone(b);
    const int64_t reals = b->system.num_reals, rows = PARTICLES * b->directions;
    pes_derivative_draw(b, DRAW_FIRST_TANGENT, rows * reals, b->first_tangent);
    pes_derivative_draw(b, DRAW_LAST_ADJOINT, PARTICLES * reals, b->last_adjoint);
    for (int64_t i = 0; i < PARTICLES; i++) {
        if (b->ended[i] > 0) {
            clear(b->last_adjoint + i * reals, reals);
        }
    }
    PES_TRY(pes_derivative_begin(b, &all, b->theta));
    clear(b->out_adjoint, PARTICLES * b->system.num_params);
    memcpy(b->state_adjoint, b->last_adjoint,
           (size_t)(PARTICLES * reals) * sizeof *b->state_adjoint);
    PES_TRY(pes_derivative_adjoints(b, &all));
    PES_TRY(pes_derivative_begin(b, &all, b->theta));
    memcpy(b->state_tangent, b->first_tangent,
           (size_t)(rows * reals) * sizeof *b->state_tangent);
    PES_TRY(pes_derivative_tangents(b, &all));
    for (int64_t row = 0; row < rows; row++) {
        PES_TRY(compare_product(b, row / b->directions, row % b->directions));
    }
    return PES_OK;
}

// ---- in two parts -----------------------------------------------------------------------

static pes_status compare_split(const bench *b, const char *callback, int64_t count,
                                const double *whole, const double *parts) {
    double scale = 0.0, off = 0.0;
    for (int64_t k = 0; k < count; k++) {
        const double here = fabs(whole[k] - parts[k]);
        scale = fmax(scale, fabs(whole[k]));
        off = here <= off ? off : here;
    }
    PES_REQUIRE(off <= tolerance(b) * scale, PES_E_SYSTEM,
                "%s of system '%s' gives another derivative when an episode is split in two: "
                "it is off by %.3g, of %.3g",
                callback, b->system.name, off, scale);
    return PES_OK;
}

// Particle i alone, forwards: the tangents of the state between the parts carry on.
static pes_status split_tangents(bench *b, int64_t i) {
    const int64_t cut = b->steps / 2;
    const group part[2] = {{.first = i, .count = 1, .steps = cut},
                           {.first = i, .count = 1, .clock = cut, .steps = b->steps - cut}};
    PES_TRY(pes_derivative_begin(b, &part[0], b->theta));
    clear(b->state_tangent, b->directions * b->system.num_reals);
    for (int k = 0; k < 2; k++) {
        const int64_t left = pes_derivative_valid(b, i) - part[k].clock;
        const int64_t valid = left < part[k].steps ? left : part[k].steps;
        if (valid > 0) {
            PES_TRY(pes_derivative_tangents(b, &part[k]));
        }
        for (int64_t j = 0; j < b->directions && valid > 0; j++) {
            const double *whole =
                b->tangent + (i * b->directions + j) * b->steps + part[k].clock;
            PES_TRY(compare_split(b, "unroll_tangents", valid, whole,
                                  b->out_tangent + j * part[k].steps));
        }
    }
    return PES_OK;
}

// Backwards: the last part first, from the state that the first one leaves.
static pes_status split_adjoints(bench *b, int64_t i) {
    const int64_t cut = b->steps / 2, params = b->system.num_params;
    const group part[2] = {{.first = i, .count = 1, .steps = cut},
                           {.first = i, .count = 1, .clock = cut, .steps = b->steps - cut}};
    clear(b->state_adjoint, b->system.num_reals);
    clear(b->out_adjoint, params);
    PES_TRY(pes_derivative_begin(b, &part[0], b->theta));
    if (pes_derivative_valid(b, i) > cut) {
        PES_TRY(pes_derivative_unroll(b, &part[0], b->theta));
        PES_TRY(pes_derivative_adjoints(b, &part[1]));
        PES_TRY(pes_derivative_begin(b, &part[0], b->theta));
    }
    PES_TRY(pes_derivative_adjoints(b, &part[0]));
    return compare_split(b, "unroll_adjoints", params, b->gradient + i * params,
                         b->out_adjoint);
}

static pes_status compare_splits(bench *b) {
    for (int64_t i = 0; i < PARTICLES && b->steps > 1; i++) {
        if (b->system.unroll_tangents != NULL) {
            PES_TRY(split_tangents(b, i));
        }
        if (b->system.unroll_adjoints != NULL) {
            PES_TRY(split_adjoints(b, i));
        }
    }
    return PES_OK;
}

static pes_status run_trials(bench *b) {
    PES_TRY(run_unroll(b));
    if (b->system.unroll_tangents != NULL) {
        PES_TRY(run_tangents(b));
    }
    if (b->system.unroll_adjoints != NULL) {
        PES_TRY(run_adjoints(b));
    }
    PES_TRY(compare_differences(b));
    PES_TRY(compare_splits(b));
    if (b->system.unroll_tangents != NULL && b->system.unroll_adjoints != NULL) {
        PES_TRY(compare_products(b));
    }
    return PES_OK;
}

pes_status pes_selftest_derivatives(const pes_system *system, const float *theta, int64_t steps,
                                    uint64_t seed) {
    PES_REQUIRE(system != NULL && theta != NULL, PES_E_ARGUMENT,
                "pes_selftest_derivatives() needs a system and its theta");
    bench b = {.steps = steps, .seed = seed};
    PES_TRY(pes_read_sized(&b.system, sizeof b.system, system, system->size, "system"));
    PES_TRY(pes_unroll_check_system(&b.system));
    pes_status status = pes_derivative_open(&b, theta);
    if (status == PES_OK) {
        status = run_trials(&b);
    }
    pes_derivative_close(&b);
    return status;
}
