// MuJoCo (Todorov, Erez, Tassa 2012) behind the table of problems/control/mujoco/physics.h.
//
// A worker is one mjData, and a state is copied into it and out again:
//
//     time, qpos, qvel, act, qacc_warmstart, and in newer versions histories, plastic and
//     plugin states
//
// The solver starts from qacc_warmstart, so that a state without it would depend, in its last
// bits, on whichever particle the worker had before. With it, steps have the same bits whoever
// takes them. What a step only reads (applied forces, mocap bodies) keeps its first value.
//
// MuJoCo resets a simulation that explodes and goes on; here the warning that it counts is
// what ends the call. Errors, after which it would end the process, come back by longjmp.

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "adapters/mujoco/module.h"
#include "adapters/mujoco/versions.h"
#include "pes/export.h"

// ---- states in and out ----------------------------------------------------------------------

static void put(const pes_physics_worker *worker, const double *state) {
    const mjModel *m = worker->of->model;
    mjData *d = worker->data;
    d->time = *state++;
    memcpy(d->qpos, state, (size_t)m->nq * sizeof *state);
    state += m->nq;
    memcpy(d->qvel, state, (size_t)m->nv * sizeof *state);
    state += m->nv;
    memcpy(d->qacc_warmstart, state, (size_t)m->nv * sizeof *state);
    state += m->nv;
    memcpy(d->act, state, (size_t)m->na * sizeof *state);
    if (worker->of->more_reals > 0) {
        pes_mujoco_put_more(m, d, state + m->na);
    }
}

static void take(const pes_physics_worker *worker, double *state) {
    const mjModel *m = worker->of->model;
    const mjData *d = worker->data;
    *state++ = d->time;
    memcpy(state, d->qpos, (size_t)m->nq * sizeof *state);
    state += m->nq;
    memcpy(state, d->qvel, (size_t)m->nv * sizeof *state);
    state += m->nv;
    memcpy(state, d->qacc_warmstart, (size_t)m->nv * sizeof *state);
    state += m->nv;
    memcpy(state, d->act, (size_t)m->na * sizeof *state);
    if (worker->of->more_reals > 0) {
        pes_mujoco_take_more(m, d, state + m->na);
    }
}

// ---- workers --------------------------------------------------------------------------------

static void close_worker(pes_physics_worker *worker) {
    if (worker != NULL) {
        mj_deleteData(worker->data);
        free(worker);
    }
}

static pes_physics_worker *open_worker(const pes_physics_model *model) {
    pes_physics_worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL) {
        return NULL;
    }
    worker->of = model;
    worker->data = pes_mujoco_make_data(model->model, worker->sentence);
    if (worker->data == NULL) {
        free(worker);
        return NULL;
    }
    return worker;
}

static const char *trouble(const pes_physics_worker *worker) {
    return worker->sentence;
}

static bool start(pes_physics_worker *worker, double *state) {
    TRY(worker, false);
    mj_resetData(worker->of->model, worker->data);
    take(worker, state);
    DONE;
    return true;
}

// What the warnings of the latest steps say; they are zero again afterwards.
static pes_physics_outcome judge(pes_physics_worker *worker) {
    mjWarningStat *w = worker->data->warning;
    const bool full = w[mjWARN_CONTACTFULL].number + w[mjWARN_CNSTRFULL].number > 0;
    const bool exploded = w[mjWARN_BADQPOS].number + w[mjWARN_BADQVEL].number +
                              w[mjWARN_BADQACC].number + w[mjWARN_BADCTRL].number >
                          0;
    if (full) {
        (void)snprintf(worker->sentence, sizeof worker->sentence, "%s",
                       w[mjWARN_CONTACTFULL].number > 0 ? pes_mujoco_contacts_full
                                                        : pes_mujoco_constraints_full);
    }
    memset(w, 0, sizeof worker->data->warning);
    return full ? PES_PHYSICS_FULL : exploded ? PES_PHYSICS_EXPLODED : PES_PHYSICS_FINE;
}

static bool warned(const mjData *d) {
    int sum = 0;
    for (int i = 0; i < mjNWARNING; i++) {
        sum |= d->warning[i].number;
    }
    return sum != 0;
}

static bool settle(pes_physics_worker *worker, double *state) {
    TRY(worker, false);
    put(worker, state);
    memset(worker->data->ctrl, 0, (size_t)worker->of->model->nu * sizeof *worker->data->ctrl);
    mj_forward(worker->of->model, worker->data);
    const bool full = warned(worker->data) && judge(worker) == PES_PHYSICS_FULL;
    take(worker, state);
    DONE;
    return !full;
}

static pes_physics_outcome step(pes_physics_worker *worker, double *state, const double *action,
                                int64_t count) {
    const mjModel *m = worker->of->model;
    mjData *d = worker->data;
    TRY(worker, PES_PHYSICS_FAILED);
    pes_physics_outcome outcome = PES_PHYSICS_FINE;
    put(worker, state);
    memcpy(d->ctrl, action, (size_t)m->nu * sizeof *action);
    for (int64_t i = 0; outcome == PES_PHYSICS_FINE && i < count; i++) {
        mj_step(m, d);
        if (warned(d)) {
            outcome = judge(worker);
        }
    }
    take(worker, state);
    DONE;
    return outcome;
}

static bool replay(pes_physics_worker *worker, const double *state, const double *action,
                   int64_t steps, int64_t count) {
    const mjModel *m = worker->of->model;
    mjData *d = worker->data;
    TRY(worker, false);
    put(worker, state);
    for (int64_t t = 0; t < steps; t++) {
        memcpy(d->ctrl, action + t * m->nu, (size_t)m->nu * sizeof *action);
        for (int64_t i = 0; i < count; i++) {
            mj_step(m, d);
        }
    }
    DONE;
    return true;
}

static bool body_position(pes_physics_worker *worker, const double *state, int64_t body,
                          double position[3]) {
    TRY(worker, false);
    put(worker, state);
    mj_kinematics(worker->of->model, worker->data);
    memcpy(position, worker->data->xpos + 3 * body, 3 * sizeof *position);
    DONE;
    return true;
}

static pes_physics_form form_of(int type) {
    static const struct {
        int type;
        pes_physics_form form;
    } known[] = {
        {mjGEOM_CAPSULE, PES_PHYSICS_CAPSULE}, {mjGEOM_CYLINDER, PES_PHYSICS_CAPSULE},
        {mjGEOM_SPHERE, PES_PHYSICS_SPHERE},   {mjGEOM_ELLIPSOID, PES_PHYSICS_BOX},
        {mjGEOM_BOX, PES_PHYSICS_BOX},         {mjGEOM_MESH, PES_PHYSICS_BOX},
        {mjGEOM_PLANE, PES_PHYSICS_PLANE},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (known[i].type == type) {
            return known[i].form;
        }
    }
    return PES_PHYSICS_OTHER;
}

static bool shapes(pes_physics_worker *worker, const double *state, pes_physics_shape *shape) {
    const mjModel *m = worker->of->model;
    mjData *d = worker->data;
    TRY(worker, false);
    put(worker, state);
    mj_kinematics(m, d);
    for (int i = 0; i < m->ngeom; i++) {
        shape[i].form = form_of(m->geom_type[i]);
        shape[i].body = m->geom_bodyid[i];
        memcpy(shape[i].size, m->geom_size + 3 * i, sizeof shape[i].size);
        memcpy(shape[i].position, d->geom_xpos + 3 * i, sizeof shape[i].position);
        memcpy(shape[i].axes, d->geom_xmat + 9 * i, sizeof shape[i].axes);
    }
    DONE;
    return true;
}

// ---- the module -----------------------------------------------------------------------------

static pes_physics table = {
    .version = PES_PHYSICS_VERSION,
    .load = pes_mujoco_load,
    .unload = pes_mujoco_unload,
    .name_of = pes_mujoco_name_of,
    .place_of = pes_mujoco_place_of,
    .joint_of_velocity = pes_mujoco_joint_of_velocity,
    .action_name = pes_mujoco_action_name,
    .action_range = pes_mujoco_action_range,
    .open = open_worker,
    .close = close_worker,
    .trouble = trouble,
    .start = start,
    .settle = settle,
    .step = step,
    .replay = replay,
    .body_position = body_position,
    .shapes = shapes,
};

static char engine_name[64];

static void prepare(void) {
    (void)snprintf(engine_name, sizeof engine_name, "MuJoCo %s", mj_versionString());
    table.name = engine_name;
    pes_mujoco_take_handlers();
}

PES_API const pes_physics *pes_physics_module(void);

const pes_physics *pes_physics_module(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, prepare);
    return mj_version() == mjVERSION_HEADER ? &table : NULL;
}
