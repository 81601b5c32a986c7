// The real data sets, where the environment variable PES_DATA says where they are: published
// bytes, published counts, and a network that learns them.

#include <stdlib.h>

#include "problems/data/datasets.h"
#include "support/check.h"
#include "support/problem.h"

// Skips the test where the set is not there. The folders belong to the environment.
static pes_data_folders need(const char *name, char path[PES_TEXT_SIZE]) {
    pes_data_folders data = {.count = 1, .folder = {getenv("PES_DATA")}};
    if (data.folder[0] == NULL || pes_dataset_locate(name, &data, path) != PES_OK) {
        skip();
    }
    return data;
}

// Of the 60,000, by digit; Fashion-MNIST has 6000 of each.
static const int64_t mnist_count[10] = {5923, 6742, 5958, 6131, 5842,
                                        5421, 5918, 6265, 5851, 5949};

static void check_set(const char *name, const int64_t expected[10]) {
    char path[PES_TEXT_SIZE];
    const pes_data_folders data = need(name, path);
    CHECK_OK(pes_dataset_verify(name, path, NULL, NULL));
    const pes_image_request request = {.set = pes_dataset_find(name), .folders = &data};
    pes_images images;
    CHECK_OK(pes_images_load(&images, &request));
    assert_int_equal(images.training, 50000);
    assert_int_equal(images.validation, 10000);
    assert_int_equal(images.pixels, 784);
    int64_t count[10] = {0}, sum = 0;
    for (int64_t i = 0; i < 60000; i++) {
        count[images.label[i]]++;
    }
    for (int64_t i = 0; i < 60000 * 784; i++) {
        sum += images.pixel[i];
    }
    CHECK_SAME(count, expected, 10);
    CHECK_NEAR(images.mean, (double)sum / (60000.0 * 784.0 * 255.0), 1e-4);
    pes_images_release(&images);
}

static void mnist_is_what_was_published(void **unused) {
    (void)unused;
    check_set("mnist", mnist_count);
}

static void fashion_mnist_is_what_was_published(void **unused) {
    (void)unused;
    static const int64_t count[10] = {6000, 6000, 6000, 6000, 6000,
                                      6000, 6000, 6000, 6000, 6000};
    check_set("fashion_mnist", count);
}

// 500 steps at a learning rate of 0.03 recognize 95 of 100 digits.
static void a_perceptron_learns_mnist(void **unused) {
    (void)unused;
    enum { STEPS = 500 };
    char path[PES_TEXT_SIZE];
    (void)need("mnist", path);
    pes_problem *problem = test_problem(
        "mlp_training", "dataset=mnist schedule=constant objective=validation_accuracy",
        getenv("PES_DATA"));
    const pes_stream stream = {.seed = 1};
    const float theta = -3.5f;
    static double loss[STEPS];
    double sum = 0.0;
    void *state = test_states(problem, 1);
    test_begin(problem, stream, &theta, state);
    (void)test_advance(problem, stream, &theta, state, 0, STEPS, loss);
    for (int t = STEPS - 100; t < STEPS; t++) {
        sum += loss[t] / 100.0;
    }
    CHECK_NEAR(-0.955, sum, 0.015);
    free(state);
    pes_problem_close(problem);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mnist_is_what_was_published),
        cmocka_unit_test(fashion_mnist_is_what_was_published),
        cmocka_unit_test(a_perceptron_learns_mnist),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
