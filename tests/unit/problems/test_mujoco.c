// Environments in MuJoCo: the same bits whatever a worker did before, rewards and observations
// as the settings say, and what goes wrong is said or counted. Gymnasium's environments are
// stepped beside these in tests/cli/gymnasium.sh.
//
// Seen to fail: with the solver's start left out of the state, with MuJoCo's own reset
// believed, with contacts that were left out, with the wrong sign of the control cost.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "pes/estimator.h"
#include "problems/control/control.h"
#include "problems/control/mujoco/mujoco.h"
#include "support/check.h"
#include "support/problem.h"
#include "support/scratch.h"

static const pes_environment *environment_of(const pes_problem *problem) {
    return &((const pes_control *)problem->user)->environment;
}

// One particle of an environment, to be stepped by hand.
typedef struct actor {
    pes_problem *problem;
    const pes_environment *environment;
    const pes_mujoco *own;
    void *worker;
    pes_stream stream;
    pes_actor actor;
    double reward;
    bool ended;
} actor;

static void begin(actor *a, const char *name, const char *settings) {
    *a = (actor){.problem = test_problem(name, settings, NULL), .stream = {.seed = 3}};
    a->environment = environment_of(a->problem);
    a->own = a->environment->user;
    CHECK_OK(a->environment->worker_open(a->environment->user, &a->worker));
    a->actor = (pes_actor){.state = test_states(a->problem, 1), .stream = &a->stream};
    CHECK_OK(a->environment->reset(a->environment->user, a->worker, &a->actor));
}

static double *positions(const actor *a) {
    return (double *)a->actor.state + 1;
}

static double *velocities(const actor *a) {
    return positions(a) + a->own->sizes.num_positions;
}

static void take_step(actor *a, const double *action) {
    a->ended = false;
    CHECK_OK(a->environment->step(a->environment->user, a->worker, 1, &a->actor, action,
                                  &a->reward, &a->ended));
}

static void end(actor *a) {
    a->environment->worker_close(a->environment->user, a->worker);
    free(a->actor.state);
    pes_problem_close(a->problem);
}

// ---- bits -----------------------------------------------------------------------------------

// The gradients of some updates, with weights that move all joints.
static void estimate(const pes_problem *problem, int64_t threads, double *gradient) {
    enum { UPDATES = 6 };
    const int64_t params = pes_problem_system(problem)->num_params;
    float *theta = calloc((size_t)params, sizeof *theta);
    float *grad = calloc((size_t)params, sizeof *grad);
    pes_estimator_options options = pes_estimator_options_default();
    options.method = "pes";
    options.particles = 12;
    options.truncation = 20;
    options.horizon = 70;
    options.sigma = 0.3;
    options.threads = threads;
    pes_estimator *estimator = NULL;
    CHECK_OK(pes_estimator_create(&estimator, pes_problem_system(problem), &options));
    for (int64_t u = 0; u < UPDATES; u++) {
        pes_estimate_info info;
        CHECK_OK(pes_estimator_step(estimator, theta, grad, &info));
        for (int64_t i = 0; i < params; i++) {
            gradient[u * params + i] = (double)grad[i];
        }
    }
    pes_estimator_destroy(estimator);
    free(grad);
    free(theta);
}

static void threads_have_the_same_bits(void **unused) {
    (void)unused;
    static const char *const name[] = {"swimmer", "half_cheetah", "hopper"};
    for (size_t i = 0; i < 3; i++) {
        pes_problem *problem = test_problem(name[i], "", NULL);
        const int64_t params = pes_problem_system(problem)->num_params;
        double *one = calloc((size_t)(6 * params), sizeof *one);
        double *three = calloc((size_t)(6 * params), sizeof *three);
        estimate(problem, 1, one);
        estimate(problem, 3, three);
        CHECK_SAME(one, three, 6 * params);
        assert_true(one[5 * params] != 0.0);
        free(three);
        free(one);
        pes_problem_close(problem);
    }
}

// Two cheetahs in turns on one worker, and each of them alone.
static void particles_share_a_worker(void **unused) {
    (void)unused;
    enum { STEPS = 100 };
    actor first, second, alone;
    begin(&first, "half_cheetah", "");
    begin(&alone, "half_cheetah", "");
    begin(&second, "half_cheetah", "position_noise=0.3");
    double action[6];
    for (int t = 0; t < STEPS; t++) {
        for (int k = 0; k < 6; k++) {
            action[k] = sin(0.5 * t + k);
        }
        take_step(&first, action);
        take_step(&alone, action);
        void *own = second.worker;
        second.worker = first.worker;
        take_step(&second, action);
        second.worker = own;
        assert_true(first.reward == alone.reward);
    }
    CHECK_SAME((double *)first.actor.state, (double *)alone.actor.state,
               first.own->sizes.state_reals);
    end(&second);
    end(&alone);
    end(&first);
}

// ---- what the settings say ------------------------------------------------------------------

static void the_reward_is_speed_and_costs(void **unused) {
    (void)unused;
    actor a;
    begin(&a, "swimmer", "forward_weight=2 control_cost=0.5 healthy_bonus=3");
    const double action[2] = {0.25, -2.0}, before = positions(&a)[0];
    take_step(&a, action);
    const double speed = (positions(&a)[0] - before) / 0.04;
    CHECK_NEAR(2.0 * speed - 0.5 * (0.0625 + 4.0) + 3.0, a.reward, 1e-12);
    CHECK_NEAR(0.04, *(double *)a.actor.state, 1e-15); // seconds
    end(&a);
}

// The torso's frame is where its first slide has got to.
static void a_body_is_where_its_joints_are(void **unused) {
    (void)unused;
    actor joint, body, across;
    begin(&joint, "swimmer", "");
    begin(&body, "swimmer", "forward_joint= forward_body=torso");
    begin(&across, "swimmer", "forward_joint= forward_body=torso forward_axis=y");
    const double action[2] = {1.0, -0.5};
    for (int t = 0; t < 50; t++) {
        const double y = positions(&across)[1];
        take_step(&joint, action);
        take_step(&body, action);
        take_step(&across, action);
        CHECK_NEAR(joint.reward, body.reward, 1e-9);
        CHECK_NEAR((positions(&across)[1] - y) / 0.04 - 1.25e-4, across.reward, 1e-9);
    }
    end(&across);
    end(&body);
    end(&joint);
}

static void observations_are_cut(void **unused) {
    (void)unused;
    actor a;
    double seen[11];
    begin(&a, "hopper", "velocity_clip=2");
    velocities(&a)[0] = -3.0;
    velocities(&a)[1] = 1.5;
    a.environment->observe(a.environment->user, a.worker, 1, &a.actor, seen);
    assert_int_equal(11, a.environment->num_observed);
    assert_true(seen[0] == positions(&a)[1] && seen[4] == positions(&a)[5]);
    assert_true(seen[5] == -2.0 && seen[6] == 1.5);
    end(&a);
}

// A hopper that leans over, flies too high or has a foot turned too far has ended, with the
// bonus of that step; or it goes on without.
static void what_is_unhealthy_ends(void **unused) {
    (void)unused;
    static const struct {
        const char *settings;
        int64_t number; // of (positions, velocities), which is changed
        double value;
        bool ends;
        double bonus;
    } hurt[] = {
        {"", 2, 0.3, true, 1.0},
        {"healthy.0.high=3", 1, 5.0, true, 1.0},
        {"healthy=0", 5, 110.0, true, 1.0},
        {"healthy=0 healthy_limit=0", 5, 110.0, false, 1.0},
        {"healthy=0 healthy_limit=0", 2, 0.3, false, 1.0},
        {"unhealthy_ends=false", 2, 0.3, false, 0.0},
    };
    const double action[3] = {0.0, 0.0, 0.0};
    for (size_t i = 0; i < sizeof hurt / sizeof *hurt; i++) {
        char settings[200];
        actor a;
        (void)snprintf(settings, sizeof settings, "control_cost=0 forward_weight=0 %s",
                       hurt[i].settings);
        begin(&a, "hopper", settings);
        take_step(&a, action);
        assert_true(a.reward == 1.0 && !a.ended);
        positions(&a)[hurt[i].number] = hurt[i].value;
        take_step(&a, action);
        assert_int_equal(hurt[i].ends, a.ended);
        assert_true(a.reward == hurt[i].bonus);
        end(&a);
    }
}

static void starts_are_spread(void **unused) {
    (void)unused;
    enum { EPISODES = 200 };
    actor a;
    double least = 1.0, most = -1.0, squares = 0.0, largest = 0.0;
    begin(&a, "half_cheetah", "");
    for (int i = 0; i < EPISODES; i++) {
        a.stream.episode = (uint32_t)i;
        CHECK_OK(a.environment->reset(a.environment->user, a.worker, &a.actor));
        for (int k = 0; k < 9; k++) {
            least = fmin(least, positions(&a)[k]);
            most = fmax(most, positions(&a)[k]);
            squares += velocities(&a)[k] * velocities(&a)[k] / (9.0 * EPISODES);
            largest = fmax(largest, fabs(velocities(&a)[k]));
        }
    }
    CHECK_NEAR(-0.1, least, 2e-3);
    CHECK_NEAR(0.1, most, 2e-3);
    CHECK_NEAR(0.1, sqrt(squares), 0.01); // six standard errors
    assert_true(largest > 0.25);          // not uniform
    end(&a);
}

// The older Gym's files, where they are at hand: the same swimmer and hopper, which newer
// versions of MuJoCo do not read.
static void older_models_move_alike(void **unused) {
    (void)unused;
    static const char *const name[] = {"swimmer", "hopper"};
    const char *data = getenv("PES_DATA");
    for (size_t i = 0; data != NULL && i < 2; i++) {
        const pes_problem_type *type = pes_problem_type_find(name[i]);
        char settings[400];
        (void)snprintf(settings, sizeof settings, "model=%s/mujoco/gym/%s.xml", data, name[i]);
        void *options = test_options(name[i], settings);
        pes_problem *problem = NULL;
        const pes_status status = type->create(&problem, options, NULL);
        pes_problem_close(problem);
        free(options);
        if (status != PES_OK) {
            print_message("%s\n", pes_last_error());
            assert_true(status == PES_E_FILE || strstr(pes_last_error(), "XML Error") != NULL);
            continue;
        }
        actor older, ours;
        begin(&older, name[i], settings);
        begin(&ours, name[i], "");
        for (int t = 0; t < 100; t++) {
            const double action[3] = {sin(0.3 * t), cos(0.2 * t), 0.1};
            take_step(&older, action);
            take_step(&ours, action);
            CHECK_NEAR(ours.reward, older.reward, 1e-9);
        }
        end(&ours);
        end(&older);
    }
}

static void ten_thousand_particles_are_small(void **unused) {
    (void)unused;
    static const char *const name[] = {"swimmer", "half_cheetah", "hopper"};
    for (size_t i = 0; i < 3; i++) {
        pes_problem *problem = test_problem(name[i], "", NULL);
        const pes_system *system = pes_problem_system(problem);
        pes_estimator_options options = pes_estimator_options_default();
        options.particles = 10000;
        options.truncation = 100;
        options.horizon = 1000;
        options.threads = 1;
        const double bytes = (double)pes_estimator_memory(system, &options);
        const double beyond = bytes - (double)system->worker_bytes;
        print_message("%s: %.1f MB for 10,000 particles, %.1f MB of simulation\n", name[i],
                      1e-6 * beyond, 1e-6 * (double)system->worker_bytes);
        assert_true(beyond < 20e6);
        pes_problem_close(problem);
    }
}

// A hopper that has learned nothing falls within 100 steps.
static void a_loop_of_the_engine_goes_on_with_other_episodes(void **unused) {
    (void)unused;
    pes_problem *problem = test_problem("hopper", "", NULL);
    const pes_engine_course course = {
        .theta = pes_problem_theta(problem), .sigma = 0.3, .seed = 1, .steps = 400};
    const pes_engine_course none = {.theta = course.theta};
    pes_engine_loop *loop;
    int64_t taken;
    CHECK_OK(pes_engine_loop_open(&loop, problem, &course, &taken));
    assert_int_equal(taken, 400);
    CHECK_OK(pes_engine_loop_run(loop));
    CHECK_OK(pes_engine_loop_run(loop));
    pes_engine_loop_close(loop);
    assert_int_equal(pes_engine_loop_open(&loop, problem, &none, &taken), PES_E_ARGUMENT);
    assert_null(loop);
    pes_problem_close(problem);
}

int main(void) {
    const pes_problem_type *type = pes_problem_type_find("mujoco");
    if (type->available() != PES_OK) {
        print_message("skipped: %s\n", pes_last_error());
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_have_the_same_bits),
        cmocka_unit_test(particles_share_a_worker),
        cmocka_unit_test(the_reward_is_speed_and_costs),
        cmocka_unit_test(a_body_is_where_its_joints_are),
        cmocka_unit_test(observations_are_cut),
        cmocka_unit_test(what_is_unhealthy_ends),
        cmocka_unit_test(starts_are_spread),
        cmocka_unit_test(older_models_move_alike),
        cmocka_unit_test(ten_thousand_particles_are_small),
        cmocka_unit_test(a_loop_of_the_engine_goes_on_with_other_episodes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
