// The system that a learned optimizer is trained on: what its inner steps are, which task an
// episode has, and in what its losses are measured.
//
// Seen to fail: an optimizer applied before the gradient below is taken, a second half that
// takes its step with the first one's prepared numbers, weights of tasks that are not added up.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "problems/lopt/tasks.h"
#include "support/check.h"
#include "support/problem.h"

enum { STEPS = 12, PARAMS = 1762 };

static const char *const small =
    "training_images=60 validation_images=60 batch_size=20 hidden=20,12 horizon=12 ";

static void *options_of(const char *problem, const char *settings) {
    char all[512];
    (void)snprintf(all, sizeof all, "%s%s", small, settings);
    return test_options(problem, all);
}

static pes_problem *open(const char *problem, const char *settings) {
    char all[512];
    (void)snprintf(all, sizeof all, "%s%s", small, settings);
    return test_problem(problem, all, NULL);
}

static void losses_of(pes_problem *problem, const float *theta, double *loss) {
    const pes_stream stream = {.seed = 3, .particle = 5, .episode = 1};
    void *state = test_states(problem, 1);
    test_begin(problem, stream, theta, state);
    (void)test_advance(problem, stream, theta, state, 0, STEPS, loss);
    free(state);
    pes_problem_close(problem);
}

// ---- inner steps ----------------------------------------------------------------------------

// With a hand-made optimizer a particle does what one of mlp_training does with the same
// numbers, which draws the same images and weights. Those numbers go through an exponential, so
// that bits may differ.
static void hand_made_optimizers_train_as_mlp_training_does(void **unused) {
    (void)unused;
    static const char *const settings[][2] = {
        {"optimizer=sgd activation=gelu", "momentum=0 activation=gelu start=0.01"},
        {"optimizer=momentum activation=tanh", "momentum=0.9 activation=tanh start=0.01"},
        {"optimizer=adam objective=validation_loss",
         "inner_optimizer=adam objective=validation_loss start=0.001"},
        {"optimizer=adamw batch_size=7",
         "inner_optimizer=adamw weight_decay=0.01 batch_size=7 start=0.001"},
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        char text[200];
        double own[STEPS], other[STEPS];
        (void)snprintf(text, sizeof text, "digits_size=8 schedule=constant %s", settings[i][1]);
        pes_problem *learned = open("learned_optimizer", settings[i][0]);
        pes_problem *training = open("mlp_training", text);
        float theta[2][PARAMS];
        memcpy(theta[0], pes_problem_theta(learned),
               (size_t)pes_problem_system(learned)->num_params * sizeof(float));
        theta[1][0] = pes_problem_theta(training)[0];
        losses_of(learned, theta[0], own);
        losses_of(training, theta[1], other);
        for (int t = 0; t < STEPS; t++) {
            CHECK_NEAR(other[t], own[t], 1e-5);
        }
        assert_true(fabs(own[STEPS - 1] - own[0]) > 1e-3); // it did learn
    }
}

// Nothing but weights and moments: 64 x 20, 20 x 12, 12 x 10 and biases, in rows of 32, 16, 16.
static void a_particle_is_weights_and_moments(void **unused) {
    (void)unused;
    const int64_t floats = 65 * 32 + 21 * 16 + 13 * 16;
    static const char *const optimizer[] = {"sgd", "momentum", "adam"};
    for (int64_t moments = 0; moments < 3; moments++) {
        char setting[64];
        (void)snprintf(setting, sizeof setting, "optimizer=%s", optimizer[moments]);
        pes_problem *problem = open("learned_optimizer", setting);
        assert_int_equal(pes_problem_system(problem)->state_bytes,
                         (1 + moments) * floats * (int64_t)sizeof(float));
        pes_problem_close(problem);
    }
}

#define MIXTURE                                                                                \
    "training_images=60 validation_images=60 horizon=12 task=3 task.0.weight=1 "               \
    "task.0.hidden=20 task.0.batch_size=9 task.1.weight=2 task.1.hidden= "                     \
    "task.1.activation=gelu task.1.batch_size=5 task.2.weight=5 task.2.hidden=9,7 "            \
    "task.2.activation=tanh task.2.batch_size=20 task.2.input_size=5 "

// ---- tasks ----------------------------------------------------------------------------------

// 4000 episodes: each task's share is off by less than five standard deviations, which a
// correct program would miss with these seeds or never.
static void tasks_come_by_their_weights(void **unused) {
    (void)unused;
    enum { EPISODES = 4000 };
    static const double share[] = {0.125, 0.25, 0.625};
    pes_lopt_options *options = test_options("learned_optimizer", MIXTURE);
    pes_lopt_tasks *tasks = calloc(1, sizeof *tasks);
    assert_non_null(tasks);
    CHECK_OK(pes_lopt_tasks_load(tasks, options, NULL, NULL));
    int seen[3] = {0};
    for (uint32_t i = 0; i < EPISODES; i++) {
        const pes_stream stream = {.seed = 8, .particle = i % 20, .episode = i / 20};
        seen[pes_lopt_tasks_draw(tasks, &stream, 2) - tasks->task]++;
    }
    for (int i = 0; i < 3; i++) {
        const double error = sqrt(share[i] * (1.0 - share[i]) / EPISODES);
        CHECK_NEAR(share[i], (double)seen[i] / EPISODES, 5.0 * error);
        CHECK_NEAR(share[i], tasks->task[i].probability, 1e-12);
    }
    // the first two have the same images in memory, the third its own
    assert_true(tasks->sets == 2 && tasks->task[0].samples == tasks->task[1].samples);
    assert_int_equal(tasks->task[2].samples->features, 25);
    pes_lopt_tasks_release(tasks);
    free(tasks);
    free(options);
}

// What a lender has is used where it lies, and does what it would do alone; other images are
// the borrower's own.
static void images_can_be_borrowed(void **unused) {
    (void)unused;
    pes_problem *lender = open("learned_optimizer", "optimizer=adam");
    const pes_data_folders data = {.lender = lender};
    const pes_problem_type *type = pes_problem_type_find("learned_optimizer");
    static const char *const settings[] = {"optimizer=sgd", "optimizer=sgd input_size=5",
                                           "optimizer=sgd digits_seed=2"};
    for (int i = 0; i < 3; i++) {
        void *options = options_of("learned_optimizer", settings[i]);
        const float theta = -3.0f;
        double borrowed[STEPS], own[STEPS];
        pes_problem *problem = NULL;
        CHECK_OK(type->create(&problem, options, &data));
        assert_true((pes_problem_bytes(problem) == 0) == (i == 0));
        losses_of(problem, &theta, borrowed);
        losses_of(open("learned_optimizer", settings[i]), &theta, own);
        CHECK_SAME(own, borrowed, STEPS);
        free(options);
    }
    pes_problem_close(lender);
}

// Rows of a batch with several tasks, pairs and single particles, do what they do alone.
static void particles_of_a_mixture_are_alone(void **unused) {
    (void)unused;
    enum { ROWS = 9 };
    pes_problem *problem = test_problem("learned_optimizer", MIXTURE, NULL);
    const pes_system *system = pes_problem_system(problem);
    const int64_t floats = system->state_bytes / (int64_t)sizeof(float);
    const int64_t params = system->num_params;
    pes_stream stream[ROWS];
    int64_t clock[ROWS] = {0}, ended[ROWS] = {0};
    static float theta[ROWS * PARAMS];
    double loss[ROWS * STEPS], expected[STEPS];
    for (int64_t i = 0; i < ROWS; i++) {
        stream[i] = (pes_stream){.seed = 1, .particle = (uint32_t)(i / 2)};
        for (int64_t p = 0; p < params; p++) {
            theta[i * params + p] = pes_problem_theta(problem)[p] + 0.1f * (float)(i % 3);
        }
    }
    float *state = test_states(problem, ROWS), *alone = test_states(problem, 1);
    void *worker;
    CHECK_OK(system->worker_open(system->user, ROWS, &worker));
    pes_batch batch = {.count = ROWS,
                       .theta = theta,
                       .state = state,
                       .stream = stream,
                       .clock = clock,
                       .loss = loss,
                       .ended = ended};
    CHECK_OK(system->init(system->user, worker, &batch));
    batch.steps = STEPS;
    CHECK_OK(system->unroll(system->user, worker, &batch));
    for (int64_t i = 0; i < ROWS; i++) {
        test_begin(problem, stream[i], theta + i * params, alone);
        (void)test_advance(problem, stream[i], theta + i * params, alone, 0, STEPS, expected);
        CHECK_SAME(expected, loss + i * STEPS, STEPS);
        CHECK_SAME(alone, state + i * floats, floats);
    }
    system->worker_close(system->user, worker);
    free(alone);
    free(state);
    pes_problem_close(problem);
}

// ---- units ----------------------------------------------------------------------------------

#define ONE_TASK                                                                               \
    "task=1 task.0.weight=3 task.0.hidden=20,12 task.0.batch_size=20 training_images=60 "      \
    "validation_images=60 horizon=12 "

// A mixture's losses are in units of log(10); without `normalize`, and of accuracies, they are
// those of the single task.
static void a_mixture_is_normalized(void **unused) {
    (void)unused;
    double single[STEPS], mixed[STEPS], plain[STEPS], hits[STEPS], mixed_hits[STEPS];
    pes_problem *problem = open("learned_optimizer", "");
    float theta[PARAMS];
    memcpy(theta, pes_problem_theta(problem),
           (size_t)pes_problem_system(problem)->num_params * sizeof *theta);
    losses_of(problem, theta, single);
    losses_of(test_problem("learned_optimizer", ONE_TASK, NULL), theta, mixed);
    losses_of(test_problem("learned_optimizer", ONE_TASK "normalize=false", NULL), theta,
              plain);
    losses_of(open("learned_optimizer", "objective=training_accuracy"), theta, hits);
    losses_of(test_problem("learned_optimizer", ONE_TASK "objective=training_accuracy", NULL),
              theta, mixed_hits);
    for (int t = 0; t < STEPS; t++) {
        CHECK_NEAR(single[t] / log(10.0), mixed[t], 1e-6);
    }
    CHECK_SAME(single, plain, (int64_t)STEPS);
    CHECK_SAME(hits, mixed_hits, (int64_t)STEPS);
}

// At a learning rate of e^60 everything is lost at once.
static void what_diverges_is_clipped(void **unused) {
    (void)unused;
    const float theta = 60.0f;
    double loss[STEPS];
    losses_of(open("learned_optimizer", "optimizer=sgd"), &theta, loss);
    for (int t = 0; t < STEPS; t++) {
        CHECK_NEAR(1.5 * log(10.0), loss[t], 1e-6);
    }
    losses_of(test_problem("learned_optimizer", ONE_TASK "optimizer=sgd loss_clip=2", NULL),
              &theta, loss);
    assert_true(loss[0] == 2.0 && loss[STEPS - 1] == 2.0);
    losses_of(open("learned_optimizer", "optimizer=sgd loss_clip=0"), &theta, loss);
    assert_true(!(loss[0] < 1e6));
    assert_true(!isfinite(loss[STEPS - 1]));
}

// ---- mistakes -------------------------------------------------------------------------------

static void mistakes_are_refused(void **unused) {
    (void)unused;
    static const struct {
        const char *settings, *words;
    } wrong[] = {
        {"task=2 task.0.weight=1", "hidden is that of a single task"},
        {"batch_size=61", "batch_size is 61, but digits has only 60 training images"},
        {"optimizer_hidden=8 optimizer=adam", "the architecture adam has no network"},
        {"input_size=9", "input_size is 9, but the images have 64 pixels"},
        {"start_sha256=12ab", "start_sha256 is the sum of a start_file, and there is none"},
        {"dataset=mnist", "the data set mnist needs a data folder, and none was named"},
        {"dataset=cifar10 objective=test_loss", "needs a data folder"},
    };
    const pes_problem_type *type = pes_problem_type_find("learned_optimizer");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        void *options = options_of("learned_optimizer", wrong[i].settings);
        pes_problem *problem = NULL;
        const pes_status status = type->create(&problem, options, NULL);
        if (status == PES_OK || strstr(pes_last_error(), wrong[i].words) == NULL) {
            fail_msg("%s: %s", wrong[i].settings, pes_last_error());
        }
        assert_null(problem);
        free(options);
    }
}

static void names_and_mixtures_are_checked(void **unused) {
    (void)unused;
    const pes_problem_type *type = pes_problem_type_find("learned_optimizer");
    void *options = test_options("learned_optimizer", "task=2 task.0.weight=1");
    pes_problem *problem = NULL;
    CHECK_FAILS(PES_E_ARGUMENT, "task.1 has no weight", type->create(&problem, options, NULL));
    CHECK_FAILS(PES_E_ARGUMENT, "optimizer must be one of sgd, momentum",
                test_set("learned_optimizer", options, "optimizer=adan"));
    CHECK_FAILS(PES_E_ARGUMENT, "task.1.dataset must be one of digits, mnist",
                test_set("learned_optimizer", options, "task.1.dataset=mnits"));
    CHECK_FAILS(PES_E_ARGUMENT, "weight",
                test_set("learned_optimizer", options, "task.1.weight=-1"));
    free(options);
    options = test_options("learned_optimizer", "dataset=mnist");
    const pes_data_folders nowhere = {.count = 1, .folder = {"/nonexistent"}};
    CHECK_FAILS(PES_E_FILE, "no mnist/train-images-idx3-ubyte",
                type->create(&problem, options, &nowhere));
    free(options);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hand_made_optimizers_train_as_mlp_training_does),
        cmocka_unit_test(a_particle_is_weights_and_moments),
        cmocka_unit_test(tasks_come_by_their_weights),
        cmocka_unit_test(images_can_be_borrowed),
        cmocka_unit_test(particles_of_a_mixture_are_alone),
        cmocka_unit_test(a_mixture_is_normalized),
        cmocka_unit_test(what_diverges_is_clipped),
        cmocka_unit_test(mistakes_are_refused),
        cmocka_unit_test(names_and_mixtures_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
