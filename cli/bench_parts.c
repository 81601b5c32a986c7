// Workloads that are parts of an update: products, noise; and what a checkpoint costs.

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/bench.h"
#include "cli/cli.h"
#include "pes/bench.h"
#include "pes/trainer.h"

enum { SLICES = 9 };

static bench_row empty_row(const char *name, const char *detail) {
    bench_row row = {
        .threads = 1,
        .inner_steps_per_second = NAN,
        .best = NAN,
        .gflops = NAN,
        .peak_gflops = NAN,
        .engine = NAN,
        .speedup = NAN,
        .normals_per_second = NAN,
        .seconds = NAN,
        .bytes = NAN,
    };
    snprintf(row.name, BENCH_NAME, "%s", name);
    snprintf(row.detail, BENCH_NAME, "%s", detail);
    return row;
}

// ---- products -------------------------------------------------------------------------

static const int64_t shapes[][3] = {
    {100, 784, 100}, {100, 100, 100}, {128, 3072, 128}, {32, 32, 32}}; // m, k, n
static const char *const forms[] = {"nn", "nt", "tn"};
enum { SHAPES = sizeof shapes / sizeof *shapes, FORMS = sizeof forms / sizeof *forms };

static bool measure_product(const char *form, const int64_t shape[3], double seconds,
                            bench_row *row) {
    double rate[SLICES], peak[SLICES];
    for (int i = 0; i < SLICES; i++) {
        peak[i] = pes_bench_fma_peak(1, seconds / (2.0 * SLICES));
        rate[i] = pes_bench_sgemm(form, shape[0], shape[1], shape[2], seconds / (2.0 * SLICES));
        if (peak[i] <= 0.0 || rate[i] <= 0.0) {
            return false;
        }
    }
    char name[BENCH_NAME];
    snprintf(name, sizeof name, "sgemm %s %lldx%lldx%lld", form, (long long)shape[0],
             (long long)shape[1], (long long)shape[2]);
    *row = empty_row(name, pes_bench_kernels());
    row->gflops = bench_median(SLICES, rate);
    row->peak_gflops = bench_median(SLICES, peak);
    return true;
}

// The last row is the geometric mean of the others.
int64_t bench_sgemm(const bench_options *options, bench_row *row) {
    const double seconds = options->seconds / (SHAPES * FORMS);
    double rate = 0.0, peak = 0.0;
    int64_t rows = 0;
    for (int s = 0; s < SHAPES; s++) {
        for (int f = 0; f < FORMS; f++, rows++) {
            if (!measure_product(forms[f], shapes[s], seconds, &row[rows])) {
                return -1;
            }
            rate += log(row[rows].gflops);
            peak += log(row[rows].peak_gflops);
        }
    }
    row[rows] = empty_row("sgemm geometric mean", pes_bench_kernels());
    row[rows].gflops = exp(rate / (double)rows);
    row[rows].peak_gflops = exp(peak / (double)rows);
    return rows + 1;
}

// ---- noise ----------------------------------------------------------------------------

int64_t bench_noise(const bench_options *options, bench_row *row) {
    double rate[SLICES], peak[SLICES];
    for (int i = 0; i < SLICES; i++) {
        peak[i] = pes_bench_fma_peak(1, options->seconds / (8.0 * SLICES));
        rate[i] = pes_bench_normals(options->seconds / (4.0 * SLICES));
    }
    *row = empty_row("noise", pes_bench_kernels());
    row->normals_per_second = bench_median(SLICES, rate);
    row->peak_gflops = bench_median(SLICES, peak);
    return 1;
}

// ---- checkpoints ----------------------------------------------------------------------

// Bytes of the largest checkpoint in a folder; removes every file that is in it.
static double empty_folder(const char *folder) {
    double largest = 0.0;
    DIR *entries = opendir(folder);
    for (struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;) {
        char path[CLI_PATH];
        struct stat status;
        if (!cli_join(path, folder, entry->d_name) || stat(path, &status) != 0 ||
            !S_ISREG(status.st_mode)) {
            continue;
        }
        if (strncmp(entry->d_name, "checkpoint-", 11) == 0) {
            largest = fmax(largest, (double)status.st_size);
        }
        unlink(path);
    }
    if (entries != NULL) {
        closedir(entries);
    }
    return largest;
}

static pes_status time_checkpoints(const pes_problem *problem, const char *folder,
                                   const pes_estimator_options *estimator, double *seconds) {
    enum { CHECKPOINTS = 3 };
    const pes_optimizer_options optimizer = pes_optimizer_options_default();
    pes_trainer_options options = pes_trainer_options_default();
    options.events = false;
    options.checkpoint_seconds = 0.0;
    const pes_trainer_parts parts = {
        .system = pes_problem_system(problem),
        .theta = pes_problem_theta(problem),
        .estimator = estimator,
        .optimizer = &optimizer,
        .options = &options,
        .directory = folder,
    };
    pes_trainer *trainer = NULL;
    double taken[CHECKPOINTS];
    pes_status status = pes_trainer_create(&trainer, &parts);
    for (int i = 0; status == PES_OK && i < CHECKPOINTS; i++) {
        status = pes_trainer_step(trainer);
        const double start = bench_clock();
        status = status == PES_OK ? pes_trainer_checkpoint(trainer) : status;
        taken[i] = bench_clock() - start;
    }
    pes_trainer_destroy(trainer);
    *seconds = status == PES_OK ? bench_median(CHECKPOINTS, taken) : (double)NAN;
    return status;
}

static pes_status measure_checkpoint(const pes_problem *problem, const char *detail,
                                     bench_row *row) {
    pes_estimator_options estimator = pes_estimator_options_default();
    estimator.particles = 32;
    estimator.truncation = 1;
    estimator.horizon = pes_problem_horizon(problem);
    *row = empty_row("checkpoint", detail);
    row->particles = estimator.particles;
    row->truncation = estimator.truncation;
    row->threads = cli_processors();
    char folder[CLI_PATH];
    const char *place = getenv("TMPDIR");
    if (!cli_join(folder, place != NULL && place[0] != '\0' ? place : "/tmp", "pes-XXXXXX") ||
        mkdtemp(folder) == NULL) {
        return pes_fail(PES_E_FILE, "no folder for checkpoints could be made; set TMPDIR");
    }
    const pes_status status = time_checkpoints(problem, folder, &estimator, &row->seconds);
    row->bytes = empty_folder(folder);
    rmdir(folder);
    return status;
}

int64_t bench_checkpoint(const bench_options *options, bench_row *row) {
    pes_problem *problem = NULL;
    char detail[BENCH_NAME];
    pes_status status = bench_open_mlp(options->data, "100,100", &problem, detail);
    if (status == PES_OK) {
        status = measure_checkpoint(problem, "mlp_training, written and synced", row);
    }
    pes_problem_close(problem);
    return status == PES_OK ? 1 : -1;
}
