// An estimator in a checkpoint: xi and counters as they lie in memory, and the states that the
// next update goes on from. A row at its episode's end begins anew or rests, so that its state
// is not stored; between two episodes of all particles that leaves none.

#include <string.h>

#include "base/status.h"
#include "train/estimator.h"

// The first row whose state may outlive an update: row 0, or the guide, whom the others copy.
static int64_t first_row(const pes_estimator *e) {
    return e->population.tethered ? e->population.units * e->population.signs : 0;
}

static bool is_alive(const pes_estimator *e, int64_t row) {
    return e->population.ended[row] == 0;
}

static int64_t count_alive(const pes_estimator *e) {
    int64_t alive = 0;
    for (int64_t row = first_row(e); row < pes_population_rows(&e->population); row++) {
        alive += is_alive(e, row);
    }
    return alive;
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

// What derivatives carry from update to update.
static int64_t list_derivative(pes_estimator *e, pes_tensor *tensor) {
    const pes_derivative_kept *kept = &e->derivative;
    const int64_t units = e->population.units, params = e->population.num_params;
    const int64_t reals = kept->directions * e->system.num_reals;
    int64_t n = 0;
    if (reals > 0) {
        tensor[n++] = tensor_of("particles.tangent", "F64", 8, kept->tangent, units, reals);
    }
    if (kept->partner != NULL) {
        tensor[n++] = tensor_of("particles.partner", "F64", 8, kept->partner, units, params);
    }
    if (kept->last != NULL) {
        tensor[n++] = tensor_of("particles.last_gradient", "F64", 8, kept->last, units, params);
    }
    return n;
}

// All but the states. Every entry points into the estimator.
static int64_t list(pes_estimator *e, pes_tensor *tensor) {
    pes_population *p = &e->population;
    const int64_t rows = pes_population_rows(p);
    int64_t n = 0;
    if (!p->still) { // else xi holds the terms of one update
        tensor[n++] = tensor_of("particles.xi", "F32", 4, p->xi, p->units, p->num_params);
    }
    tensor[n++] = tensor_of("particles.drawn_sigma", "F64", 8, p->drawn_sigma, p->units, 0);
    tensor[n++] = tensor_of("particles.drawn_square", "F64", 8, p->drawn_square, p->units, 0);
    tensor[n++] = tensor_of("particles.past_square", "F64", 8, p->past_square, p->units, 0);
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
    if (e->system.common_bytes > 0) {
        tensor[n++] =
            tensor_of("system.common", "U8", 1, e->common.state, e->system.common_bytes, 0);
    }
    return n + list_derivative(e, tensor + n);
}

// Bytes of a row in the file: its state, or its snapshot; 0: the states live elsewhere.
static int64_t row_bytes(const pes_estimator *e) {
    return e->system.snapshot != NULL ? e->system.snapshot_bytes : e->system.state_bytes;
}

static pes_tensor state_tensor(pes_estimator *e, void *data) {
    return tensor_of("particles.state", "U8", 1, data, count_alive(e), row_bytes(e));
}

// Snapshots of the living, one after the other.
static pes_status write_snapshots(pes_estimator *e) {
    const pes_system *s = &e->system;
    unsigned char *to = e->snapshot;
    for (int64_t row = first_row(e); row < pes_population_rows(&e->population); row++) {
        if (is_alive(e, row)) {
            PES_TRY(s->snapshot(s->user, e->state + row * s->state_bytes, to));
            to += s->snapshot_bytes;
        }
    }
    return PES_OK;
}

pes_status pes_estimator_store(pes_estimator *estimator, pes_tensor *tensor, int64_t *count,
                               pes_checkpoint_pick *pick) {
    pes_estimator *e = estimator;
    PES_REQUIRE(e->face != PES_FACE_ASKED && e->face != PES_FACE_FAILED, PES_E_CALL_ORDER,
                "an estimator can only be stored between two updates");
    const int64_t first = first_row(e);
    *count = list(e, tensor);
    *pick = (pes_checkpoint_pick){.tensor = -1};
    if (row_bytes(e) == 0) {
        return PES_OK;
    }
    if (e->system.snapshot != NULL) {
        PES_TRY(write_snapshots(e));
        tensor[(*count)++] = state_tensor(e, e->snapshot);
        return PES_OK;
    }
    *pick = (pes_checkpoint_pick){
        .tensor = *count,
        .rows = pes_population_rows(&e->population) - first,
        .omit = e->population.ended + first,
    };
    tensor[(*count)++] = state_tensor(e, e->state + first * e->system.state_bytes);
    return PES_OK;
}

// What is stored under the name of `own`, if it has the same type and shape.
static pes_status find(const pes_checkpoint *checkpoint, const pes_tensor *own,
                       pes_tensor *stored) {
    PES_TRY(pes_checkpoint_find(checkpoint, own->name, stored));
    bool same = stored->rank == own->rank && strcmp(stored->dtype, own->dtype) == 0 &&
                stored->bytes == own->bytes;
    for (int64_t i = 0; same && i < own->rank; i++) {
        same = stored->shape[i] == own->shape[i];
    }
    PES_REQUIRE(same, PES_E_FORMAT,
                "the checkpoint's '%s' has another shape than these settings need; resume with "
                "the settings it was written under",
                own->name);
    return PES_OK;
}

// How many rows live follows from what has been read before.
static pes_status take_states(pes_estimator *e, const pes_checkpoint *checkpoint) {
    const pes_system *s = &e->system;
    const int64_t bytes = row_bytes(e);
    pes_tensor stored;
    if (bytes == 0) {
        return PES_OK;
    }
    const pes_tensor own = state_tensor(e, NULL);
    PES_TRY(find(checkpoint, &own, &stored));
    const unsigned char *from = stored.data;
    for (int64_t row = first_row(e); row < pes_population_rows(&e->population); row++) {
        if (!is_alive(e, row)) {
            continue;
        }
        unsigned char *to = e->state + row * s->state_bytes;
        if (s->restore != NULL) {
            memcpy(e->snapshot, from, (size_t)bytes);
            PES_TRY(s->restore(s->user, to, e->snapshot));
        } else {
            memcpy(to, from, (size_t)bytes);
        }
        from += bytes;
    }
    return PES_OK;
}

pes_status pes_estimator_load(pes_estimator *estimator, const pes_checkpoint *checkpoint) {
    pes_estimator *e = estimator;
    pes_tensor own[PES_ESTIMATOR_TENSORS], stored;
    const int64_t count = list(e, own);
    for (int64_t i = 0; i < count; i++) {
        PES_TRY(find(checkpoint, &own[i], &stored));
        memcpy((void *)(uintptr_t)own[i].data, stored.data, (size_t)stored.bytes);
    }
    PES_REQUIRE(e->updates >= 0 && e->updates <= INT64_MAX / 2, PES_E_FORMAT,
                "the checkpoint holds counters that no run can reach");
    e->population.sigma = e->options.sigma;
    pes_population_recall(&e->population);
    PES_TRY(pes_population_check(&e->population));
    PES_TRY(take_states(e, checkpoint));
    e->face = PES_FACE_FRESH;
    return PES_OK;
}
