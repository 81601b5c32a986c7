// Every built-in problem keeps the promises of pes/system.h and has the derivatives of its
// losses, with its default options and with those that draw more randomness or end earlier.

#include <stdio.h>
#include <stdlib.h>

#include "pes/selftest.h"
#include "support/check.h"
#include "support/problem.h"
#include "support/scratch.h"
#include "support/table_file.h"

static void keeps_promises(const char *name, const char *settings, int64_t steps) {
    pes_problem *problem = test_problem(name, settings, NULL);
    print_message("%s %s\n", name, settings);
    for (uint64_t seed = 1; seed <= 3; seed++) {
        const pes_system *system = pes_problem_system(problem);
        CHECK_OK(pes_selftest_system(system, pes_problem_theta(problem), steps, seed));
        if (system->unroll_tangents != NULL || system->unroll_adjoints != NULL) {
            CHECK_OK(pes_selftest_derivatives(system, pes_problem_theta(problem), steps, seed));
        }
    }
    pes_problem_close(problem);
}

static void defaults_keep_promises(void **unused) {
    (void)unused;
    for (int64_t i = 0; pes_problem_type_get(i) != NULL; i++) {
        const pes_problem_type *type = pes_problem_type_get(i);
        if (type->available == NULL || type->available() == PES_OK) {
            keeps_promises(type->name, "", 7);
        } else {
            print_message("%s is left out: %s\n", type->name, pes_last_error());
        }
    }
}

static void synthetic_systems_keep_promises(void **unused) {
    (void)unused;
    keeps_promises("linear", "dimension=1 episode_end=3", 8);
    keeps_promises("linear", "dimension=17 episode_end=6", 8);
    keeps_promises("quadratic", "dimension=5 noise=1", 9);
    keeps_promises("regression2d", "precision=single", 19);
    keeps_promises("influence", "precision=single loss_every=3", 9);
}

static void networks_keep_promises(void **unused) {
    (void)unused;
    static const char *const settings[] = {
        "hidden= batch_size=7 training_images=50 validation_images=30",
        "hidden=3 batch_size=1 training_images=50 validation_images=30 schedule=constant",
        "hidden=17,16,33 batch_size=20 training_images=50 validation_images=30 "
        "objective=validation_accuracy schedule=linear momentum=0",
        "hidden=4 batch_size=5 training_images=50 validation_images=30 input_size=8",
        // learning rates so large that the losses leave the numbers
        "hidden=10 batch_size=10 training_images=50 validation_images=30 start=1e20,1",
        // more steps than learning rates are computed at a time, and a momentum that flushes
        // often
        "hidden=5 batch_size=4 training_images=50 validation_images=30 digits_size=8 "
        "objective=validation_loss momentum=0.1",
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        keeps_promises("mlp_training", settings[i], i == 5 ? 150 : 9);
    }
}

// A table of numbers, with either task and either judge, and classes that fill no vector.
static void tables_keep_promises(void **unused) {
    (void)unused;
    static const char *const settings[] = {
        "task=regression hidden=9 batch_size=4",
        "task=regression hidden= batch_size=7 objective=validation_loss momentum=0",
        "hidden=5 batch_size=3 target=y objective=test_accuracy test_images=10",
        "task=regression hidden=4 batch_size=3 judge=at_the_end horizon=9 start=1e20,1",
    };
    scratch folder;
    scratch_open(&folder);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        char all[400];
        (void)snprintf(all, sizeof all, "dataset=table table=%s %s",
                       test_table(&folder, "x.csv", 60, 1.0, i == 2 ? 3 : 0), settings[i]);
        keeps_promises("mlp_training", all, 9);
    }
    scratch_close(&folder);
}

// Groups that are full and not, states of other sizes, steps without a loss, and more steps
// than are read in one piece.
static void recurrent_networks_keep_promises(void **unused) {
    (void)unused;
    keeps_promises("lstm", "task=repeated hidden=17 embedding=3", 9);
    keeps_promises("lstm", "task=copy symbols=3 copy_length=2 copy_delay=1", 12);
    keeps_promises("lstm", "fresh=false objective=error", 9);
    keeps_promises("lstm",
                   "hidden=3 embedding=2 symbols=3 weight_deviation=1 embedding_range=1", 150);
    // weights so large that everything saturates; no difference approximates a derivative there
    pes_problem *problem =
        test_problem("lstm", "weight_deviation=1000 embedding_range=1000", NULL);
    CHECK_OK(
        pes_selftest_system(pes_problem_system(problem), pes_problem_theta(problem), 9, 1));
    pes_problem_close(problem);
}

// One feature and as many as there may be, a block of particles that is not full, and a
// learning rate so large that the losses leave the numbers.
static void regressions_keep_promises(void **unused) {
    (void)unused;
    keeps_promises("ridge", "features=1 start=2", 9);
    keeps_promises("ridge", "features=16 rows=50 start=-1", 70);
    pes_problem *problem = test_problem("ridge", "learning_rate=1e5", NULL);
    CHECK_OK(
        pes_selftest_system(pes_problem_system(problem), pes_problem_theta(problem), 150, 1));
    pes_problem_close(problem);
}

// A mixture of tasks of other sizes, an optimizer without moments, learning rates so large that
// the losses leave the numbers, and networks that are judged at the end.
static void learned_optimizers_keep_promises(void **unused) {
    (void)unused;
    static const char *const settings[] = {
        "task=3 task.0.weight=1 task.0.hidden= task.1.weight=2 task.1.hidden=17,9 "
        "task.1.activation=gelu task.1.batch_size=7 task.2.weight=1 task.2.input_size=5",
        "optimizer=sgd hidden=5 batch_size=1 activation=tanh objective=validation_accuracy",
        "judge=at_the_end horizon=9 loss_clip=0",
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        char all[400];
        (void)snprintf(all, sizeof all, "training_images=50 validation_images=40 %s",
                       settings[i]);
        keeps_promises("learned_optimizer", all, 9);
    }
}

// Every kind of policy, episodes that end within a batch, and states that leave the numbers.
static void policies_keep_promises(void **unused) {
    (void)unused;
    static const char *const settings[] = {
        "bias=true output_scale=1 normalize=true",
        "policy=mlp hidden=7,5 output_scale=1 action_bounds=tanh normalize=true",
        "policy=recurrent hidden=6 output_scale=1 action_bounds=none normalize_clip=0",
        "task=swing_up policy=recurrent hidden=17 output_scale=1 normalize=true",
        "tilt=0.04 spread=0.04 output_scale=5",
        "tilt=3.1416 spread=3 output_scale=1 half_length=1e-6", // leaves the numbers
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        keeps_promises("cart_pole", settings[i], 40);
    }
    keeps_promises("pendulum", "policy=recurrent hidden=3 output_scale=1 normalize=true", 40);
    keeps_promises("pendulum", "policy=linear hidden= length=1e-6 torque=1e9 spin=1e3", 40);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_keep_promises),
        cmocka_unit_test(synthetic_systems_keep_promises),
        cmocka_unit_test(networks_keep_promises),
        cmocka_unit_test(tables_keep_promises),
        cmocka_unit_test(recurrent_networks_keep_promises),
        cmocka_unit_test(regressions_keep_promises),
        cmocka_unit_test(learned_optimizers_keep_promises),
        cmocka_unit_test(policies_keep_promises),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
