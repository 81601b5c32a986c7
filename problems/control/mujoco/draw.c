// What a state looks like: the shapes of the model, flattened onto a plane. The picture goes
// along with the model's bodies, and up and down with nothing that has a floor; marks that stay
// where they are show the way.

#include <math.h>
#include <string.h>

#include "problems/control/mujoco/mujoco.h"

static const double height = 0.5;  // of a picture, over its width
static const double ground = 0.15; // of the height, below the floor
static const double marks = 2.5;   // in the width of a picture, at least

static bool is_body(const pes_physics_shape *shape) {
    return shape->form < PES_PHYSICS_PLANE;
}

// The coordinate that is upwards in pictures.
static int upwards(const pes_mujoco *own) {
    return strcmp(own->options.view, "top") == 0 ? 1 : 2;
}

// ---- shapes ---------------------------------------------------------------------------------

// A line with round ends: where it goes from its middle, and its radius.
typedef struct stadium {
    double x, y, radius;
} stadium;

static stadium flatten_capsule(const pes_physics_shape *shape, int up) {
    const double half = shape->form == PES_PHYSICS_CAPSULE ? shape->size[1] : 0.0;
    return (stadium){half * shape->axes[2], half * shape->axes[3 * up + 2], shape->size[0]};
}

// As long as the box's edge that is longest in the picture, as wide as the second.
static stadium flatten_box(const pes_physics_shape *shape, int up) {
    double x = 0.0, y = 0.0, longest = 0.0, second = 0.0;
    for (int axis = 0; axis < 3; axis++) {
        const double u = shape->size[axis] * shape->axes[axis];
        const double v = shape->size[axis] * shape->axes[3 * up + axis];
        const double length = sqrt(u * u + v * v);
        if (length > longest) {
            second = longest;
            longest = length;
            x = u;
            y = v;
        } else if (length > second) {
            second = length;
        }
    }
    const double line = longest > 0.0 ? (longest - second) / longest : 0.0;
    return (stadium){line * x, line * y, second};
}

static pes_shape flatten(const pes_physics_shape *shape, int up) {
    const stadium s =
        (shape->form == PES_PHYSICS_BOX ? flatten_box : flatten_capsule)(shape, up);
    const double *at = shape->position;
    return (pes_shape){
        .x = {at[0] - s.x, at[0] + s.x},
        .y = {at[up] - s.y, at[up] + s.y},
        .radius = s.radius,
        .tone = shape->body == 1 ? PES_TONE_BODY : PES_TONE_LIMB,
    };
}

// No point of it is farther from its position.
static double reach_of(const pes_physics_shape *shape) {
    const double *size = shape->size;
    return shape->form == PES_PHYSICS_BOX
               ? sqrt(size[0] * size[0] + size[1] * size[1] + size[2] * size[2])
           : shape->form == PES_PHYSICS_CAPSULE ? size[0] + size[1]
                                                : size[0];
}

// ---- the window -----------------------------------------------------------------------------

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

// Half as wide again as the shapes could be, and as high as they are above a floor.
double pes_mujoco_window(const pes_mujoco *own, const pes_physics_shape *shape) {
    double centre[3], reach = 0.1, floor = (double)INFINITY, top = 0.0;
    find_centre(own, shape, centre);
    for (int64_t i = 0; i < own->sizes.num_shapes; i++) {
        double away = 0.0;
        for (int k = 0; k < 3; k++) {
            away += (shape[i].position[k] - centre[k]) * (shape[i].position[k] - centre[k]);
        }
        const double end = sqrt(away) + reach_of(&shape[i]);
        reach = is_body(&shape[i]) ? fmax(reach, end) : reach;
        floor = shape[i].form == PES_PHYSICS_PLANE ? shape[i].position[2] : floor;
    }
    for (int64_t i = 0; i < own->sizes.num_shapes && upwards(own) == 2 && isfinite(floor);
         i++) {
        const double end = shape[i].position[2] + reach_of(&shape[i]) - floor;
        top = is_body(&shape[i]) ? fmax(top, end) : top;
    }
    return fmax(3.0 * reach, 1.1 * top / ((1.0 - ground) * height));
}

// ---- the floor ------------------------------------------------------------------------------

static void add(pes_scene *scene, pes_shape shape) {
    if (scene->count < PES_SCENE_SHAPES) {
        scene->shape[scene->count++] = shape;
    }
}

// 1, 2 or 5 times a power of ten, so that from `marks` to two and a half times as many fit a
// width.
static double spacing_of(double width) {
    const double most = width / marks, power = pow(10.0, floor(log10(most)));
    return power * (most >= 5.0 * power ? 5.0 : most >= 2.0 * power ? 2.0 : 1.0);
}

enum { MOST_MARKS = 7 };

// Number `index` of the marks from `low` on.
static double mark(double low, double apart, int index) {
    return apart * (ceil(low / apart) + index);
}

// From the side a line with ticks below it.
static void add_floor(pes_scene *scene, double z) {
    const double aside = 0.5 * scene->size[0], middle = scene->centre[0];
    const double apart = spacing_of(scene->size[0]), tick = 0.02 * scene->size[0];
    scene->centre[1] = z + (0.5 - ground) * scene->size[1];
    add(scene, (pes_shape){.x = {middle - aside, middle + aside},
                           .y = {z, z},
                           .tone = PES_TONE_GROUND});
    for (int i = 0; i < MOST_MARKS; i++) {
        const double x = mark(middle - aside, apart, i);
        add(scene, (pes_shape){.x = {x, x}, .y = {z, z - tick}, .tone = PES_TONE_GROUND});
    }
}

// From above dots.
static void add_dots(pes_scene *scene) {
    const double *middle = scene->centre, *size = scene->size;
    const double apart = spacing_of(size[0]), left = middle[0] - 0.5 * size[0],
                 below = middle[1] - 0.5 * size[1];
    for (int i = 0; i < MOST_MARKS; i++) {
        for (int k = 0; k < MOST_MARKS / 2 + 1; k++) {
            const double x = mark(left, apart, i), y = mark(below, apart, k);
            add(scene, (pes_shape){.x = {x, x},
                                   .y = {y, y},
                                   .radius = 0.005 * size[0],
                                   .tone = PES_TONE_GROUND});
        }
    }
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
    for (int64_t i = 0; i < own->sizes.num_shapes && up == 2; i++) {
        if (with->shape[i].form == PES_PHYSICS_PLANE) {
            add_floor(scene, with->shape[i].position[2]);
            break;
        }
    }
    if (up == 1) {
        add_dots(scene);
    }
    for (int64_t i = 0; i < own->sizes.num_shapes; i++) {
        if (is_body(&with->shape[i])) {
            add(scene, flatten(&with->shape[i], up));
        }
    }
    return PES_OK;
}
