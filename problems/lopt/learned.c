// pes/lopt.h: a rule, its theta and the memory of a step.

#include "pes/lopt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "problems/lopt/file.h"
#include "problems/problem.h"

struct pes_learned {
    pes_lopt_shape shape;
    const pes_kernels *kernels;
    float *prepared, *scratch; // of a step
    float theta[];             // pes_lopt_num_params(), then the two
};

// Floats up to the next cache line.
static int64_t in_lines(int64_t floats) {
    return (floats + 15) / 16 * 16;
}

static pes_status create(pes_learned **out, const pes_lopt_shape *shape, const float *theta) {
    const int64_t params = pes_lopt_num_params(shape), own = in_lines(params);
    const int64_t prepared = in_lines(pes_lopt_prepared_floats(shape));
    const int64_t floats = own + prepared + pes_lopt_scratch_floats(shape);
    pes_learned *learned = malloc(sizeof *learned + (size_t)floats * sizeof(float));
    PES_PROBLEM_REQUIRE(learned != NULL, PES_E_MEMORY,
                        "no memory for a learned optimizer of %lld parameters",
                        (long long)params);
    learned->shape = *shape;
    learned->kernels = pes_kernels_select();
    learned->prepared = learned->theta + own;
    learned->scratch = learned->prepared + prepared;
    memcpy(learned->theta, theta, (size_t)params * sizeof *theta);
    *out = learned;
    return PES_OK;
}

pes_status pes_learned_create(pes_learned **out, const pes_learned_options *options,
                              int64_t num_params, const float *theta) {
    *out = NULL;
    pes_lopt_shape shape;
    PES_PROBLEM_REQUIRE(options != NULL && theta != NULL, PES_E_ARGUMENT,
                        "the options or theta of a learned optimizer are missing");
    PES_PROBLEM_REQUIRE(options->size == sizeof *options, PES_E_ARGUMENT,
                        "begin with pes_learned_options_default(): the options' size is %u",
                        options->size);
    PES_PROBLEM_REQUIRE(options->hidden.count >= 0 && options->hidden.count <= PES_LIST_SIZE,
                        PES_E_ARGUMENT, "a network has at most %d hidden layers, not %lld",
                        PES_LIST_SIZE, (long long)options->hidden.count);
    PES_PROBLEM_TRY(pes_lopt_shape_of(&shape, options->architecture, &options->hidden, 1.0));
    PES_PROBLEM_REQUIRE(
        num_params == pes_lopt_num_params(&shape), PES_E_ARGUMENT,
        "the architecture %s has %lld parameters with these hidden layers, not %lld",
        shape.rule->name, (long long)pes_lopt_num_params(&shape), (long long)num_params);
    const int64_t wild = pes_lopt_not_finite(num_params, theta);
    PES_PROBLEM_REQUIRE(wild < 0, PES_E_ARGUMENT,
                        "theta[%lld] is not finite: take the parameters of a point at which "
                        "the run had not diverged",
                        (long long)wild);
    return create(out, &shape, theta);
}

pes_status pes_learned_load(pes_learned **out, const char *path) {
    *out = NULL;
    pes_lopt_shape shape;
    float *theta;
    PES_PROBLEM_TRY(pes_lopt_file_read(path, &shape, &theta));
    const pes_status status = create(out, &shape, theta);
    free(theta);
    return status;
}

static pes_status write_file(const char *path, const void *data, int64_t bytes) {
    FILE *file = fopen(path, "wb");
    PES_PROBLEM_REQUIRE(file != NULL, PES_E_FILE, "cannot write %s: %s", path, strerror(errno));
    const size_t written = fwrite(data, 1, (size_t)bytes, file);
    const bool closed = fclose(file) == 0;
    PES_PROBLEM_REQUIRE(written == (size_t)bytes && closed, PES_E_FILE, "cannot write %s: %s",
                        path, strerror(errno));
    return PES_OK;
}

pes_status pes_learned_save(const pes_learned *learned, const char *path) {
    void *file;
    int64_t bytes;
    PES_PROBLEM_TRY(pes_lopt_file_pack(&learned->shape, learned->theta, "", &file, &bytes));
    const pes_status status = write_file(path, file, bytes);
    free(file);
    return status;
}

void pes_learned_destroy(pes_learned *learned) {
    free(learned);
}

const char *pes_learned_architecture(const pes_learned *learned) {
    return learned->shape.rule->name;
}

pes_int_list pes_learned_hidden(const pes_learned *learned) {
    return learned->shape.hidden;
}

int64_t pes_learned_num_params(const pes_learned *learned) {
    return pes_lopt_num_params(&learned->shape);
}

const float *pes_learned_theta(const pes_learned *learned) {
    return learned->theta;
}

// ---- a step ---------------------------------------------------------------------------------

// So many weights a tensor may have that no size overflows.
static const int64_t most_weights = INT64_C(1) << 40;

static bool is_size(int64_t rows, int64_t columns) {
    return rows >= 1 && columns >= 1 && columns <= most_weights / rows;
}

int64_t pes_learned_memory(const pes_learned *learned, int64_t rows, int64_t columns) {
    return is_size(rows, columns) ? learned->shape.rule->moments * rows * columns +
                                        pes_lopt_extra_floats(&learned->shape, rows, columns)
                                  : 0;
}

static pes_status check(const pes_learned *learned, int64_t index,
                        const pes_learned_tensor *tensor) {
    const long long number = (long long)index;
    PES_PROBLEM_REQUIRE(is_size(tensor->rows, tensor->columns), PES_E_ARGUMENT,
                        "tensor %lld is %lld x %lld; give rows and columns of at least 1, a "
                        "vector one row",
                        number, (long long)tensor->rows, (long long)tensor->columns);
    const bool remembers = pes_learned_memory(learned, tensor->rows, tensor->columns) > 0;
    PES_PROBLEM_REQUIRE(tensor->weights != NULL && tensor->gradient != NULL &&
                            (tensor->memory != NULL || !remembers),
                        PES_E_ARGUMENT, "tensor %lld has no %s", number,
                        tensor->weights == NULL    ? "weights"
                        : tensor->gradient == NULL ? "gradient"
                                                   : "memory; pes_learned_memory() says how "
                                                     "much");
    return PES_OK;
}

static void apply(const pes_learned *learned, const pes_lopt_step *step,
                  const pes_learned_tensor *tensor) {
    const int64_t moments = learned->shape.rule->moments, n = tensor->rows * tensor->columns;
    const pes_lopt_tensor inner = {
        .rows = tensor->rows,
        .columns = tensor->columns,
        .stride = tensor->columns,
        .weights = tensor->weights,
        .gradient = tensor->gradient,
        .moment = tensor->memory,
        .moment_distance = n,
        .extra = tensor->memory == NULL ? NULL : tensor->memory + moments * n,
    };
    learned->shape.rule->apply(step, &inner);
}

pes_status pes_learned_update(pes_learned *learned, int64_t step, int64_t count,
                              const pes_learned_tensor *tensor) {
    PES_PROBLEM_REQUIRE(step >= 0, PES_E_ARGUMENT,
                        "step is %lld; it counts the steps before, 0 for the first",
                        (long long)step);
    PES_PROBLEM_REQUIRE(count >= 0 && (tensor != NULL || count == 0), PES_E_ARGUMENT,
                        "there are %lld tensors in a list that is missing", (long long)count);
    for (int64_t i = 0; i < count; i++) {
        PES_PROBLEM_TRY(check(learned, i, &tensor[i]));
    }
    const pes_lopt_step one = {
        .shape = &learned->shape,
        .kernels = learned->kernels,
        .theta = learned->theta,
        .clock = step,
        .prepared = learned->prepared,
        .scratch = learned->scratch,
    };
    learned->shape.rule->begin(&one);
    for (int64_t i = 0; i < count; i++) {
        apply(learned, &one, &tensor[i]);
    }
    return PES_OK;
}
