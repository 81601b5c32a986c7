#include "adapters/mujoco/versions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char file_name[] = "model.xml"; // in a file system of its own, in memory

#if mjVERSION_HEADER >= 316

// Contacts and constraints share one arena.
const char pes_mujoco_contacts_full[] =
    "no room for all contacts: give the model a larger <size memory=\"...\"/>";
const char pes_mujoco_constraints_full[] =
    "no room for all constraints: give the model a larger <size memory=\"...\"/>";

void pes_mujoco_give_up(const char *message) {
    mju_error("%s", message);
}

static int add_file(mjVFS *files, const char *text) {
    return mj_addBufferVFS(files, file_name, text, (int)strlen(text));
}

#else

const char pes_mujoco_contacts_full[] =
    "no room for all contacts: give the model a larger <size nconmax=\"...\"/>";
const char pes_mujoco_constraints_full[] =
    "no room for all constraints: give the model a larger <size njmax=\"...\"/>";

void pes_mujoco_give_up(const char *message) {
    mju_error(message);
}

static int add_file(mjVFS *files, const char *text) {
    const size_t length = strlen(text);
    const int failed = mj_makeEmptyFileVFS(files, file_name, (int)length);
    const int index = mj_findFileVFS(files, file_name);
    if (failed == 0 && index >= 0) {
        memcpy(files->filedata[index], text, length);
    }
    return failed;
}

#endif

mjModel *pes_mujoco_read_text(const char *text, char *sentence, int room) {
    mjVFS *files = malloc(sizeof *files); // 200 names, in older versions
    if (files == NULL) {
        (void)snprintf(sentence, (size_t)room, "there is no memory for the model");
        return NULL;
    }
    mj_defaultVFS(files);
    mjModel *model = NULL;
    if (add_file(files, text) == 0) {
        model = mj_loadXML(file_name, files, sentence, room);
    }
    mj_deleteVFS(files);
    free(files);
    return model;
}

#if mjVERSION_HEADER >= 4000000

enum { MORE = mjSTATE_HISTORY | mjSTATE_PLASTIC | mjSTATE_PLUGIN };

const char *pes_mujoco_unfit(const mjModel *m) {
    return (m->opt.enableflags & mjENBL_SLEEP) != 0
               ? "its bodies may sleep, and which of them do is no part of a state: remove "
                 "<flag sleep=\"enable\"/>"
               : NULL;
}

int64_t pes_mujoco_more_reals(const mjModel *m) {
    return (int64_t)mj_stateSize(m, MORE);
}

void pes_mujoco_put_more(const mjModel *m, mjData *d, const double *more) {
    mj_setState(m, d, more, MORE);
}

void pes_mujoco_take_more(const mjModel *m, const mjData *d, double *more) {
    mj_getState(m, d, more, MORE);
}

int64_t pes_mujoco_data_bytes(const mjData *d) {
    return (int64_t)d->nbuffer + (int64_t)d->narena;
}

#else

const char *pes_mujoco_unfit(const mjModel *m) {
    (void)m;
    return NULL;
}

int64_t pes_mujoco_more_reals(const mjModel *m) {
    (void)m;
    return 0;
}

void pes_mujoco_put_more(const mjModel *m, mjData *d, const double *more) {
    (void)m, (void)d, (void)more;
}

void pes_mujoco_take_more(const mjModel *m, const mjData *d, double *more) {
    (void)m, (void)d, (void)more;
}

int64_t pes_mujoco_data_bytes(const mjData *d) {
    return (int64_t)d->nbuffer + (int64_t)d->nstack * (int64_t)sizeof(mjtNum);
}

#endif
