#include "problems/hyper/mlp_training/samples.h"

#include <stdlib.h>
#include <string.h>

#include "problems/hyper/mlp_training/options.h"

enum { AHEAD = 3, LINE = 64 }; // samples; bytes

// ---- loading --------------------------------------------------------------------------------

static pes_status load_images(pes_mlp_samples *out, const pes_mlp_options *options,
                              const pes_data_folders *data) {
    const pes_image_request request = {
        .set = pes_mlp_options_dataset(options),
        .folders = data,
        .count = {options->training_images, options->validation_images, options->test_images},
        .with_test = pes_mlp_options_objective(options)->part == PES_PART_TEST,
        .side = options->digits_size,
        .seed = options->digits_seed,
        .shrink = options->input_size,
    };
    PES_PROBLEM_TRY(pes_images_load(&out->images, &request));
    for (int64_t c = 0; c < out->images.channels; c++) {
        out->scale[c] = (float)(1.0 / (255.0 * out->images.deviation[c]));
        out->shift[c] = (float)(-out->images.mean[c] / out->images.deviation[c]);
    }
    out->features = out->images.pixels;
    out->outputs = PES_DATASET_CLASSES;
    memcpy(out->count, out->images.count, sizeof out->count);
    return PES_OK;
}

// Where parts begin, and the memory of all: bytes and a label, or floats and a label or target.
static void lay_out(pes_mlp_samples *samples) {
    for (int p = 1; p < PES_PARTS; p++) {
        samples->first[p] = samples->first[p - 1] + samples->count[p - 1];
    }
    const int64_t all = samples->first[PES_PARTS - 1] + samples->count[PES_PARTS - 1];
    const size_t feature = samples->value != NULL ? sizeof(float) : 1;
    const size_t answer = samples->target != NULL ? sizeof(float) : 1;
    samples->bytes = (uint64_t)all * ((uint64_t)samples->features * feature + answer);
}

// Are there enough for minibatches of the parts that are used?
static pes_status check(const pes_mlp_samples *samples, const pes_mlp_options *options) {
    const pes_part judge = pes_mlp_options_objective(options)->part;
    const char *what = pes_mlp_options_use_table(options) ? "rows" : "images";
    for (int p = 0; p < PES_PARTS; p++) {
        const bool used = p != PES_PART_TEST || judge == PES_PART_TEST;
        PES_PROBLEM_REQUIRE(!used || samples->count[p] > 0, PES_E_ARGUMENT,
                            "%s has no test %s of its own: set test_images, and as many are "
                            "held out of training for the objective %s",
                            options->dataset, what, options->objective);
        PES_PROBLEM_REQUIRE(!used || options->batch_size <= samples->count[p], PES_E_ARGUMENT,
                            "batch_size is %lld, but there are only %lld %s %s to draw it from",
                            (long long)options->batch_size, (long long)samples->count[p],
                            pes_part_name[p], what);
    }
    return PES_OK;
}

pes_status pes_mlp_samples_load(pes_mlp_samples *out, const pes_mlp_options *options,
                                const pes_data_folders *data) {
    *out = (pes_mlp_samples){.features = 0};
    const bool use_table = pes_mlp_options_use_table(options);
    pes_status status =
        (use_table ? pes_mlp_samples_load_table : load_images)(out, options, data);
    if (status == PES_OK) {
        lay_out(out);
        status = check(out, options);
    }
    if (status != PES_OK) {
        pes_mlp_samples_release(out);
    }
    return status;
}

void pes_mlp_samples_release(pes_mlp_samples *samples) {
    pes_images_release(&samples->images);
    free(samples->value);
    free(samples->label);
    free(samples->target);
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
