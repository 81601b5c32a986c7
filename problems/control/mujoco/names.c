// The joints and bodies that settings name.

#include <stdio.h>
#include <string.h>

#include "problems/control/mujoco/mujoco.h"

static const char *kind_name(pes_physics_kind kind) {
    return kind == PES_PHYSICS_JOINT ? "joint" : "body";
}

// The names of the model's joints or bodies, as far as there is room for them.
static const char *list_names(const pes_mujoco *own, pes_physics_kind kind, char room[200]) {
    const char *name;
    size_t used = 0;
    room[0] = '\0';
    for (int64_t i = 0; (name = own->engine->name_of(own->model, kind, i)) != NULL; i++) {
        const size_t length = strlen(name);
        if (length > 0 && used + length + 8 < 200) {
            used +=
                (size_t)snprintf(room + used, 200 - used, "%s%s", used > 0 ? ", " : "", name);
        }
    }
    return used > 0 ? room : "none with a name";
}

// The number of the joint or body that `setting` names.
static pes_status find(const pes_mujoco *own, pes_physics_kind kind, const char *setting,
                       const char *wanted, int64_t *out) {
    const char *name;
    char names[200];
    for (int64_t i = 0; (name = own->engine->name_of(own->model, kind, i)) != NULL; i++) {
        if (name[0] != '\0' && strcmp(name, wanted) == 0) {
            *out = i;
            return PES_OK;
        }
    }
    return pes_fail(PES_E_ARGUMENT, "%s names the %s '%s', but those of the model are: %s",
                    setting, kind_name(kind), wanted, list_names(own, kind, names));
}

// Position number `part` of a joint.
static pes_status find_part(const pes_mujoco *own, const char *wanted, int64_t part,
                            int64_t *out) {
    int64_t joint;
    PES_PROBLEM_TRY(find(own, PES_PHYSICS_JOINT, "healthy", wanted, &joint));
    const pes_physics *engine = own->engine;
    const int64_t first = engine->place_of(own->model, PES_PHYSICS_JOINT, joint);
    const bool is_last = engine->name_of(own->model, PES_PHYSICS_JOINT, joint + 1) == NULL;
    const int64_t next = is_last ? own->sizes.num_positions
                                 : engine->place_of(own->model, PES_PHYSICS_JOINT, joint + 1);
    PES_PROBLEM_REQUIRE(first + part < next, PES_E_ARGUMENT,
                        "healthy asks for part %lld of joint '%s', which has parts 0 to %lld",
                        (long long)part, wanted, (long long)(next - first - 1));
    *out = first + part;
    return PES_OK;
}

static pes_status find_healthy(pes_mujoco *own, int64_t i) {
    const pes_mujoco_healthy *range = &own->options.healthy.row[i];
    PES_PROBLEM_REQUIRE(range->low < range->high, PES_E_ARGUMENT,
                        "healthy wants joint '%s' above %g and below %g, which nothing is; low "
                        "has to be less than high",
                        range->joint, range->low, range->high);
    return find_part(own, range->joint, range->part, &own->healthy_at[i]);
}

static pes_status find_forward(pes_mujoco *own) {
    const pes_mujoco_options *o = &own->options;
    const bool by_body = o->forward_body[0] != '\0';
    own->forward_at = -1;
    own->forward_body = -1;
    for (int64_t i = 0; pes_mujoco_axis_name(i) != NULL; i++) {
        own->forward_axis =
            strcmp(o->forward_axis, pes_mujoco_axis_name(i)) == 0 ? i : own->forward_axis;
    }
    if (by_body) {
        return find(own, PES_PHYSICS_BODY, "forward_body", o->forward_body, &own->forward_body);
    }
    if (o->forward_joint[0] != '\0') {
        int64_t joint;
        PES_PROBLEM_TRY(
            find(own, PES_PHYSICS_JOINT, "forward_joint", o->forward_joint, &joint));
        own->forward_at = own->engine->place_of(own->model, PES_PHYSICS_JOINT, joint);
    }
    return PES_OK;
}

pes_status pes_mujoco_find_names(pes_mujoco *own) {
    const pes_mujoco_options *o = &own->options;
    PES_PROBLEM_TRY(find_forward(own));
    for (int64_t i = 0; i < o->healthy.count; i++) {
        PES_PROBLEM_TRY(find_healthy(own, i));
    }
    return PES_OK;
}
