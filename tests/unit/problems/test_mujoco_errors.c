// What is wrong with a model, or happens in it, is said in one sentence or counted: no output,
// no end of the process, no file MUJOCO_LOG.TXT.
//
// Seen to fail: without handlers of MuJoCo's errors and warnings, with explosions believed to
// be resets, with models in which time stands still.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "pes/estimator.h"
#include "problems/control/mujoco/mujoco.h"
#include "support/check.h"
#include "support/problem.h"
#include "support/scratch.h"

static scratch folder;

// A model in a file of its own: what stands in front of a world of three boxes on a floor, and
// the actuators.
static const char *write_model(const char *before, const char *actuators) {
    char text[2000];
    const char *path = scratch_path(&folder, "model.xml");
    const int length = snprintf(
        text, sizeof text,
        "<mujoco>%s<worldbody><geom type='plane' size='9 9 9'/>"
        "<body name='cart' pos='0 0 .1'><joint name='x' type='slide' axis='1 0 0'/>"
        "<joint name='z' type='slide' axis='0 0 1'/><geom type='box' size='.2 .2 .1'/></body>"
        "<body pos='1 0 .1'><joint type='slide' axis='0 0 1'/>"
        "<geom type='box' size='.2 .2 .11'/></body>"
        "<body pos='2 0 .1'><joint type='slide' axis='0 0 1'/>"
        "<geom type='box' size='.2 .2 .11'/></body></worldbody>"
        "<actuator>%s</actuator></mujoco>",
        before, actuators);
    scratch_write(path, text, (size_t)length);
    return path;
}

static void *options_of(const char *path, const char *settings) {
    char all[1000];
    (void)snprintf(all, sizeof all, "model=%s forward_joint=x %s", path, settings);
    return test_options("mujoco", all);
}

static void refused(const char *path, const char *settings, pes_status status,
                    const char *words) {
    pes_problem *problem = NULL;
    void *options = options_of(path, settings);
    CHECK_FAILS(status, words,
                pes_problem_type_find("mujoco")->create(&problem, options, NULL));
    assert_null(problem);
    assert_null(strchr(pes_last_error(), '\n'));
    free(options);
}

static const char motor[] = "<motor joint='x'/>";

static void models_that_are_none(void **unused) {
    (void)unused;
    refused(write_model("<bdy/>", motor), "", PES_E_FORMAT, "unrecognized element");
    refused(write_model("", "<motor joint='nowhere'/>"), "", PES_E_FORMAT, "nowhere");
    refused(write_model("", ""), "", PES_E_FORMAT, "it has no actuators");
    for (int i = 0; i < 3; i++) {
        static const char *const timestep[] = {"0", "-0.01", "nan"};
        char option[64];
        (void)snprintf(option, sizeof option, "<option timestep='%s'/>", timestep[i]);
        refused(write_model(option, motor), "", PES_E_FORMAT, "timestep is no positive number");
    }
    refused("/nowhere/model.xml", "", PES_E_FILE, "/nowhere/model.xml cannot be opened");
    scratch_write(scratch_path(&folder, "empty.xml"), "", 0);
    refused(scratch_path(&folder, "empty.xml"), "", PES_E_FORMAT, "cannot load the model");
}

static void names_that_the_model_lacks(void **unused) {
    (void)unused;
    const char *path = write_model("", motor);
    refused(path, "forward_joint=y", PES_E_ARGUMENT,
            "forward_joint names the joint 'y', but those of the model are: x, z");
    refused(path, "forward_body=horse", PES_E_ARGUMENT,
            "forward_body names the body 'horse', but those of the model are: world, cart");
    refused(path, "healthy=1 healthy.0.joint=q", PES_E_ARGUMENT,
            "healthy names the joint 'q', but those of the model are: x, z");
    refused(path, "healthy=1 healthy.0.joint=x healthy.0.part=1", PES_E_ARGUMENT,
            "healthy asks for part 1 of joint 'x', which has parts 0 to 0");
    refused(path, "healthy=1 healthy.0.joint=x healthy.0.low=2 healthy.0.high=0.5",
            PES_E_ARGUMENT, "low has to be less than high");
    refused(path, "observe_from=5", PES_E_ARGUMENT,
            "observe_from is 5, but the model has 4 positions");
}

// A run notes what its file was; another file is refused.
static void a_file_that_has_changed(void **unused) {
    (void)unused;
    const pes_problem_type *type = pes_problem_type_find("mujoco");
    const char *path = write_model("", motor);
    pes_mujoco_options *options = options_of(path, "observe_from=0");
    pes_problem *problem = NULL;
    assert_int_equal(0, type->num_params(options));
    CHECK_OK(type->create(&problem, options, NULL));
    type->pin(problem, options);
    pes_problem_close(problem);
    assert_int_equal(8, type->num_params(options));
    CHECK_OK(type->create(&problem, options, NULL));
    pes_problem_close(problem);
    options->model_shape.value[1] = 5;
    CHECK_FAILS(PES_E_FORMAT, "has 4 positions, 4 velocities and 1 actions, but model_shape",
                type->create(&problem, options, NULL));
    options->model_shape.count = 2;
    CHECK_FAILS(PES_E_ARGUMENT, "model_shape has 2 numbers; give three",
                type->create(&problem, options, NULL));
    (void)write_model("<option timestep='0.001'/>", motor);
    CHECK_FAILS(PES_E_FORMAT, "its content has changed", type->create(&problem, options, NULL));
    free(options);
}

// ---- while it runs --------------------------------------------------------------------------

static pes_estimator *estimator_of(const pes_problem *problem, double sigma) {
    pes_estimator_options options = pes_estimator_options_default();
    options.particles = 8;
    options.truncation = 10;
    options.horizon = 40;
    options.sigma = sigma;
    options.max_dropped = 1.0;
    options.threads = 2;
    pes_estimator *estimator = NULL;
    CHECK_OK(pes_estimator_create(&estimator, pes_problem_system(problem), &options));
    return estimator;
}

// A motor without limits: actions of 1e12 are as good as infinite. MuJoCo's answer is to begin
// again from the model's start, which would be a perfect score of its own.
static void explosions_are_counted(void **unused) {
    (void)unused;
    char settings[600];
    (void)snprintf(settings, sizeof settings, "model=%s forward_joint=x observe_from=0",
                   write_model("", "<motor joint='x' gear='1e9'/>"));
    pes_problem *problem = test_problem("mujoco", settings, NULL);
    static const float gentle[8], wild[8] = {1e12F, 1e12F, 1e12F, 1e12F};
    float grad[8];
    pes_estimate_info info;
    pes_estimator *estimator = estimator_of(problem, 1e-12);
    CHECK_OK(pes_estimator_step(estimator, gentle, grad, &info));
    assert_int_equal(0, info.dropped);
    CHECK_OK(pes_estimator_step(estimator, wild, grad, &info));
    assert_int_equal(8, info.dropped);
    CHECK_OK(pes_estimator_step(estimator, gentle, grad, &info));
    assert_int_equal(0, info.dropped);
    pes_estimator_destroy(estimator);
    pes_problem_close(problem);
}

// Too small for the boxes' contacts, in the way of each version of MuJoCo.
static void overflows_are_errors(void **unused) {
    (void)unused;
    static const char *const size[2][2] = {
        {"<size njmax='2'/>", "larger <size njmax=\"...\"/>"},
        {"<size memory='12K'/>", "larger <size memory=\"...\"/>"},
    };
    const pes_problem_type *type = pes_problem_type_find("mujoco");
    int64_t opened = 0;
    for (int i = 1; i >= 0 && opened == 0; i--) {
        void *options = options_of(write_model(size[i][0], motor), "");
        pes_problem *problem = NULL;
        if (type->create(&problem, options, NULL) == PES_OK) {
            pes_estimator *estimator = estimator_of(problem, 0.1);
            const float theta[6] = {0.0F};
            float grad[6];
            pes_estimate_info info;
            CHECK_FAILS(PES_E_SYSTEM, size[i][1],
                        pes_estimator_step(estimator, theta, grad, &info));
            pes_estimator_destroy(estimator);
            pes_problem_close(problem);
            opened++;
        }
        free(options);
    }
    assert_int_equal(1, opened);
}

// MuJoCo gives up in the middle of a step, for which it ends the process by default.
static void giving_up_is_an_error(void **unused) {
    (void)unused;
    const pes_problem_type *type = pes_problem_type_find("mujoco");
    static const char *const size[] = {"<size memory='1K'/>", "<size nstack='350'/>"};
    int64_t failed = 0;
    for (int i = 0; i < 2; i++) {
        void *options = options_of(write_model(size[i], motor), "");
        pes_problem *problem = NULL;
        if (type->create(&problem, options, NULL) == PES_OK) {
            pes_estimator *estimator = estimator_of(problem, 0.1);
            const float theta[6] = {0.0F};
            float grad[6];
            pes_estimate_info info;
            const pes_status status = pes_estimator_step(estimator, theta, grad, &info);
            failed += status == PES_E_SYSTEM && strstr(pes_last_error(), "MuJoCo") != NULL;
            pes_estimator_destroy(estimator);
            pes_problem_close(problem);
        }
        free(options);
    }
    assert_int_equal(1, failed); // each version knows one of them
}

static int go_there(void **unused) {
    (void)unused;
    scratch_open(&folder);
    return chdir(folder.path);
}

static int nothing_was_written(void **unused) {
    (void)unused;
    const bool is_clean = !scratch_exists(scratch_path(&folder, "MUJOCO_LOG.TXT"));
    scratch_close(&folder);
    return is_clean ? 0 : 1;
}

int main(void) {
    if (pes_problem_type_find("mujoco")->available() != PES_OK) {
        print_message("skipped: %s\n", pes_last_error());
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(models_that_are_none),    cmocka_unit_test(names_that_the_model_lacks),
        cmocka_unit_test(a_file_that_has_changed), cmocka_unit_test(explosions_are_counted),
        cmocka_unit_test(overflows_are_errors),    cmocka_unit_test(giving_up_is_an_error),
    };
    return cmocka_run_group_tests(tests, go_there, nothing_was_written);
}
