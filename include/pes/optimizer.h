/// @file optimizer.h
/// From a gradient estimate to new parameters: a chain of small transforms.
///
/// The named optimizers are short chains of transforms over one update vector that begins as
/// the gradient:
///
///     clip_value, clip_norm, [weight decay as L2], momentum | adam | ..., [decoupled decay],
///     learning rate schedule;    theta <- theta - update

#ifndef PES_OPTIMIZER_H
#define PES_OPTIMIZER_H

#include <stdint.h>

#include "pes/field.h"
#include "pes/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pes_optimizer_options {
    uint32_t size;         // sizeof(pes_optimizer_options)
    const char *name;      // sgd, momentum, nesterov, adam, adamw, rmsprop
    double learning_rate;  // > 0
    double momentum;       // momentum, nesterov: in [0, 1)
    double beta1;          // adam, adamw: decay of the mean
    double beta2;          // adam, adamw: decay of the mean square; rmsprop: likewise
    double epsilon;        // adam, adamw, rmsprop: added to the root
    double weight_decay;   // adamw: decoupled; the others: added to the gradient (L2)
    double clip_norm;      // largest Euclidean norm of the gradient; 0: no limit
    double clip_value;     // largest magnitude of an element; 0: no limit
    const char *schedule;  // constant, step, cosine, exponential
    int64_t warmup;        // updates over which the rate rises linearly from 0
    int64_t decay_updates; // step, exponential: updates per factor; cosine: updates to the end;
                           // drop: updates before it
    double decay_factor;   // step, exponential, drop: factor; cosine: final share of the rate
    const char *average;   // of theta over the updates: none, uniform, exponential
    double average_decay;  // exponential: share of the average that an update keeps
    int64_t average_start; // updates before the first that is averaged
} pes_optimizer_options;

static inline pes_optimizer_options pes_optimizer_options_default(void) {
    pes_optimizer_options options;
    options.size = (uint32_t)sizeof options;
    options.name = "adam";
    options.learning_rate = 1e-2;
    options.momentum = 0.9;
    options.beta1 = 0.9;
    options.beta2 = 0.999;
    options.epsilon = 1e-8;
    options.weight_decay = 0.0;
    options.clip_norm = 0.0;
    options.clip_value = 0.0;
    options.schedule = "constant";
    options.warmup = 0;
    options.decay_updates = 1000;
    options.decay_factor = 0.1;
    options.average = "none";
    options.average_decay = 0.999;
    options.average_start = 0;
    return options;
}

/// The fields of pes_optimizer_options; table name "optimizer".
PES_API const pes_field_table *pes_optimizer_fields(void);

/// One link of a chain. It edits an update in place and remembers what it needs in a flat row
/// of floats. Write your own, or take the library's below.
typedef struct pes_transform {
    const char *name;
    double setting[4]; // meaning is the transform's own

    /// Floats of memory wanted for n parameters; zeroed before the first step. NULL: none.
    int64_t (*memory)(int64_t n);

    /// Edit update[0..n). `step` counts from 1.
    void (*apply)(const double setting[4], float *memory, int64_t step, int64_t n,
                  const float *theta, float *update);
} pes_transform;

PES_API pes_transform pes_transform_clip_value(double largest);
PES_API pes_transform pes_transform_clip_norm(double largest);
PES_API pes_transform pes_transform_weight_decay(double factor); // update += factor theta
PES_API pes_transform pes_transform_momentum(double momentum);   // v <- mu v + g (Polyak 1964)
PES_API pes_transform pes_transform_nesterov(double momentum);   // g + mu v (Nesterov 1983)
PES_API pes_transform pes_transform_adam(double beta1, double beta2,
                                         double epsilon); // Kingma, Ba 2015
PES_API pes_transform pes_transform_rmsprop(double beta2,
                                            double epsilon); // Tieleman, Hinton 2012
PES_API pes_transform pes_transform_scale(double factor);
/// Learning-rate schedules: each multiplies the update by a factor of the step.
PES_API pes_transform pes_transform_warmup(int64_t updates);
PES_API pes_transform pes_transform_step_decay(int64_t updates, double factor);
PES_API pes_transform pes_transform_exponential_decay(int64_t updates, double factor);
PES_API pes_transform pes_transform_cosine_decay(int64_t updates, double final_share);
PES_API pes_transform pes_transform_drop(int64_t updates, double factor); // once, after updates

/// Opaque: a chain with its memory.
typedef struct pes_optimizer pes_optimizer;

/// Optimizer number `index`'s name; NULL past the last. And its one sentence with its source.
PES_API const char *pes_optimizer_name(int64_t index);
PES_API const char *pes_optimizer_summary(const char *name);

/// The named chain for `num_params` parameters. PES_E_ARGUMENT, PES_E_MEMORY; then *out is
/// NULL.
PES_API pes_status pes_optimizer_create(pes_optimizer **out,
                                        const pes_optimizer_options *options,
                                        int64_t num_params);

/// A chain of your own; `chain` is copied, 1..16 links.
PES_API pes_status pes_optimizer_create_chain(pes_optimizer **out, const pes_transform *chain,
                                              int64_t count, int64_t num_params);

/// NULL is allowed.
PES_API void pes_optimizer_destroy(pes_optimizer *optimizer);

/// theta <- theta - chain(grad). Both are num_params long; `grad` is unchanged.
PES_API pes_status pes_optimizer_apply(pes_optimizer *optimizer, const float *grad,
                                       float *theta);

/// Updates applied so far.
PES_API int64_t pes_optimizer_updates(const pes_optimizer *optimizer);

/// The average of theta over the updates so far (Polyak and Juditsky 1992), num_params long,
/// owned by the optimizer, which updates it in pes_optimizer_apply(); NULL where `average` is
/// "none" and for chains of your own. Zero before the first update; theta itself up to update
/// average_start. Write to it only to restore a checkpoint.
PES_API double *pes_optimizer_average(pes_optimizer *optimizer);

/// The chain's memory, link by link, for checkpoints: `*count` floats, owned by the optimizer.
PES_API float *pes_optimizer_memory(pes_optimizer *optimizer, int64_t *count);
PES_API void pes_optimizer_set_updates(pes_optimizer *optimizer, int64_t updates);

#ifdef __cplusplus
}
#endif

#endif // PES_OPTIMIZER_H
