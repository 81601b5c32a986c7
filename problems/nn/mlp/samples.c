#include "problems/nn/mlp/samples.h"

#include <stdlib.h>
#include <string.h>

#include "problems/problem.h"

enum { AHEAD = 3, LINE = 64 }; // samples; bytes

// ---- loading --------------------------------------------------------------------------------

pes_status pes_mlp_samples_of_images(pes_mlp_samples *out, const pes_image_request *request) {
    *out = (pes_mlp_samples){.features = 0};
    PES_PROBLEM_TRY(pes_images_load(&out->images, request));
    for (int64_t c = 0; c < out->images.channels; c++) {
        out->scale[c] = (float)(1.0 / (255.0 * out->images.deviation[c]));
        out->shift[c] = (float)(-out->images.mean[c] / out->images.deviation[c]);
    }
    out->features = out->images.pixels;
    out->outputs = PES_DATASET_CLASSES;
    memcpy(out->count, out->images.count, sizeof out->count);
    pes_mlp_samples_lay_out(out);
    return PES_OK;
}

void pes_mlp_samples_lay_out(pes_mlp_samples *samples) {
    for (int p = 1; p < PES_PARTS; p++) {
        samples->first[p] = samples->first[p - 1] + samples->count[p - 1];
    }
    const int64_t all = samples->first[PES_PARTS - 1] + samples->count[PES_PARTS - 1];
    const size_t feature = samples->value != NULL ? sizeof(float) : 1;
    const size_t answer = samples->target != NULL ? sizeof(float) : 1;
    samples->bytes = (uint64_t)all * ((uint64_t)samples->features * feature + answer);
    if (samples->column != NULL) {
        samples->bytes += (uint64_t)(samples->features + 1) * sizeof *samples->column;
    }
}

void pes_mlp_samples_release(pes_mlp_samples *samples) {
    pes_images_release(&samples->images);
    free(samples->value);
    free(samples->label);
    free(samples->target);
    free(samples->column);
    *samples = (pes_mlp_samples){.features = 0};
}

bool pes_mlp_samples_are_there(const pes_mlp_samples *samples) {
    return samples->images.pixel != NULL || samples->value != NULL;
}

// ---- minibatches ----------------------------------------------------------------------------

// Ask the memory for a sample that will be read soon. Which samples a minibatch has is known at
// once, where they are is all over the data set: waiting for each in turn costs a tenth of a
// step.
static void prefetch(const pes_mlp_samples *samples, int64_t row) {
    const bool is_table = samples->value != NULL;
    const int64_t bytes = samples->features * (is_table ? (int64_t)sizeof(float) : 1);
    const uint8_t *from =
        (is_table ? (const uint8_t *)samples->value : samples->images.pixel) + row * bytes;
    for (int64_t i = 0; i < bytes + LINE; i += LINE) {
        __builtin_prefetch(from + i);
    }
}

static void place_image(const pes_mlp_samples *samples, const pes_kernels *kernels, int64_t row,
                        float *to) {
    const pes_images *images = &samples->images;
    const int64_t plane = samples->features / images->channels;
    const uint8_t *from = images->pixel + row * samples->features;
    for (int64_t c = 0; c < images->channels; c++) {
        kernels->bytes_to_floats(plane, from + c * plane, samples->scale[c], samples->shift[c],
                                 to + c * plane);
    }
}

// Sample `row` becomes number `i` of the minibatch.
static void place(const pes_mlp_samples *samples, const pes_kernels *kernels, int64_t row,
                  int64_t i, int64_t stride, const pes_mlp_scratch *scratch) {
    float *to = scratch->input + i * stride;
    if (samples->value != NULL) {
        memcpy(to, samples->value + row * samples->features,
               (size_t)samples->features * sizeof *to);
    } else {
        place_image(samples, kernels, row, to);
    }
    if (samples->target != NULL) {
        scratch->target[i] = samples->target[row];
    } else {
        scratch->label[i] =
            (samples->label != NULL ? samples->label : samples->images.label)[row];
    }
}

void pes_mlp_samples_draw(const pes_mlp_samples *samples, const pes_kernels *kernels,
                          const pes_stream *stream, uint32_t use, uint32_t step, pes_part part,
                          int64_t size, int64_t stride, const pes_mlp_scratch *scratch) {
    const int64_t first = samples->first[part];
    pes_noise_sample(stream, use, step, size, samples->count[part], scratch->index);
    for (int64_t i = 0; i < size; i++) {
        if (i + AHEAD < size) {
            prefetch(samples, first + scratch->index[i + AHEAD]);
        }
        place(samples, kernels, first + scratch->index[i], i, stride, scratch);
    }
}

void pes_mlp_samples_take(const pes_mlp_samples *samples, const pes_kernels *kernels,
                          pes_part part, int64_t from, int64_t size, int64_t stride,
                          const pes_mlp_scratch *scratch) {
    for (int64_t i = 0; i < size; i++) {
        place(samples, kernels, samples->first[part] + from + i, i, stride, scratch);
    }
}

pes_kernels_hits pes_mlp_samples_measure(const pes_mlp_samples *samples, pes_part part,
                                         const pes_mlp_pass *like, const float *parameters) {
    const int64_t count = samples->count[part], size = like->batch;
    pes_mlp_pass pass = *like;
    pes_kernels_hits sum = {.loss = 0.0};
    for (int64_t from = 0; from < count; from += size) {
        pass.batch = count - from < size ? count - from : size;
        pes_mlp_samples_take(samples, pass.kernels, part, from, pass.batch,
                             pass.network->input_stride, pass.scratch);
        const pes_kernels_hits hits = pes_mlp_measure(&pass, parameters, NULL);
        sum.loss += hits.loss;
        sum.correct += hits.correct;
    }
    return sum;
}

int64_t pes_mlp_samples_alike(const pes_batch *batch, int64_t first, int64_t most) {
    const pes_stream *a = &batch->stream[first];
    int64_t count = 1;
    for (; count < most && first + count < batch->count; count++) {
        const pes_stream *b = &batch->stream[first + count];
        if (a->seed != b->seed || a->particle != b->particle || a->episode != b->episode ||
            batch->clock[first] != batch->clock[first + count]) {
            break;
        }
    }
    return count;
}
