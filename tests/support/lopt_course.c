#include "support/lopt_course.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "pes/noise.h"
#include "support/check.h"

// Longer and shorter rows, a square, one row, one column.
static const int64_t sizes[COURSE_TENSORS][2] = {{12, 5}, {4, 45}, {6, 6}, {1, 9}, {7, 1}};
enum { MOST = 180 }; // numbers of a tensor

// In every layer unit 0 carries the feature on, and unit 1 its negative, which rectified
// together are all of it; the direction is ten times their difference. Everything else is
// small, so that it is computed and hardly matters.
static void follow(const pes_lopt_shape *shape, const char *feature, float *theta) {
    char room[PES_NAME_SIZE], place[PES_NAME_SIZE];
    const int64_t last = shape->hidden.count;
    for (int64_t i = 0; i < pes_lopt_num_params(shape); i++) {
        theta[i] *= 0.02f;
        const char *name = shape->rule->param_name(shape, i, room);
        for (int64_t l = 0; l <= last; l++) {
            for (int from = 0; from < 2; from++) {
                for (int to = 0; to < 2; to++) {
                    const float sign = from == to ? 1.0f : l == 0 ? -1.0f : 0.0f;
                    if (l == 0) {
                        snprintf(place, sizeof place, "w0.%s.%d", feature, to);
                    } else {
                        snprintf(place, sizeof place, "w%d.%d.%d", (int)l, from, to);
                    }
                    if (strcmp(name, place) == 0 && (l > 0 || from == 0)) {
                        theta[i] +=
                            l == last ? (to == 0 ? (from == 0 ? 10.0f : -10.0f) : 0.0f) : sign;
                    }
                }
            }
        }
    }
}

pes_lopt_shape course_optimizer(const char *name, const pes_int_list *hidden, float **theta) {
    pes_lopt_shape shape;
    assert_int_equal(pes_lopt_shape_of(&shape, name, hidden, 1.0), PES_OK);
    *theta = calloc((size_t)pes_lopt_num_params(&shape), sizeof **theta);
    assert_non_null(*theta);
    shape.rule->start(&shape, 5, *theta);
    if (shape.hidden.count > 0) {
        follow(&shape, "momentum_0.9", *theta);
    } else {
        (*theta)[0] = logf(0.01f);
    }
    return shape;
}

static void print_line(FILE *out, int64_t count, const float *x) {
    for (int64_t i = 0; i < count; i++) {
        fprintf(out, "%.9g%c", (double)x[i], i + 1 < count ? ' ' : '\n');
    }
}

static void write_tensor(FILE *out, const pes_lopt_shape *shape, const float *theta,
                         int index) {
    const int64_t rows = sizes[index][0], columns = sizes[index][1], n = rows * columns;
    const int64_t memory =
        shape->rule->moments * n + pes_lopt_extra_floats(shape, rows, columns);
    float *prepared = calloc((size_t)pes_lopt_prepared_floats(shape) + 1, sizeof *prepared);
    float *spare = calloc((size_t)pes_lopt_scratch_floats(shape) + 1, sizeof *spare);
    float *kept = calloc((size_t)memory + 1, sizeof *kept);
    float weights[MOST], gradient[MOST];
    const pes_stream stream = {.seed = 9, .particle = (uint32_t)index};
    const pes_lopt_tensor tensor = {.rows = rows,
                                    .columns = columns,
                                    .stride = columns,
                                    .weights = weights,
                                    .gradient = gradient,
                                    .moment = kept,
                                    .moment_distance = n,
                                    .extra = kept + shape->rule->moments * n};
    assert_true(prepared != NULL && spare != NULL && kept != NULL && n <= MOST);
    pes_noise_normal(&stream, 0, 0, n, weights);
    fprintf(out, "%d %d\n", (int)rows, (int)columns);
    print_line(out, n, weights);
    for (int t = 0; t < COURSE_STEPS; t++) {
        const pes_lopt_step step = {shape, pes_kernels_select(), theta, t, prepared, spare};
        pes_noise_normal(&stream, 1, (uint32_t)t, n, gradient);
        for (int64_t i = 0; i < n; i++) {
            gradient[i] = 0.01f * (gradient[i] + 1.0f);
        }
        print_line(out, n, gradient);
        shape->rule->begin(&step);
        shape->rule->apply(&step, &tensor);
    }
    print_line(out, n, weights);
    free(prepared), free(spare), free(kept);
}

void course_write(const scratch *folder, const char *file, const pes_lopt_shape *shape,
                  const float *theta) {
    FILE *out = fopen(scratch_path(folder, file), "w");
    assert_non_null(out);
    for (int i = 0; i < COURSE_TENSORS; i++) {
        write_tensor(out, shape, theta, i);
    }
    assert_int_equal(fclose(out), 0);
}

int course_run(const scratch *folder, const char *command) {
    char line[2048];
    snprintf(line, sizeof line, "cd '%s' && %s", folder->path, command);
    const int status = system(line);
    return status >= 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
