// Finding the module with the physics engine, libpes_mujoco.so.

#ifndef PES_PROBLEMS_CONTROL_MUJOCO_MODULE_H
#define PES_PROBLEMS_CONTROL_MUJOCO_MODULE_H

#include "pes/status.h"
#include "problems/control/mujoco/physics.h"

// The engine. Its module is looked for beside this program or library, in the folders of
// libraries next to that, then by the system's loader. It stays for the life of the process.
// PES_E_FILE with a sentence that says how to get it.
pes_status pes_mujoco_engine(const pes_physics **out);

#endif // PES_PROBLEMS_CONTROL_MUJOCO_MODULE_H
