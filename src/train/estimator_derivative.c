// Where the gradient comes from derivatives. A unit is one trajectory at theta; its rule's
// gradient takes the place of xi, with weight one, so that sums, signal-to-noise and dropping
// are those of every other method. With a guide the rule is asked for the guide alone.

#include "train/estimator_derivative.h"

#include <math.h>
#include <string.h>

#include "base/status.h"

pes_status pes_derivative_check(const pes_system *system, const pes_method *method) {
    if (method->derivative == NULL) {
        return PES_OK;
    }
    const pes_method_info *info = &method->info;
    PES_REQUIRE(system->unroll != NULL, PES_E_ARGUMENT,
                "%s needs derivatives, and system '%s' has no callbacks; for states that live "
                "elsewhere use a method that perturbs, such as pes",
                info->name, system->name);
    PES_REQUIRE(!info->tangents || system->unroll_tangents != NULL, PES_E_ARGUMENT,
                "%s needs unroll_tangents, which system '%s' does not set", info->name,
                system->name);
    PES_REQUIRE(!info->adjoints || system->unroll_adjoints != NULL, PES_E_ARGUMENT,
                "%s needs unroll_adjoints, which system '%s' does not set", info->name,
                system->name);
    return PES_OK;
}

// ---- memory -----------------------------------------------------------------------------

static int64_t directions_of(const pes_estimator *e) {
    const pes_derivative_rule *rule = e->method->derivative;
    return rule->directions != NULL ? rule->directions(e->system.num_params) : 0;
}

// The gradient of a final loss leaves the one before it behind.
static bool keeps_last(const pes_estimator *e) {
    return e->objective == PES_OBJECTIVE_FINAL && directions_of(e) > 0;
}

void pes_derivative_layout(pes_estimator *e, pes_arena *arena) {
    const pes_system *s = &e->system;
    pes_derivative_kept *kept = &e->derivative;
    if (e->method->derivative == NULL) {
        return;
    }
    if (e->population.guided) {
        kept->guide = pes_arena_take(arena, s->num_params, sizeof *kept->guide);
        return;
    }
    const int64_t units = e->population.units;
    kept->directions = directions_of(e);
    kept->tangent = pes_arena_take(arena, units * kept->directions,
                                   (size_t)s->num_reals * sizeof *kept->tangent);
    if (e->method->derivative->partner) {
        kept->partner = pes_arena_take(arena, units * s->num_params, sizeof *kept->partner);
    }
    if (keeps_last(e)) {
        kept->last = pes_arena_take(arena, units * s->num_params, sizeof *kept->last);
    }
}

void pes_derivative_layout_scratch(const pes_estimator *e, pes_arena *arena,
                                   pes_derivative_scratch *scratch) {
    const pes_system *s = &e->system;
    if (e->method->derivative == NULL) {
        return;
    }
    const int64_t rows = e->population.guided ? 1 : e->task_units;
    const int64_t steps = e->options.truncation, directions = directions_of(e);
    const int64_t longest = s->num_params > s->num_reals ? s->num_params : s->num_reals;
    const size_t real = sizeof(double);
    *scratch = (pes_derivative_scratch){
        .weight = pes_arena_take(arena, rows * steps, real),
        .gradient = pes_arena_take(arena, rows * s->num_params, real),
        .direction = pes_arena_take(arena, rows * directions, (size_t)s->num_params * real),
        .loss_tangent = pes_arena_take(arena, rows * directions, (size_t)steps * real),
        .adjoint = pes_arena_take(arena, rows, (size_t)s->num_reals * real),
        .pulled = pes_arena_take(arena, e->method->derivative->partner ? rows : 0,
                                 (size_t)s->num_params * real),
        .tape = pes_arena_take(arena, rows * steps, (size_t)s->tape_bytes),
        .state = pes_arena_take(arena, rows, (size_t)s->state_bytes),
        .normal = pes_arena_take(arena, (longest + 3) / 4 * 4, sizeof(float)),
    };
}

// ---- one task ---------------------------------------------------------------------------

// What the rule needs to know besides a batch.
typedef struct request {
    pes_estimator *estimator;
    pes_scratch *scratch;
    int64_t first; // row number of the rows' first
} request;

// Weights of the losses in the share of the objective that these steps add (docs/math.md,
// equation 5). The last loss of an episode is known when its end is: take the steps, look, and
// go back.
static pes_status weigh(const pes_estimator *e, const pes_derivative_batch *b, double *weight) {
    const pes_batch *batch = b->batch;
    const double one = e->objective == PES_OBJECTIVE_MEAN ? 1.0 / e->mean_scale : 1.0;
    const bool last_only = e->objective == PES_OBJECTIVE_FINAL;
    for (int64_t k = 0; k < batch->count * batch->steps; k++) {
        weight[k] = last_only ? 0.0 : one;
    }
    if (!last_only) {
        return PES_OK;
    }
    pes_derivative_save(b);
    memset(batch->ended, 0, (size_t)batch->count * sizeof *batch->ended);
    const pes_status status = e->system.unroll(e->system.user, b->worker, batch);
    if (status != PES_OK) {
        return pes_unroll_failed(&e->system, "unroll", status);
    }
    pes_derivative_restore(b);
    for (int64_t i = 0; i < batch->count; i++) {
        const int64_t end = batch->ended[i];
        weight[i * batch->steps + (end > 0 ? end : batch->steps) - 1] = 1.0;
    }
    return PES_OK;
}

// A batch of rows, of which `offset` others were before it in this task.
static pes_status differentiate(void *argument, const pes_batch *batch, int64_t offset) {
    const request *r = argument;
    pes_estimator *e = r->estimator;
    const pes_derivative_kept *kept = &e->derivative;
    const pes_derivative_scratch *s = &r->scratch->derivative;
    const int64_t params = e->system.num_params, row = r->first + offset;
    const pes_derivative_batch b = {
        .system = &e->system,
        .worker = r->scratch->worker,
        .kernels = e->kernels,
        .batch = batch,
        .seed = e->population.seed,
        .unit = row,
        .episode = e->population.episode + row,
        .truncation = e->options.truncation,
        .weight = s->weight,
        .gradient = s->gradient + offset * params,
        .tangent = kept->tangent != NULL
                       ? kept->tangent + row * kept->directions * e->system.num_reals
                       : NULL,
        .partner = kept->partner != NULL ? kept->partner + row * params : NULL,
        .direction = s->direction,
        .loss_tangent = s->loss_tangent,
        .adjoint = s->adjoint,
        .pulled = s->pulled,
        .tape = s->tape,
        .state = s->state,
        .normal = s->normal,
    };
    PES_TRY(weigh(e, &b, s->weight));
    return e->method->derivative->differentiate(&b);
}

// What lasts belongs to an episode.
static void forget(pes_derivative_kept *kept, int64_t row, int64_t params, int64_t reals) {
    if (kept->tangent != NULL) {
        const int64_t values = kept->directions * reals;
        memset(kept->tangent + row * values, 0, (size_t)values * sizeof *kept->tangent);
    }
    if (kept->partner != NULL) {
        memset(kept->partner + row * params, 0, (size_t)params * sizeof *kept->partner);
    }
    if (kept->last != NULL) {
        memset(kept->last + row * params, 0, (size_t)params * sizeof *kept->last);
    }
}

pes_status pes_derivative_advance(pes_estimator *estimator, const pes_rows *rows, int64_t first,
                                  pes_scratch *scratch) {
    pes_estimator *e = estimator;
    const int64_t params = e->system.num_params;
    for (int64_t i = 0; i < rows->count; i++) {
        if (rows->action[i] == PES_ASK_RESTART) {
            forget(&e->derivative, first + i, params, e->system.num_reals);
        }
    }
    memset(scratch->derivative.gradient, 0,
           (size_t)(rows->count * params) * sizeof *scratch->derivative.gradient);
    return pes_unroll_each(&e->system, rows, differentiate,
                           &(request){.estimator = e, .scratch = scratch, .first = first});
}

// ---- into the estimate ------------------------------------------------------------------

// The gradient that the final loss of these steps adds to the one before.
static void telescope(int64_t params, double *last, double *gradient) {
    for (int64_t p = 0; p < params; p++) {
        const double now = gradient[p];
        gradient[p] = now - last[p];
        last[p] = now;
    }
}

void pes_derivative_settle(pes_estimator *estimator, int64_t first, int64_t last,
                           const pes_scratch *scratch) {
    pes_estimator *e = estimator;
    pes_population *p = &e->population;
    const int64_t params = p->num_params;
    for (int64_t u = first; u < last; u++) {
        double *gradient = scratch->derivative.gradient + (u - first) * params;
        float *term = p->xi + u * params;
        if (e->derivative.last != NULL && p->steps[u] > 0) {
            telescope(params, e->derivative.last + u * params, gradient);
        }
        bool finite = true;
        for (int64_t k = 0; k < params; k++) {
            term[k] = (float)gradient[k];
            finite = finite && isfinite(term[k]);
        }
        if (!finite) {
            e->credit[u] = (double)NAN;
        }
        if (!isfinite(e->credit[u])) {
            memset(term, 0, (size_t)params * sizeof *term); // 0 times infinity is not 0
            p->ended[u] = 1;
        }
    }
}

void pes_derivative_settle_guide(pes_estimator *estimator, const pes_scratch *scratch) {
    pes_estimator *e = estimator;
    pes_population *p = &e->population;
    const int64_t row = p->units * p->signs, params = p->num_params;
    bool finite = isfinite(e->credit[row]);
    for (int64_t k = 0; k < params; k++) {
        e->derivative.guide[k] = scratch->derivative.gradient[k];
        finite = finite && isfinite(e->derivative.guide[k]);
    }
    if (!finite) {
        memset(e->derivative.guide, 0, (size_t)params * sizeof *e->derivative.guide);
        p->ended[row] = 1;
    }
    e->derivative.guide_dropped = !finite;
}
