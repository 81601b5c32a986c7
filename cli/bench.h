// Workloads, what was measured of them, and how to measure.
//
// A machine's speed wanders, so the arithmetic peak and the workload take turns in short
// slices, and the medians over the slices are reported.

#ifndef PES_CLI_BENCH_H
#define PES_CLI_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "problems/problems.h"

enum { BENCH_NAME = 64 };

typedef struct bench_options {
    bool json;
    int64_t threads; // 0: one, and as many as there are processors
    double seconds;  // to spend on each workload, about
    const char *data;
} bench_options;

// One row of results; what does not apply is NaN, or 0 for particles and truncation.
typedef struct bench_row {
    char name[BENCH_NAME];
    char detail[BENCH_NAME]; // what was worked on: "mnist", "avx512"
    int64_t particles;
    int64_t truncation;
    int64_t threads;
    double inner_steps_per_second; // median of the slices
    double best;                   // of the slices, the same unit
    double gflops;
    double peak_gflops; // of as many threads, measured in turns with the workload
    double engine;      // inner steps per second of nothing but the engine, likewise in turns
    double speedup;     // over the same workload with one thread
    double normals_per_second;
    double seconds; // a checkpoint takes
    double bytes;   // and has
} bench_row;

// Fills one or several rows; returns how many, or -1 after pes_fail().
enum { BENCH_ROWS = 16 };

typedef struct bench_workload {
    const char *family; // "mlp_training", "sgemm"
    const char *summary;
    int64_t (*measure)(const bench_options *options, bench_row row[BENCH_ROWS]);
    const char *problem; // that this machine must be able to open; NULL: any machine will do
} bench_workload;

// Workload number `index`; NULL past the last.
const bench_workload *bench_workload_get(int64_t index);

// Median; sorts x.
double bench_median(int64_t count, double *x);

// Seconds since an arbitrary moment.
double bench_clock(void);

// Opens a bench problem by name with settings as texts, {"dataset", "mnist", ..., NULL}; the
// caller closes it. Integers are read as such.
pes_status bench_open(const char *name, const char *const *setting, const char *data,
                      pes_problem **out);

// mlp_training as in experiments on MNIST, or on drawn digits of the same size without it;
// `detail` receives which. `hidden` is as in "100,100".
pes_status bench_open_mlp(const char *data, const char *hidden, pes_problem **out,
                          char detail[BENCH_NAME]);

// Loops of nothing but the engine that a problem is built on, one for each of `threads`, under
// the actions of episodes around theta (num_params). Rate of the first `threads` together,
// inner steps per second; 0: a thread or a step failed. close: NULL is allowed.
enum { BENCH_ENGINE_THREADS = 256 };
typedef struct bench_engine bench_engine;
pes_status bench_engine_open(const pes_problem *problem, const float *theta, double sigma,
                             int64_t threads, bench_engine **out);
double bench_engine_rate(bench_engine *engine, int64_t threads, double seconds);
void bench_engine_close(bench_engine *engine);

// How a problem is measured: what to set, and what bench_measure_problem() fills in.
typedef struct bench_work {
    const char *sharing;
    int64_t particles;
    int64_t truncation;
    double sigma; // 0: the estimator's own
    bool moves;   // theta is drawn, so that there is something to simulate
    bool bare;    // beside it, nothing but the engine that the problem is built on
    const pes_problem *problem;
    float *theta, *grad;  // num_params
    bench_engine *engine; // NULL: the problem is built on none
} bench_work;

// Updates of one team of threads, or of two in turns; closes the problem.
int64_t bench_measure_problem(const bench_options *options, bench_work *work,
                              pes_problem *problem, const char *name, const char *detail,
                              bench_row *row);

// The measuring functions of the table.
int64_t bench_mlp_training(const bench_options *options, bench_row *row);
int64_t bench_mlp_training_deep(const bench_options *options, bench_row *row);
int64_t bench_linear(const bench_options *options, bench_row *row);
int64_t bench_quadratic(const bench_options *options, bench_row *row);
int64_t bench_lstm(const bench_options *options, bench_row *row);
int64_t bench_regression2d(const bench_options *options, bench_row *row);
int64_t bench_influence(const bench_options *options, bench_row *row);
int64_t bench_control(const bench_options *options, bench_row *row);
int64_t bench_lorenz(const bench_options *options, bench_row *row);
int64_t bench_learned_optimizer(const bench_options *options, bench_row *row);
int64_t bench_mujoco(const bench_options *options, bench_row *row);
int64_t bench_noise(const bench_options *options, bench_row *row);
int64_t bench_sgemm(const bench_options *options, bench_row *row);
int64_t bench_checkpoint(const bench_options *options, bench_row *row);

#endif // PES_CLI_BENCH_H
