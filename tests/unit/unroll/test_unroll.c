// From rows to calls of the system and back: runs of equal orders become batches, losses land
// in their own rows, and credit adds up.
//
// Seen to fail: rows of unlike steps joined, losses left as the system wrote them, credit for
// the final loss that forgets the one before.

#include <math.h>
#include <stdbool.h>

#include "support/check.h"
#include "unroll/unroll.h"

enum { ROWS = 9, WIDTH = 4 };

// A system that writes down how it was called. Loss t of a row is 100 x its stream + its clock
// + t.
typedef struct diary {
    int64_t inits, unrolls;
    int64_t init_count[ROWS], unroll_count[ROWS], unroll_steps[ROWS];
    uint32_t init_first[ROWS], unroll_first[ROWS]; // particle
    int64_t fail_unroll;                           // this call fails, from 1; 0: none
} diary;

static pes_status init(void *user, void *worker, const pes_batch *b) {
    diary *d = user;
    (void)worker;
    assert_true(b->steps == 0 && b->loss == NULL && b->ended == NULL);
    d->init_count[d->inits] = b->count;
    d->init_first[d->inits++] = b->stream[0].particle;
    for (int64_t i = 0; i < b->count; i++) {
        ((int64_t *)b->state)[i] = 1000 + b->stream[i].particle;
    }
    return PES_OK;
}

static pes_status unroll(void *user, void *worker, const pes_batch *b) {
    diary *d = user;
    (void)worker;
    d->unroll_count[d->unrolls] = b->count;
    d->unroll_steps[d->unrolls] = b->steps;
    d->unroll_first[d->unrolls++] = b->stream[0].particle;
    if (d->unrolls == d->fail_unroll) {
        return PES_E_SYSTEM; // without a sentence
    }
    for (int64_t i = 0; i < b->count; i++) {
        assert_int_equal(b->ended[i], 0);
        assert_true(b->theta[i] == (float)b->stream[i].particle);
        for (int64_t t = 0; t < b->steps; t++) {
            b->loss[i * b->steps + t] =
                100.0 * b->stream[i].particle + (double)(b->clock[i] + t);
        }
        b->ended[i] = b->stream[i].particle == 5 ? 1 : 0;
    }
    return PES_OK;
}

typedef struct fixture {
    diary diary;
    pes_system system;
    float theta[ROWS];
    int64_t state[ROWS], clock[ROWS], steps[ROWS], ended[ROWS];
    int64_t shared;
    pes_stream stream[ROWS];
    pes_ask_action action[ROWS];
    double loss[ROWS * WIDTH];
    pes_rows rows;
} fixture;

static void open_fixture(fixture *f) {
    memset(f, 0, sizeof *f);
    f->system = (pes_system){.size = (uint32_t)sizeof f->system,
                             .name = "diary",
                             .num_params = 1,
                             .state_bytes = 8,
                             .user = &f->diary,
                             .init = init,
                             .unroll = unroll};
    f->shared = 555;
    for (uint32_t i = 0; i < ROWS; i++) {
        f->theta[i] = (float)i;
        f->stream[i].particle = i;
        f->clock[i] = 10;
        f->state[i] = i;
        f->ended[i] = 99;
    }
    f->rows = (pes_rows){.count = ROWS,
                         .theta = f->theta,
                         .state = (unsigned char *)f->state,
                         .shared = (const unsigned char *)&f->shared,
                         .stream = f->stream,
                         .clock = f->clock,
                         .steps = f->steps,
                         .action = f->action,
                         .width = WIDTH,
                         .loss = f->loss,
                         .ended = f->ended};
}

static void each_row_is_prepared_as_ordered(void **state) {
    (void)state;
    static const pes_ask_action actions[ROWS] = {
        PES_ASK_RESTART, PES_ASK_RESTART, PES_ASK_CONTINUE, PES_ASK_COPY,    PES_ASK_COPY,
        PES_ASK_IDLE,    PES_ASK_RESTART, PES_ASK_COPY,     PES_ASK_CONTINUE};
    static const int64_t expected[ROWS] = {1000, 1001, 2, 555, 555, 5, 1006, 555, 8};
    fixture f;
    open_fixture(&f);
    memcpy(f.action, actions, sizeof actions);
    CHECK_OK(pes_unroll_prepare(&f.system, NULL, &f.rows));
    CHECK_SAME(f.state, expected, ROWS);
    assert_int_equal(f.diary.inits, 2);
    assert_int_equal(f.diary.init_count[0], 2);
    assert_int_equal(f.diary.init_first[1], 6);
}

static void runs_of_equal_steps_become_batches(void **state) {
    (void)state;
    static const int64_t steps[ROWS] = {4, 4, 0, 2, 2, 2, 0, 0, 1};
    fixture f;
    open_fixture(&f);
    memcpy(f.steps, steps, sizeof steps);
    CHECK_OK(pes_unroll_advance(&f.system, NULL, &f.rows));
    assert_int_equal(f.diary.unrolls, 3);
    assert_int_equal(f.diary.unroll_count[1], 3);
    assert_int_equal(f.diary.unroll_steps[1], 2);
    assert_int_equal(f.diary.unroll_first[2], 8);
    for (int i = 0; i < ROWS; i++) {
        assert_int_equal(f.ended[i], i == 5 ? 1 : 0);
        for (int64_t t = 0; t < steps[i]; t++) {
            CHECK_NEAR(100.0 * i + 10.0 + (double)t, f.loss[i * WIDTH + t], 0.0);
        }
    }
}

static void a_failure_names_system_and_callback(void **state) {
    (void)state;
    fixture f;
    open_fixture(&f);
    for (int i = 0; i < ROWS; i++) {
        f.steps[i] = i % 2 + 1;
    }
    f.diary.fail_unroll = 3;
    pes_fail(PES_E_SYSTEM, "the wheels came off");
    CHECK_FAILS(PES_E_SYSTEM, "unroll of system 'diary' failed: the wheels came off",
                pes_unroll_advance(&f.system, NULL, &f.rows));
    assert_int_equal(f.diary.unrolls, 3);
}

static void credit_adds_up_over_an_episode(void **state) {
    (void)state;
    static const double loss[] = {3.0, 1.0, 4.0, 1.5, 9.0};
    double last[3] = {0}, sum[3] = {0};
    for (int64_t t = 0; t < 5; t += 2) {
        const int64_t steps = t + 2 <= 5 ? 2 : 1;
        for (int o = 0; o < 3; o++) {
            sum[o] += pes_unroll_credit((pes_objective)o, 5.0, steps, loss + t, &last[o]);
        }
    }
    CHECK_NEAR(18.5, sum[PES_OBJECTIVE_SUM], 1e-15);
    CHECK_NEAR(3.7, sum[PES_OBJECTIVE_MEAN], 1e-15);
    CHECK_NEAR(9.0, sum[PES_OBJECTIVE_FINAL], 1e-15);
    for (int o = 0; o < 3; o++) {
        CHECK_NEAR(9.0, last[o], 0.0);
        CHECK_NEAR(0.0, pes_unroll_credit((pes_objective)o, 5.0, 0, loss, &last[o]), 0.0);
        CHECK_NEAR(9.0, last[o], 0.0); // no step, no change
    }
}

// Rows are added up in fours where they may be; neighbours of a four must not change a bit.
static void sums_run_in_the_order_of_time(void **state) {
    (void)state;
    enum { MANY = 14, SPAN = 7 };
    static const int64_t patterns[][MANY] = {
        {7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7},
        {0, 1, 1, 1, 1, 5, 5, 5, 5, 5, 5, 5, 5, 0},
        {3, 3, 3, 0, 7, 7, 7, 6, 0, 0, 0, 0, 2, 2},
    };
    double loss[MANY * SPAN], sum[MANY];
    for (int i = 0; i < MANY * SPAN; i++) {
        loss[i] = 1.0 / (double)(1 + i * 7919 % 101);
    }
    for (int p = 0; p < 3; p++) {
        pes_unroll_sums(MANY, patterns[p], SPAN, loss, sum);
        for (int i = 0; i < MANY; i++) {
            double expected = 0.0;
            for (int64_t t = 0; t < patterns[p][i]; t++) {
                expected += loss[i * SPAN + t];
            }
            CHECK_NEAR(expected, sum[i], 0.0);
        }
    }
}

static void a_bad_loss_shows_whatever_the_objective(void **state) {
    (void)state;
    const double bad[][3] = {{1.0, (double)NAN, 2.0},
                             {1.0, (double)INFINITY, 2.0},
                             {(double)INFINITY, (double)-INFINITY, 2.0}};
    for (int b = 0; b < 3; b++) {
        for (int o = 0; o < 3; o++) {
            double last = 0.0;
            const double credit = pes_unroll_credit((pes_objective)o, 1.0, 3, bad[b], &last);
            const bool finite = isfinite(credit);
            assert_false(finite);
        }
    }
}

static void objectives_have_names(void **state) {
    (void)state;
    for (int64_t i = 0; i < 3; i++) {
        assert_int_equal(pes_objective_find(pes_objective_name(i)), i);
    }
    assert_null(pes_objective_name(3));
    assert_int_equal(pes_objective_find("worst"), -1);
    assert_int_equal(pes_objective_find(NULL), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_is_prepared_as_ordered),
        cmocka_unit_test(runs_of_equal_steps_become_batches),
        cmocka_unit_test(a_failure_names_system_and_callback),
        cmocka_unit_test(credit_adds_up_over_an_episode),
        cmocka_unit_test(sums_run_in_the_order_of_time),
        cmocka_unit_test(a_bad_loss_shows_whatever_the_objective),
        cmocka_unit_test(objectives_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
