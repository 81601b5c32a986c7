/// @file problems.h
/// The built-in systems: synthetic ones with known gradients, and hyperparameter optimization.

#ifndef PES_PROBLEMS_H
#define PES_PROBLEMS_H

#include <stdbool.h>
#include <stdint.h>

#include "pes/field.h"
#include "pes/status.h"
#include "pes/system.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Settings of a problem that the command and Python fill in through its field table.
/// A problem's option struct begins with `uint32_t size`.

/// A curve that a problem can draw of its parameters: the learned schedule over inner time.
typedef struct pes_problem_curve {
    const char *name; // "learning rate"
    const char *unit; // of the value; "" for a pure number
    bool logarithmic; // the value is best drawn on a logarithmic axis
} pes_problem_curve;

/// An open problem: a system with everything that it points to.
typedef struct pes_problem pes_problem;

/// One built-in problem, a row of the registry.
typedef struct pes_problem_type {
    const char *name;              // "mlp_training"
    const char *summary;           // one sentence, with the source
    const pes_field_table *fields; // of its option struct; table name "problem"

    /// Build the system. `options` is the option struct; `data` is the folder of data sets or
    /// NULL. On failure *out is NULL.
    pes_status (*create)(pes_problem **out, const void *options, const char *data);
} pes_problem_type;

/// Problem number `index`; NULL past the last.
PES_API const pes_problem_type *pes_problem_type_get(int64_t index);
/// The problem of that name, or NULL.
PES_API const pes_problem_type *pes_problem_type_find(const char *name);

/// NULL is allowed.
PES_API void pes_problem_close(pes_problem *problem);

/// The system, valid while the problem is open.
PES_API const pes_system *pes_problem_system(const pes_problem *problem);

/// The problem's own start, num_params.
PES_API const float *pes_problem_theta(const pes_problem *problem);

/// Name of parameter `index` ("log_a"), or NULL past num_params.
PES_API const char *pes_problem_param_name(const pes_problem *problem, int64_t index);

/// The problem's natural horizon, inner steps; 0: endless.
PES_API int64_t pes_problem_horizon(const pes_problem *problem);

/// Bytes of data sets and tables that the problem holds.
PES_API uint64_t pes_problem_bytes(const pes_problem *problem);

/// Arithmetic per inner step of one particle, floating-point operations; 0: not counted.
PES_API double pes_problem_flops(const pes_problem *problem);

/// Curve number `index`, or NULL past the last; and its value at inner step t under theta.
PES_API const pes_problem_curve *pes_problem_curve_get(const pes_problem *problem,
                                                       int64_t index);
PES_API double pes_problem_curve_at(const pes_problem *problem, int64_t index,
                                    const float *theta, int64_t t);

/// Exact gradient of the smoothed objective (sum over `horizon` steps) at theta, where the
/// problem has one in closed form: the oracle of the self-test. `truncation` > 0 asks for the
/// expectation of truncated ES instead. PES_E_ARGUMENT where there is none.
PES_API pes_status pes_problem_exact_gradient(const pes_problem *problem, const float *theta,
                                              int64_t horizon, int64_t truncation, double sigma,
                                              double *gradient);

/// What `pes data` knows of one data set.
typedef struct pes_dataset_info {
    const char *name;    // "mnist"
    const char *summary; // content and licence
    const char *folder;  // below the data folder; NULL: generated, no files
} pes_dataset_info;

/// Data set number `index`; NULL past the last.
PES_API const pes_dataset_info *pes_dataset_get(int64_t index);

/// The data folder: `given` if not NULL, else $PES_DATA as `environment`, else
/// <cache>/pes where `cache` is the user's cache folder; the first that holds the set's files.
/// Writes its path. PES_E_FILE with a sentence that names every place looked at.
PES_API pes_status pes_dataset_locate(const char *name, const char *const *folders,
                                      int64_t count, char path[PES_TEXT_SIZE]);

/// Check every file of a data set under `folder` against its published SHA-256; `report`, where
/// not NULL, is called for each file. PES_E_FILE (missing), PES_E_FORMAT (other bytes).
PES_API pes_status pes_dataset_verify(const char *name, const char *folder,
                                      void (*report)(void *user, const char *file,
                                                     pes_status status, const char *message),
                                      void *user);

/// Write a generated data set as IDX files into `folder` (which exists).
PES_API pes_status pes_dataset_generate(const char *name, uint64_t seed, const char *folder);

#ifdef __cplusplus
}
#endif

#endif // PES_PROBLEMS_H
