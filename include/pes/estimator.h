/// @file estimator.h
/// Turns truncated unrolls of a system into gradient estimates.
///
/// N particles, in antithetic pairs, are unrolled for K inner steps around theta. A method says
/// when a particle draws a new perturbation, what it does with its state, and which
/// perturbations its losses are credited with (docs/math.md, equation 1):
///
///     grad = 1/N sum_i xi_i L_i,    xi_i = the sum of eps / sigma^2 since the episode began
///
/// Methods that need derivatives (`bptt`, `tbptt`, `rtrl`, `uoro`, `dodge`) do not perturb:
/// each particle is a trajectory at theta, and the estimate is the mean of their gradients
/// (docs/math.md, equation 13).
///
/// Summed over the updates of one episode, the estimates of an unbiased method have the
/// gradient of the smoothed objective as their expectation (Vicol, Metz, Sohl-Dickstein 2021).

#ifndef PES_ESTIMATOR_H
#define PES_ESTIMATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "pes/field.h"
#include "pes/status.h"
#include "pes/system.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Start from pes_estimator_options_default() and change what you need.
typedef struct pes_estimator_options {
    uint32_t size;         // sizeof(pes_estimator_options)
    const char *method;    // a name from pes_method_name()
    int64_t particles;     // N, both signs counted; even when antithetic
    int64_t truncation;    // K, inner steps per update
    int64_t horizon;       // T, inner steps per episode; 0: only the system ends one
    double sigma;          // standard deviation of the perturbations
    bool antithetic;       // pairs of opposite sign (true) or plain sampling
    const char *sharing;   // the system's randomness: "pair" or "all" share a stream
    const char *objective; // "sum", "mean" (sum / T, or / K without a horizon), "final" loss
    double max_dropped;    // largest share of particles whose losses may be not finite
    uint64_t seed;         // the run is a pure function of this and theta
    int64_t threads;       // 0: one per processor
    const char *starts;    // first episodes: "lockstep", or "staggered" over the horizon
    const char *lengths;   // of episodes: "fixed" (the horizon), "uniform", "log_uniform"
    int64_t shortest;      // inner steps of the shortest episode drawn; 0: the truncation
    const char *sigma_schedule; // "constant", "step", "cosine", "exponential": what sigma is
                                // multiplied with, by the number of updates done
    int64_t sigma_updates; // step, exponential: updates per factor; cosine: updates to the end;
                           // drop: updates before it
    double sigma_factor;   // step, exponential, drop: factor; cosine: share of sigma at the end
    const char *shaping;   // of an update's losses, a name from pes_shaping_get(); "none"
    double shaping_limit;  // clipped: largest difference of a pair's losses, in their unit
    int64_t noise_interval; // R of gpes, inner steps per perturbation; 0: another method's own
} pes_estimator_options;

/// What one update saw.
typedef struct pes_estimate_info {
    double loss; // objective's share of this update: mean over the particles that counted
    int64_t inner_steps;  // taken in this update, all particles and the shared one together
    int64_t resets;       // particles that begin a new episode at the next update
    int64_t dropped;      // particles left out because a loss was not finite
    double gradient_norm; // of the estimate
    double
        signal_to_noise; // |grad|^2 / its estimated variance, from the pairs; NaN below 2 pairs
    double sigma;        // standard deviation of the perturbations that this update drew
    bool warming; // a round of the warm-up was told: the gradient is zero, do not apply it
    double gradient_variance; // estimate of E |grad - E grad|^2, from the pairs; NaN below 2
    double past_share; // of the estimate's noise, contributed by perturbations of past noise
                       // intervals: 0..1; NaN where nothing is perturbed or no loss differed
} pes_estimate_info;

/// Opaque. One estimator belongs to one thread at a time; the threads that it uses to advance
/// particles are its own affair.
typedef struct pes_estimator pes_estimator;

static inline pes_estimator_options pes_estimator_options_default(void) {
    pes_estimator_options options;
    options.size = (uint32_t)sizeof options;
    options.method = "pes";
    options.particles = 100;
    options.truncation = 10;
    options.horizon = 0;
    options.sigma = 0.1;
    options.antithetic = true;
    options.sharing = "pair";
    options.objective = "sum";
    options.max_dropped = 0.5;
    options.seed = 1;
    options.threads = 0;
    options.starts = "lockstep";
    options.lengths = "fixed";
    options.shortest = 0;
    options.sigma_schedule = "constant";
    options.sigma_updates = 1000;
    options.sigma_factor = 0.1;
    options.shaping = "none";
    options.shaping_limit = 1.0;
    options.noise_interval = 0;
    return options;
}

/// The fields of pes_estimator_options; table name "estimator".
PES_API const pes_field_table *pes_estimator_fields(void);

/// What is known of a method.
typedef struct pes_method_info {
    const char *name;    // "pes"
    const char *title;   // "Persistent Evolution Strategies"
    const char *source;  // the paper and its equation
    const char *summary; // one sentence
    bool unbiased;       // of the gradient of `target`, summed over an episode
    bool perturbs;       // particles are perturbed; else each follows theta itself, on its own
                         // stream, and antithetic, sharing in pairs and sigma do not apply
    bool tangents;       // needs the system's unroll_tangents
    bool adjoints;       // needs the system's unroll_adjoints
    const char *target;  // what its estimates, summed over an episode, are the gradient of
} pes_method_info;

/// Method number `index`, in the order of the registry; NULL past the last.
PES_API const pes_method_info *pes_method_get(int64_t index);

/// What is known of a shaping of losses.
typedef struct pes_shaping_info {
    const char *name;    // "centred_rank"
    const char *summary; // one sentence: what a loss becomes
    const char *bias;    // one sentence: what is estimated instead of the gradient
} pes_shaping_info;

/// Shaping number `index`, "none" first; NULL past the last.
PES_API const pes_shaping_info *pes_shaping_get(int64_t index);

/// Build an estimator; every particle begins an episode with the first update. All the memory
/// that it will ever use is allocated here. `system` and `options` are copied; what `user`
/// points to must outlive the estimator. PES_E_ARGUMENT, PES_E_MEMORY, PES_E_THREAD,
/// PES_E_SYSTEM (worker_open); then *out is NULL and nothing is left behind.
PES_API pes_status pes_estimator_create(pes_estimator **out, const pes_system *system,
                                        const pes_estimator_options *options);

/// Release an estimator. NULL is allowed.
PES_API void pes_estimator_destroy(pes_estimator *estimator);

/// The options as resolved (threads). Valid while the estimator lives.
PES_API const pes_estimator_options *pes_estimator_get_options(const pes_estimator *estimator);

/// Bytes that pes_estimator_create() would allocate, workers' own scratch included where the
/// system tells it; 0 if a size overflows or the options are invalid.
PES_API uint64_t pes_estimator_memory(const pes_system *system,
                                      const pes_estimator_options *options);

/// Change the standard deviation for perturbations drawn from now on; > 0. Perturbations
/// already drawn keep the one they were drawn with, and xi = sum eps / sigma^2 stays exact. A
/// sigma_schedule multiplies the new one.
PES_API pes_status pes_estimator_set_sigma(pes_estimator *estimator, double sigma);

/// Advance every particle by one truncation around `theta` and write the gradient estimate to
/// `grad` (both num_params long). `info` may be NULL. With starts = "staggered" the first call
/// first brings every unit to its start, and its `inner_steps` counts those steps too.
/// PES_E_SYSTEM, PES_E_DIVERGED; after a failure only destroy is allowed. Equal to ask,
/// unrolling outside, and tell.
PES_API pes_status pes_estimator_step(pes_estimator *estimator, const float *theta, float *grad,
                                      pes_estimate_info *info);

/// What the system's particles have learned in common so far, common_bytes (pes/system.h);
/// valid until the next update. NULL: the system has nothing of the kind.
PES_API const void *pes_estimator_common(const pes_estimator *estimator);

/// What to do with a particle's state before it takes its steps.
typedef enum pes_ask_action {
    PES_ASK_CONTINUE = 0, // keep it
    PES_ASK_RESTART = 1,  // begin an episode
    PES_ASK_COPY =
        2, // take a copy of state `source`, as it is after its restart and before its steps
    PES_ASK_IDLE = 3, // take no steps: this half of a pair waits for the other, or this
                      // particle for its turn in the warm-up
} pes_ask_action;

/// The work of one update, for states that live elsewhere. Arrays are the estimator's, one
/// element per particle (`count` of them), valid until the next ask or destroy. For methods
/// that share one state, the particle past the last perturbed one is that state, advanced with
/// theta.
typedef struct pes_ask {
    int64_t count;            // particles: N, or N + 1
    const float *theta;       // count x num_params
    const pes_stream *stream; // count
    const int64_t *clock;     // count, inner steps taken in the episode (0 when restarting)
    const int64_t *steps;     // count, inner steps to take now: K, or what the horizon leaves
    const pes_ask_action *action; // count
    const int64_t *source;        // count, state to copy; -1 unless action is PES_ASK_COPY
    bool warming; // a round before the first update, which brings staggered particles to their
                  // starts: do its work and tell it as any other, but it gives no gradient
} pes_ask;

/// Hand out the next update's work around `theta` (num_params). The first call allocates
/// count x num_params floats for the perturbed rows; no other call allocates. With starts =
/// "staggered" the first asks are rounds of the warm-up (`warming`); give them all the theta of
/// the first update, as pes_estimator_step() does. PES_E_CALL_ORDER if the last ask was not
/// told.
PES_API pes_status pes_estimator_ask(pes_estimator *estimator, const float *theta,
                                     pes_ask *out);

/// Take the losses of the work asked for: `loss` is count x truncation (row i: its first
/// steps[i] elements), `ended` as in pes_batch (count; NULL: nothing ended early). Writes the
/// estimate to `grad` (num_params). `info` may be NULL. After a round of the warm-up `grad` is
/// zero and info->warming is set; its inner steps are counted in the first update's.
PES_API pes_status pes_estimator_tell(pes_estimator *estimator, const double *loss,
                                      const int64_t *ended, float *grad,
                                      pes_estimate_info *info);

#ifdef __cplusplus
}
#endif

#endif // PES_ESTIMATOR_H
