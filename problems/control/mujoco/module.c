#define _GNU_SOURCE // dladdr

#include "problems/control/mujoco/module.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "problems/data/file.h"
#include "problems/problem.h"

static const char file_name[] = "libpes_mujoco.so";

// From the folder of a program or a library: beside it, and in an installed tree or a build.
static const char *const nearby[] = {".", "../lib", PES_MODULE_FOLDER, "pes", "../../lib"};

// Where it may lie: next to the library that this code is in, or to the program. The path of
// the first file there; false if there is none.
static bool search(const char *from, char path[PATH_MAX]) {
    const char *slash = strrchr(from, '/');
    for (size_t i = 0; slash != NULL && i < sizeof nearby / sizeof *nearby; i++) {
        const int length = snprintf(path, PATH_MAX, "%.*s/%s/%s", (int)(slash - from), from,
                                    nearby[i], file_name);
        if (length > 0 && length < PATH_MAX && pes_data_exists(path)) {
            return true;
        }
    }
    return false;
}

static bool search_all(char path[PATH_MAX]) {
    Dl_info here;
    if (dladdr(nearby, &here) != 0 && here.dli_fname != NULL && search(here.dli_fname, path)) {
        return true;
    }
    char program[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    program[length > 0 ? length : 0] = '\0';
    return search(program, path);
}

static pes_status no_engine(bool found, const char *path, const char *reason) {
    PES_PROBLEM_REQUIRE(
        found, PES_E_FILE,
        "MuJoCo is not there: neither beside this library nor beside the command "
        "is %s, which is built where MuJoCo is found; install libmujoco-dev, or "
        "configure with -DPES_MUJOCO=FOLDER of the Python package mujoco, and "
        "build again",
        file_name);
    return pes_fail(PES_E_FILE, "%s cannot be used: %s", path, reason);
}

pes_status pes_mujoco_engine(const pes_physics **out) {
    char path[PATH_MAX];
    *out = NULL;
    const bool found = search_all(path);
    void *module = dlopen(found ? path : file_name, RTLD_NOW | RTLD_LOCAL);
    if (module == NULL) {
        return no_engine(found, path, dlerror());
    }
    pes_physics_entry entry = NULL;
    *(void **)(void *)&entry = dlsym(module, PES_PHYSICS_ENTRY);
    const pes_physics *engine = entry != NULL ? entry() : NULL;
    if (engine == NULL || engine->version != PES_PHYSICS_VERSION) {
        return no_engine(true, found ? path : file_name,
                         "it was built for another version of libpes or of MuJoCo; build both "
                         "again");
    }
    *out = engine;
    return PES_OK;
}
