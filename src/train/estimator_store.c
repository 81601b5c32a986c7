// An estimator in a checkpoint: xi, counters and states, as they lie in memory.

#include <string.h>

#include "base/status.h"
#include "train/estimator.h"

// Rows whose state outlives an update: all, or the guide's alone.
static int64_t stored_rows(const pes_estimator *e) {
    return e->method->guided ? 1 : pes_population_rows(&e->population);
}

static unsigned char *stored_state(const pes_estimator *e) {
    const int64_t first = pes_population_rows(&e->population) - stored_rows(e);
    return e->state + first * e->system.state_bytes;
}

static pes_tensor tensor_of(const char *name, const char *dtype, size_t element, void *data,
                            int64_t rows, int64_t columns) {
    return (pes_tensor){
        .name = name,
        .dtype = dtype,
        .rank = columns > 0 ? 2 : 1,
        .shape = {rows, columns},
        .data = data,
        .bytes = rows * (columns > 0 ? columns : 1) * (int64_t)element,
    };
}

// The list, without the work of writing snapshots. Every entry points into the estimator.
static int64_t list(pes_estimator *e, pes_tensor *tensor) {
    pes_population *p = &e->population;
    const int64_t rows = pes_population_rows(p);
    int64_t n = 0;
    tensor[n++] = tensor_of("particles.xi", "F32", 4, p->xi, p->units, p->num_params);
    tensor[n++] = tensor_of("particles.drawn_sigma", "F64", 8, p->drawn_sigma, p->units, 0);
    tensor[n++] = tensor_of("particles.drawn_interval", "I64", 8, p->drawn, p->units, 0);
    tensor[n++] = tensor_of("particles.episode", "I64", 8, p->episode, p->units + 1, 0);
    tensor[n++] = tensor_of("particles.clock", "I64", 8, p->clock, rows, 0);
    tensor[n++] = tensor_of("particles.ended", "U8", 1, p->ended, rows, 0);
    tensor[n++] = tensor_of("particles.last_loss", "F64", 8, e->previous, rows, 0);
    tensor[n++] = tensor_of("estimator.sigma", "F64", 8, &e->options.sigma, 1, 0);
    if (e->decay != NULL) {
        tensor[n++] = tensor_of("estimator.updates", "I64", 8, &e->updates, 1, 0);
    }
    if (p->warmup > 0) {
        tensor[n++] = tensor_of("warmup.rounds", "I64", 8, &p->warming, 1, 0);
        tensor[n++] = tensor_of("warmup.inner_steps", "I64", 8, &p->warmed, 1, 0);
    }
    const bool plain = e->system.snapshot == NULL;
    const int64_t bytes = plain ? e->system.state_bytes : e->system.snapshot_bytes;
    if (bytes > 0) {
        tensor[n++] = tensor_of("particles.state", "U8", 1,
                                plain ? stored_state(e) : e->snapshot, stored_rows(e), bytes);
    }
    return n;
}

pes_status pes_estimator_store(pes_estimator *estimator, pes_tensor *tensor, int64_t *count) {
    pes_estimator *e = estimator;
    PES_REQUIRE(e->face != PES_FACE_ASKED && e->face != PES_FACE_FAILED, PES_E_CALL_ORDER,
                "an estimator can only be stored between two updates");
    const pes_system *s = &e->system;
    for (int64_t i = 0; s->snapshot != NULL && i < stored_rows(e); i++) {
        PES_TRY(s->snapshot(s->user, stored_state(e) + i * s->state_bytes,
                            e->snapshot + i * s->snapshot_bytes));
    }
    *count = list(e, tensor);
    return PES_OK;
}

static pes_status take(const pes_tensor *own, const pes_checkpoint *checkpoint) {
    pes_tensor stored;
    PES_TRY(pes_checkpoint_find(checkpoint, own->name, &stored));
    bool same = stored.rank == own->rank && strcmp(stored.dtype, own->dtype) == 0 &&
                stored.bytes == own->bytes;
    for (int64_t i = 0; same && i < own->rank; i++) {
        same = stored.shape[i] == own->shape[i];
    }
    PES_REQUIRE(same, PES_E_FORMAT,
                "the checkpoint's '%s' has another shape than these settings need; resume with "
                "the settings it was written under",
                own->name);
    memcpy((void *)(uintptr_t)own->data, stored.data, (size_t)own->bytes);
    return PES_OK;
}

pes_status pes_estimator_load(pes_estimator *estimator, const pes_checkpoint *checkpoint) {
    pes_estimator *e = estimator;
    pes_tensor own[PES_ESTIMATOR_TENSORS];
    const int64_t count = list(e, own);
    for (int64_t i = 0; i < count; i++) {
        PES_TRY(take(&own[i], checkpoint));
    }
    PES_REQUIRE(e->updates >= 0 && e->updates <= INT64_MAX / 2, PES_E_FORMAT,
                "the checkpoint holds counters that no run can reach");
    e->population.sigma = e->options.sigma;
    pes_population_recall(&e->population);
    PES_TRY(pes_population_check(&e->population));
    const pes_system *s = &e->system;
    for (int64_t i = 0; s->restore != NULL && i < stored_rows(e); i++) {
        PES_TRY(s->restore(s->user, stored_state(e) + i * s->state_bytes,
                           e->snapshot + i * s->snapshot_bytes));
    }
    e->face = PES_FACE_FRESH;
    return PES_OK;
}
