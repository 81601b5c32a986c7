// What a state looks like: the shapes of the model, flattened onto a plane. The picture goes
// along with the model's bodies, and up and down with nothing that has a floor.

#include <math.h>
#include <string.h>

#include "problems/control/mujoco/mujoco.h"

static const double height = 0.5;  // of a picture, over its width
static const double ground = 0.15; // of the height, below the floor

static bool is_body(const pes_physics_shape *shape) {
    return shape->form < PES_PHYSICS_PLANE;
}

// The coordinate that is upwards in pictures.
static int upwards(const pes_mujoco *own) {
    return strcmp(own->options.view, "top") == 0 ? 1 : 2;
}

// The axis along which a shape is longest.
static int longest(const pes_physics_shape *shape) {
    const double *size = shape->size;
    if (shape->form == PES_PHYSICS_CAPSULE || (size[2] >= size[0] && size[2] >= size[1])) {
        return 2;
    }
    return size[0] >= size[1] ? 0 : 1;
}

// A shape as a line with round ends: half its length, and its radius.
static void measure(const pes_physics_shape *shape, double *half, double *radius) {
    const int axis = longest(shape);
    const double beside = shape->size[axis == 0 ? 1 : 0];
    const bool is_box = shape->form == PES_PHYSICS_BOX;
    *radius = is_box ? beside : shape->size[0];
    *half = is_box                               ? shape->size[axis] - beside
            : shape->form == PES_PHYSICS_CAPSULE ? shape->size[1]
                                                 : 0.0;
}

static pes_shape flatten(const pes_physics_shape *shape, int up) {
    double half, radius;
    measure(shape, &half, &radius);
    const int axis = longest(shape);
    const double x = half * shape->axes[axis], y = half * shape->axes[3 * up + axis];
    return (pes_shape){
        .x = {shape->position[0] - x, shape->position[0] + x},
        .y = {shape->position[up] - y, shape->position[up] + y},
        .radius = radius,
        .tone = PES_TONE_LIMB,
    };
}

static void find_centre(const pes_mujoco *own, const pes_physics_shape *shape,
                        double centre[3]) {
    double count = 0.0;
    memset(centre, 0, 3 * sizeof *centre);
    for (int64_t i = 0; i < own->sizes.num_shapes; i++) {
        count += is_body(&shape[i]) ? 1.0 : 0.0;
        for (int k = 0; k < 3; k++) {
            centre[k] += is_body(&shape[i]) ? shape[i].position[k] : 0.0;
        }
    }
    for (int k = 0; k < 3; k++) {
        centre[k] /= count > 0.0 ? count : 1.0;
    }
}

double pes_mujoco_window(const pes_mujoco *own, const pes_physics_shape *shape) {
    double centre[3], reach = 0.1;
    find_centre(own, shape, centre);
    for (int64_t i = 0; i < own->sizes.num_shapes; i++) {
        double half, radius, away = 0.0;
        measure(&shape[i], &half, &radius);
        for (int k = 0; k < 3; k++) {
            away += (shape[i].position[k] - centre[k]) * (shape[i].position[k] - centre[k]);
        }
        const double end = sqrt(away) + half + radius;
        reach = is_body(&shape[i]) && end > reach ? end : reach;
    }
    return 3.0 * reach;
}

pes_status pes_mujoco_draw(void *user, void *worker, const void *state, pes_scene *scene) {
    const pes_mujoco *own = user;
    const pes_mujoco_worker *with = worker;
    const int up = upwards(own);
    double centre[3];
    if (!own->engine->shapes(with->engine, state, with->shape)) {
        return pes_mujoco_failed(own, with);
    }
    find_centre(own, with->shape, centre);
    *scene = (pes_scene){.centre = {centre[0], centre[up]},
                         .size = {own->window, height * own->window}};
    for (int64_t i = 0; i < own->sizes.num_shapes && scene->count < PES_SCENE_SHAPES; i++) {
        const pes_physics_shape *shape = &with->shape[i];
        if (is_body(shape)) {
            scene->shape[scene->count++] = flatten(shape, up);
        } else if (shape->form == PES_PHYSICS_PLANE && up == 2) {
            const double z = shape->position[2], aside = 0.5 * own->window;
            scene->centre[1] = z + (0.5 - ground) * height * own->window;
            scene->shape[scene->count++] =
                (pes_shape){.x = {centre[0] - aside, centre[0] + aside},
                            .y = {z, z},
                            .tone = PES_TONE_GROUND};
        }
    }
    return PES_OK;
}
