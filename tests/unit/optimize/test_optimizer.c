// The named optimizers against their papers' formulas, written out once more in plain double
// precision, over a hundred updates.

#include <math.h>
#include <stdlib.h>

#include "pes/optimizer.h"
#include "support/check.h"

enum { N = 7, UPDATES = 100 };

// ---- a second implementation, for one parameter -------------------------------------

typedef struct reference {
    double m, v; // moments, velocity
} reference;

typedef double (*reference_step)(reference *r, const pes_optimizer_options *o, int t, double g);

static double step_sgd(reference *r, const pes_optimizer_options *o, int t, double g) {
    (void)r, (void)o, (void)t;
    return g;
}

static double step_momentum(reference *r, const pes_optimizer_options *o, int t, double g) {
    (void)t;
    r->v = o->momentum * r->v + g;
    return r->v;
}

static double step_nesterov(reference *r, const pes_optimizer_options *o, int t, double g) {
    (void)t;
    r->v = o->momentum * r->v + g;
    return g + o->momentum * r->v;
}

static double step_adam(reference *r, const pes_optimizer_options *o, int t, double g) {
    r->m = o->beta1 * r->m + (1.0 - o->beta1) * g;
    r->v = o->beta2 * r->v + (1.0 - o->beta2) * g * g;
    const double m_hat = r->m / (1.0 - pow(o->beta1, t));
    const double v_hat = r->v / (1.0 - pow(o->beta2, t));
    return m_hat / (sqrt(v_hat) + o->epsilon);
}

static double step_rmsprop(reference *r, const pes_optimizer_options *o, int t, double g) {
    (void)t;
    r->v = o->beta2 * r->v + (1.0 - o->beta2) * g * g;
    return g / (sqrt(r->v) + o->epsilon);
}

static const struct {
    const char *name;
    reference_step step;
    bool decoupled;
} references[] = {
    {"sgd", step_sgd, false},   {"momentum", step_momentum, false},
    {"adam", step_adam, false}, {"nesterov", step_nesterov, false},
    {"adamw", step_adam, true}, {"rmsprop", step_rmsprop, false},
};
enum { NUM_REFERENCES = sizeof references / sizeof *references };

static double gradient(int t, int i, double theta) {
    return 0.3 * theta + sin(0.7 * t + i) * (i + 1) * 0.1;
}

// Both begin at the same theta and follow gradients at their own.
static void follow(const pes_optimizer_options *options, reference_step step, bool decoupled) {
    pes_optimizer *optimizer;
    CHECK_OK(pes_optimizer_create(&optimizer, options, N));
    float theta[N], grad[N];
    double expected[N];
    reference memory[N] = {{0}};
    for (int i = 0; i < N; i++) {
        theta[i] = 0.5f * (float)i - 1.0f;
        expected[i] = (double)theta[i];
    }
    for (int t = 1; t <= UPDATES; t++) {
        for (int i = 0; i < N; i++) {
            grad[i] = (float)gradient(t, i, (double)theta[i]);
            double g = gradient(t, i, expected[i]);
            const double decay = options->weight_decay * expected[i];
            g += decoupled ? 0.0 : decay;
            const double u = step(&memory[i], options, t, g) + (decoupled ? decay : 0.0);
            expected[i] -= options->learning_rate * u;
        }
        CHECK_OK(pes_optimizer_apply(optimizer, grad, theta));
        for (int i = 0; i < N; i++) {
            CHECK_NEAR(expected[i], (double)theta[i], 2e-5);
        }
    }
    assert_int_equal(pes_optimizer_updates(optimizer), UPDATES);
    pes_optimizer_destroy(optimizer);
}

static void every_optimizer_follows_its_formula(void **state) {
    (void)state;
    for (int64_t i = 0; pes_optimizer_name(i) != NULL; i++) {
        int64_t r = 0;
        while (r < NUM_REFERENCES && strcmp(references[r].name, pes_optimizer_name(i)) != 0) {
            r++;
        }
        assert_true(r < NUM_REFERENCES); // a new optimizer needs a formula here
        pes_optimizer_options options = pes_optimizer_options_default();
        options.name = references[r].name;
        follow(&options, references[r].step, references[r].decoupled);
        options.weight_decay = 0.1;
        options.epsilon = 0.1; // large enough that its place matters
        options.beta2 = 0.9;
        options.momentum = 0.7;
        follow(&options, references[r].step, references[r].decoupled);
    }
}

// The first two updates by hand.
static void first_updates_are_the_papers(void **state) {
    (void)state;
    static const struct {
        const char *name;
        double first, second; // of theta, from 0, by gradients 2 and -1, learning rate 1
    } cases[] = {
        {"sgd", -2.0, -1.0},
        {"momentum", -2.0, -2.0 - (0.9 * 2.0 - 1.0)},
        {"nesterov", -(2.0 + 0.9 * 2.0), -3.8 - (-1.0 + 0.9 * 0.8)},
        // 1.58.. is sqrt(0.004996 / 0.001999)
        {"adam", -1.0, -1.0 - 0.08 / 0.19 / 1.5809015228},
        {"rmsprop", -2.0 / 0.0632455532033676, -31.6227766016838 + 1.0 / 0.0706823881882892},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pes_optimizer_options options = pes_optimizer_options_default();
        options.name = cases[i].name;
        options.learning_rate = 1.0;
        options.epsilon = 1e-12;
        pes_optimizer *optimizer;
        CHECK_OK(pes_optimizer_create(&optimizer, &options, 1));
        float theta = 0.0f, grad = 2.0f;
        CHECK_OK(pes_optimizer_apply(optimizer, &grad, &theta));
        CHECK_NEAR(cases[i].first, (double)theta, 1e-6 * fabs(cases[i].first));
        grad = -1.0f;
        CHECK_OK(pes_optimizer_apply(optimizer, &grad, &theta));
        CHECK_NEAR(cases[i].second, (double)theta, 1e-6 * fabs(cases[i].second));
        pes_optimizer_destroy(optimizer);
    }
}

// Weight decay of AdamW follows the scheduled rate and stays out of the moments.
static void adamw_decays_at_the_scheduled_rate(void **state) {
    (void)state;
    pes_optimizer_options options = pes_optimizer_options_default();
    options.name = "adamw";
    options.learning_rate = 0.5;
    options.weight_decay = 0.1;
    options.schedule = "step";
    options.decay_updates = 1;
    options.decay_factor = 0.5;
    pes_optimizer *optimizer;
    CHECK_OK(pes_optimizer_create(&optimizer, &options, 1));
    const float grad = 0.0f; // nothing but the decay moves
    float theta = 1.0f;
    CHECK_OK(pes_optimizer_apply(optimizer, &grad, &theta));
    CHECK_NEAR(0.95, (double)theta, 1e-7);
    CHECK_OK(pes_optimizer_apply(optimizer, &grad, &theta));
    CHECK_NEAR(0.95 * 0.975, (double)theta, 1e-7);
    int64_t count;
    const float *memory = pes_optimizer_memory(optimizer, &count);
    assert_int_equal(count, 2);
    assert_true(memory[0] == 0.0f && memory[1] == 0.0f);
    pes_optimizer_destroy(optimizer);
}

// ---- chains -------------------------------------------------------------------------

static float apply_once(const pes_optimizer_options *options, const float *grad, float *theta,
                        int64_t n) {
    pes_optimizer *optimizer;
    CHECK_OK(pes_optimizer_create(&optimizer, options, n));
    CHECK_OK(pes_optimizer_apply(optimizer, grad, theta));
    pes_optimizer_destroy(optimizer);
    return theta[0];
}

// Elements first, then the norm, then weight decay, which is not clipped; the rate is last.
static void clipping_comes_before_decay_and_rate(void **state) {
    (void)state;
    pes_optimizer_options options = pes_optimizer_options_default();
    options.name = "sgd";
    options.learning_rate = 0.5;
    options.clip_value = 4.0;
    options.clip_norm = 2.5;
    options.weight_decay = 10.0;
    const float grad[2] = {100.0f, -3.0f};
    float theta[2] = {1.0f, 0.0f};
    apply_once(&options, grad, theta, 2);
    CHECK_NEAR(1.0 - 0.5 * (4.0 * 2.5 / 5.0 + 10.0), (double)theta[0], 1e-6);
    CHECK_NEAR(0.5 * 3.0 * 2.5 / 5.0, (double)theta[1], 1e-6);
    assert_true(grad[0] == 100.0f); // unchanged
}

static void what_is_within_the_limits_is_not_clipped(void **state) {
    (void)state;
    pes_optimizer_options options = pes_optimizer_options_default();
    options.name = "sgd";
    options.learning_rate = 1.0;
    options.clip_value = 4.0;
    options.clip_norm = 5.0;
    const float grad[2] = {4.0f, -3.0f};
    float theta[2] = {0.0f, 0.0f};
    apply_once(&options, grad, theta, 2);
    assert_true(theta[0] == -4.0f && theta[1] == 3.0f);
    options.clip_norm = 20.0; // the norm is not raised to it either
    theta[0] = theta[1] = 0.0f;
    apply_once(&options, grad, theta, 2);
    assert_true(theta[0] == -4.0f && theta[1] == 3.0f);
}

// Floats that no address space holds.
static int64_t all_there_is(int64_t n) {
    (void)n;
    return INT64_MAX / 4;
}

static void chains_of_ones_own(void **state) {
    (void)state;
    const pes_transform chain[] = {
        pes_transform_momentum(0.5),
        pes_transform_scale(0.25),
        pes_transform_momentum(0.0),
    };
    pes_optimizer *optimizer;
    CHECK_OK(pes_optimizer_create_chain(&optimizer, chain, 3, 2));
    const float grad[2] = {4.0f, -8.0f};
    float theta[2] = {0.0f, 0.0f};
    CHECK_OK(pes_optimizer_apply(optimizer, grad, theta));
    CHECK_OK(pes_optimizer_apply(optimizer, grad, theta));
    assert_true(theta[0] == -1.0f - 1.5f && theta[1] == 2.0f + 3.0f);
    int64_t count;
    const float *memory = pes_optimizer_memory(optimizer, &count);
    const float expected[4] = {6.0f, -12.0f, 1.5f, -3.0f}; // link by link
    assert_int_equal(count, 4);
    CHECK_SAME(memory, expected, 4);
    pes_optimizer_destroy(optimizer);

    const pes_transform empty = {.name = "empty"};
    CHECK_FAILS(PES_E_ARGUMENT, "no apply()",
                pes_optimizer_create_chain(&optimizer, &empty, 1, 2));
    CHECK_FAILS(PES_E_ARGUMENT, "1 to 16", pes_optimizer_create_chain(&optimizer, chain, 0, 2));
    CHECK_FAILS(PES_E_ARGUMENT, "at least 1 parameter",
                pes_optimizer_create_chain(&optimizer, chain, 3, 0));
    const pes_transform greedy = {
        .name = "greedy", .memory = all_there_is, .apply = chain[0].apply};
    CHECK_FAILS(PES_E_MEMORY, "no memory",
                pes_optimizer_create_chain(&optimizer, &greedy, 1, 2));
    assert_null(optimizer);
}

// ---- failures -----------------------------------------------------------------------

static void what_is_not_finite_leaves_theta(void **state) {
    (void)state;
    pes_optimizer_options options = pes_optimizer_options_default();
    for (int64_t i = 0; pes_optimizer_name(i) != NULL; i++) {
        options.name = pes_optimizer_name(i);
        pes_optimizer *optimizer;
        CHECK_OK(pes_optimizer_create(&optimizer, &options, 5));
        const float start[5] = {1.0f, 2.0f, 3.0f, 4.0f, 5.0f};
        float theta[5], grad[5] = {0.0f, 1.0f, 2.0f, (float)NAN, INFINITY};
        memcpy(theta, start, sizeof theta);
        CHECK_FAILS(PES_E_ARGUMENT, "gradient[3] is not finite",
                    pes_optimizer_apply(optimizer, grad, theta));
        grad[3] = 0.0f;
        CHECK_FAILS(PES_E_ARGUMENT, "gradient[4] is not finite",
                    pes_optimizer_apply(optimizer, grad, theta));
        CHECK_SAME(theta, start, 5);
        assert_int_equal(pes_optimizer_updates(optimizer), 0);
        grad[4] = 1.0f;
        CHECK_OK(pes_optimizer_apply(optimizer, grad, theta)); // as if nothing had been
        assert_int_equal(pes_optimizer_updates(optimizer), 1);
        pes_optimizer_destroy(optimizer);
    }
}

static void overflow_is_told(void **state) {
    (void)state;
    pes_optimizer_options options = pes_optimizer_options_default();
    const float grad = 3e38f;
    float theta = -1.0f;
    pes_optimizer *optimizer;
    CHECK_OK(pes_optimizer_create(&optimizer, &options, 1));
    CHECK_FAILS(PES_E_ARGUMENT, "set clip_norm", pes_optimizer_apply(optimizer, &grad, &theta));
    pes_optimizer_destroy(optimizer);
    options.name = "sgd";
    options.learning_rate = 10.0;
    CHECK_OK(pes_optimizer_create(&optimizer, &options, 1));
    CHECK_FAILS(PES_E_ARGUMENT, "theta[0] would not be finite; lower learning_rate",
                pes_optimizer_apply(optimizer, &grad, &theta));
    assert_true(theta == -1.0f);
    pes_optimizer_destroy(optimizer);
}

static void check_refused(const pes_optimizer_options *options, const char *words) {
    pes_optimizer *optimizer;
    CHECK_FAILS(PES_E_ARGUMENT, words, pes_optimizer_create(&optimizer, options, 1));
    assert_null(optimizer);
}

static void options_out_of_range_are_refused(void **state) {
    (void)state;
    const pes_optimizer_options start = pes_optimizer_options_default();
    pes_optimizer_options options = start;
    options.name = "adamm";
    check_refused(&options, "did you mean 'adam'");
    options = start, options.schedule = "cosin";
    check_refused(&options, "did you mean 'cosine'");
    options = start, options.learning_rate = 0.0;
    check_refused(&options, "learning_rate must be a number above 0");
    options = start, options.learning_rate = (double)NAN;
    check_refused(&options, "learning_rate");
    options = start, options.beta2 = 1.0;
    check_refused(&options, "beta2");
    options = start, options.momentum = -0.1;
    check_refused(&options, "momentum");
    options = start, options.epsilon = 0.0;
    check_refused(&options, "epsilon");
    options = start, options.warmup = -1;
    check_refused(&options, "warmup");
    options = start, options.decay_updates = 0;
    check_refused(&options, "decay_updates");
    options = start, options.decay_factor = 1.5;
    check_refused(&options, "decay_factor");
    options = start, options.size = 0;
    check_refused(&options, "size is 0");
}

static void the_registry_speaks_of_every_name(void **state) {
    (void)state;
    static const char *const names[] = {"sgd",  "momentum", "nesterov",
                                        "adam", "adamw",    "rmsprop"};
    for (int64_t i = 0; i < 6; i++) {
        assert_string_equal(pes_optimizer_name(i), names[i]);
        assert_non_null(strstr(pes_optimizer_summary(names[i]), "("));
    }
    assert_null(pes_optimizer_name(6));
    assert_null(pes_optimizer_name(-1));
    assert_null(pes_optimizer_summary("none"));
    const pes_field_table *table = pes_optimizer_fields();
    assert_int_equal(table->struct_size, sizeof(pes_optimizer_options));
    pes_optimizer_options options;
    table->set_default(&options);
    CHECK_OK(pes_fields_check(table, &options));
    pes_optimizer_destroy(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_optimizer_follows_its_formula),
        cmocka_unit_test(first_updates_are_the_papers),
        cmocka_unit_test(adamw_decays_at_the_scheduled_rate),
        cmocka_unit_test(clipping_comes_before_decay_and_rate),
        cmocka_unit_test(what_is_within_the_limits_is_not_clipped),
        cmocka_unit_test(chains_of_ones_own),
        cmocka_unit_test(what_is_not_finite_leaves_theta),
        cmocka_unit_test(overflow_is_told),
        cmocka_unit_test(options_out_of_range_are_refused),
        cmocka_unit_test(the_registry_speaks_of_every_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
