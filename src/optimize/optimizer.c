// An optimizer runs its update through its chain and takes it from theta, unless anything on
// the way is not finite.

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/status.h"
#include "optimize/average.h"
#include "optimize/registry.h"
#include "pes/optimizer.h"

struct pes_optimizer {
    pes_transform chain[PES_REGISTRY_LINKS];
    int64_t offset[PES_REGISTRY_LINKS]; // of each link's row in `memory`
    int64_t count;                      // links
    int64_t num_params;
    int64_t memory_count; // floats of all rows
    int64_t updates;      // applied so far
    float *memory;        // memory_count
    float *update;        // num_params, the vector on its way through the chain
    pes_average fold;     // NULL: theta is not averaged
    double decay;         // of the average
    int64_t start;        // updates before the first that is averaged
    double *average;      // num_params, or NULL
};

static void lay_out(pes_optimizer *o, pes_arena *arena, pes_optimizer **self) {
    *self = pes_arena_take(arena, 1, sizeof **self);
    o->update = pes_arena_take(arena, o->num_params, sizeof *o->update);
    double *average =
        pes_arena_take(arena, o->fold != NULL ? o->num_params : 0, sizeof *o->average);
    o->average = o->fold != NULL ? average : NULL;
    o->memory = pes_arena_take(arena, o->memory_count, sizeof *o->memory);
}

// Everything of the object but its arrays.
static pes_status plan(pes_optimizer *o, const pes_transform *chain, int64_t count,
                       int64_t num_params) {
    *o = (pes_optimizer){.count = count, .num_params = num_params};
    PES_REQUIRE(count >= 1 && count <= PES_REGISTRY_LINKS, PES_E_ARGUMENT,
                "a chain has 1 to %d transforms, not %lld", PES_REGISTRY_LINKS,
                (long long)count);
    PES_REQUIRE(num_params >= 1 && num_params <= INT64_MAX / 256, PES_E_ARGUMENT,
                "an optimizer needs at least 1 parameter, not %lld", (long long)num_params);
    for (int64_t i = 0; i < count; i++) {
        PES_REQUIRE(chain[i].apply != NULL, PES_E_ARGUMENT, "transform %lld has no apply()",
                    (long long)i);
        const int64_t wanted = chain[i].memory != NULL ? chain[i].memory(num_params) : 0;
        PES_REQUIRE(wanted >= 0 && wanted <= INT64_MAX / 2 - o->memory_count, PES_E_ARGUMENT,
                    "transform %lld wants %lld floats of memory", (long long)i,
                    (long long)wanted);
        o->chain[i] = chain[i];
        o->offset[i] = o->memory_count;
        o->memory_count += wanted;
    }
    return PES_OK;
}

static pes_status build(pes_optimizer **out, pes_optimizer planned) {
    pes_arena arena = {0};
    pes_optimizer *self;
    lay_out(&planned, &arena, &self);
    arena.base = arena.overflow ? NULL : aligned_alloc(PES_ARENA_ALIGNMENT, arena.used);
    PES_REQUIRE(arena.base != NULL, PES_E_MEMORY,
                "no memory for an optimizer of %lld parameters", (long long)planned.num_params);
    memset(arena.base, 0, arena.used);
    arena.used = 0;
    lay_out(&planned, &arena, &self);
    *self = planned;
    *out = self;
    return PES_OK;
}

pes_status pes_optimizer_create_chain(pes_optimizer **out, const pes_transform *chain,
                                      int64_t count, int64_t num_params) {
    *out = NULL;
    pes_optimizer planned;
    PES_TRY(plan(&planned, chain, count, num_params));
    return build(out, planned);
}

pes_status pes_optimizer_create(pes_optimizer **out, const pes_optimizer_options *options,
                                int64_t num_params) {
    *out = NULL;
    pes_optimizer_options known;
    pes_transform chain[PES_REGISTRY_LINKS];
    int64_t count;
    pes_optimizer planned;
    PES_TRY(pes_registry_chain(options, &known, chain, &count));
    PES_TRY(plan(&planned, chain, count, num_params));
    planned.fold = pes_average_find(known.average);
    planned.decay = known.average_decay;
    planned.start = known.average_start;
    return build(out, planned);
}

void pes_optimizer_destroy(pes_optimizer *optimizer) {
    free(optimizer);
}

// The first element that is not finite; -1 if there is none.
static int64_t first_not_finite(const float *x, int64_t n) {
    int64_t finite = 0;
    for (int64_t i = 0; i < n; i++) {
        finite += fabsf(x[i]) <= FLT_MAX;
    }
    for (int64_t i = 0; finite < n && i < n; i++) {
        if (!isfinite(x[i])) {
            return i;
        }
    }
    return -1;
}

pes_status pes_optimizer_apply(pes_optimizer *optimizer, const float *grad, float *theta) {
    pes_optimizer *o = optimizer;
    int64_t bad = first_not_finite(grad, o->num_params);
    PES_REQUIRE(bad < 0, PES_E_ARGUMENT, "gradient[%lld] is not finite", (long long)bad);

    memcpy(o->update, grad, (size_t)o->num_params * sizeof *grad);
    for (int64_t i = 0; i < o->count; i++) {
        o->chain[i].apply(o->chain[i].setting, o->memory + o->offset[i], o->updates + 1,
                          o->num_params, theta, o->update);
    }
    bad = first_not_finite(o->memory, o->memory_count);
    PES_REQUIRE(bad < 0, PES_E_ARGUMENT,
                "the gradient overflows the optimizer's memory; set clip_norm or clip_value");

    for (int64_t i = 0; i < o->num_params; i++) {
        o->update[i] = theta[i] - o->update[i];
    }
    bad = first_not_finite(o->update, o->num_params);
    PES_REQUIRE(bad < 0, PES_E_ARGUMENT,
                "theta[%lld] would not be finite; lower learning_rate or set clip_norm",
                (long long)bad);
    memcpy(theta, o->update, (size_t)o->num_params * sizeof *theta);
    o->updates++;
    if (o->fold != NULL) {
        const int64_t k = o->updates - o->start;
        o->fold(o->decay, k > 1 ? k : 1, o->num_params, theta, o->average);
    }
    return PES_OK;
}

int64_t pes_optimizer_updates(const pes_optimizer *optimizer) {
    return optimizer->updates;
}

void pes_optimizer_set_updates(pes_optimizer *optimizer, int64_t updates) {
    optimizer->updates = updates;
}

double *pes_optimizer_average(pes_optimizer *optimizer) {
    return optimizer->average;
}

float *pes_optimizer_memory(pes_optimizer *optimizer, int64_t *count) {
    *count = optimizer->memory_count;
    return optimizer->memory;
}
