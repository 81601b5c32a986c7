#include "estimate/derivative.h"

#include <string.h>

#include "base/status.h"

static void clear_ends(const pes_batch *batch) {
    memset(batch->ended, 0, (size_t)batch->count * sizeof *batch->ended);
}

static pes_status named(const pes_system *system, const char *callback, pes_status status) {
    PES_REQUIRE(status == PES_OK, PES_E_SYSTEM, "%s of system '%s' failed: %s", callback,
                system->name,
                pes_last_error()[0] != '\0' ? pes_last_error() : pes_status_text(status));
    return PES_OK;
}

pes_status pes_derivative_push(const pes_derivative_batch *b, int64_t directions) {
    const pes_tangents tangents = {
        .directions = directions,
        .theta = b->direction,
        .state = b->tangent,
        .loss = b->loss_tangent,
    };
    clear_ends(b->batch);
    return named(b->system, "unroll_tangents",
                 b->system->unroll_tangents(b->system->user, b->worker, b->batch, &tangents));
}

pes_status pes_derivative_pull(const pes_derivative_batch *b, const double *weight,
                               double *gradient) {
    const pes_adjoints adjoints = {
        .weight = weight,
        .state = b->adjoint,
        .theta = gradient,
        .tape = b->tape,
    };
    const int64_t values = b->batch->count * b->system->num_params;
    memset(gradient, 0, (size_t)values * sizeof *gradient);
    clear_ends(b->batch);
    return named(b->system, "unroll_adjoints",
                 b->system->unroll_adjoints(b->system->user, b->worker, b->batch, &adjoints));
}

double pes_derivative_weighed(const pes_derivative_batch *b, int64_t row, int64_t direction,
                              int64_t directions) {
    const int64_t steps = b->batch->steps, end = b->batch->ended[row];
    const double *weight = b->weight + row * steps;
    const double *tangent = b->loss_tangent + (row * directions + direction) * steps;
    double sum = 0.0;
    for (int64_t t = 0; t < (end > 0 ? end : steps); t++) {
        sum += weight[t] * tangent[t];
    }
    return sum;
}

static size_t state_bytes(const pes_derivative_batch *b) {
    return (size_t)b->batch->count * (size_t)b->system->state_bytes;
}

void pes_derivative_save(const pes_derivative_batch *b) {
    memcpy(b->state, b->batch->state, state_bytes(b));
}

void pes_derivative_restore(const pes_derivative_batch *b) {
    memcpy(b->batch->state, b->state, state_bytes(b));
}
