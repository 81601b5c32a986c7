// What the network learns from and is judged by: samples, each a row of numbers with a label,
// in three parts, and the minibatches made of them.

#ifndef PES_PROBLEMS_MLP_SAMPLES_H
#define PES_PROBLEMS_MLP_SAMPLES_H

#include "pes/system.h"
#include "problems/data/images.h"
#include "problems/data/table.h"
#include "problems/nn/mlp/pass.h"

// Parts lie one behind the other. Features are an image's bytes, each of which becomes
// scale * byte + shift of its channel, or a table's numbers.
typedef struct pes_mlp_samples {
    int64_t count[PES_PARTS]; // samples
    int64_t first[PES_PARTS]; // row with which a part begins
    int64_t features;         // of a sample
    int64_t outputs;          // that a network for them has: classes, or 1 of a regression
    uint64_t bytes;           // of memory
    pes_images images;        // owned
    float scale[PES_DATASET_CHANNELS];
    float shift[PES_DATASET_CHANNELS];
    float *value;              // rows x features, standardised, owned; NULL: images
    uint8_t *label;            // rows, below `outputs`, owned; NULL: images, or a regression
    float *target;             // rows, standardised, owned; NULL: classes
    pes_table_scale *column;   // of features, then of the target; owned; NULL: images
    char sum[PES_SHA256_TEXT]; // of the table's file
} pes_mlp_samples;

// Images. As pes_images_load().
pes_status pes_mlp_samples_of_images(pes_mlp_samples *out, const pes_image_request *request);

// After counts, features and the arrays: where parts begin, and the memory of all.
void pes_mlp_samples_lay_out(pes_mlp_samples *samples);

void pes_mlp_samples_release(pes_mlp_samples *samples);

// False for a problem that was opened for its sizes only.
bool pes_mlp_samples_are_there(const pes_mlp_samples *samples);

// Draw a minibatch of `size` samples of a part without replacement: inputs, and labels or
// targets, come into the scratch, whose rows of inputs are `stride` apart.
void pes_mlp_samples_draw(const pes_mlp_samples *samples, const pes_kernels *kernels,
                          const pes_stream *stream, uint32_t use, uint32_t step, pes_part part,
                          int64_t size, int64_t stride, const pes_mlp_scratch *scratch);

// The same with `size` samples of a part from number `from` on.
void pes_mlp_samples_take(const pes_mlp_samples *samples, const pes_kernels *kernels,
                          pes_part part, int64_t from, int64_t size, int64_t stride,
                          const pes_mlp_scratch *scratch);

// What a network makes of a whole part, as many samples at a time as a minibatch of the pass
// has; they take the place of the minibatch in its scratch. `pass` has no masks.
pes_kernels_hits pes_mlp_samples_measure(const pes_mlp_samples *samples, pes_part part,
                                         const pes_mlp_pass *pass, const float *parameters);

// How many rows of the batch, from `first` on and at most `most`, draw the same: they share
// stream and clock, as the halves of a pair do.
int64_t pes_mlp_samples_alike(const pes_batch *batch, int64_t first, int64_t most);

#endif // PES_PROBLEMS_MLP_SAMPLES_H
