// Pictures of MuJoCo's states have the model's links where they are, in a window that goes
// along over marks that stay.
//
// Seen to fail: with marks that go along, with marks counted on until the window's end where
// that is out of reach, with a box drawn by an edge that points at the eye.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/check.h"
#include "support/problem.h"
#include "support/scratch.h"

// One particle at its start.
typedef struct actor {
    pes_problem *problem;
    void *worker;
    double *state; // the time, then the positions
} actor;

static void begin(actor *a, const char *name, const char *settings) {
    a->problem = test_problem(name, settings, NULL);
    const pes_system *system = pes_problem_system(a->problem);
    CHECK_OK(system->worker_open(system->user, 1, &a->worker));
    a->state = test_states(a->problem, 1);
    test_begin(a->problem, (pes_stream){.seed = 3}, pes_problem_theta(a->problem), a->state);
}

static void end(actor *a) {
    const pes_system *system = pes_problem_system(a->problem);
    system->worker_close(system->user, a->worker);
    free(a->state);
    pes_problem_close(a->problem);
}

static void draw_at(actor *a, double x, pes_scene *scene) {
    a->state[1] = x;
    CHECK_OK(pes_problem_draw(a->problem, a->worker, a->state, scene));
}

// The shapes of a scene that belong to the floor, or those that do not, into `out`.
static int shapes_of(const pes_scene *scene, bool floor, pes_shape out[PES_SCENE_SHAPES]) {
    int count = 0;
    for (int64_t i = 0; i < scene->count; i++) {
        if ((scene->shape[i].tone == PES_TONE_GROUND) == floor) {
            out[count++] = scene->shape[i];
        }
    }
    return count;
}

// From above the swimmer is three links of a metre, the first of them another than the rest.
static void pictures_from_above_have_the_links(void **unused) {
    (void)unused;
    actor a;
    pes_scene scene;
    pes_shape link[PES_SCENE_SHAPES];
    begin(&a, "swimmer", "");
    draw_at(&a, 0.0, &scene);
    assert_int_equal(3, shapes_of(&scene, false, link));
    for (int i = 0; i < 3; i++) {
        CHECK_NEAR(1.0, hypot(link[i].x[1] - link[i].x[0], link[i].y[1] - link[i].y[0]), 1e-9);
        CHECK_NEAR(0.1, link[i].radius, 1e-12);
        assert_int_equal(i == 0 ? PES_TONE_BODY : PES_TONE_LIMB, link[i].tone);
    }
    end(&a);
}

// From the side a hopper is a floor and four limbs that stand on it, all of them in a picture
// that goes along.
static void pictures_from_the_side_stand_on_a_floor(void **unused) {
    (void)unused;
    actor a;
    pes_scene scene;
    pes_shape shape[PES_SCENE_SHAPES];
    begin(&a, "hopper", "");
    draw_at(&a, 7.0, &scene);
    CHECK_NEAR(7.0, scene.centre[0], 0.5);
    assert_true(shapes_of(&scene, true, shape) > 1);
    CHECK_NEAR(0.0, shape[0].y[0], 0.0);
    assert_int_equal(4, shapes_of(&scene, false, shape));
    double lowest = 1.0, highest = 0.0;
    for (int i = 0; i < 4; i++) {
        lowest = fmin(lowest, fmin(shape[i].y[0], shape[i].y[1]) - shape[i].radius);
        highest = fmax(highest, fmax(shape[i].y[0], shape[i].y[1]) + shape[i].radius);
    }
    CHECK_NEAR(0.04, lowest, 0.02); // it begins a little above the floor
    assert_true(highest < scene.centre[1] + 0.5 * scene.size[1]);
    end(&a);
}

// Marks stay where they are while the window moves; where no two of them can be told apart in
// double precision, there is a picture all the same.
static void marks_show_the_way(void **unused) {
    (void)unused;
    static const char *const name[] = {"swimmer", "half_cheetah"};
    for (int k = 0; k < 2; k++) {
        actor a;
        pes_scene scene;
        pes_shape mark[PES_SCENE_SHAPES];
        begin(&a, name[k], "");
        for (int i = 0; i < 20; i++) {
            draw_at(&a, 0.37 * i - 3.0, &scene);
            const int count = shapes_of(&scene, true, mark);
            assert_in_range(count, 3, 40);
            for (int m = 0; m < count; m++) {
                const bool is_line = mark[m].x[0] != mark[m].x[1]; // the floor
                assert_true(is_line || fabs(remainder(mark[m].x[0], 0.5)) < 1e-12);
            }
        }
        draw_at(&a, 1e30, &scene);
        draw_at(&a, (double)NAN, &scene);
        end(&a);
    }
}

// A box is as long as its edge that is longest in the picture and as wide as the second,
// however deep it is.
static void boxes_have_two_edges(void **unused) {
    (void)unused;
    static const char model[] =
        "<mujoco><worldbody><body><joint name='x' type='slide' axis='1 0 0'/>"
        "<geom type='box' size='.2 3 .1' pos='0 0 1'/>"
        "<geom type='ellipsoid' size='.3 .5 .1' pos='0 0 2'/></body></worldbody>"
        "<actuator><motor joint='x'/></actuator></mujoco>";
    scratch folder;
    actor a;
    pes_scene scene;
    pes_shape shape[PES_SCENE_SHAPES];
    char settings[600];
    scratch_open(&folder);
    const char *path = scratch_path(&folder, "model.xml");
    scratch_write(path, model, sizeof model - 1);
    (void)snprintf(settings, sizeof settings,
                   "model=%s forward_joint=x observe_from=0 view=side", path);
    begin(&a, "mujoco", settings);
    draw_at(&a, 0.0, &scene);
    assert_int_equal(2, shapes_of(&scene, false, shape));
    static const double half[2] = {0.2, 0.3};
    for (int i = 0; i < 2; i++) {
        CHECK_NEAR(0.1, shape[i].radius, 1e-12);
        CHECK_NEAR(half[i] - 0.1, 0.5 * fabs(shape[i].x[1] - shape[i].x[0]), 1e-12);
        CHECK_NEAR(1.0 + i, shape[i].y[0], 1e-12);
        CHECK_NEAR(1.0 + i, shape[i].y[1], 1e-12);
    }
    end(&a);
    scratch_close(&folder);
}

int main(void) {
    if (pes_problem_type_find("mujoco")->available() != PES_OK) {
        print_message("skipped: %s\n", pes_last_error());
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_from_above_have_the_links),
        cmocka_unit_test(pictures_from_the_side_stand_on_a_floor),
        cmocka_unit_test(marks_show_the_way),
        cmocka_unit_test(boxes_have_two_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
