// Building an estimator: options checked, memory laid out once, workers opened.

#include "train/estimator.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/fields.h"
#include "base/sized.h"
#include "base/status.h"
#include "noise/noise.h"
#include "train/estimator_common.h"
#include "train/estimator_derivative.h"
#include "train/estimator_split.h"

static bool is_staggered(const pes_estimator_options *o) {
    return strcmp(o->starts, "staggered") == 0;
}

static pes_status check_starts(const pes_estimator_options *o, const pes_method *method) {
    if (!is_staggered(o)) {
        return PES_OK;
    }
    PES_REQUIRE(!method->guided, PES_E_ARGUMENT,
                "%s has one shared state, whose start cannot be staggered; set starts = "
                "\"lockstep\"",
                method->info.name);
    PES_REQUIRE(o->horizon > 0, PES_E_ARGUMENT,
                "staggered starts are spread over an episode: set horizon, or starts = "
                "\"lockstep\"");
    PES_REQUIRE(
        o->truncation < o->horizon, PES_E_ARGUMENT,
        "an update of whole episodes has nothing to stagger; set a truncation below the "
        "horizon, %lld, or starts = \"lockstep\"",
        (long long)o->horizon);
    return PES_OK;
}

// Completes `shortest` where lengths are drawn.
static pes_status check_lengths(pes_estimator_options *o) {
    if (pes_lengths_find(o->lengths) == NULL) {
        PES_REQUIRE(
            o->shortest == 0, PES_E_ARGUMENT,
            "shortest means nothing with lengths = \"fixed\"; set lengths = \"uniform\" "
            "or \"log_uniform\", or leave it out");
        return PES_OK;
    }
    PES_REQUIRE(o->horizon > 0, PES_E_ARGUMENT,
                "lengths of episodes are drawn up to the horizon: set horizon, or lengths = "
                "\"fixed\"");
    o->shortest = o->shortest > 0 ? o->shortest : o->truncation;
    PES_REQUIRE(o->shortest >= o->truncation || o->truncation == o->horizon, PES_E_ARGUMENT,
                "shortest must be at least the truncation, %lld, not %lld",
                (long long)o->truncation, (long long)o->shortest);
    PES_REQUIRE(
        o->shortest < o->horizon, PES_E_ARGUMENT,
        "lengths of episodes are drawn from shortest to the horizon: set shortest below "
        "the horizon, %lld, or lengths = \"fixed\"",
        (long long)o->horizon);
    return PES_OK;
}

// What only methods of the family read. Antithetic sampling is the default, so it gives way.
static pes_status check_perturbations(pes_estimator_options *o, const pes_method *method) {
    PES_REQUIRE(o->noise_interval == 0 || strcmp(o->method, "gpes") == 0, PES_E_ARGUMENT,
                "noise_interval is a setting of gpes; leave it out with %s", o->method);
    PES_REQUIRE(method->derivative == NULL || strcmp(o->shaping, "none") == 0, PES_E_ARGUMENT,
                "%s has exact gradients of the losses, which shaping would not fit; set "
                "shaping = \"none\"",
                o->method);
    if (method->info.perturbs) {
        return PES_OK;
    }
    o->antithetic = false;
    PES_REQUIRE(strcmp(o->sigma_schedule, "constant") == 0, PES_E_ARGUMENT,
                "%s does not perturb, so sigma_schedule means nothing; leave it out",
                o->method);
    return PES_OK;
}

static pes_status check_options(pes_estimator_options *o, const pes_method **method) {
    PES_TRY(pes_fields_adopt(pes_estimator_fields(), o));
    *method = pes_method_find(o->method);
    PES_TRY(check_perturbations(o, *method));
    PES_REQUIRE(!o->antithetic || o->particles % 2 == 0, PES_E_ARGUMENT,
                "particles must be even with antithetic sampling, not %lld; use %lld, or "
                "antithetic = false",
                (long long)o->particles, (long long)o->particles + 1);
    PES_REQUIRE(o->horizon == 0 || o->truncation <= o->horizon, PES_E_ARGUMENT,
                "truncation must be at most the horizon, %lld, not %lld", (long long)o->horizon,
                (long long)o->truncation);
    PES_TRY(check_starts(o, *method));
    PES_TRY(check_lengths(o));
    return (*method)->resolve != NULL ? (*method)->resolve(o) : PES_OK;
}

// The nearest number of whole blocks of the gradient, which a task can sum as soon as it has
// advanced them; few units stay as they are.
static int64_t whole_blocks(int64_t units) {
    enum { BLOCK = PES_GRADIENT_BLOCK, NEAR = BLOCK / 4 };
    return units < BLOCK - NEAR ? units : (units + NEAR) / BLOCK * BLOCK;
}

// Enough tasks that threads end together, batches long enough to vectorize across particles.
// A system's hint is exceeded where particles are small and threads have enough of them.
static int64_t task_units(const pes_estimator *e) {
    const int64_t units = e->population.units, threads = e->options.threads;
    const int64_t share = units / (4 * threads), most = 2 * PES_GRADIENT_BLOCK;
    int64_t wanted = whole_blocks(share < most ? share : most);
    if (e->system.batch_hint > 0) {
        const int64_t hint = e->system.batch_hint / e->population.signs;
        const bool small = e->system.num_params <= PES_KERNELS_FEW && hint >= most / 4;
        wanted = small && wanted > hint ? wanted : hint;
    }
    return wanted < 1 ? 1 : (wanted < units ? wanted : units);
}

static void lay_out(pes_estimator *e, pes_arena *arena) {
    const pes_system *s = &e->system;
    pes_population_layout(&e->population, arena);
    pes_gradient_layout(&e->gradient, arena);
    pes_derivative_layout(e, arena);
    const int64_t rows = pes_population_rows(&e->population);
    const int64_t task_rows = e->task_units * e->population.signs;
    e->state = pes_arena_take(arena, rows, (size_t)s->state_bytes);
    e->shared = pes_arena_take(arena, e->method->guided ? 1 : 0, (size_t)s->state_bytes);
    e->credit = pes_arena_take(arena, rows, sizeof *e->credit);
    e->previous = pes_arena_take(arena, rows, sizeof *e->previous);
    e->snapshot =
        pes_arena_take(arena, e->method->guided ? 1 : rows, (size_t)s->snapshot_bytes);
    pes_split_layout(e, arena);
    pes_common_layout(e, arena);
    e->scratch = pes_arena_take(arena, e->options.threads, sizeof *e->scratch);
    for (int64_t i = 0; i < e->options.threads; i++) {
        const pes_scratch part = {
            .normals = pes_arena_take(
                arena, pes_population_scratch(s->num_params, e->task_units), sizeof(float)),
            .theta = pes_arena_take(arena, task_rows * s->num_params, sizeof(float)),
            .loss = pes_arena_take(arena, task_rows * e->options.truncation, sizeof(double)),
            .ended = pes_arena_take(arena, task_rows, sizeof(int64_t)),
        };
        pes_derivative_scratch derivative = {0};
        pes_derivative_layout_scratch(e, arena, &derivative);
        if (arena->base != NULL) {
            e->scratch[i] = part;
            e->scratch[i].derivative = derivative;
        }
    }
}

// Everything that can be known before memory is needed.
static pes_status describe(pes_estimator *e, const pes_system *system,
                           const pes_estimator_options *options) {
    pes_estimator_fields()->set_default(&e->options);
    PES_TRY(pes_read_sized(&e->system, sizeof e->system, system, system->size, "system"));
    PES_TRY(pes_read_sized(&e->options, sizeof e->options, options, options->size, "options"));
    PES_TRY(pes_unroll_check_system(&e->system));
    PES_TRY(check_options(&e->options, &e->method));
    PES_TRY(pes_derivative_check(&e->system, e->method));
    pes_estimator_options *o = &e->options;
    o->threads = pes_pool_resolve(o->threads);
    e->kernels = pes_kernels_select();
    e->objective = (pes_objective)pes_objective_find(o->objective);
    e->decay = pes_decay_find(o->sigma_schedule);
    e->mean_scale = (double)(o->horizon > 0 ? o->horizon : o->truncation);
    const int64_t signs = o->antithetic ? 2 : 1;
    const bool perturbs = e->method->noise_interval != NULL;
    e->population = (pes_population){
        .units = o->particles / signs,
        .signs = signs,
        .num_params = e->system.num_params,
        .truncation = o->truncation,
        .horizon = o->horizon,
        .lengths = pes_lengths_find(o->lengths),
        .shortest = o->shortest,
        .interval = perturbs ? e->method->noise_interval(o) : 0,
        .still = !perturbs,
        .guided = e->method->guided || (perturbs && e->method->derivative != NULL),
        .tethered = e->method->guided,
        .parted = perturbs && e->method->derivative != NULL,
        .share_all = strcmp(o->sharing, "all") == 0,
        .seed = o->seed,
        .sigma = o->sigma,
    };
    e->population.warmup = is_staggered(o) ? pes_population_rounds(&e->population) : 0;
    e->gradient = (pes_gradient){
        .units = o->particles / signs,
        .signs = signs,
        .num_params = e->system.num_params,
        .direct = !perturbs,
        .shaping = pes_shaping_find(o->shaping),
        .limit = o->shaping_limit,
    };
    e->task_units = task_units(e);
    pes_split_plan(e);
    return PES_OK;
}

static pes_status reserve(pes_estimator *e) {
    pes_arena arena = {0};
    lay_out(e, &arena);
    e->memory = arena.overflow ? NULL : aligned_alloc(PES_ARENA_ALIGNMENT, arena.used);
    PES_REQUIRE(e->memory != NULL, PES_E_MEMORY,
                "out of memory for %lld particles of %lld parameters and %lld bytes of state; "
                "use fewer particles",
                (long long)e->options.particles, (long long)e->system.num_params,
                (long long)e->system.state_bytes);
    memset(e->memory, 0, arena.used);
    arena = (pes_arena){.base = e->memory};
    lay_out(e, &arena);
    return PES_OK;
}

static pes_status open_workers(pes_estimator *e) {
    const int64_t rows = e->task_units * e->population.signs;
    for (int64_t i = 0; i < e->options.threads; i++) {
        PES_TRY(pes_unroll_open_worker(&e->system, rows, &e->scratch[i].worker));
    }
    return PES_OK;
}

// Whatever this leaves half built, destroy can take apart.
static pes_status build(pes_estimator *e, const pes_system *system,
                        const pes_estimator_options *options) {
    PES_TRY(describe(e, system, options));
    PES_TRY(reserve(e));
    PES_TRY(pes_pool_create(&e->pool, e->options.threads));
    pes_population_start(&e->population);
    pes_common_start(e);
    return open_workers(e);
}

pes_status pes_estimator_create(pes_estimator **out, const pes_system *system,
                                const pes_estimator_options *options) {
    *out = NULL;
    pes_estimator *e = calloc(1, sizeof *e);
    PES_REQUIRE(e != NULL, PES_E_MEMORY, "out of memory for an estimator");
    const pes_status status = build(e, system, options);
    if (status != PES_OK) {
        pes_estimator_destroy(e);
        return status;
    }
    *out = e;
    return PES_OK;
}

void pes_estimator_destroy(pes_estimator *estimator) {
    if (estimator == NULL) {
        return;
    }
    for (int64_t i = 0; estimator->memory != NULL && i < estimator->options.threads; i++) {
        if (estimator->scratch[i].worker != NULL) {
            estimator->system.worker_close(estimator->system.user,
                                           estimator->scratch[i].worker);
        }
    }
    pes_pool_destroy(estimator->pool);
    free(estimator->asked);
    free(estimator->memory);
    free(estimator);
}

const pes_estimator_options *pes_estimator_get_options(const pes_estimator *estimator) {
    return &estimator->options;
}

const void *pes_estimator_common(const pes_estimator *estimator) {
    return estimator->common.state;
}

uint64_t pes_estimator_memory(const pes_system *system, const pes_estimator_options *options) {
    pes_estimator e = {0};
    if (describe(&e, system, options) != PES_OK) {
        return 0;
    }
    pes_arena arena = {0};
    lay_out(&e, &arena);
    const uint64_t workers = (uint64_t)e.options.threads * (uint64_t)e.system.worker_bytes;
    return arena.overflow
               ? 0
               : arena.used + sizeof e + workers + pes_pool_memory(e.options.threads);
}

pes_status pes_estimator_set_sigma(pes_estimator *estimator, double sigma) {
    const pes_field *field = pes_field_find(pes_estimator_fields(), "sigma");
    const pes_value value = {.type = PES_FIELD_REAL, .real = sigma};
    return pes_field_set(pes_estimator_fields(), &estimator->options, field->name, &value);
}
