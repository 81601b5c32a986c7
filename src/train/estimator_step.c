// One estimate, room by room. Read pes_estimator_step() at the end first: it names the rooms in
// their order. ask and tell are the same pieces with the unroll left to the caller.

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/many.h"
#include "base/status.h"
#include "train/estimator_common.h"
#include "train/estimator_derivative.h"
#include "train/estimator_settle.h"
#include "train/estimator_split.h"

// Orders for units first..last - 1, and their perturbed parameters into `theta_rows`.
static pes_status perturb(pes_estimator *e, const float *theta, int64_t first, int64_t last,
                          float *normals, float *theta_rows, bool *level) {
    pes_population *p = &e->population;
    PES_TRY(pes_population_order(p, first, last, level));
    pes_population_perturb(p, e->kernels, theta, first, last, *level, normals, theta_rows);
    if (*level && p->action[first * p->signs] == PES_ASK_CONTINUE) {
        return PES_OK;
    }
    for (int64_t row = first * p->signs; row < last * p->signs; row++) {
        if (p->action[row] == PES_ASK_RESTART) {
            e->previous[row] = 0.0;
        } else if (p->action[row] == PES_ASK_COPY) {
            e->previous[row] = e->shared_previous;
        }
    }
    return PES_OK;
}

// Sigma of the perturbations that this update draws. Those below the smallest that may be set
// would only lose theta's digits.
static void schedule_sigma(pes_estimator *e) {
    const pes_estimator_options *o = &e->options;
    double sigma = o->sigma;
    if (e->decay != NULL) {
        sigma *= e->decay(e->updates, o->sigma_updates, o->sigma_factor);
    }
    e->population.sigma = sigma > PES_SIGMA_LEAST ? sigma : PES_SIGMA_LEAST;
}

// Before any unit's orders: sigma, and the guide's orders. What the others copy of it is as it
// was before this update.
static pes_status begin_round(pes_estimator *e) {
    pes_population *p = &e->population;
    for (int64_t i = 0; i < e->options.threads; i++) {
        e->scratch[i].inner_steps = e->scratch[i].resets = 0;
    }
    schedule_sigma(e);
    PES_TRY(pes_population_order_guide(p));
    if (p->guided) {
        const int64_t row = p->units * p->signs;
        if (p->action[row] == PES_ASK_RESTART) {
            e->previous[row] = 0.0;
        }
        e->shared_previous = e->previous[row];
    }
    return PES_OK;
}

static pes_rows rows_of(const pes_estimator *e, int64_t first, int64_t count,
                        const float *theta, const pes_scratch *scratch) {
    const pes_population *p = &e->population;
    return (pes_rows){
        .count = count,
        .theta = theta,
        .state = e->state + first * e->system.state_bytes,
        .shared = e->shared,
        .stream = p->stream + first,
        .clock = p->clock + first,
        .steps = p->steps + first,
        .action = p->action + first,
        .width = e->options.truncation,
        .loss = scratch->loss,
        .ended = scratch->ended,
        .common = e->common.state,
    };
}

typedef struct update_task {
    pes_estimator *estimator;
    const float *theta;
} update_task;

// All rows from `first` on, by the system's callback or by the method's rule.
static pes_status take_steps(pes_estimator *e, const pes_rows *rows, int64_t first,
                             pes_scratch *scratch) {
    const bool guide = first == e->population.units * e->population.signs;
    if (e->method->derivative != NULL && guide == e->population.guided) {
        return pes_derivative_advance(e, rows, first, scratch);
    }
    return pes_unroll_advance(&e->system, scratch->worker, rows);
}

// Inner steps taken and episodes over, of units first..last - 1 after their steps.
static void count_units(const pes_estimator *e, int64_t first, int64_t last, bool level,
                        pes_scratch *scratch) {
    const pes_population *p = &e->population;
    const int64_t row = first * p->signs, end = last * p->signs;
    const bool none = pes_none(p->ended + row, end - row);
    if (level && none) {
        scratch->inner_steps += p->steps[row] * (end - row);
        return;
    }
    for (int64_t i = row; i < end; i++) {
        scratch->inner_steps += p->steps[i];
    }
    for (int64_t u = first; !none && u < last; u++) {
        scratch->resets += pes_population_over(p, u) ? p->signs : 0;
    }
}

// The same after tell, or where particles were split: all of them, and the guide.
static void count_all(pes_estimator *e) {
    const pes_population *p = &e->population;
    count_units(e, 0, p->units, false, &e->scratch[0]);
    e->scratch[0].inner_steps += p->guided ? p->steps[p->units * p->signs] : 0;
}

static pes_gradient_credits credits_of(const pes_estimator *e) {
    const pes_population *p = &e->population;
    return (pes_gradient_credits){
        .xi = p->parted ? p->past : p->xi,
        .past = p->past_square,
        .present = p->parted ? NULL : p->drawn_square,
    };
}

static pes_status advance_guide(pes_estimator *e, const float *theta, pes_scratch *scratch) {
    const int64_t row = e->population.units * e->population.signs;
    const pes_rows rows = rows_of(e, row, 1, theta, scratch);
    PES_TRY(take_steps(e, &rows, row, scratch));
    pes_settle_guide(e, rows.loss, rows.ended);
    scratch->inner_steps += e->population.steps[row];
    if (e->method->derivative != NULL) {
        pes_derivative_settle_guide(e, scratch);
    }
    return PES_OK;
}

// Some units from one end of an update to the other, while their states are in cache. With a
// guide, task 0 is the guide.
static pes_status advance(void *argument, int64_t task, int64_t worker) {
    const update_task *update = argument;
    pes_estimator *e = update->estimator;
    const pes_population *p = &e->population;
    pes_scratch *scratch = &e->scratch[worker];
    if (p->guided && task-- == 0) {
        return advance_guide(e, update->theta, scratch);
    }
    const int64_t first = task * e->task_units;
    const int64_t last = first + e->task_units < p->units ? first + e->task_units : p->units;
    bool level;
    PES_TRY(perturb(e, update->theta, first, last, scratch->normals, scratch->theta, &level));
    pes_rows rows =
        rows_of(e, first * p->signs, (last - first) * p->signs, scratch->theta, scratch);
    rows.level = level;
    PES_TRY(pes_unroll_prepare(&e->system, scratch->worker, &rows));
    PES_TRY(take_steps(e, &rows, first * p->signs, scratch));
    pes_settle_units(e, first, last, level, rows.loss, rows.ended);
    if (p->still) {
        pes_derivative_settle(e, first, last, scratch);
    }
    count_units(e, first, last, level, scratch);
    if (e->early) {
        const pes_gradient_credits credits = credits_of(e);
        pes_gradient_sum_early(&e->gradient, e->kernels, &credits, e->credit, first, last);
    }
    return PES_OK;
}

static pes_status perturb_unit(void *argument, int64_t unit, int64_t worker) {
    const update_task *update = argument;
    pes_estimator *e = update->estimator;
    const int64_t row = unit * e->population.signs;
    bool level;
    return perturb(e, update->theta, unit, unit + 1, e->scratch[worker].normals,
                   e->split.theta + row * e->population.num_params, &level);
}

// Particles that are split among the threads.
static pes_status advance_split(pes_estimator *e, const float *theta) {
    const pes_population *p = &e->population;
    const int64_t guide = p->units * p->signs, width = e->options.truncation;
    PES_TRY(pes_pool_for(e->pool, p->units, perturb_unit,
                         &(update_task){.estimator = e, .theta = theta}));
    if (p->guided) {
        memcpy(e->split.theta + guide * p->num_params, theta,
               (size_t)p->num_params * sizeof *theta);
    }
    PES_TRY(pes_split_advance(e));
    pes_settle_units(e, 0, p->units, false, e->split.loss, e->split.ended);
    if (p->guided) {
        pes_settle_guide(e, e->split.loss + guide * width, e->split.ended + guide);
    }
    count_all(e);
    return PES_OK;
}

// All particles through one update.
static pes_status unroll(pes_estimator *e, const float *theta) {
    const pes_population *p = &e->population;
    PES_TRY(begin_round(e));
    if (p->guided) {
        const pes_rows guide = rows_of(e, p->units * p->signs, 1, theta, &e->scratch[0]);
        PES_TRY(pes_unroll_prepare(&e->system, e->scratch[0].worker, &guide));
        if (p->tethered) {
            memcpy(e->shared, guide.state, (size_t)e->system.state_bytes);
        }
    }
    if (e->split.links > 0) {
        return advance_split(e, theta);
    }
    const int64_t tasks = (p->units + e->task_units - 1) / e->task_units + (p->guided ? 1 : 0);
    const bool whole = e->task_units % PES_GRADIENT_BLOCK == 0 || e->task_units == p->units;
    e->early = whole && p->warming == 0 && pes_gradient_may_be_early(&e->gradient);
    return pes_pool_for(e->pool, tasks, advance,
                        &(update_task){.estimator = e, .theta = theta});
}

static pes_status check_dropped(const pes_estimator *e, int64_t dropped) {
    const int64_t all = e->options.particles + (e->derivative.guide != NULL ? 1 : 0);
    PES_REQUIRE((double)dropped <= e->options.max_dropped * (double)all, PES_E_DIVERGED,
                "%lld of %lld particles had losses that are not finite; lower sigma or the "
                "optimizer's learning rate, or allow more with max_dropped",
                (long long)dropped, (long long)all);
    return PES_OK;
}

// The end of a round that staggers the starts: it estimates nothing, but its steps were taken.
static pes_status warm(pes_estimator *e) {
    pes_population *p = &e->population;
    int64_t dropped = 0;
    for (int64_t row = 0; row < pes_population_rows(p); row++) {
        p->warmed += p->steps[row];
        dropped += isnan(e->credit[row]) ? 1 : 0;
    }
    p->warming--;
    PES_TRY(check_dropped(e, dropped));
    return pes_common_learn(e);
}

// Losses and xi into a gradient.
static pes_status estimate(pes_estimator *e, float *grad, pes_estimate_info *info) {
    pes_estimate_info seen = {.inner_steps = e->population.warmed,
                              .sigma = e->population.sigma};
    e->population.warmed = 0;
    e->updates++;
    for (int64_t i = 0; i < e->options.threads; i++) {
        seen.inner_steps += e->scratch[i].inner_steps;
        seen.resets += e->scratch[i].resets;
    }
    pes_gradient_weigh(&e->gradient, e->kernels, e->credit, &seen);
    const pes_gradient_credits credits = credits_of(e);
    const int64_t guide = e->derivative.guide_dropped ? 1 : 0;
    PES_TRY(check_dropped(e, seen.dropped + guide));
    e->gradient.offset = e->derivative.guide;
    PES_TRY(pes_gradient_sum(&e->gradient, e->pool, e->kernels, &credits, grad, &seen));
    PES_TRY(pes_common_learn(e));
    seen.dropped += guide;
    if (info != NULL) {
        *info = seen;
    }
    return PES_OK;
}

static pes_status enter(pes_estimator *e, pes_face wanted) {
    PES_REQUIRE(e->face != PES_FACE_FAILED, PES_E_CALL_ORDER,
                "the estimator has failed before; destroy it or load a checkpoint");
    PES_REQUIRE(e->face != PES_FACE_ASKED, PES_E_CALL_ORDER,
                "the last ask was not told; call pes_estimator_tell() first");
    PES_REQUIRE(e->face == PES_FACE_FRESH || e->face == wanted, PES_E_CALL_ORDER,
                "an estimator is driven by step or by ask and tell, not by both");
    e->face = wanted;
    return PES_OK;
}

static pes_status failed(pes_estimator *e, pes_status status) {
    if (status != PES_OK) {
        e->face = PES_FACE_FAILED;
    }
    return status;
}

static pes_status ask(pes_estimator *e, const float *theta) {
    pes_population *p = &e->population;
    const int64_t rows = pes_population_rows(p), n = p->num_params;
    if (e->asked == NULL) {
        e->asked = calloc((size_t)rows * (size_t)n, sizeof *e->asked);
        PES_REQUIRE(e->asked != NULL, PES_E_MEMORY,
                    "out of memory for the perturbed parameters of %lld particles",
                    (long long)rows);
    }
    PES_TRY(begin_round(e));
    for (int64_t first = 0; first < p->units; first += e->task_units) {
        const int64_t last =
            first + e->task_units < p->units ? first + e->task_units : p->units;
        bool level;
        PES_TRY(perturb(e, theta, first, last, e->scratch[0].normals,
                        e->asked + first * p->signs * n, &level));
    }
    if (p->guided) {
        memcpy(e->asked + p->units * p->signs * n, theta, (size_t)n * sizeof *theta);
    }
    return PES_OK;
}

pes_status pes_estimator_ask(pes_estimator *estimator, const float *theta, pes_ask *out) {
    pes_estimator *e = estimator;
    PES_REQUIRE(e->method->derivative == NULL, PES_E_ARGUMENT,
                "%s differentiates the system's steps, which ask and tell leave to others; use "
                "pes_estimator_step(), or a method that only perturbs",
                e->options.method);
    PES_REQUIRE(e->system.gather == NULL, PES_E_ARGUMENT,
                "system '%s' gathers from its particles' states, which ask and tell leave to "
                "others; use pes_estimator_step()",
                e->system.name);
    PES_TRY(enter(e, PES_FACE_TOLD));
    PES_TRY(failed(e, ask(e, theta)));
    e->face = PES_FACE_ASKED;
    *out = (pes_ask){
        .count = pes_population_rows(&e->population),
        .theta = e->asked,
        .stream = e->population.stream,
        .clock = e->population.clock,
        .steps = e->population.steps,
        .action = e->population.action,
        .source = e->population.source,
        .warming = e->population.warming > 0,
    };
    return PES_OK;
}

pes_status pes_estimator_tell(pes_estimator *estimator, const double *loss,
                              const int64_t *ended, float *grad, pes_estimate_info *info) {
    pes_estimator *e = estimator;
    const pes_population *p = &e->population;
    PES_REQUIRE(e->face == PES_FACE_ASKED, PES_E_CALL_ORDER,
                "nothing was asked; call pes_estimator_ask() first");
    e->face = PES_FACE_TOLD;
    pes_settle_units(e, 0, p->units, false, loss, ended);
    if (p->guided) {
        const int64_t row = p->units * p->signs;
        pes_settle_guide(e, loss + row * e->options.truncation,
                         ended != NULL ? ended + row : NULL);
    }
    count_all(e);
    if (p->warming > 0) {
        memset(grad, 0, (size_t)p->num_params * sizeof *grad);
        if (info != NULL) {
            *info = (pes_estimate_info){.warming = true};
        }
        return failed(e, warm(e));
    }
    return failed(e, estimate(e, grad, info));
}

pes_status pes_estimator_step(pes_estimator *estimator, const float *theta, float *grad,
                              pes_estimate_info *info) {
    pes_estimator *e = estimator;
    PES_REQUIRE(e->system.unroll != NULL, PES_E_CALL_ORDER,
                "system '%s' has no callbacks; use ask and tell", e->system.name);
    PES_TRY(enter(e, PES_FACE_STEP));
    while (e->population.warming > 0) { // before the first update, where starts are staggered
        PES_TRY(failed(e, unroll(e, theta)));
        PES_TRY(failed(e, warm(e)));
    }
    PES_TRY(failed(e, unroll(e, theta)));      // noise, perturb and unroll, unit by unit
    return failed(e, estimate(e, grad, info)); // estimate
}
