// The gauge takes the faster way, and finding it out costs little, whatever the machine does.
// All times are made up here.
//
// Seen to fail: the way with the larger time taken, trials without a rest after a stall, a
// trial that is judged by what was measured long ago, a rest after any stall.

#include <stdbool.h>

#include "base/gauge.h"
#include "support/check.h"

enum { TASKS = 8, CALLS = 100000 };
static const double microsecond = 1e-6, longest = 1e-3;

// What a call of TASKS tasks takes; every `stalls`-th shared one waits for another program.
typedef struct machine {
    double alone, together; // microseconds
    int stalls;             // 0: never
    double stall;           // microseconds
} machine;

typedef struct outcome {
    int shared;     // calls
    double seconds; // of all
} outcome;

static outcome run(pes_gauge *gauge, const machine *m, int calls) {
    outcome out = {0};
    for (int i = 0; i < calls; i++) {
        const bool shared = pes_gauge_shares(gauge, TASKS, longest);
        out.shared += shared;
        double taken = shared ? m->together : m->alone;
        taken += shared && m->stalls > 0 && out.shared % m->stalls == 0 ? m->stall : 0.0;
        const int64_t own = shared ? TASKS / 2 : TASKS;
        pes_gauge_note(gauge, shared, TASKS, microsecond * taken, own,
                       microsecond * m->alone * (double)own / TASKS);
        out.seconds += microsecond * taken;
    }
    return out;
}

static void the_faster_way_is_taken(void **state) {
    (void)state;
    pes_gauge gain = {0}, loss = {0};
    const outcome gains = run(&gain, &(machine){.alone = 20.0, .together = 12.0}, CALLS);
    assert_true(gains.shared > CALLS * 9 / 10);
    const outcome losses = run(&loss, &(machine){.alone = 5.0, .together = 40.0}, CALLS);
    assert_true(losses.shared < CALLS / 200);
    assert_true(losses.seconds < 1.04 * CALLS * 5.0 * microsecond);
}

// Shared calls are mostly faster, but some wait three milliseconds for their turn.
static void stalls_cost_a_small_part(void **state) {
    (void)state;
    for (int stalls = 2; stalls <= 2000; stalls *= 10) {
        pes_gauge gauge = {0};
        const machine m = {.alone = 10.0, .together = 6.0, .stalls = stalls, .stall = 3000.0};
        assert_true(run(&gauge, &m, CALLS).seconds < 1.05 * CALLS * 10.0 * microsecond);
    }
}

// A stall that is rarer than what sharing saves between two of them is no reason to stop.
static void rare_stalls_are_borne(void **state) {
    (void)state;
    pes_gauge gauge = {0};
    const machine m = {.alone = 20.0, .together = 12.0, .stalls = 1000, .stall = 3000.0};
    assert_true(run(&gauge, &m, CALLS).shared > CALLS * 9 / 10);
}

static void a_change_is_noticed(void **state) {
    (void)state;
    pes_gauge gauge = {0};
    const machine bad = {.alone = 10.0, .together = 15.0},
                  good = {.alone = 10.0, .together = 6.0},
                  slow = {.alone = 30.0, .together = 20.0},
                  worse = {.alone = 30.0, .together = 40.0};
    for (int round = 0; round < 3; round++) {
        (void)run(&gauge, &bad, 4000);
        assert_true(run(&gauge, &worse, 4000).shared < 200);
        (void)run(&gauge, &good, 4000);
        assert_true(run(&gauge, &good, 4000).shared > 3600);
        (void)run(&gauge, &slow, 4000);
        assert_true(run(&gauge, &slow, 4000).shared > 3600);
    }
}

static void long_work_is_always_shared(void **state) {
    (void)state;
    pes_gauge gauge = {0};
    (void)run(&gauge, &(machine){.alone = 5.0, .together = 40.0}, 1000);
    const machine large = {.alone = 5000.0, .together = 2600.0};
    (void)run(&gauge, &large, 40); // rises slowly, lest an interruption be taken for work
    assert_int_equal(run(&gauge, &large, 1000).shared, 1000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_faster_way_is_taken),
        cmocka_unit_test(stalls_cost_a_small_part),
        cmocka_unit_test(rare_stalls_are_borne),
        cmocka_unit_test(a_change_is_noticed),
        cmocka_unit_test(long_work_is_always_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
