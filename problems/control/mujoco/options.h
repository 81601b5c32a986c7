// What makes an environment of a model: settings, and those of the built-in environments.

#ifndef PES_PROBLEMS_CONTROL_MUJOCO_OPTIONS_H
#define PES_PROBLEMS_CONTROL_MUJOCO_OPTIONS_H

#include "problems/control/mujoco/models.h"
#include "problems/control/policy.h"
#include "problems/problem.h"

// One table [[problem.healthy]]: where a position has to be.
typedef struct pes_mujoco_healthy {
    char joint[PES_TEXT_SIZE];
    int64_t part;     // of the joint's positions: 0 of a hinge or slide, to 6 of a free joint
    double low, high; // neither of them is healthy
} pes_mujoco_healthy;

enum { PES_MUJOCO_HEALTHY = 8 };
typedef struct pes_mujoco_healthy_list {
    int64_t count;
    pes_mujoco_healthy row[PES_MUJOCO_HEALTHY];
} pes_mujoco_healthy_list;

typedef struct pes_mujoco_options {
    uint32_t size;
    const char *builtin;              // the model where no file is given
    char model[PES_TEXT_SIZE];        // an MJCF file; "": the built-in one
    char model_sha256[PES_TEXT_SIZE]; // that the file must have; "": any
    pes_int_list model_shape;         // likewise: positions, velocities, actions; empty: any
    int64_t horizon;                  // steps of an episode
    int64_t frame_skip;               // timesteps of a step
    int64_t observe_from;             // the first position that is observed
    double velocity_clip;             // observed velocities are cut off there; 0: nowhere
    char forward_joint[PES_TEXT_SIZE];
    char forward_body[PES_TEXT_SIZE];
    const char *forward_axis; // of the body
    double forward_weight;
    double control_cost;
    double healthy_bonus;
    bool unhealthy_ends;
    pes_mujoco_healthy_list healthy;
    double healthy_limit;       // of what comes behind in (positions, velocities); 0: none
    int64_t healthy_limit_from; // the first of them that it holds for
    double position_noise, velocity_noise;
    const char *velocity_noise_kind; // "uniform" or "normal"
    const char *view;                // "side" or "top": of pictures
    pes_policy_options policy;
} pes_mujoco_options;

// The same settings with the defaults of a built-in environment each; "mujoco" has those of
// swimmer.
extern const pes_field_table pes_mujoco_fields, pes_mujoco_swimmer_fields,
    pes_mujoco_half_cheetah_fields, pes_mujoco_hopper_fields;

// Numbers of positions, velocities and actions, as far as the options alone tell: of a
// built-in model, or of one that was opened before; else empty.
pes_int_list pes_mujoco_shape(const pes_mujoco_options *options);

// "x", "y", "z"; NULL past the last.
const char *pes_mujoco_axis_name(int64_t index);

#endif // PES_PROBLEMS_CONTROL_MUJOCO_OPTIONS_H
