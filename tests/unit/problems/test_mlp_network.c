// The network against a readable reference in double precision: logits, loss, one training step
// and many; and the reference against finite differences, so that both are right.

#include <math.h>
#include <stdlib.h>

#include "problems/hyper/mlp_training/train.h"
#include "support/check.h"

enum { BATCH = 6, INPUTS = 19, CLASSES = 10, MOST = 8192, WIDEST = 64 };

static const pes_int_list hidden = {.count = 3, .value = {33, 16, 20}};

// ---- the reference: dense arrays, loops, doubles --------------------------------------------

// Parameters in the order of the network's block, but without padding.
typedef struct model {
    int64_t layers;
    int64_t units[PES_MLP_LAYERS + 1];
    int64_t count; // numbers in `value`
    double value[MOST];
} model;

typedef struct trace {
    double unit[PES_MLP_LAYERS + 1][WIDEST]; // after ReLU; the last: logits
} trace;

static double forward(const model *m, const float *image, int label, trace *out) {
    const double *p = m->value;
    for (int64_t i = 0; i < m->units[0]; i++) {
        out->unit[0][i] = (double)image[i];
    }
    for (int64_t l = 0; l < m->layers; l++) {
        const int64_t in = m->units[l], width = m->units[l + 1];
        for (int64_t j = 0; j < width; j++) {
            double sum = p[in * width + j];
            for (int64_t i = 0; i < in; i++) {
                sum += out->unit[l][i] * p[i * width + j];
            }
            out->unit[l + 1][j] = l + 1 < m->layers && sum < 0.0 ? 0.0 : sum;
        }
        p += (in + 1) * width;
    }
    double total = 0.0;
    for (int j = 0; j < CLASSES; j++) {
        total += exp(out->unit[m->layers][j]);
    }
    return log(total) - out->unit[m->layers][label];
}

// Adds the gradient of one image's loss.
static void backward(const model *m, int label, const trace *at, double *gradient) {
    double above[WIDEST], below[WIDEST], total = 0.0;
    for (int j = 0; j < CLASSES; j++) {
        total += exp(at->unit[m->layers][j]);
    }
    for (int j = 0; j < CLASSES; j++) {
        above[j] = exp(at->unit[m->layers][j]) / total - (j == label ? 1.0 : 0.0);
    }
    const double *p = m->value + m->count;
    double *g = gradient + m->count;
    for (int64_t l = m->layers - 1; l >= 0; l--) {
        const int64_t in = m->units[l], width = m->units[l + 1];
        p -= (in + 1) * width;
        g -= (in + 1) * width;
        for (int64_t i = 0; i < in; i++) {
            below[i] = 0.0;
            for (int64_t j = 0; j < width; j++) {
                below[i] += above[j] * p[i * width + j];
                g[i * width + j] += above[j] * at->unit[l][i];
            }
            below[i] = at->unit[l][i] > 0.0 ? below[i] : 0.0;
        }
        for (int64_t j = 0; j < width; j++) {
            g[in * width + j] += above[j];
        }
        memcpy(above, below, sizeof above);
    }
}

// The mean loss of a minibatch; its gradient where not NULL.
static double mean_loss(const model *m, const float *images, const uint8_t *labels,
                        double *gradient) {
    double loss = 0.0;
    trace at;
    if (gradient != NULL) {
        memset(gradient, 0, (size_t)m->count * sizeof *gradient);
    }
    for (int64_t i = 0; i < BATCH; i++) {
        loss += forward(m, images + i * m->units[0], labels[i], &at) / BATCH;
        if (gradient != NULL) {
            backward(m, labels[i], &at, gradient);
        }
    }
    for (int64_t k = 0; gradient != NULL && k < m->count; k++) {
        gradient[k] /= BATCH;
    }
    return loss;
}

// ---- the network under test -----------------------------------------------------------------

typedef struct fixture {
    pes_mlp_network network;
    pes_mlp_scratch scratch;
    float *block; // parameters, then velocities
    float images[BATCH * INPUTS];
    uint8_t labels[BATCH];
} fixture;

static float *zeros(int64_t count) {
    float *out = calloc((size_t)count, sizeof *out);
    assert_non_null(out);
    return out;
}

static void open_fixture(fixture *f) {
    f->network = pes_mlp_network_shape(INPUTS, &hidden, CLASSES);
    f->block = zeros(2 * f->network.floats);
    f->scratch = (pes_mlp_scratch){.input = zeros(BATCH * f->network.input_stride),
                                   .gradient = {zeros(BATCH * 64), zeros(BATCH * 64)},
                                   .block = zeros(f->network.floats),
                                   .normal = zeros(pes_mlp_network_normals(&f->network)),
                                   .label = f->labels};
    for (int64_t l = 0; l < f->network.layers; l++) {
        f->scratch.output[l] = zeros(BATCH * f->network.layer[l].stride);
    }
    const pes_stream stream = {.seed = 3};
    pes_mlp_network_init(&f->network, &stream, 16, f->scratch.normal, f->block);
    pes_noise_normal(&stream, 1, 0, BATCH * INPUTS, f->images);
}

static void close_fixture(fixture *f) {
    for (int64_t l = 0; l < f->network.layers; l++) {
        free(f->scratch.output[l]);
    }
    free(f->scratch.gradient[0]);
    free(f->scratch.gradient[1]);
    free(f->scratch.normal);
    free(f->scratch.block);
    free(f->scratch.input);
    free(f->block);
}

// A minibatch of its own for every step.
static void choose_images(fixture *f, uint32_t step) {
    const pes_stream stream = {.seed = 4};
    pes_noise_normal(&stream, 1, step, BATCH * INPUTS, f->images);
    for (int64_t i = 0; i < BATCH; i++) {
        memcpy(f->scratch.input + i * f->network.input_stride, f->images + i * INPUTS,
               INPUTS * sizeof(float));
        f->labels[i] = (uint8_t)((7 * i + 3 * step) % CLASSES);
    }
}

typedef struct descent {
    float rate;
    float momentum;
} descent;

static double network_step(fixture *f, const pes_kernels *kernels, descent d) {
    const pes_mlp_layer *last = &f->network.layer[f->network.layers - 1];
    pes_mlp_values values = {0};
    for (int i = 0; i < 2 * PES_MLP_LAYERS; i++) {
        values.value[PES_MLP_LEARNING_RATE][i] = d.rate;
        values.value[PES_MLP_MOMENTUM][i] = d.momentum;
        values.value[PES_MLP_CLIP_NORM][i] = INFINITY;
        values.value[PES_MLP_ACTIVE][i] = 1.0f;
    }
    const pes_mlp_rule rule = {.optimizer = pes_mlp_optimizer_find("sgd"), .values = &values};
    const pes_mlp_pass pass =
        pes_mlp_pass_of(&f->network, kernels, &f->scratch, BATCH, &values);
    pes_mlp_forward(&pass, f->block);
    const pes_kernels_hits hits = kernels->softmax_cross_entropy(
        BATCH, CLASSES, f->scratch.output[f->network.layers - 1], last->stride, f->labels,
        1.0f / BATCH, f->scratch.gradient[0], last->stride);
    pes_mlp_train(&pass, &rule, true, f->block);
    return hits.loss / BATCH;
}

// Parameters or velocities without their padding, which must be zero.
static void unpad(const pes_mlp_network *network, const float *block, model *out) {
    out->layers = network->layers;
    out->units[0] = network->inputs;
    out->count = 0;
    for (int64_t l = 0; l < network->layers; l++) {
        const pes_mlp_layer *layer = &network->layer[l];
        out->units[l + 1] = layer->out;
        for (int64_t i = 0; i <= layer->in; i++) { // the last row: biases
            const float *row = block + layer->weights + i * layer->stride;
            for (int64_t j = 0; j < layer->stride; j++) {
                assert_true(j < layer->out || row[j] == 0.0f);
                if (j < layer->out) {
                    out->value[out->count++] = (double)row[j];
                }
            }
        }
    }
    assert_true(out->count <= MOST);
}

// Biases lie right behind their weights, as one more row: unpad() and the reference use it.
static void shapes_are_padded_to_cache_lines(void **unused) {
    (void)unused;
    const pes_mlp_network network = pes_mlp_network_shape(INPUTS, &hidden, CLASSES);
    int64_t end = 0;
    assert_int_equal(network.layers, 4);
    assert_int_equal(network.input_stride, 32);
    for (int64_t l = 0; l < network.layers; l++) {
        const pes_mlp_layer *layer = &network.layer[l];
        assert_int_equal(layer->weights, end);
        assert_int_equal(layer->biases, end + layer->in * layer->stride);
        assert_int_equal(layer->stride % 16, 0);
        assert_true(layer->stride >= layer->out && layer->stride < layer->out + 16);
        end = layer->biases + layer->stride;
    }
    assert_int_equal(network.floats, end);
}

static void useful_operations_are_counted(void **unused) {
    (void)unused;
    const pes_int_list two = {.count = 2, .value = {100, 100}};
    const pes_mlp_network network = pes_mlp_network_shape(784, &two, 10);
    CHECK_NEAR(17.88e6, pes_mlp_network_forward_flops(&network, 100), 0.0);
    CHECK_NEAR(20.08e6, pes_mlp_network_backward_flops(&network, 100), 0.0);
}

static void the_reference_has_the_right_gradient(void **unused) {
    (void)unused;
    static model m;
    static double gradient[MOST];
    fixture f;
    open_fixture(&f);
    choose_images(&f, 0);
    unpad(&f.network, f.block, &m);
    (void)mean_loss(&m, f.images, f.labels, gradient);
    for (int64_t k = 0; k < m.count; k += 7) {
        const double width = 1e-5, value = m.value[k];
        m.value[k] = value + width;
        const double up = mean_loss(&m, f.images, f.labels, NULL);
        m.value[k] = value - width;
        const double down = mean_loss(&m, f.images, f.labels, NULL);
        m.value[k] = value;
        CHECK_NEAR((up - down) / (2.0 * width), gradient[k], 1e-8);
    }
    close_fixture(&f);
}

static void one_step_is_the_reference_step(void **unused) {
    (void)unused;
    static model before, after, velocity;
    static double gradient[MOST];
    const descent sgd = {.rate = 0.25f, .momentum = 0.5f};
    fixture f;
    open_fixture(&f);
    choose_images(&f, 0);
    unpad(&f.network, f.block, &before);
    const double expected = mean_loss(&before, f.images, f.labels, gradient);
    CHECK_NEAR(expected, network_step(&f, pes_kernels_select(), sgd), 1e-6);
    unpad(&f.network, f.block, &after);
    unpad(&f.network, f.block + f.network.floats, &velocity);
    double largest = 0.0;
    for (int64_t k = 0; k < before.count; k++) {
        largest = fmax(largest, fabs(gradient[k]));
        CHECK_NEAR(gradient[k], velocity.value[k], 1e-7);
        CHECK_NEAR(before.value[k] - 0.25 * gradient[k], after.value[k], 1e-7);
    }
    assert_true(largest > 0.01);
    close_fixture(&f);
}

static void an_unroll_is_the_reference_unroll(void **unused) {
    (void)unused;
    static model m, after;
    static double gradient[MOST], velocity[MOST];
    fixture f;
    open_fixture(&f);
    unpad(&f.network, f.block, &m);
    memset(velocity, 0, sizeof velocity);
    for (uint32_t t = 0; t < 25; t++) {
        const float rate = 0.05f / (1.0f + 0.1f * (float)t);
        choose_images(&f, t);
        const double expected = mean_loss(&m, f.images, f.labels, gradient);
        const descent sgd = {.rate = rate, .momentum = 0.875f};
        CHECK_NEAR(expected, network_step(&f, pes_kernels_select(), sgd), 2e-5);
        for (int64_t k = 0; k < m.count; k++) {
            velocity[k] = 0.875 * velocity[k] + gradient[k];
            m.value[k] -= (double)rate * velocity[k];
        }
    }
    unpad(&f.network, f.block, &after);
    for (int64_t k = 0; k < m.count; k++) {
        CHECK_NEAR(m.value[k], after.value[k], 2e-5);
    }
    close_fixture(&f);
}

static void all_kernels_give_the_same_bits(void **unused) {
    (void)unused;
    fixture first;
    open_fixture(&first);
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        fixture f, *run = *k == &pes_kernels_scalar ? &first : &f;
        if (run == &f) {
            open_fixture(&f);
        }
        for (uint32_t t = 0; t < 10; t++) {
            choose_images(run, t);
            (void)network_step(run, *k, (descent){.rate = 0.1f, .momentum = 0.9f});
        }
        CHECK_SAME(first.block, run->block, 2 * first.network.floats);
        if (run == &f) {
            close_fixture(&f);
        }
    }
    close_fixture(&first);
}

// Cut at two standard deviations, a standard normal has the variance 0.773741. A mean of n
// independent such numbers is off by 5 standard errors once in 1.7 million times; its variance
// has the standard error sqrt((m4 - v^2) / n), m4 = 1.381.
static void initial_weights_are_truncated_normals(void **unused) {
    (void)unused;
    const pes_int_list wide = {.count = 2, .value = {256, 40}};
    const pes_mlp_network network = pes_mlp_network_shape(100, &wide, CLASSES);
    float *block = zeros(network.floats), *normal = zeros(pes_mlp_network_normals(&network));
    const pes_stream stream = {.seed = 8, .particle = 2, .episode = 1};
    pes_mlp_network_init(&network, &stream, 16, normal, block);
    for (int64_t l = 0; l < network.layers; l++) {
        const pes_mlp_layer *layer = &network.layer[l];
        const double root = sqrt((double)layer->in), n = (double)(layer->in * layer->out);
        double sum = 0.0, squares = 0.0, beyond = 0.0;
        for (int64_t i = 0; i < layer->in; i++) {
            for (int64_t j = 0; j < layer->out; j++) {
                const double z = root * (double)block[layer->weights + i * layer->stride + j];
                assert_true(fabs(z) <= 2.000001);
                beyond += fabs(z) > 1.9 ? 1.0 : 0.0;
                sum += z;
                squares += z * z;
            }
        }
        CHECK_NEAR(0.0, sum / n, 5.0 * sqrt(0.773741 / n));
        CHECK_NEAR(0.773741, squares / n, 5.0 * sqrt((1.381 - 0.5987) / n));
        CHECK_NEAR(0.012505, beyond / n, 5.0 * sqrt(0.0125 / n)); // not heaped up at the cut
        for (int64_t j = 0; j < layer->out; j++) {
            assert_true(block[layer->biases + j] == 0.0f);
        }
    }
    free(normal);
    free(block);
}

// Another episode, particle or seed starts elsewhere; so do two layers of the same shape.
static void initial_weights_follow_the_stream(void **unused) {
    (void)unused;
    const pes_int_list equal = {.count = 2, .value = {10, 10}};
    const pes_mlp_network network = pes_mlp_network_shape(10, &equal, CLASSES);
    static const pes_stream stream[] = {{1, 0, 0}, {1, 0, 1}, {1, 1, 0}, {2, 0, 0}};
    float *block[4], *normal = zeros(pes_mlp_network_normals(&network));
    for (int i = 0; i < 4; i++) {
        block[i] = zeros(network.floats);
        pes_mlp_network_init(&network, &stream[i], 16, normal, block[i]);
        for (int k = 0; k < i; k++) {
            assert_true(block[k][0] != block[i][0] && block[k][16] != block[i][16]);
        }
        assert_true(block[i][network.layer[1].weights] != block[i][0]);
    }
    for (int i = 0; i < 4; i++) {
        free(block[i]);
    }
    free(normal);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_are_padded_to_cache_lines),
        cmocka_unit_test(useful_operations_are_counted),
        cmocka_unit_test(the_reference_has_the_right_gradient),
        cmocka_unit_test(one_step_is_the_reference_step),
        cmocka_unit_test(an_unroll_is_the_reference_unroll),
        cmocka_unit_test(all_kernels_give_the_same_bits),
        cmocka_unit_test(initial_weights_are_truncated_normals),
        cmocka_unit_test(initial_weights_follow_the_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
