// The inner steps of mlp_training: which images they see, and which settings are refused.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernels/kernels.h"
#include "problems/data/images.h"
#include "support/check.h"
#include "support/problem.h"

// ---- which images ---------------------------------------------------------------------------

// With minibatches as large as the set, every minibatch that is drawn without replacement is
// the whole set in some order. With a learning rate of zero the network stays as it is: then
// all losses are equal, up to the order of a sum.
static void a_minibatch_holds_no_image_twice(void **unused) {
    (void)unused;
    pes_problem *problem =
        test_problem("mlp_training",
                     "training_images=60 validation_images=60 batch_size=60 hidden=20 "
                     "schedule=constant",
                     NULL);
    const pes_stream stream = {.seed = 1};
    const float theta = -200.0f; // exp(-200) is 0
    double loss[40];
    void *state = test_states(problem, 1);
    test_begin(problem, stream, &theta, state);
    (void)test_advance(problem, stream, &theta, state, 0, 40, loss);
    for (int t = 1; t < 40; t++) {
        CHECK_NEAR(loss[0], loss[t], 1e-6);
    }
    free(state);
    pes_problem_close(problem);
}

// Mean and standard deviation of the losses of a network that does not learn.
static void idle_losses(const char *settings, int64_t particle, double *mean, double *error) {
    enum { STEPS = 400 };
    pes_problem *problem = test_problem("mlp_training", settings, NULL);
    const pes_stream stream = {.seed = 5}, draws = {.seed = 5, .particle = (uint32_t)particle};
    const float theta = -200.0f;
    static double loss[STEPS];
    double sum = 0.0, squares = 0.0;
    void *state = test_states(problem, 1);
    test_begin(problem, stream, &theta, state);
    (void)test_advance(problem, draws, &theta, state, 0, STEPS, loss);
    for (int t = 0; t < STEPS; t++) {
        sum += loss[t];
        squares += loss[t] * loss[t];
    }
    *mean = sum / STEPS;
    *error = sqrt((squares / STEPS - *mean * *mean) / STEPS);
    free(state);
    pes_problem_close(problem);
}

// Minibatches are samples of the set: their mean loss is the set's, within five standard
// errors.
static void minibatches_are_fair_samples(void **unused) {
    (void)unused;
    double all, small, error, none;
    const char *const shared =
        "training_images=200 validation_images=200 hidden=20 "
        "schedule=constant batch_size=%d objective=%s";
    for (int i = 0; i < 2; i++) {
        char whole[256], sample[256];
        const char *objective = i == 0 ? "training_loss" : "validation_loss";
        (void)snprintf(whole, sizeof whole, shared, 200, objective);
        (void)snprintf(sample, sizeof sample, shared, 10, objective);
        idle_losses(whole, 0, &all, &none);
        idle_losses(sample, 1, &small, &error);
        CHECK_NEAR(all, small, 5.0 * error);
        assert_true(error > 1e-4 && error < 0.1);
    }
}

// The whole training set and the whole validation set are different images.
static void the_objective_is_on_its_own_images(void **unused) {
    (void)unused;
    const char *const shared =
        "training_images=100 validation_images=100 hidden=20 "
        "schedule=constant batch_size=100 objective=";
    double mean[3], error;
    static const char *const objective[] = {"training_loss", "validation_loss",
                                            "validation_accuracy"};
    for (int i = 0; i < 3; i++) {
        char settings[256];
        (void)snprintf(settings, sizeof settings, "%s%s", shared, objective[i]);
        idle_losses(settings, 0, &mean[i], &error);
    }
    assert_true(fabs(mean[0] - mean[1]) > 1e-3);
    // of 100 images some are recognized by chance, and the accuracy is minus a share of them
    assert_true(mean[2] < 0.0 && mean[2] > -0.4);
    CHECK_NEAR(round(100.0 * mean[2]), 100.0 * mean[2], 1e-9);
}

// The objective is judged after the step, on images of its own draw: not on those just learned.
// With one image per minibatch, a step at a large rate makes its own image's loss tiny.
static void the_objective_is_on_a_fresh_minibatch(void **unused) {
    (void)unused;
    pes_problem *problem =
        test_problem("mlp_training",
                     "training_images=1000 validation_images=10 batch_size=1 "
                     "hidden=30 schedule=constant momentum=0",
                     NULL);
    const float theta = -1.0f;
    double loss, sum = 0.0;
    void *state = test_states(problem, 1);
    for (uint32_t i = 0; i < 50; i++) {
        const pes_stream stream = {.seed = 2, .particle = i};
        test_begin(problem, stream, &theta, state);
        (void)test_advance(problem, stream, &theta, state, 0, 1, &loss);
        sum += loss;
    }
    assert_true(sum / 50.0 > 1.0);
    free(state);
    pes_problem_close(problem);
}

// ---- one step from the images on ------------------------------------------------------------

enum { SET = 40, PIXELS = 64, CLASSES = 10, ROW = 16 }; // a row of weights is padded to 16

// Mean cross-entropy of the first SET images under weights (PIXELS x ROW) and biases (ROW) that
// follow them; the gradient's sum over the images where not NULL.
static double softmax_regression(const pes_images *images, const double *weights,
                                 double *gradient) {
    double loss = 0.0;
    for (int i = 0; i < SET; i++) {
        double x[PIXELS + 1], y[CLASSES], total = 0.0;
        for (int p = 0; p < PIXELS; p++) {
            x[p] = (images->pixel[i * PIXELS + p] / 255.0 - images->mean[0]) /
                   images->deviation[0];
        }
        x[PIXELS] = 1.0;
        for (int j = 0; j < CLASSES; j++) {
            y[j] = 0.0;
            for (int p = 0; p <= PIXELS; p++) {
                y[j] += x[p] * weights[p * ROW + j];
            }
            total += exp(y[j]);
        }
        loss += (log(total) - y[images->label[i]]) / SET;
        for (int j = 0; j < CLASSES && gradient != NULL; j++) {
            for (int p = 0; p <= PIXELS; p++) {
                gradient[p * ROW + j] += x[p] * (exp(y[j]) / total - (j == images->label[i]));
            }
        }
    }
    return loss;
}

// A network without hidden layers, minibatches of the whole set: the step and the loss after it
// follow from the images' bytes and the initial weights.
static void a_step_follows_from_the_bytes(void **unused) {
    (void)unused;
    enum { FLOATS = (PIXELS + 1) * ROW };
    const char *settings =
        "hidden= batch_size=40 training_images=40 validation_images=40 "
        "digits_size=8 digits_seed=3 schedule=constant";
    const pes_image_request request = {
        .set = pes_dataset_find("digits"), .count = {SET, SET}, .side = 8, .seed = 3};
    pes_images images;
    CHECK_OK(pes_images_load(&images, &request));
    pes_problem *problem = test_problem("mlp_training", settings, NULL);
    const pes_stream stream = {.seed = 1};
    const float theta = -2.0f;
    static double weights[FLOATS], gradient[FLOATS];
    double loss;
    float *state = test_states(problem, 1);
    test_begin(problem, stream, &theta, state);
    for (int i = 0; i < FLOATS; i++) {
        weights[i] = (double)state[i];
        assert_true(state[FLOATS + i] == 0.0f); // the velocity
    }
    (void)softmax_regression(&images, weights, gradient);
    for (int i = 0; i < FLOATS; i++) {
        weights[i] -= exp(-2.0) * gradient[i] / SET;
    }
    (void)test_advance(problem, stream, &theta, state, 0, 1, &loss);
    CHECK_NEAR(softmax_regression(&images, weights, NULL), loss, 1e-5);
    for (int i = 0; i < FLOATS; i++) {
        CHECK_NEAR(weights[i], (double)state[i], 1e-6);
        CHECK_NEAR(gradient[i] / SET, (double)state[FLOATS + i], 1e-6);
    }
    free(state);
    pes_problem_close(problem);
    pes_images_release(&images);
}

// One step at a huge rate leaves units that are never active again. Their velocities reach zero
// without passing through subnormal numbers.
static void velocities_never_become_subnormal(void **unused) {
    (void)unused;
    enum { STEPS = 1200 };
    pes_problem *problem = test_problem("mlp_training",
                                        "hidden=30 batch_size=10 training_images=40 "
                                        "validation_images=40 digits_size=8 schedule=linear "
                                        "schedule_steps=1",
                                        NULL);
    const pes_stream stream = {.seed = 1};
    const float theta[2] = {1.0f, -12.0f}; // exp(1) for the first step, then next to nothing
    static double loss[STEPS];
    const int64_t floats = pes_problem_system(problem)->state_bytes / 8;
    float *state = test_states(problem, 1);
    test_begin(problem, stream, theta, state);
    for (int64_t t = 0; t < STEPS; t += 5) {
        (void)test_advance(problem, stream, theta, state, t, 5, loss);
        for (int64_t i = floats; i < 2 * floats; i++) {
            assert_true(state[i] == 0.0f || fabsf(state[i]) > 1.2e-38f);
        }
    }
    int64_t still = 0;
    for (int64_t row = 0; row < 64; row++) { // of 64 x 32 velocities, 64 x 2 are padding
        for (int64_t j = 0; j < 30; j++) {
            still += state[floats + 32 * row + j] == 0.0f;
        }
    }
    assert_true(still > 0);
    free(state);
    pes_problem_close(problem);
}

// ---- settings -------------------------------------------------------------------------------

static void refused(const char *settings, const char *words) {
    void *options = test_options("mlp_training", settings);
    pes_problem *problem = (pes_problem *)&problem;
    CHECK_FAILS(PES_E_ARGUMENT, words,
                pes_problem_type_find("mlp_training")->create(&problem, options, NULL));
    assert_null(problem);
    free(options);
}

static void settings_that_do_not_fit_are_refused(void **unused) {
    (void)unused;
    refused("start=1", "start has 1 values");
    refused("schedule=constant start=1,2", "1 parameters");
    refused("training_images=50", "batch_size is 100");
    refused("validation_images=99", "validation images");
    void *options = test_options("mlp_training", "");
    CHECK_FAILS(PES_E_ARGUMENT, "hidden", test_set("mlp_training", options, "hidden=100,0"));
    CHECK_FAILS(PES_E_ARGUMENT, "schedule", test_set("mlp_training", options, "schedule=x"));
    CHECK_FAILS(PES_E_ARGUMENT, "start", test_set("mlp_training", options, "start=0,1"));
    CHECK_FAILS(PES_E_ARGUMENT, "adam", test_set("mlp_training", options, "inner_optimizer=x"));
    CHECK_FAILS(PES_E_ARGUMENT, "gelu", test_set("mlp_training", options, "activation=elu"));
    CHECK_FAILS(PES_E_ARGUMENT, "momentum", test_set("mlp_training", options, "momentum=1.5"));
    free(options);
}

static void missing_data_is_explained(void **unused) {
    (void)unused;
    void *options = test_options("mlp_training", "dataset=mnist");
    const pes_problem_type *type = pes_problem_type_find("mlp_training");
    const pes_data_folders nowhere = {.count = 2,
                                      .folder = {"/nonexistent/a", "/nonexistent/b"}};
    pes_problem *problem = NULL;
    CHECK_FAILS(PES_E_FILE, "data folder", type->create(&problem, options, NULL));
    CHECK_FAILS(PES_E_FILE, "/nonexistent/b", type->create(&problem, options, &nowhere));
    assert_null(problem);
    free(options);
}

static void sizes_are_reported(void **unused) {
    (void)unused;
    pes_problem *problem = test_problem("mlp_training", "digits_size=28", NULL);
    const pes_system *system = pes_problem_system(problem);
    // (784 + 1) rows of 112, 101 of 112, 101 of 16, twice, in floats
    assert_int_equal(system->state_bytes, 8 * (785 * 112 + 101 * 112 + 101 * 16));
    assert_int_equal(system->state_bytes % 64, 0);
    assert_int_equal(system->batch_hint, 2);
    assert_true(system->worker_bytes > 100 * 784 * 4 && system->worker_bytes < 1000000);
    assert_int_equal(pes_problem_horizon(problem), 5000);
    assert_true(pes_problem_bytes(problem) == 12000 * 785);
    CHECK_NEAR(55.84e6, pes_problem_flops(problem), 0.0);
    pes_problem_close(problem);
    problem = test_problem("mlp_training", "digits_size=28 inner_optimizer=adam", NULL);
    assert_int_equal(pes_problem_system(problem)->state_bytes,
                     12 * (785 * 112 + 101 * 112 + 101 * 16));
    pes_problem_close(problem);
}

// ---- bits -----------------------------------------------------------------------------------

static void kernels_do_not_change_a_bit(void **unused) {
    (void)unused;
    enum { STEPS = 20 };
    const char *few = "training_images=300 validation_images=200 start=0.1,3";
    const pes_stream stream = {.seed = 1};
    double first[STEPS], loss[STEPS];
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        assert_int_equal(setenv("PES_KERNELS", (*k)->name, 1), 0);
        pes_problem *problem = test_problem("mlp_training", few, NULL);
        double *out = *k == &pes_kernels_scalar ? first : loss;
        void *state = test_states(problem, 1);
        test_begin(problem, stream, pes_problem_theta(problem), state);
        (void)test_advance(problem, stream, pes_problem_theta(problem), state, 0, STEPS, out);
        CHECK_SAME(first, out, STEPS);
        free(state);
        pes_problem_close(problem);
    }
    (void)unsetenv("PES_KERNELS");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_minibatch_holds_no_image_twice),
        cmocka_unit_test(minibatches_are_fair_samples),
        cmocka_unit_test(the_objective_is_on_its_own_images),
        cmocka_unit_test(the_objective_is_on_a_fresh_minibatch),
        cmocka_unit_test(a_step_follows_from_the_bytes),
        cmocka_unit_test(velocities_never_become_subnormal),
        cmocka_unit_test(settings_that_do_not_fit_are_refused),
        cmocka_unit_test(missing_data_is_explained),
        cmocka_unit_test(sizes_are_reported),
        cmocka_unit_test(kernels_do_not_change_a_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
