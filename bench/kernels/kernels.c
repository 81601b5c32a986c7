// How fast the kernels are, each table: matrix products as a share of the arithmetic peak that
// is measured in the same run, and elements a second for the rest.
//
//     kernels [TABLE]    a table's name; all that this processor can run by default
//
// Every number is the best of several short slices, so that other work on the machine shows as
// little as possible; the peak is measured anew between the shapes.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/support/fma_peak.h"
#include "kernels/kernels.h"

enum { SLICES = 12 };
static const double slice_seconds = 0.006, peak_seconds = 0.04;

// Calls a second of processor time, the best slice. The clock is read once a slice: it may cost
// as much as a small product.
static double rate(void (*call)(const pes_kernels *k, const void *argument),
                   const pes_kernels *k, const void *argument) {
    double best = 0, spent = 0;
    int64_t calls = 1;
    for (int slice = 0; slice < SLICES; slice += spent >= slice_seconds) {
        double begin = bench_cpu_now();
        for (int64_t i = 0; i < calls; i++) {
            call(k, argument);
        }
        spent = bench_cpu_now() - begin;
        if (spent >= slice_seconds) {
            best = fmax(best, (double)calls / spent);
        } else {
            calls *= 2;
        }
    }
    return best;
}

// ---- matrix products
// -------------------------------------------------------------------------

typedef enum form { NN, NT, TN, FORMS } form;
static const char *const form_names[FORMS] = {"NN", "NT", "TN"};

typedef struct shape {
    int64_t m, n, k, useful_n; // useful_n: columns that are not padding
    int64_t lda, ldb, ldc;     // 0: rows without gaps
    unsigned forms;            // bit f: form f
    bool accumulate;
    bool counted; // in the geometric mean
} shape;

static const shape shapes[] = {
    {100, 100, 784, 100, 0, 0, 0, 7, false, true},
    {100, 100, 100, 100, 0, 0, 0, 7, false, true},
    {128, 128, 3072, 128, 0, 0, 0, 7, false, true},
    {32, 32, 32, 32, 0, 0, 0, 7, false, true},
    // a training step of 784-100-100-10, batch 100, rows padded to 64 bytes
    {100, 112, 784, 100, 784, 112, 112, 1 << NN, false, false},
    {784, 112, 100, 100, 784, 112, 112, 1 << TN, true, false},
    {100, 112, 100, 100, 112, 112, 112, 1 << NN | 1 << TN, true, false},
    {100, 100, 100, 100, 112, 112, 112, 1 << NT, false, false},
    {100, 16, 100, 10, 112, 16, 16, 1 << NN | 1 << TN, true, false},
    {100, 100, 10, 100, 16, 16, 112, 1 << NT, false, false},
};

typedef struct gemm {
    shape shape;
    form form;
    int64_t lda, ldb, ldc;
    const float *a, *b;
    float *c;
} gemm;

static void call_gemm(const pes_kernels *k, const void *argument) {
    const gemm *g = argument;
    (g->form == NN   ? k->sgemm_nn
     : g->form == NT ? k->sgemm_nt
                     : k->sgemm_tn)(g->shape.m, g->shape.n, g->shape.k, g->a, g->lda, g->b,
                                    g->ldb, g->c, g->ldc, g->shape.accumulate);
}

static int64_t or_else(int64_t given, int64_t otherwise) {
    return given == 0 ? otherwise : given;
}

static void *allocate(int64_t bytes) {
    void *memory = aligned_alloc(64, (size_t)(bytes + 63) / 64 * 64);
    if (memory == NULL) {
        exit(1);
    }
    memset(memory, 0, (size_t)(bytes + 63) / 64 * 64);
    return memory;
}

static float *floats(int64_t n) {
    float *x = allocate(n * (int64_t)sizeof(float));
    for (int64_t i = 0; i < n; i++) {
        x[i] = (float)(i % 17 - 8) * 0.01f;
    }
    return x;
}

static void bench_gemm(const pes_kernels *k) {
    double logarithms = 0;
    int counted = 0;
    printf("  form    m    n    k  ldb   GFLOP/s    peak  share\n");
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const shape s = shapes[i];
        for (form f = NN; f < FORMS; f++) {
            if ((s.forms >> f & 1) == 0) {
                continue;
            }
            gemm g = {.shape = s, .form = f};
            g.lda = or_else(s.lda, f == TN ? s.m : s.k);
            g.ldb = or_else(s.ldb, f == NT ? s.k : s.n);
            g.ldc = or_else(s.ldc, s.n);
            float *a = floats((f == TN ? s.k : s.m) * g.lda);
            float *b = floats((f == NT ? s.n : s.k) * g.ldb);
            g.a = a, g.b = b, g.c = floats(s.m * g.ldc);
            double before = bench_fma_peak(peak_seconds);
            double flops = 2.0 * (double)(s.m * s.useful_n * s.k);
            double gflops = flops * rate(call_gemm, k, &g) * 1e-9;
            double peak = fmax(before, bench_fma_peak(peak_seconds));
            printf("  %-4s %4d %4d %4d %4d %9.1f %7.1f  %4.1f%%\n", form_names[f], (int)s.m,
                   (int)s.n, (int)s.k, (int)g.ldb, gflops, peak, 100 * gflops / peak);
            if (s.counted) {
                logarithms += log(gflops / peak);
                counted++;
            }
            free(a);
            free(b);
            free(g.c);
        }
    }
    printf("  geometric mean of the first %d: %.1f%% of the peak\n", counted,
           100 * exp(logarithms / counted));
}

// ---- elements
// --------------------------------------------------------------------------------

enum { ELEMENTS = 8192, ROWS = 100, CLASSES = 10 };

typedef struct vectors {
    float *x, *y, *z, *w, *logits;
    double *sums;
    uint8_t *bytes;
} vectors;

static const uint32_t key[2] = {1, 2}, counter[4] = {3, 4, 5, 6};

static void call_philox(const pes_kernels *k, const void *argument) {
    const vectors *v = argument;
    k->philox(key, counter, 0, ELEMENTS / 4, (uint32_t *)(void *)v->bytes);
}

static void call_normal(const pes_kernels *k, const void *argument) {
    const vectors *v = argument;
    k->normal(key, counter, 0, ELEMENTS / 4, v->y);
}

static void call_exp(const pes_kernels *k, const void *argument) {
    const vectors *v = argument;
    k->exp(ELEMENTS, v->x, v->y);
}

static void call_tanh(const pes_kernels *k, const void *argument) {
    const vectors *v = argument;
    k->tanh(ELEMENTS, v->x, v->y);
}

static void call_log(const pes_kernels *k, const void *argument) {
    const vectors *v = argument;
    k->log(ELEMENTS, v->x, v->y);
}

static void call_perturb(const pes_kernels *k, const void *argument) {
    const vectors *v = argument;
    k->perturb(ELEMENTS, 0.1f, 1e-3, v->x, v->x, v->y, v->z, v->w);
}

static void call_accumulate(const pes_kernels *k, const void *argument) {
    const vectors *v = argument;
    k->accumulate(ELEMENTS, 1e-3, v->x, v->sums);
}

static void call_squares(const pes_kernels *k, const void *argument) {
    const vectors *v = argument;
    v->sums[0] = k->squares(ELEMENTS, v->x);
}

static void call_axpy(const pes_kernels *k, const void *argument) {
    const vectors *v = argument;
    k->axpy(ELEMENTS, 1e-6f, v->x, v->y);
}

static void call_bytes_to_floats(const pes_kernels *k, const void *argument) {
    const vectors *v = argument;
    k->bytes_to_floats(ELEMENTS, v->bytes, 0.01f, -0.5f, v->y);
}

static void call_softmax(const pes_kernels *k, const void *argument) {
    const vectors *v = argument;
    k->softmax_cross_entropy(ROWS, CLASSES, v->logits, 16, v->bytes + 4 * ELEMENTS, 0.01f, v->y,
                             16);
}

// The middle layer of a learned optimizer's network, 32 x 32, for 96 weights.
enum { LAYER = 32, LANES = 96 };

static void call_shared_layer(const pes_kernels *k, const void *argument) {
    const vectors *v = argument;
    const float *x[LAYER];
    for (int j = 0; j < LAYER; j++) {
        x[j] = v->x + (size_t)j * LANES;
    }
    const pes_kernels_layer layer = {LAYER, LAYER, v->z, v->z + (size_t)LAYER * LAYER, true};
    k->shared_layer(&layer, LANES, x, v->y, LANES);
}

static void bench_elements(const pes_kernels *k) {
    static const struct {
        const char *name;
        void (*call)(const pes_kernels *k, const void *argument);
        int64_t elements;
    } cases[] = {
        {"philox, words", call_philox, ELEMENTS},
        {"normal", call_normal, ELEMENTS},
        {"exp", call_exp, ELEMENTS},
        {"tanh", call_tanh, ELEMENTS},
        {"log", call_log, ELEMENTS},
        {"perturb", call_perturb, ELEMENTS},
        {"accumulate", call_accumulate, ELEMENTS},
        {"squares", call_squares, ELEMENTS},
        {"axpy", call_axpy, ELEMENTS},
        {"bytes_to_floats", call_bytes_to_floats, ELEMENTS},
        {"softmax, 10 logits", call_softmax, (int64_t)ROWS * CLASSES},
        {"shared_layer, FMA", call_shared_layer, (int64_t)LAYER * LAYER * LANES},
    };
    vectors v = {.x = floats(ELEMENTS),
                 .y = floats(ELEMENTS),
                 .z = floats(ELEMENTS),
                 .w = floats(ELEMENTS),
                 .logits = floats(ROWS * 16),
                 .sums = allocate(ELEMENTS * (int64_t)sizeof(double)),
                 .bytes = allocate(4 * ELEMENTS + ROWS)};
    printf("  %-20s 10^9 elements a second\n", "kernel");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double elements = (double)cases[i].elements * rate(cases[i].call, k, &v);
        printf("  %-20s %6.3f\n", cases[i].name, elements * 1e-9);
    }
    void *const all[] = {v.x, v.y, v.z, v.w, v.logits, v.sums, v.bytes};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        free(all[i]);
    }
}

int main(int count, char **arguments) {
    for (const pes_kernels *const *k = pes_kernels_available(); *k != NULL; k++) {
        if (count < 2 || strcmp(arguments[1], (*k)->name) == 0) {
            printf("%s\n", (*k)->name);
            bench_gemm(*k);
            bench_elements(*k);
        }
    }
    return 0;
}
