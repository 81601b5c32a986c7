// How fast the inner loops run: the same kernels that the estimators use, timed alone.
//
// Every measurement repeats a short piece of work, allocates nothing while it is timed, and
// looks at the clock between the pieces: rate = pieces x work / elapsed time.

#include "pes/bench.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/pool.h"
#include "base/status.h"
#include "kernels/kernels.h"

// ---- the peak -------------------------------------------------------------------------

enum { ROUNDS = 20000, MOST_THREADS = 1024 }; // a piece of some tens of microseconds

typedef struct peak_job {
    const pes_kernels *kernels;
    double seconds;
    double flops_per_second[MOST_THREADS]; // of every task
    double kept[MOST_THREADS];             // results, so that the work is not dropped
} peak_job;

// One thread's share. Every task lasts as long as the others, so each thread takes one.
static pes_status run_chains(void *argument, int64_t task, int64_t worker) {
    (void)worker;
    peak_job *job = argument;
    const double start = pes_clock_monotonic();
    double elapsed = 0.0, rounds = 0.0, sum = 0.0;
    do {
        sum += job->kernels->fma_chains(ROUNDS);
        rounds += ROUNDS;
        elapsed = pes_clock_monotonic() - start;
    } while (elapsed < job->seconds);
    job->kept[task] = sum;
    job->flops_per_second[task] =
        elapsed > 0.0 ? rounds * (double)job->kernels->flops_per_round / elapsed : 0.0;
    return PES_OK;
}

static pes_status measure_peak(int64_t threads, double seconds, peak_job *job, double *gflops) {
    PES_REQUIRE(threads >= 0 && threads <= MOST_THREADS, PES_E_ARGUMENT,
                "threads must be from 0 to %d, not %lld", MOST_THREADS, (long long)threads);
    pes_pool *pool = NULL;
    PES_TRY(pes_pool_create(&pool, threads));
    *job = (peak_job){.kernels = pes_kernels_select(), .seconds = seconds};
    const int64_t tasks = pes_pool_threads(pool);
    const pes_status status = pes_pool_for(pool, tasks, run_chains, job);
    pes_pool_destroy(pool);
    PES_TRY(status);
    *gflops = 0.0;
    for (int64_t i = 0; i < tasks; i++) {
        *gflops += 1e-9 * job->flops_per_second[i];
    }
    return PES_OK;
}

double pes_bench_fma_peak(int64_t threads, double seconds) {
    double gflops = 0.0;
    peak_job *job = malloc(sizeof *job);
    if (job == NULL) {
        pes_fail(PES_E_MEMORY, "there is no memory left to measure the peak with");
        return 0.0;
    }
    const pes_status status = measure_peak(threads, seconds, job, &gflops);
    free(job);
    return status == PES_OK ? gflops : 0.0;
}

// ---- matrix products ------------------------------------------------------------------

typedef void (*sgemm)(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
                      const float *b, int64_t ldb, float *c, int64_t ldc, bool accumulate);

typedef struct product {
    sgemm multiply;
    int64_t m, k, n;
    int64_t lda, ldb;
    float *a, *b, *c; // one allocation, which `a` begins
} product;

static pes_status find_form(const char *form, const pes_kernels *kernels, product *out) {
    const struct {
        const char *name;
        sgemm multiply;
        int64_t lda, ldb;
    } forms[] = {
        {"nn", kernels->sgemm_nn, out->k, out->n},
        {"nt", kernels->sgemm_nt, out->k, out->k},
        {"tn", kernels->sgemm_tn, out->m, out->n},
    };
    for (size_t i = 0; form != NULL && i < sizeof forms / sizeof *forms; i++) {
        if (strcmp(form, forms[i].name) == 0) {
            out->multiply = forms[i].multiply;
            out->lda = forms[i].lda;
            out->ldb = forms[i].ldb;
            return PES_OK;
        }
    }
    return pes_fail(PES_E_ARGUMENT, "the form of a product is nn, nt or tn, not '%s'",
                    form != NULL ? form : "(null)");
}

static pes_status make_product(const char *form, product *out) {
    const int64_t most = 1 << 16;
    PES_REQUIRE(out->m >= 1 && out->k >= 1 && out->n >= 1 && out->m <= most && out->k <= most &&
                    out->n <= most,
                PES_E_ARGUMENT, "m, k and n must be from 1 to %lld", (long long)most);
    PES_TRY(find_form(form, pes_kernels_select(), out));
    const int64_t counts[] = {out->m * out->k, out->k * out->n, out->m * out->n};
    size_t padded[3];
    for (int i = 0; i < 3; i++) {
        padded[i] = ((size_t)counts[i] + 15) / 16 * 16;
    }
    const size_t floats = padded[0] + padded[1] + padded[2];
    out->a = aligned_alloc(64, floats * sizeof *out->a);
    PES_REQUIRE(out->a != NULL, PES_E_MEMORY, "there is no memory left for matrices of %zu MiB",
                floats * sizeof *out->a >> 20);
    out->b = out->a + padded[0];
    out->c = out->b + padded[1];
    for (size_t i = 0; i < floats; i++) {
        out->a[i] = (float)(i % 7) - 3.0f;
    }
    return PES_OK;
}

static void multiply(const product *p) {
    p->multiply(p->m, p->n, p->k, p->a, p->lda, p->b, p->ldb, p->c, p->n, false);
}

double pes_bench_sgemm(const char *form, int64_t m, int64_t k, int64_t n, double seconds) {
    product p = {.m = m, .k = k, .n = n};
    if (make_product(form, &p) != PES_OK) {
        return 0.0;
    }
    const double flops = 2.0 * (double)m * (double)k * (double)n;
    const int64_t piece = 1 + (int64_t)(1e6 / flops); // about ten microseconds or one product
    multiply(&p);
    double elapsed = 0.0, products = 0.0;
    const double start = pes_clock_monotonic();
    do {
        for (int64_t i = 0; i < piece; i++) {
            multiply(&p);
        }
        products += (double)piece;
        elapsed = pes_clock_monotonic() - start;
    } while (elapsed < seconds);
    free(p.a);
    return elapsed > 0.0 ? 1e-9 * flops * products / elapsed : 0.0;
}

// ---- noise ----------------------------------------------------------------------------

double pes_bench_normals(double seconds) {
    enum { BLOCKS = 1024 }; // 16 KiB of normals
    const pes_kernels *kernels = pes_kernels_select();
    float out[4 * BLOCKS];
    const uint32_t key[2] = {1, 0};
    uint32_t counter[4] = {0, 0, 0, 0};
    double elapsed = 0.0, normals = 0.0;
    const double start = pes_clock_monotonic();
    do {
        kernels->normal(key, counter, 0, BLOCKS, out);
        counter[1]++;
        normals += 4.0 * BLOCKS;
        elapsed = pes_clock_monotonic() - start;
    } while (elapsed < seconds);
    return elapsed > 0.0 ? normals / elapsed : 0.0;
}

const char *pes_bench_kernels(void) {
    return pes_kernels_select()->name;
}
