// What the files of the module share.

#ifndef PES_ADAPTERS_MUJOCO_MODULE_H
#define PES_ADAPTERS_MUJOCO_MODULE_H

#include <setjmp.h>
#include <string.h>

#include <mujoco/mujoco.h>

#include "problems/control/mujoco/physics.h"

struct pes_physics_model {
    mjModel *model;
    int64_t more_reals; // of a state, behind those that every version has
};

struct pes_physics_worker {
    const pes_physics_model *of;
    mjData *data;
    char sentence[PES_PHYSICS_SENTENCE];
};

// ---- errors.c -------------------------------------------------------------------------------

// Where an error of this thread goes, NULL where the call is not ours, and what it said.
extern _Thread_local jmp_buf *pes_mujoco_landing;
extern _Thread_local char pes_mujoco_sentence[PES_PHYSICS_SENTENCE];

// Put ours in the place of MuJoCo's handlers of errors and warnings.
void pes_mujoco_take_handlers(void);

// TRY(worker, failure) makes errors in the rest of the function return `failure`; DONE ends
// that. A function between them must not return otherwise.
#define TRY(worker, failure)                                                                   \
    jmp_buf here;                                                                              \
    if (setjmp(here) != 0) {                                                                   \
        pes_mujoco_landing = NULL;                                                             \
        memcpy((worker)->sentence, pes_mujoco_sentence, sizeof pes_mujoco_sentence);           \
        return (failure);                                                                      \
    }                                                                                          \
    pes_mujoco_landing = &here
#define DONE pes_mujoco_landing = NULL

// ---- model.c, operations of the table -------------------------------------------------------

pes_physics_model *pes_mujoco_load(const char *path, const char *text, pes_physics_sizes *sizes,
                                   char sentence[PES_PHYSICS_SENTENCE]);
void pes_mujoco_unload(pes_physics_model *model);
// NULL without memory, with MuJoCo's sentence if it has one.
mjData *pes_mujoco_make_data(const mjModel *m, char sentence[PES_PHYSICS_SENTENCE]);
const char *pes_mujoco_name_of(const pes_physics_model *model, pes_physics_kind kind,
                               int64_t index);
int64_t pes_mujoco_place_of(const pes_physics_model *model, pes_physics_kind kind,
                            int64_t index);
int64_t pes_mujoco_joint_of_velocity(const pes_physics_model *model, int64_t index);
const char *pes_mujoco_action_name(const pes_physics_model *model, int64_t index);
void pes_mujoco_action_range(const pes_physics_model *model, int64_t index, double *low,
                             double *high);

#endif // PES_ADAPTERS_MUJOCO_MODULE_H
