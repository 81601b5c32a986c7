/// @file evaluator.h
/// The true objective at unperturbed parameters, from whole episodes.

#ifndef PES_EVALUATOR_H
#define PES_EVALUATOR_H

#include <stdint.h>

#include "pes/status.h"
#include "pes/system.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pes_evaluator_options {
    uint32_t size;         // sizeof(pes_evaluator_options)
    int64_t episodes;      // whole episodes, each with its own stream; >= 1
    int64_t steps;         // inner steps per episode (the horizon); >= 1
    int64_t slice;         // inner steps per call of unroll; >= 1
    const char *objective; // "sum", "mean", "final"
    uint64_t seed;         // streams are disjoint from every estimator's
    int64_t threads;       // 0: one per processor
} pes_evaluator_options;

typedef struct pes_evaluator pes_evaluator;

static inline pes_evaluator_options pes_evaluator_options_default(void) {
    pes_evaluator_options options;
    options.size = (uint32_t)sizeof options;
    options.episodes = 4;
    options.steps = 1;
    options.slice = 100;
    options.objective = "sum";
    options.seed = 1;
    options.threads = 0;
    return options;
}

/// As pes_estimator_create(): everything is allocated here.
PES_API pes_status pes_evaluator_create(pes_evaluator **out, const pes_system *system,
                                        const pes_evaluator_options *options);

/// NULL is allowed.
PES_API void pes_evaluator_destroy(pes_evaluator *evaluator);

/// Bytes that pes_evaluator_create() would allocate; 0 if a size overflows or an option is
/// wrong.
PES_API uint64_t pes_evaluator_memory(const pes_system *system,
                                      const pes_evaluator_options *options);

/// Run every episode at `theta` (num_params) from its start and write its objective to
/// `objective` (episodes long; NaN or infinity where losses were). The episodes are the same at
/// every call. `loss`, where not NULL, receives the losses of every step, episodes x steps (NaN
/// after an early end). PES_E_SYSTEM.
PES_API pes_status pes_evaluator_run(pes_evaluator *evaluator, const float *theta,
                                     double *objective, double *loss);

/// The same for many thetas at once, `count` x num_params: objective is count x episodes. Work
/// is spread over all of them, so a grid of parameters keeps every thread busy.
PES_API pes_status pes_evaluator_run_many(pes_evaluator *evaluator, int64_t count,
                                          const float *theta, double *objective);

/// For systems that learn something in common: evaluate with these common_bytes from here on,
/// such as pes_estimator_common(). Without this call, with what common_begin writes.
PES_API void pes_evaluator_set_common(pes_evaluator *evaluator, const void *common);

#ifdef __cplusplus
}
#endif

#endif // PES_EVALUATOR_H
