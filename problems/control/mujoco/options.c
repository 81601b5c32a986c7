#include "problems/control/mujoco/options.h"

#include <stdio.h>

// ---- healthy ranges -------------------------------------------------------------------------

static void set_healthy_default(void *row) {
    *(pes_mujoco_healthy *)row = (pes_mujoco_healthy){.low = -1e30, .high = 1e30};
}

#define OF pes_mujoco_healthy
static const pes_field healthy_fields[] = {
    PES_PROBLEM_FIELD(OF, joint, TEXT, 0.0, 0.0, "", "the joint's name in the model", NULL),
    PES_PROBLEM_INT(OF, part, 0, 6, "",
                    "which of its positions, counted from 0: a free joint has seven (a place, "
                    "then a quaternion), a hinge or a slide one"),
    PES_PROBLEM_REAL(OF, low, -1e30, 1e30, "", "the position has to be above this"),
    PES_PROBLEM_REAL(OF, high, -1e30, 1e30, "", "and below this"),
};
#undef OF

static const pes_field_table healthy_table = {
    .name = "problem.healthy",
    .field = healthy_fields,
    .count = (int64_t)(sizeof healthy_fields / sizeof *healthy_fields),
    .struct_size = sizeof(pes_mujoco_healthy),
    .set_default = set_healthy_default,
};

// ---- the built-in environments --------------------------------------------------------------

// What they have in common. Actions are not cut off here: the model has its motors' ranges, and
// the cost is that of what the policy asked for.
static pes_mujoco_options common(const char *builtin) {
    pes_mujoco_options options = {
        .size = (uint32_t)sizeof(pes_mujoco_options),
        .builtin = builtin,
        .horizon = 1000,
        .frame_skip = 4,
        .observe_from = 1,
        .forward_axis = "x",
        .forward_joint = "rootx",
        .forward_weight = 1.0,
        .unhealthy_ends = true,
        .velocity_noise_kind = "uniform",
        .view = "side",
        .policy = pes_policy_default(),
    };
    options.policy.action_bounds = "none";
    return options;
}

static void set_swimmer(void *options) {
    pes_mujoco_options *o = options;
    *o = common("swimmer");
    o->observe_from = 2;
    (void)snprintf(o->forward_joint, sizeof o->forward_joint, "slider1");
    o->control_cost = 1e-4;
    o->position_noise = 0.1;
    o->velocity_noise = 0.1;
    o->view = "top";
}

static void set_half_cheetah(void *options) {
    pes_mujoco_options *o = options;
    *o = common("half_cheetah");
    o->frame_skip = 5;
    o->control_cost = 0.1;
    o->position_noise = 0.1;
    o->velocity_noise = 0.1;
    o->velocity_noise_kind = "normal";
}

static void set_hopper(void *options) {
    pes_mujoco_options *o = options;
    *o = common("hopper");
    o->velocity_clip = 10.0;
    o->control_cost = 1e-3;
    o->healthy_bonus = 1.0;
    o->healthy = (pes_mujoco_healthy_list){
        .count = 2,
        .row = {{.joint = "rootz", .low = 0.7, .high = 1e30},
                {.joint = "rooty", .low = -0.2, .high = 0.2}},
    };
    o->healthy_limit = 100.0;
    o->healthy_limit_from = 2;
    o->position_noise = 5e-3;
    o->velocity_noise = 5e-3;
}

// ---- settings -------------------------------------------------------------------------------

const char *pes_mujoco_axis_name(int64_t index) {
    static const char *const name[] = {"x", "y", "z"};
    return index >= 0 && index < 3 ? name[index] : NULL;
}

static const char *noise_name(int64_t index) {
    static const char *const name[] = {"uniform", "normal"};
    return index >= 0 && index < 2 ? name[index] : NULL;
}

static const char *view_name(int64_t index) {
    static const char *const name[] = {"side", "top"};
    return index >= 0 && index < 2 ? name[index] : NULL;
}

#define OF pes_mujoco_options
static const pes_field fields[] = {
    PES_PROBLEM_FIELD(OF, model, TEXT, 0.0, 0.0, "path",
                      "a model in MJCF or URDF; empty: the built-in one", NULL),
    PES_PROBLEM_FIELD(OF, model_sha256, TEXT, 0.0, 0.0, "",
                      "SHA-256 sum that the model's file must have; empty: any; a run notes it",
                      NULL),
    PES_PROBLEM_FIELD(OF, model_shape, INT_LIST, 0, 1e6, "",
                      "numbers of positions, velocities and actions that the model's file must "
                      "have; empty: any; a run notes them",
                      NULL),
    PES_PROBLEM_INT(OF, horizon, 1, 1e9, "inner steps", "length of an episode"),
    PES_PROBLEM_INT(OF, frame_skip, 1, 10000, "",
                    "timesteps of the model in an inner step, under one action"),
    PES_PROBLEM_INT(OF, observe_from, 0, 1e6, "",
                    "positions from this number on are observed, counted from 0, then all "
                    "velocities"),
    PES_PROBLEM_REAL(OF, velocity_clip, 0.0, 1e30, "",
                     "observed velocities are cut off at plus and minus this; 0: they are not"),
    PES_PROBLEM_FIELD(OF, forward_joint, TEXT, 0.0, 0.0, "",
                      "the joint whose first position is to grow; empty: none", NULL),
    PES_PROBLEM_FIELD(OF, forward_body, TEXT, 0.0, 0.0, "",
                      "instead of a joint, the body that is to get ahead; empty: none", NULL),
    PES_PROBLEM_CHOICE(OF, forward_axis, pes_mujoco_axis_name, "where that body is to go"),
    PES_PROBLEM_REAL(OF, forward_weight, -1e30, 1e30, "",
                     "reward of a step: this times the mean velocity during it"),
    PES_PROBLEM_REAL(OF, control_cost, -1e30, 1e30, "",
                     "minus this times the sum of squared actions"),
    PES_PROBLEM_REAL(OF, healthy_bonus, -1e30, 1e30, "",
                     "plus this, where unhealthy_ends is true or the state is healthy"),
    PES_PROBLEM_FIELD(OF, unhealthy_ends, BOOL, 0.0, 0.0, "",
                      "an episode ends with the first state that is not healthy", NULL),
    PES_PROBLEM_ROWS(OF, healthy, &healthy_table, PES_MUJOCO_HEALTHY,
                     "where positions have to be in a healthy state"),
    PES_PROBLEM_REAL(OF, healthy_limit, 0.0, 1e30, "",
                     "how far from 0 all positions and velocities may be in a healthy state; "
                     "0: anywhere"),
    PES_PROBLEM_INT(OF, healthy_limit_from, 0, 1e6, "", "but for the first of them, so many"),
    PES_PROBLEM_REAL(OF, position_noise, 0.0, 1e30, "",
                     "episodes begin at the model's positions, each off by at most this, "
                     "uniform"),
    PES_PROBLEM_REAL(OF, velocity_noise, 0.0, 1e30, "",
                     "the same of velocities: at most this, or its standard deviation"),
    PES_PROBLEM_CHOICE(OF, velocity_noise_kind, noise_name, "how these are distributed"),
    PES_PROBLEM_CHOICE(OF, view, view_name,
                       "pictures are of the plane of x and z, or of x and y"),
    PES_POLICY_FIELDS(OF, policy),
};
#undef OF

const pes_field_table pes_mujoco_fields =
                          PES_PROBLEM_FIELDS(pes_mujoco_options, fields, set_swimmer),
                      pes_mujoco_swimmer_fields =
                          PES_PROBLEM_FIELDS(pes_mujoco_options, fields, set_swimmer),
                      pes_mujoco_half_cheetah_fields =
                          PES_PROBLEM_FIELDS(pes_mujoco_options, fields, set_half_cheetah),
                      pes_mujoco_hopper_fields =
                          PES_PROBLEM_FIELDS(pes_mujoco_options, fields, set_hopper);

pes_int_list pes_mujoco_shape(const pes_mujoco_options *options) {
    const bool is_builtin = options->model[0] == '\0';
    return is_builtin ? pes_mujoco_builtin_find(options->builtin)->shape : options->model_shape;
}
