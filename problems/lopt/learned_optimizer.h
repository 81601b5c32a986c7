// The open problem, shared by the files of this folder.

#ifndef PES_PROBLEMS_LOPT_LEARNED_OPTIMIZER_H
#define PES_PROBLEMS_LOPT_LEARNED_OPTIMIZER_H

#include "problems/lopt/options.h"
#include "problems/lopt/start.h"
#include "problems/lopt/tasks.h"

// What is drawn, pes/noise.h. Layer l's weights have the use PES_LOPT_DRAW_WEIGHTS + l; the
// start of theta has those from PES_LOPT_DRAW_START on.
enum {
    PES_LOPT_DRAW_TRAINING = 0,
    PES_LOPT_DRAW_OBJECTIVE = 1,
    PES_LOPT_DRAW_TASK = 2,
    PES_LOPT_DRAW_WEIGHTS = 16
};
_Static_assert(PES_LOPT_DRAW_WEIGHTS + (int)PES_MLP_LAYERS <= (int)PES_LOPT_DRAW_START,
               "every draw has a use of its own");

typedef struct pes_lopt {
    pes_lopt_options options;
    const pes_kernels *kernels;
    pes_lopt_shape shape;
    int64_t num_params;
    const pes_mlp_objective *objective;
    pes_mlp_judge judge;
    pes_lopt_tasks tasks;
    char start_sum[PES_SHA256_TEXT]; // of theta out of a file; "": it does not start there
} pes_lopt;

// The callbacks of the system; `user` is a pes_lopt.
pes_status pes_lopt_worker_open(void *user, int64_t max_count, void **worker);
int64_t pes_lopt_worker_bytes(const pes_lopt *lopt);
pes_status pes_lopt_init(void *user, void *worker, const pes_batch *batch);
pes_status pes_lopt_unroll(void *user, void *worker, const pes_batch *batch);

// What a worker holds: for every task where passes put what they compute, and for every
// particle that is advanced side by side what the rule prepares of a step.
enum { PES_LOPT_TOGETHER = 2 };
typedef struct pes_lopt_scratch {
    pes_mlp_scratch
        pass[PES_LOPT_TASKS]; // they share `block`, a tensor's gradient, and `normal`
    float *prepared[PES_LOPT_TOGETHER];
    float *rule; // the rule's own scratch
} pes_lopt_scratch;

#endif // PES_PROBLEMS_LOPT_LEARNED_OPTIMIZER_H
