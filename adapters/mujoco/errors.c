// MuJoCo's errors and warnings. Its handlers are the process's, so ours pass on what does not
// come from a call of this module.

#include <stdio.h>

#include "adapters/mujoco/module.h"
#include "adapters/mujoco/versions.h"

_Thread_local jmp_buf *pes_mujoco_landing;
_Thread_local char pes_mujoco_sentence[PES_PHYSICS_SENTENCE];

static void (*other_error)(const char *), (*other_warning)(const char *);

// An error outside our calls is for whoever had the handler before us, or for MuJoCo itself.
static void on_error(const char *message) {
    if (pes_mujoco_landing != NULL) {
        (void)snprintf(pes_mujoco_sentence, sizeof pes_mujoco_sentence, "%s", message);
        longjmp(*pes_mujoco_landing, 1);
    }
    if (other_error != NULL) {
        other_error(message);
        return;
    }
    mju_user_error = NULL;
    pes_mujoco_give_up(message);
}

// Without a handler MuJoCo prints warnings and writes them to a file in the working folder.
// Those that matter are counted in mjData.
static void on_warning(const char *message) {
    if (pes_mujoco_landing == NULL && other_warning != NULL) {
        other_warning(message);
    }
}

void pes_mujoco_take_handlers(void) {
    other_error = mju_user_error;
    other_warning = mju_user_warning;
    mju_user_error = on_error;
    mju_user_warning = on_warning;
}
