// What cannot be searched is refused in one sentence that says what to change.
//
// Seen to fail: each check left out.

#include "pes/search.h"

#include <math.h>

#include "support/check.h"
#include "support/search.h"

static void refuse(const test_search *setup, pes_status status, const char *words) {
    const pes_search_parts parts = test_search_parts(setup);
    pes_search *search = (pes_search *)(uintptr_t)1;
    CHECK_FAILS(status, words, pes_search_create(&search, &parts));
    assert_null(search);
    assert_int_equal(pes_search_memory(&parts), 0);
}

static void bad_settings_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *method;
        int64_t points, eta, min_steps, cohort, horizon, budget;
        const char *words;
    } trial[] = {
        {"none", 0, 3, 0, 32, 81, 0, "is no search"},
        {"randon", 5, 3, 0, 32, 81, 0, "did you mean 'random'?"},
        {"random", 0, 3, 0, 32, 81, 0, "give search.points or run.inner_steps"},
        {"random", 5, 4, 0, 32, 81, 0, "search.eta means nothing to random search"},
        {"random", 5, 3, 9, 32, 81, 0, "search.min_steps means nothing"},
        {"random", 5, 3, 0, 32, 0, 0, "give estimator.horizon"},
        {"random", 5, 3, 0, 32, 81, 80, "too little for one point, 81 inner steps"},
        {"hyperband", 9, 3, 0, 32, 81, 0, "search.points means nothing to Hyperband"},
        {"hyperband", 0, 3, 0, 16, 81, 0, "search.cohort means nothing to Hyperband"},
        {"hyperband", 0, 1, 0, 32, 81, 0, "eta must be an integer from 2"},
        {"hyperband", 0, 3, 82, 32, 81, 0, "more than the horizon"},
        {"hyperband", 0, 3, 0, 32, 81, 200, "too little for the first bracket, 297"},
        {"hyperband", 0, 3, 1, 32, 1 << 30, 0, "raise min_steps"},
        {"successive_halving", 2000000, 3, 0, 32, 81, 0, "use fewer points"},
        {"grid", 0, 3, 0, 32, 81, 0, "a grid needs search.grid_points"},
    };
    for (size_t i = 0; i < sizeof trial / sizeof *trial; i++) {
        test_search setup;
        test_search_make(&setup, trial[i].method);
        setup.options.points = trial[i].points;
        setup.options.eta = trial[i].eta;
        setup.options.min_steps = trial[i].min_steps;
        setup.options.cohort = trial[i].cohort;
        setup.estimator.horizon = trial[i].horizon;
        setup.run.inner_steps = trial[i].budget;
        refuse(&setup, PES_E_ARGUMENT, trial[i].words);
        test_search_close(&setup);
    }
}

static void bad_boxes_are_refused(void **state) {
    (void)state;
    test_search setup;
    test_search_make(&setup, "random");
    setup.options.points = 3;
    const pes_search_parts parts = test_search_parts(&setup);
    pes_search_parts none = parts;
    pes_search *search = NULL;
    none.low = NULL;
    CHECK_FAILS(PES_E_ARGUMENT, "give search.low and search.high",
                pes_search_create(&search, &none));
    setup.options.low = (pes_real_list){.count = 2, .value = {0.0, 0.0}};
    CHECK_FAILS(PES_E_ARGUMENT, "search.low has 2 values, but there are 3 parameters",
                pes_search_create(&search, &parts));
    setup.options.low = (pes_real_list){.count = 3, .value = {0.0, 0.75, 0.0}};
    CHECK_FAILS(PES_E_ARGUMENT, "for parameter 2 of 3 they are 0.75 and 0.5",
                pes_search_create(&search, &parts));
    setup.options.low.count = 0;
    setup.high[2] = (double)INFINITY;
    CHECK_FAILS(PES_E_ARGUMENT, "for parameter 3 of 3", pes_search_create(&search, &parts));
    test_search_close(&setup);
}

static void bad_grids_are_refused(void **state) {
    (void)state;
    test_search setup;
    test_search_make(&setup, "grid");
    setup.options.grid_points = (pes_int_list){.count = 2, .value = {3, 3}};
    refuse(&setup, PES_E_ARGUMENT, "search.grid_points has 2 numbers");
    setup.options.grid_points = (pes_int_list){.count = 1, .value = {101}};
    const pes_search_parts parts = test_search_parts(&setup);
    pes_search *search = NULL;
    CHECK_FAILS(PES_E_ARGUMENT, "the grid has 1.0303e+06 points",
                pes_search_create(&search, &parts));
    setup.options.grid_points.value[0] = 4;
    setup.run.inner_steps = 5000;
    CHECK_FAILS(PES_E_ARGUMENT, "too little for the whole grid, 5184 inner steps",
                pes_search_create(&search, &parts));
    test_search_close(&setup);
}

static void evaluations_of_another_kind_need_evaluations(void **state) {
    (void)state;
    test_search setup;
    test_search_make(&setup, "random");
    setup.options.points = 3;
    setup.run.evaluation_objective = "final";
    refuse(&setup, PES_E_ARGUMENT, "set evaluate_every");
    test_search_close(&setup);
}

static void a_failing_system_stops_the_search(void **state) {
    (void)state;
    test_search setup;
    test_search_make(&setup, "hyperband");
    setup.recipe.fail_clock = 20;
    pes_search *search = test_search_create(&setup);
    CHECK_FAILS(PES_E_SYSTEM, "ran into the wall", pes_search_run(search, NULL, NULL));
    pes_search_destroy(search);
    setup.recipe.with_worker = true;
    setup.recipe.fail_worker = 2;
    setup.system = test_system(&setup.recipe);
    const pes_search_parts parts = test_search_parts(&setup);
    CHECK_FAILS(PES_E_SYSTEM, "", pes_search_create(&search, &parts));
    assert_int_equal(setup.recipe.workers, 0);
    test_search_close(&setup);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_settings_are_refused),
        cmocka_unit_test(bad_boxes_are_refused),
        cmocka_unit_test(bad_grids_are_refused),
        cmocka_unit_test(evaluations_of_another_kind_need_evaluations),
        cmocka_unit_test(a_failing_system_stops_the_search),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
