// What an optimizer alone takes for a step of one tensor, without the network that it trains:
// nanoseconds a weight, and the operations of the optimizer's network as a share of this
// machine's multiply-add peak.
//
//     bench-rule [ARCHITECTURE [SECONDS]]    mlp and factored, and half a second a line
//
// One thread and its processor time: the peak and some steps are measured in turn, and medians
// are printed, because other programs may disturb either. Prints one JSON object a line.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/support/fma_peak.h"
#include "problems/lopt/rule.h"

// A weight matrix that the second cache does not hold, small ones, one layer's biases.
static const struct {
    int64_t rows, columns, stride;
} sizes[] = {{3072, 128, 128}, {128, 128, 128}, {64, 32, 32}, {32, 10, 16}, {1, 128, 128}};
enum { SIZES = sizeof sizes / sizeof *sizes, MOST_SAMPLES = 1024 };

static float *zeros(int64_t floats) {
    const size_t bytes = ((size_t)floats * sizeof(float) + 64) / 64 * 64;
    float *x = aligned_alloc(64, bytes);
    if (x == NULL) {
        (void)fprintf(stderr, "no memory\n");
        exit(1);
    }
    memset(x, 0, bytes);
    return x;
}

static int by_size(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

typedef struct work {
    pes_lopt_step step;
    pes_lopt_tensor tensor;
} work;

static void fill(work *w) {
    for (int64_t r = 0; r < w->tensor.rows; r++) {
        for (int64_t c = 0; c < w->tensor.columns; c++) {
            const int64_t i = r * w->tensor.stride + c;
            w->tensor.weights[i] = (float)(i % 17 - 8) * 0.01f;
            ((float *)w->tensor.gradient)[i] = (float)(i % 13 - 6) * 0.002f;
        }
    }
}

static double seconds_of(work *w, int64_t steps) {
    const double begin = bench_cpu_now();
    for (int64_t i = 0; i < steps; i++, w->step.clock++) {
        w->step.shape->rule->begin(&w->step);
        w->step.shape->rule->apply(&w->step, &w->tensor);
    }
    return (bench_cpu_now() - begin) / (double)steps;
}

static void measure(work *w, double seconds) {
    static double nanoseconds[MOST_SAMPLES], share[MOST_SAMPLES];
    const double weights = (double)(w->tensor.rows * w->tensor.columns);
    const double flops = w->step.shape->rule->flops(w->step.shape) * weights;
    const double end = bench_now() + seconds;
    (void)seconds_of(w, 3);
    const int64_t steps = 1 + (int64_t)(0.002 / seconds_of(w, 3));
    int64_t count = 0;
    while (count < MOST_SAMPLES && (count < 3 || bench_now() < end)) {
        const double peak = bench_fma_peak(0.002), taken = seconds_of(w, steps);
        nanoseconds[count] = 1e9 * taken / weights;
        share[count] = flops * 1e-9 / taken / peak;
        count++;
    }
    qsort(nanoseconds, (size_t)count, sizeof *nanoseconds, by_size);
    qsort(share, (size_t)count, sizeof *share, by_size);
    printf(
        "{\"architecture\": \"%s\", \"rows\": %d, \"columns\": %d, \"kernels\": \"%s\", "
        "\"nanoseconds_per_weight\": %.3f, \"share_of_peak\": %.4f}\n",
        w->step.shape->rule->name, (int)w->tensor.rows, (int)w->tensor.columns,
        w->step.kernels->name, nanoseconds[count / 2], share[count / 2]);
}

static void run(const char *architecture, int size, double seconds) {
    pes_lopt_shape shape;
    if (pes_lopt_shape_of(&shape, architecture, NULL, 0.0) != PES_OK) {
        (void)fprintf(stderr, "%s\n", pes_last_error());
        exit(1);
    }
    const int64_t rows = sizes[size].rows, columns = sizes[size].columns;
    const int64_t n = rows * sizes[size].stride;
    float *theta = zeros(pes_lopt_num_params(&shape));
    float *gradient = zeros(n);
    shape.rule->start(&shape, 1, theta);
    work w = {
        .step = {.shape = &shape,
                 .kernels = pes_kernels_select(),
                 .theta = theta,
                 .prepared = zeros(pes_lopt_prepared_floats(&shape)),
                 .scratch = zeros(pes_lopt_scratch_floats(&shape))},
        .tensor = {.rows = rows,
                   .columns = columns,
                   .stride = sizes[size].stride,
                   .weights = zeros(n),
                   .gradient = gradient,
                   .moment = zeros(n * shape.rule->moments),
                   .moment_distance = n,
                   .extra = zeros(pes_lopt_extra_floats(&shape, rows, columns))},
    };
    fill(&w);
    measure(&w, seconds);
    void *const all[] = {theta,          gradient,         w.step.prepared,
                         w.step.scratch, w.tensor.weights, w.tensor.moment,
                         w.tensor.extra};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        free(all[i]);
    }
}

int main(int count, char **argument) {
    static const char *const architectures[] = {"mlp", "factored"};
    const double seconds = count > 2 ? strtod(argument[2], NULL) : 0.5;
    for (int size = 0; size < SIZES; size++) {
        for (int i = 0; i < 2; i++) {
            if (count < 2) {
                run(architectures[i], size, seconds);
            }
        }
        if (count > 1) {
            run(argument[1], size, seconds);
        }
    }
    return 0;
}
