/// @file problems.h
/// The built-in systems: synthetic ones with known gradients, and hyperparameter optimization.

#ifndef PES_PROBLEMS_H
#define PES_PROBLEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pes/field.h"
#include "pes/status.h"
#include "pes/system.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Room for the name of a parameter or a curve, bytes with the final zero.
enum { PES_NAME_SIZE = 64 };

/// A curve that a problem can draw of its parameters: the learned schedule over inner time.
typedef struct pes_problem_curve {
    char name[PES_NAME_SIZE]; // "learning rate"
    const char *unit;         // of the value; "" for a pure number
    bool logarithmic;         // the value is best drawn on a logarithmic axis
} pes_problem_curve;

/// An open problem: a system with everything that it points to.
typedef struct pes_problem pes_problem;

/// Folders to look for data sets in, first one first.
typedef struct pes_data_folders {
    int64_t count; // 0..4
    const char *folder[4];
    bool sizes_only; // read no files: the problem knows its sizes, and cannot be advanced

    /// An open problem of the same type, or NULL: data sets that it has are used where they
    /// are, not read again. It has to be closed later than the problem that uses them.
    const pes_problem *lender;
} pes_data_folders;

/// Something that a problem measures of parameters beside its objective, as another problem:
/// the same with other settings.
enum { PES_MEASURE_SETTINGS = 6 };
typedef struct pes_problem_measure {
    const char *name;                              // "test accuracy"
    char set[PES_MEASURE_SETTINGS][PES_NAME_SIZE]; // "problem.objective=test_accuracy"; or ""
    const char *objective;                         // of the losses: "sum", "mean", "final"
    double scale; // by which that is multiplied: -1 makes an accuracy of a loss
} pes_problem_measure;

/// What a result is compared with, `pes evaluate --rivals`: the same problem under other
/// settings, at the best of a row of parameters.
enum { PES_SETTING_SIZE = 256, PES_MATCH_SETTINGS = 8 };
typedef struct pes_problem_rival {
    const char *name;   // "adam"
    const char *sought; // what its parameters differ in: "learning rate"
    int64_t points;     // of the row, >= 1
    int64_t measure;    // number of the measure by which one is chosen, the lower the better
    char set[PES_MATCH_SETTINGS][PES_SETTING_SIZE]; // "problem.optimizer=adam"; or ""
    /// Point `index` of the row under the rival's settings: writes num_params numbers to
    /// `theta` and returns the one that is sought.
    double (*point)(const void *options, int64_t index, float *theta);
} pes_problem_rival;

/// Where they are compared: the same problem under other settings.
typedef struct pes_problem_ground {
    char name[PES_NAME_SIZE];                       // "twice as wide"
    char set[PES_MATCH_SETTINGS][PES_SETTING_SIZE]; // "problem.hidden=[64, 64]"; or ""
    int64_t times; // episodes are so many times as long as the run's, >= 1
} pes_problem_ground;

/// A program that a problem writes of parameters, for those who will use them.
typedef struct pes_problem_program {
    const char *format;  // "pytorch"
    const char *file;    // usual name, "pytorch.py"
    const char *summary; // one phrase
    /// The file's bytes, *size of them, to be freed with free(); NULL without memory. theta:
    /// num_params; `steps`: inner steps of an episode; `where`: a phrase that tells what theta
    /// is, for the program's head.
    char *(*write)(const pes_problem *problem, const float *theta, int64_t steps,
                   const char *where, size_t *size);
} pes_problem_program;

/// What a state looks like: stadiums in a window of a plane, in the units of the problem. A
/// stadium is all points within `radius` of a line; of a line of no length it is a disc.
enum { PES_SCENE_SHAPES = 64 };
typedef enum pes_tone { PES_TONE_GROUND, PES_TONE_BODY, PES_TONE_LIMB, PES_TONE_MARK } pes_tone;
typedef struct pes_shape {
    double x[2], y[2]; // the ends of the line, y upwards
    double radius;     // 0: a thin line
    pes_tone tone;     // what it is, for its colour
} pes_shape;
typedef struct pes_scene {
    double centre[2], size[2]; // of the window: x, y; width, height
    int64_t count;             // shapes, drawn in this order
    pes_shape shape[PES_SCENE_SHAPES];
} pes_scene;

/// One built-in problem, a row of the registry. `options` is always its option struct.
typedef struct pes_problem_type {
    const char *name;              // "mlp_training"
    const char *summary;           // one sentence, with the source
    const pes_field_table *fields; // of its option struct; table name "problem"

    /// Build the system. `data` may be NULL. On failure *out is NULL.
    pes_status (*create)(pes_problem **out, const void *options, const pes_data_folders *data);

    /// Number of parameters under these options; names of them ("log_a"), NULL past the last.
    /// A name is static text, or was written to `room`.
    int64_t (*num_params)(const void *options);
    const char *(*param_name)(const void *options, int64_t index, char room[PES_NAME_SIZE]);

    /// Optional: curve number `index`, false past the last; its value at inner step t under
    /// theta.
    bool (*curve)(const void *options, int64_t index, pes_problem_curve *out);
    double (*curve_at)(const void *options, int64_t index, const float *theta, int64_t t);

    /// Optional: the exact gradient (num_params) of the Gaussian-smoothed sum of losses over
    /// `horizon` steps; with `truncation` > 0 the expectation of truncated ES instead, summed
    /// over an episode's updates. The oracle of the self-test.
    void (*exact_gradient)(const void *options, const float *theta, int64_t horizon,
                           int64_t truncation, double sigma, double *gradient);

    /// Optional: measure number `index` of episodes of `steps` inner steps, false past the
    /// last.
    bool (*measure)(const void *options, int64_t index, int64_t steps,
                    pes_problem_measure *out);

    /// Optional: program number `index`, NULL past the last.
    const pes_problem_program *(*program)(int64_t index);

    /// Optional: the start (num_params) of a run with that seed, where it depends on the seed.
    void (*start)(const void *options, uint64_t seed, float *theta);

    /// Optional: from where to where a search goes in parameter `index`, as theta; false: it
    /// has no opinion.
    bool (*search_range)(const void *options, int64_t index, double *low, double *high);

    /// Optional: parameter `index` as people read it, from its theta: exp(theta) for a
    /// logarithm; and the name that this has ("a" for "log_a"), static text or in `room`.
    double (*natural)(const void *options, int64_t index, double theta);
    const char *(*natural_name)(const void *options, int64_t index, char room[PES_NAME_SIZE]);

    /// Optional: write into the options what opening the problem found out about a file that
    /// they name, so that these options are refused once the file has changed.
    void (*pin)(const pes_problem *problem, void *options);

    /// Optional: what a machine must have beside this library ("MuJoCo"), and whether this one
    /// has it: PES_E_FILE with a sentence that says how to get it. Otherwise both are NULL.
    const char *needs;
    pes_status (*available)(void);

    /// Optional, both or none: rival number `index` and ground number `index`, false past the
    /// last. Ground 0 is the one of the options themselves; the others are those of things that
    /// the problem has not seen.
    bool (*rival)(const void *options, int64_t index, pes_problem_rival *out);
    bool (*ground)(const void *options, int64_t index, pes_problem_ground *out);

    /// Optional, both or none, static text: where something is won, minus the sum of the losses
    /// by its name ("return"), and inner steps by theirs ("environment steps"). Tables and
    /// plots then show that.
    const char *gain;
    const char *step;
} pes_problem_type;

/// Settings of [problem] under which a run begins with a policy that a problem has written as
/// safetensors, as TOML and JSON write them; problem.start_file, its path, comes to it.
enum { PES_POLICY_SETTINGS = 8 };
typedef struct pes_policy_settings {
    int64_t num_params;
    double seen; // observations that its statistics are of
    int64_t count;
    char name[PES_POLICY_SETTINGS][PES_NAME_SIZE];     // "policy"
    char value[PES_POLICY_SETTINGS][PES_SETTING_SIZE]; // "\"mlp\""
} pes_policy_settings;

/// Read them from a file, all of which is checked. PES_E_FILE, PES_E_FORMAT, PES_E_MEMORY.
PES_API pes_status pes_policy_file_settings(pes_policy_settings *out, const char *path);

/// Problem number `index`; NULL past the last.
PES_API const pes_problem_type *pes_problem_type_get(int64_t index);
/// The problem of that name, or NULL.
PES_API const pes_problem_type *pes_problem_type_find(const char *name);

/// NULL is allowed.
PES_API void pes_problem_close(pes_problem *problem);

/// The system, valid while the problem is open.
PES_API const pes_system *pes_problem_system(const pes_problem *problem);

/// The problem's own start, num_params; where the type has `start`, that of seed 1 until
/// pes_problem_start() is called.
PES_API const float *pes_problem_theta(const pes_problem *problem);

/// Put the problem at the start that a run with this seed has. `type` and `options` are those
/// that it was created from.
PES_API void pes_problem_start(pes_problem *problem, const pes_problem_type *type,
                               const void *options, uint64_t seed);

/// For systems that learn something in common: begin with these bytes of a run, from its
/// checkpoint's tensor "system.common", from here on. PES_E_FORMAT if there are not as many as
/// the system has; 0 are right where it has none.
PES_API pes_status pes_problem_set_common(pes_problem *problem, const void *common,
                                          int64_t bytes);

/// The bytes that it begins with, common_bytes of its system; NULL where it has none.
PES_API const void *pes_problem_common(const pes_problem *problem);

/// Have states a picture? Then the picture of one; `worker` is one of the system's, or NULL
/// where it has none.
PES_API bool pes_problem_has_picture(const pes_problem *problem);
PES_API pes_status pes_problem_draw(const pes_problem *problem, void *worker, const void *state,
                                    pes_scene *out);

/// The problem's natural horizon, inner steps; 0: endless.
PES_API int64_t pes_problem_horizon(const pes_problem *problem);

/// Do its losses tell of the whole objective only in episodes of exactly that length? Then an
/// estimator's horizon, and an evaluator's steps, must be pes_problem_horizon().
PES_API bool pes_problem_needs_horizon(const pes_problem *problem);

/// Bytes of data sets and tables that the problem holds.
PES_API uint64_t pes_problem_bytes(const pes_problem *problem);

/// Arithmetic per inner step of one particle, floating-point operations; 0: not counted.
PES_API double pes_problem_flops(const pes_problem *problem);

/// A loop of nothing but the steps of the engine that a problem is built on, for one thread:
/// the most that the problem's own rate can be.
typedef struct pes_engine_loop pes_engine_loop;

/// What it replays: episodes one after the other, each with theta (num_params) plus sigma times
/// normals of its own, until there are `steps` inner steps of one particle, or 64 episodes.
typedef struct pes_engine_course {
    const float *theta;
    double sigma;
    uint64_t seed;
    int64_t steps;
} pes_engine_course;

/// Records the course; *taken: its inner steps. The problem must stay open. PES_E_ARGUMENT
/// where it has no engine, or normalizes observations; then *out is NULL.
PES_API pes_status pes_engine_loop_open(pes_engine_loop **out, const pes_problem *problem,
                                        const pes_engine_course *course, int64_t *taken);
/// Once through the steps.
PES_API pes_status pes_engine_loop_run(const pes_engine_loop *loop);
/// NULL is allowed.
PES_API void pes_engine_loop_close(pes_engine_loop *loop);

/// What `pes data` knows of one data set.
typedef struct pes_dataset_info {
    const char *name;    // "mnist"
    const char *summary; // content and licence
    const char *folder;  // below the data folder; NULL: generated, no files
    const char *url;     // where its files were published, to be followed by a file's name and
                         // ending in '/'; NULL: not to be fetched
    const char *(*file)(int64_t index); // names of its files, NULL past the last
    const char *archive; // where an archive was published that holds `folder`, to be unpacked
                         // by hand into the data folder; NULL: there is none
} pes_dataset_info;

/// Data set number `index`; NULL past the last.
PES_API const pes_dataset_info *pes_dataset_get(int64_t index);

/// The first of the folders that holds the data set's files: writes the path of the set's own
/// folder. PES_E_FILE with a sentence that names every place looked at.
PES_API pes_status pes_dataset_locate(const char *name, const pes_data_folders *data,
                                      char path[PES_TEXT_SIZE]);

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
