// The self-test finds each broken promise, and says which it is.

#include <stdlib.h>

#include "pes/selftest.h"
#include "support/check.h"

typedef enum fault {
    NONE,
    FORGETFUL_INIT,  // keeps what the state held
    HIDDEN_COUNTER,  // draws from a generator of its own
    READS_NEIGHBOUR, // adds the first row's state
    FIRST_CLOCK,     // takes the first row's clock for all
    KEEPS_IN_WORKER, // remembers a sum in the worker
    POINTS_TO_SELF,  // holds its own address
    WIDE_STATE,      // writes behind the last state
    WIDE_LOSS,       // writes behind the last loss
    WIDE_ENDED,      // writes behind the last end
    NO_LOSS,         // leaves the last loss unset
    WRONG_END,       // ends after the batch
    CALL_COUNT,      // adds the number of steps of this call
    BAD_SNAPSHOT,    // restores something else
    OTHER_BEGINNING, // takes a common beginning for something else than none
    KEEPS_GATHERED,  // hands out the same sum twice
    LOSES_BY_GATHER, // goes on elsewhere after a gathering
    WIDE_GATHER,     // writes behind what it gathers
    WIDE_COMMON,     // writes behind the common bytes
    FAILS,
} fault;

typedef struct particle {
    double x;
    double gathered; // losses so far
    const void *self;
} particle;

typedef struct worker {
    double sum;
} worker;

static double hidden;

static fault of(const void *user) {
    return *(const fault *)user;
}

static pes_status worker_open(void *user, int64_t max_count, void **out) {
    (void)user, (void)max_count;
    *out = calloc(1, sizeof(worker));
    return *out != NULL ? PES_OK : pes_fail(PES_E_MEMORY, "no worker");
}

static void worker_close(void *user, void *given) {
    (void)user;
    free(given);
}

static pes_status init(void *user, void *given, const pes_batch *batch) {
    particle *p = batch->state;
    (void)given;
    for (int64_t i = 0; i < batch->count; i++) {
        p[i].x = of(user) == FORGETFUL_INIT ? p[i].x : 0.0;
        p[i].gathered = 0.0;
        p[i].self = &p[i];
    }
    return PES_OK;
}

static double step(fault broken, worker *mine, const pes_batch *batch, int64_t i, int64_t t) {
    particle *p = batch->state;
    float z;
    pes_noise_normal(&batch->stream[i], 0, (uint32_t)(batch->clock[i] + t), 1, &z);
    p[i].x += (double)batch->theta[i] + (double)z;
    p[i].x += broken == HIDDEN_COUNTER ? (hidden += 1.0) : 0.0;
    p[i].x += broken == READS_NEIGHBOUR && i > 0 ? p[0].x : 0.0;
    p[i].x += broken == FIRST_CLOCK ? (double)(batch->clock[0] + t) : 0.0;
    p[i].x += broken == KEEPS_IN_WORKER ? (mine->sum = 0.5 * mine->sum + p[i].x) : 0.0;
    p[i].x += broken == POINTS_TO_SELF && p[i].self != &p[i] ? 1.0 : 0.0;
    p[i].x += broken == CALL_COUNT ? (double)batch->steps : 0.0;
    p[i].x += broken == OTHER_BEGINNING && batch->common != NULL ? 1.0 : 0.0;
    p[i].gathered += p[i].x;
    return p[i].x;
}

static pes_status unroll(void *user, void *given, const pes_batch *batch) {
    const fault broken = of(user);
    if (broken == FAILS) {
        return pes_fail(PES_E_SYSTEM, "the wind has died");
    }
    for (int64_t i = 0; i < batch->count; i++) {
        for (int64_t t = 0; t < batch->steps; t++) {
            const double loss = step(broken, given, batch, i, t);
            if (broken != NO_LOSS || t + 1 < batch->steps) {
                batch->loss[i * batch->steps + t] = loss;
            }
        }
        batch->ended[i] = broken == WRONG_END ? batch->steps + 1 : 0;
    }
    if (broken == WIDE_STATE) {
        ((particle *)batch->state)[batch->count].x = 1.0;
    }
    if (broken == WIDE_LOSS) {
        batch->loss[batch->count * batch->steps] = 1.0;
    }
    if (broken == WIDE_ENDED) {
        batch->ended[batch->count] = 1;
    }
    return PES_OK;
}

static pes_status snapshot(void *user, const void *state, void *out) {
    (void)user;
    memcpy(out, &((const particle *)state)->x, sizeof(double));
    return PES_OK;
}

static pes_status restore(void *user, void *state, const void *in) {
    particle *p = state;
    memcpy(&p->x, in, sizeof(double));
    p->x += of(user) == BAD_SNAPSHOT ? 1.0 : 0.0;
    p->self = p;
    return PES_OK;
}

static void common_begin(void *user, void *common) {
    double *mean = common;
    mean[0] = 1.0;
    mean[1] = of(user) == WIDE_COMMON ? 1.0 : mean[1];
}

static void gather(void *user, void *state, double *gathered) {
    particle *p = state;
    gathered[0] = p->gathered;
    gathered[1] = of(user) == WIDE_GATHER ? 1.0 : gathered[1];
    p->gathered = of(user) == KEEPS_GATHERED ? p->gathered : 0.0;
    p->x += of(user) == LOSES_BY_GATHER ? 1.0 : 0.0;
}

static void absorb(void *user, void *common, const double *sum) {
    (void)user;
    *(double *)common += sum[0];
}

static pes_status test(fault broken) {
    hidden = 0.0;
    const pes_system system = {
        .size = (uint32_t)sizeof system,
        .name = "patient",
        .num_params = 1,
        .state_bytes = (int64_t)sizeof(particle),
        .user = &broken,
        .init = init,
        .unroll = unroll,
        .worker_open = worker_open,
        .worker_close = worker_close,
        .snapshot_bytes = (int64_t)sizeof(double),
        .snapshot = snapshot,
        .restore = restore,
        .common_bytes = (int64_t)sizeof(double),
        .num_gathered = 1,
        .common_begin = common_begin,
        .gather = gather,
        .absorb = absorb,
    };
    const float theta = 0.5f;
    return pes_selftest_system(&system, &theta, 6, 11);
}

static void a_sound_system_passes(void **unused) {
    (void)unused;
    CHECK_OK(test(NONE));
}

static void every_broken_promise_is_found(void **unused) {
    (void)unused;
    CHECK_FAILS(PES_E_SYSTEM, "init leaves nothing", test(FORGETFUL_INIT));
    CHECK_FAILS(PES_E_SYSTEM, "equal theta, stream and clock", test(HIDDEN_COUNTER));
    CHECK_FAILS(PES_E_SYSTEM, "do not affect each other", test(READS_NEIGHBOUR));
    CHECK_FAILS(PES_E_SYSTEM, "different clocks", test(FIRST_CLOCK));
    CHECK_FAILS(PES_E_SYSTEM, "equal theta, stream and clock", test(KEEPS_IN_WORKER));
    CHECK_FAILS(PES_E_SYSTEM, "copying a state's bytes", test(POINTS_TO_SELF));
    CHECK_FAILS(PES_E_SYSTEM, "split in two", test(CALL_COUNT));
    CHECK_FAILS(PES_E_SYSTEM, "snapshot restores", test(BAD_SNAPSHOT));
    CHECK_FAILS(PES_E_SYSTEM, "common is NULL for", test(OTHER_BEGINNING));
    CHECK_FAILS(PES_E_SYSTEM, "takes the same again", test(KEEPS_GATHERED));
    CHECK_FAILS(PES_E_SYSTEM, "gathering from a state", test(LOSES_BY_GATHER));
}

static void writing_elsewhere_is_found(void **unused) {
    (void)unused;
    CHECK_FAILS(PES_E_SYSTEM, "outside its states", test(WIDE_STATE));
    CHECK_FAILS(PES_E_SYSTEM, "outside loss", test(WIDE_LOSS));
    CHECK_FAILS(PES_E_SYSTEM, "outside ended", test(WIDE_ENDED));
    CHECK_FAILS(PES_E_SYSTEM, "num_gathered", test(WIDE_GATHER));
    CHECK_FAILS(PES_E_SYSTEM, "common_bytes", test(WIDE_COMMON));
    CHECK_FAILS(PES_E_SYSTEM, "unset", test(NO_LOSS));
    CHECK_FAILS(PES_E_SYSTEM, "ended", test(WRONG_END));
}

static void a_failing_callback_is_named(void **unused) {
    (void)unused;
    CHECK_FAILS(PES_E_SYSTEM, "the wind has died", test(FAILS));
}

static void impossible_systems_are_refused(void **unused) {
    (void)unused;
    const float theta = 0.0f;
    pes_system system = {.size = (uint32_t)sizeof system, .name = "empty", .num_params = 1};
    CHECK_FAILS(PES_E_ARGUMENT, "init or unroll", pes_selftest_system(&system, &theta, 4, 1));
    system.init = init;
    system.unroll = unroll;
    CHECK_FAILS(PES_E_ARGUMENT, "steps", pes_selftest_system(&system, &theta, 0, 1));
    system.absorb = absorb;
    CHECK_FAILS(PES_E_ARGUMENT, "only some", pes_selftest_system(&system, &theta, 4, 1));
    system.absorb = NULL;
    system.snapshot = snapshot;
    CHECK_FAILS(PES_E_ARGUMENT, "restore", pes_selftest_system(&system, &theta, 4, 1));
    CHECK_FAILS(PES_E_ARGUMENT, "needs", pes_selftest_system(NULL, &theta, 4, 1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_system_passes),
        cmocka_unit_test(every_broken_promise_is_found),
        cmocka_unit_test(writing_elsewhere_is_found),
        cmocka_unit_test(a_failing_callback_is_named),
        cmocka_unit_test(impossible_systems_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
