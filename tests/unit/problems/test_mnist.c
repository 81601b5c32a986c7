// The real data sets, where the environment variable PES_DATA says where they are: published
// bytes, published counts, and a network that learns them.

#include <math.h>
#include <stdlib.h>

#include "problems/data/images.h"
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

// Of the 60,000 and of the 10,000, by digit.
static const int64_t mnist_count[10] = {5923, 6742, 5958, 6131, 5842,
                                        5421, 5918, 6265, 5851, 5949};
static const int64_t mnist_test_count[10] = {980, 1135, 1032, 1010, 982,
                                             892, 958,  1028, 974,  1009};

// How often each label occurs among `count` images from `first` on.
static void count_labels(const pes_images *images, int64_t first, int64_t count,
                         int64_t out[10]) {
    memset(out, 0, 10 * sizeof *out);
    for (int64_t i = first; i < first + count; i++) {
        out[images->label[i]]++;
    }
}

static void check_set(const char *name, const int64_t training[10], const int64_t test[10]) {
    char path[PES_TEXT_SIZE];
    const pes_data_folders data = need(name, path);
    CHECK_OK(pes_dataset_verify(name, path, NULL, NULL));
    const pes_image_request request = {
        .set = pes_dataset_find(name), .folders = &data, .with_test = true};
    pes_images images;
    CHECK_OK(pes_images_load(&images, &request));
    CHECK_SAME(images.count, request.set->count, PES_PARTS);
    assert_int_equal(images.pixels, 784);
    int64_t count[10], sum = 0;
    count_labels(&images, 0, 60000, count);
    CHECK_SAME(count, training, 10);
    count_labels(&images, 60000, 10000, count);
    CHECK_SAME(count, test, 10);
    for (int64_t i = 0; i < 60000 * 784; i++) {
        sum += images.pixel[i];
    }
    CHECK_NEAR(images.mean[0], (double)sum / (60000.0 * 784.0 * 255.0), 1e-4);
    pes_images_release(&images);
}

static void mnist_is_what_was_published(void **unused) {
    (void)unused;
    check_set("mnist", mnist_count, mnist_test_count);
}

static void fashion_mnist_is_what_was_published(void **unused) {
    (void)unused;
    static const int64_t training[10] = {6000, 6000, 6000, 6000, 6000,
                                         6000, 6000, 6000, 6000, 6000};
    static const int64_t test[10] = {1000, 1000, 1000, 1000, 1000,
                                     1000, 1000, 1000, 1000, 1000};
    check_set("fashion_mnist", training, test);
}

// 5000 of each class; each channel's mean and deviation.
static void cifar10_is_what_was_published(void **unused) {
    (void)unused;
    enum { IMAGES = 50000, PLANE = 1024 };
    static const int64_t fifth[10] = {1014, 1014, 952, 1016, 997, 1025, 980, 977, 1003, 1022};
    char path[PES_TEXT_SIZE];
    const pes_data_folders data = need("cifar10", path);
    CHECK_OK(pes_dataset_verify("cifar10", path, NULL, NULL));
    const pes_image_request request = {.set = pes_dataset_find("cifar10"), .folders = &data};
    pes_images images;
    CHECK_OK(pes_images_load(&images, &request));
    CHECK_SAME(images.count, request.set->count, PES_PARTS);
    assert_int_equal(images.pixels, 3 * PLANE);
    int64_t count[10];
    count_labels(&images, 0, IMAGES, count);
    for (int c = 0; c < 10; c++) {
        assert_int_equal(count[c], 5000);
    }
    count_labels(&images, 40000, 10000, count);
    CHECK_SAME(count, fifth, 10);
    for (int64_t c = 0; c < 3; c++) {
        int64_t sum = 0, squares = 0;
        for (int64_t i = 0; i < IMAGES; i++) {
            const uint8_t *plane = images.pixel + (3 * i + c) * PLANE;
            for (int64_t p = 0; p < PLANE; p++) {
                sum += plane[p];
                squares += plane[p] * plane[p];
            }
        }
        const double n = (double)IMAGES * PLANE, mean = (double)sum / n;
        CHECK_NEAR(images.mean[c], mean / 255.0, 1e-5);
        CHECK_NEAR(images.deviation[c], sqrt((double)squares / n - mean * mean) / 255.0, 1e-5);
    }
    pes_images_release(&images);
}

static void optdigits_is_what_was_published(void **unused) {
    (void)unused;
    static const int64_t training[10] = {376, 389, 380, 389, 387, 376, 377, 387, 380, 382};
    static const int64_t test[10] = {178, 182, 177, 183, 181, 182, 181, 179, 174, 180};
    char path[PES_TEXT_SIZE];
    const pes_data_folders data = need("optdigits", path);
    CHECK_OK(pes_dataset_verify("optdigits", path, NULL, NULL));
    const pes_image_request request = {
        .set = pes_dataset_find("optdigits"), .folders = &data, .with_test = true};
    pes_images images;
    CHECK_OK(pes_images_load(&images, &request));
    CHECK_SAME(images.count, request.set->count, PES_PARTS);
    assert_int_equal(images.pixels, 64);
    int64_t count[10];
    count_labels(&images, 0, 3823, count);
    CHECK_SAME(count, training, 10);
    count_labels(&images, 3823, 1797, count);
    CHECK_SAME(count, test, 10);
    static const uint8_t first[8] = {0, 1, 6, 15, 12, 1, 0, 0}; // of the first image
    CHECK_SAME(images.pixel, first, 8);
    pes_images_release(&images);
}

// The digits of writers that it has not seen are recognized at the end of training.
static void a_perceptron_learns_optdigits(void **unused) {
    (void)unused;
    enum { STEPS = 600 };
    char path[PES_TEXT_SIZE];
    (void)need("optdigits", path);
    pes_problem *problem = test_problem("mlp_training",
                                        "dataset=optdigits schedule=constant judge=at_the_end "
                                        "objective=test_accuracy horizon=600",
                                        getenv("PES_DATA"));
    const pes_stream stream = {.seed = 1};
    const float theta = -3.5f;
    static double loss[STEPS];
    void *state = test_states(problem, 1);
    test_begin(problem, stream, &theta, state);
    (void)test_advance(problem, stream, &theta, state, 0, STEPS, loss);
    CHECK_NEAR(-0.955, loss[STEPS - 1], 0.015);
    free(state);
    pes_problem_close(problem);
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
        cmocka_unit_test(cifar10_is_what_was_published),
        cmocka_unit_test(optdigits_is_what_was_published),
        cmocka_unit_test(a_perceptron_learns_optdigits),
        cmocka_unit_test(a_perceptron_learns_mnist),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
