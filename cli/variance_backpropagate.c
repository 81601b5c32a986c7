// The gradient of one episode by backpropagation through all of its steps, for systems that
// have adjoints.

#include <stdlib.h>
#include <string.h>

#include "cli/variance.h"

enum { LINE = 64 };

// One particle, one episode.
typedef struct episode {
    const pes_system *system;
    pes_stream stream;
    int64_t clock, ended;
    double *loss, *weight; // steps
    double *reals;         // num_reals: adjoint of the state
    void *worker, *state, *tape;
    pes_batch batch;
} episode;

// `bytes` on a cache line, zero, to be freed.
static void *lines(int64_t bytes) {
    const size_t rounded = ((size_t)bytes / LINE + 1) * LINE;
    void *piece = aligned_alloc(LINE, rounded);
    return piece != NULL ? memset(piece, 0, rounded) : NULL;
}

static pes_status open(episode *e, const variance_point *point, pes_stream stream) {
    const pes_system *system = pes_problem_system(point->problem);
    const int64_t steps = point->setup->estimator.horizon;
    const int64_t doubles = (int64_t)sizeof(double);
    e->system = system;
    e->stream = stream;
    e->loss = lines(steps * doubles);
    e->weight = lines(steps * doubles);
    e->reals = lines(system->num_reals * doubles);
    e->state = lines(system->state_bytes);
    e->tape = lines(steps * system->tape_bytes);
    e->batch = (pes_batch){.count = 1,
                           .steps = steps,
                           .theta = pes_problem_theta(point->problem),
                           .state = e->state,
                           .stream = &e->stream,
                           .clock = &e->clock,
                           .loss = e->loss,
                           .ended = &e->ended};
    if (e->loss == NULL || e->weight == NULL || e->reals == NULL || e->state == NULL ||
        e->tape == NULL) {
        return pes_fail(PES_E_MEMORY, "no memory to backpropagate through %lld steps",
                        (long long)steps);
    }
    return system->worker_open != NULL ? system->worker_open(system->user, 1, &e->worker)
                                       : PES_OK;
}

static void close(episode *e) {
    if (e->worker != NULL) {
        e->system->worker_close(e->system->user, e->worker);
    }
    void *const all[] = {e->loss, e->weight, e->reals, e->state, e->tape};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        free(all[i]);
    }
}

static pes_status begin(episode *e) {
    pes_batch batch = e->batch;
    batch.steps = 0;
    batch.loss = NULL;
    batch.ended = NULL;
    e->ended = 0;
    return e->system->init(e->system->user, e->worker, &batch);
}

// What the objective makes of each loss; which one is the last is known after a first pass.
static void weigh(episode *e, const char *objective) {
    const int64_t steps = e->batch.steps, valid = e->ended > 0 ? e->ended : steps;
    const bool last = strcmp(objective, "final") == 0;
    const double weight = strcmp(objective, "mean") == 0 ? 1.0 / (double)steps : 1.0;
    for (int64_t t = 0; t < valid; t++) {
        e->weight[t] = last && t < valid - 1 ? 0.0 : weight;
    }
}

pes_status variance_backpropagate(const variance_point *point, pes_stream stream,
                                  double *gradient) {
    episode e = {.clock = 0};
    pes_status status = open(&e, point, stream);
    status = status == PES_OK ? begin(&e) : status;
    status = status == PES_OK ? e.system->unroll(e.system->user, e.worker, &e.batch) : status;
    if (status == PES_OK) {
        weigh(&e, point->setup->estimator.objective);
        status = begin(&e);
    }
    if (status == PES_OK) {
        const pes_adjoints adjoints = {
            .weight = e.weight, .state = e.reals, .theta = gradient, .tape = e.tape};
        memset(gradient, 0, (size_t)e.system->num_params * sizeof *gradient);
        status = e.system->unroll_adjoints(e.system->user, e.worker, &e.batch, &adjoints);
    }
    close(&e);
    return status;
}
