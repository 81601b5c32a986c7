// A worker: the scratch of one thread, in one piece of memory.

#include "problems/lopt/learned_optimizer.h"

static int64_t larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}

// The scratch itself comes first.
static size_t lay_out(const pes_lopt *lopt, unsigned char *base, pes_lopt_scratch *scratch) {
    pes_problem_memory memory = {.base = base};
    int64_t largest = 0, normals = 0;
    (void)pes_problem_take(&memory, 1, sizeof *scratch);
    for (int64_t i = 0; i < lopt->tasks.count; i++) {
        const pes_lopt_task *task = &lopt->tasks.task[i];
        pes_mlp_scratch_take(&scratch->pass[i], &task->network, task->batch, false, &memory);
        largest = larger(largest, pes_lopt_task_largest(task));
        normals = larger(normals, pes_mlp_network_normals(&task->network));
    }
    float *block = pes_problem_take(&memory, largest, sizeof(float));
    float *normal = pes_problem_take(&memory, normals, sizeof(float));
    for (int64_t i = 0; i < lopt->tasks.count; i++) {
        scratch->pass[i].block = block;
        scratch->pass[i].normal = normal;
    }
    for (int i = 0; i < PES_LOPT_TOGETHER; i++) {
        const int64_t floats = pes_lopt_prepared_floats(&lopt->shape);
        scratch->prepared[i] = pes_problem_take(&memory, floats, sizeof(float));
    }
    scratch->rule =
        pes_problem_take(&memory, pes_lopt_scratch_floats(&lopt->shape), sizeof(float));
    return memory.used;
}

int64_t pes_lopt_worker_bytes(const pes_lopt *lopt) {
    pes_lopt_scratch measure;
    return (int64_t)lay_out(lopt, NULL, &measure);
}

pes_status pes_lopt_worker_open(void *user, int64_t max_count, void **worker) {
    const pes_lopt *lopt = user;
    (void)max_count;
    PES_PROBLEM_TRY(
        pes_problem_worker_allocate(worker, pes_lopt_worker_bytes(lopt), "activations"));
    (void)lay_out(lopt, *worker, *worker); // padding is never written, and stays zero
    return PES_OK;
}
