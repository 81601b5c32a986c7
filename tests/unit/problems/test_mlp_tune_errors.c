// What is wrong in tables [[problem.tune]] is said in one sentence, and nothing is opened.
//
// Seen to fail: a pair of bounds the wrong way round, a start beyond them, a table that uses
// what its optimizer does not.

#include <stdio.h>
#include <stdlib.h>

#include "problems/hyper/mlp_training/tune.h"
#include "support/check.h"
#include "support/problem.h"

#define TINY "training_images=40 validation_images=20 batch_size=5 digits_size=8 horizon=20 "

static const pes_problem_type *type(void) {
    return pes_problem_type_find("mlp_training");
}

static pes_mlp_options *options_of(const char *settings) {
    return test_options("mlp_training", settings);
}

static void mistakes_are_refused(void **unused) {
    (void)unused;
    static const struct {
        const char *settings;
        const char *words;
    } wrong[] = {
        {"tune=1", "tune.0.name must be one of learning_rate, momentum"},
        {"tune=2 tune.0.name=momentum tune.1.name=momentum",
         "tune.1 lists momentum, as tune.0 does; keep one of them"},
        {"tune=2 tune.0.name=momentum tune.1.name=momentum tune.1.only=biases",
         "tune.1 lists momentum, as tune.0 does"},
        {"tune=1 tune.0.name=dropout tune.0.per=tensor tune.0.start=0.1",
         "tune.0.per cannot be tensor: dropout belongs to a hidden layer; the finest is layer"},
        {"tune=1 tune.0.name=clip_norm tune.0.per=layer tune.0.start=1",
         "clip_norm belongs to the training; the finest is all"},
        {"tune=1 tune.0.name=dropout tune.0.only=weights tune.0.start=0.1",
         "tune.0.only cannot be weights"},
        {"tune=1 tune.0.name=beta2", "tune.0: the inner optimizer sgd makes no use of beta2"},
        {"beta2=0.5", "the inner optimizer sgd makes no use of beta2; remove the setting"},
        {"inner_optimizer=rmsprop tune=1 tune.0.name=momentum",
         "tune.0: the inner optimizer rmsprop makes no use of momentum"},
        {"tune=1 tune.0.name=momentum tune.0.bounds=0.5", "must be two numbers"},
        {"tune=1 tune.0.name=momentum tune.0.bounds=0.5,0.5",
         "tune.0.bounds goes from 0.5 to 0.5; the first must be the smaller one"},
        {"tune=1 tune.0.name=momentum tune.0.bounds=0.5,1.5",
         "tune.0.bounds: momentum may be from 0 to 1 only, not from 0.5 to 1.5"},
        {"tune=1 tune.0.name=momentum tune.0.bounds=0.1,0.5 tune.0.start=0.9",
         "tune.0.start: 0.9 is outside of the bounds of momentum, 0.1 to 0.5"},
        {"tune=1 tune.0.name=momentum tune.0.bounds=0.1,0.5",
         "tune.0 needs a start: the setting momentum is 0.9"},
        {"tune=1 tune.0.name=weight_decay",
         "tune.0 needs a start: the setting weight_decay is 0"},
        {"tune=1 tune.0.name=clip_norm", "tune.0 needs a start: the setting clip_norm is"},
        {"tune=1 tune.0.name=learning_rate tune.0.start=0",
         "tune.0.start: the transform log cannot take 0 for learning_rate; it takes values "
         "above 0"},
        {"tune=1 tune.0.name=momentum tune.0.start=1.5",
         "tune.0.start: 1.5 is outside of the bounds of momentum, 0 to 1"},
        {"tune=1 tune.0.name=momentum tune.0.start=1",
         "tune.0.start: the transform logit cannot take 1 for momentum"},
        {"tune=1 tune.0.name=learning_rate tune.0.transform=logit",
         "tune.0: the transform logit needs an upper end, and learning_rate has none"},
        {"tune=1 tune.0.name=learning_rate tune.0.schedule=inverse_time tune.0.start=0.1,0",
         "cannot take 0 for the exponent of learning_rate"},
        {"tune=1 tune.0.name=learning_rate tune.0.per=tensor tune.0.start=0.1,0.2,0.3",
         "tune.0.start has 3 values; give one for all, 1 for the parameters of the schedule "
         "constant, or 4 for every parameter"},
        {"tune=1 tune.0.name=learning_rate tune.0.start=0.1 tune.0.start_range=0.1,0.2",
         "tune.0 has a start and a start_range; keep one of them"},
        {"tune=1 tune.0.name=learning_rate tune.0.start_range=0.2,0.1",
         "tune.0.start_range goes from 0.2 to 0.1"},
        {"tune=1 tune.0.name=learning_rate tune.0.start_range=0,0.1",
         "tune.0.start_range: the transform log cannot take 0"},
        {"tune=1 tune.0.name=momentum tune.0.search_range=0,0.5",
         "tune.0.search_range: the transform logit cannot take 0"},
        {"tune=1 tune.0.name=learning_rate tune.0.schedule=piecewise",
         "tune.0.knots must be from 2 to 16 for the schedule piecewise, not 0"},
        {"tune=1 tune.0.name=learning_rate tune.0.knots=3",
         "tune.0.knots is for the schedule piecewise, not for constant"},
        {"tune=1 tune.0.name=momentum schedule=constant", "schedule and start are those of"},
        {"tune=1 tune.0.name=momentum start=0.1,1", "schedule and start are those of"},
        {"dataset=table table=x.csv task=regression tune=1 tune.0.name=label_smoothing",
         "label_smoothing is for labels, and a regression has none"},
        {"learning_rate=0.1", "learning_rate is for a rate that stays fixed"},
        {"tune=1 tune.0.name=active_units tune.0.start=0.5 hidden=",
         "tune.0: active_units belongs to a hidden layer, and there is none"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char settings[1024];
        (void)snprintf(settings, sizeof settings, TINY "hidden=6 %s", wrong[i].settings);
        pes_mlp_options *options = options_of(settings);
        pes_problem *problem = NULL;
        CHECK_FAILS(PES_E_ARGUMENT, wrong[i].words, type()->create(&problem, options, NULL));
        assert_null(problem);
        (void)type()->num_params(options); // is asked before anything is checked
        free(options);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mistakes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
