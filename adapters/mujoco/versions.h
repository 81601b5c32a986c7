// What differs between versions of MuJoCo that this library works with, from 2.2 to 4.0.

#ifndef PES_ADAPTERS_MUJOCO_VERSIONS_H
#define PES_ADAPTERS_MUJOCO_VERSIONS_H

#include <stdint.h>

#include <mujoco/mujoco.h>

// MuJoCo's own end of an error: it prints and ends the process.
void pes_mujoco_give_up(const char *message);

// A model from its text; NULL with MuJoCo's sentence.
mjModel *pes_mujoco_read_text(const char *text, char *sentence, int room);

// Why the model cannot be simulated from states that are swapped, or NULL.
const char *pes_mujoco_unfit(const mjModel *m);

// Doubles of a state beyond time, positions, velocities, activations and the solver's start,
// and their way in and out of the data.
int64_t pes_mujoco_more_reals(const mjModel *m);
void pes_mujoco_put_more(const mjModel *m, mjData *d, const double *more);
void pes_mujoco_take_more(const mjModel *m, const mjData *d, double *more);

// Bytes behind the pointers of an mjData.
int64_t pes_mujoco_data_bytes(const mjData *d);

// What to do about a model that is too small for what happens in it.
extern const char pes_mujoco_contacts_full[];
extern const char pes_mujoco_constraints_full[];

#endif // PES_ADAPTERS_MUJOCO_VERSIONS_H
