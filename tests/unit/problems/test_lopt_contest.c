// Where a trained optimizer is compared, and with what: settings that the problem takes.
//
// Seen to fail: images of a mixture's second table that counted as never seen, a row of rates
// that ended one short.

#include <math.h>
#include <stdlib.h>

#include "problems/lopt/contest.h"
#include "support/check.h"
#include "support/problem.h"

static bool says(const pes_problem_ground *ground, const char *setting) {
    for (int i = 0; i < PES_MATCH_SETTINGS; i++) {
        if (strcmp(ground->set[i], setting) == 0) {
            return true;
        }
    }
    return false;
}

// Index of the ground whose name begins like that; -1.
static int64_t find(const void *options, const char *name, pes_problem_ground *out) {
    for (int64_t i = 0; pes_lopt_ground(options, i, out); i++) {
        if (strncmp(out->name, name, strlen(name)) == 0) {
            return i;
        }
    }
    return -1;
}

static void tasks_that_were_never_seen(void **unused) {
    (void)unused;
    void *options = test_options("learned_optimizer",
                                 "dataset=mnist input_size=8 hidden=32,16 activation=gelu");
    pes_problem_ground ground;
    assert_int_equal(find(options, "as trained", &ground), 0);
    for (int i = 0; i < PES_MATCH_SETTINGS; i++) {
        assert_string_equal(ground.set[i], "");
    }
    assert_int_equal(find(options, "other images: fashion_mnist", &ground), 1);
    assert_true(says(&ground, "problem.dataset=fashion_mnist") &&
                says(&ground, "problem.hidden=[32, 16]"));
    assert_int_equal(find(options, "twice as wide", &ground), 2);
    assert_true(says(&ground, "problem.hidden=[64, 32]") && ground.times == 1);
    assert_int_equal(find(options, "twice as deep", &ground), 3);
    assert_true(says(&ground, "problem.hidden=[32, 32, 16, 16]"));
    assert_int_equal(find(options, "five times as long", &ground), 4);
    assert_int_equal(ground.times, 5);
    assert_true(says(&ground, "problem.horizon=5000"));
    assert_false(pes_lopt_ground(options, 5, &ground));
    assert_false(pes_lopt_ground(options, -1, &ground));
    free(options);
}

// Other tasks are made of the first, as a mixture of one, whose losses are in the mixture's
// units (seen to fail: plain ones beside those divided by log(classes)); images of none of the
// tables are other images; without hidden layers nothing can be wider.
static void mixtures_and_small_networks(void **unused) {
    (void)unused;
    void *options = test_options("learned_optimizer",
                                 "task=2 task.0.weight=1 task.0.dataset=mnist task.0.hidden=4 "
                                 "task.1.weight=1 task.1.dataset=fashion_mnist");
    pes_problem_ground ground;
    assert_true(find(options, "other images: cifar10", &ground) == 1);
    assert_true(says(&ground,
                     "problem.task=[{weight=1, dataset=\"cifar10\", input_size=0, "
                     "hidden=[4], activation=\"relu\", batch_size=32}]"));
    free(options);
    options = test_options("learned_optimizer", "hidden=");
    assert_true(find(options, "twice as", &ground) < 0);
    assert_true(find(options, "five times as long", &ground) == 2);
    free(options);
}

// At least twelve rates each, a quarter of a decade apart, the usual one among them; the other
// numbers are those with which the rule starts.
static void rivals_have_rows_of_rates(void **unused) {
    (void)unused;
    pes_problem_rival rival;
    int64_t count = 0;
    for (; pes_lopt_rival(NULL, count, &rival); count++) {
        assert_true(strncmp(rival.set[0], "problem.", 8) == 0);
        void *options = test_options("learned_optimizer", rival.set[0] + 8);
        const pes_problem_type *type = pes_problem_type_find("learned_optimizer");
        const int64_t params = type->num_params(options);
        float start[8], theta[8];
        bool usual = false;
        type->start(options, 1, start);
        assert_true(rival.points >= 12 && params <= 8);
        for (int64_t i = 0; i < rival.points; i++) {
            const double rate = rival.point(options, i, theta);
            CHECK_NEAR(log(rate), (double)theta[0], 1e-6);
            CHECK_SAME(start + 1, theta + 1, params - 1);
            usual = usual || fabs(theta[0] - start[0]) < 1e-4f;
        }
        assert_true(usual);
        free(options);
    }
    assert_int_equal(count, 4);
    assert_false(pes_lopt_rival(NULL, -1, &rival));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tasks_that_were_never_seen),
        cmocka_unit_test(mixtures_and_small_networks),
        cmocka_unit_test(rivals_have_rows_of_rates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
