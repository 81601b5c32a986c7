// pes/lopt.h: an optimizer that is created, saved and loaded takes the steps of its rule on a
// user's tensors; what it is given wrongly is refused, and so is a damaged file.
//
// link: -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=aligned_alloc,--wrap=free

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pes/lopt.h"
#include "problems/lopt/rule.h"
#include "support/alloc.h"
#include "support/check.h"
#include "support/scratch.h"

enum { ROWS = 7, COLUMNS = 5, MOST = 4096, STEPS = 5 };

static float *untrained(const char *name, const pes_int_list *hidden, int64_t *params) {
    pes_lopt_shape shape;
    assert_int_equal(pes_lopt_shape_of(&shape, name, hidden, 1.0), PES_OK);
    *params = pes_lopt_num_params(&shape);
    float *theta = calloc((size_t)*params, sizeof *theta);
    assert_non_null(theta);
    shape.rule->start(&shape, 1, theta);
    return theta;
}

static pes_learned *create(const char *name, const pes_int_list *hidden) {
    pes_learned_options options = pes_learned_options_default();
    int64_t params;
    float *theta = untrained(name, hidden, &params);
    pes_learned *learned;
    options.architecture = name;
    options.hidden = hidden != NULL ? *hidden : options.hidden;
    assert_int_equal(pes_learned_create(&learned, &options, params, theta), PES_OK);
    free(theta);
    return learned;
}

typedef struct training {
    float weights[ROWS * COLUMNS], gradient[ROWS * COLUMNS], memory[MOST];
    float bias[COLUMNS], bias_gradient[COLUMNS], bias_memory[MOST];
} training;

static training *training_begin(const pes_learned *learned) {
    training *t = calloc(1, sizeof *t);
    assert_non_null(t);
    assert_true(pes_learned_memory(learned, ROWS, COLUMNS) <= MOST);
    for (int i = 0; i < ROWS * COLUMNS; i++) {
        t->weights[i] = 0.1f * (float)cos(i);
    }
    return t;
}

// The gradient of |w|^2 / 2 + sin, so that there is something to learn.
static void fill_gradients(training *t, int64_t step) {
    for (int i = 0; i < ROWS * COLUMNS; i++) {
        t->gradient[i] = t->weights[i] + 0.1f * (float)sin((double)step + i);
    }
    for (int i = 0; i < COLUMNS; i++) {
        t->bias_gradient[i] = t->bias[i] - 0.3f;
    }
}

static void fill_tensors(training *t, pes_learned_tensor out[2]) {
    out[0] = (pes_learned_tensor){ROWS, COLUMNS, t->weights, t->gradient, t->memory};
    out[1] = (pes_learned_tensor){1, COLUMNS, t->bias, t->bias_gradient, t->bias_memory};
}

static void train(pes_learned *learned, training *t, bool one_by_one) {
    pes_learned_tensor tensor[2];
    fill_tensors(t, tensor);
    for (int64_t step = 0; step < STEPS; step++) {
        fill_gradients(t, step);
        if (one_by_one) {
            assert_int_equal(pes_learned_update(learned, step, 1, &tensor[1]), PES_OK);
            assert_int_equal(pes_learned_update(learned, step, 1, &tensor[0]), PES_OK);
        } else {
            assert_int_equal(pes_learned_update(learned, step, 2, tensor), PES_OK);
        }
    }
}

// The same by the rule itself.
static void train_by_rule(const char *name, const float *theta, training *t) {
    pes_lopt_shape shape;
    assert_int_equal(pes_lopt_shape_of(&shape, name, NULL, 1.0), PES_OK);
    float *prepared = calloc((size_t)pes_lopt_prepared_floats(&shape) + 1, sizeof *prepared);
    float *spare = calloc((size_t)pes_lopt_scratch_floats(&shape) + 1, sizeof *spare);
    pes_lopt_tensor tensor[2] = {
        {.rows = ROWS,
         .columns = COLUMNS,
         .weights = t->weights,
         .gradient = t->gradient,
         .moment = t->memory},
        {.rows = 1,
         .columns = COLUMNS,
         .weights = t->bias,
         .gradient = t->bias_gradient,
         .moment = t->bias_memory},
    };
    for (int64_t step = 0; step < STEPS; step++) {
        fill_gradients(t, step);
        const pes_lopt_step one = {&shape, pes_kernels_select(), theta, step, prepared, spare};
        shape.rule->begin(&one);
        for (int i = 0; i < 2; i++) {
            tensor[i].stride = COLUMNS;
            tensor[i].moment_distance = tensor[i].rows * COLUMNS;
            tensor[i].extra =
                tensor[i].moment + shape.rule->moments * tensor[i].moment_distance;
            shape.rule->apply(&one, &tensor[i]);
        }
    }
    free(prepared);
    free(spare);
}

// Every architecture, the order of the tensors, and a detour by a file.
static void an_update_is_the_rules_step(void **state) {
    (void)state;
    scratch folder;
    scratch_open(&folder);
    for (int64_t i = 0; pes_lopt_rule_name(i) != NULL; i++) {
        const char *name = pes_lopt_rule_name(i);
        pes_learned *learned = create(name, NULL), *loaded;
        training *a = training_begin(learned), *b = training_begin(learned);
        training *c = training_begin(learned);
        train(learned, a, false);
        train_by_rule(name, pes_learned_theta(learned), b);
        assert_memory_equal(a, b, sizeof *a);
        training *fresh = training_begin(learned);
        assert_memory_not_equal(a->weights, fresh->weights, sizeof a->weights);
        assert_memory_not_equal(a->bias, fresh->bias, sizeof a->bias);
        free(fresh);

        const char *path = scratch_path(&folder, "optimizer.safetensors");
        assert_int_equal(pes_learned_save(learned, path), PES_OK);
        assert_int_equal(pes_learned_load(&loaded, path), PES_OK);
        assert_string_equal(pes_learned_architecture(loaded), name);
        assert_int_equal(pes_learned_num_params(loaded), pes_learned_num_params(learned));
        train(loaded, c, true);
        assert_memory_equal(a, c, sizeof *a);
        pes_learned_destroy(learned);
        pes_learned_destroy(loaded);
        free(a), free(b), free(c);
    }
    scratch_close(&folder);
}

static void other_widths_come_through_a_file(void **state) {
    (void)state;
    const pes_int_list hidden = {.count = 3, .value = {7, 40, 3}};
    pes_learned *learned = create("mlp", &hidden), *loaded;
    scratch folder;
    scratch_open(&folder);
    const char *path = scratch_path(&folder, "widths.safetensors");
    assert_int_equal(pes_learned_save(learned, path), PES_OK);
    assert_int_equal(pes_learned_load(&loaded, path), PES_OK);
    const int64_t params = pes_learned_num_params(loaded);
    assert_int_equal(params, 20 * 7 + 8 * 40 + 41 * 3 + 4 * 2);
    assert_memory_equal(pes_learned_theta(loaded), pes_learned_theta(learned),
                        (size_t)params * sizeof(float));
    pes_learned_destroy(learned);
    pes_learned_destroy(loaded);
    scratch_close(&folder);
}

// ---- memory ---------------------------------------------------------------------------------

static void an_update_allocates_nothing(void **state) {
    (void)state;
    for (int64_t i = 0; pes_lopt_rule_name(i) != NULL; i++) {
        pes_learned *learned = create(pes_lopt_rule_name(i), NULL);
        training *t = training_begin(learned);
        alloc_reset();
        train(learned, t, false);
        assert_int_equal(alloc_read().calls, 0);
        pes_learned_destroy(learned);
        free(t);
    }
}

// Each allocation of a load fails once; then there is a sentence, and nothing is left.
static void a_load_without_memory_leaves_nothing(void **state) {
    (void)state;
    scratch folder;
    scratch_open(&folder);
    const char *path = scratch_path(&folder, "optimizer.safetensors");
    pes_learned *learned = create("factored", NULL), *loaded;
    assert_int_equal(pes_learned_save(learned, path), PES_OK);
    pes_status status = PES_E_MEMORY;
    for (int64_t n = 1; status != PES_OK; n++) {
        alloc_reset();
        alloc_fail_at(n);
        status = pes_learned_load(&loaded, path);
        alloc_fail_at(0);
        assert_true(status == PES_E_MEMORY || (status == PES_OK && n > 2));
        assert_int_equal(alloc_read().live, status == PES_OK ? 1 : 0);
    }
    pes_learned_destroy(loaded);
    pes_learned_destroy(learned);
    scratch_close(&folder);
}

// ---- what is refused ------------------------------------------------------------------------

static void wrong_arguments_are_refused(void **state) {
    (void)state;
    pes_learned_options options = pes_learned_options_default();
    pes_learned *learned;
    const float theta[4] = {0};
    assert_int_equal(pes_learned_create(&learned, &options, 4, theta), PES_E_ARGUMENT);
    assert_non_null(strstr(pes_last_error(), "1762"));
    assert_null(learned);
    options.architecture = "nothing";
    assert_int_equal(pes_learned_create(&learned, &options, 4, theta), PES_E_ARGUMENT);
    const float wild[4] = {0.0f, 0.0f, NAN, INFINITY};
    options.architecture = "adam";
    CHECK_FAILS(PES_E_ARGUMENT, "theta[2] is not finite",
                pes_learned_create(&learned, &options, 4, wild));
    options = pes_learned_options_default();
    options.hidden.count = PES_LIST_SIZE + 1;
    assert_int_equal(pes_learned_create(&learned, &options, 4, theta), PES_E_ARGUMENT);
    options.size = 3;
    assert_int_equal(pes_learned_create(&learned, &options, 4, theta), PES_E_ARGUMENT);
    assert_int_equal(pes_learned_create(&learned, NULL, 4, theta), PES_E_ARGUMENT);
}

static void a_wrong_update_changes_nothing(void **state) {
    (void)state;
    pes_learned *learned = create("mlp", NULL);
    training *t = training_begin(learned), *before = training_begin(learned);
    pes_learned_tensor good[2], bad[2];
    fill_tensors(t, good);
    assert_int_equal(pes_learned_update(learned, -1, 2, good), PES_E_ARGUMENT);
    assert_int_equal(pes_learned_update(learned, 0, 1, NULL), PES_E_ARGUMENT);
    for (int i = 0; i < 5; i++) {
        memcpy(bad, good, sizeof bad);
        pes_learned_tensor *second = &bad[1];
        second->rows = i == 0 ? 0 : second->rows;
        second->columns = i == 1 ? INT64_MAX : second->columns;
        second->weights = i == 2 ? NULL : second->weights;
        second->gradient = i == 3 ? NULL : second->gradient;
        second->memory = i == 4 ? NULL : second->memory;
        assert_int_equal(pes_learned_update(learned, 0, 2, bad), PES_E_ARGUMENT);
        assert_non_null(strstr(pes_last_error(), "tensor 1"));
    }
    assert_memory_equal(t, before, sizeof *t);
    assert_int_equal(pes_learned_memory(learned, 0, 1), 0);
    assert_int_equal(pes_learned_memory(learned, INT64_MAX, 2), 0);
    pes_learned_destroy(learned);
    free(t), free(before);
}

// Any byte of the file changed, and any length cut.
static void damage_is_refused(void **state) {
    (void)state;
    pes_learned *learned = create("adam", NULL), *loaded;
    scratch folder;
    scratch_open(&folder);
    const char *path = scratch_path(&folder, "damage.safetensors");
    assert_int_equal(pes_learned_save(learned, path), PES_OK);
    size_t count;
    unsigned char *bytes = scratch_read(path, &count);
    assert_true(count > 100);
    for (size_t i = 0; i < count; i += 7) {
        const bool cut = i % 2 == 0;
        bytes[i] ^= cut ? 0 : 0x41;
        scratch_write(path, bytes, cut ? i : count);
        bytes[i] ^= cut ? 0 : 0x41;
        assert_int_equal(pes_learned_load(&loaded, path), PES_E_FORMAT);
    }
    free(bytes);
    pes_learned_destroy(learned);
    scratch_close(&folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_update_is_the_rules_step),
        cmocka_unit_test(other_widths_come_through_a_file),
        cmocka_unit_test(an_update_allocates_nothing),
        cmocka_unit_test(a_load_without_memory_leaves_nothing),
        cmocka_unit_test(wrong_arguments_are_refused),
        cmocka_unit_test(a_wrong_update_changes_nothing),
        cmocka_unit_test(damage_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
