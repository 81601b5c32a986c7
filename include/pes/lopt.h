/// @file lopt.h
/// Learned optimizers to be used: train a network of one's own with an optimizer that was
/// trained by `pes run`, or with a hand-made one.
///
/// A pes_learned is an architecture with its parameters theta. For each tensor of the network
/// the user keeps its weights, their gradient, and a block of memory for what the optimizer
/// remembers; and counts the steps. All three are plain arrays of floats, to be copied and
/// stored at will. In C:
///
///     pes_learned *optimizer;
///     pes_learned_load(&optimizer, "optimizer.safetensors");
///     float *memory = calloc(pes_learned_memory(optimizer, 784, 100), sizeof *memory);
///     for (int64_t step = 0; step < steps; step++) {
///         // ... the gradient of the loss ...
///         const pes_learned_tensor tensor = {.rows = 784, .columns = 100, .weights = w,
///                                            .gradient = g, .memory = memory};
///         pes_learned_update(optimizer, step, 1, &tensor);
///     }
///
/// Same input, same bits, on every processor and for any order of the tensors. An update
/// allocates nothing. Part of libpes_problems.

#ifndef PES_LOPT_H
#define PES_LOPT_H

#include <stdint.h>

#include "pes/field.h"
#include "pes/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Opaque: an architecture with its parameters, and scratch memory. One thread at a time may
/// use it; others create one of their own.
typedef struct pes_learned pes_learned;

/// What kind of optimizer.
typedef struct pes_learned_options {
    uint32_t size;            // sizeof(pes_learned_options)
    const char *architecture; // "mlp", "factored", or hand-made: "sgd", "momentum", "adam",
                              // "adamw"
    pes_int_list hidden;      // units of its network's hidden layers; empty: the published ones
} pes_learned_options;

static inline pes_learned_options pes_learned_options_default(void) {
    pes_learned_options options;
    options.size = (uint32_t)sizeof options;
    options.architecture = "mlp";
    options.hidden.count = 0;
    return options;
}

/// An optimizer with the parameters theta[0..num_params), which are copied: as a run's theta
/// is, in the order of `pes info`. PES_E_ARGUMENT: no such architecture, or it has another
/// number of parameters, or one of them is not finite; PES_E_MEMORY. Then *out is NULL.
PES_API pes_status pes_learned_create(pes_learned **out, const pes_learned_options *options,
                                      int64_t num_params, const float *theta);

/// An optimizer from a file that `pes export --format safetensors` or pes_learned_save() wrote.
/// PES_E_FILE: it cannot be read; PES_E_FORMAT: it is damaged, or not such a file;
/// PES_E_MEMORY. Then *out is NULL.
PES_API pes_status pes_learned_load(pes_learned **out, const char *path);

/// Write it to a file, with the description of the architecture in its metadata; a file that is
/// there is replaced. PES_E_FILE, PES_E_MEMORY.
PES_API pes_status pes_learned_save(const pes_learned *learned, const char *path);

/// NULL is allowed.
PES_API void pes_learned_destroy(pes_learned *learned);

/// Its architecture's name, and the units of its network's hidden layers (none: hand-made).
PES_API const char *pes_learned_architecture(const pes_learned *learned);
PES_API pes_int_list pes_learned_hidden(const pes_learned *learned);

/// Its parameters, pes_learned_num_params() of them; they belong to it.
PES_API int64_t pes_learned_num_params(const pes_learned *learned);
PES_API const float *pes_learned_theta(const pes_learned *learned);

/// Floats of memory for a tensor of rows x columns; a vector has one row. 0 if the sizes are
/// not positive, or too large. All of it must be zero before a training's first step.
PES_API int64_t pes_learned_memory(const pes_learned *learned, int64_t rows, int64_t columns);

/// A tensor of the network that is trained. Arrays are row-major without gaps, and need no
/// alignment (64 bytes are fastest). A tensor of more than two dimensions is taken as a matrix,
/// in any way that is the same in every step; the architecture `factored` takes a matrix's rows
/// for a layer's inputs and its columns for the outputs.
typedef struct pes_learned_tensor {
    int64_t rows, columns; // >= 1; a vector of biases: rows = 1
    float *weights;        // rows x columns, changed by the update
    const float *gradient; // rows x columns, of the loss with respect to the weights
    float *memory;         // pes_learned_memory(), changed by the update
} pes_learned_tensor;

/// One step of training: change `count` tensors. `step` is the number of steps before this one,
/// 0 for the first; it goes up by one from step to step. The tensors may also be given one by
/// one, in calls with the same `step`. PES_E_ARGUMENT, and nothing is changed: a negative step,
/// an impossible size, an array that is missing. A gradient that is not finite makes weights
/// that are not finite.
PES_API pes_status pes_learned_update(pes_learned *learned, int64_t step, int64_t count,
                                      const pes_learned_tensor *tensor);

#ifdef __cplusplus
}
#endif

#endif // PES_LOPT_H
