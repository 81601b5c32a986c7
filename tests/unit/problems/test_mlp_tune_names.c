// Names of what theta holds: stable, readable, unique.
//
// Seen to fail: a name without its schedule's letter, layers called after their weights, knots
// numbered across targets.

#include <stdlib.h>
#include <string.h>

#include "problems/hyper/mlp_training/tune.h"
#include "support/check.h"
#include "support/problem.h"

#define TINY "training_images=40 validation_images=20 batch_size=5 digits_size=8 horizon=20 "

// Sections 5 (a) and (b) of the experiments: a rate and a momentum for each tensor; and the
// share of active units of each hidden layer.
#define TALK                                                                                   \
    TINY "hidden=6,6,6,6 tune=2 tune.0.name=learning_rate tune.0.per=tensor "                  \
         "tune.0.start_range=0.0001,0.01 tune.1.name=momentum tune.1.per=tensor "              \
         "tune.1.start_range=0.01,0.9 "
#define CODE                                                                                   \
    TINY "hidden=6,6,6,6,6 tune=3 tune.0.name=learning_rate tune.0.per=tensor "                \
         "tune.1.name=momentum tune.1.per=tensor "                                             \
         "tune.2.name=active_units tune.2.per=layer tune.2.start=0.5 "

static const pes_problem_type *type(void) {
    return pes_problem_type_find("mlp_training");
}

static pes_mlp_options *options_of(const char *settings) {
    return test_options("mlp_training", settings);
}

static void check_names(const char *settings, int64_t count, const char *const *names) {
    pes_mlp_options *options = options_of(settings);
    char room[PES_NAME_SIZE];
    CHECK_OK(pes_mlp_options_check(options));
    assert_int_equal(type()->num_params(options), count);
    for (int64_t i = 0; i < count; i++) {
        const char *name = type()->param_name(options, i, room);
        assert_non_null(name);
        if (names[i] != NULL) {
            assert_string_equal(name, names[i]);
        }
    }
    assert_null(type()->param_name(options, count, room));
    assert_null(type()->param_name(options, -1, room));
    assert_null(type()->natural_name(options, count, room));
    free(options);
}

static void parameters_are_named_after_what_they_are(void **unused) {
    (void)unused;
    static const char *const talk[20] = {
        "log_learning_rate.w0", "log_learning_rate.b0", "log_learning_rate.w1",
        "log_learning_rate.b1", "log_learning_rate.w2", "log_learning_rate.b2",
        "log_learning_rate.w3", "log_learning_rate.b3", "log_learning_rate.w4",
        "log_learning_rate.b4", "logit_momentum.w0",    "logit_momentum.b0",
        "logit_momentum.w1",    "logit_momentum.b1",    "logit_momentum.w2",
        "logit_momentum.b2",    "logit_momentum.w3",    "logit_momentum.b3",
        "logit_momentum.w4",    "logit_momentum.b4"};
    check_names(TALK, 20, talk);
    static const char *const mixed[] = {
        "log_learning_rate.w0.a",   "log_learning_rate.w0.b",
        "log_learning_rate.w1.a",   "log_learning_rate.w1.b",
        "logit_momentum.layer0.k0", "logit_momentum.layer0.k1",
        "logit_momentum.layer0.k2", "logit_momentum.layer1.k0",
        "logit_momentum.layer1.k1", "logit_momentum.layer1.k2",
        "weight_decay.weights.a",   "weight_decay.weights.z",
        "inverse_softplus_l2.b0",   "inverse_softplus_l2.b1",
        "logit_dropout.h0",         "log_clip_norm",
    };
    check_names(
        TINY
        "hidden=6 tune=6 clip_norm=1 "
        "tune.0.name=learning_rate tune.0.per=layer tune.0.only=weights "
        "tune.0.schedule=inverse_time "
        "tune.1.name=momentum tune.1.per=layer tune.1.schedule=piecewise tune.1.knots=3 "
        "tune.2.name=weight_decay tune.2.only=weights tune.2.schedule=linear "
        "tune.2.transform=identity "
        "tune.3.name=l2 tune.3.per=tensor tune.3.only=biases "
        "tune.3.transform=softplus tune.3.start=0.1 "
        "tune.4.name=dropout tune.4.per=layer tune.4.start=0.2 tune.5.name=clip_norm",
        16, mixed);
    static const char *const alone[] = {"log_a", "log_b"};
    check_names(TINY, 2, alone);
    static const char *const code[29] = {[24] = "logit_active_units.h0",
                                         "logit_active_units.h1",
                                         "logit_active_units.h2",
                                         "logit_active_units.h3",
                                         "logit_active_units.h4"};
    check_names(CODE, 29, code);
}

static int compare_names(const void *a, const void *b) {
    return strcmp(a, b);
}

static void a_thousand_names_are_unique(void **unused) {
    (void)unused;
    pes_mlp_options *options = options_of(
        TINY
        "hidden=4,4,4,4,4,4,4,4,4,4,4,4,4,4,4,4 inner_optimizer=adam tune=10 clip_norm=1 "
        "tune.0.name=learning_rate tune.1.name=momentum tune.2.name=beta2 "
        "tune.3.name=epsilon tune.4.name=weight_decay tune.5.name=l2 "
        "tune.6.name=dropout tune.7.name=active_units tune.8.name=clip_norm "
        "tune.9.name=label_smoothing tune.4.start=0.1 tune.5.start=0.1 "
        "tune.6.start=0.1 tune.7.start=0.5 tune.9.start=0.1");
    for (int64_t i = 0; i < 10; i++) {
        options->tune.row[i].per = i < 6 ? "tensor" : i < 8 ? "layer" : "all";
        options->tune.row[i].schedule = "piecewise";
        options->tune.row[i].knots = 5;
    }
    const int64_t count = type()->num_params(options);
    CHECK_OK(pes_mlp_options_check(options));
    assert_int_equal(count, 5 * (6 * 34 + 2 * 16 + 2));
    char(*name)[PES_NAME_SIZE] = calloc((size_t)count, PES_NAME_SIZE);
    assert_non_null(name);
    for (int natural = 0; natural < 2; natural++) {
        for (int64_t i = 0; i < count; i++) {
            const char *given = natural ? type()->natural_name(options, i, name[i])
                                        : type()->param_name(options, i, name[i]);
            assert_ptr_equal(given, name[i]);
            assert_true(strlen(given) < PES_NAME_SIZE - 8); // none was cut off
        }
        qsort(name, (size_t)count, PES_NAME_SIZE, compare_names);
        for (int64_t i = 1; i < count; i++) {
            assert_string_not_equal(name[i - 1], name[i]);
        }
    }
    free(name);
    free(options);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_are_named_after_what_they_are),
        cmocka_unit_test(a_thousand_names_are_unique),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
