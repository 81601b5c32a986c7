// The rate on the progress line is that of the last seconds, whatever came before.
//
// Seen to fail: rates since the beginning, a past that ends with the last report.

#include "cli/pace.c" // the command is no library
#include "support/check.h"

// A report a second, from second `first` to `last`, `each` steps a second of 1000 in all.
static pace_rates walk(pace *p, double *steps, int first, int last, double each) {
    pace_rates out = {0};
    for (int t = first; t <= last; t++) {
        *steps += t > 0 ? each : 0.0;
        out = pace_note(p, (pace_mark){(double)t, *steps, *steps / 1000.0});
    }
    return out;
}

static void a_change_shows_within_ten_seconds(void **state) {
    (void)state;
    pace p = {.begun = false};
    double steps = 0.0;
    pace_rates rates = walk(&p, &steps, 0, 20, 10.0);
    CHECK_NEAR(10.0, rates.steps_per_second, 1e-9);
    CHECK_NEAR(80.0, rates.seconds_left, 1e-9);
    rates = walk(&p, &steps, 21, 24, 40.0); // faster from here on
    assert_true(rates.steps_per_second > 15.0 && rates.steps_per_second < 40.0);
    rates = walk(&p, &steps, 25, 31, 40.0);
    CHECK_NEAR(40.0, rates.steps_per_second, 1e-9);
    CHECK_NEAR((1000.0 - steps) / 40.0, rates.seconds_left, 1e-9);
    rates = walk(&p, &steps, 32, 42, 0.0); // and no more
    CHECK_NEAR(0.0, rates.steps_per_second, 0.0);
    CHECK_NEAR(0.0, rates.seconds_left, 0.0);
}

static void rare_reports_are_measured_whole(void **state) {
    (void)state;
    pace p = {.begun = false};
    pace_rates rates = pace_note(&p, (pace_mark){100.0, 50.0, 0.5});
    CHECK_NEAR(0.0, rates.steps_per_second, 0.0); // one moment has no rate
    rates = pace_note(&p, (pace_mark){160.0, 62.0, 0.62});
    CHECK_NEAR(0.2, rates.steps_per_second, 1e-12);
    rates = pace_note(&p, (pace_mark){220.0, 80.0, 0.80});
    CHECK_NEAR(0.25, rates.steps_per_second, 1e-12);
    CHECK_NEAR(80.0, rates.seconds_left, 1e-9);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_shows_within_ten_seconds),
        cmocka_unit_test(rare_reports_are_measured_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
