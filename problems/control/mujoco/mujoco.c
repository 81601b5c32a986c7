#include "problems/control/mujoco/mujoco.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "problems/control/control.h"
#include "problems/control/mujoco/module.h"
#include "problems/control/policy_start.h"
#include "problems/control/program.h"
#include "problems/data/file.h"
#include "problems/registry.h"

static void release(void *user) {
    pes_mujoco *own = user;
    if (own != NULL && own->model != NULL) {
        own->engine->unload(own->model);
    }
    if (own != NULL) {
        free(own->low);
        free(own->start);
        free(own);
    }
}

// ---- the model ------------------------------------------------------------------------------

static pes_status check_sum(pes_mujoco *own) {
    const pes_mujoco_options *o = &own->options;
    uint8_t *bytes;
    int64_t count;
    pes_sha256 sum;
    PES_PROBLEM_TRY(pes_data_read(o->model, PES_DATA_MOST, &bytes, &count));
    pes_sha256_begin(&sum);
    pes_sha256_add(&sum, bytes, (size_t)count);
    pes_sha256_end(&sum, own->sum);
    free(bytes);
    PES_PROBLEM_REQUIRE(o->model_sha256[0] == '\0' || strcmp(o->model_sha256, own->sum) == 0,
                        PES_E_FORMAT,
                        "%s has the SHA-256 sum %s, but model_sha256 says %s: its content has "
                        "changed; restore it, or begin a new run",
                        o->model, own->sum, o->model_sha256);
    return PES_OK;
}

static pes_status check_shape(const pes_mujoco *own) {
    const pes_physics_sizes *z = &own->sizes;
    const int64_t is[3] = {z->num_positions, z->num_velocities, z->num_actions};
    const pes_int_list *said = &own->options.model_shape;
    PES_PROBLEM_REQUIRE(said->count == 0 || said->count == 3, PES_E_ARGUMENT,
                        "model_shape has %lld numbers; give three, of positions, velocities "
                        "and actions, or none",
                        (long long)said->count);
    PES_PROBLEM_REQUIRE(
        said->count == 0 || memcmp(said->value, is, sizeof is) == 0, PES_E_FORMAT,
        "%s has %lld positions, %lld velocities and %lld actions, but "
        "model_shape says [%lld, %lld, %lld]",
        own->options.model, (long long)is[0], (long long)is[1], (long long)is[2],
        (long long)said->value[0], (long long)said->value[1], (long long)said->value[2]);
    return PES_OK;
}

// A sentence of the engine may have several lines, and end with one.
static const char *on_one_line(char *sentence) {
    size_t length = 0;
    for (char *c = sentence; *c != '\0'; c++) {
        if (*c != '\n' && *c != '\r') {
            sentence[length++] = *c;
        } else if (length > 0 && sentence[length - 1] != ' ') {
            sentence[length++] = ' ';
        }
    }
    length -= length > 0 && sentence[length - 1] == ' ';
    sentence[length] = '\0';
    return sentence;
}

static pes_status load(pes_mujoco *own) {
    const pes_mujoco_options *o = &own->options;
    const bool is_builtin = o->model[0] == '\0';
    char sentence[PES_PHYSICS_SENTENCE] = "";
    if (!is_builtin) {
        PES_PROBLEM_TRY(check_sum(own));
    }
    own->model = own->engine->load(
        o->model, is_builtin ? pes_mujoco_builtin_find(o->builtin)->text : NULL, &own->sizes,
        sentence);
    PES_PROBLEM_REQUIRE(own->model != NULL, PES_E_FORMAT, "%s cannot load the model %s: %s",
                        own->engine->name, is_builtin ? o->builtin : o->model,
                        on_one_line(sentence));
    return check_shape(own);
}

static pes_status check_observed(pes_mujoco *own) {
    own->observe_from = own->options.observe_from;
    PES_PROBLEM_REQUIRE(own->observe_from <= own->sizes.num_positions, PES_E_ARGUMENT,
                        "observe_from is %lld, but the model has %lld positions",
                        (long long)own->observe_from, (long long)own->sizes.num_positions);
    PES_PROBLEM_REQUIRE(own->sizes.num_positions + own->sizes.num_velocities >
                            own->observe_from,
                        PES_E_ARGUMENT, "the model has nothing that moves, and to be observed");
    return PES_OK;
}

// The model's own start, and what it looks like.
static pes_status begin(pes_mujoco *own) {
    const int64_t actions = own->sizes.num_actions;
    own->low = calloc((size_t)(2 * actions), sizeof *own->low);
    own->start = calloc((size_t)own->sizes.state_reals, sizeof *own->start);
    PES_PROBLEM_REQUIRE(own->low != NULL && own->start != NULL, PES_E_MEMORY,
                        "no memory for the model's start");
    own->high = own->low + actions;
    for (int64_t k = 0; k < actions; k++) {
        own->engine->action_range(own->model, k, &own->low[k], &own->high[k]);
    }
    void *worker;
    PES_PROBLEM_TRY(pes_mujoco_worker_open(own, &worker));
    const pes_mujoco_worker *with = worker;
    const bool fine = own->engine->start(with->engine, own->start) &&
                      own->engine->shapes(with->engine, own->start, with->shape);
    const pes_status status = fine ? PES_OK : pes_mujoco_failed(own, with);
    own->window = pes_mujoco_window(own, with->shape);
    pes_mujoco_worker_close(own, worker);
    return status;
}

static pes_status open_model(pes_mujoco *own, const pes_mujoco_options *options) {
    own->options = *options;
    PES_PROBLEM_TRY(pes_mujoco_engine(&own->engine));
    PES_PROBLEM_TRY(load(own));
    PES_PROBLEM_TRY(check_observed(own));
    PES_PROBLEM_TRY(pes_mujoco_find_names(own));
    own->step_seconds = (double)options->frame_skip * own->sizes.timestep;
    return begin(own);
}

// ---- names ----------------------------------------------------------------------------------

static const char *joint_name(const pes_mujoco *own, int64_t joint) {
    return own->engine->name_of(own->model, PES_PHYSICS_JOINT, joint);
}

// The joint that a position belongs to: the last that begins at or before it.
static int64_t joint_of_position(const pes_mujoco *own, int64_t position) {
    int64_t joint = 0;
    while (joint_name(own, joint + 1) != NULL &&
           own->engine->place_of(own->model, PES_PHYSICS_JOINT, joint + 1) <= position) {
        joint++;
    }
    return joint;
}

static const char *observed_name(void *user, int64_t index, char room[PES_NAME_SIZE]) {
    const pes_mujoco *own = user;
    const int64_t position = index + own->observe_from;
    const int64_t velocity = position - own->sizes.num_positions;
    const int64_t joint = velocity < 0 ? joint_of_position(own, position)
                                       : own->engine->joint_of_velocity(own->model, velocity);
    (void)snprintf(room, PES_NAME_SIZE, "%s %s", velocity < 0 ? "position" : "velocity",
                   joint_name(own, joint));
    return room;
}

static const char *action_name(void *user, int64_t index, char room[PES_NAME_SIZE]) {
    const pes_mujoco *own = user;
    (void)room;
    return own->engine->action_name(own->model, index);
}

// ---- the problems ---------------------------------------------------------------------------

static pes_environment environment_of(pes_mujoco *own) {
    const pes_physics_sizes *z = &own->sizes;
    return (pes_environment){
        .state_bytes = z->state_reals * (int64_t)sizeof(double),
        .num_observed = z->num_positions - own->observe_from + z->num_velocities,
        .num_actions = z->num_actions,
        .low = own->low,
        .high = own->high,
        .horizon = own->options.horizon,
        .batch_hint = 1, // a step takes long
        .user = own,
        .observed_name = observed_name,
        .action_name = action_name,
        .reset = pes_mujoco_reset,
        .observe = pes_mujoco_observe,
        .step = pes_mujoco_step,
        .worker_open = pes_mujoco_worker_open,
        .worker_close = pes_mujoco_worker_close,
        .worker_bytes = pes_mujoco_worker_bytes(own),
        .replay = pes_mujoco_replay,
        .draw = pes_mujoco_draw,
        .close = release,
    };
}

static pes_status create(pes_problem **out, const pes_problem_type *type, const void *given) {
    const pes_mujoco_options *options = given;
    *out = NULL;
    PES_PROBLEM_TRY(pes_fields_check(type->fields, options));
    pes_mujoco *own = calloc(1, sizeof *own);
    PES_PROBLEM_REQUIRE(own != NULL, PES_E_MEMORY, "no memory for %s", type->name);
    const pes_status status = open_model(own, options);
    if (status != PES_OK) {
        release(own);
        return status;
    }
    const pes_environment environment = environment_of(own);
    return pes_control_create(out, type->name, &environment, &options->policy);
}

static pes_status layout(const void *given, pes_policy *policy) {
    const pes_mujoco_options *o = given;
    const pes_int_list shape = pes_mujoco_shape(o);
    PES_PROBLEM_REQUIRE(shape.count == 3 && shape.value[0] >= o->observe_from, PES_E_ARGUMENT,
                        "the model has not been opened");
    return pes_policy_create(policy, &o->policy,
                             shape.value[0] - o->observe_from + shape.value[1], shape.value[2]);
}

static int64_t num_params(const void *options) {
    pes_policy policy;
    return layout(options, &policy) == PES_OK ? policy.num_params : 0;
}

static const char *param_name(const void *options, int64_t index, char room[PES_NAME_SIZE]) {
    pes_policy policy;
    return layout(options, &policy) == PES_OK ? pes_policy_param_name(&policy, index, room)
                                              : NULL;
}

static void pin(const pes_problem *problem, void *options) {
    const pes_mujoco *own = ((const pes_control *)problem->user)->environment.user;
    const pes_physics_sizes *z = &own->sizes;
    pes_mujoco_options *o = options;
    pes_policy_pin(problem, &o->policy);
    if (o->model[0] != '\0') {
        memcpy(o->model_sha256, own->sum, sizeof own->sum);
        o->model_shape = (pes_int_list){
            .count = 3, .value = {z->num_positions, z->num_velocities, z->num_actions}};
    }
}

static pes_status available(void) {
    const pes_physics *engine;
    return pes_mujoco_engine(&engine);
}

#define TYPE(which, name_, table, summary_)                                                    \
    static pes_status create_##which(pes_problem **out, const void *options,                   \
                                     const pes_data_folders *data) {                           \
        (void)data;                                                                            \
        return create(out, &pes_problem_##which, options);                                     \
    }                                                                                          \
    const pes_problem_type pes_problem_##which = {                                             \
        .name = name_,                                                                         \
        .summary = summary_,                                                                   \
        .fields = &(table),                                                                    \
        .create = create_##which,                                                              \
        .num_params = num_params,                                                              \
        .param_name = param_name,                                                              \
        .measure = pes_control_measure,                                                        \
        .program = pes_control_program,                                                        \
        .gain = PES_CONTROL_GAIN,                                                              \
        .step = PES_CONTROL_STEP,                                                              \
        .pin = pin,                                                                            \
        .needs = "MuJoCo",                                                                     \
        .available = available,                                                                \
    }

TYPE(mujoco, "mujoco", pes_mujoco_fields,
     "a policy in MuJoCo, for any model: what is observed, rewarded and ends an episode is up "
     "to "
     "settings");
TYPE(swimmer, "swimmer", pes_mujoco_swimmer_fields,
     "a policy for MuJoCo's swimmer with three links, as in Gymnasium's Swimmer-v4");
TYPE(half_cheetah, "half_cheetah", pes_mujoco_half_cheetah_fields,
     "a policy for MuJoCo's half cheetah, as in Gymnasium's HalfCheetah-v4");
TYPE(hopper, "hopper", pes_mujoco_hopper_fields,
     "a policy for MuJoCo's hopper, as in Gymnasium's Hopper-v4");
