// A policy in a file is read back with its statistics to the bit, as the start of another run;
// files that hold something else are refused in a sentence, whatever they say of themselves.
//
// Seen to fail: without the statistics' count, with a shape or a number that was not looked at,
// with another run's settings believed, with a sum that was not compared.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pes/checkpoint.h"
#include "problems/control/policy_file.h"
#include "support/check.h"
#include "support/problem.h"
#include "support/scratch.h"

static scratch folder;

static const char mlp[] = "policy=mlp hidden=5,3 normalize=true normalize_clip=4";

// Weights and statistics that no problem begins with.
static pes_problem *learned(const char *settings) {
    pes_problem *problem = test_problem("cart_pole", settings, NULL);
    pes_control *control = problem->user;
    pes_noise_normal(&(pes_stream){.seed = 4}, 0, 0, problem->system.num_params,
                     problem->theta);
    const int64_t common = pes_normalize_common(&control->normalize);
    for (int64_t i = 0; i < common; i++) {
        control->common[i] = i == 0 ? 1234.0 : 0.5 + (double)i / 3.0;
    }
    return problem;
}

static const char *save(const pes_problem *problem, const char *name) {
    void *bytes;
    int64_t count;
    const char *path = scratch_path(&folder, name);
    CHECK_OK(pes_policy_file_pack(problem->user, "cart_pole", problem->theta, "a test", &bytes,
                                  &count));
    scratch_write(path, bytes, (size_t)count);
    free(bytes);
    return path;
}

static pes_status open_from(const char *path, const char *settings, pes_problem **out) {
    char all[800];
    (void)snprintf(all, sizeof all, "%s start_file=%s", settings, path);
    void *options = test_options("cart_pole", all);
    const pes_status status = pes_problem_type_find("cart_pole")->create(out, options, NULL);
    free(options);
    return status;
}

static void policies_come_back(void **unused) {
    (void)unused;
    static const char *const kind[] = {mlp, "policy=recurrent hidden=4 action_bounds=tanh",
                                       "bias=true normalize=true", "action_bounds=none"};
    for (size_t k = 0; k < sizeof kind / sizeof *kind; k++) {
        pes_problem *was = learned(kind[k]), *is = NULL;
        CHECK_OK(open_from(save(was, "policy.safetensors"), kind[k], &is));
        assert_memory_equal(pes_problem_theta(was), pes_problem_theta(is),
                            (size_t)was->system.num_params * sizeof(float));
        assert_int_equal(was->system.common_bytes, is->system.common_bytes);
        if (is->system.common_bytes > 0) {
            assert_memory_equal(pes_problem_common(was), pes_problem_common(is),
                                (size_t)is->system.common_bytes);
        }
        pes_problem_close(is);
        pes_problem_close(was);
    }
}

static void settings_are_said(void **unused) {
    (void)unused;
    static const char *const expected[] = {"\"cart_pole\"", "\"mlp\"", "[5, 3]", "false",
                                           "\"clip\"",      "true",    "4"};
    pes_problem *problem = learned(mlp);
    pes_policy_settings said;
    CHECK_OK(pes_policy_file_settings(&said, save(problem, "policy.safetensors")));
    assert_int_equal(7, said.count);
    for (int i = 0; i < 7; i++) {
        assert_string_equal(expected[i], said.value[i]);
    }
    assert_int_equal(problem->system.num_params, said.num_params);
    CHECK_NEAR(1234.0, said.seen, 0.0);
    pes_problem_close(problem);
}

static void other_policies_are_refused(void **unused) {
    (void)unused;
    static const struct {
        const char *settings, *words;
    } other[] = {
        {"policy=mlp hidden=5,4 normalize=true", "is another one than the settings say"},
        {"policy=mlp hidden=5,3", "is another one than the settings say"},
        {"normalize=true", "is another one than the settings say"},
        {"policy=mlp hidden=5,3 normalize=true action_bounds=tanh", "is another one"},
        {"policy=mlp hidden=5,3 normalize=true task=swing_up",
         "goes from 4 observed numbers to 1 actions, but this environment has 5 and 1"},
        {"policy=mlp hidden=5,3 normalize=true start_sha256=12ab",
         "start_sha256 says 12ab: its content has changed"},
    };
    pes_problem *was = learned(mlp), *is = NULL;
    const char *path = save(was, "policy.safetensors");
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        const bool sum = strstr(other[i].settings, "sha256") != NULL;
        CHECK_FAILS(sum ? PES_E_FORMAT : PES_E_ARGUMENT, other[i].words,
                    open_from(path, other[i].settings, &is));
        assert_null(is);
    }
    CHECK_FAILS(PES_E_FILE, "cannot open", open_from("/nowhere/policy", mlp, &is));
    pes_problem_close(was);
}

// A run notes what it began with.
static void a_start_is_pinned(void **unused) {
    (void)unused;
    const pes_problem_type *type = pes_problem_type_find("cart_pole");
    pes_problem *was = learned(mlp), *is = NULL;
    char all[800];
    (void)snprintf(all, sizeof all, "%s start_file=%s", mlp, save(was, "policy.safetensors"));
    void *options = test_options("cart_pole", all);
    CHECK_OK(type->create(&is, options, NULL));
    type->pin(is, options);
    pes_problem_close(is);
    CHECK_OK(type->create(&is, options, NULL));
    pes_problem_close(is);
    ((pes_control *)was->user)->common[3] += 1e-9;
    (void)save(was, "policy.safetensors");
    CHECK_FAILS(PES_E_FORMAT, "its content has changed", type->create(&is, options, NULL));
    free(options);
    pes_problem_close(was);
}

// ---- files that say what they are not -------------------------------------------------------

enum { TENSORS = 16, TEXTS = 6 };
static const char *const keys[TEXTS] = {"format", "problem",       "where",
                                        "policy", "action_bounds", "observation_clip"};

// The file with one thing changed: a text (`value`), or a tensor, which is left out, loses its
// last row, or has `number` as its first.
typedef struct change {
    const char *key, *value;
    const char *tensor;
    bool leave_out, shorten;
    double number;
    const char *words;
} change;

static void alter(const pes_checkpoint *file, const change *c, const char *path) {
    pes_text text[TEXTS];
    pes_tensor tensor[TENSORS];
    double data[64];
    int64_t count = 0;
    void *bytes;
    int64_t size;
    for (int i = 0; i < TEXTS; i++) {
        const bool here = c->key != NULL && strcmp(c->key, keys[i]) == 0;
        text[i] = (pes_text){keys[i], here ? c->value : pes_checkpoint_text(file, keys[i])};
    }
    for (int64_t i = 0; pes_checkpoint_tensor(file, i, &tensor[count]) == PES_OK; i++) {
        pes_tensor *t = &tensor[count];
        const bool here = c->tensor != NULL && strcmp(c->tensor, t->name) == 0;
        if (here && c->shorten) {
            t->bytes -= t->bytes / t->shape[0];
            t->shape[0]--;
        } else if (here && !c->leave_out) {
            const float single = (float)c->number;
            const bool is_single = strcmp(t->dtype, "F32") == 0;
            memcpy(data, t->data, (size_t)t->bytes);
            memcpy(data, is_single ? (const void *)&single : &c->number, is_single ? 4 : 8);
            t->data = data;
        }
        count += here && c->leave_out ? 0 : 1;
    }
    CHECK_OK(pes_checkpoint_pack(&bytes, &size, TEXTS, text, count, tensor));
    scratch_write(path, bytes, (size_t)size);
    free(bytes);
}

static void files_are_not_believed(void **unused) {
    (void)unused;
    static const change changes[] = {
        {.key = "format", .value = "pes policy 2", .words = "holds no policy of the format"},
        {.key = "policy", .value = "cnn", .words = "kind of policy or its action_bounds"},
        {.key = "policy", .value = "recurrent", .words = "'hidden.weight' or 'action.low'"},
        {.key = "policy", .value = "linear", .words = "a linear policy has no hidden layers"},
        {.key = "action_bounds", .value = "", .words = "kind of policy or its action_bounds"},
        {.key = "observation_clip", .value = "nan", .words = "no number from 0 to 1e6"},
        {.key = "observation_clip", .value = "4x", .words = "no number from 0 to 1e6"},
        {.tensor = "hidden1.weight", .leave_out = true, .words = "'hidden1.weight'"},
        {.tensor = "hidden1.bias", .leave_out = true, .words = "'hidden1.bias' is missing"},
        {.tensor = "hidden2.weight", .shorten = true, .words = "'hidden2.weight' has another"},
        {.tensor = "output.bias", .number = (double)NAN, .words = "not finite"},
        {.tensor = "action.low", .leave_out = true, .words = "'action.low' are missing"},
        {.tensor = "observation.count", .number = -1.0, .words = "no statistics have"},
        {.tensor = "observation.mean", .shorten = true, .words = "has another shape"},
        {.tensor = "observation.squares", .leave_out = true, .words = "is missing"},
        {.tensor = "observation.squares", .number = -1e-9, .words = "no statistics have"},
        {.tensor = "observation.scale", .number = 0.0, .words = "no statistics have"},
        {.tensor = "observation.scale", .number = (double)INFINITY, .words = "no statistics"},
    };
    pes_problem *was = learned(mlp);
    pes_checkpoint *file;
    CHECK_OK(pes_checkpoint_open(&file, save(was, "policy.safetensors")));
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        pes_policy_file read;
        const char *path = scratch_path(&folder, "altered.safetensors");
        alter(file, &changes[i], path);
        CHECK_FAILS(PES_E_FORMAT, changes[i].words, pes_policy_file_read(&read, path));
        assert_non_null(strstr(pes_last_error(), "altered.safetensors cannot be used"));
        assert_null(read.theta);
    }
    pes_checkpoint_close(file);
    pes_problem_close(was);
}

static int open_folder(void **unused) {
    (void)unused;
    scratch_open(&folder);
    return 0;
}

static int close_folder(void **unused) {
    (void)unused;
    scratch_close(&folder);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policies_come_back),         cmocka_unit_test(settings_are_said),
        cmocka_unit_test(other_policies_are_refused), cmocka_unit_test(a_start_is_pinned),
        cmocka_unit_test(files_are_not_believed),
    };
    return cmocka_run_group_tests(tests, open_folder, close_folder);
}
