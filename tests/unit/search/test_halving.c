// Who survives a rung, and how the survivors go on.
//
// Seen to fail: a survivor's state left where it was; scores of the sum so far in place of the
// rung's own; the highest scores kept; the rung's sums not begun anew.

#include <math.h>

#include "pes/search.h"
#include "support/check.h"
#include "support/search.h"

static void finish(pes_search *search) {
    CHECK_OK(pes_search_run(search, NULL, NULL));
    assert_true(pes_search_get_progress(search).done);
}

// Losses theta t: whoever is lowest is lowest at all times, so that the survivors of each rung
// are known, and the best of all points comes to its end.
static void the_best_survive(void **state) {
    (void)state;
    test_search setup;
    test_search_make(&setup, "successive_halving");
    setup.recipe.dynamics = TEST_LINEAR;
    setup.recipe.noise = 0.0;
    setup.options.points = 30;
    setup.options.min_steps = 9; // rungs end at 9, 27, 81 with 30, 10, 3 points
    setup.in_folder = true;
    pes_search *search = test_search_create(&setup);
    finish(search);
    double slope[30];
    for (int64_t i = 0; i < 30; i++) {
        float theta[TEST_SEARCH_PARAMS];
        pes_search_point(search, i, theta);
        slope[i] = (double)theta[0] + (double)theta[1] + (double)theta[2];
    }
    assert_int_equal(test_search_rows(&setup, "log.jsonl"), 30);
    for (int64_t row = 0; row < 30; row++) {
        const int64_t point = (int64_t)test_search_row(&setup, "log.jsonl", row, "point");
        int64_t better = 0;
        for (int64_t i = 0; i < 30; i++) {
            better += slope[i] < slope[point];
        }
        const double rung = better < 3 ? 2.0 : better < 10 ? 1.0 : 0.0;
        const double steps = better < 3 ? 81.0 : better < 10 ? 27.0 : 9.0;
        assert_true(test_search_row(&setup, "log.jsonl", row, "rung") == rung);
        assert_true(test_search_row(&setup, "log.jsonl", row, "steps") == steps);
        assert_true(isnan(test_search_row(&setup, "log.jsonl", row, "loss")) == (rung < 2.0));
    }
    const pes_search_progress end = pes_search_get_progress(search);
    for (int64_t i = 0; i < 30; i++) {
        assert_true(slope[end.best] <= slope[i]);
    }
    assert_int_equal(end.inner_steps, 30 * 9 + 10 * 18 + 3 * 54);
    assert_int_equal(end.whole, 3);
    assert_int_equal(end.finished, 30);
    pes_search_destroy(search);
    test_search_close(&setup);
}

// With noise and memory: a survivor's episode is the one that it began.
static void survivors_go_on_from_where_they_are(void **state) {
    (void)state;
    test_search setup;
    test_search_make(&setup, "hyperband");
    setup.in_folder = true;
    setup.recipe.start_anywhere = true;
    pes_search *search = test_search_create(&setup);
    finish(search);
    int64_t whole = 0;
    for (int64_t row = 0; row < 128; row++) {
        const double loss = test_search_row(&setup, "log.jsonl", row, "loss");
        const int64_t point = (int64_t)test_search_row(&setup, "log.jsonl", row, "point");
        if (!isnan(loss)) {
            float theta[TEST_SEARCH_PARAMS];
            pes_search_point(search, point, theta);
            assert_true(loss == test_search_episode(&setup, theta, point, 0, 81, NULL));
            whole++;
        }
    }
    assert_int_equal(whole, 1 + 1 + 1 + 2 + 5);
    pes_search_destroy(search);
    test_search_close(&setup);
}

// Points that are among the `kept` lowest of those where `in` says so.
static void keep_lowest(const double *score, const bool *in, int64_t kept, bool *out) {
    for (int64_t i = 0; i < 27; i++) {
        int64_t better = 0;
        for (int64_t j = 0; j < 27; j++) {
            better += in[j] && score[j] < score[i];
        }
        out[i] = in[i] && better < kept;
    }
}

// The score is the mean over the rung's own steps: here, where states remember their start,
// others survive the second rung than the sums since the start would choose.
static void the_rungs_own_steps_decide(void **state) {
    (void)state;
    test_search setup;
    test_search_make(&setup, "successive_halving");
    setup.options.points = 27;
    setup.options.min_steps = 9;
    setup.recipe.start_anywhere = true;
    setup.in_folder = true;
    pes_search *search = test_search_create(&setup);
    finish(search);
    double first[27], second[27], both[27];
    bool all[27], nine[27], three[27], other[27];
    for (int64_t i = 0; i < 27; i++) {
        float theta[TEST_SEARCH_PARAMS];
        pes_search_point(search, i, theta);
        first[i] = test_search_episode(&setup, theta, i, 0, 9, NULL);
        both[i] = test_search_episode(&setup, theta, i, 0, 27, NULL);
        second[i] = both[i] - first[i];
        all[i] = true;
    }
    keep_lowest(first, all, 9, nine);
    keep_lowest(second, nine, 3, three);
    keep_lowest(both, nine, 3, other);
    assert_memory_not_equal(three, other, sizeof three);
    for (int64_t row = 0; row < 27; row++) {
        const int64_t point = (int64_t)test_search_row(&setup, "log.jsonl", row, "point");
        const double rung = test_search_row(&setup, "log.jsonl", row, "rung");
        assert_true(rung == (three[point] ? 2.0 : nine[point] ? 1.0 : 0.0));
    }
    pes_search_destroy(search);
    test_search_close(&setup);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_survive),
        cmocka_unit_test(survivors_go_on_from_where_they_are),
        cmocka_unit_test(the_rungs_own_steps_decide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
