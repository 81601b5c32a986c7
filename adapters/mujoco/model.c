// Models, and the names in them.

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "adapters/mujoco/module.h"
#include "adapters/mujoco/versions.h"

// Reading a model changes global variables of MuJoCo.
static pthread_mutex_t reading = PTHREAD_MUTEX_INITIALIZER;

static mjModel *read_model(const char *path, const char *text, char *sentence) {
    jmp_buf here;
    mjModel *model = NULL;
    if (setjmp(here) == 0) {
        pes_mujoco_landing = &here;
        model = text != NULL ? pes_mujoco_read_text(text, sentence, PES_PHYSICS_SENTENCE)
                             : mj_loadXML(path, NULL, sentence, PES_PHYSICS_SENTENCE);
    } else {
        memcpy(sentence, pes_mujoco_sentence, sizeof pes_mujoco_sentence);
    }
    pes_mujoco_landing = NULL;
    return model;
}

mjData *pes_mujoco_make_data(const mjModel *m, char sentence[PES_PHYSICS_SENTENCE]) {
    jmp_buf here;
    if (setjmp(here) != 0) {
        pes_mujoco_landing = NULL;
        memcpy(sentence, pes_mujoco_sentence, sizeof pes_mujoco_sentence);
        return NULL;
    }
    pes_mujoco_landing = &here;
    mjData *data = mj_makeData(m);
    pes_mujoco_landing = NULL;
    return data;
}

static int64_t count_reals(const mjModel *m, int64_t more) {
    return 1 + m->nq + 2 * m->nv + m->na + more;
}

void pes_mujoco_unload(pes_physics_model *model) {
    if (model != NULL) {
        mj_deleteModel(model->model);
        free(model);
    }
}

static void measure(const pes_physics_model *model, const mjData *data,
                    pes_physics_sizes *sizes) {
    const mjModel *m = model->model;
    *sizes = (pes_physics_sizes){
        .num_positions = m->nq,
        .num_velocities = m->nv,
        .num_actions = m->nu,
        .state_reals = count_reals(m, model->more_reals),
        .num_shapes = m->ngeom,
        .worker_bytes = (int64_t)(sizeof(mjData) + sizeof(pes_physics_worker)) +
                        pes_mujoco_data_bytes(data),
        .timestep = m->opt.timestep,
    };
}

// Why MuJoCo can simulate a model that this library cannot, or NULL.
static const char *unfit(const mjModel *m) {
    if (m->nu == 0) {
        return "it has no actuators, so that there is nothing to act with";
    }
    if (!(m->opt.timestep > 0.0 && isfinite(m->opt.timestep))) {
        return "its timestep is no positive number of seconds: write "
               "<option timestep=\"0.002\"/>";
    }
    return pes_mujoco_unfit(m);
}

pes_physics_model *pes_mujoco_load(const char *path, const char *text, pes_physics_sizes *sizes,
                                   char sentence[PES_PHYSICS_SENTENCE]) {
    sentence[0] = '\0';
    pthread_mutex_lock(&reading);
    mjModel *m = read_model(path, text, sentence);
    pthread_mutex_unlock(&reading);
    if (m == NULL) {
        return NULL;
    }
    pes_physics_model *model = calloc(1, sizeof *model);
    (void)snprintf(sentence, PES_PHYSICS_SENTENCE, "%s",
                   unfit(m) != NULL ? unfit(m) : "there is no memory for it");
    mjData *data = unfit(m) == NULL && model != NULL ? pes_mujoco_make_data(m, sentence) : NULL;
    if (data == NULL) {
        mj_deleteModel(m);
        free(model);
        return NULL;
    }
    model->model = m;
    model->more_reals = pes_mujoco_more_reals(m);
    measure(model, data, sizes);
    mj_deleteData(data);
    return model;
}

// ---- names ----------------------------------------------------------------------------------

static const char *name_at(const mjModel *m, int type, int64_t index) {
    const char *name = mj_id2name(m, type, (int)index);
    return name != NULL ? name : "";
}

const char *pes_mujoco_name_of(const pes_physics_model *model, pes_physics_kind kind,
                               int64_t index) {
    const mjModel *m = model->model;
    const int64_t count = kind == PES_PHYSICS_JOINT ? m->njnt : m->nbody;
    if (index < 0 || index >= count) {
        return NULL;
    }
    return name_at(m, kind == PES_PHYSICS_JOINT ? mjOBJ_JOINT : mjOBJ_BODY, index);
}

int64_t pes_mujoco_place_of(const pes_physics_model *model, pes_physics_kind kind,
                            int64_t index) {
    return kind == PES_PHYSICS_JOINT ? model->model->jnt_qposadr[index] : index;
}

int64_t pes_mujoco_joint_of_velocity(const pes_physics_model *model, int64_t index) {
    return model->model->dof_jntid[index];
}

const char *pes_mujoco_action_name(const pes_physics_model *model, int64_t index) {
    const mjModel *m = model->model;
    const char *name = name_at(m, mjOBJ_ACTUATOR, index);
    const bool moves_joint = m->actuator_trntype[index] == mjTRN_JOINT;
    return name[0] == '\0' && moves_joint
               ? name_at(m, mjOBJ_JOINT, m->actuator_trnid[2 * index])
               : name;
}

void pes_mujoco_action_range(const pes_physics_model *model, int64_t index, double *low,
                             double *high) {
    const mjModel *m = model->model;
    const bool limited = m->actuator_ctrllimited[index] != 0;
    *low = limited ? m->actuator_ctrlrange[2 * index] : (double)-INFINITY;
    *high = limited ? m->actuator_ctrlrange[2 * index + 1] : (double)INFINITY;
}
