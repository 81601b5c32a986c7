// What the built-in problems share: the open problem, and the way to write down their options.

#ifndef PES_PROBLEMS_PROBLEM_H
#define PES_PROBLEMS_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "problems/problems.h"

// An open problem. A problem type fills it in; what it adds of its own hangs on `user`.
struct pes_problem {
    pes_system system;
    float *theta;                // system.num_params, owned: the problem's own start
    int64_t horizon;             // inner steps; 0: endless
    uint64_t bytes;              // data sets and tables
    double flops;                // per inner step of one particle; 0: not counted
    bool needs_horizon;          // episodes must be `horizon` steps long
    void *user;                  // the type's own, also system.user
    void (*release)(void *user); // frees `user`; NULL: free()
    void *common; // system.common_bytes, what common_begin writes; the type's own
    // NULL: it is built on no engine, see pes_engine_loop_open().
    pes_status (*record)(const pes_problem *problem, const pes_engine_course *course,
                         pes_engine_loop **out);
    // NULL: its states have no picture. `worker` is the system's.
    pes_status (*draw)(void *user, void *worker, const void *state, pes_scene *scene);
};

// Room for a problem with `num_params` parameters, all zero, and `user_bytes` (at least 1) of
// its own. PES_E_MEMORY; then *out is NULL.
pes_status pes_problem_allocate(pes_problem **out, int64_t num_params, size_t user_bytes);

// One line a setting, as in PES_PROBLEM_INT(linear_options, dimension, 1, 1e6, "", "...").
#define PES_PROBLEM_FIELD(structure, member, kind, low, high, unit_, summary_, choice_)        \
    {                                                                                          \
        .name = #member, .type = PES_FIELD_##kind, .offset = offsetof(structure, member),      \
        .minimum = (low), .maximum = (high), .unit = (unit_), .summary = (summary_),           \
        .choice = (choice_)                                                                    \
    }
#define PES_PROBLEM_ROWS(structure, member, table, most, summary_)                             \
    {                                                                                          \
        .name = #member, .type = PES_FIELD_ROWS, .offset = offsetof(structure, member),        \
        .unit = "", .summary = (summary_), .rows = (table), .capacity = (most)                 \
    }
#define PES_PROBLEM_INT(structure, member, low, high, unit, summary)                           \
    PES_PROBLEM_FIELD(structure, member, INT, low, high, unit, summary, NULL)
#define PES_PROBLEM_REAL(structure, member, low, high, unit, summary)                          \
    PES_PROBLEM_FIELD(structure, member, REAL, low, high, unit, summary, NULL)
#define PES_PROBLEM_CHOICE(structure, member, names, summary)                                  \
    PES_PROBLEM_FIELD(structure, member, CHOICE, 0.0, 0.0, "", summary, names)

#define PES_PROBLEM_FIELDS(structure, rows, default_)                                          \
    {                                                                                          \
        .name = "problem", .field = rows, .count = (int64_t)(sizeof(rows) / sizeof *(rows)),   \
        .struct_size = sizeof(structure), .set_default = default_                              \
    }

#define PES_PROBLEM_REQUIRE(condition, status, ...)                                            \
    do {                                                                                       \
        if (!(condition)) {                                                                    \
            return pes_fail((status), __VA_ARGS__);                                            \
        }                                                                                      \
    } while (0)

#define PES_PROBLEM_TRY(call)                                                                  \
    do {                                                                                       \
        const pes_status problem_status_ = (call);                                             \
        if (problem_status_ != PES_OK) {                                                       \
            return problem_status_;                                                            \
        }                                                                                      \
    } while (0)

#endif // PES_PROBLEMS_PROBLEM_H
