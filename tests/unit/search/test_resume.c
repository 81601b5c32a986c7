// A search that is interrupted after any call and resumed leaves the same bits as one that is
// not: every row but for its seconds, and the last checkpoint.
//
// Seen to fail: the sums, the rung's sums, the scores, the ends or the states of the points in
// flight left out of the checkpoint; a clock at zero; the log not cut back.

#include <stdlib.h>

#include "pes/search.h"
#include "support/check.h"
#include "support/search.h"

typedef struct trial {
    const char *method;
    int64_t end_drawn;
    bool with_snapshots;
    int64_t horizon;
    const char *objective;
} trial;

// A form of the state that is not its bytes: each one flipped.
static pes_status flip(const unsigned char *from, unsigned char *to, int64_t bytes) {
    for (int64_t i = 0; i < bytes; i++) {
        to[i] = (unsigned char)~from[i];
    }
    return PES_OK;
}

static int64_t state_bytes;

static pes_status snapshot(void *user, const void *state, void *out) {
    (void)user;
    return flip(state, out, state_bytes);
}

static pes_status restore(void *user, void *state, const void *in) {
    (void)user;
    return flip(in, state, state_bytes);
}

static void make(test_search *setup, const trial *t) {
    test_search_make(setup, t->method);
    const bool random = strcmp(t->method, "random") == 0, grid = strcmp(t->method, "grid") == 0;
    setup->in_folder = true;
    setup->estimator.horizon = t->horizon;
    setup->estimator.objective = t->objective;
    setup->recipe.end_drawn = t->end_drawn;
    setup->recipe.bad_modulus = 7;
    setup->recipe.bad_clock = 2;
    setup->recipe.start_anywhere = true;
    setup->options.points = random ? 14 : 0;
    setup->options.cohort = random || grid ? 5 : setup->options.cohort;
    setup->options.grid_points.count = grid;
    setup->options.grid_points.value[0] = grid ? 2 : 0;
    setup->options.episodes = 2;
    setup->run.evaluate_every = 1;
    setup->run.evaluation_episodes = 3;
    if (t->with_snapshots) {
        state_bytes = setup->system.state_bytes;
        setup->system.snapshot_bytes = state_bytes;
        setup->system.snapshot = snapshot;
        setup->system.restore = restore;
    }
}

// The text of a file without the values of "seconds", to be freed.
static char *timeless(const test_search *setup, const char *name) {
    size_t bytes = 0;
    char *text = (char *)scratch_read(scratch_path(&setup->folder, name), &bytes), *to = text;
    for (const char *from = text; *from != '\0';) {
        if (strncmp(from, "\"seconds\":", 10) == 0) {
            from += strcspn(from, ",}");
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
    return text;
}

static void check_same_file(const test_search *a, const test_search *b, const char *name) {
    char *left = timeless(a, name), *right = timeless(b, name);
    assert_string_equal(left, right);
    free(left);
    free(right);
}

// Stop after a number of calls, none among them.
static bool stop_after(void *user, const pes_search_progress *progress) {
    int64_t *left = user;
    (void)progress;
    return (*left)-- == 0;
}

// One sitting of `calls` calls; the search's progress after it.
static pes_search_progress sit(test_search *setup, int64_t calls, int64_t threads) {
    setup->run.threads = threads;
    pes_search *search = test_search_create(setup);
    CHECK_OK(pes_search_resume(search));
    CHECK_OK(pes_search_run(search, stop_after, &calls));
    const pes_search_progress end = pes_search_get_progress(search);
    assert_int_equal(end.interrupted, !end.done);
    pes_search_destroy(search);
    return end;
}

static void interrupted_anywhere_it_ends_the_same(void **state) {
    (void)state;
    // with 400 steps there are rungs of several calls, and ends before them
    static const trial trials[] = {
        {"random", 0, false, 81, "sum"},
        {"grid", 70, false, 81, "mean"},
        {"successive_halving", 120, true, 400, "final"},
        {"hyperband", 120, false, 400, "sum"},
    };
    for (int t = 0; t < 4; t++) {
        test_search whole, pieces;
        make(&whole, &trials[t]);
        make(&pieces, &trials[t]);
        const pes_search_progress expected = sit(&whole, INT64_MAX, 2);
        assert_true(expected.done);
        assert_in_range(expected.diverged, 1, expected.finished - 1);
        pes_search_progress end = {.done = false};
        int sittings = 0;
        for (; !end.done; sittings++) {
            assert_true(sittings < 200);
            end = sit(&pieces, (sittings + 1) % 3, 1 + sittings % 2);
        }
        assert_true(sittings >= 3);
        assert_int_equal(end.best, expected.best);
        assert_true(end.objective == expected.objective);
        assert_true(end.best_objective == expected.best_objective);
        assert_int_equal(end.inner_steps, expected.inner_steps);
        assert_int_equal(end.whole, expected.whole);
        check_same_file(&whole, &pieces, "log.jsonl");
        check_same_file(&whole, &pieces, "evaluations.jsonl");
        end = sit(&pieces, INT64_MAX, 1); // a finished search stays as it is
        check_same_file(&whole, &pieces, "evaluations.jsonl");
        test_search_close(&pieces);
        test_search_close(&whole);
    }
}

// More budget after the end: the points that follow are those of one long search.
static void a_longer_budget_goes_on(void **state) {
    (void)state;
    const trial t = {"random", 0, false, 81, "sum"};
    test_search whole, pieces;
    make(&whole, &t);
    make(&pieces, &t);
    whole.options.points = 0;
    pieces.options.points = 0;
    whole.run.inner_steps = 4000;
    pieces.run.inner_steps = 1500;
    sit(&whole, INT64_MAX, 1);
    sit(&pieces, INT64_MAX, 1);
    pieces.run.inner_steps = 4000;
    const pes_search_progress end = sit(&pieces, INT64_MAX, 1);
    assert_true(end.done && end.inner_steps > 3800);
    check_same_file(&whole, &pieces, "log.jsonl");
    test_search_close(&pieces);
    test_search_close(&whole);
}

static void other_settings_are_refused(void **state) {
    (void)state;
    const trial t = {"hyperband", 0, false, 81, "sum"};
    test_search setup;
    make(&setup, &t);
    sit(&setup, 3, 1);
    pes_search_parts parts = test_search_parts(&setup);
    parts.fingerprint = "another";
    pes_search *search = NULL;
    CHECK_OK(pes_search_create(&search, &parts));
    CHECK_FAILS(PES_E_FORMAT, "written under other settings", pes_search_resume(search));
    pes_search_destroy(search);
    setup.options.min_steps = 40; // fewer points in flight than the checkpoint has
    parts.fingerprint = "search";
    CHECK_OK(pes_search_create(&search, &parts));
    CHECK_FAILS(PES_E_FORMAT, "no search can reach", pes_search_resume(search));
    pes_search_destroy(search);
    setup.in_folder = false;
    search = test_search_create(&setup);
    CHECK_FAILS(PES_E_CALL_ORDER, "without a directory", pes_search_resume(search));
    pes_search_destroy(search);
    test_search_close(&setup);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(interrupted_anywhere_it_ends_the_same),
        cmocka_unit_test(a_longer_budget_goes_on),
        cmocka_unit_test(other_settings_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
