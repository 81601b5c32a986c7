// The sizes of brackets and rungs, by hand and as published.
//
// Seen to fail: rungs counted from the first instead of back from the horizon; a survivor's
// number rounded up; the budget compared before a cohort's last rung was added.

#include "search/plan.h"
#include "support/check.h"

static pes_search_plan hyperband(int64_t horizon, int64_t eta, int64_t min_steps) {
    return (pes_search_plan){
        .horizon = horizon,
        .episodes = 1,
        .eta = eta,
        .largest = pes_search_halvings(horizon, eta, min_steps),
    };
}

// R = 81, eta = 3: the example of Li et al. 2018, rung by rung (points, steps).
static void brackets_are_the_published_ones(void **state) {
    (void)state;
    static const int64_t expected[5][5][2] = {
        {{5, 81}},
        {{6, 27}, {2, 81}},
        {{9, 9}, {3, 27}, {1, 81}},
        {{27, 3}, {9, 9}, {3, 27}, {1, 81}},
        {{81, 1}, {27, 3}, {9, 9}, {3, 27}, {1, 81}},
    };
    const pes_search_plan plan = hyperband(81, 3, 1);
    assert_int_equal(plan.largest, 4);
    for (int64_t s = 0; s <= 4; s++) {
        int64_t points = pes_search_bracket_points(&plan, s), steps = 0, before = 0;
        for (int64_t rung = 0; rung <= s; rung++) {
            const int64_t end = pes_search_rung_end(&plan, s, rung);
            assert_int_equal(points, expected[s][rung][0]);
            assert_int_equal(end, expected[s][rung][1]);
            steps += points * (end - before);
            before = end;
            points = pes_search_survivors(&plan, points);
        }
        assert_int_equal(pes_search_bracket_steps(&plan, s), steps);
    }
    assert_int_equal(pes_search_pass_points(&plan), 81 + 27 + 9 + 6 + 5);
    assert_int_equal(pes_search_most_in_flight(&plan), 81);
}

static void a_horizon_need_not_be_a_power(void **state) {
    (void)state;
    const pes_search_plan plan = hyperband(100, 3, 5);
    assert_int_equal(plan.largest, 2); // 100 / 9 = 11, 100 / 27 = 3 < 5
    assert_int_equal(pes_search_rung_end(&plan, 2, 0), 11);
    assert_int_equal(pes_search_rung_end(&plan, 2, 1), 33);
    assert_int_equal(pes_search_rung_end(&plan, 2, 2), 100);
    assert_int_equal(pes_search_halvings(100, 3, 100), 0);
    assert_int_equal(pes_search_halvings(100, 3, 34), 0);
    assert_int_equal(pes_search_halvings(100, 3, 33), 1);
    assert_int_equal(pes_search_halvings(1, 2, 1), 0);
    assert_int_equal(pes_search_halvings(64, 2, 1), 6);
}

static void at_least_one_goes_on(void **state) {
    (void)state;
    const pes_search_plan plan = {.eta = 4};
    assert_int_equal(pes_search_survivors(&plan, 1), 1);
    assert_int_equal(pes_search_survivors(&plan, 3), 1);
    assert_int_equal(pes_search_survivors(&plan, 4), 1);
    assert_int_equal(pes_search_survivors(&plan, 11), 2);
}

// A cohort begins only if the budget can bring it to its end.
static void the_budget_decides_what_begins(void **state) {
    (void)state;
    pes_search_plan plan = hyperband(81, 3, 1);
    const int64_t cost = pes_search_bracket_steps(&plan, 4);
    assert_int_equal(cost, 81 + 27 * 2 + 9 * 6 + 3 * 18 + 54);
    plan.most_steps = 1000 + cost;
    assert_int_equal(pes_search_next_cohort(&plan, 4, 0, 1000), 81);
    assert_int_equal(pes_search_next_cohort(&plan, 4, 0, 1001), 0);
    plan.most_steps = 0;
    plan.total = 128; // one pass
    assert_int_equal(pes_search_next_cohort(&plan, 0, 123, 0), 5);
    assert_int_equal(pes_search_next_cohort(&plan, 4, 128, 0), 0);
    assert_int_equal(pes_search_most_steps(&plan), 297 + 27 * 3 + 9 * 6 + 3 * 18 + 54 + 9 * 9 +
                                                       3 * 18 + 54 + 6 * 27 + 2 * 54 + 5 * 81);
    pes_search_plan random = {
        .horizon = 10, .episodes = 2, .eta = 3, .cohort = 8, .divisible = true, .total = 20};
    assert_int_equal(pes_search_next_cohort(&random, 0, 0, 0), 8);
    assert_int_equal(pes_search_next_cohort(&random, 0, 16, 320), 4);
    assert_int_equal(pes_search_next_cohort(&random, 0, 20, 400), 0);
    random.most_steps = 399;
    assert_int_equal(pes_search_next_cohort(&random, 0, 16, 320), 3);
    assert_int_equal(pes_search_next_cohort(&random, 0, 19, 380), 0);
    assert_int_equal(pes_search_most_steps(&random), 399);
    random.most_steps = 0;
    assert_int_equal(pes_search_most_steps(&random), 400);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(brackets_are_the_published_ones),
        cmocka_unit_test(a_horizon_need_not_be_a_power),
        cmocka_unit_test(at_least_one_goes_on),
        cmocka_unit_test(the_budget_decides_what_begins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
