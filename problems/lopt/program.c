#include "problems/lopt/program.h"

#include <string.h>

#include "problems/lopt/file.h"
#include "problems/lopt/learned_optimizer.h"
#include "problems/problem.h"

static char *sized(char *text, size_t *size) {
    *size = text != NULL ? strlen(text) : 0;
    return text;
}

static const pes_lopt_shape *shape_of(const pes_problem *problem) {
    const pes_lopt *lopt = problem->user;
    return &lopt->shape;
}

static char *write_safetensors(const pes_problem *problem, const float *theta, int64_t steps,
                               const char *where, size_t *size) {
    void *out;
    int64_t bytes = 0;
    (void)steps;
    (void)pes_lopt_file_pack(shape_of(problem), theta, where, &out, &bytes);
    *size = (size_t)bytes;
    return out;
}

static char *write_pytorch(const pes_problem *problem, const float *theta, int64_t steps,
                           const char *where, size_t *size) {
    (void)steps;
    return sized(pes_lopt_write_pytorch(shape_of(problem), theta, where), size);
}

static char *write_c(const pes_problem *problem, const float *theta, int64_t steps,
                     const char *where, size_t *size) {
    (void)steps;
    return sized(pes_lopt_write_c(shape_of(problem), theta, where), size);
}

const pes_problem_program *pes_lopt_program(int64_t index) {
    static const pes_problem_program programs[] = {
        {
            .format = "safetensors",
            .file = "optimizer.safetensors",
            .summary = "theta and the architecture, for pes/lopt.h and problem.start_file",
            .write = write_safetensors,
        },
        {
            .format = "pytorch",
            .file = "pytorch.py",
            .summary = "a torch.optim.Optimizer in one file",
            .write = write_pytorch,
        },
        {
            .format = "c",
            .file = "optimizer.c",
            .summary = "a C function for one tensor's step, in one file",
            .write = write_c,
        },
    };
    const int64_t count = (int64_t)(sizeof programs / sizeof *programs);
    return index >= 0 && index < count ? &programs[index] : NULL;
}
