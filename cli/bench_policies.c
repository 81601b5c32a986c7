// Workloads that simulate a robot: linear policies with random weights, so that it moves.

#include "cli/bench.h"

static int64_t measure_policy(const bench_options *options, const char *name, bench_row *row) {
    static const char *const settings[] = {NULL};
    bench_work work = {
        .sharing = "pair", .particles = 20, .truncation = 100, .sigma = 0.3, .moves = true};
    pes_problem *problem = NULL;
    if (bench_open(name, settings, options->data, &problem) != PES_OK) {
        return -1;
    }
    return bench_measure_problem(options, &work, problem, name, "a linear policy", row);
}

int64_t bench_mujoco(const bench_options *options, bench_row *row) {
    static const char *const name[] = {"swimmer", "half_cheetah", "hopper"};
    const bench_options third = {options->json, options->threads, options->seconds / 3.0,
                                 options->data};
    int64_t rows = 0;
    for (int64_t i = 0; rows >= 0 && i < 3; i++) {
        const int64_t more = measure_policy(&third, name[i], row + rows);
        rows = more < 0 ? -1 : rows + more;
    }
    return rows;
}
