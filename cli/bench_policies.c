// Workloads that simulate a robot, a pendulum or a cart: policies with random weights, so that
// it moves.

#include "cli/bench.h"

typedef struct policy_size {
    const char *name;
    int64_t particles, truncation;
    const char *detail;
    bool bare; // beside nothing but the engine
} policy_size;

static int64_t measure_policy(const bench_options *options, const policy_size *size,
                              bench_row *row) {
    static const char *const settings[] = {NULL};
    const char *name = size->name;
    bench_work work = {.sharing = "pair",
                       .particles = size->particles,
                       .truncation = size->truncation,
                       .sigma = 0.3,
                       .moves = true,
                       .bare = size->bare};
    pes_problem *problem = NULL;
    if (bench_open(name, settings, options->data, &problem) != PES_OK) {
        return -1;
    }
    return bench_measure_problem(options, &work, problem, name, size->detail, row);
}

static int64_t measure_policies(const bench_options *options, int64_t count,
                                const policy_size *size, bench_row *row) {
    const bench_options share = {options->json, options->threads,
                                 options->seconds / (double)count, options->data};
    int64_t rows = 0;
    for (int64_t i = 0; rows >= 0 && i < count; i++) {
        const int64_t more = measure_policy(&share, &size[i], row + rows);
        rows = more < 0 ? -1 : rows + more;
    }
    return rows;
}

int64_t bench_mujoco(const bench_options *options, bench_row *row) {
    static const policy_size size[] = {
        {"swimmer", 20, 100, "a linear policy", true},
        {"half_cheetah", 20, 100, "a linear policy", true},
        {"hopper", 20, 100, "a linear policy", true},
    };
    return measure_policies(options, 3, size, row);
}

int64_t bench_control(const bench_options *options, bench_row *row) {
    static const policy_size size[] = {
        {"pendulum", 1000, 25, "a perceptron of 16 units", false},
        {"cart_pole", 1000, 25, "a linear policy", false},
    };
    return measure_policies(options, 2, size, row);
}
