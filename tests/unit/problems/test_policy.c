// Policies compute what policy.h says, and the layer between policy and environment (control.h)
// treats particles of any number alike, those that end and those that are lost too.
//
// Seen to fail: a bias left out, the recurrent product taken of something else than the memory,
// particles beyond the first 64 skipped, particles that go on after their end.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "problems/control/policy.h"
#include "support/check.h"
#include "support/problem.h"

enum { OBSERVED = 4, ACTIONS = 2, MOST = 400 };

static pes_policy make(const char *kind, int64_t layers, bool bias) {
    pes_policy_options options = pes_policy_default();
    options.kind = kind;
    options.hidden = (pes_int_list){.count = layers, .value = {5, 3}};
    options.bias = bias;
    options.output_scale = 1.0;
    pes_policy policy;
    CHECK_OK(pes_policy_create(&policy, &options, OBSERVED, ACTIONS));
    assert_true(policy.num_params <= MOST);
    return policy;
}

// y = start + x W in double precision.
static void product(int64_t inputs, int64_t outputs, const double *x, const float *w,
                    double *y) {
    for (int64_t o = 0; o < outputs; o++) {
        for (int64_t i = 0; i < inputs; i++) {
            y[o] += x[i] * (double)w[i * outputs + o];
        }
    }
}

static void expect(const pes_policy *policy, const float *theta, const double *x, int64_t count,
                   const double *action) {
    float seen[OBSERVED], memory[8] = {0}, room[32], got[ACTIONS];
    for (int64_t t = 0; t < count; t++) {
        for (int i = 0; i < OBSERVED; i++) {
            seen[i] = (float)x[t * OBSERVED + i];
        }
        pes_policy_act(policy, theta, seen, memory, room, got);
        for (int k = 0; k < ACTIONS; k++) {
            CHECK_NEAR(action[t * ACTIONS + k], (double)got[k], 1e-5);
        }
    }
}

static const double view[2 * OBSERVED] = {0.5, -1.0, 0.25, 2.0, -0.75, 0.125, 1.5, -0.5};

static void linear_is_a_product(void **unused) {
    (void)unused;
    float theta[MOST];
    for (int bias = 0; bias < 2; bias++) {
        const pes_policy policy = make("linear", 0, bias == 1);
        assert_int_equal(OBSERVED * ACTIONS + bias * ACTIONS, policy.num_params);
        pes_policy_init(&policy, theta);
        theta[policy.num_params - 1] += 0.5f;
        double action[ACTIONS] = {0};
        for (int k = 0; k < ACTIONS && bias == 1; k++) {
            action[k] = (double)theta[OBSERVED * ACTIONS + k];
        }
        product(OBSERVED, ACTIONS, view, theta, action);
        expect(&policy, theta, view, 1, action);
    }
}

static void squash(int64_t count, double *x) {
    for (int64_t i = 0; i < count; i++) {
        x[i] = tanh(x[i]);
    }
}

static void start(int64_t count, const float *bias, double *y) {
    for (int64_t i = 0; i < count; i++) {
        y[i] = (double)bias[i];
    }
}

static void draw(int64_t count, float *theta) {
    pes_noise_normal(&(pes_stream){.seed = 3}, 0, 0, count, theta);
}

static void perceptrons_have_tanh_units(void **unused) {
    (void)unused;
    const pes_policy policy = make("mlp", 2, false);
    float theta[MOST];
    assert_int_equal(4 * 5 + 5 + 5 * 3 + 3 + 3 * 2 + 2, policy.num_params);
    draw(policy.num_params, theta);
    double first[5], second[3], action[ACTIONS];
    start(5, theta + 20, first);
    product(4, 5, view, theta, first);
    squash(5, first);
    start(3, theta + 40, second);
    product(5, 3, first, theta + 25, second);
    squash(3, second);
    start(2, theta + 49, action);
    product(3, 2, second, theta + 43, action);
    expect(&policy, theta, view, 1, action);
}

// Two observations: the second answer depends on the first.
static void recurrent_policies_remember(void **unused) {
    (void)unused;
    const pes_policy policy = make("recurrent", 1, false);
    float theta[MOST];
    assert_int_equal(4 * 5 + 5 * 5 + 5 + 5 * 2 + 2, policy.num_params);
    assert_int_equal(5, policy.num_memory);
    draw(policy.num_params, theta);
    double memory[5] = {0}, action[2 * ACTIONS];
    for (int t = 0; t < 2; t++) {
        double next[5];
        start(5, theta + 45, next);
        product(4, 5, view + t * OBSERVED, theta, next);
        product(5, 5, memory, theta + 20, next);
        squash(5, next);
        start(2, theta + 60, action + t * ACTIONS);
        product(5, 2, next, theta + 50, action + t * ACTIONS);
        memcpy(memory, next, sizeof memory);
    }
    expect(&policy, theta, view, 2, action);
}

// The last layer has a scale of its own, with tanh behind it, too.
static void the_first_actions_are_scaled(void **unused) {
    (void)unused;
    static const char *const bounds[] = {"clip", "tanh"};
    for (int k = 0; k < 2; k++) {
        char settings[64];
        (void)snprintf(settings, sizeof settings, "output_scale=0 action_bounds=%s", bounds[k]);
        pes_problem *problem = test_problem("cart_pole", settings, NULL);
        const float *theta = pes_problem_theta(problem);
        for (int64_t i = 0; i < pes_problem_system(problem)->num_params; i++) {
            CHECK_NEAR(0.0, (double)theta[i], 0.0);
        }
        pes_problem_close(problem);
    }
}

static void names_and_refusals(void **unused) {
    (void)unused;
    const pes_policy policy = make("recurrent", 1, false);
    char room[PES_NAME_SIZE];
    assert_string_equal("hidden_weight.0.0", pes_policy_param_name(&policy, 0, room));
    assert_string_equal("hidden_weight.3.4", pes_policy_param_name(&policy, 19, room));
    assert_string_equal("hidden_recurrent.0.1", pes_policy_param_name(&policy, 21, room));
    assert_string_equal("hidden_bias.4", pes_policy_param_name(&policy, 49, room));
    assert_string_equal("output_weight.4.0", pes_policy_param_name(&policy, 58, room));
    assert_string_equal("output_bias.1", pes_policy_param_name(&policy, 61, room));
    assert_null(pes_policy_param_name(&policy, 62, room));
    assert_null(pes_policy_param_name(&policy, -1, room));
    pes_policy refused;
    pes_policy_options options = pes_policy_default();
    options.hidden.count = 1;
    CHECK_FAILS(PES_E_ARGUMENT, "or hidden = []", pes_policy_create(&refused, &options, 1, 1));
    options.hidden.count = 2;
    options.kind = "recurrent";
    CHECK_FAILS(PES_E_ARGUMENT, "one hidden layer",
                pes_policy_create(&refused, &options, 1, 1));
    options.hidden.count = 0;
    options.kind = "mlp";
    CHECK_FAILS(PES_E_ARGUMENT, "hidden = [16, 16]",
                pes_policy_create(&refused, &options, 1, 1));
}

// ---- many particles -------------------------------------------------------------------------

enum { PARTICLES = 150, STEPS = 60 };

typedef struct crowd {
    const pes_system *system;
    float *theta;
    unsigned char *state;
    pes_stream stream[PARTICLES];
    int64_t clock[PARTICLES], ended[PARTICLES];
    double loss[PARTICLES * STEPS];
} crowd;

static void begin(crowd *c, const pes_problem *problem) {
    c->system = pes_problem_system(problem);
    c->theta = calloc((size_t)(PARTICLES * c->system->num_params), sizeof(float));
    c->state = test_states(problem, PARTICLES);
    assert_non_null(c->theta);
    for (int64_t i = 0; i < PARTICLES; i++) {
        c->stream[i] = (pes_stream){.seed = 8, .particle = (uint32_t)i};
        float *theta = c->theta + i * c->system->num_params;
        pes_noise_normal(&c->stream[i], 0, 0, c->system->num_params, theta);
        theta[0] = i % 10 == 3 ? (float)INFINITY : theta[0]; // these are lost
    }
}

static void end(crowd *c) {
    free(c->theta);
    free(c->state);
}

// All in one batch; some particles end before others, some are lost at once.
static void a_crowd_is_its_particles(void **unused) {
    (void)unused;
    pes_problem *problem = test_problem("cart_pole", "normalize=true tilt=0.15", NULL);
    static crowd c;
    begin(&c, problem);
    const pes_batch batch = {.count = PARTICLES,
                             .steps = STEPS,
                             .theta = c.theta,
                             .state = c.state,
                             .stream = c.stream,
                             .clock = c.clock,
                             .loss = c.loss,
                             .ended = c.ended};
    void *worker = NULL, *alone = test_states(problem, 1);
    CHECK_OK(c.system->worker_open(c.system->user, PARTICLES, &worker));
    CHECK_OK(c.system->init(c.system->user, worker, &batch));
    CHECK_OK(c.system->unroll(c.system->user, worker, &batch));
    int64_t early = 0, late = 0;
    for (int64_t i = 0; i < PARTICLES; i++) {
        const float *theta = c.theta + i * c.system->num_params;
        double loss[STEPS];
        test_begin(problem, c.stream[i], theta, alone);
        const int64_t ended = test_advance(problem, c.stream[i], theta, alone, 0, STEPS, loss);
        assert_int_equal(ended, c.ended[i]);
        for (int64_t t = 0; t < (ended > 0 ? ended : STEPS); t++) {
            const double expected = i % 10 == 3 ? (double)NAN : -1.0;
            assert_true(isnan(expected) ? isnan(loss[t]) : loss[t] == expected);
            assert_true(isnan(expected) ? isnan(c.loss[i * STEPS + t])
                                        : c.loss[i * STEPS + t] == expected);
        }
        early += ended > 0;
        late += ended == 0 && i % 10 != 3;
        if (ended > 0) { // the first step that ends it, and nothing happens after it
            test_begin(problem, c.stream[i], theta, alone);
            assert_int_equal(
                0, test_advance(problem, c.stream[i], theta, alone, 0, ended - 1, loss));
            (void)test_advance(problem, c.stream[i], theta, alone, ended - 1, 1, loss);
        }
        assert_memory_equal(alone, c.state + i * c.system->state_bytes,
                            (size_t)c.system->state_bytes);
    }
    assert_true(early > 20 && late > 5); // the test means something
    c.system->worker_close(c.system->user, worker);
    free(alone);
    end(&c);
    pes_problem_close(problem);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linear_is_a_product),
        cmocka_unit_test(perceptrons_have_tanh_units),
        cmocka_unit_test(recurrent_policies_remember),
        cmocka_unit_test(the_first_actions_are_scaled),
        cmocka_unit_test(names_and_refusals),
        cmocka_unit_test(a_crowd_is_its_particles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
