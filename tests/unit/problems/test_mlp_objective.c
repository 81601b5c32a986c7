// What judges an inner step of mlp_training: whose samples, by which number, and when.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "problems/nn/mlp/objective.h"
#include "support/check.h"
#include "support/problem.h"

enum { STEPS = 12 };

static const char *const shared =
    "hidden=6 digits_size=8 training_images=40 validation_images=40 test_images=40 "
    "schedule=constant horizon=12 objective=%s judge=%s batch_size=%d";

// The losses of an episode, taken in pieces of `slice` steps.
static void take_episode(const pes_mlp_objective *objective, const char *judge, int batch,
                         float theta, int64_t slice, double loss[STEPS]) {
    char settings[300];
    (void)snprintf(settings, sizeof settings, shared, objective->name, judge, batch);
    pes_problem *problem = test_problem("mlp_training", settings, NULL);
    const pes_stream stream = {.seed = 7};
    void *state = test_states(problem, 1);
    test_begin(problem, stream, &theta, state);
    for (int64_t t = 0; t < STEPS; t += slice) {
        (void)test_advance(problem, stream, &theta, state, t, slice, loss + t);
    }
    free(state);
    pes_problem_close(problem);
}

// With a learning rate of zero, minibatches of the whole part see what the end sees, however
// the part is cut there (40 are 5 times 7 and 5).
static void the_end_is_the_whole_part(void **unused) {
    (void)unused;
    for (int64_t i = 0; pes_mlp_objective_get(i) != NULL; i++) {
        double every[STEPS], end[STEPS];
        take_episode(pes_mlp_objective_get(i), "every_step", 40, -200.0f, STEPS, every);
        take_episode(pes_mlp_objective_get(i), "at_the_end", 7, -200.0f, STEPS, end);
        CHECK_NEAR(every[STEPS - 1], end[STEPS - 1], 1e-6);
        for (int t = 0; t < STEPS - 1; t++) {
            assert_true(end[t] == 0.0);
        }
    }
}

// Wherever an episode is cut, its last step reports, and what it reports is the same.
static void truncation_does_not_move_the_end(void **unused) {
    (void)unused;
    const pes_mlp_objective *objective = pes_mlp_objective_find("validation_loss");
    double whole[STEPS], cut[STEPS];
    take_episode(objective, "at_the_end", 10, -2.0f, STEPS, whole);
    for (int64_t slice = 1; slice <= 6; slice++) {
        if (STEPS % slice == 0) {
            take_episode(objective, "at_the_end", 10, -2.0f, slice, cut);
            CHECK_SAME(whole, cut, STEPS);
        }
    }
    assert_true(whole[STEPS - 1] > 0.1);
}

// Parts are different samples; accuracies are minus shares of them.
static void objectives_are_on_their_own_part(void **unused) {
    (void)unused;
    double loss[PES_PARTS], all[STEPS];
    for (int64_t i = 0; pes_mlp_objective_get(i) != NULL; i++) {
        const pes_mlp_objective *objective = pes_mlp_objective_get(i);
        assert_ptr_equal(objective, pes_mlp_objective_find(objective->name));
        assert_memory_equal(objective->name, pes_part_name[objective->part],
                            strlen(pes_part_name[objective->part]));
        take_episode(objective, "at_the_end", 40, -200.0f, STEPS, all);
        if (objective->counts_correct) {
            const double hits = -40.0 * all[STEPS - 1];
            assert_true(hits >= 0.0 && hits <= 40.0);
            CHECK_NEAR(round(hits), hits, 1e-9);
        } else {
            loss[objective->part] = all[STEPS - 1];
        }
    }
    assert_true(fabs(loss[0] - loss[1]) > 1e-3 && fabs(loss[0] - loss[2]) > 1e-3 &&
                fabs(loss[1] - loss[2]) > 1e-3);
    assert_null(pes_mlp_objective_find("test"));
}

// A forward pass of minibatches of 10 and one of all 40 test images, spread over 12 steps.
static void the_end_costs_its_passes(void **unused) {
    (void)unused;
    char settings[300];
    double flops[2];
    uint64_t bytes[2];
    for (int i = 0; i < 2; i++) {
        (void)snprintf(settings, sizeof settings, shared,
                       i == 0 ? "validation_loss" : "test_loss",
                       i == 0 ? "every_step" : "at_the_end", 10);
        pes_problem *problem = test_problem("mlp_training", settings, NULL);
        assert_true(pes_problem_needs_horizon(problem) == (i == 1));
        flops[i] = pes_problem_flops(problem);
        bytes[i] = pes_problem_bytes(problem);
        pes_problem_close(problem);
    }
    const double forward = 2.0 * (64.0 * 6.0 + 6.0 * 10.0); // of an image
    CHECK_NEAR(10.0 * forward, flops[0] - flops[1] + 40.0 / 12.0 * forward, 1e-6);
    // test images are held only for those who ask
    assert_int_equal(bytes[0], 80 * 65);
    assert_int_equal(bytes[1], 120 * 65);
}

static void refused(const char *settings, const char *words) {
    void *options = test_options("mlp_training", settings);
    const pes_data_folders sizes = {.sizes_only = true};
    pes_problem *problem = NULL;
    CHECK_FAILS(PES_E_ARGUMENT, words,
                pes_problem_type_find("mlp_training")->create(&problem, options, &sizes));
    assert_null(problem);
    free(options);
}

static void test_images_that_are_not_there_are_refused(void **unused) {
    (void)unused;
    refused("dataset=cifar10 objective=test_loss", "cifar10 has no test images of its own");
    refused("dataset=cifar10 objective=test_loss test_images=40000", "held out");
    refused("dataset=cifar10 objective=test_loss test_images=50", "only 50 test images");
    refused("objective=test_accuracy test_images=99", "only 99 test images");
    refused("dataset=mnist objective=test_accuracy test_images=10001", "has only 10000");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_end_is_the_whole_part),
        cmocka_unit_test(truncation_does_not_move_the_end),
        cmocka_unit_test(objectives_are_on_their_own_part),
        cmocka_unit_test(the_end_costs_its_passes),
        cmocka_unit_test(test_images_that_are_not_there_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
